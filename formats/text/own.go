package text

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"

	"github.com/dataelab/dataelab-go/internal/difference"
)

var (
	jsonMarshaler   = reflect.TypeFor[json.Marshaler]()
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
)

// declaresJSON reports which of its two JSON methods t has by itself. Where an
// embedded field has them too, they count as that field's.
func declaresJSON(t reflect.Type) (marshal, unmarshal bool) {
	marshal, unmarshal = hasMethod(t, jsonMarshaler), hasMethod(t, jsonUnmarshaler)
	if t.Kind() == reflect.Struct && (marshal || unmarshal) {
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Anonymous && (hasMethod(f.Type, jsonMarshaler) || hasMethod(f.Type, jsonUnmarshaler)) {
				return false, false
			}
		}
	}
	return marshal, unmarshal
}

func hasMethod(t, method reflect.Type) bool {
	return t.Implements(method) || reflect.PointerTo(t).Implements(method)
}

// marshal calls the method with which a value writes itself, and makes sure that
// the type reads the same value from it.
func (p *plan) marshal(v reflect.Value) ([]byte, error) {
	data, err := p.callMarshal(v)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("what %v writes is not UTF-8", p.typ)
	}
	return data, p.readsBack(v, data)
}

// readsBack makes sure that a value reads itself from the text that a file gives it.
func (p *plan) readsBack(v reflect.Value, text []byte) error {
	back := reflect.New(p.typ).Elem()
	if err := p.unmarshal(back, bytes.Clone(text)); err != nil {
		return fmt.Errorf("cannot read back %s: %w", quoted(string(text)), err)
	}
	if err := difference.Stored(addressable(v), back, true); err != nil {
		return fmt.Errorf("%v writes %s and does not read the same value from it: %w", p.typ, quoted(string(text)), err)
	}
	return nil
}

// A panic in a method is an error: it belongs to this value, not to the program.
func contain(err *error, t reflect.Type) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("a method of %v panics: %v", t, r)
	}
}

func (p *plan) callMarshal(v reflect.Value) (data []byte, err error) {
	defer contain(&err, p.typ)
	v = addressable(v) // the receiver may be a pointer
	if p.op == opText {
		return v.Addr().Interface().(encoding.TextMarshaler).MarshalText()
	}
	data, err = v.Addr().Interface().(json.Marshaler).MarshalJSON()
	if err == nil && len(data) == 0 {
		err = errors.New("MarshalJSON gives nothing")
	}
	return data, err
}

// unmarshal calls the method with which a value reads itself.
func (p *plan) unmarshal(v reflect.Value, data []byte) (err error) {
	defer contain(&err, p.typ)
	if p.op == opText {
		return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText(data)
	}
	return v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(data)
}

func addressable(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return v
	}
	box := reflect.New(v.Type()).Elem()
	box.Set(v)
	return box
}

// appendOwn appends the JSON of a value that writes itself, on one line and with
// blanks as everywhere; for a type that keeps the text itself, such as
// json.RawMessage, as it is, which YAML cannot.
func (e *encoder) appendOwn(dst []byte, p *plan, v reflect.Value) ([]byte, error) {
	data, err := p.callMarshal(v)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("what %v writes is not UTF-8", p.typ)
	}
	s := &jsonScanner{src: string(data), around: e.nested}
	start, raw := len(dst), ""
	t, err := s.next()
	if err == nil {
		dst, err = e.flow(dst, s, t)
		raw = s.src[t.at.column:s.pos]
	}
	if err == nil {
		_, err = s.next() // the end
	}
	if err != nil {
		return nil, fmt.Errorf("%v writes %s, which is no JSON: %w", p.typ, quoted(string(data)), err)
	}
	text := dst[start:]
	if e.yaml { // which has fewer numbers, and other words for them
		if text, err = jsonInYAML(string(text)); err != nil {
			return nil, err
		}
	}
	if err = p.readsBack(v, text); err != nil && !e.yaml && p.readsBack(v, []byte(raw)) == nil {
		return append(dst[:start], raw...), nil
	}
	return dst, err
}

// jsonInYAML returns the JSON that the text of a YAML file stands for.
func jsonInYAML(text string) ([]byte, error) {
	s, err := scanYAML(text)
	if err != nil {
		return nil, err
	}
	t, err := s.next()
	if err != nil {
		return nil, err
	}
	var l layout
	return l.flow(nil, s, t)
}
