package main

import (
	"context"
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
)

const testWavelength = 2e-6

func exposure(t *testing.T, residual *mat.Dense) *mat.Dense {
	t.Helper()
	_, modes := residual.Dims()
	image, err := longExposure(t.Context(), newPupil(0.111, modes), residual, testWavelength, func(int, int) {})
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func TestPerfectImage(t *testing.T) {
	image := exposure(t, mat.NewDense(2, 3, nil))
	near(t, "peak", image.At(gridPixels/2, gridPixels/2), 1, 1e-12)
	if got := mat.Max(image); got > 1+1e-12 {
		t.Errorf("brighter than the peak: %v", got)
	}
	// Parseval: all light of the pupil arrives.
	lit := float64(len(newPupil(0.111, 1).at))
	near(t, "light", mat.Sum(image), gridPixels*gridPixels/lit, 1e-12)
	// The first dark ring, 1.22 λ/D for a clear aperture, is a little closer with an obstruction.
	if dark := image.At(gridPixels/2, gridPixels/2+2); dark > 0.05 {
		t.Errorf("%.3f at λ/D from the star", dark)
	}
}

// TestTiltMovesImage: mode 2 is 2x, so that a coefficient of λ/4 is one λ across
// the diameter, and moves the star by λ/D: two pixels.
func TestTiltMovesImage(t *testing.T) {
	quarter := testWavelength * 1e9 / 4
	image := exposure(t, mat.NewDense(1, 2, []float64{quarter, -2 * quarter}))
	near(t, "moved peak", image.At(gridPixels/2-4, gridPixels/2+2), 1, 1e-9)
}

// TestSmallErrors: the extended Maréchal approximation, for errors of 200 and
// 100 nm that take turns in sign.
func TestSmallErrors(t *testing.T) {
	residual := mat.NewDense(2, 6, []float64{0, 0, 0, 150, 0, 60, 0, 0, 0, -150, 0, -60})
	sigma := 2 * math.Pi / (testWavelength * 1e9) * math.Hypot(150, 60)
	near(t, "Strehl ratio", exposure(t, residual).At(gridPixels/2, gridPixels/2), math.Exp(-sigma*sigma), 0.02)
}

func TestLongExposureStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	last := 0
	_, err := longExposure(ctx, newPupil(0, 1), mat.NewDense(100, 1, nil), testWavelength, func(done, of int) {
		if last = done; done == 3 {
			cancel()
		}
		if of != 100 {
			t.Errorf("%d frames in all, want 100", of)
		}
	})
	if !errors.Is(err, context.Canceled) || last != 3 {
		t.Errorf("canceled after frame 3: error %v after frame %d", err, last)
	}
}
