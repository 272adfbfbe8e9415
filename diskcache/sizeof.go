package diskcache

import (
	"reflect"
)

// sizeOf estimates how many bytes v, a pointer, leads to: slices by capacity, strings by
// length, maps by what Go needs for as many elements. What is shared within v counts once.
// Where elements lead on, a sample of them is measured, and counts for the others: numeric
// slices of any length take nanoseconds, others microseconds. It reports whether that was
// all: what it does not look into has to be estimated in another way, by the stored file.
//
// Values are shared, so somebody may be writing to v, however much the cache asks him not
// to. Go ends a program that goes through a map or an interface then, and no lock of ours
// keeps a method from writing. So sizeOf looks only into what a single load finds, and
// which types it looks into is decided before, see natureOf:
//
//   - nothing is read of what may have a lock, which only its own methods can take,
//   - no map is gone through, and no interface opened,
//   - elements that lead on are looked at only in values that have nothing but what
//     everybody may read, and the slice is read once.
//
// Nothing counts that only methods could tell, such as memory of C. What lies more than
// sizeDepth pointers away or comes after sizeSteps values counts nothing either, so of a
// long linked list the estimate is too small.
func sizeOf(v any) (bytes int64, all bool) {
	p := reflect.ValueOf(v)
	s := sizer{nature: natureOf(p.Type().Elem()), all: true, steps: sizeSteps}
	bytes = int64(p.Type().Elem().Size())
	if s.nature == locked {
		return bytes, false
	}
	defer func() {
		if recover() != nil { // somebody writes there, and what was read made no sense
			all = false
		}
	}()
	s.first(spot{p.Pointer(), p.Type()})
	return bytes + s.beyond(p.Elem(), 0, 0), s.all
}

const (
	sizeDepth = 1000
	sizeSteps = 100_000

	// mapSlack is how much more memory a map takes than its elements, in per cent: groups
	// are between half and seven eighths full.
	mapSlack = 50
	mapBase  = 48

	// elsewhere is what an element of a map that leads on may lead to.
	elsewhere = 32
)

// samples is how many elements are measured: of a slice, of slices within it, and so on.
var samples = [...]int{100, 10, 3}

// sizer is one estimate under way.
type sizer struct {
	nature nature
	all    bool // nothing was left out
	steps  int  // how many values it may still look at
	seen   map[spot]bool
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
		to := v.Elem() // the only load
		if !to.IsValid() || !s.first(spot{to.UnsafeAddr(), v.Type()}) {
			return 0
		}
		return int64(to.Type().Size()) + s.beyond(to, depth+1, nested)
	case reflect.Map:
		return s.mapping(v)
	}
	s.all = false // interfaces
	return 0
}

func (s *sizer) slice(v reflect.Value, depth, nested int) int64 {
	size := int64(v.Type().Elem().Size())
	if !leadsOn(v.Type().Elem()) {
		if n := int64(v.Cap()); n > 0 && s.first(spot{address: v.Pointer()}) {
			return n * size
		}
		return 0
	}
	if s.nature == inward || !v.CanInterface() {
		s.all = false
		return int64(v.Cap()) * size
	}
	once := reflect.ValueOf(v.Interface())
	again := reflect.ValueOf(v.Interface())
	if once.Pointer() != again.Pointer() || once.Len() != again.Len() || once.Cap() != again.Cap() { // somebody writes there
		s.all = false
		return 0
	}
	if once.Cap() == 0 || !s.first(spot{address: once.Pointer()}) {
		return 0
	}
	return int64(once.Cap())*size + s.elements(once, depth, nested)
}

// elements measures what the elements of a slice or array lead to.
//
// What many elements share counts with the first that leads there, and is not to count
// for those not looked at. So these count as every second one of the sample does, after
// the others have been looked at.
func (s *sizer) elements(v reflect.Value, depth, nested int) int64 {
	n := v.Len()
	if n == 0 || !leadsOn(v.Type().Elem()) {
		return 0
	}
	sample := min(n, samples[min(nested, len(samples)-1)])
	var sums [2]int64
	for part := range sums {
		for i := part; i < sample; i += 2 {
			sums[part] += s.beyond(v.Index(sampled(i, sample, n)), depth, nested+1)
		}
	}
	sum := sums[0] + sums[1]
	if sample < n {
		sum += int64(float64(sums[1]) / float64(sample/2) * float64(n-sample))
	}
	return sum
}

// sampled returns the index of the i-th element of a sample of n elements: one of each
// of its parts, but not always at one place there, as values may repeat in a rhythm.
func sampled(i, sample, n int) int {
	begin := int(int64(i) * int64(n) / int64(sample))
	end := int(int64(i+1) * int64(n) / int64(sample))
	const golden = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio: its multiples are spread evenly
	return begin + int(uint64(i)*golden>>33%uint64(end-begin))
}

func (s *sizer) mapping(v reflect.Value) int64 {
	if v.IsNil() || !s.first(spot{v.Pointer(), v.Type()}) {
		return 0
	}
	n, key, elem := v.Len(), v.Type().Key(), v.Type().Elem()
	size := mapBase + int64(n)*int64(key.Size()+elem.Size()+1)*(100+mapSlack)/100
	if n > 0 && (leadsOn(key) || leadsOn(elem)) {
		s.all = false
		size += int64(n) * elsewhere
	}
	return size
}
