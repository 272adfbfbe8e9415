package main

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

func TestPowerSpectraOfSine(t *testing.T) {
	const rate, segment, frequency, amplitude = 500.0, 250, 40.0, 3.0
	x := mat.NewDense(1000, 2, nil)
	for k := range 1000 {
		x.Set(k, 1, 7+amplitude*math.Sin(2*math.Pi*frequency*float64(k)/rate))
	}
	psd, err := powerSpectra(t.Context(), x, rate, segment)
	if err != nil {
		t.Fatal(err)
	}
	if rows, columns := psd.Dims(); rows != segment/2+1 || columns != 2 {
		t.Fatalf("shape (%d, %d)", rows, columns)
	}
	sine := mat.Col(nil, 1, psd)
	if got := float64(floats.MaxIdx(sine)) * rate / segment; got != frequency {
		t.Errorf("peak at %v Hz, want %v", got, frequency)
	}
	near(t, "power", floats.Sum(sine)*rate/segment, amplitude*amplitude/2, 1e-12)
	if got := mat.Max(psd.Slice(0, segment/2+1, 0, 1)); got != 0 {
		t.Errorf("a column of zeros has a density of %v", got)
	}
}

// TestPowerSpectraParseval: with one segment, the sum over frequencies is exactly
// the windowed mean square.
func TestPowerSpectraParseval(t *testing.T) {
	const rate, segment = 7.0, 64
	random := rand.New(rand.NewPCG(1, 2))
	x := mat.NewDense(segment, 1, nil)
	for k := range segment {
		x.Set(k, 0, random.NormFloat64())
	}
	psd, err := powerSpectra(t.Context(), x, rate, segment)
	if err != nil {
		t.Fatal(err)
	}
	window, power := hann(segment)
	column := mat.Col(nil, 0, x)
	subtractMean(column)
	floats.Mul(column, window)
	near(t, "sum", floats.Sum(mat.Col(nil, 0, psd))*rate/segment, floats.Dot(column, column)/power, 1e-12)
}

func TestWhiteNoise(t *testing.T) {
	const rate, segment, sigma = 500.0, 256, 2.0
	random := rand.New(rand.NewPCG(3, 4))
	x := mat.NewDense(20000, 1, nil)
	for k := range 20000 {
		slow := 50 * math.Sin(2*math.Pi*float64(k)/20000)
		x.Set(k, 0, slow+sigma*random.NormFloat64())
	}
	psd, err := powerSpectra(t.Context(), x, rate, segment)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "noise variance", whiteNoise(mat.Col(nil, 0, psd), rate/segment), sigma*sigma, 0.05)
}

// TestPowerSpectraSegments: the segments overlap by half, and none is left out.
func TestPowerSpectraSegments(t *testing.T) {
	const segment = 8
	random := rand.New(rand.NewPCG(5, 6))
	for samples, want := range map[int]int{8: 1, 11: 1, 12: 2, 15: 2, 16: 3, 19: 3, 20: 4, 24: 5} {
		x := mat.NewDense(samples, 1, nil)
		for k := range samples {
			x.Set(k, 0, random.NormFloat64())
		}
		got, err := powerSpectra(t.Context(), x, 1, segment)
		if err != nil {
			t.Fatal(err)
		}
		var single [][]float64
		for first := 0; first+segment <= samples; first += segment / 2 {
			one, err := powerSpectra(t.Context(), mat.DenseCopyOf(x.Slice(first, first+segment, 0, 1)), 1, segment)
			if err != nil {
				t.Fatal(err)
			}
			single = append(single, mat.Col(nil, 0, one))
		}
		if len(single) != want {
			t.Fatalf("%d samples: the test makes %d segments, want %d", samples, len(single), want)
		}
		for i := range segment/2 + 1 {
			var all []float64
			for _, one := range single {
				all = append(all, one[i])
			}
			near(t, "mean of segments", got.At(i, 0), stat.Mean(all, nil), 1e-12)
		}
	}
}

func TestPowerSpectraErrors(t *testing.T) {
	x := mat.NewDense(100, 1, nil)
	for _, segment := range []int{-2, 0, 2, 7, 102} {
		if _, err := powerSpectra(t.Context(), x, 1, segment); err == nil || !strings.Contains(err.Error(), "segment") {
			t.Errorf("segment of %d: error %v", segment, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := powerSpectra(ctx, x, 1, 16); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: error %v", err)
	}
}

// near fails the test when got is further from want than a fraction of it.
func near(t *testing.T, what string, got, want, fraction float64) {
	t.Helper()
	if !(math.Abs(got-want) <= fraction*math.Abs(want)) {
		t.Errorf("%s: got %v, want %v within %v of it", what, got, want, fraction)
	}
}
