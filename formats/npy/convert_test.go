package npy_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
)

var elementTypes = []reflect.Type{
	reflect.TypeFor[bool](),
	reflect.TypeFor[int8](), reflect.TypeFor[int16](), reflect.TypeFor[int32](), reflect.TypeFor[int64](), reflect.TypeFor[int](),
	reflect.TypeFor[uint8](), reflect.TypeFor[uint16](), reflect.TypeFor[uint32](), reflect.TypeFor[uint64](), reflect.TypeFor[uint](),
	reflect.TypeFor[npy.Float16](), reflect.TypeFor[float32](), reflect.TypeFor[float64](),
	reflect.TypeFor[complex64](), reflect.TypeFor[complex128](),
}

// exactInt returns x as a value of type t, or false when t has no such number.
func exactInt(x *big.Int, t reflect.Type) (reflect.Value, bool) {
	v := reflect.New(t).Elem()
	f32, acc32 := new(big.Float).SetInt(x).Float32()
	f64, acc64 := new(big.Float).SetInt(x).Float64()
	if t == reflect.TypeFor[npy.Float16]() {
		h := npy.NewFloat16(f64) // see TestFloat16Rounding
		v.SetUint(uint64(h))
		return v, acc64 == big.Exact && h.Float64() == f64
	}
	switch t.Kind() {
	case reflect.Bool:
		return v, false
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if !x.IsInt64() || v.OverflowInt(x.Int64()) {
			return v, false
		}
		v.SetInt(x.Int64())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if !x.IsUint64() || v.OverflowUint(x.Uint64()) {
			return v, false
		}
		v.SetUint(x.Uint64())
	case reflect.Float32:
		v.SetFloat(float64(f32))
		return v, acc32 == big.Exact
	case reflect.Float64:
		v.SetFloat(f64)
		return v, acc64 == big.Exact
	case reflect.Complex64:
		v.SetComplex(complex(float64(f32), 0))
		return v, acc32 == big.Exact
	case reflect.Complex128:
		v.SetComplex(complex(f64, 0))
		return v, acc64 == big.Exact
	}
	return v, true
}

// TestIntegerConversions reads every integer near every limit, of every integer
// type that has it, into every type, with both byte orders of the file.
func TestIntegerConversions(t *testing.T) {
	var numbers []*big.Int
	for k := range uint(65) {
		power := new(big.Int).Lsh(big.NewInt(1), k)
		for _, d := range []int64{-1, 0, 1} {
			x := new(big.Int).Add(power, big.NewInt(d))
			numbers = append(numbers, x, new(big.Int).Neg(x))
		}
	}
	for _, from := range elementTypes[1:11] {
		for _, x := range numbers {
			v, ok := exactInt(x, from)
			if !ok {
				continue
			}
			// The number behind others, so that the index in the error is seen.
			slice := reflect.MakeSlice(reflect.SliceOf(from), 3, 3)
			slice.Index(2).Set(v)
			file := encoded(t, slice.Interface())
			for _, to := range elementTypes {
				dst := reflect.New(reflect.SliceOf(to))
				err := decodeError(file, dst.Interface())
				want, ok := exactInt(x, to)
				if to.Kind() == reflect.Bool {
					ok = false
				}
				var bad *npy.MismatchError
				switch {
				case ok && err != nil:
					t.Fatalf("%v %v into %v: %v", from, x, to, err)
				case ok && dst.Elem().Index(2).Interface() != want.Interface():
					t.Fatalf("%v %v into %v: %v", from, x, to, dst.Elem())
				case !ok && !errors.As(err, &bad):
					t.Fatalf("%v %v into %v: %v and error %v, want a MismatchError", from, x, to, dst.Elem(), err)
				case !ok && to.Kind() != reflect.Bool && !strings.Contains(bad.Reason, fmt.Sprintf("element (2,) is %v, which", x)):
					t.Fatalf("%v %v into %v: %v; want the index and the number", from, x, to, err)
				}
			}
		}
	}
}

func TestOtherConversions(t *testing.T) {
	floats := []float32{1.5, float32(math.Inf(-1)), math.MaxFloat32, math.SmallestNonzeroFloat32, float32(math.Copysign(0, -1)), float32(math.NaN())}
	var wide []float64
	var pairs []complex64
	var widePairs, fromFloat []complex128
	for _, x := range floats {
		wide = append(wide, float64(x))
		pairs = append(pairs, complex(x, -x))
		widePairs = append(widePairs, complex(float64(x), float64(-x)))
		fromFloat = append(fromFloat, complex(float64(x), 0))
	}
	same := func(name string, got, want any) {
		if g, w := elements(reflect.ValueOf(got)), elements(reflect.ValueOf(want)); !bytes.Equal(g, w) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	same("float32 to float64", decode[[]float64](t, encoded(t, floats)), wide)
	same("float32 to complex128", decode[[]complex128](t, encoded(t, floats)), fromFloat)
	same("float64 to complex128", decode[[]complex128](t, encoded(t, wide)), fromFloat)
	same("complex64 to complex128", decode[[]complex128](t, encoded(t, pairs)), widePairs)
	for i, x := range decode[[]complex64](t, encoded(t, floats)) {
		if math.Float32bits(real(x)) != math.Float32bits(floats[i]) || math.Float32bits(imag(x)) != 0 {
			t.Errorf("float32 %v to complex64: %v", floats[i], x)
		}
	}

	// Big endian, and converted, and put into C order.
	big := makeFile(1, "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3)}", []byte{0, 1, 0, 4, 0, 2, 0, 5, 0xff, 0xfd, 0, 6})
	if m := decode[*mat.Dense](t, big); !mat.Equal(m, mat.NewDense(2, 3, []float64{1, 2, -3, 4, 5, 6})) {
		t.Errorf("big-endian int16 in Fortran order into a Dense: %v", mat.Formatted(m))
	}

	for _, test := range []struct{ from, dst any }{
		{[]float64{1}, new([]float32)}, {[]float64{1}, new([]int64)}, {[]float64{1}, new([]complex64)}, {[]float64{1}, new([]bool)},
		{[]float32{1}, new([]int8)}, {[]complex128{1}, new([]float64)}, {[]complex128{1}, new([]complex64)}, {[]complex64{1}, new([]float64)},
		{[]bool{true}, new([]uint8)}, {[]bool{true}, new([]float64)}, {[]uint8{1}, new([]bool)}, {[]complex64{1}, new(mat.VecDense)},
		{[]float64{}, new([]int64)}, // by the types alone, so that it does not work by luck
	} {
		var bad *npy.MismatchError
		err := decodeError(encoded(t, test.from), test.dst)
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), "may change values") || !strings.Contains(err.Error(), bad.Header.DType+" into ") {
			t.Errorf("%T into %T: %v, want a MismatchError with both dtypes", test.from, test.dst, err)
		}
	}
}

// TestConversionIndex wants the index in the file's axes, in either order.
func TestConversionIndex(t *testing.T) {
	for _, fortran := range []bool{false, true} {
		a := npy.NewArray[int16](3, 4, 5)
		a.Fortran = fortran
		a.Set(300, 2, 1, 3)
		for _, dst := range []any{new([][][]int8), new(npy.Array[uint8])} {
			err := decodeError(encoded(t, a), dst)
			if err == nil || !strings.Contains(err.Error(), "element (2, 1, 3) is 300, which") {
				t.Errorf("%T, Fortran %v: %v", dst, fortran, err)
			}
		}
	}
}
