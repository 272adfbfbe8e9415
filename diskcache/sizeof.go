package diskcache

import (
	"reflect"
	"sync"
)

// sizeOf estimates how many bytes v, a pointer, leads to: slices by capacity, strings by
// length, maps by what Go needs for as many elements. What is shared within v counts once.
// Where elements lead on, a sample of them is measured, and counts for the others: numeric
// slices of any length take nanoseconds, others microseconds.
//
// Nothing counts that only methods could tell, such as memory of C. What lies more than
// sizeDepth pointers away or comes after sizeSteps values counts nothing either, so of a
// long linked list the estimate is too small.
func sizeOf(v any) int64 { return sizeFrom(v, true) }

// sizeOfShared is sizeOf for values that others use meanwhile: it goes through no map.
// A method may be writing into one, under a lock of its own, and Go ends a program that
// reads it then. Elements of maps count by their type alone.
func sizeOfShared(v any) int64 { return sizeFrom(v, false) }

func sizeFrom(v any, maps bool) int64 {
	s := sizer{maps: maps, steps: sizeSteps}
	p := reflect.ValueOf(v)
	return int64(p.Type().Elem().Size()) + s.beyond(p.Elem(), 0, 0)
}

const (
	sizeDepth = 1000
	sizeSteps = 100_000

	// mapSlack is how much more memory a map takes than its elements, in per cent: groups
	// are between half and seven eighths full.
	mapSlack = 50
	mapBase  = 48

	// elsewhere is what an element of a map that is not looked at may lead to.
	elsewhere = 32
)

// samples is how many elements are measured: of a slice, of slices within it, and so on.
var samples = [...]int{100, 10, 3}

// sizer is one estimate under way.
type sizer struct {
	maps  bool // whether to go through maps
	steps int  // how many values it may still look at
	seen  map[spot]bool
}

// spot is where something lies that several may point to. Slices have no type: of two
// that begin at one place, one counts.
type spot struct {
	address uintptr
	typ     reflect.Type
}

// first reports whether the place was not seen before.
func (s *sizer) first(at spot) bool {
	if s.seen[at] {
		return false
	}
	if s.seen == nil {
		s.seen = map[spot]bool{}
	}
	s.seen[at] = true
	return true
}

// beyond returns the bytes to which v leads, without its own. nested is how many
// samples it is part of.
func (s *sizer) beyond(v reflect.Value, depth, nested int) int64 {
	if s.steps--; s.steps < 0 || depth > sizeDepth || !leadsOn(v.Type()) {
		return 0
	}
	switch v.Kind() {
	case reflect.String:
		return int64(v.Len())
	case reflect.Slice:
		return s.slice(v, depth+1, nested)
	case reflect.Array:
		return s.elements(v, depth+1, nested)
	case reflect.Struct:
		var sum int64
		for i := range v.NumField() {
			sum += s.beyond(v.Field(i), depth+1, nested)
		}
		return sum
	case reflect.Pointer:
		if v.IsNil() || !s.first(spot{v.Pointer(), v.Type()}) {
			return 0
		}
		return int64(v.Type().Elem().Size()) + s.beyond(v.Elem(), depth+1, nested)
	case reflect.Interface:
		if v.IsNil() {
			return 0
		}
		return int64(v.Elem().Type().Size()) + s.beyond(v.Elem(), depth+1, nested)
	case reflect.Map:
		return s.mapping(v, depth+1, nested)
	}
	return 0 // functions and channels
}

func (s *sizer) slice(v reflect.Value, depth, nested int) int64 {
	if v.Cap() == 0 || !s.first(spot{address: v.Pointer()}) {
		return 0
	}
	return int64(v.Cap())*int64(v.Type().Elem().Size()) + s.elements(v, depth, nested)
}

// elements measures what the elements of a slice or array lead to.
func (s *sizer) elements(v reflect.Value, depth, nested int) int64 {
	n := v.Len()
	if n == 0 || !leadsOn(v.Type().Elem()) {
		return 0
	}
	sample := min(n, samples[min(nested, len(samples)-1)])
	var sum int64
	for i := range sample {
		sum += s.beyond(v.Index(sampled(i, sample, n)), depth, nested+1)
	}
	return extrapolated(sum, sample, n)
}

// sampled returns the index of the i-th element of a sample of n elements: one of each
// of its parts, but not always at one place there, as values may repeat in a rhythm.
func sampled(i, sample, n int) int {
	begin := int(int64(i) * int64(n) / int64(sample))
	end := int(int64(i+1) * int64(n) / int64(sample))
	const golden = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio: its multiples are spread evenly
	return begin + int(uint64(i)*golden>>33%uint64(end-begin))
}

func (s *sizer) mapping(v reflect.Value, depth, nested int) int64 {
	if v.IsNil() || !s.first(spot{v.Pointer(), v.Type()}) {
		return 0
	}
	n, key, elem := v.Len(), v.Type().Key(), v.Type().Elem()
	size := mapBase + int64(n)*int64(key.Size()+elem.Size()+1)*(100+mapSlack)/100
	if n == 0 || !leadsOn(key) && !leadsOn(elem) {
		return size
	}
	if !s.maps {
		return size + int64(n)*elsewhere
	}
	sample, measured := min(n, samples[min(nested, len(samples)-1)]), 0
	var sum int64
	for entries := v.MapRange(); measured < sample && entries.Next(); measured++ {
		sum += s.beyond(entries.Key(), depth, nested+1) + s.beyond(entries.Value(), depth, nested+1)
	}
	return size + extrapolated(sum, max(measured, 1), n)
}

// extrapolated is what n elements lead to, as a sample of them leads to sum.
func extrapolated(sum int64, sample, n int) int64 {
	if sample == n {
		return sum
	}
	return int64(float64(sum) / float64(sample) * float64(n))
}

// leading has, for each type that was asked for, whether its values lead on.
var leading sync.Map // of reflect.Type to bool

// leadsOn reports whether values of a type hold pointers of any kind.
func leadsOn(t reflect.Type) bool {
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
