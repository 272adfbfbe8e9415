package main

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/diskcache"
)

// vibrationSegment is the length in frames of the spectra in which lines are
// looked for: long, to tell neighboring frequencies apart.
const vibrationSegment = 1024

// Modes is the wavefront in Zernike coefficients, from tip, column 0, on.
type Modes struct {
	snapshot  *Snapshot
	wfs       *Slopes
	residual  diskcache.DiskCacher[*mat.Dense] // root.modes.Modes.residual.npy
	rms       diskcache.DiskCacher[[]float64]  // root.modes.Modes.rms.npy
	openLoop  diskcache.DiskCacher[*mat.Dense] `cache:"open_loop"` // root.modes.Modes.open_loop.npy
	power     diskcache.DiskCacher[*mat.Dense] // root.modes.Modes.power-<segment>.npy, one for each segment
	vibration diskcache.DiskCacher[Line]       // root.modes.Modes.vibration.gob
}

// Residual returns what the loop left of the wavefront, (frames, modes), in nm,
// noise of the sensor included.
func (m *Modes) Residual(ctx context.Context) (*mat.Dense, error) {
	return m.residual.Execute(ctx, m.computeResidual)
}

func (m *Modes) computeResidual(ctx context.Context) (*mat.Dense, error) {
	reconstructor, err := m.snapshot.Reconstructor(ctx)
	if err != nil {
		return nil, err
	}
	slopes, err := m.wfs.centered(ctx)
	if err != nil {
		return nil, err
	}
	_, have := slopes.Dims()
	if _, want := reconstructor.Dims(); have != want {
		return nil, fmt.Errorf("snapshot %s has %d slopes, but its reconstructor is for %d", m.snapshot.Tag, have, want)
	}
	var residual mat.Dense
	residual.Mul(slopes, reconstructor.T())
	return &residual, nil
}

// RMS returns the standard deviation of each mode of the residual, in nm.
func (m *Modes) RMS(ctx context.Context) ([]float64, error) {
	return m.rms.Execute(ctx, func(ctx context.Context) ([]float64, error) {
		residual, err := m.Residual(ctx)
		if err != nil {
			return nil, err
		}
		return standardDeviations(residual), nil
	})
}

// OpenLoop returns the wavefront as it would be without correction, (frames,
// modes), in nm: what is left plus what the mirror took away. The first frames,
// whose commands are not on record, are missing.
func (m *Modes) OpenLoop(ctx context.Context) (*mat.Dense, error) {
	return m.openLoop.Execute(ctx, m.computeOpenLoop)
}

func (m *Modes) computeOpenLoop(ctx context.Context) (*mat.Dense, error) {
	residual, err := m.Residual(ctx)
	if err != nil {
		return nil, err
	}
	commands, err := m.snapshot.Commands(ctx)
	if err != nil {
		return nil, err
	}
	metadata, err := m.snapshot.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	frames, modes := residual.Dims()
	delay := metadata.Delay
	if f, n := commands.Dims(); f != frames || n != modes || f <= delay {
		return nil, fmt.Errorf("snapshot %s has commands for %d frames of %d modes, but slopes for %d frames of %d modes, with a delay of %d",
			m.snapshot.Tag, f, n, frames, modes, delay)
	}
	openLoop := mat.DenseCopyOf(residual.Slice(delay, frames, 0, modes))
	for k := range frames - delay {
		floats.Add(openLoop.RawRowView(k), commands.RawRowView(k))
	}
	return openLoop, nil
}

// Power returns the power spectra of the open loop, (segment/2+1, modes), in
// nm²/Hz: row i is the frequency i*rate/segment. See powerSpectra.
func (m *Modes) Power(ctx context.Context, segment int) (*mat.Dense, error) {
	return diskcache.Execute1(ctx, &m.power, m.computePower, segment)
}

func (m *Modes) computePower(ctx context.Context, segment int) (*mat.Dense, error) {
	openLoop, err := m.OpenLoop(ctx)
	if err != nil {
		return nil, err
	}
	metadata, err := m.snapshot.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	return powerSpectra(ctx, openLoop, metadata.LoopRate, segment)
}

// Vibration returns the strongest line in the spectrum of tip and tilt together;
// the zero Line if there is none.
func (m *Modes) Vibration(ctx context.Context) (Line, error) {
	return m.vibration.Execute(ctx, func(ctx context.Context) (Line, error) {
		power, err := m.Power(ctx, vibrationSegment)
		if err != nil {
			return Line{}, err
		}
		metadata, err := m.snapshot.Metadata(ctx)
		if err != nil {
			return Line{}, err
		}
		shaking := mat.Col(nil, 0, power)
		floats.Add(shaking, mat.Col(nil, 1, power))
		return findLine(shaking, metadata.LoopRate/vibrationSegment), nil
	})
}
