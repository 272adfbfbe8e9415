package diskcache

import (
	"encoding"
	"encoding/gob"
	"encoding/json"
	"reflect"
	"sync"
	"time"
)

// nature says how far sizeOf may look into the values of a type.
type nature int

const (
	// open: all of it is there for everybody to read. Who stored it has read it like that.
	open nature = iota
	// inward: something in it is encoded by methods of its own, so that what is behind
	// its fields is theirs. Lengths and pointers are read.
	inward
	// locked: it may have a lock, or others at work, and only its methods know when it can
	// be read.
	locked
)

// natures has the nature of each type that was asked for.
var natures sync.Map // of reflect.Type to nature

func natureOf(t reflect.Type) nature {
	if known, ok := natures.Load(t); ok {
		return known.(nature)
	}
	n := natureBeyond(t, map[reflect.Type]bool{})
	natures.Store(t, n)
	return n
}

// natureBeyond is the nature of the most guarded type to which t leads. Interfaces lead
// nowhere, as they are not opened, but some tell of a lock.
func natureBeyond(t reflect.Type, seen map[reflect.Type]bool) nature {
	if seen[t] || t == reflect.TypeFor[time.Time]() {
		return open
	}
	seen[t] = true
	n := open
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return locked
	case reflect.Interface:
		if _, locks := t.MethodByName("Lock"); locks {
			return locked
		}
	case reflect.Struct:
		if pkg := t.PkgPath(); pkg == "sync" || pkg == "sync/atomic" {
			return locked
		}
		for i := range t.NumField() {
			n = max(n, natureBeyond(t.Field(i).Type, seen))
		}
	case reflect.Map:
		n = max(natureBeyond(t.Key(), seen), natureBeyond(t.Elem(), seen))
	case reflect.Pointer, reflect.Slice, reflect.Array:
		n = natureBeyond(t.Elem(), seen)
	}
	if n == open && encodesItself(t) && !isFlat(t, map[reflect.Type]bool{}) {
		return inward
	}
	return n
}

var encoders = []reflect.Type{
	reflect.TypeFor[gob.GobEncoder](), reflect.TypeFor[encoding.BinaryMarshaler](),
	reflect.TypeFor[json.Marshaler](), reflect.TypeFor[encoding.TextMarshaler](),
}

func encodesItself(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface {
		return false
	}
	for _, e := range encoders {
		if reflect.PointerTo(t).Implements(e) {
			return true
		}
	}
	return false
}

// isFlat reports whether lengths and pointers alone tell the size of a value, as those
// of a matrix do.
func isFlat(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] || !leadsOn(t) {
		return true
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.String:
		return true
	case reflect.Slice:
		return !leadsOn(t.Elem())
	case reflect.Map:
		return !leadsOn(t.Key()) && !leadsOn(t.Elem())
	case reflect.Pointer, reflect.Array:
		return isFlat(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if !isFlat(t.Field(i).Type, seen) {
				return false
			}
		}
		return true
	}
	return false
}

// leading has, for each type that was asked for, whether its values lead on.
var leading sync.Map // of reflect.Type to bool

// leadsOn reports whether values of a type hold pointers of any kind. That of a time
// leads to what all times share.
func leadsOn(t reflect.Type) bool {
	if t == reflect.TypeFor[time.Time]() {
		return false
	}
	switch t.Kind() {
	case reflect.String, reflect.Slice, reflect.Pointer, reflect.Interface, reflect.Map:
		return true
	case reflect.Array, reflect.Struct:
	default:
		return false
	}
	if known, ok := leading.Load(t); ok {
		return known.(bool)
	}
	leads := false
	if t.Kind() == reflect.Array {
		leads = t.Len() > 0 && leadsOn(t.Elem())
	} else {
		for i := range t.NumField() {
			leads = leads || leadsOn(t.Field(i).Type)
		}
	}
	leading.Store(t, leads)
	return leads
}
