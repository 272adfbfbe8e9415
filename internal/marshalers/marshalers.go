package marshalers

import (
	"encoding"
	"encoding/gob"
	"reflect"
)

// A Form is a pair of methods by which a type writes and reads itself.
type Form int

// The forms of the standard library.
const (
	Gob    Form = iota // GobEncode, GobDecode
	Binary             // MarshalBinary, UnmarshalBinary
	Text               // MarshalText, UnmarshalText
)

// A method is one half of a form.
type method struct {
	name  string
	iface reflect.Type
}

// methods holds the two halves of each form.
var methods = [...]struct{ marshal, unmarshal method }{
	Gob: {
		method{"GobEncode", reflect.TypeFor[gob.GobEncoder]()},
		method{"GobDecode", reflect.TypeFor[gob.GobDecoder]()},
	},
	Binary: {
		method{"MarshalBinary", reflect.TypeFor[encoding.BinaryMarshaler]()},
		method{"UnmarshalBinary", reflect.TypeFor[encoding.BinaryUnmarshaler]()},
	},
	Text: {
		method{"MarshalText", reflect.TypeFor[encoding.TextMarshaler]()},
		method{"UnmarshalText", reflect.TypeFor[encoding.TextUnmarshaler]()},
	},
}

// Marshal is the name of the method that writes.
func (f Form) Marshal() string { return methods[f].marshal.name }

// Unmarshal is the name of the method that reads.
func (f Form) Unmarshal() string { return methods[f].unmarshal.name }

// An Origin says how a type came by a method.
type Origin int

const (
	// Missing: neither the type nor a pointer to it has the method.
	Missing Origin = iota

	// Own: the type declares the method, or it is a struct whose only content
	// is the embedded value that does. The method stands for the whole value.
	Own

	// Promoted: the method comes from an embedded field and knows nothing of
	// the other fields, or comes through an embedded pointer or interface,
	// which may be nil.
	Promoted
)

// Methods says how a type came by the two methods of a form.
type Methods struct {
	Marshal, Unmarshal Origin

	// Embedded names the embedded field that a Promoted method comes from.
	Embedded string
}

// Pair reports whether both methods are there and stand for the whole value.
func (m Methods) Pair() bool { return m.Marshal == Own && m.Unmarshal == Own }

// None reports whether neither method is there.
func (m Methods) None() bool { return m.Marshal == Missing && m.Unmarshal == Missing }

// Of says how t came by the methods of form f, with a value or a pointer as
// receiver: one with a pointer receiver needs an addressable value. For a
// pointer type the answer is that of the type it points to. An interface type
// has no methods of its own: ask about the value that it holds.
func Of(t reflect.Type, f Form) Methods {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var m Methods
	var from string
	m.Marshal, m.Embedded = originOf(t, methods[f].marshal)
	if m.Unmarshal, from = originOf(t, methods[f].unmarshal); m.Embedded == "" {
		m.Embedded = from
	}
	return m
}
