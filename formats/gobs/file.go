package gobs

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
)

// file reads a whole file into v, which is settable and zero.
func (d *decoder) file(p *plan, v reflect.Value) error {
	g, err := d.start(p.base())
	if err != nil {
		return err
	}
	if err := d.whole(g, v); err != nil {
		return err
	}
	switch {
	case d.off != d.end:
		return errors.New("the value has another length than its message")
	case d.left() > 0:
		return fmt.Errorf("%d bytes behind the value", d.left())
	}
	return d.notes.end()
}

// start reads all that stands before the value, see header, and returns the
// program for the value.
func (d *decoder) start(base *plan) (g *prog, err error) {
	facts := base.facts()
	d.notes = noteReader{next: note{slot: noSlot}}
	shared := facts.startsWith(d.data)
	if shared { // nothing to find out that is not known
		d.off = len(facts.head)
		d.head = &header{text: facts.text}
		d.types.defs = facts.defs
		g = facts.prog
	}
	for {
		first := d.off == 0
		if err := d.message(); err != nil {
			return nil, err
		}
		id, err := d.int()
		if err != nil {
			return nil, err
		}
		if id >= 0 {
			if g == nil || id != facts.table.id(base) {
				g, err = d.program(id, base)
			}
			return g, err
		}
		if shared {
			d.types.defs = maps.Clone(d.types.defs)
			shared = false
		}
		if err := d.define(-id); err != nil {
			return nil, err
		}
		if d.off != d.end {
			return nil, errors.New("a type definition has another length than its message")
		}
		if first && id == -firstUserID {
			if err := d.header(); err != nil {
				return nil, err
			}
		}
	}
}

// message reads the length of a message.
func (d *decoder) message() error {
	n, err := d.uint()
	if err != nil {
		return err
	}
	if n == 0 || n > uint64(d.left()) {
		return fmt.Errorf("a message of %d bytes where %d are left", n, d.left())
	}
	d.end = d.off + int(n)
	return nil
}

// header makes a header of the first definition, if it is one.
func (d *decoder) header() (err error) {
	if d.head, err = parseHeader(d.types.defs[firstUserID]); err != nil || d.head == nil {
		return err
	}
	delete(d.types.defs, firstUserID)
	d.notes, err = newNoteReader(d.head.notes)
	return err
}

// program matches the type of the value with that of the file.
func (d *decoder) program(id int64, base *plan) (*prog, error) {
	g, err := d.types.match(id, base)
	if err == nil && d.head != nil {
		err = sameText(d.head.text, base.facts().text, base.typ)
	}
	return g, err
}

// whole reads the value, which the file has without the pointers around it.
func (d *decoder) whole(g *prog, v reflect.Value) error {
	if err := d.delta(g.plan); err != nil {
		return err
	}
	levels, isNil, err := d.notes.at(noteNil)
	switch {
	case err != nil:
		return err
	case !isNil:
		return d.pointee(g, v)
	case levels > uint64(pointers(v.Type())):
		return &pathError{kind: ErrOtherType, offset: -1,
			cause: fmt.Errorf("the file has a nil pointer, which no %v is", v.Type())}
	}
	if err := d.nilPointer(v, levels); err != nil {
		return err
	}
	return d.standIn(g)
}

// chunk is what is read at once, so that a false size takes no memory.
const chunk = 10 << 20

// readFile reads exactly size bytes, after which r has to be at its end.
func readFile(r io.Reader, size int64) ([]byte, error) {
	if size < 0 || size > math.MaxInt {
		return nil, fmt.Errorf("gobs: %w: a size of %d bytes", ErrDamaged, size)
	}
	data := make([]byte, 0, min(size, chunk))
	for int64(len(data)) < size {
		if len(data) == cap(data) {
			grown := make([]byte, len(data), min(size, 2*int64(cap(data))))
			copy(grown, data)
			data = grown
		}
		n, err := io.ReadFull(r, data[len(data):cap(data)])
		data = data[:len(data)+n]
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil, fmt.Errorf("gobs: %w: it ends after %d of %d bytes", ErrDamaged, len(data), size)
		}
		if err != nil {
			return nil, fmt.Errorf("gobs: reading: %w", err)
		}
	}
	var more [1]byte
	switch n, err := io.ReadFull(r, more[:]); {
	case n > 0:
		return nil, fmt.Errorf("gobs: %w: it has more than %d bytes", ErrDamaged, size)
	case err != io.EOF:
		return nil, fmt.Errorf("gobs: reading: %w", err)
	}
	return data, nil
}
