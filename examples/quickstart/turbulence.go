package main

import (
	"fmt"
	"math"
)

// seeingWavelength is where seeing and Fried's parameter are given, in m.
const seeingWavelength = 500e-9

// arcsec is one second of arc in radians.
const arcsec = math.Pi / 180 / 3600

// vonKarmanVariance returns the variance that turbulence gives a Zernike
// coefficient of radial order n, in rad² and units of (D/r0)^(5/3), where D is
// the telescope's diameter; diameters is D/L0, 0 for an infinite outer scale.
//
//	2π(n+1) ∫ 0.0229 (u² + (D/L0)²)^(-11/6) [J_{n+1}(πu) / (πu/2)]² u du
//
// with u the spatial frequency times D: the von Karman spectrum through the
// Zernike polynomial's Fourier transform.
//
// R. J. Noll, J. Opt. Soc. Am. 66, 207 (1976), for D/L0 = 0;
// D. M. Winker, J. Opt. Soc. Am. A 8, 1568 (1991), for the outer scale.
func vonKarmanVariance(n int, diameters float64) float64 {
	const low, high, steps = 1e-12, 1e3, 4000
	step := math.Log(high/low) / steps
	sum := 0.0
	for i := range steps {
		u := low * math.Exp((float64(i)+0.5)*step)
		filter := math.Jn(n+1, math.Pi*u) / (math.Pi * u / 2)
		sum += math.Pow(u*u+diameters*diameters, -11./6) * filter * filter * u * u * step // du = u dlnu
	}
	return 2 * math.Pi * float64(n+1) * 0.0229 * sum
}

// friedParameter returns r0 in m at seeingWavelength, from the variances (nm²) of
// Zernike coefficients j = 2, 3, … of a telescope of a diameter (m), for an outer
// scale (m). It uses radial orders 2 to 5: the first one shakes with the
// telescope, and higher ones take in what the sensor cannot tell apart.
func friedParameter(variances []float64, diameter, outerScale float64) (float64, error) {
	const first, last = 2, 5
	if !(outerScale > 0) {
		return 0, fmt.Errorf("estimate r0: an outer scale of %v m; it must be above 0", outerScale)
	}
	nanometers := seeingWavelength * 1e9 / (2 * math.Pi) // per radian
	var sum float64
	var count int
	for n := first; n <= last; n++ {
		unit := vonKarmanVariance(n, diameter/outerScale) * nanometers * nanometers
		for j := n*(n+1)/2 + 1; j <= (n+1)*(n+2)/2; j++ {
			if j-2 >= len(variances) {
				return 0, fmt.Errorf("estimate r0: %d modes, at least %d are needed", len(variances), (last+1)*(last+2)/2-1)
			}
			sum += variances[j-2] / unit
			count++
		}
	}
	ratio := sum / float64(count) // (D/r0)^(5/3)
	if !(ratio > 0) {
		return 0, fmt.Errorf("estimate r0: modes of order %d to %d vary less than their noise", first, last)
	}
	return diameter * math.Pow(ratio, -3./5), nil
}

// seeingOf returns the full width at half maximum of a star's image, in arcsec,
// through a large telescope and turbulence of a Fried parameter (m).
func seeingOf(r0 float64) float64 { return 0.98 * seeingWavelength / r0 / arcsec }

// fittingError returns the variance (rad² at a wavelength, m) of the turbulence
// that is left when the first modes are corrected perfectly.
//
// R. J. Noll, ibid.: 0.2944 J^(-√3/2) (D/r0)^(5/3), piston counted.
func fittingError(modes int, diameter, r0, wavelength float64) float64 {
	shorter := seeingWavelength / wavelength
	return 0.2944 * math.Pow(float64(modes+1), -math.Sqrt(3)/2) * math.Pow(diameter/r0, 5./3) * shorter * shorter
}
