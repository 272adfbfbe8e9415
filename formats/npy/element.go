package npy

import (
	"fmt"
	"reflect"
	"time"
)

// An element is one Go type that arrays are made of, where that is more than a
// plain number: a text, a time, a struct, and what those have as fields. Values
// are never seen as bytes here, since they hold pointers or gaps; each is written
// and read by itself, a block of them at a time.
type element interface {
	// survey looks at values that are to be written, and notes what describe needs.
	survey(s *survey, v values) *fault

	// describe says how the surveyed values are written.
	describe(s *survey) descr

	// store writes surveyed values as describe said.
	store(dst cells, v values, as *descr)

	// loader returns what reads elements of a file, or says why they do not fit.
	loader(from *descr) (loader, *fault)
}

// A loader sets Go values from elements of a file. It is for one goroutine, as it
// may keep memory from one call to the next.
type loader interface {
	load(v values, src cells) *fault
}

// values are n Go values of one type at equal distances, and cells the bytes of as
// many elements of a file, not aligned to anything.
type (
	values struct {
		p       address
		step, n int
	}
	cells struct {
		b    []byte // starts at the first of them
		step int
	}
)

func (v values) at(i int) address { return step(v.p, i*v.step) }

// field is the same values, seen from a part of them on.
func (v values) field(offset int) values {
	if v.n > 0 {
		v.p = step(v.p, offset)
	}
	return v
}

func (c cells) field(offset, n int) cells {
	if n > 0 {
		c.b = c.b[offset:]
	}
	return c
}

// A fault says which value cannot be written or read, and why.
type fault struct {
	at     int    // which of the values
	path   string // the field of it, such as .pos[2]; empty for all of it
	text   string // goes on where "element (3,)" stops
	damage bool   // the file is bad, whatever it is read into
}

func faultAt(at int, format string, args ...any) *fault {
	return &fault{at: at, text: fmt.Sprintf(format, args...)}
}

// inside puts the field in which a fault was found before its path.
func (f *fault) inside(part string) *fault {
	f.path = part + f.path
	return f
}

// where is the field in the middle of a sentence, with a blank before it.
func (f *fault) where() string {
	if f.path == "" {
		return ""
	}
	if f.path[0] == '.' {
		return " field " + f.path[1:]
	}
	return " part " + f.path
}

// A survey is what has to be known of values before they are written: how long the
// texts in each place of a row are.
type survey struct{ texts []textSize }

type textSize struct {
	longest int // code points
	total   int // bytes of all texts
	count   int
}

// A typeRefusal says why a part of a type cannot be an element.
type typeRefusal struct {
	part   reflect.Type
	path   string
	reason string
}

// An elementMaker makes the elements of one type, and counts the texts in it.
type elementMaker struct{ texts int }

// element returns the element of type t, of numbers too.
func (m *elementMaker) element(t reflect.Type, depth int) (element, *typeRefusal) {
	if d, ok := dtypeOf(t); ok {
		return number{d}, nil
	}
	switch {
	case t == reflect.TypeFor[time.Time]():
		return instant{}, nil
	case t.Kind() == reflect.String:
		m.texts++
		return text{m.texts - 1}, nil
	case t.Kind() == reflect.Struct:
		return m.record(t, depth)
	}
	return nil, &typeRefusal{part: t, reason: notAnElement}
}

const notAnElement = "not a bool, integer, float or complex number, string, time or struct of such"
