package main

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/mat"
)

// powerSpectra estimates the power spectral density of each column of x, samples
// taken rate times a second, by Welch's method: periodograms of segments that
// overlap by half, each freed of its mean and weighted with a Hann window, and
// averaged.
//
// The result has segment/2+1 rows, one each rate/segment Hz from 0 on, and the
// columns of x. It is one-sided, in [x]²/Hz: its sum times rate/segment is the
// variance. FFTs are fast where segment is a product of small primes.
//
// P. D. Welch, IEEE Trans. Audio Electroacoust. 15, 70 (1967).
func powerSpectra(ctx context.Context, x *mat.Dense, rate float64, segment int) (*mat.Dense, error) {
	samples, columns := x.Dims()
	if segment < 4 || segment%2 != 0 || segment > samples {
		return nil, fmt.Errorf("power spectra: a segment of %d samples; it must be even, and 4 to %d", segment, samples)
	}
	window, power := hann(segment)
	fft := fourier.NewFFT(segment)
	coefficients := make([]complex128, segment/2+1)
	column, part := make([]float64, samples), make([]float64, segment)

	count := 2*(samples/segment) - 1
	if samples%segment >= segment/2 {
		count++
	}
	density := mat.NewDense(segment/2+1, columns, nil)
	for c := range columns {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		mat.Col(column, c, x)
		for s := range count {
			copy(part, column[s*segment/2:])
			subtractMean(part)
			for i, w := range window {
				part[i] *= w
			}
			for i, f := range fft.Coefficients(coefficients, part) {
				scale := 2 / (rate * power * float64(count))
				if i == 0 || i == segment/2 { // these have no negative twin
					scale /= 2
				}
				density.Set(i, c, density.At(i, c)+scale*(real(f)*real(f)+imag(f)*imag(f)))
			}
		}
	}
	return density, nil
}

// hann returns the periodic Hann window and the sum of its squares.
func hann(n int) (window []float64, power float64) {
	window = make([]float64, n)
	for i := range window {
		window[i] = 0.5 - 0.5*math.Cos(2*math.Pi*float64(i)/float64(n))
		power += window[i] * window[i]
	}
	return window, power
}

func subtractMean(x []float64) {
	mean := 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for i := range x {
		x[i] -= mean
	}
}

// whiteNoise returns the variance of the white noise in a signal with the
// one-sided density psd, one value each step Hz up to half the sampling rate: all
// of the highest fifth of the frequencies is taken for noise.
func whiteNoise(psd []float64, step float64) float64 {
	top := psd[len(psd)*4/5 : len(psd)-1] // the last value, one-sided, is half as high
	sum := 0.0
	for _, p := range top {
		sum += p
	}
	return sum / float64(len(top)) * step * float64(len(psd)-1)
}
