package gobs

import (
	"encoding"
	"encoding/gob"
	"fmt"
	"math"
	"reflect"

	"github.com/dataelab/dataelab-go/internal/marshalers"
)

// marshal calls the method with which a value stores itself. A panic in there is
// an error: it belongs to this value, not to the program.
func (p *plan) marshal(v reflect.Value) (data []byte, err error) {
	if !v.CanAddr() { // the receiver may be a pointer
		settable := reflect.New(p.typ).Elem()
		settable.Set(v)
		v = settable
	}
	defer contain(&err, p.typ, p.form.Marshal())
	if p.form == marshalers.Gob {
		data, err = v.Addr().Interface().(gob.GobEncoder).GobEncode()
	} else {
		data, err = v.Addr().Interface().(encoding.BinaryMarshaler).MarshalBinary()
	}
	if err != nil {
		return nil, fmt.Errorf("%s of %v: %w", p.form.Marshal(), p.typ, err)
	}
	return data, nil
}

// unmarshal calls the method with which a value reads itself.
func (p *plan) unmarshal(v reflect.Value, data []byte) (err error) {
	defer contain(&err, p.typ, p.form.Unmarshal())
	if p.form == marshalers.Gob {
		err = v.Addr().Interface().(gob.GobDecoder).GobDecode(data)
	} else {
		err = v.Addr().Interface().(encoding.BinaryUnmarshaler).UnmarshalBinary(data)
	}
	if err != nil {
		return fmt.Errorf("%s of %v: %w", p.form.Unmarshal(), p.typ, err)
	}
	return nil
}

func contain(err *error, t reflect.Type, method string) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%s of %v panics: %v", method, t, r)
	}
}

// isZero reports whether all of v is zero, a negative zero not included.
// reflect.Value.IsZero compares some structs by ==, which takes one for zero.
func isZero(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Float32, reflect.Float64:
		return math.Float64bits(v.Float()) == 0
	case reflect.Complex64, reflect.Complex128:
		c := v.Complex()
		return math.Float64bits(real(c)) == 0 && math.Float64bits(imag(c)) == 0
	case reflect.Array:
		for i := range v.Len() {
			if !isZero(v.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		for i := range v.NumField() {
			if !isZero(v.Field(i)) {
				return false
			}
		}
		return true
	}
	return v.IsZero()
}
