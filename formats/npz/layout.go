package npz

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// A layout knows which arrays a Go type is made of.
type layout interface {
	// parts are the arrays of v, an addressable value, sorted by name. Its errors wrap ErrValue.
	parts(v reflect.Value) ([]part, error)

	// load sets v, which can be set, from the arrays of r.
	load(v reflect.Value, r *Reader) error
}

// A part is one array of a value.
type part struct {
	name  string
	array any // what npy.Encode takes
}

// Accepts returns nil when values of type t go into .npz files and come back
// equal, and otherwise a [*TypeError] that names the field of t that does not.
func Accepts(t reflect.Type) error {
	l, err := layoutOf(t)
	if err != nil {
		return err
	}
	return readable(t, l)
}

// AcceptsNumbers is the part of [Accepts] that is numbers: it returns nil for maps and
// structs of arrays that npy.AcceptsNumbers takes, and of single numbers.
func AcceptsNumbers(t reflect.Type) error {
	l, err := numberLayouts.of(t)
	if err != nil {
		return err
	}
	return readable(t, l)
}

// readable says why what can be written cannot be read.
func readable(t reflect.Type, l layout) error {
	if m, ok := l.(mapLayout); ok && m.mixed {
		return &TypeError{t, "", errors.New("the file does not say what type was in each interface; it can be written, not read")}
	}
	return nil
}

// Layouts are those of all types that were asked for, by one rule for members.
type layouts struct {
	accepts rule
	known   sync.Map // a layout or *TypeError
}

var (
	allLayouts    = layouts{accepts: acceptsMember}
	numberLayouts = layouts{accepts: acceptsNumbers}
)

// layoutOf returns the layout of a type that can be written.
func layoutOf(t reflect.Type) (layout, error) { return allLayouts.of(t) }

func (s *layouts) of(t reflect.Type) (layout, error) {
	found, ok := s.known.Load(t)
	if !ok {
		if l, err := s.accepts.newLayout(t); err != nil {
			found, _ = s.known.LoadOrStore(t, err)
		} else {
			found, _ = s.known.LoadOrStore(t, l)
		}
	}
	if err, ok := found.(*TypeError); ok {
		return nil, err
	}
	return found.(layout), nil
}

func (accepts rule) newLayout(t reflect.Type) (layout, *TypeError) {
	if t == nil {
		return nil, &TypeError{nil, "", errors.New("a nil interface has no type")}
	}
	if accepts(t) == nil {
		return nil, &TypeError{t, "", errors.New("a single array, which is a .npy file")}
	}
	switch t.Kind() {
	case reflect.Map:
		return accepts.newMapLayout(t)
	case reflect.Struct:
		return accepts.newStructLayout(t)
	case reflect.Pointer:
		if t.Elem().Kind() != reflect.Struct {
			break
		}
		l, err := accepts.newStructLayout(t.Elem())
		if err != nil {
			return nil, &TypeError{t, err.Path, err.Reason}
		}
		return pointerLayout{l}, nil
	}
	return nil, &TypeError{t, "", errors.New("not a map or struct of arrays")}
}

// mapLayout is the layout of a map from names to arrays.
type mapLayout struct {
	typ   reflect.Type
	mixed bool // map[string]any
}

func (accepts rule) newMapLayout(t reflect.Type) (layout, *TypeError) {
	if t.Key().Kind() != reflect.String {
		return nil, &TypeError{t, "", fmt.Errorf("its keys are %v, not strings, which name the arrays", t.Key())}
	}
	if t.Elem() == reflect.TypeFor[any]() {
		return mapLayout{t, true}, nil
	}
	if err := accepts(t.Elem()); err != nil {
		return nil, &TypeError{t, "", err}
	}
	if scalarFor(t.Elem()) != nil {
		return nil, &TypeError{t, "", errors.New("a map of single values, not of arrays")}
	}
	return mapLayout{t, false}, nil
}

func (l mapLayout) parts(v reflect.Value) ([]part, error) {
	list := make([]part, 0, v.Len())
	for key, value := range v.Seq2() {
		p, err := l.part(key.String(), value)
		if err != nil {
			return nil, fmt.Errorf("key %q: %w", key.String(), err)
		}
		list = append(list, p)
	}
	slices.SortFunc(list, byName)
	return list, nil
}

func (l mapLayout) part(name string, v reflect.Value) (part, error) {
	if err := checkName(name); err != nil {
		return part{}, fmt.Errorf("%w: %w", ErrValue, err)
	}
	if l.mixed {
		v = v.Elem()
		if !v.IsValid() {
			return part{}, fmt.Errorf("%w: nil", ErrValue)
		}
		if err := acceptsMember(v.Type()); err != nil {
			return part{}, fmt.Errorf("%w: %w", ErrValue, err)
		}
	}
	array, err := arrayOf(addressable(v))
	return part{name, array}, err
}

func (l mapLayout) load(v reflect.Value, r *Reader) error {
	n := len(r.members)
	values := reflect.MakeSlice(reflect.SliceOf(l.typ.Elem()), n, n)
	if err := r.readAll(r.members, values.Index); err != nil {
		return err
	}
	m := reflect.MakeMapWithSize(l.typ, n)
	for i, member := range r.members {
		m.SetMapIndex(reflect.ValueOf(member.name).Convert(l.typ.Key()), values.Index(i))
	}
	v.Set(m)
	return nil
}

// structLayout is the layout of a struct of arrays, fields sorted by name.
type structLayout struct{ fields []field }

type field struct {
	name  string
	index int
}

func (accepts rule) newStructLayout(t reflect.Type) (structLayout, *TypeError) {
	var l structLayout
	owner := make(map[string]string)
	arrays := 0
	for i := range t.NumField() {
		f := t.Field(i)
		refuse := func(err error) (structLayout, *TypeError) { return structLayout{}, &TypeError{t, f.Name, err} }
		name, tagged := f.Tag.Lookup("npz")
		switch {
		case !f.IsExported():
			return refuse(errors.New("not exported, so it would not come back"))
		case tagged && name == "-":
			return refuse(errors.New(`the tag npz:"-" would leave it out, so it would not come back`))
		case name == "":
			name = f.Name
		}
		if err := accepts(f.Type); err != nil {
			return refuse(err)
		}
		if err := checkName(name); err != nil {
			return refuse(err)
		}
		if other, taken := owner[name]; taken {
			return refuse(fmt.Errorf("named %q, as field %s is", name, other))
		}
		owner[name] = f.Name
		l.fields = append(l.fields, field{name, i})
		if scalarFor(f.Type) == nil {
			arrays++
		}
	}
	if arrays == 0 {
		return structLayout{}, &TypeError{t, "", errors.New("a struct without arrays")}
	}
	slices.SortFunc(l.fields, func(a, b field) int { return strings.Compare(a.name, b.name) })
	return l, nil
}

func (l structLayout) parts(v reflect.Value) ([]part, error) {
	list := make([]part, len(l.fields))
	for i, f := range l.fields {
		array, err := arrayOf(v.Field(f.index))
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", v.Type().Field(f.index).Name, err)
		}
		list[i] = part{f.name, array}
	}
	return list, nil
}

func (l structLayout) load(v reflect.Value, r *Reader) error {
	members := make([]*member, len(l.fields))
	for i, f := range l.fields {
		var err error
		if members[i], err = r.member(f.name); err != nil {
			return fmt.Errorf("field %s: %w", v.Type().Field(f.index).Name, err)
		}
	}
	return r.readAll(members, func(i int) reflect.Value { return v.Field(l.fields[i].index) })
}

// pointerLayout is the layout of a pointer to a struct of arrays.
type pointerLayout struct{ structLayout }

func (l pointerLayout) parts(v reflect.Value) ([]part, error) {
	if v.IsNil() {
		return nil, fmt.Errorf("%w: nil %v", ErrValue, v.Type())
	}
	return l.structLayout.parts(v.Elem())
}

func (l pointerLayout) load(v reflect.Value, r *Reader) error {
	p := reflect.New(v.Type().Elem())
	if err := l.structLayout.load(p.Elem(), r); err != nil {
		return err
	}
	v.Set(p)
	return nil
}

// addressable returns a copy of v that has an address.
func addressable(v reflect.Value) reflect.Value {
	box := reflect.New(v.Type()).Elem()
	box.Set(v)
	return box
}

func byName(a, b part) int { return strings.Compare(a.name, b.name) }
