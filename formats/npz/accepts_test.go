package npz_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/formats/npz"
)

type (
	key    string
	volts  float32
	slopes []float64

	// result is what a scientist returns: arrays of several kinds, and some numbers.
	result struct {
		Mean   []float64 `npz:"mean"`
		Slopes *mat.Dense
		Frames npy.Array[int16]
		Pair   [2]float64
		Rows   [][]complex64 `npz:"deep/rows"`
		Gain   float64
		Offset volts
		Count  int `npz:""`
		Closed bool
		Loop   time.Duration
	}
	embedsArray struct{ *mat.Dense }
	inner       struct{ A []float64 }
	embeds      struct{ inner }
	Outer       struct{ A []float64 }
	embedsOuter struct{ Outer }
)

func TestAccepts(t *testing.T) {
	for _, v := range []any{
		map[string][]float64{}, map[string]*mat.Dense{}, map[string]mat.Dense{}, map[string]npy.Array[float64]{}, map[key][3]int8{},
		map[string][][]bool{}, result{}, &result{}, embedsArray{}, inner{}, struct{ A slopes }{},
	} {
		for _, accepts := range []func(reflect.Type) error{npz.Accepts, npz.AcceptsNumbers} {
			if err := accepts(reflect.TypeOf(v)); err != nil {
				t.Errorf("%T: %v", v, err)
			}
		}
	}
	for _, v := range []any{
		map[string][]string{}, map[string][]time.Time{}, map[string][]star{}, night{}, &night{}, struct {
			A []float64
			S key
		}{},
	} {
		if err := npz.Accepts(reflect.TypeOf(v)); err != nil {
			t.Errorf("Accepts(%T) = %v", v, err)
		}
		var bad *npz.TypeError
		if err := npz.AcceptsNumbers(reflect.TypeOf(v)); !errors.As(err, &bad) {
			t.Errorf("AcceptsNumbers(%T) = %v, want a TypeError", v, err)
		}
	}

	for _, test := range []struct {
		v    any
		path string
		text string
	}{
		{nil, "", "nil interface"},
		{[]float64{}, "", "a single array"},
		{mat.Dense{}, "", "a single array"},
		{1.5, "", "a single array"},
		{"text", "", "a single array"},
		{[][]string{}, "", "a single array"},
		{[]any{}, "", "not a map or struct"},
		{new(map[string][]float64), "", "not a map or struct"},
		{new(*result), "", "not a map or struct"},
		{map[int][]float64{}, "", "keys are int"},
		{map[string]any{}, "", "written, not read"},
		{map[string]mat.Matrix{}, "", "interface"},
		{map[string]float64{}, "", "single values"},
		{map[string]string{}, "", "single values"},
		{map[string]chan int{}, "", "not a bool"},
		{map[string]map[string][]float64{}, "", "map[string][]float64"},
		{struct{}{}, "", "without arrays"},
		{struct{ A, B float64 }{}, "", "without arrays"},
		{struct {
			A []float64
			b []float64
		}{}, "b", "not exported"},
		{struct {
			A []float64
			_ int
		}{}, "_", "not exported"},
		{struct {
			A []float64 `npz:"-"`
		}{}, "A", "leave it out"},
		{struct {
			A []float64
			B []int `npz:"A"`
		}{}, "B", "as field A is"},
		{struct {
			A []int `npz:"a.npy"`
		}{}, "A", "removes .npy"},
		{struct {
			A []float64
			S []any
		}{}, "S", "[]interface"},
		{&struct {
			A []float64
			S chan int
		}{}, "S", "chan int"},
		{embeds{}, "inner", "not exported"},
		{embedsOuter{}, "Outer", "a struct"},
	} {
		var bad *npz.TypeError
		if npz.AcceptsNumbers(reflect.TypeOf(test.v)) == nil {
			t.Errorf("AcceptsNumbers takes %T, and Accepts does not", test.v)
		}
		err := npz.Accepts(reflect.TypeOf(test.v))
		if !errors.As(err, &bad) || bad.Type != reflect.TypeOf(test.v) || bad.Path != test.path || !strings.Contains(err.Error(), test.text) {
			t.Errorf("Accepts(%T) = %v; want a TypeError at %q with %q", test.v, err, test.path, test.text)
		}
	}
}
