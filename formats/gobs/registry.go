package gobs

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// Values within interfaces are known by the names under which the program gave
// their types to gob.Register. Package gob keeps these to itself, but what it
// writes shows the name of a type, and what it reads the type of a name. It
// never forgets or changes either, so that the answers can be kept.
var (
	nameOfType sync.Map // reflect.Type without pointers to string
	typeOfName sync.Map // string to reflect.Type as registered
)

// registeredName returns the name under which base, or a pointer to it, has
// been registered, or the name of a plain type.
func registeredName(base reflect.Type) (string, error) {
	if name, ok := nameOfType.Load(base); ok {
		return name.(string), nil
	}
	name, err := nameInGob(base)
	if err != nil {
		plain, ok := plainName(base)
		if !ok {
			return "", err
		}
		name = plain
	}
	nameOfType.Store(base, name)
	return name, nil
}

// nameInGob asks package gob for the name of a type.
func nameInGob(base reflect.Type) (string, error) {
	// What is sent is a pointer to a nil pointer to base: gob writes the name
	// and then finds no value to write, so no method of the type is called.
	var probe any = reflect.New(reflect.PointerTo(base)).Interface()
	var buf bytes.Buffer
	if err := gob.NewEncoder(&buf).Encode(&probe); err != nil {
		return "", fmt.Errorf("the interface holds a %v, which is not registered; call gob.Register with such a value when the program starts", base)
	}
	// length of the message, number of the type interface, 0, then the name
	in := input{data: buf.Bytes()}
	var err error
	for range 3 {
		if _, e := in.uint(); e != nil {
			err = e
		}
	}
	name, e := in.string()
	if err != nil || e != nil || name == "" {
		return "", fmt.Errorf("encoding/gob does not tell the name of %v", base)
	}
	return name, nil
}

// registeredType returns the type that has been registered under name, or the plain
// type of that name. content is a value of it as found in a stream, type id of that
// stream.
func registeredType(name string, id int64, defs map[int64]*definition, content []byte) (reflect.Type, error) {
	if t, ok := typeOfName.Load(name); ok {
		return t.(reflect.Type), nil
	}
	t, err := typeInGob(name, id, defs, content)
	if err != nil {
		plain, ok := plainType(name)
		if !ok {
			return nil, err
		}
		t = plain
	}
	typeOfName.Store(name, t)
	return t, nil
}

// typeInGob asks package gob for the type of a name.
func typeInGob(name string, id int64, defs map[int64]*definition, content []byte) (t reflect.Type, err error) {
	s := sampler{defs: defs, done: make(map[int64]bool), elements: 1<<16 + 2*len(content)}
	value, err := s.content(id, content)
	if err != nil {
		return nil, err
	}
	body := append(appendInt(nil, idInterface), 0)
	body = appendString(body, name)
	body = appendInt(body, id)
	body = appendMessage(body, value)

	defer func() { // gob passes on the panics of the methods it calls
		if r := recover(); r != nil {
			t, err = nil, fmt.Errorf("the type registered as %.100q panics: %v", name, r)
		}
	}()
	var probe any
	if err := gob.NewDecoder(bytes.NewReader(appendMessage(s.out, body))).Decode(&probe); err != nil {
		advice := ""
		if strings.Contains(err.Error(), "not registered") {
			advice = "; call gob.Register with a value of the same type when the program starts"
		}
		return nil, fmt.Errorf("the interface holds a value that was registered as %.100q: %w%s", name, err, advice)
	}
	t = reflect.TypeOf(probe)
	if t == nil {
		return nil, fmt.Errorf("encoding/gob does not tell the type of %.100q", name)
	}
	return t, nil
}

// A sampler makes the smallest stream that encoding/gob decodes into a type:
// slices and maps are empty, and structs have no fields, so that little of what
// a hostile file says gets there. Only a type that stores itself sees the bytes
// of the file, as it will again.
type sampler struct {
	defs     map[int64]*definition
	done     map[int64]bool
	out      []byte // definitions
	elements int    // of arrays, that may still come
}

// A type within an interface may have this many slices, maps and arrays around
// each other, or arrays within arrays.
const maxNesting = 1000

func (s *sampler) content(id int64, content []byte) ([]byte, error) {
	d := s.defs[id]
	if err := s.define(id); err != nil {
		return nil, err
	}
	switch {
	case d != nil && d.kind == defStruct:
		return []byte{0}, nil
	case d != nil && d.kind >= defGob:
		return content, nil
	}
	return s.zero([]byte{0}, id, 0)
}

// define writes the definition of a type and of its elements.
func (s *sampler) define(id int64) error {
	d := s.defs[id]
	if d == nil || s.done[id] {
		return nil // builtin, or gob says that it is unknown
	}
	if len(s.done) >= maxNesting {
		return fmt.Errorf("a type within an interface has too many parts")
	}
	s.done[id] = true
	short := *d
	short.fields = nil
	s.out = appendDefinition(s.out, id, &short)
	if err := s.define(d.key); err != nil {
		return err
	}
	return s.define(d.elem)
}

// zero appends the zero value of a type in the form of an element.
func (s *sampler) zero(b []byte, id int64, depth int) ([]byte, error) {
	d := s.defs[id]
	switch {
	case depth > maxNesting:
		return nil, fmt.Errorf("a type within an interface is nested too deeply")
	case id == idComplex:
		return append(b, 0, 0), nil
	case d == nil || d.kind == defSlice || d.kind == defMap || d.kind == defStruct:
		return append(b, 0), nil
	case d.kind >= defGob:
		return nil, fmt.Errorf("an interface cannot hold an array of a type that stores itself; put the array into a struct")
	}
	b = appendUint(b, uint64(d.length))
	for range d.length {
		if s.elements--; s.elements < 0 {
			return nil, fmt.Errorf("an array within an interface has too many elements; put it into a struct")
		}
		var err error
		if b, err = s.zero(b, d.elem, depth+1); err != nil {
			return nil, err
		}
	}
	return b, nil
}
