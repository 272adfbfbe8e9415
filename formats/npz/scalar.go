package npz

import (
	"reflect"

	"github.com/dataelab/dataelab-go/formats/npy"
)

// A scalar keeps a single number of one kind as an array without axes, as numpy
// does: 3.5 is what np.array(3.5) is.
type scalar interface {
	// array returns the array of v, which is addressable.
	array(v reflect.Value) any

	// load sets v from the array that read fills.
	load(v reflect.Value, read func(dst any) error) error
}

// scalars are the kinds of npy.Element.
var scalars = map[reflect.Kind]scalar{
	reflect.Bool: scalarOf[bool]{},
	reflect.Int:  scalarOf[int]{}, reflect.Int8: scalarOf[int8]{}, reflect.Int16: scalarOf[int16]{},
	reflect.Int32: scalarOf[int32]{}, reflect.Int64: scalarOf[int64]{},
	reflect.Uint: scalarOf[uint]{}, reflect.Uint8: scalarOf[uint8]{}, reflect.Uint16: scalarOf[uint16]{},
	reflect.Uint32: scalarOf[uint32]{}, reflect.Uint64: scalarOf[uint64]{},
	reflect.Float32: scalarOf[float32]{}, reflect.Float64: scalarOf[float64]{},
	reflect.Complex64: scalarOf[complex64]{}, reflect.Complex128: scalarOf[complex128]{},
}

type scalarOf[T npy.Element] struct{}

// pointer reaches a value of a named type without a conversion of the value,
// which would quiet the NaN of a float32.
func (scalarOf[T]) pointer(v reflect.Value) *T {
	return v.Addr().Convert(reflect.TypeFor[*T]()).Interface().(*T)
}

func (s scalarOf[T]) array(v reflect.Value) any {
	return npy.Array[T]{Shape: []int{}, Data: []T{*s.pointer(v)}}
}

func (s scalarOf[T]) load(v reflect.Value, read func(dst any) error) error {
	var a npy.Array[T]
	if err := read(&a); err != nil {
		return err
	}
	if len(a.Shape) > 0 {
		return &MismatchError{a.Shape, v.Type()}
	}
	*s.pointer(v) = a.Data[0]
	return nil
}
