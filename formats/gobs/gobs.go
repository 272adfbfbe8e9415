package gobs

import (
	"errors"
	"fmt"
	"io"
	"reflect"
)

// Accepts returns nil when values of type t come back equal, and otherwise a
// *[TypeError] that names the part of t which would not. It looks at no value, so
// that Encode can still refuse one, with [ErrValue]. What interfaces hold is
// known then only.
func Accepts(t reflect.Type) error {
	if t == nil {
		return &TypeError{Path: "the value", Reason: "nil has no type; ask about a pointer to the interface"}
	}
	_, err := planFor(t)
	return err
}

// Encode writes v to w as one whole file. A value that does not fit, though its
// type is accepted, is an error that wraps [ErrValue] and names the place within
// v; nothing has been written then.
//
// Pointers around v do not count: Encode of v and of &v write the same, and so
// &v is how to store a v of interface type as such. A nil pointer comes back nil.
func Encode(w io.Writer, v any) error {
	rv := reflect.ValueOf(v)
	if !rv.IsValid() {
		return fmt.Errorf("gobs: %w: nil without a type; pass a pointer to the interface", ErrValue)
	}
	p, err := planFor(rv.Type())
	if err != nil {
		return err
	}
	e := newEncoder(p)
	e.cycles.from = usualDepth
	err = e.message(p, rv)
	if errors.Is(err, errCycle) {
		// Again, with an eye on cycles from the start, for the shortest path.
		e = newEncoder(p)
		err = e.message(p, rv)
	}
	if err != nil {
		return rooted(err, p.typ)
	}
	for _, part := range [][]byte{e.start(p), e.b} {
		if _, err := w.Write(part); err != nil {
			return fmt.Errorf("gobs: writing: %w", err)
		}
	}
	return nil
}

// maxMessage is the longest message that readers of gob accept.
const maxMessage = 8 << 30

// message writes the number of the type and the value.
func (e *encoder) message(p *plan, v reflect.Value) error {
	e.b = appendInt(e.b, e.types.id(p))
	if err := e.content(p, v); err != nil {
		return err
	}
	return e.fits()
}

// fits checks the length so far: a value that shares its parts many times over
// grows without end.
func (e *encoder) fits() error {
	if uint64(len(e.b)) >= maxMessage {
		return valueErrorf("the file would have more than %d bytes, the most that readers of gob accept", uint64(maxMessage))
	}
	return nil
}

// start is what stands before the message of the value, its length included.
func (e *encoder) start(p *plan) []byte {
	facts := p.base().facts()
	var b []byte
	if len(e.notes.b) == 0 && len(e.head.names) == 0 && len(e.types.order) == 0 {
		b = append(b, facts.head...)
	} else {
		e.head.notes = e.notes.b
		b = e.types.append(facts.table.append(e.head.append(b)))
	}
	return appendUint(b, uint64(len(e.b)))
}

// rooted completes an error with the name of the type that its path starts at.
func rooted(err error, t reflect.Type) error {
	if pe, ok := err.(*pathError); ok {
		pe.root = rootName(t)
	}
	return err
}

// Decode reads one whole file of size bytes from r into dst, a non-nil *T of the
// T that was encoded. On error *dst is left as it was.
//
// Whatever the bytes, Decode returns an error rather than panic, and takes memory
// in proportion to size only; see the package documentation for the factor. The
// error wraps [ErrDamaged] or [ErrOtherType] where it is the file's fault.
func Decode(r io.Reader, size int64, dst any) error {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return fmt.Errorf("gobs: Decode into %T; pass a non-nil pointer", dst)
	}
	v = v.Elem()
	p, err := planFor(v.Type())
	if err != nil {
		return err
	}
	data, err := readFile(r, size)
	if err != nil {
		return err
	}
	d := decoder{input: input{data: data}}
	fresh := reflect.New(p.typ).Elem()
	if err := d.file(p, fresh); err != nil {
		return rooted(d.locate(err), p.typ)
	}
	v.Set(fresh)
	return nil
}
