package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
)

// Loop is a loop that corrects one mode of the wavefront.
type Loop struct {
	Gain   float64 // of the integrator
	Delay  int     // frames between a measurement and its correction, at least 1
	Frames int     // how long it is simulated
	Seed   uint64  // of turbulence and noise

	Verbose bool `cache:"-"` // say that it is simulated
}

// Residual is what the loop leaves, in nm RMS.
type Residual struct {
	RMS    float64 // of the second half of the frames
	Closed bool    // the loop is stable
}

const (
	turbulenceStep = 5.0  // nm RMS, how far the mode walks in a frame
	noise          = 10.0 // nm RMS of a measurement
	unstable       = 1e6  // nm; no open loop gets there
)

// Simulate runs the loop frame by frame. It looks at its context now and then, so
// that Ctrl-C need not wait for it.
func Simulate(ctx context.Context, l Loop) (Residual, error) {
	if l.Delay < 1 || l.Frames < 2 {
		return Residual{}, fmt.Errorf("a loop with a delay of %d over %d frames: at least 1 and 2", l.Delay, l.Frames)
	}
	if l.Verbose {
		fmt.Printf("simulating gain %.2f, delay %d\n", l.Gain, l.Delay)
	}
	var (
		random   = rand.New(rand.NewPCG(l.Seed, 0))
		pending  = make([]float64, l.Delay) // corrections on their way
		mode     float64
		mirror   float64
		variance float64
	)
	for frame := range l.Frames {
		if frame%4096 == 0 && ctx.Err() != nil {
			return Residual{}, ctx.Err()
		}
		mode += turbulenceStep * random.NormFloat64()
		mirror += pending[frame%l.Delay] // which was measured so many frames ago
		residual := mode - mirror
		if math.Abs(residual) > unstable {
			return Residual{RMS: math.Inf(1)}, nil
		}
		if frame >= l.Frames/2 {
			variance += residual * residual
		}
		measured := residual + noise*random.NormFloat64()
		pending[frame%l.Delay] = l.Gain * measured
	}
	return Residual{RMS: math.Sqrt(variance / float64(l.Frames-l.Frames/2)), Closed: true}, nil
}
