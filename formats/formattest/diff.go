package formattest

import (
	"reflect"
	"slices"

	"github.com/dataelab/dataelab-go/internal/difference"
)

// Diff returns nil when two values are equal, and otherwise an error that says
// where they differ. Numbers are compared by their bits, NaN and -0 too; nil and
// empty differ; pointers are followed; the order of a map does not count.
// Functions and channels are equal only when both are nil or both the same.
func Diff(want, got any, rs ...Rule) error {
	return diffValues(reflect.ValueOf(want), reflect.ValueOf(got), slices.Concat(rs, builtinRules))
}

// diffValues is Diff for values whose static type matters, such as an interface's.
func diffValues(want, got reflect.Value, rs rules) error {
	return difference.Between(want, got, rs.comparer)
}

// diffWhole is diffValues but lets a nil that is the whole value come back empty.
func diffWhole(want, got reflect.Value, rs rules) error {
	switch want.Kind() {
	case reflect.Slice, reflect.Map:
		if want.IsNil() && got.Type() == want.Type() && got.Len() == 0 {
			return nil
		}
	case reflect.Pointer:
		if want.IsNil() && got.Type() == want.Type() && !got.IsNil() {
			return nil // what an empty one looks like is the type's own matter
		}
	default:
	}
	return diffValues(want, got, rs)
}

func addressable(v reflect.Value) reflect.Value {
	if !v.IsValid() || v.CanAddr() || !v.CanInterface() { // one from an unexported field cannot be copied
		return v
	}
	p := reflect.New(v.Type()).Elem()
	p.Set(v)
	return p
}

// deep is a depth at which a value may well contain itself.
const deep = 100
