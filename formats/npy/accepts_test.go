package npy_test

import (
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"unsafe"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
)

type (
	endless  []endless
	embedded struct{ npy.Array[float64] }
	matrix   mat.Dense
)

func TestAccepts(t *testing.T) {
	for _, v := range []any{
		[]bool{}, []int{}, []uint{}, []int8{}, []uint16{}, []npy.Float16{}, []float32{}, []float64{}, []complex64{}, []complex128{},
		slopes{}, []volts{}, []slopes{}, [3]int{}, [0]int{}, [2][3]bool{}, [][]float64{}, [][3]float32{}, [2][]int16{},
		mat.Dense{}, &mat.Dense{}, mat.VecDense{}, &mat.VecDense{}, mat.CDense{}, &mat.CDense{},
		mat.SymDense{}, &mat.SymDense{}, mat.TriDense{}, &mat.TriDense{},
		npy.Array[bool]{}, &npy.Array[volts]{},
	} {
		if err := npy.Accepts(reflect.TypeOf(v)); err != nil {
			t.Errorf("Accepts(%T) = %v", v, err)
		}
	}

	for _, test := range []struct {
		typ  reflect.Type
		part reflect.Type // nil: all of it
		text string
	}{
		{nil, nil, "nil interface"},
		{reflect.TypeFor[int](), nil, "single value"},
		{reflect.TypeFor[string](), nil, "single value"},
		{reflect.TypeFor[uintptr](), nil, "not a bool"},
		{reflect.TypeFor[[]uintptr](), reflect.TypeFor[uintptr](), "not a bool"},
		{reflect.TypeFor[[]chan int](), reflect.TypeFor[chan int](), "not a bool"},
		{reflect.TypeFor[[][2]map[int]int](), reflect.TypeFor[map[int]int](), "not a bool"},
		{reflect.TypeFor[[]*float64](), reflect.TypeFor[*float64](), "not a bool"},
		{reflect.TypeFor[[]any](), reflect.TypeFor[any](), "not a bool"},
		{reflect.TypeFor[[]mat.Dense](), reflect.TypeFor[mat.Dense](), "field mat: not exported"},
		{reflect.TypeFor[[]unsafe.Pointer](), reflect.TypeFor[unsafe.Pointer](), "not a bool"},
		{reflect.TypeFor[*[]float64](), nil, "pointer"},
		{reflect.TypeFor[*[3]float64](), nil, "pointer"},
		{reflect.TypeFor[**mat.Dense](), nil, "pointer"},
		{reflect.TypeFor[mat.Matrix](), nil, "interface"},
		{reflect.TypeFor[struct{ A []float64 }](), nil, "struct"},
		{reflect.TypeFor[embedded](), nil, "struct"},
		{reflect.TypeFor[*embedded](), nil, "pointer"},
		{reflect.TypeFor[matrix](), nil, "struct"},
		{reflect.TypeFor[mat.BandDense](), nil, "struct"},
		{reflect.TypeFor[*mat.DiagDense](), nil, "pointer"},
		{reflect.TypeFor[func()](), nil, "not a bool"},
		{reflect.TypeFor[chan int](), nil, "not a bool"},
		{reflect.TypeFor[endless](), nil, "more than 64 axes"},
	} {
		var bad *npy.TypeError
		if err := npy.Accepts(test.typ); !errors.As(err, &bad) {
			t.Errorf("Accepts(%v) = %v, want a TypeError", test.typ, err)
			continue
		}
		if test.part == nil {
			test.part = test.typ
		}
		if bad.Type != test.typ || bad.Part != test.part || !strings.Contains(bad.Error(), test.text) {
			t.Errorf("Accepts(%v) = %v with part %v; want part %v and %q", test.typ, bad, bad.Part, test.part, test.text)
		}
	}
}

func TestTypeErrorFromVerbs(t *testing.T) {
	var bad *npy.TypeError
	if _, err := npy.Encode(io.Discard, []any{"a"}); !errors.As(err, &bad) {
		t.Errorf("Encode: %v, want a TypeError", err)
	}
	if _, err := npy.Encode(io.Discard, nil); !errors.As(err, &bad) {
		t.Errorf("Encode(nil): %v, want a TypeError", err)
	}
	if err := decodeError(encoded(t, []int8{1}), new(string)); !errors.As(err, &bad) {
		t.Errorf("Decode: %v, want a TypeError", err)
	}
	for _, dst := range []any{nil, 5, []float64{}, (*[]float64)(nil)} {
		if err := decodeError(encoded(t, []float64{1}), dst); err == nil || !strings.Contains(err.Error(), "non-nil pointer") {
			t.Errorf("Decode into %T: %v", dst, err)
		}
	}
}
