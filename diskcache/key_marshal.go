package diskcache

import (
	"encoding"
	"encoding/gob"
	"fmt"
	"reflect"
	"sync"

	"github.com/dataelab/dataelab-go/internal/marshalers"
)

// ownForms are the forms that rule 7 knows, in order.
var ownForms = [...]marshalers.Form{marshalers.Binary, marshalers.Gob, marshalers.Text}

// ownForm returns the form in which a type writes itself (rule 7). Only the
// writing half matters here: a key is never read back.
func ownForm(t reflect.Type) (form marshalers.Form, ok bool) {
	for _, form := range ownForms {
		if marshalers.Of(t, form).Marshal == marshalers.Own {
			return form, true
		}
	}
	return 0, false
}

// keyStruct is what hashing values of a struct type needs to know of it.
type keyStruct struct {
	counted bool            // its fields are hashed, those that are not ignored
	fields  []keyField      // these
	marshal marshalers.Form // else what its own method writes
}

type keyField struct {
	index int
	name  string
}

// keyStructs caches keyStruct by reflect.Type, as slices of structs are long.
var keyStructs sync.Map

// keyStructOf may be asked about types that keyFormOf accepted.
func keyStructOf(t reflect.Type) *keyStruct {
	cached, ok := keyStructs.Load(t)
	if !ok {
		s := new(keyStruct)
		if _, hidden := hiddenField(t); hidden {
			s.marshal, _ = ownForm(t)
		} else {
			s.counted = true
			for i := range t.NumField() {
				if f := t.Field(i); !ignored(f) {
					s.fields = append(s.fields, keyField{i, f.Name})
				}
			}
		}
		cached, _ = keyStructs.LoadOrStore(t, s)
	}
	return cached.(*keyStruct)
}

// marshaled returns what v writes of itself. A method of the user's that panics
// is an error of the call, with the path to the value.
func marshaled(v reflect.Value, form marshalers.Form) (text []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("has a %s that panicked: %v", form.Marshal(), r)
		}
	}()
	p := reflect.New(v.Type()) // the method may have a pointer receiver
	p.Elem().Set(v)
	switch form {
	case marshalers.Binary:
		text, err = p.Interface().(encoding.BinaryMarshaler).MarshalBinary()
	case marshalers.Gob:
		text, err = p.Interface().(gob.GobEncoder).GobEncode()
	case marshalers.Text:
		text, err = p.Interface().(encoding.TextMarshaler).MarshalText()
	}
	if err != nil {
		err = fmt.Errorf("has a %s that failed: %w", form.Marshal(), err)
	}
	return text, err
}
