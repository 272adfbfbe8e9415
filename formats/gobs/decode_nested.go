package gobs

import (
	"errors"
	"fmt"
	"math"
	"reflect"
)

// deeper goes one level deeper, into a pointer, slice, map or interface. Encode
// counts the same levels.
func (d *decoder) deeper() error {
	if d.depth++; d.depth > maxDepth {
		return errDeep
	}
	return nil
}

func (d *decoder) array(g *prog, v reflect.Value) error {
	n, err := d.uint()
	if err != nil {
		return err
	}
	if n != uint64(v.Len()) {
		return fmt.Errorf("an array of %d elements where %d belong", n, v.Len())
	}
	for i := range v.Len() {
		if err := d.element(g.elem, v.Index(i)); err != nil {
			return within(err, fmt.Sprintf("[%d]", i))
		}
	}
	return nil
}

func (d *decoder) slice(g *prog, v reflect.Value) error {
	count, err := d.uint()
	if err != nil {
		return err
	}
	if count == 0 {
		return d.emptySlice(v)
	}
	if err := d.deeper(); err != nil {
		return err
	}
	least := g.elem.plan.least
	if err := d.claim(count, least); err != nil {
		return err
	}
	n := int(count)
	if size := g.elem.plan.typ.Size(); size > 0 && uintptr(n) > math.MaxInt/size {
		return fmt.Errorf("a slice of %d elements of %d bytes", n, size)
	}
	s := reflect.MakeSlice(v.Type(), n, n)
	if err := d.elements(g, s, least); err != nil {
		return err
	}
	v.Set(s)
	d.depth--
	return nil
}

// elements reads the elements of a slice, whose bytes are claimed.
func (d *decoder) elements(g *prog, s reflect.Value, least uint64) error {
	if g.plan.bulk {
		d.claimed -= least * uint64(s.Len())
		return d.bulk(s)
	}
	for i := range s.Len() {
		d.claimed -= least
		if err := d.element(g.elem, s.Index(i)); err != nil {
			return within(err, fmt.Sprintf("[%d]", i))
		}
	}
	return nil
}

// mapElement reads a map that is not a field: gob does not tell nil from empty.
func (d *decoder) mapElement(g *prog, v reflect.Value) error {
	n, err := d.uint()
	if err != nil {
		return err
	}
	if n > 0 {
		return d.mapEntries(g, v, n)
	}
	_, isNil, err := d.notes.at(noteNil)
	if !isNil {
		v.Set(reflect.MakeMap(v.Type()))
	}
	return err
}

func (d *decoder) mapField(g *prog, v reflect.Value) error {
	n, err := d.uint()
	if err != nil {
		return err
	}
	return d.mapEntries(g, v, n)
}

func (d *decoder) mapEntries(g *prog, v reflect.Value, n uint64) error {
	if n == 0 {
		v.Set(reflect.MakeMap(v.Type()))
		return nil
	}
	if err := d.deeper(); err != nil {
		return err
	}
	least := g.key.plan.least + g.elem.plan.least
	if least < g.key.plan.least {
		least = math.MaxUint64
	}
	if err := d.claim(n, least); err != nil {
		return err
	}
	m := reflect.MakeMapWithSize(v.Type(), int(n))
	key := reflect.New(g.key.plan.typ).Elem()
	value := reflect.New(g.elem.plan.typ).Elem()
	for range n {
		d.claimed -= least
		key.SetZero()
		if err := d.element(g.key, key); err != nil {
			return within(err, "[key]")
		}
		if !key.Comparable() {
			return errors.New("the key of a map holds something that cannot be a key")
		}
		value.SetZero()
		if err := d.element(g.elem, value); err != nil {
			return within(err, keyStep(key))
		}
		m.SetMapIndex(key, value)
	}
	if uint64(m.Len()) != n {
		return errors.New("a map has a key twice")
	}
	v.Set(m)
	d.depth--
	return nil
}

func (d *decoder) structFields(g *prog, v reflect.Value) error {
	next := 0
	for {
		delta, err := d.uint()
		if err != nil {
			return err
		}
		if delta > uint64(len(g.fields)-next) {
			return fmt.Errorf("a field that %v has not", v.Type())
		}
		at := next + int(delta) - 1
		if delta == 0 {
			at = len(g.fields)
		}
		for ; next < at; next++ {
			f := &g.fields[next]
			if err := d.absent(f, v.Field(f.index)); err != nil {
				return within(d.locate(err), "."+f.name)
			}
		}
		if delta == 0 {
			return nil
		}
		f := &g.fields[at]
		if err := d.field(f.prog, v.Field(f.index)); err != nil {
			return within(d.locate(err), "."+f.name)
		}
		next = at + 1
	}
}

// absent deals with a field that the stream leaves out, see encoder.absent.
func (d *decoder) absent(f *progField, v reflect.Value) error {
	p := f.prog.plan
	switch {
	case f.always():
		return errors.New("a field that gob never leaves out is missing")
	case p.op == opBytes || p.op == opSlice:
		return d.emptySlice(v)
	case p.op == opPointer && p.elem.op == opPointer:
		levels, ok, err := d.notes.at(noteNil)
		if !ok || err != nil {
			return err
		}
		return d.nilPointer(v, levels)
	}
	return nil
}

// field reads a field that is there: a pointer or a map is not nil then.
func (d *decoder) field(g *prog, v reflect.Value) error {
	switch g.plan.op {
	case opPointer:
		return d.pointee(g, v)
	case opMap:
		return d.mapField(g, v)
	}
	return d.element(g, v)
}

// pointer reads an element that is a pointer.
func (d *decoder) pointer(g *prog, v reflect.Value) error {
	levels, isNil, err := d.notes.at(noteNil)
	if err != nil {
		return err
	}
	if !isNil {
		return d.pointee(g, v)
	}
	if err := d.nilPointer(v, levels); err != nil {
		return err
	}
	return d.standIn(g.base())
}

// pointee reads what lies behind all pointers.
func (d *decoder) pointee(g *prog, v reflect.Value) error {
	g = g.base()
	if err := d.expect(g.plan); err != nil {
		return err
	}
	depth := d.depth
	for v.Kind() == reflect.Pointer {
		if err := d.deeper(); err != nil {
			return err
		}
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	err := d.element(g, v)
	d.depth = depth
	return err
}

// nilPointer follows the pointers until only so many are left, the first of
// them nil.
func (d *decoder) nilPointer(v reflect.Value, levels uint64) error {
	n := uint64(pointers(v.Type()))
	if levels == 0 || levels > n {
		return errNotes
	}
	for ; n > levels; n-- {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	return nil
}

// expect checks that a value of the type can follow, before memory is taken.
func (d *decoder) expect(p *plan) error {
	err := d.claim(1, p.least)
	if err == nil {
		d.claimed -= p.least
	}
	return err
}

// standIn steps over what stands in place of a nil pointer, and calls no method
// of the type.
func (d *decoder) standIn(g *prog) error {
	want := []uint64{0}
	switch g.plan.op {
	case opComplex:
		want = []uint64{0, 0}
	case opMarshaler:
		_, err := d.bytes()
		return err
	case opArray:
		want[0] = uint64(g.plan.typ.Len())
	}
	for _, x := range want {
		if got, err := d.uint(); err != nil {
			return err
		} else if got != x {
			return errors.New("a nil pointer with a value")
		}
	}
	if g.plan.op == opArray {
		for range g.plan.typ.Len() {
			if err := d.standIn(g.elem.base()); err != nil {
				return err
			}
		}
	}
	return nil
}
