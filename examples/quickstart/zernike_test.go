package main

import (
	"math"
	"testing"
)

// TestNoll is Noll's own table of modes.
func TestNoll(t *testing.T) {
	want := [][2]int{
		{0, 0}, {1, 1}, {1, -1}, {2, 0}, {2, -2}, {2, 2}, {3, -1}, {3, 1}, {3, -3}, {3, 3},
		{4, 0}, {4, 2}, {4, -2}, {4, 4}, {4, -4}, {5, 1}, {5, -1}, {5, 3}, {5, -3}, {5, 5}, {5, -5},
	}
	for i, w := range want {
		if n, m := noll(i + 1); n != w[0] || m != w[1] {
			t.Errorf("mode %d: n %d, m %d, want %v", i+1, n, m, w)
		}
	}
}

func TestZernikeFormulas(t *testing.T) {
	for _, p := range [][2]float64{{0, 0}, {0.3, -0.4}, {-0.6, 0.1}, {0, 1}} {
		x, y := p[0], p[1]
		r2 := x*x + y*y
		for j, want := range map[int]float64{
			1:  1,
			2:  2 * x,
			3:  2 * y,
			4:  math.Sqrt(3) * (2*r2 - 1),
			5:  math.Sqrt(6) * 2 * x * y,
			6:  math.Sqrt(6) * (x*x - y*y),
			8:  math.Sqrt(8) * (3*r2 - 2) * x,
			11: math.Sqrt(5) * (6*r2*r2 - 6*r2 + 1),
		} {
			if got := zernike(j, x, y); math.Abs(got-want) > 1e-12 {
				t.Errorf("mode %d at (%v, %v): %v, want %v", j, x, y, got, want)
			}
		}
	}
}

// TestZernikeOrthonormal integrates over the unit disk: exactly in angle, by
// midpoints in r².
func TestZernikeOrthonormal(t *testing.T) {
	const modes, rings, spokes = 28, 400, 32
	var products [modes][modes]float64
	for ring := range rings {
		r := math.Sqrt((float64(ring) + 0.5) / rings)
		for spoke := range spokes {
			sin, cos := math.Sincos(2 * math.Pi * float64(spoke) / spokes)
			var z [modes]float64
			for j := range z {
				z[j] = zernike(j+1, r*cos, r*sin)
			}
			for a := range z {
				for b := range z {
					products[a][b] += z[a] * z[b] / (rings * spokes)
				}
			}
		}
	}
	for a := range products {
		for b, got := range products[a] {
			want := 0.0
			if a == b {
				want = 1
			}
			if math.Abs(got-want) > 2e-3 {
				t.Errorf("modes %d and %d: %v, want %v", a+1, b+1, got, want)
			}
		}
	}
}
