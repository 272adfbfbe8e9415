package formattest

import (
	"encoding/binary"
	"hash"
	"hash/fnv"
	"reflect"

	"github.com/dataelab/dataelab-go/internal/difference"
)

// fingerprint is a number that changes when anything in a value does, so that a
// value which nobody can copy is still seen to change. It is for one process only.
func fingerprint(v reflect.Value) uint64 {
	p := printer{Hash64: fnv.New64a()}
	p.value(addressable(v))
	return p.Sum64()
}

type printer struct {
	hash.Hash64
	depth int
}

func (p *printer) number(ns ...uint64) {
	for _, n := range ns {
		var b [8]byte
		binary.LittleEndian.PutUint64(b[:], n)
		p.bytes(b[:])
	}
}

func (p *printer) bytes(b []byte) { _, _ = p.Write(b) } // a hash does not fail

func (p *printer) value(v reflect.Value) {
	const limit = 1000 // a value that contains itself
	if p.depth++; p.depth > limit {
		p.depth--
		return
	}
	defer func() { p.depth-- }()
	if !v.IsValid() {
		p.number(0)
		return
	}
	p.number(uint64(v.Kind()))
	switch v.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		p.integer(v)
	case reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		bits := difference.Bits(v)
		p.number(bits[:]...)
	case reflect.String:
		p.number(uint64(v.Len()))
		p.bytes([]byte(v.String()))
	case reflect.Slice, reflect.Array, reflect.Map:
		p.many(v)
	case reflect.Struct:
		for i := range v.NumField() {
			p.value(v.Field(i))
		}
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			p.number(0)
			return
		}
		p.value(addressable(v.Elem()))
	default: // functions, channels, unsafe pointers
		p.number(uint64(v.Pointer()))
	}
}

func (p *printer) integer(v reflect.Value) {
	switch {
	case v.CanInt():
		p.number(uint64(v.Int()))
	case v.CanUint():
		p.number(v.Uint())
	case v.Bool():
		p.number(1)
	default:
		p.number(0)
	}
}

func (p *printer) many(v reflect.Value) {
	if v.Kind() != reflect.Array && v.IsNil() {
		p.number(0)
		return
	}
	p.number(1, uint64(v.Len()))
	if v.Kind() != reflect.Map {
		for i := range v.Len() {
			p.value(v.Index(i))
		}
		return
	}
	var sum uint64 // the order of a map says nothing
	for entries := v.MapRange(); entries.Next(); {
		one := printer{Hash64: fnv.New64a(), depth: p.depth}
		one.value(addressable(entries.Key()))
		one.value(addressable(entries.Value()))
		sum += one.Sum64()
	}
	p.number(sum)
}
