package npz

import (
	"reflect"
	"time"

	"github.com/dataelab/dataelab-go/formats/npy"
)

// A scalar keeps a single number, text or time as an array without axes, as numpy
// does: 3.5 is what np.array(3.5) is.
type scalar interface {
	// array returns the array of v, which is addressable.
	array(v reflect.Value) any

	// load sets v from the array that read fills.
	load(v reflect.Value, read func(dst any) error) error
}

// scalarFor returns nil when t is no single value.
func scalarFor(t reflect.Type) scalar {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return scalarOf[time.Duration]{}
	case reflect.TypeFor[time.Time]():
		return wideScalar[time.Time]{}
	}
	if t.Kind() == reflect.String {
		return wideScalar[string]{}
	}
	return numbers[t.Kind()]
}

// numbers are the kinds of npy.Element.
var numbers = map[reflect.Kind]scalar{
	reflect.Bool: scalarOf[bool]{},
	reflect.Int:  scalarOf[int]{}, reflect.Int8: scalarOf[int8]{}, reflect.Int16: scalarOf[int16]{},
	reflect.Int32: scalarOf[int32]{}, reflect.Int64: scalarOf[int64]{},
	reflect.Uint: scalarOf[uint]{}, reflect.Uint8: scalarOf[uint8]{}, reflect.Uint16: scalarOf[uint16]{},
	reflect.Uint32: scalarOf[uint32]{}, reflect.Uint64: scalarOf[uint64]{},
	reflect.Float32: scalarOf[float32]{}, reflect.Float64: scalarOf[float64]{},
	reflect.Complex64: scalarOf[complex64]{}, reflect.Complex128: scalarOf[complex128]{},
}

// pointer reaches a value of a named type without a conversion of the value,
// which would quiet the NaN of a float32.
func pointer[T any](v reflect.Value) *T {
	return v.Addr().Convert(reflect.TypeFor[*T]()).Interface().(*T)
}

type scalarOf[T npy.Element] struct{}

func (scalarOf[T]) array(v reflect.Value) any {
	return npy.Array[T]{Shape: []int{}, Data: []T{*pointer[T](v)}}
}

func (scalarOf[T]) load(v reflect.Value, read func(dst any) error) error {
	var a npy.Array[T]
	if err := read(&a); err != nil {
		return err
	}
	if len(a.Shape) > 0 {
		return &MismatchError{a.Shape, v.Type()}
	}
	*pointer[T](v) = a.Data[0]
	return nil
}

// wideScalar is the scalar of what is no npy.Element.
type wideScalar[T string | time.Time] struct{}

func (wideScalar[T]) array(v reflect.Value) any { return npy.Scalar[T]{Value: *pointer[T](v)} }

func (wideScalar[T]) load(v reflect.Value, read func(dst any) error) error {
	var a npy.Scalar[T]
	if err := read(&a); err != nil {
		return err
	}
	*pointer[T](v) = a.Value
	return nil
}
