package npy

import (
	"math"
	"reflect"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/mat"
)

// Gonum keeps one triangle of a symmetric or triangular matrix, in the rows of a
// full square of which the other triangle may hold anything. Files hold the
// full square, and what is in it.

// symmetric is the codec of mat.SymDense; gonum keeps its upper triangle.
type symmetric struct{}

func (symmetric) body(v reflect.Value) (body, error) {
	m := v.Addr().Interface().(*mat.SymDense).RawSymmetric()
	b := body{elem: f8.descr(), shape: []int{m.N, m.N}}
	if m.N == 0 {
		return b, nil
	}
	if err := checkRaw(v.Type(), len(m.Data), m.N, m.N, m.Stride); err != nil {
		return body{}, err
	}
	b.pieces = func(yield func([]byte) error) error {
		return bands(m.N, yield, func(band []float64, first, end int) {
			// Left of the diagonal, a row is the column above it, mirrored.
			for j := range end {
				from := max(first, j)
				scatter(band, m.N, from-first, j, m.Data[j*m.Stride+from:j*m.Stride+end])
			}
			for i := first; i < end; i++ {
				copy(band[(i-first)*m.N+i:][:m.N-i], m.Data[i*m.Stride+i:])
			}
		})
	}
	return b, nil
}

func (symmetric) load(v reflect.Value, f *file) error {
	n, data, err := f.loadSquare()
	if err != nil {
		return err
	}
	if i, j, found := unequalPair(data, n); found {
		return f.mismatch("it is not symmetric: element (%d, %d) is %v, (%d, %d) is %v", i, j, data[i*n+j], j, i, data[j*n+i])
	}
	m := v.Addr().Interface().(*mat.SymDense)
	if *m = (mat.SymDense{}); n > 0 {
		*m = *mat.NewSymDense(n, data)
	}
	return nil
}

// triangular is the codec of mat.TriDense. Its kind shows in the file by where
// the zeros are; for a diagonal matrix, by the order: Fortran means lower.
type triangular struct{}

func (triangular) body(v reflect.Value) (body, error) {
	m := v.Addr().Interface().(*mat.TriDense).RawTriangular()
	b := body{elem: f8.descr(), shape: []int{m.N, m.N}, fortran: m.Uplo == blas.Lower}
	if m.N == 0 {
		return b, nil
	}
	if err := checkRaw(v.Type(), len(m.Data), m.N, m.N, m.Stride); err != nil {
		return body{}, err
	}
	if m.Uplo == blas.Lower {
		b.pieces = func(yield func([]byte) error) error {
			return bands(m.N, yield, func(band []float64, first, end int) {
				clear(band)
				for i := first; i < m.N; i++ {
					scatter(band, m.N, 0, i, m.Data[i*m.Stride+first:i*m.Stride+min(end, i+1)])
				}
			})
		}
		return b, nil
	}
	b.pieces = func(yield func([]byte) error) error {
		return bands(m.N, yield, func(band []float64, first, end int) {
			for i := first; i < end; i++ {
				row := band[(i-first)*m.N:][:m.N]
				clear(row[:i])
				copy(row[i:], m.Data[i*m.Stride+i:])
			}
		})
	}
	return b, nil
}

func (triangular) load(v reflect.Value, f *file) error {
	n, data, err := f.loadSquare()
	if err != nil {
		return err
	}
	kind := mat.Upper
	above, below := nonzero(data, n, mat.Upper), nonzero(data, n, mat.Lower)
	switch {
	case above >= 0 && below >= 0:
		return f.mismatch("it is not triangular: element (%d, %d) is %v and (%d, %d) is %v",
			above/n, above%n, data[above], below/n, below%n, data[below])
	case below >= 0, above < 0 && f.Fortran:
		kind = mat.Lower
	}
	m := v.Addr().Interface().(*mat.TriDense)
	if *m = (mat.TriDense{}); n > 0 {
		*m = *mat.NewTriDense(n, kind, data)
	}
	return nil
}

func (f *file) loadSquare() (n int, data []float64, err error) {
	rows, cols, err := f.matrixShape()
	if err != nil {
		return 0, nil, err
	}
	if rows != cols {
		return 0, nil, f.mismatch("it is not square")
	}
	data, err = loadElements[float64](f, f8)
	return rows, data, err
}

// bands yields an n×n matrix in bands of some rows, which fill writes: rows
// first to end-1 of n elements each. Eight rows at least, so that what comes
// from a column fills cache lines.
func bands(n int, yield func([]byte) error, fill func(band []float64, first, end int)) error {
	height := min(n, max(8, bufferBytes/8/n))
	buf, giveBack := borrow(height * n * 8)
	defer giveBack()
	band := view[float64](buf)
	for first := 0; first < n; first += height {
		end := min(first+height, n)
		part := band[:(end-first)*n]
		fill(part, first, end)
		if err := yield(bytesOf(part)); err != nil {
			return err
		}
	}
	return nil
}

// scatter writes values down column col of a band of rows of n elements, from
// its given row on.
func scatter(band []float64, n, row, col int, values []float64) {
	at := row*n + col
	for _, x := range values {
		band[at] = x
		at += n
	}
}

// unequalPair returns the first element above the diagonal, row by row, that
// differs from its mirror image. Two NaNs are no difference.
func unequalPair(data []float64, n int) (i, j int, found bool) {
	differ := func(i, j int) bool {
		a, b := data[i*n+j], data[j*n+i]
		return a != b && !(math.IsNaN(a) && math.IsNaN(b))
	}
	// In tiles that fit the cache. Once one shows a pair, the tiles on its right
	// can only beat it with a higher row.
	const tile = 32
	i = n
	for top := 0; top < n && !found; top += tile {
		for left := top; left < n; left += tile {
			for a := top; a < min(top+tile, i); a++ {
				for b := max(left, a+1); b < min(left+tile, n); b++ {
					if differ(a, b) {
						i, j, found = a, b, true
						break
					}
				}
			}
		}
	}
	return i, j, found
}

// nonzero returns where the first element lies that is not zero, strictly above
// (Upper) or below (Lower) the diagonal; -1 means none.
func nonzero(data []float64, n int, side mat.TriKind) int {
	for i := range n {
		from, to := i*n+i+1, i*n+n
		if side == mat.Lower {
			from, to = i*n, i*n+i
		}
		for at := from; at < to; at++ {
			if data[at] != 0 { // a NaN is not zero either
				return at
			}
		}
	}
	return -1
}
