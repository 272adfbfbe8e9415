package main

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/diskcache"
)

// lBand is the wavelength, in m, at which LBTI looks for planets.
const lBand = 3.7e-6

// exposureEvery is how many frames one wavefront stands for in an image:
// neighbors are much alike.
const exposureEvery = 3

// Camera is the camera behind the adaptive optics, as the telemetry foretells its
// images.
type Camera struct {
	snapshot *Snapshot
	modes    *Modes
	sky      *Atmosphere
	progress func(done, of int) // may be nil

	psf    diskcache.DiskCacher[*mat.Dense] // root.camera.Camera.psf-<wavelength>.npy
	strehl diskcache.DiskCacher[Strehl]     // root.camera.Camera.strehl-<wavelength>.gob
}

// PSF returns the image of a star over the whole snapshot at a wavelength (m),
// (128, 128) pixels of half a resolution element, λ/2D. The star is at [64, 64],
// where a perfect wavefront gives 1. Only modes that the sensor sees take part.
func (c *Camera) PSF(ctx context.Context, wavelength float64) (*mat.Dense, error) {
	return diskcache.Execute1(ctx, &c.psf, c.computePSF, wavelength)
}

func (c *Camera) computePSF(ctx context.Context, wavelength float64) (*mat.Dense, error) {
	if !(wavelength > 0) {
		return nil, fmt.Errorf("camera: a wavelength of %v m; it must be above 0", wavelength)
	}
	residual, err := c.modes.Residual(ctx)
	if err != nil {
		return nil, err
	}
	metadata, err := c.snapshot.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	frames, modes := residual.Dims()
	exposures := (frames + exposureEvery - 1) / exposureEvery
	sampled := mat.NewDense(exposures, modes, nil)
	for k := range exposures {
		sampled.SetRow(k, residual.RawRowView(k*exposureEvery))
	}
	progress := c.progress
	if progress == nil {
		progress = func(int, int) {}
	}
	return longExposure(ctx, newPupil(metadata.Obstruction, modes), sampled, wavelength, progress)
}

// Strehl is the peak of an image, as a fraction of what perfect optics would give.
type Strehl struct {
	Image    float64 // that of PSF
	Marechal float64 // of the residual's variance, exp(-σ²): close to Image where both are high
	Total    float64 // of Image and the turbulence that is too fine for the modes
}

// Strehl returns the Strehl ratio at a wavelength (m).
func (c *Camera) Strehl(ctx context.Context, wavelength float64) (Strehl, error) {
	return diskcache.Execute1(ctx, &c.strehl, c.computeStrehl, wavelength)
}

func (c *Camera) computeStrehl(ctx context.Context, wavelength float64) (Strehl, error) {
	psf, err := c.PSF(ctx, wavelength)
	if err != nil {
		return Strehl{}, err
	}
	rms, err := c.modes.RMS(ctx)
	if err != nil {
		return Strehl{}, err
	}
	seeing, err := c.sky.Seeing(ctx, usualOuterScale)
	if err != nil {
		return Strehl{}, err
	}
	metadata, err := c.snapshot.Metadata(ctx)
	if err != nil {
		return Strehl{}, err
	}
	radians := 2 * math.Pi / (wavelength * 1e9) // per nm
	variance := radians * radians * floats.Dot(rms, rms)
	image := psf.At(gridPixels/2, gridPixels/2)
	fine := fittingError(len(rms), metadata.Diameter, seeing.R0, wavelength)
	return Strehl{Image: image, Marechal: math.Exp(-variance), Total: image * math.Exp(-fine)}, nil
}
