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
	lineRatio  = 20 // a line stands out by this factor from what is around it
	lineAround = 12 // what is around: this many frequencies to each side
	lineLowest = 4  // Hz; below is turbulence
)

// findLine finds the strongest line in a one-sided power spectral density in
// nm²/Hz, one value each step Hz from 0 on. What is around is the median, that a
// line of a few values does not move. Frequency and power are those of the
// excess over it, as far as that is more than the surroundings on both sides. No
// line is the zero Line.
func findLine(psd []float64, step float64) Line {
	around := medians(psd, lineAround)
	peak := -1
	for i := int(math.Ceil(lineLowest / step)); i < len(psd)-1; i++ {
		if psd[i] > lineRatio*around[i] && (peak < 0 || psd[i]-around[i] > psd[peak]-around[peak]) {
			peak = i
		}
	}
	if peak < 0 {
		return Line{}
	}
	first, last := peak, peak
	for first > 1 && psd[first-1] > 2*around[first-1] {
		first--
	}
	for last < len(psd)-2 && psd[last+1] > 2*around[last+1] {
		last++
	}
	var power, moment float64
	for i := first; i <= last; i++ {
		power += psd[i] - around[i]
		moment += (psd[i] - around[i]) * float64(i)
	}
	return Line{
		Frequency: moment / power * step,
		RMS:       math.Sqrt(power * step),
		FWHM:      (halfway(psd, peak, +1) + halfway(psd, peak, -1)) * step,
	}
}

// halfway is how many values it is from the peak, in one direction, to where
// the density has fallen to half, on straight lines between values.
func halfway(psd []float64, peak, direction int) float64 {
	half := psd[peak] / 2
	for i := peak; i+direction >= 0 && i+direction < len(psd); i += direction {
		here, next := psd[i], psd[i+direction]
		if next <= half {
			return math.Abs(float64(i-peak)) + (here-half)/(here-next)
		}
	}
	return math.Inf(1)
}

// medians returns the median of each value and those around it.
func medians(x []float64, around int) []float64 {
	m := make([]float64, len(x))
	for i := range x {
		near := slices.Clone(x[max(0, i-around):min(len(x), i+around+1)])
		slices.Sort(near)
		m[i] = near[len(near)/2]
	}
	return m
}
