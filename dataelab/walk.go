package dataelab

import (
	"errors"
	"fmt"
	"hash/maphash"
	"maps"
	"math/bits"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/dataelab/dataelab-go/diskcache"
)

// found is one cacher of a walk and where it was.
type found struct {
	cacher diskcache.Cacher
	name   string  // <path>.<Type>.<method>, rule 3
	owner  *object // the struct whose field led to it
	field  *field
	steps  int
}

// walker goes through an object tree as the rules in the package's documentation
// say. It goes level by level, a level being a number of steps in the path, so
// the first path to an object has the fewest steps (rule 4).
//
// Trees of a million objects are usual, so memory is what it saves: elements are
// enumerated when their level is reached instead of being listed before, objects
// are allocated in blocks, and paths only where something needs them.
type walker struct {
	steps   int
	seen    map[identity]*object
	level   []*object // reached with the present number of steps
	next    []item    // fields, one step further
	nextIn  []*object // containers whose elements are one step further
	found   []found
	pointed bool // a cacher was reached through a pointer or an element
	block   []object
	err     error
}

// identity tells objects apart: by type and address, as a struct and its first
// field share an address.
type identity struct {
	typ  reflect.Type
	addr unsafe.Pointer
	len  int // of slices
}

// object is a struct, slice, array or map that was reached.
type object struct {
	value reflect.Value
	path  string
	steps int
	plan  *plan // of a struct
	from  *object
	field *field // of from: through it, and elements since, the object was reached
}

// item is a value yet to be looked at, and the field that leads there.
type item struct {
	value reflect.Value
	path  string
	from  *object
	field *field
}

// walk returns all cachers under root, a pointer to a struct.
func walk(root reflect.Value) ([]found, error) {
	w := walker{seen: map[identity]*object{}}
	w.reach(item{value: root, path: "root"}) // rule 1
	for len(w.level) > 0 && w.err == nil {
		for _, o := range w.level {
			w.expand(o)
		}
		items, containers := w.next, w.nextIn
		w.level, w.next, w.nextIn = nil, nil, nil
		w.steps++
		for _, it := range items {
			w.reach(it)
		}
		for _, o := range containers {
			w.elements(o)
		}
	}
	if w.err != nil {
		return nil, w.err
	}
	if w.pointed {
		return once(w.found), nil
	}
	return w.found, nil
}

func (w *walker) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// reach follows pointers and interfaces to what is behind them, which is not a
// step, and puts that on the present level.
func (w *walker) reach(it item) {
	for v := it.value; leadsToCacher(v.Type()); { // rule 5
		switch v.Kind() {
		case reflect.Pointer, reflect.Interface:
			if v.IsNil() || w.isPointerLoop(v) {
				return
			}
			v = v.Elem()
			continue
		case reflect.Struct:
			if isCacher(v.Type()) {
				w.pointed = true
				w.add(v, w.steps, it)
				return
			}
			w.enter(v, it)
		case reflect.Slice, reflect.Array, reflect.Map:
			w.enter(v, it)
		}
		return
	}
}

// isPointerLoop reports whether v is a pointer to a pointer or interface that
// was followed before: only such chains could lead back to themselves.
func (w *walker) isPointerLoop(v reflect.Value) bool {
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Pointer && v.Elem().Kind() != reflect.Interface {
		return false
	}
	id := identity{v.Type(), v.UnsafePointer(), 0}
	if w.seen[id] != nil {
		return true
	}
	w.seen[id] = &object{}
	return false
}

// enter puts an object on the present level, once (rule 4). Of two paths with as
// many steps the alphabetically first one wins; that is known before anything is
// looked for inside, as a level is expanded only when it is complete.
func (w *walker) enter(v reflect.Value, it item) {
	id, ok := identify(v)
	if ok {
		if o := w.seen[id]; o != nil {
			if o.steps == w.steps && it.path < o.path {
				o.path, o.from, o.field = it.path, it.from, it.field
				w.embedded(o)
			}
			return
		}
	}
	if len(w.block) == cap(w.block) {
		w.block = make([]object, 0, min(2*cap(w.block)+8, 4096))
	}
	w.block = append(w.block, object{value: v, path: it.path, steps: w.steps, from: it.from, field: it.field})
	o := &w.block[len(w.block)-1]
	if v.Kind() == reflect.Struct {
		o.plan = planOf(v.Type())
	}
	if ok {
		w.seen[id] = o
	}
	w.level = append(w.level, o)
	w.embedded(o)
}

// embedded puts the embedded structs of o on the same level: they add nothing to
// the path (rule 2).
func (w *walker) embedded(o *object) {
	if o.plan == nil {
		return
	}
	for i := range o.plan.embedded {
		f := &o.plan.embedded[i]
		w.reach(item{o.value.Field(f.index), o.path, o, f})
	}
}

// identify returns false for values that have no address, as in an interface or
// a map: nothing else can lead to them.
func identify(v reflect.Value) (identity, bool) {
	switch v.Kind() {
	case reflect.Slice:
		return identity{v.Type(), v.UnsafePointer(), v.Len()}, true
	case reflect.Map:
		return identity{v.Type(), v.UnsafePointer(), 0}, true
	}
	if !v.CanAddr() {
		return identity{}, false
	}
	return identity{v.Type(), unsafe.Pointer(v.UnsafeAddr()), 0}, true
}

// expand looks for what an object holds: cachers now, the rest one step further.
func (w *walker) expand(o *object) {
	if o.plan == nil {
		w.nextIn = append(w.nextIn, o)
		return
	}
	for i := range o.plan.cachers {
		f := &o.plan.cachers[i]
		w.add(o.value.Field(f.index), w.steps+1, item{from: o, field: f})
	}
	for i := range o.plan.named {
		f := &o.plan.named[i]
		if f.err != nil {
			w.fail(f.err)
		}
		w.next = append(w.next, item{o.value.Field(f.index), o.path + "." + f.name, o, f})
	}
}

// elements reaches what a slice, array or map holds.
func (w *walker) elements(o *object) {
	if !leadsToCacher(o.value.Type().Elem()) {
		return
	}
	element := func(name string, v reflect.Value) {
		w.reach(item{v, o.path + "." + name, o.from, o.field})
	}
	if o.value.Kind() != reflect.Map {
		n := o.value.Len()
		w.level = slices.Grow(w.level, n)
		w.found = slices.Grow(w.found, n)
		if n > 4*len(w.seen) { // growing step by step would move it many times
			seen := make(map[identity]*object, n+len(w.seen))
			maps.Copy(seen, w.seen)
			w.seen = seen
		}
		for i := range n {
			element(strconv.Itoa(i), o.value.Index(i))
		}
		return
	}
	entries, err := mapEntries(o.value)
	if err != nil {
		w.fail(fmt.Errorf("%s: %w", o.path, err))
	}
	for _, e := range entries {
		element(e.name, e.value)
	}
}

// add notes a cacher under its name (rule 3). The path, where it is not empty,
// leads through elements to it.
func (w *walker) add(v reflect.Value, steps int, it item) {
	if it.from == nil {
		return // root itself is a cacher: it has no field to be named after
	}
	if it.field.err != nil {
		w.fail(it.field.err)
		return
	}
	name := it.from.path + "." + it.from.plan.name + "." + it.field.method
	if it.path != "" {
		name += it.path[len(it.from.path)+1+len(it.field.name):]
	}
	if !v.CanAddr() { // rule 7
		w.fail(fmt.Errorf("the cacher %s lies in a struct value inside a map or an interface, where it has no address: store a pointer to the struct", name))
		return
	}
	w.found = append(w.found, found{cacherAt(v), name, it.from, it.field, steps})
}

// once removes the second finding of a cacher (rule 4). Only where a pointer or
// an element led to cachers can there be one, as structs are entered once.
func once(all []found) []found {
	best := map[diskcache.Cacher]int{}
	for i, f := range all {
		j, ok := best[f.cacher]
		if !ok || f.steps < all[j].steps || f.steps == all[j].steps && f.name < all[j].name {
			best[f.cacher] = i
		}
	}
	return slices.DeleteFunc(all, func(f found) bool {
		i := best[f.cacher]
		return all[i].name != f.name || all[i].steps != f.steps
	})
}

// unique is rule 7 for names: file systems that ignore case would let one
// method overwrite the other. It is a hash set of indices into all, open
// addressed, as a map of a million strings takes longer than the walk.
func unique(all []found) error {
	seed := maphash.MakeSeed()
	mask := uint64(1)<<bits.Len(uint(2*len(all))) - 1
	slots := make([]int32, mask+1) // index+1; 0 is free
	tags := make([]uint32, mask+1) // of the hash, to compare few names
	var folded []byte
	for i := range all {
		folded = appendFolded(folded[:0], all[i].name)
		hash := maphash.Bytes(seed, folded)
		slot := hash & mask
		for ; slots[slot] != 0; slot = (slot + 1) & mask {
			other := &all[slots[slot]-1]
			if tags[slot] == uint32(hash>>32) && string(appendFolded(nil, other.name)) == string(folded) {
				return fmt.Errorf("two methods would be stored under one name: %s and %s: rename one in its cache struct tag",
					other.describe(), all[i].describe())
			}
		}
		slots[slot], tags[slot] = int32(i+1), uint32(hash>>32)
	}
	return nil
}

func appendFolded(b []byte, name string) []byte {
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			return append(b[:0], strings.ToLower(name)...)
		}
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	return b
}

func (f *found) describe() string {
	return fmt.Sprintf("%s (field %s of %v, at %s)", f.name, f.field.name, f.owner.value.Type(), f.owner.path)
}

// checkRoot returns the value of a root, or says what is wrong with it.
func checkRoot(root any) (reflect.Value, error) {
	v := reflect.ValueOf(root)
	switch {
	case !v.IsValid():
		return v, errors.New("root is nil: pass a pointer to the struct that holds the cachers")
	case v.Kind() == reflect.Struct:
		return v, fmt.Errorf("root is a %T, not a pointer to one, so it is a copy: pass its address, &x", root)
	case v.Kind() != reflect.Pointer || v.Type().Elem().Kind() != reflect.Struct:
		return v, fmt.Errorf("root is a %T: pass a pointer to the struct that holds the cachers", root)
	case v.IsNil():
		return v, fmt.Errorf("root is a nil %T: make the object first", root)
	}
	return v, nil
}

// find walks and checks.
func find(root any) ([]found, error) {
	v, err := checkRoot(root)
	if err != nil {
		return nil, err
	}
	all, err := walk(v)
	if err != nil {
		return nil, err
	}
	return all, unique(all)
}
