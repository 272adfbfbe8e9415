package npy_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
)

func openFile(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() }) // only read; many have been closed before
	return f
}

// mapped maps a file and compares it with what Load reads, then writes to it.
func sameMappedInto[T any](t *testing.T, v any, data func(T) any) {
	t.Helper()
	path := saved(t, v)
	want, err := npy.Load[T](path)
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f := openFile(t, path)
	if _, err := f.Seek(3, 0); err != nil { // wherever the file stands
		t.Fatal(err)
	}
	var got T
	m, err := npy.MapInto(f, &got)
	if err != nil {
		t.Fatalf("%T: %v", got, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%T: %v, want %v", got, got, want)
	}
	if elements := reflect.ValueOf(data(got)); elements.Len() > 0 {
		elements.Index(0).SetZero()
	}
	if after, err := os.ReadFile(path); err != nil || !slices.Equal(after, before) {
		t.Errorf("%T: writing to the array changed the file (%v)", got, err)
	}
	for range 2 {
		if err := m.Close(); err != nil {
			t.Errorf("%T: %v", got, err)
		}
	}
}

func TestMapInto(t *testing.T) {
	dense := func(m mat.Dense) any { return m.RawMatrix().Data }
	densePointer := func(m *mat.Dense) any { return m.RawMatrix().Data }
	vector := func(x mat.VecDense) any { return x.RawVector().Data }
	sameMappedInto(t, benchData(10_000), func(x []float64) any { return x })
	sameMappedInto(t, []int16{1, 2, 3}, func(x []int16) any { return x })
	sameMappedInto(t, []npy.Float16{1, 2, 3}, func(x []npy.Float16) any { return x })
	sameMappedInto(t, []volts{1, 2}, func(x []volts) any { return x })
	sameMappedInto(t, slopes{1, 2}, func(x slopes) any { return x })
	sameMappedInto(t, []float64{}, func(x []float64) any { return x })
	cube := npy.Array[int32]{Shape: []int{1, 2, 3}, Fortran: true, Data: []int32{1, 2, 3, 4, 5, 6}}
	sameMappedInto(t, cube, func(a npy.Array[int32]) any { return a.Data })
	sameMappedInto(t, cube, func(a *npy.Array[int32]) any { return a.Data })
	sameMappedInto(t, npy.NewArray[complex128](0, 5), func(a npy.Array[complex128]) any { return a.Data })
	sameMappedInto(t, mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6}), dense)
	sameMappedInto(t, mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6}), densePointer)
	sameMappedInto(t, &mat.Dense{}, densePointer)
	sameMappedInto(t, []float64{1, 2, 3}, vector)
	sameMappedInto(t, [][]float64{{1}, {2}}, func(x *mat.VecDense) any { return x.RawVector().Data })
	sameMappedInto(t, &mat.VecDense{}, vector)
}

func TestMappable(t *testing.T) {
	for _, v := range []any{[]float64{}, []int8{}, slopes{}, []npy.Float16{}, npy.Array[float32]{}, &npy.Array[volts]{},
		mat.Dense{}, &mat.Dense{}, mat.VecDense{}, &mat.VecDense{}} {
		if err := npy.Mappable(reflect.TypeOf(v)); err != nil {
			t.Errorf("Mappable(%T) = %v", v, err)
		}
	}
	for _, test := range []struct {
		v    any
		want string
	}{
		{nil, "nil interface"},
		{[]bool{}, "bools cannot be mapped"},
		{npy.Array[bool]{}, "bools cannot be mapped"},
		{[]time.Duration{}, "durations cannot be mapped"},
		{&npy.Array[time.Duration]{}, "durations cannot be mapped"},
		{[]string{}, "use Load"},
		{[]time.Time{}, "use Load"},
		{[]numbers{}, "use Load"},
		{[][]float64{}, "use Load"},
		{[][3]float64{}, "use Load"},
		{[3]float64{}, "use Load"},
		{mat.SymDense{}, "use Load"},
		{&mat.CDense{}, "use Load"},
		{npy.Scalar[float64]{}, "use Load"},
		{map[string]int{}, "not a bool"},
		{&[]float64{}, "a pointer"},
	} {
		var bad *npy.TypeError
		typ := reflect.TypeOf(test.v)
		if err := npy.Mappable(typ); !errors.As(err, &bad) || bad.Type != typ || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Mappable(%T) = %v; want a TypeError with %q", test.v, err, test.want)
		}
		if typ == nil {
			continue
		}
		f := openFile(t, saved(t, []float64{1}))
		if _, err := npy.MapInto(f, reflect.New(typ).Interface()); !errors.As(err, &bad) {
			t.Errorf("MapInto a %T: %v, want a TypeError", test.v, err)
		}
	}
	if _, err := npy.Map[time.Duration](saved(t, []time.Duration{1})); err == nil || !strings.Contains(err.Error(), "durations cannot be mapped") {
		t.Errorf("Map of durations: %v", err)
	}
}

func TestMapIntoMismatch(t *testing.T) {
	for _, test := range []struct {
		file, dst any
		want      string
	}{
		{[]float32{1}, new([]float64), "cannot convert <f4 into <f8"},
		{[]time.Duration{1}, new([]int64), "cannot convert <m8[ns] into <i8"},
		{[]string{"a"}, new([]int32), "cannot convert <U1 into <i4"},
		{[][]float64{{1}}, new([]float64), "it has 2 axes, the type has 1"},
		{npy.NewArray[float64](), new([]float64), "it has 0 axes"},
		{[]float64{1}, new(mat.Dense), "a matrix has 2 axes, it has 1"},
		{npy.NewArray[float64](0, 5), new(*mat.Dense), "no matrix with rows but no columns"},
		{npy.Array[float64]{Shape: []int{2, 2}, Fortran: true, Data: make([]float64, 4)}, new(mat.Dense), "in C order"},
		{npy.NewArray[float64](1, 5), new(mat.VecDense), "it is a row"},
		{npy.NewArray[float64](5, 2), new(*mat.VecDense), "shape (n,) or (n, 1)"},
	} {
		var bad *npy.MismatchError
		_, err := npy.MapInto(openFile(t, saved(t, test.file)), test.dst)
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "use Load") {
			t.Errorf("%T into %T: %v; want a MismatchError with %q", test.file, test.dst, err, test.want)
		}
	}
	for _, dst := range []any{nil, []float64{}, (*[]float64)(nil)} {
		if _, err := npy.MapInto(openFile(t, saved(t, []float64{1})), dst); err == nil || !strings.Contains(err.Error(), "non-nil pointer") {
			t.Errorf("into %T: %v", dst, err)
		}
	}
	path := filepath.Join(t.TempDir(), "short.npy")
	file := encoded(t, []float64{1, 2})
	if err := os.WriteFile(path, file[:len(file)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	var bad *npy.FormatError
	if _, err := npy.MapInto(openFile(t, path), new([]float64)); !errors.As(err, &bad) || !strings.Contains(err.Error(), "short.npy") {
		t.Errorf("a file cut short: %v", err)
	}
	kept := []float64{5}
	if _, err := npy.MapInto(openFile(t, path), &kept); err == nil || kept[0] != 5 {
		t.Errorf("after an error: %v", kept)
	}
}
