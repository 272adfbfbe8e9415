package gobs

import (
	"fmt"
	"reflect"

	"github.com/dataelab/dataelab-go/internal/marshalers"
)

// A builder makes the plans of a type and of all types within. work holds those
// that are made or being made, so that a recursive type finds itself.
type builder struct {
	work map[reflect.Type]*plan
}

// A refusal says why a type cannot be stored, and which part of it.
type refusal struct{ path, reason string }

func (b *builder) plan(t reflect.Type, path string) (*plan, *refusal) {
	if p, ok := plans.Load(t); ok {
		return p.(*plan), nil
	}
	if p, ok := b.work[t]; ok {
		return p, nil
	}
	p := &plan{typ: t}
	b.work[t] = p
	p.leaf.plan = p

	own, r := b.marshaler(p, path)
	if r != nil || own {
		return p, r
	}
	switch t.Kind() {
	case reflect.Bool:
		p.op = opBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		p.op = opInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		p.op = opUint
	case reflect.Float32, reflect.Float64:
		p.op, p.narrow = opFloat, t.Kind() == reflect.Float32
	case reflect.Complex64, reflect.Complex128:
		p.op, p.narrow = opComplex, t.Kind() == reflect.Complex64
	case reflect.String:
		p.op = opString
	case reflect.Interface:
		return p, b.interfaceType(p, path)
	case reflect.Pointer:
		return p, b.pointer(p, path)
	case reflect.Array:
		return p, b.array(p, path)
	case reflect.Slice:
		return p, b.slice(p, path)
	case reflect.Map:
		return p, b.mapType(p, path)
	case reflect.Struct:
		return p, b.structType(p, path)
	case reflect.Func:
		return nil, &refusal{path, "functions cannot be stored; leave it out of the result"}
	case reflect.Chan:
		return nil, &refusal{path, "channels cannot be stored; leave it out of the result"}
	default:
		return nil, &refusal{path, fmt.Sprintf("values of kind %v cannot be stored", t.Kind())}
	}
	return p, nil
}

// marshaler decides whether the type stores itself, which takes a trustworthy
// pair of methods. encoding/gob looks for GobEncode and GobDecode first and for
// MarshalBinary and UnmarshalBinary then, in each direction for itself.
func (b *builder) marshaler(p *plan, path string) (own bool, r *refusal) {
	if k := p.typ.Kind(); k == reflect.Pointer || k == reflect.Interface {
		return false, nil
	}
	gob := marshalers.Of(p.typ, marshalers.Gob)
	binary := marshalers.Of(p.typ, marshalers.Binary)
	if gob.None() && binary.None() {
		return false, nil
	}
	write, read := marshalers.Binary, marshalers.Binary
	if gob.Marshal != marshalers.Missing {
		write = marshalers.Gob
	}
	if gob.Unmarshal != marshalers.Missing {
		read = marshalers.Gob
	}
	form, m := write, binary
	if write == marshalers.Gob {
		m = gob
	}
	switch {
	case m.Marshal == marshalers.Missing:
		return false, &refusal{path, fmt.Sprintf("%v has %s and not %s; declare both or neither", p.typ, read.Unmarshal(), read.Marshal())}
	case write != read || m.Unmarshal == marshalers.Missing:
		return false, &refusal{path, fmt.Sprintf("%v has %s and not %s; declare both or neither", p.typ, form.Marshal(), form.Unmarshal())}
	case !m.Pair():
		return false, &refusal{path, fmt.Sprintf("the methods %s and %s of %v come from its embedded field %s and leave out the rest of it; "+
			"give that field a name, or declare both methods", form.Marshal(), form.Unmarshal(), p.typ, m.Embedded)}
	}
	p.op, p.form = opMarshaler, form
	return true, nil
}

// marshalerInterfaces are those that make encoding/gob call the methods of an
// interface variable in place of storing what it holds.
var marshalerInterfaces = []reflect.Type{
	reflect.TypeFor[interface{ GobEncode() ([]byte, error) }](),
	reflect.TypeFor[interface{ GobDecode([]byte) error }](),
	reflect.TypeFor[interface{ MarshalBinary() ([]byte, error) }](),
	reflect.TypeFor[interface{ UnmarshalBinary([]byte) error }](),
}

func (b *builder) interfaceType(p *plan, path string) *refusal {
	p.op = opInterface
	for _, m := range marshalerInterfaces {
		if p.typ.Implements(m) {
			return &refusal{path, fmt.Sprintf("the interface type %v has the method %s, so gob loses the type of what it holds; "+
				"use an interface without it", p.typ, m.Method(0).Name)}
		}
	}
	return nil
}

func (b *builder) pointer(p *plan, path string) (r *refusal) {
	p.op = opPointer
	seen := make(map[reflect.Type]bool)
	for t := p.typ; t.Kind() == reflect.Pointer; t = t.Elem() {
		if seen[t] {
			return &refusal{path, "a pointer type that points to itself holds no data"}
		}
		seen[t] = true
	}
	p.elem, r = b.plan(p.typ.Elem(), path)
	return r
}

func (b *builder) array(p *plan, path string) (r *refusal) {
	p.op = opArray
	// Gob has no nil among the elements of an array: a zero value stands in for
	// it, which this type does not have a finite one of.
	seen := make(map[reflect.Type]bool)
	for t := p.typ; t.Kind() == reflect.Array || t.Kind() == reflect.Pointer; t = t.Elem() {
		if seen[t] {
			return &refusal{path, "an array of pointers to itself cannot be stored; put the array into a struct"}
		}
		seen[t] = true
	}
	p.elem, r = b.plan(p.typ.Elem(), path+"[]")
	return r
}

func (b *builder) slice(p *plan, path string) (r *refusal) {
	if p.typ.Elem().Kind() == reflect.Uint8 {
		p.op = opBytes
		return nil
	}
	p.op, p.bulk = opSlice, bulkTypes[p.typ]
	p.elem, r = b.plan(p.typ.Elem(), path+"[]")
	return r
}

func (b *builder) mapType(p *plan, path string) (r *refusal) {
	p.op = opMap
	if p.key, r = b.plan(p.typ.Key(), path+"[key]"); r != nil {
		return r
	}
	if holdsPointer(p.typ.Key()) {
		return &refusal{path + "[key]", "a pointer in a map's key comes back as another pointer, so no look-up finds it; use a key without pointers"}
	}
	p.elem, r = b.plan(p.typ.Elem(), path+"[]")
	return r
}

// holdsPointer reports whether keys of type t compare by a pointer. A type that
// stores itself is left to the check of each value, see encoder.marshaler.
func holdsPointer(t reflect.Type) bool {
	if !marshalers.Of(t, marshalers.Gob).None() || !marshalers.Of(t, marshalers.Binary).None() {
		return t.Kind() == reflect.Pointer
	}
	switch t.Kind() {
	case reflect.Pointer:
		return true
	case reflect.Array:
		return holdsPointer(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if holdsPointer(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}

func (b *builder) structType(p *plan, path string) (r *refusal) {
	p.op = opStruct
	for i := range p.typ.NumField() {
		f := p.typ.Field(i)
		if !f.IsExported() {
			if f.Name == "_" || f.Type.Size() == 0 {
				continue // holds nothing
			}
			return &refusal{path + "." + f.Name, fmt.Sprintf("gob leaves out the unexported field %s; "+
				"export it, or give %v the methods GobEncode and GobDecode", f.Name, p.typ)}
		}
		field := planField{name: f.Name, index: i}
		if field.plan, r = b.plan(f.Type, path+"."+f.Name); r != nil {
			return r
		}
		p.fields = append(p.fields, field)
	}
	if len(p.fields) == 0 && p.typ.NumField() > 0 {
		return &refusal{path, fmt.Sprintf("%v has no exported fields, which gob refuses", p.typ)}
	}
	return nil
}
