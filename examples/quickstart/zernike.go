package main

import "math"

// noll returns the radial order n and the azimuthal order m of Zernike mode
// j = 1, 2, … in Noll's order: a cosine where m > 0, a sine where m < 0.
//
// R. J. Noll, J. Opt. Soc. Am. 66, 207 (1976).
func noll(j int) (n, m int) {
	rest := j - 1
	for rest > n {
		n++
		rest -= n
	}
	m = n%2 + 2*((rest+(n+1)%2)/2)
	if j%2 == 1 {
		m = -m
	}
	return n, m
}

// zernike returns mode j at a point in units of the pupil's radius. Its mean
// square over the unit disk is 1.
func zernike(j int, x, y float64) float64 {
	n, m := noll(j)
	rho, angle := math.Hypot(x, y), math.Atan2(y, x)
	abs := max(m, -m)
	radial := 0.0
	for k := range (n-abs)/2 + 1 {
		term := factorial(n-k) / (factorial(k) * factorial((n+abs)/2-k) * factorial((n-abs)/2-k))
		if k%2 == 1 {
			term = -term
		}
		radial += term * math.Pow(rho, float64(n-2*k))
	}
	switch {
	case m == 0:
		return math.Sqrt(float64(n+1)) * radial
	case m > 0:
		return math.Sqrt(float64(2*n+2)) * radial * math.Cos(float64(abs)*angle)
	}
	return math.Sqrt(float64(2*n+2)) * radial * math.Sin(float64(abs)*angle)
}

func factorial(n int) float64 { return math.Round(math.Gamma(float64(n + 1))) }
