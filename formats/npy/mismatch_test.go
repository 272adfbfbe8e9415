package npy_test

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
)

// huge is a length that overflows when it is multiplied.
const huge = math.MaxInt/2 + 1

func TestShapesThatDoNotFit(t *testing.T) {
	array := func(shape ...int) npy.Array[float64] { return npy.NewArray[float64](shape...) }
	for _, test := range []struct {
		file npy.Array[float64]
		dst  any
		want string
	}{
		{array(), new([]float64), "single element without axes; read it into an npy.Array"},
		{array(), new(mat.Dense), "it has 0"},
		{array(), new(mat.VecDense), "shape (n,) or (n, 1)"},
		{array(3), new([][]float64), "it has 1 axes, the type has 2"},
		{array(3, 4), new([]float64), "it has 2 axes, the type has 1"},
		{array(3), new([4]float64), "axis 0 has length 3, the type wants 4"},
		{array(2, 3), new([][2]float64), "axis 1 has length 3, the type wants 2"},
		{array(3), new(mat.Dense), "a matrix has 2 axes, it has 1"},
		{array(3, 4, 5), new(*mat.Dense), "a matrix has 2 axes, it has 3"},
		{array(0, 5), new(mat.Dense), "no matrix with rows but no columns"},
		{array(5, 0), new(*mat.CDense), "no matrix with rows but no columns"},
		{array(0, 5), new(mat.SymDense), "no matrix with rows but no columns"},
		{array(2, 3), new(mat.SymDense), "not square"},
		{array(2, 3), new(*mat.TriDense), "not square"},
		{array(1, 3), new(mat.VecDense), "it is a row"},
		{array(3, 2), new(mat.VecDense), "shape (n,) or (n, 1)"},
		{array(0, 2), new(mat.VecDense), "shape (n,) or (n, 1)"},
		{array(3, 1, 1), new(mat.VecDense), "shape (n,) or (n, 1)"},
		{array(1<<17, 0), new([][]float64), "more than 65536 rows and no elements"},
		{array(huge, 0), new([][]float64), "more than 65536 rows and no elements"},
		{array(2, huge, 0), new([][][]float64), "more than 65536 rows and no elements"},
		{array(huge, huge, 0), new([][][]float64), "more than 65536 rows and no elements"},
		{array(huge, huge, 0), new([][][0]float64), "more than 65536 rows and no elements"},
	} {
		var bad *npy.MismatchError
		err := decodeError(encoded(t, test.file), test.dst)
		if !errors.As(err, &bad) || !strings.Contains(bad.Reason, test.want) {
			t.Errorf("%v into %T: %v; want a MismatchError with %q", test.file.Shape, test.dst, err, test.want)
			continue
		}
		if want := reflect.TypeOf(test.dst).Elem(); bad.Type != want || len(bad.Header.Shape) != len(test.file.Shape) {
			t.Errorf("%v into %v: error of type %v and shape %v", test.file.Shape, want, bad.Type, bad.Header.Shape)
		}
	}

	// What does fit, though not at first sight.
	if got := decode[npy.Array[float64]](t, encoded(t, array(huge, 0))); got.Shape[0] != huge || len(got.Data) != 0 {
		t.Errorf("no elements in long rows: %v", got)
	}
	if got := decode[[][0]float64](t, encoded(t, array(huge, 0))); len(got) != huge {
		t.Errorf("rows that take no memory: %d", len(got))
	}
	if got := decode[[][]float64](t, encoded(t, array(0, huge))); got == nil || len(got) != 0 {
		t.Errorf("no rows: %v", got)
	}
	if got := decode[*mat.VecDense](t, encoded(t, array(3, 1))); got.Len() != 3 {
		t.Errorf("column: %v", got)
	}
	if got := decode[mat.VecDense](t, encoded(t, array(1, 1))); got.Len() != 1 {
		t.Errorf("1 by 1: %v", got)
	}
	if got := decode[npy.Array[float64]](t, encoded(t, array())); got.At() != 0 || got.Shape == nil {
		t.Errorf("no axes: %v", got)
	}
}

func TestNilIsEmpty(t *testing.T) {
	if got := decode[[]float64](t, encoded(t, []float64(nil))); got == nil || len(got) != 0 {
		t.Errorf("nil slice came back as %#v", got)
	}
	if got := decode[[][]float64](t, encoded(t, [][]float64(nil))); got == nil || len(got) != 0 {
		t.Errorf("nil rows came back as %#v", got)
	}
	h := header(t, encoded(t, [][][3]float64(nil)))
	if !reflect.DeepEqual(h.Shape, []int{0, 0, 3}) {
		t.Errorf("no rows of 3: shape %v", h.Shape)
	}
}

func TestForeignSymmetric(t *testing.T) {
	const n = 100
	square := func() *mat.Dense {
		m := mat.NewDense(n, n, nil)
		for i := range n {
			for j := range n {
				m.Set(i, j, float64(i*j))
			}
		}
		return m
	}
	m := square()
	m.Set(3, 7, math.NaN())
	m.Set(7, 3, math.Float64frombits(0x7ff8000000000123))
	m.Set(5, 6, math.Copysign(0, -1))
	m.Set(6, 5, 0)
	got := decode[*mat.SymDense](t, encoded(t, m))
	if !math.IsNaN(got.At(7, 3)) || !math.Signbit(got.At(6, 5)) || got.At(98, 99) != 98*99 {
		t.Errorf("a symmetric file came back as other numbers")
	}

	for _, at := range [][][2]int{{{0, 1}}, {{98, 99}}, {{50, 2}}, {{97, 2}, {3, 40}, {60, 61}}, {{1, 90}, {80, 1}, {2, 3}}, {{99, 0}, {31, 32}}, {{2, 40}, {97, 3}}} {
		m := square()
		first := [2]int{n, n}
		for _, ij := range at {
			m.Set(ij[0], ij[1], -1)
			i, j := min(ij[0], ij[1]), max(ij[0], ij[1])
			if i < first[0] || i == first[0] && j < first[1] {
				first = [2]int{i, j}
			}
		}
		err := decodeError(encoded(t, m), new(mat.SymDense))
		want := fmt.Sprintf("it is not symmetric: element (%d, %d) is", first[0], first[1])
		var bad *npy.MismatchError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), want) {
			t.Errorf("unequal at %v: %v; want %q", at, err, want)
		}
	}
	m = square()
	m.Set(2, 4, math.NaN()) // only one of the two
	if err := decodeError(encoded(t, m), new(mat.SymDense)); err == nil || !strings.Contains(err.Error(), "(2, 4) is NaN, (4, 2) is 8") {
		t.Errorf("NaN on one side: %v", err)
	}
}

func TestForeignTriangular(t *testing.T) {
	for _, test := range []struct {
		data    []float64
		fortran bool
		kind    mat.TriKind
	}{
		{[]float64{1, 2, 0, 3}, false, mat.Upper},
		{[]float64{1, 0, 2, 3}, false, mat.Lower},
		{[]float64{1, 2, 0, 3}, true, mat.Lower}, // as it lies in Fortran order
		{[]float64{1, 0, 2, 3}, true, mat.Upper},
		{[]float64{1, 0, 0, 3}, false, mat.Upper},
		{[]float64{1, 0, 0, 3}, true, mat.Lower},
		{[]float64{1, math.NaN(), math.Copysign(0, -1), 3}, false, mat.Upper},
	} {
		a := npy.Array[float64]{Shape: []int{2, 2}, Fortran: test.fortran, Data: test.data}
		m := decode[*mat.TriDense](t, encoded(t, a))
		if _, kind := m.Triangle(); kind != test.kind {
			t.Errorf("%v, Fortran %v: upper %v, want %v", test.data, test.fortran, kind, test.kind)
		}
		for i := range 2 {
			for j := range 2 {
				if got, want := m.At(i, j), a.At(i, j); got != want && !math.IsNaN(want) {
					t.Errorf("%v, Fortran %v: (%d, %d) is %v, want %v", test.data, test.fortran, i, j, got, want)
				}
			}
		}
	}
	err := decodeError(encoded(t, mat.NewDense(2, 2, []float64{1, 2, 5, 3})), new(mat.TriDense))
	if err == nil || !strings.Contains(err.Error(), "not triangular: element (0, 1) is 2 and (1, 0) is 5") {
		t.Errorf("numbers on both sides: %v", err)
	}
}
