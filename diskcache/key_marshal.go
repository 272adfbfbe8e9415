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

// keyPlan says how values of a type are hashed: as a whole (rules 7 and 10), or by their
// parts.
type keyPlan struct {
	marshals bool
	form     marshalers.Form // by what its method writes
	matrix   bool            // by its elements
	fields   []keyField      // of a struct, else
}

type keyField struct {
	index int
	name  string
}

func (p *keyPlan) whole() bool { return p.marshals || p.matrix }

// name is that of the way in the spelling of a type that is hashed as a whole.
func (p *keyPlan) name() string {
	if p.matrix {
		return "matrix"
	}
	return p.form.Marshal()
}

// keyPlans caches keyPlan by reflect.Type, as slices of structs are long.
var keyPlans sync.Map

// keyPlanOf decides by the type alone: a struct with unexported fields writes itself, if it
// can, and so does a type whose parts cannot be hashed.
func keyPlanOf(t reflect.Type) *keyPlan {
	cached, ok := keyPlans.Load(t)
	if !ok {
		cached, _ = keyPlans.LoadOrStore(t, newKeyPlan(t))
	}
	return cached.(*keyPlan)
}

func newKeyPlan(t reflect.Type) *keyPlan {
	form, ok := wholeForm(t)
	switch {
	case isMatrix(t):
		return &keyPlan{matrix: true}
	case ok && t.Kind() == reflect.Struct && hasUnexported(t):
		return &keyPlan{marshals: true, form: form}
	case ok && (&signer{seen: map[reflect.Type]int{}, apart: t}).spell(t) != nil:
		return &keyPlan{marshals: true, form: form}
	}
	p := new(keyPlan)
	if t.Kind() == reflect.Struct {
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && !ignored(f) {
				p.fields = append(p.fields, keyField{i, f.Name})
			}
		}
	}
	return p
}

// wholeForm is ownForm for types whose values can be asked: what a pointer points to is.
func wholeForm(t reflect.Type) (form marshalers.Form, ok bool) {
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface {
		return 0, false
	}
	return ownForm(t)
}

func hasUnexported(t reflect.Type) bool {
	for i := range t.NumField() {
		if f := t.Field(i); !f.IsExported() && !ignored(f) {
			return true
		}
	}
	return false
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
