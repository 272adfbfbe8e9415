package diskcache

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"github.com/dataelab/dataelab-go/internal/marshalers"
)

// keyForm is what a key needs to know of a type: its spelling (rule 2), or why
// values of it cannot be hashed (rule 8).
type keyForm struct {
	signature string
	refusal   *keyRefusal
}

// keyForms caches keyForm by reflect.Type: facts about types never change.
var keyForms sync.Map

func keyFormOf(t reflect.Type) (*keyForm, *keyRefusal) {
	cached, ok := keyForms.Load(t)
	if !ok {
		s := signer{seen: map[reflect.Type]int{}}
		refusal := s.spell(t, "")
		cached, _ = keyForms.LoadOrStore(t, &keyForm{s.text.String(), refusal})
	}
	form := cached.(*keyForm)
	return form, form.refusal
}

// keyRefusal says which part of a type cannot be hashed.
type keyRefusal struct {
	path, why string
}

func (r *keyRefusal) at(path string) error {
	return fmt.Errorf("%s %s", orValue(path+r.path), r.why)
}

// signer spells a type out. A type met a second time is a reference to the
// first, so that recursive types end and large ones stay short.
type signer struct {
	text strings.Builder
	seen map[reflect.Type]int
}

func (s *signer) spell(t reflect.Type, path string) *keyRefusal {
	if t.PkgPath() == "" && t.Name() != "" && t.Kind() != reflect.Interface {
		s.text.WriteString(t.Name()) // predeclared
		if t.Kind() == reflect.UnsafePointer {
			return &keyRefusal{path, "is an unsafe pointer"}
		}
		return nil
	}
	if n, ok := s.seen[t]; ok {
		s.text.WriteString("^" + strconv.Itoa(n))
		return nil
	}
	s.seen[t] = len(s.seen)
	if t.PkgPath() != "" {
		s.text.WriteString(t.PkgPath() + "." + t.Name() + "=")
	}
	switch t.Kind() {
	case reflect.Slice:
		s.text.WriteString("[]")
		return s.spell(t.Elem(), path+"[]")
	case reflect.Array:
		s.text.WriteString("[" + strconv.Itoa(t.Len()) + "]")
		return s.spell(t.Elem(), path+"[]")
	case reflect.Pointer:
		s.text.WriteString("*")
		return s.spell(t.Elem(), path)
	case reflect.Map:
		s.text.WriteString("map[")
		if refusal := s.spell(t.Key(), path+"[key]"); refusal != nil {
			return refusal
		}
		s.text.WriteString("]")
		return s.spell(t.Elem(), path+"[]")
	case reflect.Struct:
		return s.spellStruct(t, path)
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return &keyRefusal{path, "is a " + t.Kind().String() + ", whose content cannot be hashed"}
	default: // interfaces, and named numbers, bools and strings
		s.text.WriteString(t.Kind().String())
		return nil
	}
}

func (s *signer) spellStruct(t reflect.Type, path string) *keyRefusal {
	if name, hidden := hiddenField(t); hidden {
		method := marshalerOf(t)
		if method == "" {
			return &keyRefusal{path + "." + name, fmt.Sprintf("is an unexported field of %v: export it, or give the type a MarshalBinary of its own", t)}
		}
		s.text.WriteString("~" + method)
		return nil
	}
	s.text.WriteString("{")
	for i := range t.NumField() {
		f := t.Field(i)
		s.text.WriteString(f.Name + ":")
		if refusal := s.spell(f.Type, path+"."+f.Name); refusal != nil {
			return refusal
		}
		s.text.WriteString(";")
	}
	s.text.WriteString("}")
	return nil
}

// hiddenField returns the first unexported field of a struct type.
func hiddenField(t reflect.Type) (name string, hidden bool) {
	for i := range t.NumField() {
		if f := t.Field(i); !f.IsExported() {
			return f.Name, true
		}
	}
	return "", false
}

// ownForms are the forms that rule 7 knows, in order.
var ownForms = [...]marshalers.Form{marshalers.Binary, marshalers.Gob, marshalers.Text}

// marshalerOf names the method that writes a type in its own form (rule 7), or
// nothing. Only the writing half matters here: a key is never read back.
func marshalerOf(t reflect.Type) (method string) {
	for _, form := range ownForms {
		if marshalers.Of(t, form).Marshal == marshalers.Own {
			return form.Marshal()
		}
	}
	return ""
}

// keyMarshaler returns the function that stands for the fields of a struct type
// which has hidden ones, or nil where fields count.
func keyMarshaler(t reflect.Type) func(reflect.Value) ([]byte, error) {
	if t.Kind() != reflect.Struct {
		return nil
	}
	if _, hidden := hiddenField(t); !hidden {
		return nil
	}
	method := marshalerOf(t)
	return func(v reflect.Value) (text []byte, err error) {
		defer func() {
			if r := recover(); r != nil {
				err = fmt.Errorf("%v.%s panicked: %v", t, method, r)
			}
		}()
		p := reflect.New(t) // the method may have a pointer receiver
		p.Elem().Set(v)
		out := p.MethodByName(method).Call(nil)
		if err, _ := out[1].Interface().(error); err != nil {
			return nil, err
		}
		return out[0].Bytes(), nil
	}
}

// littleEndian says whether memory already has the byte order of the stream.
var littleEndian = func() bool { one := uint16(1); return *(*byte)(unsafe.Pointer(&one)) == 1 }()

// rawElements returns the memory of a non-nil slice of numbers or bools where it
// equals the stream's bytes, which hashes arrays at the speed of memory.
func rawElements(v reflect.Value) ([]byte, bool) {
	elem := v.Type().Elem()
	if !littleEndian && elem.Size() > 1 {
		return nil, false
	}
	switch elem.Kind() {
	case reflect.Int, reflect.Uint, reflect.Uintptr:
		if elem.Size() != 8 {
			return nil, false
		}
	case reflect.Bool, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
	case reflect.Float32, reflect.Complex64:
		n := v.Len() * int(elem.Size()/4)
		if anyNaN(unsafe.Slice((*float32)(v.UnsafePointer()), n)) {
			return nil, false
		}
	case reflect.Float64, reflect.Complex128:
		n := v.Len() * int(elem.Size()/8)
		if anyNaN(unsafe.Slice((*float64)(v.UnsafePointer()), n)) {
			return nil, false
		}
	default:
		return nil, false
	}
	return unsafe.Slice((*byte)(v.UnsafePointer()), v.Len()*int(elem.Size())), true
}

// anyNaN finds out whether the bits of an array may be hashed as they are.
func anyNaN[F float32 | float64](s []F) bool {
	for _, f := range s {
		if f != f {
			return true
		}
	}
	return false
}
