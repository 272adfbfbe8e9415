package gobs

import (
	"fmt"
	"reflect"
)

// Slices of the commonest elements go around reflect. The bytes are the same,
// and so is what is refused.

var bulkTypes = map[reflect.Type]bool{
	reflect.TypeFor[[]float64](): true,
	reflect.TypeFor[[]int]():     true,
	reflect.TypeFor[[]string]():  true,
}

// bulk writes the elements of a slice.
func (e *encoder) bulk(v reflect.Value) {
	switch s := v.Interface().(type) {
	case []float64:
		for _, x := range s {
			e.b = appendFloat(e.b, x)
		}
	case []int:
		for _, x := range s {
			e.b = appendInt(e.b, int64(x))
		}
	case []string:
		for _, x := range s {
			e.b = appendString(e.b, x)
		}
	}
}

// bulk reads the elements of a slice.
func (d *decoder) bulk(v reflect.Value) (err error) {
	at := 0
	switch s := v.Interface().(type) {
	case []float64:
		for at = 0; at < len(s) && err == nil; at++ {
			s[at], err = d.float()
		}
	case []int:
		for at = 0; at < len(s) && err == nil; at++ {
			var x int64
			if x, err = d.int(); err == nil && int64(int(x)) != x {
				err = overflow(v.Index(at), fmt.Sprint(x))
			}
			s[at] = int(x)
		}
	case []string:
		for at = 0; at < len(s) && err == nil; at++ {
			s[at], err = d.string()
		}
	}
	if err != nil {
		return within(d.locate(err), fmt.Sprintf("[%d]", at-1))
	}
	return nil
}
