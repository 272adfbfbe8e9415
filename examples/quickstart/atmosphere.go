package main

import (
	"context"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/dataelab/dataelab-go/diskcache"
)

// usualOuterScale of the turbulence at good sites, in m.
const usualOuterScale = 25.0

// Atmosphere is what the turbulence was like.
type Atmosphere struct {
	snapshot *Snapshot
	modes    *Modes
	seeing   diskcache.DiskCacher[Seeing] // root.sky.Atmosphere.seeing-<outer scale>.gob
}

// Seeing tells how strong the turbulence was, at 500 nm.
type Seeing struct {
	R0     float64 // Fried's parameter, m
	Seeing float64 // arcsec
}

// Seeing estimates the turbulence from how much the modes of the open loop vary,
// less the sensor's noise. outerScale, in m, is assumed.
func (a *Atmosphere) Seeing(ctx context.Context, outerScale float64) (Seeing, error) {
	return diskcache.Execute1(ctx, &a.seeing, a.computeSeeing, outerScale)
}

func (a *Atmosphere) computeSeeing(ctx context.Context, outerScale float64) (Seeing, error) {
	const segment = 256
	openLoop, err := a.modes.OpenLoop(ctx)
	if err != nil {
		return Seeing{}, err
	}
	power, err := a.modes.Power(ctx, segment)
	if err != nil {
		return Seeing{}, err
	}
	metadata, err := a.snapshot.Metadata(ctx)
	if err != nil {
		return Seeing{}, err
	}
	_, modes := openLoop.Dims()
	variances := make([]float64, modes)
	for c := range variances {
		noise := whiteNoise(mat.Col(nil, c, power), metadata.LoopRate/segment)
		variances[c] = stat.Variance(mat.Col(nil, c, openLoop), nil) - noise
	}
	r0, err := friedParameter(variances, metadata.Diameter, outerScale)
	return Seeing{R0: r0, Seeing: seeingOf(r0)}, err
}
