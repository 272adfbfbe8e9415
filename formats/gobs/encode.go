package gobs

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
)

// An encoder writes one value. The methods named after a kind write a value of
// that kind in the form of an element: whole, also when it is zero.
type encoder struct {
	b       []byte
	notes   noteWriter
	types   *typeTable
	head    header
	depth   int
	inKey   int  // within the key of a map
	sorting bool // the bytes serve to sort the keys of a map
	cycles  cycleGuard
}

func newEncoder(p *plan) *encoder {
	facts := p.base().facts()
	return &encoder{
		types: &typeTable{parent: facts.table},
		head:  header{text: facts.text},
	}
}

// content writes a value that stands for itself: the whole one, or what an
// interface holds. A struct starts at once, anything else with a 0.
func (e *encoder) content(p *plan, v reflect.Value) error {
	if p.base().op != opStruct {
		e.b = append(e.b, 0)
	}
	return e.pointer(p, v)
}

func (e *encoder) element(p *plan, v reflect.Value) error {
	switch p.op {
	case opBool:
		e.bool(v)
	case opInt:
		e.b = appendInt(e.b, v.Int())
	case opUint:
		e.b = appendUint(e.b, v.Uint())
	case opFloat:
		e.float(p, v)
	case opComplex:
		e.complex(p, v)
	case opString:
		e.b = appendString(e.b, v.String())
	case opBytes:
		e.bytes(v)
	case opInterface:
		return e.iface(v)
	case opArray:
		return e.elements(p, v)
	case opSlice:
		return e.slice(p, v)
	case opMap:
		if v.Len() == 0 {
			e.emptyMap(v)
			return nil
		}
		return e.mapEntries(p, v)
	case opStruct:
		return e.structFields(p, v)
	case opMarshaler:
		return e.marshaler(p, v)
	case opPointer:
		return e.pointer(p, v)
	}
	return nil
}

func (e *encoder) bool(v reflect.Value) {
	var x byte
	if v.Bool() {
		x = 1
	}
	e.b = append(e.b, x)
}

func (e *encoder) float(p *plan, v reflect.Value) {
	f := v.Float()
	if p.narrow && f != f {
		e.nan32(bits32(v, 0))
		return
	}
	e.b = appendFloat(e.b, f)
}

func (e *encoder) complex(p *plan, v reflect.Value) {
	c := v.Complex()
	for i, f := range [2]float64{real(c), imag(c)} {
		if p.narrow && f != f {
			e.nan32(bits32(v, i))
		} else {
			e.b = appendFloat(e.b, f)
		}
	}
}

// nan32 writes a float32 that is not a number. Machines differ in which bits they
// keep on the way to the float64 of the stream and back, so a note has them.
func (e *encoder) nan32(bits uint32) {
	e.b = appendFloat(e.b, math.Float64frombits(usualNaN64))
	if e.sorting {
		e.b = binary.BigEndian.AppendUint32(e.b, bits)
		return
	}
	if bits == usualNaN32 {
		e.notes.pass()
		return
	}
	e.notes.write(noteBits, uint64(bits))
}

func (e *encoder) bytes(v reflect.Value) {
	b := v.Bytes()
	e.b = append(appendUint(e.b, uint64(len(b))), b...)
	if len(b) == 0 {
		e.emptySlice(v)
	}
}

func (e *encoder) slice(p *plan, v reflect.Value) error {
	if v.Len() == 0 {
		e.b = append(e.b, 0)
		e.emptySlice(v)
		return nil
	}
	if err := e.enter(v); err != nil {
		return err
	}
	err := e.elements(p, v)
	e.leave(v)
	return err
}

func (e *encoder) emptySlice(v reflect.Value) {
	if v.IsNil() {
		e.notes.pass()
		return
	}
	e.notes.write(noteEmpty, 0)
}

// elements writes a slice or an array.
func (e *encoder) elements(p *plan, v reflect.Value) error {
	n := v.Len()
	e.b = appendUint(e.b, uint64(n))
	if p.bulk {
		e.bulk(v)
		return nil
	}
	for i := range n {
		if err := e.element(p.elem, v.Index(i)); err != nil {
			return within(err, fmt.Sprintf("[%d]", i))
		}
	}
	return nil
}

func (e *encoder) structFields(p *plan, v reflect.Value) error {
	last := -1
	for i := range p.fields {
		f := &p.fields[i]
		fv := v.Field(f.index)
		if e.absent(f.plan, fv) {
			continue
		}
		e.b = appendUint(e.b, uint64(i-last))
		last = i
		if err := e.field(f.plan, fv); err != nil {
			return within(err, "."+f.name)
		}
	}
	e.b = append(e.b, 0)
	return nil
}

// field writes a field that is not absent. Since gob leaves a pointer or a map
// out when it is nil, its presence says already that it is not.
func (e *encoder) field(p *plan, v reflect.Value) error {
	switch p.op {
	case opPointer:
		if err := e.enter(v); err != nil {
			return err
		}
		write := e.element
		if p.elem.op == opPointer {
			write = e.field // nor is the next one nil
		}
		err := write(p.elem, v.Elem())
		e.leave(v)
		return err
	case opMap:
		return e.mapEntries(p, v)
	}
	return e.element(p, v)
}

// pointer writes what lies behind all pointers. Where one is nil, something has
// to stand in its place.
func (e *encoder) pointer(p *plan, v reflect.Value) error {
	if p.op != opPointer {
		e.notes.pass()
		return e.element(p, v)
	}
	if v.IsNil() {
		e.notes.write(noteNil, uint64(p.levels()))
		e.standIn(p.base())
		return nil
	}
	if err := e.enter(v); err != nil {
		return err
	}
	err := e.pointer(p.elem, v.Elem())
	e.leave(v)
	return err
}

// marshaler writes a value that stores itself, and makes sure that it can read
// itself: better an error now than a file that nobody can read.
func (e *encoder) marshaler(p *plan, v reflect.Value) error {
	data, err := p.marshal(v)
	if err != nil {
		return valueErrorf("%w", err)
	}
	e.b = append(appendUint(e.b, uint64(len(data))), data...)
	if e.sorting {
		return nil
	}
	back := reflect.New(p.typ).Elem()
	if err := p.unmarshal(back, data[:len(data):len(data)]); err != nil {
		return valueErrorf("it cannot read what it wrote: %w", err)
	}
	if e.inKey > 0 && back.Interface() != v.Interface() {
		return valueErrorf("this key of type %v comes back unequal, so no look-up finds it; use a string or a number for the key", p.typ)
	}
	return nil
}
