package parquet

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/dataelab/dataelab-go/formats/table"
)

// A scatterer puts the values of a column into a struct's field, row by row.
type scatterer struct {
	field
	convert conversion
	toTime  func(fixed []byte, i int) time.Time

	fromList bool // the bytes are those of a list of uint8

	// put sets n places to the values from first on.
	put func(b *batch, first, n int, dst strided)
}

// scattererFor returns how column c becomes field f, or why it cannot.
func scattererFor(c *column, f field) (*scatterer, error) {
	mismatch := func(format string, args ...any) error {
		return &MismatchError{c.name, -1, fmt.Sprintf(format, args...)}
	}
	switch {
	case c.reason != nil:
		return nil, c.unreadable(true)
	case c.list && c.kind == table.Uint8 && f.Kind == table.Bytes && !f.List:
		return &scatterer{field: f, convert: c.conversionTo(table.Uint8, 1), fromList: true}, nil
	case c.depth() != f.deep:
		return nil, mismatch("a %v in the file, a %v in field %s", c, f.Type, f.Field)
	}
	s := &scatterer{field: f, convert: c.conversionTo(f.Kind, int(f.size))}
	if s.convert == nil {
		return nil, mismatch("%v into the %v of field %s may change values", c, f.Type, f.Field)
	}
	switch f.Kind {
	case table.String:
		s.put = putStrings
	case table.Bytes:
		s.put = putBytes
	case table.Time:
		s.toTime, s.put = c.timeOf(), s.putTimes
	default:
		s.put = s.putFixed
	}
	return s, nil
}

func (s *scatterer) putFixed(b *batch, first, n int, dst strided) {
	w := int(s.size)
	spread(dst, b.fixed[first*w:], n, w)
}

func putStrings(b *batch, first, n int, dst strided) {
	for i, text := range b.text[first : first+n] {
		*place[string](dst, i) = text
	}
}

// putBytes copies: in the batch, several rows may share the bytes of one
// dictionary, and the caller may write to what it gets.
func putBytes(b *batch, first, n int, dst strided) {
	size := 0
	for _, text := range b.text[first : first+n] {
		size += len(text)
	}
	all := make([]byte, 0, size)
	for i, text := range b.text[first : first+n] {
		from := len(all)
		all = append(all, text...)
		*place[[]byte](dst, i) = all[from:len(all):len(all)]
	}
}

func (s *scatterer) putTimes(b *batch, first, n int, dst strided) {
	for i := range n {
		*place[time.Time](dst, i) = s.toTime(b.fixed, first+i)
	}
}

// scatter puts the rows of b into dst, the field in the first of as many rows
// that are zero; row is its number.
func (s *scatterer) scatter(b *batch, dst strided, row int64) error {
	if err := s.convert(b); err != nil {
		return &MismatchError{s.Name, -1, fmt.Sprintf("rows %d to %d: %v", row, row+int64(b.rows)-1, err)}
	}
	switch {
	case s.deep > 1:
		return s.scatterNested(b, dst, row)
	case b.rows == 0:
	case s.fromList:
		return s.scatterBytes(b, dst, row)
	case s.List:
		return s.scatterLists(b, dst, row)
	case s.Optional:
		s.scatterPointers(b, dst)
	case len(b.valid) == 0:
		s.put(b, 0, b.n, dst)
	case s.nullableValue():
		s.putRuns(b, b.valid, dst)
	default:
		if i := missing(b.valid); i >= 0 {
			return &MismatchError{s.Name, row + int64(i), fmt.Sprintf("no value, for which field %s of type %v has no place; a pointer has", s.Field, s.Type)}
		}
		s.put(b, 0, b.n, dst)
	}
	return nil
}

// putRuns leaves the places without a value zero.
func (s *scatterer) putRuns(b *batch, marks []bool, dst strided) {
	value := 0
	for i := 0; i < len(marks); {
		if !marks[i] {
			i++
			continue
		}
		n := 1
		for i+n < len(marks) && marks[i+n] {
			n++
		}
		s.put(b, value, n, dst.from(i))
		i, value = i+n, value+n
	}
}

// block returns memory for n values next to each other, which the rows share: one
// allocation, not one for each.
func (s *scatterer) block(n int) strided {
	return rowsOf(reflect.MakeSlice(reflect.SliceOf(s.item), n, n), 0)
}

func (s *scatterer) scatterPointers(b *batch, dst strided) {
	items := s.block(b.n)
	if b.n > 0 {
		s.put(b, 0, b.n, items)
	}
	value := 0
	for i := range b.rows {
		if has(b.valid, i) {
			setPointer(dst, i, items.at(value))
			value++
		}
	}
}

func (s *scatterer) scatterLists(b *batch, dst strided, row int64) error {
	all := b.elements()
	var items strided
	switch {
	case s.Optional:
		items = s.pointers(b)
	case all == 0:
		items = s.block(0)
	case len(b.elems) == 0:
		items = s.block(all)
		s.put(b, 0, b.n, items)
	case s.nullableValue():
		items = s.block(all)
		s.putRuns(b, b.elems, items)
	default:
		if err := s.noneMissing(b, row); err != nil {
			return err
		}
		items = s.block(all)
		s.put(b, 0, b.n, items)
	}
	setLists(dst, items, layer{b.offsets, b.valid}, b.rows)
	return nil
}

// setLists makes n places lists of items.
func setLists(dst, items strided, l layer, n int) {
	for i := range n {
		if !has(l.valid, i) {
			continue
		}
		from, to := l.offsets[i], l.offsets[i+1]
		at := items.base // of an empty list, which is not nil
		if to > from {
			at = items.at(from)
		}
		*place[header](dst, i) = header{at, to - from, to - from}
	}
}

// scatterNested makes lists of lists, from the innermost on.
func (s *scatterer) scatterNested(b *batch, dst strided, row int64) error {
	lists := rowsOf(reflect.MakeSlice(reflect.SliceOf(s.list), b.rows, b.rows), 0)
	if err := s.scatterLists(b, lists, row); err != nil {
		return err
	}
	types := []reflect.Type{s.Type}
	for range b.outer {
		types = append(types, types[len(types)-1].Elem())
	}
	for k, list := range slices.Backward(b.outer) {
		n := len(list.offsets) - 1
		outer := dst
		if k > 0 {
			outer = rowsOf(reflect.MakeSlice(reflect.SliceOf(types[k]), n, n), 0)
		}
		setLists(outer, lists, list, n)
		lists = outer
	}
	return nil
}

// pointers returns memory with a pointer for each element of the lists of b, nil for
// those that are missing.
func (s *scatterer) pointers(b *batch) strided {
	values := s.block(b.n)
	if b.n > 0 {
		s.put(b, 0, b.n, values)
	}
	all := b.elements()
	items := rowsOf(reflect.MakeSlice(s.list, all, all), 0)
	value := 0
	for k := range all {
		if has(b.elems, k) {
			setPointer(items, k, values.at(value))
			value++
		}
	}
	return items
}

// noneMissing refuses lists with missing elements.
func (s *scatterer) noneMissing(b *batch, row int64) error {
	k := missing(b.elems)
	if k < 0 {
		return nil
	}
	i := 0
	for b.offsets[i+1] <= k {
		i++
	}
	return &MismatchError{s.Name, row + int64(i), fmt.Sprintf("element %d has no value, for which a %v has no place; a slice of pointers has, in Columns or a map", k-b.offsets[i], s.Type)}
}

// scatterBytes makes bytes of lists of uint8.
func (s *scatterer) scatterBytes(b *batch, dst strided, row int64) error {
	if err := s.noneMissing(b, row); err != nil {
		return err
	}
	all := append(make([]byte, 0, b.n), b.fixed[:b.n]...)
	for i := range b.rows {
		if has(b.valid, i) {
			from, to := b.offsets[i], b.offsets[i+1]
			*place[[]byte](dst, i) = all[from:to:to]
		}
	}
	return nil
}
