package main

import (
	"math"
	"math/rand/v2"
	"testing"
)

// spectrum of turbulence and noise, with the scatter of an average of four
// periodograms, and a Lorentzian line.
func spectrumWithLine(step, frequency, rms, fwhm float64) []float64 {
	random := rand.New(rand.NewPCG(7, 8))
	psd := make([]float64, 513)
	for i := range psd {
		f := float64(i) * step
		psd[i] = 1 + 1e5*math.Pow(math.Max(f, 1), -17./3)
		scatter := 0.0
		for range 4 {
			scatter += random.ExpFloat64() / 4
		}
		psd[i] *= scatter
		psd[i] += rms * rms * 2 / (math.Pi * fwhm) / (1 + math.Pow(2*(f-frequency)/fwhm, 2))
	}
	return psd
}

func TestFindLine(t *testing.T) {
	const step = 500. / 1024
	for _, want := range []Line{{13.4, 110, 2}, {24.7, 240, 3}, {200, 60, 1.5}} {
		got := findLine(spectrumWithLine(step, want.Frequency, want.RMS, want.FWHM), step)
		if math.Abs(got.Frequency-want.Frequency) > 0.1 {
			t.Errorf("frequency %.2f Hz, want %v", got.Frequency, want.Frequency)
		}
		near(t, "RMS", got.RMS, want.RMS, 0.1)
		near(t, "FWHM", got.FWHM, want.FWHM, 0.3)
	}
}

func TestFindNoLine(t *testing.T) {
	const step = 500. / 1024
	if got := findLine(spectrumWithLine(step, 50, 0, 1), step); got != (Line{}) {
		t.Errorf("found %+v in noise", got)
	}
	if got := findLine(make([]float64, 513), step); got != (Line{}) {
		t.Errorf("found %+v in zeros", got)
	}
	if got := findLine([]float64{1, 2, 3}, step); got != (Line{}) {
		t.Errorf("found %+v in three values", got)
	}
}
