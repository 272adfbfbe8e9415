package main

import (
	"math"
	"slices"
)

// Line is a vibration of the telescope as it stands in the spectrum of tip and
// tilt. The zero Line is none.
type Line struct {
	Frequency float64 // Hz
	RMS       float64 // nm of wavefront
	FWHM      float64 // full width at half maximum in Hz, that of the spectrum's window included
}

const (
	// lineRatio is how far a line stands out from its surroundings. A mean of
	// four periodograms does so by chance once in a million values.
	lineRatio = 8
	// lineLowest is where lines are looked for, in Hz; below is turbulence.
	lineLowest = 4
)

// findLine finds the strongest line in a one-sided power spectral density in
// nm²/Hz, one value each step Hz from 0 on. Frequency and power are those of the
// excess over the surroundings within three widths to both sides, where nine
// tenths of a resonance are. No line is the zero Line.
func findLine(psd []float64, step float64) Line {
	first, last := max(1, int(math.Ceil(lineLowest/step))), len(psd)-2 // the mean and Nyquist's frequency are no lines
	peak, height := -1, 0.0
	for i := first; i <= last; i++ {
		around := surroundings(psd, i, 0)
		if psd[i] > lineRatio*around && psd[i]-around > height {
			peak, height = i, psd[i]-around
		}
	}
	if peak < 0 {
		return Line{}
	}
	width := halfway(psd, peak, +1) + halfway(psd, peak, -1)
	reach := min(int(math.Ceil(3*width)), peak-first, last-peak) // as far on both sides
	around := surroundings(psd, peak, reach)
	var power, moment float64
	for i := peak - reach; i <= peak+reach; i++ {
		power += psd[i] - around
		moment += (psd[i] - around) * float64(i)
	}
	if power <= 0 { // at the edge, where there are no surroundings
		return Line{}
	}
	return Line{
		Frequency: moment / power * step,
		RMS:       math.Sqrt(power * step),
		FWHM:      width * step,
	}
}

// surroundings is what the density around value i would be without a line there:
// the geometric mean, since turbulence falls like a power of the frequency, of
// the medians, which a line does not move much, of the octaves below and above,
// except for some values next to i.
func surroundings(psd []float64, i, except int) float64 {
	near := max(1, except)
	below := psd[min(i/2, i-near) : i-near+1]
	above := psd[min(i+near, len(psd)-1):min(max(2*i, i+near)+1, len(psd))]
	return math.Sqrt(median(below) * median(above))
}

func median(x []float64) float64 {
	sorted := slices.Sorted(slices.Values(x))
	return sorted[len(sorted)/2]
}

// halfway is how many values it is from the peak, in one direction, to where
// the density has fallen to half, on straight lines between values; it ends at the
// last value.
func halfway(psd []float64, peak, direction int) float64 {
	half := psd[peak] / 2
	distance := 0.0
	for i := peak; i+direction >= 0 && i+direction < len(psd); i += direction {
		here, next := psd[i], psd[i+direction]
		if next <= half {
			return distance + (here-half)/(here-next)
		}
		distance++
	}
	return distance
}
