package diskcache

import (
	"reflect"
	"slices"
	"sync"
	"time"
)

// A result may share memory with an argument, as x[2:] does with x. The caller owns the
// argument and may write to it after the call, so such a result must not stay in memory
// as it is. isAliased finds that out once, when a result was computed:
//
//  1. Types decide first: nothing is looked at for arguments or results without slices,
//     pointers, maps and interfaces. Strings do not count, as nobody changes them.
//  2. The memory of a value is a list of spans, one for each slice, pointer and map in
//     it. Elements are visited only where they lead on, so an array of numbers of any
//     length is one span.
//  3. Of a slice of an argument all of its capacity counts, as appending writes there.
//  4. What cannot be looked into, because it may be locked or is too large, counts as
//     shared: that costs one reading of a file, and the opposite may cost a wrong value.
//  5. Fields tagged `cache:"-"` count as far as they are open to everybody, such as a
//     buffer; others, such as a logger, are not looked into.

// aliasedSteps is how many slices, pointers and maps are visited in the arguments, and
// in the result. It takes some ten milliseconds.
const aliasedSteps = 1 << 20

// span is some memory, from its first address to the one behind its last.
type span struct{ from, to uintptr }

// isAliased reports whether a result shares memory with arguments, or may.
func isAliased(result any, args []any) bool {
	if result == nil || !changeable(reflect.TypeOf(result)) {
		return false
	}
	there := spans{capacity: true, steps: aliasedSteps}
	for _, arg := range args {
		if arg != nil {
			there.add(reflect.ValueOf(arg))
		}
	}
	if len(there.list) == 0 && !there.unknown {
		return false
	}
	here := spans{steps: aliasedSteps}
	here.add(reflect.ValueOf(result))
	switch {
	case len(here.list) == 0 && !here.unknown:
		return false
	case here.unknown || there.unknown:
		return true
	}
	few, many := here.list, there.list
	if len(few) > len(many) {
		few, many = many, few
	}
	few = united(few)
	return slices.ContainsFunc(many, func(s span) bool {
		i, found := slices.BinarySearchFunc(few, s.from, func(f span, from uintptr) int {
			switch {
			case f.to <= from:
				return -1
			case f.from > from:
				return 1
			}
			return 0
		})
		return found || i < len(few) && few[i].from < s.to
	})
}

// united sorts spans, and makes one of those that overlap.
func united(list []span) []span {
	slices.SortFunc(list, func(a, b span) int {
		if a.from < b.from {
			return -1
		}
		return 1
	})
	all := list[:1]
	for _, s := range list[1:] {
		if last := &all[len(all)-1]; s.from <= last.to {
			last.to = max(last.to, s.to)
		} else {
			all = append(all, s)
		}
	}
	return all
}

// spans is the memory of values.
type spans struct {
	capacity bool // of slices counts, and not their length only
	ignored  bool // what is looked at now is in a field tagged `cache:"-"`
	steps    int  // how many more are visited
	unknown  bool // there is more, which was not looked at
	list     []span
	seen     map[visited]bool
}

// visited is a place that was looked at: a pointer, a map, or so many elements.
type visited struct {
	spot
	elements int
}

// put adds a span.
func (s *spans) put(from uintptr, size uintptr) {
	if s.steps--; s.steps < 0 {
		s.unknown = true
	}
	if size == 0 || s.unknown {
		return
	}
	if n := len(s.list); n > 0 && s.list[n-1].to == from { // as with rows of one array
		s.list[n-1].to += size
		return
	}
	s.list = append(s.list, span{from, from + size})
}

// first reports whether a place was not visited before.
func (s *spans) first(v reflect.Value, elements int) bool {
	at := visited{spot{v.Pointer(), v.Type()}, elements}
	if s.seen[at] {
		return false
	}
	if s.seen == nil {
		s.seen = map[visited]bool{}
	}
	s.seen[at] = true
	return true
}

// add adds what v leads to.
func (s *spans) add(v reflect.Value) {
	t := v.Type()
	if s.unknown || !changeable(t) {
		return
	}
	switch v.Kind() {
	case reflect.Slice:
		n := v.Len()
		if s.capacity {
			n = v.Cap()
		}
		s.put(v.Pointer(), uintptr(n)*t.Elem().Size())
		if n > 0 && changeable(t.Elem()) && s.first(v, n) {
			s.elements(v.Slice(0, n))
		}
	case reflect.Array:
		s.elements(v)
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		s.put(v.Pointer(), t.Elem().Size())
		if s.first(v, 1) {
			s.add(v.Elem())
		}
	case reflect.Map:
		s.mapping(v)
	case reflect.Interface:
		if !v.IsNil() {
			s.add(v.Elem())
		}
	case reflect.Struct:
		s.fields(v)
	}
}

func (s *spans) elements(v reflect.Value) {
	for i := range v.Len() {
		if s.unknown {
			return
		}
		s.add(v.Index(i))
	}
}

// mapping goes through a map that everybody may read, which nobody writes to meanwhile:
// those of arguments were read for the key, and those of results by their format.
func (s *spans) mapping(v reflect.Value) {
	if v.IsNil() {
		return
	}
	s.put(v.Pointer(), 1)
	t := v.Type()
	switch {
	case !changeable(t.Key()) && !changeable(t.Elem()) || !s.first(v, 1):
	case s.ignored:
	case !v.CanInterface(): // only methods know when it may be read
		s.unknown = true
	default:
		for i := v.MapRange(); i.Next() && !s.unknown; {
			s.add(i.Key())
			s.add(i.Value())
		}
	}
}

func (s *spans) fields(v reflect.Value) {
	t := v.Type()
	if _, hidden := hiddenField(t); hidden && natureOf(t) == locked {
		s.unknown = s.unknown || !s.ignored
		return
	}
	for i := range t.NumField() {
		outside := s.ignored
		if ignored(t.Field(i)) {
			if natureOf(t.Field(i).Type) != open {
				continue
			}
			s.ignored = true
		}
		s.add(v.Field(i))
		s.ignored = outside
	}
}

// changing has, for each type that was asked for, whether its values lead to memory that
// may change.
var changing sync.Map // of reflect.Type to bool

// changeable reports whether values of a type lead to memory that somebody else who
// has it could change. What a time points to nobody changes.
func changeable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice, reflect.Pointer, reflect.Interface, reflect.Map:
		return true
	case reflect.Array:
		return t.Len() > 0 && changeable(t.Elem())
	case reflect.Struct:
	default:
		return false
	}
	if t == reflect.TypeFor[time.Time]() || t.PkgPath() == "unique" {
		return false
	}
	if known, ok := changing.Load(t); ok {
		return known.(bool)
	}
	changes := false
	for i := range t.NumField() {
		changes = changes || changeable(t.Field(i).Type)
	}
	changing.Store(t, changes)
	return changes
}
