package gobs

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// emptyMap writes a map without entries where gob does not tell nil from empty.
func (e *encoder) emptyMap(v reflect.Value) {
	e.b = append(e.b, 0)
	if v.IsNil() {
		e.notes.write(noteNil, 0)
		return
	}
	e.notes.pass()
}

// mapEntries writes a map in the order of its keys. So equal values give equal
// files, whose digests other results depend on.
func (e *encoder) mapEntries(p *plan, v reflect.Value) error {
	e.b = appendUint(e.b, uint64(v.Len()))
	if v.Len() == 0 {
		return nil
	}
	if err := e.enter(v); err != nil {
		return err
	}
	// The entries are collected, not only the keys: one that is not a number
	// finds nothing.
	n := v.Len()
	keys := reflect.MakeSlice(reflect.SliceOf(p.key.typ), n, n)
	values := reflect.MakeSlice(reflect.SliceOf(p.elem.typ), n, n)
	it := v.MapRange()
	for i := 0; it.Next() && i < n; i++ {
		keys.Index(i).SetIterKey(it)
		values.Index(i).SetIterValue(it)
	}
	order, err := e.sorted(p.key, keys)
	if err != nil {
		return err
	}
	for _, i := range order {
		if err := e.mapEntry(p, keys.Index(i), values.Index(i)); err != nil {
			return within(err, keyStep(keys.Index(i)))
		}
	}
	e.leave(v)
	return nil
}

func (e *encoder) mapEntry(p *plan, key, value reflect.Value) error {
	e.inKey++
	err := e.element(p.key, key)
	e.inKey--
	if err != nil {
		return err
	}
	return e.element(p.elem, value)
}

// sorted returns the order of keys: of strings as such, and of others by their
// bytes in the stream.
func (e *encoder) sorted(p *plan, keys reflect.Value) ([]int, error) {
	n := keys.Len()
	names := make([]string, n)
	order := make([]int, n)
	stream := encoder{sorting: true, inKey: 1}
	ends := make([]int, n)
	for i := range n {
		order[i] = i
		key := keys.Index(i)
		if p.op == opString {
			names[i] = key.String()
			continue
		}
		if err := stream.element(p, key); err != nil {
			return nil, within(err, keyStep(key))
		}
		ends[i] = len(stream.b)
	}
	if p.op != opString {
		all, start := string(stream.b), 0
		for i, end := range ends {
			names[i], start = all[start:end], end
		}
	}
	slices.SortFunc(order, func(i, j int) int { return strings.Compare(names[i], names[j]) })
	return order, nil
}

// keyStep is the step of a path to an entry of a map. It calls no method of the
// key, such as String.
func keyStep(key reflect.Value) string {
	for key.Kind() == reflect.Interface {
		key = key.Elem()
	}
	const long = 40
	switch key.Kind() {
	case reflect.String:
		s := key.String()
		if len(s) > long {
			return "[" + strconv.Quote(s[:long]) + "...]"
		}
		return "[" + strconv.Quote(s) + "]"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "[" + strconv.FormatInt(key.Int(), 10) + "]"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return "[" + strconv.FormatUint(key.Uint(), 10) + "]"
	case reflect.Float32, reflect.Float64:
		return "[" + strconv.FormatFloat(key.Float(), 'g', -1, 64) + "]"
	}
	return "[key]"
}
