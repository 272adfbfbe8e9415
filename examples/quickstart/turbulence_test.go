package main

import (
	"math"
	"strings"
	"testing"
)

// TestKolmogorov compares with what Noll's table gives as left over when the first
// modes are corrected, in (D/r0)^(5/3) rad²: what an order adds is the difference
// of two values.
func TestKolmogorov(t *testing.T) {
	left := map[int]float64{0: 1.0299, 1: 0.134, 2: 0.0648, 3: 0.0401, 4: 0.0279, 5: 0.0208} // after each order
	for n := 1; n <= 5; n++ {
		near(t, "variance of an order", float64(n+1)*vonKarmanVariance(n, 0), left[n-1]-left[n], 0.02)
	}
}

// TestOuterScale: an outer scale takes much from tip and tilt and little from
// other orders, the more the smaller it is.
func TestOuterScale(t *testing.T) {
	for n := 1; n <= 9; n++ {
		kolmogorov, last := vonKarmanVariance(n, 0), 0.0
		for _, diameters := range []float64{1, 0.3, 0.1, 0.01, 1e-6} {
			v := vonKarmanVariance(n, diameters)
			if v <= last || v > kolmogorov {
				t.Errorf("order %d: variance %v with D/L0 = %v, %v with a smaller outer scale, %v with none", n, v, diameters, last, kolmogorov)
			}
			last = v
		}
		near(t, "hardly any outer scale", last, kolmogorov, 0.02)
	}
	if tilt := vonKarmanVariance(1, 0.1) / vonKarmanVariance(1, 0); tilt < 0.3 || tilt > 0.7 {
		t.Errorf("tilt keeps %.2f of its variance", tilt)
	}
	if coma := vonKarmanVariance(3, 0.1) / vonKarmanVariance(3, 0); coma < 0.95 {
		t.Errorf("order 3 keeps %.2f of its variance", coma)
	}
}

func TestFriedParameter(t *testing.T) {
	const diameter, outerScale = 8.222, 25.0
	unit := map[int]float64{}
	for n := 1; n <= 9; n++ {
		unit[n] = vonKarmanVariance(n, diameter/outerScale)
	}
	for _, r0 := range []float64{0.05, 0.15, 0.4} {
		var variances []float64
		for j := 2; j <= 55; j++ {
			n, _ := noll(j)
			rad := unit[n] * math.Pow(diameter/r0, 5./3)
			variances = append(variances, rad*math.Pow(500/(2*math.Pi), 2)) // nm² at 500 nm
		}
		variances[0], variances[1] = 1e9, 1e9 // tip and tilt: a shaking telescope does not count
		got, err := friedParameter(variances, diameter, outerScale)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "r0", got, r0, 1e-9)
	}
}

func TestFriedParameterErrors(t *testing.T) {
	for want, variances := range map[string][]float64{
		"at least 20":           make([]float64, 19),
		"less than their noise": make([]float64, 20),
	} {
		if _, err := friedParameter(variances, 8, 25); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	for _, scale := range []float64{0, -1, math.NaN()} {
		if _, err := friedParameter(make([]float64, 20), 8, scale); err == nil || !strings.Contains(err.Error(), "outer scale") {
			t.Errorf("outer scale %v: error %v", scale, err)
		}
	}
}

func TestSeeing(t *testing.T) {
	near(t, "seeing of r0 = 10.1 cm", seeingOf(0.10107), 1, 1e-3)
}

// TestFittingError compares with the same table.
func TestFittingError(t *testing.T) {
	near(t, "after 21 modes", fittingError(20, 1, 1, seeingWavelength), 0.0208, 0.02)
	near(t, "after 10 modes", fittingError(9, 1, 1, seeingWavelength), 0.0401, 0.05)
	near(t, "at twice the wavelength", fittingError(20, 1, 1, 2*seeingWavelength), 0.0208/4, 0.02)
	near(t, "stronger turbulence", fittingError(20, 8, 1, seeingWavelength), 0.0208*32, 0.02)
}
