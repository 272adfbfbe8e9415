package dataelab

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"unsafe"

	"github.com/dataelab/dataelab-go/diskcache"
)

// walker goes through an object tree as the rules in the package's documentation
// say. It goes level by level, a level being a number of steps in the path, so
// the first path to an object has the fewest steps (rule 4).
//
// Trees of a million objects are usual, so memory is what it saves: elements are
// enumerated when their level is reached instead of being listed before, objects
// are allocated in blocks, and paths only where something needs them.
type walker struct {
	steps    int
	seen     map[identity]*object
	level    []*object // reached with the present number of steps
	next     []item    // fields, one step further
	nextIn   []*object // containers whose elements are one step further
	renamed  []*object // entered or renamed: what they embed is to follow
	found    []found   // the cachers
	settings []found   // below root
	pointed  bool      // a cacher or setting was reached through a pointer or an element
	block    []object
	err      error
}

// identity tells objects apart: by type and address, as a struct and its first
// field share an address.
type identity struct {
	typ  reflect.Type
	addr unsafe.Pointer
	len  int // of slices
}

// place is where in the tree something is.
type place struct {
	path    string
	unnamed error   // why the path cannot be part of a name; nil if it can
	from    *object // the struct through whose field it was reached,
	field   *field  // and elements since; nil for root
}

// item is a value that follow returned, yet to be looked at.
type item struct {
	value reflect.Value
	place
}

// object is a struct, slice, array or map that was reached.
type object struct {
	value reflect.Value
	place
	steps int
	plan  *plan // of a struct
}

// walk returns all cachers and settings under root, a pointer to a struct.
func walk(root reflect.Value) (cachers, settings []found, err error) {
	w := walker{seen: map[identity]*object{}}
	if leads(root.Type()) {
		w.reach(item{follow(root), place{path: "root"}}) // rule 1
	}
	for len(w.level) > 0 && w.err == nil {
		w.found = slices.Grow(w.found, w.cachers())
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
	if w.err == nil && w.pointed {
		w.found, w.err = once(w.found)
	}
	if w.err == nil && w.pointed {
		w.settings, w.err = once(w.settings)
	}
	if w.err != nil {
		return nil, nil, w.err
	}
	return w.found, w.settings, nil
}

func (w *walker) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// follow goes through pointers and interfaces, which are not steps, to what is
// behind them, from a value whose type leads on. It returns the zero
// Value for nil, for pointers that only lead to themselves, and for an
// interface that holds what leads to nothing (rule 5).
func follow(v reflect.Value) reflect.Value {
	var mark identity // one of the pointers before, to know a circle by
	for hops := 1; ; {
		switch v.Kind() {
		case reflect.Pointer:
			id := identity{v.Type(), v.UnsafePointer(), 0}
			if v.IsNil() || id == mark {
				return reflect.Value{}
			}
			if hops&(hops-1) == 0 { // one of the powers of two lies in the circle
				mark = id
			}
			hops++
			v = v.Elem()
		case reflect.Interface:
			v = v.Elem()
			if !v.IsValid() || !leads(v.Type()) {
				return reflect.Value{}
			}
		default:
			return v
		}
	}
}

// reach puts a value on the present level, with the structs it embeds: they add
// nothing to the path (rule 2).
func (w *walker) reach(it item) {
	if k := kindOf(it.value.Type()); k != isOther {
		w.pointed = true
		w.add(it, k, w.steps)
		return
	}
	w.enter(it)
	for i := 0; i < len(w.renamed); i++ { // grows meanwhile
		o := w.renamed[i]
		for i := range o.plan.embedded {
			f := &o.plan.embedded[i]
			if v := follow(o.value.Field(f.index)); isInherited(v) {
				w.enter(item{v, place{o.path, o.unnamed, o, f}})
			}
		}
	}
	w.renamed = w.renamed[:0]
}

// isInherited reports whether an embedded field that leads to v is inheritance.
// An interface can also hold a slice, say: that is a field like any other.
func isInherited(v reflect.Value) bool {
	return v.Kind() == reflect.Struct && kindOf(v.Type()) == isOther
}

// enter puts an object on the present level, once (rule 4). Of two paths with as
// many steps the alphabetically first one wins; that is known before anything is
// looked for inside, as a level is expanded only when it is complete.
func (w *walker) enter(it item) {
	id, ok := identify(it.value)
	if o := w.seen[id]; ok && o != nil {
		if o.steps == w.steps && it.before(&o.place) {
			o.place = it.place
			w.rename(o)
		}
		return
	}
	if len(w.block) == cap(w.block) {
		w.block = make([]object, 0, min(2*cap(w.block)+8, 4096))
	}
	w.block = append(w.block, object{value: it.value, place: it.place, steps: w.steps})
	o := &w.block[len(w.block)-1]
	if ok {
		w.seen[id] = o
	}
	w.level = append(w.level, o)
	if it.value.Kind() == reflect.Struct {
		o.plan = planOf(it.value.Type())
		w.rename(o)
	}
}

func (w *walker) rename(o *object) {
	if o.plan != nil && len(o.plan.embedded) > 0 {
		w.renamed = append(w.renamed, o)
	}
}

// before is the order of paths with as many steps (rule 4).
func (p *place) before(q *place) bool {
	if (p.unnamed == nil) != (q.unnamed == nil) {
		return p.unnamed == nil
	}
	return p.path < q.path
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

// cachers is how many the structs of the present level have.
func (w *walker) cachers() int {
	n := 0
	for _, o := range w.level {
		if o.plan != nil {
			n += len(o.plan.cachers)
		}
	}
	return n
}

// expand looks for what an object holds: cachers and settings now, the rest one step further.
func (w *walker) expand(o *object) {
	if o.plan == nil {
		w.nextIn = append(w.nextIn, o)
		return
	}
	for i := range o.plan.cachers {
		f := &o.plan.cachers[i]
		w.add(item{o.value.Field(f.index), place{unnamed: o.unnamed, from: o, field: f}}, isCacher, w.steps+1)
	}
	for i := range o.plan.settings {
		f := &o.plan.settings[i]
		w.add(item{o.value.Field(f.index), place{unnamed: o.unnamed, from: o, field: f}}, isSetting, w.steps+1)
	}
	for i := range o.plan.named {
		f := &o.plan.named[i]
		if v := follow(o.value.Field(f.index)); v.IsValid() {
			w.next = append(w.next, item{v, o.below(o.path+"."+f.name, o, f)})
		}
	}
	for i := range o.plan.embedded {
		f := &o.plan.embedded[i]
		if v := follow(o.value.Field(f.index)); v.IsValid() && !isInherited(v) {
			w.next = append(w.next, item{v, o.below(o.path+"."+f.name, o, f)})
		}
	}
}

// longestPath is in bytes. No file system has longer names, and without a bound
// the paths to the nodes of a long list would fill the memory.
const longestPath = 255

var errTooDeep = fmt.Errorf("%w: its path has more than %d bytes: hold the nodes of a list in a slice, or choose shorter names for fields and keys",
	diskcache.ErrName, longestPath)

// below is the place one step from p that path says.
func (p *place) below(path string, from *object, f *field) place {
	if p.unnamed != nil { // then it grows no more
		return place{p.path, p.unnamed, from, f}
	}
	if len(path) > longestPath {
		return place{path, errTooDeep, from, f}
	}
	return place{path, nil, from, f}
}

// elements reaches what a slice, array or map holds.
func (w *walker) elements(o *object) {
	if o.value.Kind() == reflect.Map {
		for _, e := range mapEntries(o.value) {
			p := o.below(o.path+"."+e.name, o.from, o.field)
			if p.unnamed == nil {
				p.unnamed = e.unnamed
			}
			w.reach(item{e.value, p})
		}
		return
	}
	n := o.value.Len()
	if o.value.Type().Elem().Kind() != reflect.Interface { // those may all hold numbers
		w.level = slices.Grow(w.level, n)
		if n > 4*len(w.seen) { // growing step by step would move it many times
			seen := make(map[identity]*object, n+len(w.seen))
			maps.Copy(seen, w.seen)
			w.seen = seen
		}
	}
	var digits []byte
	for i := range n {
		if v := follow(o.value.Index(i)); v.IsValid() {
			digits = strconv.AppendInt(digits[:0], int64(i), 10)
			w.reach(item{v, o.below(o.path+"."+string(digits), o.from, o.field)})
		}
	}
}

// add notes a cacher or setting under its name (rule 3). The path, where it is not empty,
// leads through elements to it.
func (w *walker) add(it item, k kind, steps int) {
	f := found{owner: it.from, field: it.field, steps: steps}
	switch {
	case it.field.err != nil:
		w.fail(it.field.err)
		return
	case k == isSetting && it.field.more:
		w.fail(fmt.Errorf("%s: a setting has no options: its cache tag can only give it a name", f.where()))
		return
	case !it.value.CanAddr(): // rule 7
		w.fail(fmt.Errorf("%s, at %s: it has no address, as it lies by value in a map or an interface: store a pointer there",
			f.where(), it.from.path))
		return
	case it.unnamed != nil:
		f.err = fmt.Errorf("%s, %d steps below root: %w", f.where(), steps, it.unnamed)
		if it.path == "" { // a field: nothing nearer leads to it
			w.fail(f.err)
			return
		}
	default:
		f.name = it.from.path + "." + it.from.plan.name + "." + it.field.method
		if it.path != "" {
			f.name += it.path[len(it.from.path)+1+len(it.field.name):]
		}
	}
	f.held = pointerTo(it.value)
	if k == isSetting {
		w.settings = append(w.settings, f)
	} else {
		w.found = append(w.found, f)
	}
}
