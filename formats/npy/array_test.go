package npy_test

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/formats/npy"
)

func TestArrayIndexing(t *testing.T) {
	a := npy.NewArray[int](2, 3, 4)
	f := npy.NewArray[int](2, 3, 4)
	f.Fortran = true
	for i := range 2 {
		for j := range 3 {
			for k := range 4 {
				a.Set(100*i+10*j+k, i, j, k)
				f.Set(100*i+10*j+k, i, j, k)
			}
		}
	}
	if a.Data[1] != 1 || a.Data[4] != 10 || a.Data[12] != 100 {
		t.Errorf("C order: %v", a.Data)
	}
	if f.Data[1] != 100 || f.Data[2] != 10 || f.Data[6] != 1 {
		t.Errorf("Fortran order: %v", f.Data)
	}
	if a.At(1, 2, 3) != 123 || f.At(1, 2, 3) != 123 {
		t.Errorf("At(1, 2, 3): %d, %d", a.At(1, 2, 3), f.At(1, 2, 3))
	}
	if a.NDim() != 3 || a.Len() != 24 {
		t.Errorf("%d axes, %d elements", a.NDim(), a.Len())
	}

	c := f.COrder()
	if !reflect.DeepEqual(c, a) {
		t.Errorf("COrder: %v, want %v", c, a)
	}
	c.Set(-1, 0, 0, 0)
	c.Shape[0] = 9
	d := a.COrder()
	d.Set(-1, 0, 0, 0)
	if f.At(0, 0, 0) != 0 || f.Shape[0] != 2 || a.At(0, 0, 0) != 0 {
		t.Error("a copy shares memory with the original")
	}

	shape := []int{2}
	e := npy.NewArray[bool](shape...)
	shape[0] = 5
	if e.Shape[0] != 2 {
		t.Error("NewArray keeps the caller's shape")
	}
	if s := npy.NewArray[float32](); s.NDim() != 0 || s.Len() != 1 || s.At() != 0 {
		t.Errorf("no axes: %v", s)
	}
}

func TestArrayPanics(t *testing.T) {
	a := npy.NewArray[int](2, 3)
	for want, f := range map[string]func(){
		"index [2 0] outside of shape (2, 3)":    func() { a.At(2, 0) },
		"index [0 3] outside of shape (2, 3)":    func() { a.At(0, 3) },
		"index [0 -1] outside of shape (2, 3)":   func() { a.Set(1, 0, -1) },
		"1 indices for 2 axes":                   func() { a.At(1) },
		"NewArray: bad shape (-1,)":              func() { npy.NewArray[int](-1) },
		fmt.Sprintf("(%d, 2)", math.MaxInt):      func() { npy.NewArray[int8](math.MaxInt, 2) },
		"shape (2,) has 2 elements, Data has 0":  func() { npy.Array[int]{Shape: []int{2}}.COrder() },
		"shape () has 1 elements, Data has 0":    func() { npy.Array[int]{}.COrder() },
		"index [0 0] outside of shape (0, 1000)": func() { npy.NewArray[int](0, 1000).At(0, 0) },
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
					t.Errorf("panic %q, want %q", got, want)
				}
			}()
			f()
		}()
	}
}

func TestArrayIndexingAllocatesNothing(t *testing.T) {
	a := npy.NewArray[float64](10, 10)
	sum := 0.0
	if n := testing.AllocsPerRun(100, func() {
		a.Set(2, 3, 4)
		sum += a.At(3, 4)
	}); n != 0 {
		t.Errorf("%v allocations, sum %v", n, sum)
	}
}
