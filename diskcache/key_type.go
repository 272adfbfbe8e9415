package diskcache

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// keyForm is what a key needs to know of a type: its spelling (rule 2), or why
// values of it cannot be hashed (rule 8).
type keyForm struct {
	signature string
	refusal   *keyFault
}

// keyForms caches keyForm by reflect.Type: facts about types never change.
var keyForms sync.Map

func keyFormOf(t reflect.Type) *keyForm {
	cached, ok := keyForms.Load(t)
	if !ok {
		s := signer{seen: map[reflect.Type]int{}}
		refusal := s.spell(t)
		cached, _ = keyForms.LoadOrStore(t, &keyForm{s.text.String(), refusal})
	}
	return cached.(*keyForm)
}

// keyFault says which part of an argument cannot be hashed. It is made where the
// fault is found, and learns the path to it on the way out.
type keyFault struct {
	path string // as in .Grid[3].Rows
	err  error
}

// in returns the fault as seen from one step further out.
func (f *keyFault) in(step string) *keyFault {
	if f == nil {
		return nil
	}
	return &keyFault{step + f.path, f.err}
}

// pathShown bounds the path in a message: that of a cyclic value is endless.
const pathShown = 60

func (f *keyFault) asError() error {
	where := "value" + f.path
	switch {
	case f.path == "":
		where = "the value"
	case len(f.path) > pathShown:
		where = "value" + strings.ToValidUTF8(f.path[:pathShown], "") + "…"
	}
	return fmt.Errorf("%w: %s %w", ErrArgument, where, f.err)
}

// signer spells a type out. A type met a second time is a reference to the
// first, so that recursive types end and large ones stay short.
type signer struct {
	text  strings.Builder
	seen  map[reflect.Type]int
	apart reflect.Type // only whether its parts can be hashed is asked; nil for none
}

func (s *signer) spell(t reflect.Type) *keyFault {
	if t.PkgPath() == "" && t.Name() != "" && t.Kind() != reflect.Interface {
		s.text.WriteString(t.Name()) // predeclared
		return nil
	}
	if n, ok := s.seen[t]; ok {
		s.text.WriteString("^" + strconv.Itoa(n))
		return nil
	}
	s.seen[t] = len(s.seen)
	if t.PkgPath() != "" {
		s.text.WriteString(t.PkgPath() + "." + stableName(t) + "=")
	}
	if s.apart == nil {
		if plan := keyPlanOf(t); plan.whole() {
			s.text.WriteString("~" + plan.name())
			return ignoredInVain(t)
		}
	} else if _, ok := wholeForm(t); t != s.apart && (ok || isMatrix(t)) {
		return nil // one way or the other it can be hashed
	}
	switch t.Kind() {
	case reflect.Slice:
		s.text.WriteString("[]")
		return s.spell(t.Elem()).in("[]")
	case reflect.Array:
		s.text.WriteString("[" + strconv.Itoa(t.Len()) + "]")
		return s.spell(t.Elem()).in("[]")
	case reflect.Pointer:
		s.text.WriteString("*")
		return s.spell(t.Elem())
	case reflect.Map:
		s.text.WriteString("map[")
		if fault := s.spell(t.Key()); fault != nil {
			return fault.in("[key]")
		}
		s.text.WriteString("]")
		return s.spell(t.Elem()).in("[]")
	case reflect.Struct:
		return s.spellStruct(t)
	case reflect.Interface:
		s.spellInterface(t)
		return nil
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return &keyFault{err: fmt.Errorf("is a %v, whose content cannot be hashed: pass what decides it instead, such as a name or a number", t)}
	default: // named numbers, bools and strings
		s.text.WriteString(t.Kind().String())
		return nil
	}
}

// stableName is the type's name without the numbers that the compiler gives to
// types declared inside functions, where they are type arguments: another such
// type in the package would change them.
func stableName(t reflect.Type) string {
	return localNumber.ReplaceAllString(t.Name(), "")
}

var localNumber = regexp.MustCompile(`·[0-9]+`)

func (s *signer) spellStruct(t reflect.Type) *keyFault {
	if name, hidden := hiddenField(t); hidden {
		return &keyFault{"." + name, hiddenError(t)}
	}
	s.text.WriteString("{")
	for i := range t.NumField() {
		f := t.Field(i)
		if ignored(f) || !f.IsExported() {
			continue
		}
		if f.Anonymous {
			s.text.WriteString("+")
		}
		s.text.WriteString(f.Name + ":")
		if fault := s.spell(f.Type); fault != nil {
			return fault.in("." + f.Name)
		}
		s.text.WriteString(";")
	}
	s.text.WriteString("}")
	return nil
}

// spellInterface tells interfaces apart by their methods.
func (s *signer) spellInterface(t reflect.Type) {
	s.text.WriteString("interface")
	for i := range t.NumMethod() {
		m := t.Method(i)
		s.text.WriteString("|" + m.Name + " " + m.Type.String())
	}
}

// hiddenField returns the first unexported field of a struct type that counts: blank ones,
// and those without a size, hold nothing. What is embedded has methods.
func hiddenField(t reflect.Type) (name string, hidden bool) {
	for i := range t.NumField() {
		if f := t.Field(i); !f.IsExported() && !ignored(f) && f.Name != "_" && (f.Type.Size() > 0 || f.Anonymous) {
			return f.Name, true
		}
	}
	return "", false
}

func hiddenError(t reflect.Type) error {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[context.Context]()) {
		return errors.New("belongs to a context, which decides when a computation ends and not what it returns: pass it as the first parameter only")
	}
	return fmt.Errorf("is an unexported field of %v: export it, or give %v a MarshalBinary of its own", t, t)
}
