package gobs

import "reflect"

// iface writes what an interface holds: the name under which its type is known
// to package gob, the number of the type, and the value behind its length.
func (e *encoder) iface(v reflect.Value) error {
	if v.IsNil() {
		e.b = append(e.b, 0)
		return nil
	}
	held := v.Elem()
	p, err := planFor(held.Type())
	if err != nil {
		return valueErrorf("the interface holds a %v: %w", held.Type(), err)
	}
	if e.inKey > 0 && holdsPointer(held.Type()) {
		return valueErrorf("the key is a %v, which comes back as another pointer, so no look-up finds it", held.Type())
	}
	base := p.base()
	name, err := registeredName(base.typ)
	if err != nil {
		return valueErrorf("%w", err)
	}
	if e.depth++; e.depth > maxDepth {
		return valueErrorf("%w", errDeep)
	}
	e.b = appendString(e.b, name)
	if e.sorting {
		err = e.content(p, held)
	} else {
		err = e.held(name, p, held)
	}
	e.depth--
	return err
}

// held writes what follows the name.
func (e *encoder) held(name string, p *plan, v reflect.Value) error {
	base := p.base()
	if base.op == opMarshaler && nilPointer(v) {
		// The decoder may have to show these bytes to package gob.
		if _, err := base.zeroForm(); err != nil {
			return valueErrorf("nil %v within an interface: its type cannot store a zero value either: %w", p.typ, err)
		}
	}
	id := e.types.id(base)
	e.b = appendInt(e.b, id)
	e.b = append(e.b, 0) // for the length
	start := len(e.b)
	if err := e.content(p, v); err != nil {
		return err
	}
	if err := e.levels(name, id, p, e.b[start:]); err != nil {
		return err
	}
	e.insertLength(start)
	e.describe(name, base)
	return nil
}

// levels notes how many pointers lead to the value, if it is not as many as those
// of the type that was registered.
func (e *encoder) levels(name string, id int64, p *plan, content []byte) error {
	var defs map[int64]*definition
	if _, known := typeOfName.Load(name); !known {
		defs = e.types.definitions()
	}
	registered, err := registeredType(name, id, defs, content)
	if err != nil {
		return valueErrorf("%w", err)
	}
	n, usual := p.levels(), pointers(registered)
	same := p.base().typ
	for range n {
		same = reflect.PointerTo(same)
	}
	switch {
	case n > maxLevels:
		return valueErrorf("the interface holds a value behind %d pointers", n)
	case same != p.typ:
		return valueErrorf("the interface holds a %v, which comes back as %v; convert it first", p.typ, same)
	case n == usual:
		e.notes.pass()
	default:
		e.notes.write(noteLevels, uint64(n))
	}
	return nil
}

// maxLevels is how many pointers in a row may lead to a value in an interface.
const maxLevels = 100

func pointers(t reflect.Type) (n int) {
	for ; t.Kind() == reflect.Pointer; t = t.Elem() {
		n++
	}
	return n
}

// nilPointer reports whether one of the pointers to a value is nil.
func nilPointer(v reflect.Value) bool {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return true
		}
		v = v.Elem()
	}
	return false
}

// insertLength puts the length of what was written since start before it, where
// one byte is free already.
func (e *encoder) insertLength(start int) {
	n := len(e.b) - start
	length := appendUint(nil, uint64(n))
	e.b = append(e.b, length[1:]...)
	copy(e.b[start-1+len(length):], e.b[start:start+n])
	copy(e.b[start-1:], length)
}

// describe puts the description of a type within an interface into the header,
// unless its name says it all.
func (e *encoder) describe(name string, base *plan) {
	if _, ok := e.head.held[name]; ok {
		return
	}
	text := base.facts().text
	if text == name {
		return
	}
	if e.head.held == nil {
		e.head.held = make(map[string]string)
	}
	e.head.held[name] = text
	e.head.names = append(e.head.names, name)
}
