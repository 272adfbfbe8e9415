package npy

import (
	"reflect"
	"strings"
)

// A Scalar is an array without axes: a single number, text, time or struct, as
// np.array(3.5) or np.array("abc") is one. T is any type of which a slice is an array.
type Scalar[T any] struct{ Value T }

var scalarType = reflect.TypeFor[Scalar[float64]]()

// isScalar tells whether t is a Scalar[T].
func isScalar(t reflect.Type) bool {
	return t.PkgPath() == scalarType.PkgPath() && strings.HasPrefix(t.Name(), "Scalar[")
}

// newScalarCodec returns a nest without axes: the only field of a Scalar lies at
// its start.
func newScalarCodec(t reflect.Type) (codec, *TypeError) {
	n := &nest{elem: t.Field(0).Type, slice: -1}
	n.block = int(n.elem.Size())
	if err := n.setElement(t); err != nil {
		return nil, err
	}
	return n, nil
}
