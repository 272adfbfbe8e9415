package diskcache

import (
	"fmt"
	"reflect"
)

// The matrices of gonum have unexported fields, and but for Dense and VecDense no
// marshaler. They count by what they are (rule 10): the type, and of the elements those
// that it can have. How they lie in memory, and what lies beside a view, does not count. A
// matrix is known by its type's name and asked by its methods, so that this package need
// not import gonum.

// gonumMatrices are the types of gonum.org/v1/gonum/mat that hold elements of their own
// and do not marshal themselves, and whether what is below the diagonal is a mirror image.
// Transpose and its like hold another matrix in an exported field.
var gonumMatrices = map[string]struct{ symmetric bool }{
	"SymDense": {true}, "SymBandDense": {true},
	"TriDense": {}, "TriBandDense": {}, "DiagDense": {}, "BandDense": {}, "Tridiag": {}, "CDense": {},
}

func isMatrix(t reflect.Type) bool {
	_, known := gonumMatrices[t.Name()]
	return known && t.PkgPath() == "gonum.org/v1/gonum/mat"
}

// matrix writes rows and columns, the kind of triangle (1 for lower, 2 for upper, 0 for
// none), how many diagonals below and above the main one count, and their elements, row
// by row.
func (w *keyWriter) matrix(v reflect.Value) (fault *keyFault) {
	defer func() {
		if r := recover(); r != nil { // it was put together by hand
			fault = &keyFault{err: fmt.Errorf("is a matrix that panicked: %v", r)}
		}
	}()
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	m := p.Interface()
	rows, columns := m.(interface{ Dims() (r, c int) }).Dims()
	below, above := max(rows-1, 0), max(columns-1, 0)
	if banded, ok := m.(interface{ Bandwidth() (kl, ku int) }); ok && rows > 0 {
		below, above = banded.Bandwidth()
	}
	kind := uint64(0)
	if triangle := p.MethodByName("Triangle"); triangle.IsValid() && rows > 0 {
		kind = 1
		if triangle.Call(nil)[1].Bool() {
			kind = 2
			below = 0
		} else {
			above = 0
		}
	}
	if gonumMatrices[v.Type().Name()].symmetric {
		below = 0
	}
	for _, n := range []uint64{uint64(rows), uint64(columns), kind, uint64(below), uint64(above)} {
		w.uvarint(n)
	}
	each := func(row func(i, from, end int)) {
		for i := range rows {
			if from, end := max(i-below, 0), min(i+above+1, columns); from < end {
				row(i, from, end)
			}
		}
	}
	var numbers []float64
	switch m := m.(type) {
	case interface{ At(i, j int) float64 }:
		each(func(i, from, end int) {
			numbers = numbers[:0]
			for j := from; j < end; j++ {
				numbers = append(numbers, m.At(i, j))
			}
			w.numbers(numbers)
		})
	case interface{ At(i, j int) complex128 }:
		each(func(i, from, end int) {
			numbers = numbers[:0]
			for j := from; j < end; j++ {
				c := m.At(i, j)
				numbers = append(numbers, real(c), imag(c))
			}
			w.numbers(numbers)
		})
	}
	return nil
}

// numbers writes the bits of numbers, as those of a slice.
func (w *keyWriter) numbers(s []float64) {
	if littleEndian {
		floats(w, s, bits64)
		return
	}
	for _, f := range s {
		w.word(bits64(f), 8)
	}
}
