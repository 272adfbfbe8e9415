package main

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/formats/npy"
)

// Slopes is what the wavefront sensor measured.
type Slopes struct {
	snapshot   *Snapshot
	mean       diskcache.DiskCacher[[]float64]          // root.wfs.Slopes.mean.npy
	covariance diskcache.DiskCacher[*mat.SymDense]      // root.wfs.Slopes.covariance.npy
	lagged     diskcache.DiskCacher[npy.Array[float32]] // root.wfs.Slopes.lagged-<lags>.npy
}

// Mean returns the mean of each slope over all frames, in arcsec: the aberration
// that the loop keeps for the camera's sake.
func (s *Slopes) Mean(ctx context.Context) ([]float64, error) {
	return s.mean.Execute(ctx, s.computeMean)
}

func (s *Slopes) computeMean(ctx context.Context) ([]float64, error) {
	slopes, err := s.snapshot.Slopes(ctx)
	if err != nil {
		return nil, err
	}
	frames, count := slopes.Dims()
	mean := make([]float64, count)
	for k := range frames {
		floats.Add(mean, slopes.RawRowView(k))
	}
	floats.Scale(1/float64(frames), mean)
	return mean, nil
}

// Covariance returns the covariance of the slopes, (slopes, slopes), in arcsec²,
// normalized by frames-1.
func (s *Slopes) Covariance(ctx context.Context) (*mat.SymDense, error) {
	return s.covariance.Execute(ctx, s.computeCovariance)
}

func (s *Slopes) computeCovariance(ctx context.Context) (*mat.SymDense, error) {
	centered, err := s.centered(ctx)
	if err != nil {
		return nil, err
	}
	const block = 100 // frames; between blocks it can be stopped
	frames, count := centered.Dims()
	covariance := mat.NewSymDense(count, nil)
	for first := 0; first < frames; first += block {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		part := centered.Slice(first, min(first+block, frames), 0, count)
		covariance.SymRankK(covariance, 1/float64(frames-1), part.T())
	}
	return covariance, nil
}

// Lagged returns the covariance of each slope with each other one 0 to lags-1
// frames later, (lags, slopes, slopes), in arcsec²: turbulence that the wind
// carries from one subaperture to the next shows at the lag that it takes. The
// sums have lag fewer terms, and are all divided by the number of frames.
func (s *Slopes) Lagged(ctx context.Context, lags int) (npy.Array[float32], error) {
	return diskcache.Execute1(ctx, &s.lagged, s.computeLagged, lags)
}

func (s *Slopes) computeLagged(ctx context.Context, lags int) (npy.Array[float32], error) {
	centered, err := s.centered(ctx)
	if err != nil {
		return npy.Array[float32]{}, err
	}
	frames, count := centered.Dims()
	if lags < 1 || lags >= frames {
		return npy.Array[float32]{}, fmt.Errorf("slopes: %d lags of %d frames; there must be 1 to %d", lags, frames, frames-1)
	}
	all := npy.NewArray[float32](lags, count, count)
	next := all.Data
	var covariance mat.Dense
	for lag := range lags {
		if err := ctx.Err(); err != nil {
			return npy.Array[float32]{}, err
		}
		covariance.Mul(centered.Slice(0, frames-lag, 0, count).T(), centered.Slice(lag, frames, 0, count))
		for i, v := range covariance.RawMatrix().Data {
			next[i] = float32(v / float64(frames))
		}
		next = next[count*count:]
	}
	return all, nil
}

// centered returns the slopes without their mean, (frames, slopes), in arcsec.
func (s *Slopes) centered(ctx context.Context) (*mat.Dense, error) {
	mean, err := s.Mean(ctx) // cached: computed once, whoever asks first
	if err != nil {
		return nil, err
	}
	slopes, err := s.snapshot.Slopes(ctx)
	if err != nil {
		return nil, err
	}
	centered := mat.DenseCopyOf(slopes)
	frames, _ := centered.Dims()
	if frames < 2 {
		return nil, fmt.Errorf("slopes: snapshot %s has a single frame, which varies about nothing", s.snapshot.Tag)
	}
	for k := range frames {
		floats.Sub(centered.RawRowView(k), mean)
	}
	return centered, nil
}
