package npy_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
)

func TestEncodeRefusesValues(t *testing.T) {
	raw := func(rows, cols, stride, n int) mat.Dense {
		var m mat.Dense
		m.SetRawMatrix(blas64.General{Rows: rows, Cols: cols, Stride: stride, Data: make([]float64, n)})
		return m
	}
	var backwards mat.VecDense
	backwards.SetRawVector(blas64.Vector{N: 3, Inc: -1, Data: make([]float64, 3)})
	var square mat.SymDense
	square.SetRawSymmetric(blas64.Symmetric{Uplo: blas.Upper, N: 3, Stride: 3, Data: make([]float64, 8)})
	var lower mat.TriDense
	lower.SetRawTriangular(blas64.Triangular{Uplo: blas.Lower, Diag: blas.NonUnit, N: 3, Stride: 3, Data: make([]float64, 8)})
	for _, test := range []struct {
		v    any
		text string
	}{
		{[][]float64{{1, 2}, {3}}, "row [1] has 1 elements, the first has 2"},
		{[][][]int8{{{1}, {2}}, {{3}}}, "row [1] has 1 elements, the first has 2"},
		{[][][]int8{{{1}, {2}}, {{3}, {4, 5}}}, "row [1 1] has 2 elements, the first has 1"},
		{[2][]int16{{1}, {}}, "row [1] has 0 elements"},
		{[][]float64{{}, nil}, "row [1] is nil"},
		{[][]float64{nil}, "row [0] is nil"},
		{[][]float64{{1}, nil}, "row [1] is nil"},
		{[2][]int16{}, "row [0] is nil"},
		{make([][0][]int8, 1<<16+1), "more than 65536 rows"},
		{(*mat.Dense)(nil), "nil *mat.Dense"},
		{(*npy.Array[float64])(nil), "nil *npy.Array[float64]"},
		{npy.Array[float64]{}, "shape () has 1 elements, Data has 0"},
		{npy.Array[float64]{Shape: []int{2, 2}, Data: make([]float64, 3)}, "shape (2, 2) has 4 elements, Data has 3"},
		{npy.Array[float64]{Shape: []int{-1}, Data: nil}, "bad shape (-1,)"},
		{npy.Array[float64]{Shape: []int{-1, -1}, Data: make([]float64, 1)}, "bad shape"},
		{npy.Array[int8]{Shape: []int{math.MaxInt, 3}, Data: nil}, "bad shape"},
		{npy.Array[int8]{Shape: make([]int, 65)}, "65 axes"},
		{raw(2, 3, 2, 100), "stride 2"},
		{raw(2, 3, 4, 6), "over 6 elements"},
		{raw(-1, 3, 4, 6), "-1 rows"},
		{raw(0, 3, 3, 6), "0 rows"},
		{raw(3, 0, 3, 6), "0 columns"},
		{raw(math.MaxInt/2+2, 2, 2, 6), "over 6 elements"},
		{&backwards, "stride -1"},
		{&square, "over 8 elements"},
		{&lower, "over 8 elements"},
	} {
		var b bytes.Buffer
		_, err := npy.Encode(&b, test.v)
		if !errors.Is(err, npy.ErrValue) || !strings.Contains(err.Error(), test.text) {
			t.Errorf("Encode(%T): %v; want ErrValue with %q", test.v, err, test.text)
		}
		if b.Len() > 0 {
			t.Errorf("Encode(%T) wrote %d bytes", test.v, b.Len())
		}
		if err := npy.Accepts(reflect.TypeOf(test.v)); err != nil {
			t.Errorf("%v", err)
		}
	}
	var rows [][]float64
	for range 1<<16 + 1 {
		rows = append(rows, []float64{})
	}
	if _, err := npy.Encode(io.Discard, rows); !errors.Is(err, npy.ErrValue) {
		t.Errorf("65537 empty rows: %v; want ErrValue", err)
	}
	if got := decode[[][]float64](t, encoded(t, rows[:1<<16])); len(got) != 1<<16 {
		t.Errorf("65536 empty rows came back as %d", len(got))
	}
}

type failing struct{ after int }

func (w *failing) Write(p []byte) (int, error) {
	if w.after--; w.after < 0 {
		return 0, errDisk
	}
	return len(p), nil
}

var errDisk = errors.New("disk full")

type short struct{}

func (short) Write(p []byte) (int, error) { return len(p) - 1, nil }

func TestEncodeReportsTheWriter(t *testing.T) {
	data := benchData(1 << 18)
	for _, v := range []any{data[:3], data, rowsOf(data, 16), rowsOf(data, 1<<14), mat.NewSymDense(512, data),
		mat.NewTriDense(512, mat.Upper, data), mat.NewDense(1<<17, 2, data).ColView(1), mat.NewDense(512, 512, data).Slice(0, 512, 0, 500)} {
		const many = 1000
		w := failing{after: many}
		if _, err := npy.Encode(&w, v); err != nil {
			t.Fatal(err)
		}
		writes := many - w.after
		for k := range writes {
			if _, err := npy.Encode(&failing{k}, v); !errors.Is(err, errDisk) {
				t.Errorf("%T: write %d of %d failed, Encode returned %v", v, k+1, writes, err)
			}
		}
		if _, err := npy.Encode(short{}, v); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("%T: short write, Encode returned %v", v, err)
		}
	}
}
