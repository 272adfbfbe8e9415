package gobs

import (
	"bytes"
	"reflect"
	"slices"
	"strconv"
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

// mapEntries writes a map in the order of its keys as they stand in the stream.
// So equal values give equal files, whose digests other results depend on.
func (e *encoder) mapEntries(p *plan, v reflect.Value) error {
	e.b = appendUint(e.b, uint64(v.Len()))
	if v.Len() == 0 {
		return nil
	}
	if err := e.enter(v); err != nil {
		return err
	}
	entries, err := e.sortedEntries(p, v)
	if err != nil {
		return err
	}
	for i := range entries {
		if err := e.mapEntry(p, &entries[i]); err != nil {
			return within(err, keyStep(entries[i].key))
		}
	}
	e.leave(v)
	return nil
}

func (e *encoder) mapEntry(p *plan, entry *mapEntry) error {
	e.inKey++
	err := e.element(p.key, entry.key)
	e.inKey--
	if err != nil {
		return err
	}
	return e.element(p.elem, entry.value)
}

type mapEntry struct {
	key, value reflect.Value
	from, to   int // where the bytes of the key are
}

// sortedEntries collects the entries, not only the keys: a key that is not a
// number finds nothing.
func (e *encoder) sortedEntries(p *plan, v reflect.Value) ([]mapEntry, error) {
	keys := encoder{sorting: true, inKey: 1}
	entries := make([]mapEntry, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		entry := mapEntry{key: it.Key(), value: it.Value(), from: len(keys.b)}
		if err := keys.element(p.key, entry.key); err != nil {
			return nil, within(err, keyStep(entry.key))
		}
		entry.to = len(keys.b)
		entries = append(entries, entry)
	}
	slices.SortFunc(entries, func(x, y mapEntry) int {
		return bytes.Compare(keys.b[x.from:x.to], keys.b[y.from:y.to])
	})
	return entries, nil
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
