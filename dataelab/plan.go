package dataelab

import (
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/dataelab/dataelab-go/diskcache"
)

// plan is what the walk knows of a struct type: worked out once, as rule 5 has it.
type plan struct {
	typ      reflect.Type
	name     string // as rule 3 writes it
	cachers  []field
	settings []field
	embedded []field
	named    []field
}

// field is one field of a struct that leads, or may lead, to a cacher or a setting.
type field struct {
	index   int
	kind    kind
	name    string // the Go field's
	method  string // the name in the cache tag, or else the field's
	options *diskcache.FieldOptions
	more    bool  // the cache tag has more than a name
	err     error // what is wrong with the cache tag
}

// plans caches plan by reflect.Type.
var plans sync.Map

func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p, _ := plans.LoadOrStore(t, newPlan(t))
	return p.(*plan)
}

func newPlan(t reflect.Type) *plan {
	p := &plan{typ: t, name: typeName(t)}
	for i := range t.NumField() {
		sf := t.Field(i)
		if !leads(sf.Type) {
			continue
		}
		f := newField(t, i)
		switch {
		case f.kind == isCacher:
			p.cachers = append(p.cachers, f)
		case f.kind == isSetting:
			p.settings = append(p.settings, f)
		case sf.Anonymous && isInheritance(sf.Type):
			p.embedded = append(p.embedded, f)
		default:
			p.named = append(p.named, f)
		}
	}
	return p
}

func newField(t reflect.Type, index int) field {
	sf := t.Field(index)
	f := field{index: index, kind: kindOf(sf.Type), name: sf.Name, method: sf.Name, options: &diskcache.FieldOptions{}}
	text, ok := sf.Tag.Lookup("cache")
	if !ok {
		return f
	}
	options, err := diskcache.ParseFieldOptions(text)
	if err != nil {
		f.err = fmt.Errorf("field %s of %v: struct tag cache:%q: %w", sf.Name, t, text, err)
	}
	if options.Name != "" {
		f.method = options.Name
	}
	f.options, f.more = &options, strings.Contains(text, ",")
	return f
}

// isInheritance reports whether an embedded field of this type adds nothing to
// the path (rule 2): its methods are promoted, so they are the instance's own.
func isInheritance(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct && kindOf(t) == isOther || t.Kind() == reflect.Interface
}

var cacherPackage = reflect.TypeFor[diskcache.Options]().PkgPath()

// kind tells what the walk looks for.
type kind uint8

const (
	isOther kind = iota
	isCacher
	isSetting
)

// kindOf reports whether t is a DiskCacher or a Setting. A struct that embeds one has its
// methods too, so it is the type that counts, not the methods.
func kindOf(t reflect.Type) kind {
	switch {
	case t.Kind() != reflect.Struct || t.PkgPath() != cacherPackage:
		return isOther
	case strings.HasPrefix(t.Name(), "DiskCacher["):
		return isCacher
	case strings.HasPrefix(t.Name(), "Setting["):
		return isSetting
	}
	return isOther
}

// reaches caches, by reflect.Type, whether a cacher or a setting can be reached (rule 5).
var reaches sync.Map

func leads(t reflect.Type) bool {
	if known, ok := reaches.Load(t); ok {
		return known.(bool)
	}
	found := search(t, map[reflect.Type]bool{})
	reaches.Store(t, found)
	return found
}

// search looks through all types that t is made of. An interface may hold
// anything, so the walk has to look into it.
func search(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] || t == errorType || standard(t.PkgPath()) {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Interface:
		return true
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return search(t.Elem(), seen)
	case reflect.Struct:
		if kindOf(t) != isOther {
			return true
		}
		for i := range t.NumField() {
			if search(t.Field(i).Type, seen) {
				return true
			}
		}
	}
	return false
}

// errorType has no package, though it is as much of Go itself as io.Reader.
var errorType = reflect.TypeFor[error]()

// standard reports whether a package is of Go's standard library. Its types are
// not entered: nobody declares a method's cache in them, and contexts, mutexes,
// pools and connections change while the walk would read them.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return standardRoots[first]
}

// standardRoots are the first elements of the standard library's import paths.
// User modules have a dot in theirs, or a name that is not among these: the go
// command finds the standard library first.
var standardRoots = func() map[string]bool {
	roots := map[string]bool{}
	for _, name := range strings.Fields(`archive bufio bytes cmp compress container context crypto
		database debug embed encoding errors expvar flag fmt go hash html image index internal io iter
		log maps math mime net os path plugin reflect regexp runtime slices sort strconv strings
		structs sync syscall testing text time unicode unique unsafe vendor weak`) {
		roots[name] = true
	}
	return roots
}()
