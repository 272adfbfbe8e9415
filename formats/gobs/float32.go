package gobs

import (
	"math"
	"reflect"
)

// Every machine makes these two out of each other.
const (
	usualNaN32 = 0x7fc00000
	usualNaN64 = 0x7ff8000000000000
)

// reflect reads and writes a float32 as a float64, which sets a bit in those that
// are not a number and signal. These two go by way of the memory.

// float32s are the parts of a float32 or complex64.
func float32s(v reflect.Value) []*float32 {
	if !v.CanAddr() {
		settable := reflect.New(v.Type()).Elem()
		settable.Set(v)
		v = settable
	}
	if v.Kind() == reflect.Float32 {
		return []*float32{v.Addr().Convert(reflect.TypeFor[*float32]()).Interface().(*float32)}
	}
	parts := (*[2]float32)(v.Addr().UnsafePointer()) // a complex64 is two float32
	return []*float32{&parts[0], &parts[1]}
}

func bits32(v reflect.Value, part int) uint32 { return math.Float32bits(*float32s(v)[part]) }

func setBits32(v reflect.Value, part int, bits uint32) {
	*float32s(v)[part] = math.Float32frombits(bits)
}
