package main

import (
	"context"
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/mat"
)

// The image has two pixels per resolution element, λ/D, as Nyquist asks for: the
// pupil takes up half of the grid.
const (
	gridPixels  = 128
	pupilPixels = gridPixels / 2
)

// pupil is the telescope's aperture on a grid, and what each mode looks like there.
type pupil struct {
	at    []int      // places in the grid that are lit, row by row
	modes *mat.Dense // (lit places, modes): Zernike modes j = 2, 3, …
}

// newPupil makes a round aperture; obstruction is the diameter of the hole in
// units of the aperture's.
func newPupil(obstruction float64, modes int) *pupil {
	p := &pupil{}
	var rows []float64
	for row := range pupilPixels {
		for column := range pupilPixels {
			x := (float64(column)+0.5)/(pupilPixels/2) - 1
			y := (float64(row)+0.5)/(pupilPixels/2) - 1
			if r := math.Hypot(x, y); r > 1 || r < obstruction {
				continue
			}
			p.at = append(p.at, row*gridPixels+column)
			for j := range modes {
				rows = append(rows, zernike(j+2, x, y))
			}
		}
	}
	p.modes = mat.NewDense(len(p.at), modes, rows)
	return p
}

// longExposure returns the image of a star, (gridPixels, gridPixels), summed over
// wavefronts: each row of residual is the coefficients (nm) of one. The star is
// at pixel (gridPixels/2, gridPixels/2), with value 1 if no wavefront has an error,
// so that this pixel is the Strehl ratio. progress is told how many are done.
func longExposure(ctx context.Context, p *pupil, residual *mat.Dense, wavelength float64, progress func(done, of int)) (*mat.Dense, error) {
	frames, _ := residual.Dims()
	radians := 2 * math.Pi / (wavelength * 1e9) // per nm
	opd := mat.NewVecDense(len(p.at), nil)
	field := newField()
	image := make([]float64, gridPixels*gridPixels)
	for k := range frames {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		opd.MulVec(p.modes, residual.RowView(k))
		clear(field.grid)
		for i, at := range p.at {
			sin, cos := math.Sincos(radians * opd.AtVec(i))
			field.grid[at] = complex(cos, sin)
		}
		field.transform()
		for i, f := range field.grid {
			image[i] += real(f)*real(f) + imag(f)*imag(f)
		}
		progress(k+1, frames)
	}
	perfect := float64(len(p.at)) * float64(len(p.at)) * float64(frames)
	return centered(image, 1/perfect), nil
}

// field is light in the pupil, and after transform in the focus.
type field struct {
	grid   []complex128 // row by row; in the pupil only the first pupilPixels rows are lit
	column []complex128
	fft    *fourier.CmplxFFT
}

func newField() *field {
	return &field{
		grid:   make([]complex128, gridPixels*gridPixels),
		column: make([]complex128, gridPixels),
		fft:    fourier.NewCmplxFFT(gridPixels),
	}
}

// transform is the Fourier transform in two dimensions; dark rows stay dark.
func (f *field) transform() {
	for row := range pupilPixels {
		line := f.grid[row*gridPixels : (row+1)*gridPixels]
		f.fft.Coefficients(line, line)
	}
	for c := range gridPixels {
		for r := range f.column {
			f.column[r] = f.grid[r*gridPixels+c]
		}
		f.fft.Coefficients(f.column, f.column)
		for r, v := range f.column {
			f.grid[r*gridPixels+c] = v
		}
	}
}

// centered moves the zero of both axes from the corner to the middle.
func centered(image []float64, scale float64) *mat.Dense {
	m := mat.NewDense(gridPixels, gridPixels, nil)
	for row := range gridPixels {
		for column := range gridPixels {
			m.Set((row+gridPixels/2)%gridPixels, (column+gridPixels/2)%gridPixels, image[row*gridPixels+column]*scale)
		}
	}
	return m
}
