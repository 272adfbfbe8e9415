package text

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"unicode/utf8"
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
// the type reads what it wrote.
func (p *plan) marshal(v reflect.Value) ([]byte, error) {
	data, err := p.callMarshal(v)
	if err != nil {
		return nil, err
	}
	if !utf8.Valid(data) {
		return nil, fmt.Errorf("what %v writes is not UTF-8", p.typ)
	}
	back := reflect.New(p.typ).Elem()
	if err := p.unmarshal(back, bytes.Clone(data)); err != nil {
		return nil, fmt.Errorf("cannot read back %s: %w", quoted(string(data)), err)
	}
	again, err := p.callMarshal(back)
	if err != nil || !bytes.Equal(data, again) || !alike(v, back) {
		return nil, fmt.Errorf("%v writes %s and does not read the same value from it", p.typ, quoted(string(data)))
	}
	return data, nil
}

// alike compares where == says more than what the type writes: that of net.IP is
// the same for four bytes and for sixteen, and for nil and empty. Structs may keep
// what does not count, such as the spare words of a big.Int.
func alike(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Struct, reflect.Array:
		return true
	case reflect.Float32, reflect.Float64:
		return math.Float64bits(a.Float()) == math.Float64bits(b.Float()) || a.Float() != a.Float() && b.Float() != b.Float()
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
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

// appendOwn appends the JSON of a value that writes itself, on one line.
func (e *encoder) appendOwn(dst []byte, p *plan, v reflect.Value) ([]byte, error) {
	data, err := p.marshal(v)
	if err != nil {
		return nil, err
	}
	s := &jsonScanner{src: string(data), around: e.nested}
	t, err := s.next()
	if err == nil {
		dst, err = e.flow(dst, s, t)
	}
	if err == nil {
		_, err = s.next() // the end
	}
	if err != nil {
		return nil, fmt.Errorf("%v writes %s, which is no JSON: %w", p.typ, quoted(string(data)), err)
	}
	return dst, nil
}
