package dataelab

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unsafe"
	"weak"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Two roots under one tag, in one place, have names in common, and take each other's results.
// That is meant where they are equal, as in a program that makes its analyzer twice. If plain
// fields differ, results may, too, and a warning says so:
//
//  1. When a tree is given its first tag, its plain fields are read: nobody calls its methods
//     in parallel yet. Later they may be changed at any time, and are not read again.
//  2. They are compared with those of other living roots that have the tag and keep their
//     results in the same place. Of roots of different types, objects are compared that have
//     one path and type, and methods.
//  3. Roots are not kept alive.

// rootNote is what is remembered of a root.
type rootNote struct {
	root       weak.Pointer[byte]
	typ        reflect.Type
	tag        string
	cacher     weak.Pointer[byte] // one of its cachers, which knows the place
	cacherType reflect.Type
	plain      []plainValue
}

// plainValue is what a plain field had.
type plainValue struct {
	of      reflect.Type // the struct
	methods bool         // which has cachers
	name    string       // path and field
	value   string
}

var roots struct {
	mu     sync.Mutex
	byRoot map[weak.Pointer[byte]]*rootNote // guarded by mu
	byTag  map[string][]*rootNote           // guarded by mu
	tidyAt int                              // guarded by mu
}

const (
	// mostPlain is how many fields of a tree are read, and mostPlainObjects how many objects
	// are looked at.
	mostPlain        = 256
	mostPlainObjects = 1000
	// mostCompared is how many other roots of a tag are, the last ones.
	mostCompared = 64
	// manyRoots is when those that are gone are looked for, at first.
	manyRoots = 1 << 10
)

// isFresh reports whether a tree had no tag yet.
func isFresh(cachers []found) bool {
	if len(cachers) == 0 {
		return false
	}
	_, err := cachers[0].cacher().FullPath()
	return errors.Is(err, diskcache.ErrTagNotSet)
}

// noteRoot remembers a root that was tagged, and warns of others. plain is nil where it was not
// read.
func noteRoot(root any, cachers []found, tag string, plain []plainValue) {
	if len(cachers) == 0 {
		return
	}
	first := reflect.ValueOf(cachers[0].cacher())
	note := &rootNote{
		root: weakTo(reflect.ValueOf(root)), typ: reflect.TypeOf(root), tag: tag,
		cacher: weakTo(first), cacherType: first.Type().Elem(), plain: plain,
	}
	for _, other := range note.enter() {
		if reason := note.conflict(other, cachers[0].cacher()); reason != "" {
			diskcache.Warn(cachers[0].cacher(), reason)
		}
	}
}

func weakTo(pointer reflect.Value) weak.Pointer[byte] {
	return weak.Make((*byte)(pointer.UnsafePointer()))
}

// enter puts a note in place of a former one, and returns those of other roots.
func (n *rootNote) enter() (others []*rootNote) {
	roots.mu.Lock()
	defer roots.mu.Unlock()
	if roots.byRoot == nil {
		roots.byRoot, roots.byTag = map[weak.Pointer[byte]]*rootNote{}, map[string][]*rootNote{}
	}
	if old := roots.byRoot[n.root]; old != nil {
		if old.plain != nil && old.typ == n.typ && n.plain == nil {
			n.plain = old.plain
		}
		leaveTag(old)
	}
	if len(roots.byRoot) >= max(roots.tidyAt, manyRoots) {
		for key, old := range roots.byRoot {
			if key.Value() == nil {
				delete(roots.byRoot, key)
				leaveTag(old)
			}
		}
		roots.tidyAt = 2 * len(roots.byRoot)
	}
	all := roots.byTag[n.tag]
	for _, other := range all[max(0, len(all)-mostCompared):] {
		if len(n.plain) > 0 && len(other.plain) > 0 {
			others = append(others, other)
		}
	}
	roots.byRoot[n.root] = n
	roots.byTag[n.tag] = append(all, n)
	return others
}

// leaveTag takes a note out of the list of its tag. The lock is held.
func leaveTag(n *rootNote) {
	all := roots.byTag[n.tag]
	for i, other := range all {
		if other == n {
			all = append(all[:i:i], all[i+1:]...)
			break
		}
	}
	if roots.byTag[n.tag] = all; len(all) == 0 {
		delete(roots.byTag, n.tag)
	}
}

// conflict says what differs between a root and one that was tagged before.
func (n *rootNote) conflict(other *rootNote, mine diskcache.Cacher) string {
	root, at := other.root.Value(), other.cacher.Value()
	if root == nil || at == nil {
		return ""
	}
	theirs := reflect.NewAt(other.cacherType, unsafe.Pointer(at)).Interface().(diskcache.Cacher)
	places, err := diskcache.PlacesOf([]diskcache.Cacher{mine, theirs})
	if err != nil || len(places) != 1 { // it was moved since
		return ""
	}
	before := map[string]*plainValue{}
	for i := range other.plain {
		before[other.plain[i].name] = &other.plain[i]
	}
	var differ []string
	for i := range n.plain {
		now := &n.plain[i]
		was := before[now.name]
		if was == nil || was.of != now.of || was.value == now.value || n.typ != other.typ && !(was.methods && now.methods) {
			continue
		}
		differ = append(differ, fmt.Sprintf("%s is %s and %s", now.name, shortened(was.value), shortened(now.value)))
	}
	if len(differ) == 0 {
		return ""
	}
	const most = 3
	more := ""
	if len(differ) > most {
		more = fmt.Sprintf("; and %d more fields differ", len(differ)-most)
		differ = differ[:most]
	}
	return fmt.Sprintf("two roots, a %v tagged before and a %v, have the tag %s in one directory, and take each other's results: %s%s: "+
		"make what decides results a diskcache.Setting, set another prefix for one of them, "+
		"or hold both in one struct, so that they have names; what decides none is tagged cache:\"-\"",
		other.typ, n.typ, n.tag, strings.Join(differ, "; "), more)
}

func shortened(value string) string {
	const most = 60
	if len(value) > most {
		return strings.ToValidUTF8(value[:most], "") + "…"
	}
	return value
}

// plainOf reads the plain fields of a tree: rule 1.
func plainOf(cachers []found) []plainValue {
	var all []plainValue
	seen := map[*object]bool{}
	for i := range cachers {
		for o := cachers[i].owner; o != nil && !seen[o]; o = o.from {
			if len(seen) >= mostPlainObjects || len(all) >= mostPlain {
				return all
			}
			seen[o] = true
			for _, f := range plainFieldsOf(o.plan.typ) {
				if len(all) >= mostPlain {
					break
				}
				all = append(all, plainValue{
					of: o.plan.typ, methods: len(o.plan.cachers) > 0, name: o.path + "." + f.name, value: textOf(o.value.FieldByIndex(f.index)),
				})
			}
		}
	}
	return all
}

// textOf is a plain value in words. Package fmt would call its methods.
func textOf(v reflect.Value) string {
	switch {
	case v.Kind() == reflect.String:
		return strconv.Quote(v.String())
	case v.Kind() == reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	case v.CanUint():
		return strconv.FormatUint(v.Uint(), 10)
	case v.CanFloat():
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case v.CanComplex():
		return strconv.FormatComplex(v.Complex(), 'g', -1, 128)
	}
	var elements []string // of an array
	for i := range v.Len() {
		elements = append(elements, textOf(v.Index(i)))
	}
	return "[" + strings.Join(elements, " ") + "]"
}

// plainField is a field that holds a number, bool or text, or is an array of such, in a struct or in a struct
// that lies in it.
type plainField struct {
	index []int
	name  string
}

// plainFields caches []plainField by reflect.Type.
var plainFields sync.Map

func plainFieldsOf(t reflect.Type) []plainField {
	if known, ok := plainFields.Load(t); ok {
		return known.([]plainField)
	}
	fields := appendPlain(nil, t, nil, "")
	plainFields.Store(t, fields)
	return fields
}

func appendPlain(fields []plainField, t reflect.Type, index []int, name string) []plainField {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("cache") == "-" || f.Name == "_" {
			continue
		}
		at := slices.Concat(index, []int{i})
		switch {
		case isPlain(f.Type):
			fields = append(fields, plainField{at, name + f.Name})
		case f.Type.Kind() == reflect.Struct && !leads(f.Type) && isQuiet(f.Type): // else it is an object of its own
			fields = appendPlain(fields, f.Type, at, name+f.Name+".")
		}
	}
	return fields
}

// longestPlain is how long an array may be that is read.
const longestPlain = 64

func isPlain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return t.Len() <= longestPlain && isPlain(t.Elem())
	case reflect.String:
		return true
	}
	return reflect.Bool <= t.Kind() && t.Kind() <= reflect.Complex128
}

// isQuiet reports whether a struct is one that no goroutine changes by itself: types of the
// standard library, such as locks and counters, say nothing of results.
func isQuiet(t reflect.Type) bool {
	if standard(t.PkgPath()) {
		return false
	}
	for i := range t.NumField() {
		f := t.Field(i).Type
		if path := f.PkgPath(); path == "sync" || path == "sync/atomic" || f.Kind() == reflect.Struct && !standard(path) && !isQuiet(f) {
			return false
		}
	}
	return true
}
