package gobs

import (
	"errors"
	"fmt"
	"reflect"
)

// iface reads what an interface holds, see encoder.iface.
func (d *decoder) iface(v reflect.Value) error {
	name, err := d.bytes()
	if err != nil || len(name) == 0 {
		return err
	}
	id, err := d.typeNumber()
	if err != nil {
		return err
	}
	content, err := d.bytes()
	if err != nil {
		return err
	}
	outer := d.end
	d.end = d.off
	d.off -= len(content)

	p, err := d.registered(name, id, content)
	if err != nil {
		return err
	}
	if err := d.deeper(); err != nil {
		return err
	}
	held, err := d.held(id, p)
	if err != nil {
		return err
	}
	d.depth--
	if d.off != d.end {
		return errors.New("the value in an interface has another length than the file says")
	}
	d.end = outer
	if !held.Type().AssignableTo(v.Type()) {
		return &pathError{kind: ErrOtherType, offset: -1,
			cause: fmt.Errorf("a %v, which is no %v", held.Type(), v.Type())}
	}
	v.Set(held)
	return nil
}

// typeNumber reads the number of the type of a value. Other programs define a
// type where they first need it: in the middle of a value, with the rest of it
// behind a new length.
func (d *decoder) typeNumber() (int64, error) {
	for {
		id, err := d.int()
		if err != nil || id >= 0 {
			return id, err
		}
		if d.head != nil {
			return 0, errors.New("a type is defined in the middle of a value")
		}
		if err := d.define(-id); err != nil {
			return 0, err
		}
		if d.off != d.end {
			return 0, errors.New("a type definition does not end its message")
		}
		if err := d.message(); err != nil {
			return 0, err
		}
	}
}

// define reads the definition of a type.
func (d *decoder) define(id int64) error {
	if id < firstUserID || d.types.defs[id] != nil {
		return fmt.Errorf("type %d is defined twice", id)
	}
	def, err := d.definition()
	if err != nil {
		return err
	}
	if d.types.defs == nil {
		d.types.defs = make(map[int64]*definition)
	}
	d.types.defs[id] = def
	return nil
}

// registered returns the plan of the type that was registered under a name, and
// makes sure that it still is what it was when the file was written.
func (d *decoder) registered(name []byte, id int64, content []byte) (*plan, error) {
	if p := d.known[string(name)]; p != nil {
		return p, nil
	}
	t, err := registeredType(string(name), id, d.types.defs, content)
	if err != nil {
		return nil, &pathError{cause: err, offset: -1}
	}
	p, err := planFor(t)
	if err != nil {
		return nil, &pathError{cause: err, offset: -1}
	}
	if d.head != nil {
		was, ok := d.head.held[string(name)]
		if !ok {
			was = string(name)
		}
		if err := sameText(was, p.base().facts().text, t); err != nil {
			return nil, err
		}
	}
	if d.known == nil {
		d.known = make(map[string]*plan)
	}
	d.known[string(name)] = p
	return p, nil
}

// held reads the value and puts it behind as many pointers as it had.
func (d *decoder) held(id int64, p *plan) (held reflect.Value, err error) {
	g, err := d.types.match(id, p.base())
	if err != nil {
		return held, err
	}
	if err := d.delta(g.plan); err != nil {
		return held, err
	}
	nilLevels, isNil, err := d.notes.at(noteNil)
	if err != nil {
		return held, err
	}
	if isNil {
		err = d.standIn(g)
	} else if err = d.expect(g.plan); err == nil {
		held = reflect.New(g.plan.typ).Elem()
		err = d.element(g, held)
	}
	if err != nil {
		return held, err
	}
	levels, ok, err := d.notes.at(noteLevels)
	if err != nil {
		return held, err
	}
	if !ok {
		levels = uint64(p.levels())
	}
	if levels > maxLevels || isNil && (nilLevels == 0 || nilLevels > levels) {
		return held, errNotes
	}
	if isNil {
		t := g.plan.typ
		for range nilLevels {
			t = reflect.PointerTo(t)
		}
		held = reflect.Zero(t)
	}
	for range levels - nilLevels {
		to := reflect.New(held.Type())
		to.Elem().Set(held)
		held = to
	}
	return held, nil
}

// delta reads the 0 before a value that stands for itself and is no struct.
func (d *decoder) delta(base *plan) error {
	if base.op == opStruct {
		return nil
	}
	x, err := d.uint()
	if err == nil && x != 0 {
		err = errors.New("a value that is no struct starts with a field")
	}
	return err
}

// sameText compares the description of a type in a file with that of the type.
func sameText(file, want string, t reflect.Type) error {
	if file == want {
		return nil
	}
	inFile, inType := difference(file, want)
	return &pathError{kind: ErrOtherType, offset: -1,
		cause: fmt.Errorf("%v is no longer what it was: the file has %q where the type has %q", t, inFile, inType)}
}
