package formattest

import (
	"hash/fnv"
	"math/rand/v2"
	"reflect"
	"slices"
)

// Values returns values of type t to try: edges such as NaN, -0, the largest
// and smallest numbers, empty and nil, then random ones that grow. The same seed
// gives the same values, in other memory.
func Values(t reflect.Type, seed uint64, rs ...Rule) []any {
	var all []any
	for _, v := range newMaker(seed, t, slices.Concat(rs, builtinRules)).all(t) {
		all = append(all, v.Interface())
	}
	return all
}

// A maker makes values of a type by reflection.
type maker struct {
	rules  rules
	random *rand.Rand
}

// newMaker depends on the type's name, so that a further type does not change
// the values of the others.
func newMaker(seed uint64, t reflect.Type, rs rules) *maker {
	return &maker{rs, randomFor(seed, t.String())}
}

// randomFor returns random numbers for one purpose.
func randomFor(seed uint64, purpose string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(purpose)) // a hash does not fail
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

const (
	manyRandom = 12 // random values of a type
	mostEdges  = 64 // edges of a type with parts; the others are left out, evenly
	mostDepth  = 5  // levels of pointers, slices, maps and structs
	longSlice  = 3000
)

// all returns the edges, random values, and a long one if there is one that is cheap.
func (m *maker) all(t reflect.Type) []reflect.Value {
	values := m.edges(t, 0)
	for size := range manyRandom {
		values = append(values, m.any(t, size, 0))
	}
	if t.Kind() == reflect.Slice && m.rules.generator(t) == nil && leaf(t.Elem()) {
		long := reflect.MakeSlice(t, longSlice, longSlice)
		for i := range longSlice {
			long.Index(i).Set(m.any(t.Elem(), 0, 1))
		}
		values = append(values, long)
	}
	return values
}

// leaf tells types without parts.
func leaf(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array, reflect.Struct, reflect.Slice, reflect.Map, reflect.Pointer, reflect.Interface:
		return false
	default:
		return true
	}
}

// edges returns the values of a type where mistakes are likely; the zero value
// is the first.
func (m *maker) edges(t reflect.Type, depth int) []reflect.Value {
	all := []reflect.Value{reflect.Zero(t)}
	if generate := m.rules.generator(t); generate != nil {
		for range 8 {
			all = append(all, generate(m.random))
		}
		return all
	}
	if depth > mostDepth {
		return all
	}
	switch t.Kind() {
	case reflect.Slice:
		all = append(all, m.sliceEdges(t, depth)...)
	case reflect.Array:
		all = append(all, m.arrayEdges(t, depth)...)
	case reflect.Map:
		all = append(all, m.mapEdges(t, depth)...)
	case reflect.Struct:
		all = append(all, m.structEdges(t, depth)...)
	case reflect.Pointer:
		for _, v := range m.edges(t.Elem(), depth+1) {
			all = append(all, pointerTo(v, t))
		}
	default:
		return append(all, leafEdges(t)...)
	}
	return thin(all, mostEdges)
}

// thin leaves at most n values, spread evenly, with the first.
func thin(all []reflect.Value, n int) []reflect.Value {
	if len(all) <= n {
		return all
	}
	kept := make([]reflect.Value, n)
	for i := range kept {
		kept[i] = all[i*len(all)/n]
	}
	return kept
}

func pointerTo(v reflect.Value, t reflect.Type) reflect.Value {
	p := reflect.New(t.Elem())
	p.Elem().Set(v)
	return p.Convert(t)
}

func (m *maker) sliceEdges(t reflect.Type, depth int) []reflect.Value {
	elems := m.edges(t.Elem(), depth+1)
	whole := reflect.MakeSlice(t, 0, 0)
	all := []reflect.Value{whole}
	for i, v := range elems {
		whole = reflect.Append(whole, v)
		if i < mostEdges/2 {
			all = append(all, reflect.Append(reflect.MakeSlice(t, 0, 1), v))
		}
	}
	all = append(all, whole, whole.Slice3(1, whole.Len(), whole.Len())) // with and without a zero value
	if depth == 0 {                                                     // a block whose rows are equally long, besides
		for _, shape := range [][]int{{2, 3, 2, 2, 2}, {1, 1, 1, 1, 1}, {3, 0, 3, 3, 3}, {4, 2, 0, 2, 2}} {
			all = append(all, m.block(t, shape, depth))
		}
	}
	return all
}

// block returns slices within slices of equal lengths, one for each level.
func (m *maker) block(t reflect.Type, shape []int, depth int) reflect.Value {
	if t.Kind() != reflect.Slice || len(shape) == 0 || m.rules.generator(t) != nil {
		return m.any(t, 2, depth)
	}
	v := reflect.MakeSlice(t, shape[0], shape[0])
	for i := range shape[0] {
		v.Index(i).Set(m.block(t.Elem(), shape[1:], depth+1))
	}
	return v
}

func (m *maker) arrayEdges(t reflect.Type, depth int) []reflect.Value {
	elems := m.edges(t.Elem(), depth+1)
	var all []reflect.Value
	for first := 0; t.Len() > 0 && first < len(elems); first += t.Len() {
		v := reflect.New(t).Elem()
		for i := range t.Len() {
			v.Index(i).Set(elems[(first+i)%len(elems)])
		}
		all = append(all, v)
	}
	return all
}

func (m *maker) mapEdges(t reflect.Type, depth int) []reflect.Value {
	keys, values := m.edges(t.Key(), depth+1), m.edges(t.Elem(), depth+1)
	whole := reflect.MakeMap(t)
	all := []reflect.Value{reflect.MakeMap(t)}
	for i := range max(len(keys), len(values)) {
		k, v := keys[i%len(keys)], values[i%len(values)]
		if !k.Comparable() {
			continue
		}
		one := reflect.MakeMap(t)
		one.SetMapIndex(k, v)
		all = append(all, one)
		m.put(whole, k, v)
	}
	return append(all, whole)
}

// put adds an entry, but no second key that is not equal to itself: such
// entries have no order in which they could be written.
func (m *maker) put(whole, k, v reflect.Value) {
	unequal := func(k reflect.Value) bool {
		same := k
		return !k.Equal(same)
	}
	if !unequal(k) || !slices.ContainsFunc(whole.MapKeys(), unequal) {
		whole.SetMapIndex(k, v)
	}
}

// structEdges sets one field at a time, then all.
func (m *maker) structEdges(t reflect.Type, depth int) []reflect.Value {
	var all []reflect.Value
	whole := make([]reflect.Value, 4)
	for i := range whole {
		whole[i] = reflect.New(t).Elem()
	}
	for i := range t.NumField() {
		if !t.Field(i).IsExported() {
			continue
		}
		edges := m.edges(t.Field(i).Type, depth+1)
		for j, v := range edges[1:] { // the first is the zero value, which all have
			one := reflect.New(t).Elem()
			one.Field(i).Set(v)
			all = append(all, one)
			whole[j%len(whole)].Field(i).Set(v)
		}
	}
	return append(thin(all, mostEdges-len(whole)-1), whole...)
}

// any returns a random value; size bounds the length of slices, maps and strings.
func (m *maker) any(t reflect.Type, size, depth int) reflect.Value {
	if generate := m.rules.generator(t); generate != nil {
		return generate(m.random)
	}
	if depth > mostDepth {
		return reflect.Zero(t)
	}
	v := reflect.New(t).Elem()
	switch t.Kind() {
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Slice && m.random.IntN(4) > 0 {
			shape := make([]int, mostDepth)
			for i := range shape {
				shape[i] = m.random.IntN(4)
			}
			return m.block(t, shape, depth)
		}
		if m.random.IntN(8) == 0 {
			return v
		}
		n := m.random.IntN(size + 1)
		v.Set(reflect.MakeSlice(t, n, n))
		for i := range n {
			v.Index(i).Set(m.any(t.Elem(), size/2, depth+1))
		}
	case reflect.Array:
		for i := range t.Len() {
			v.Index(i).Set(m.any(t.Elem(), size/2, depth+1))
		}
	case reflect.Map:
		if m.random.IntN(8) == 0 {
			return v
		}
		v.Set(reflect.MakeMap(t))
		for range m.random.IntN(size + 1) {
			if k := m.any(t.Key(), size/2, depth+1); k.Comparable() {
				m.put(v, k, m.any(t.Elem(), size/2, depth+1))
			}
		}
	case reflect.Struct:
		for i := range t.NumField() {
			if t.Field(i).IsExported() {
				v.Field(i).Set(m.any(t.Field(i).Type, size, depth+1))
			}
		}
	case reflect.Pointer:
		if m.random.IntN(4) > 0 {
			return pointerTo(m.any(t.Elem(), size, depth+1), t)
		}
	default:
		m.leaf(v, size)
	}
	return v
}
