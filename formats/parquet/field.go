package parquet

import (
	"fmt"
	"math"
	"reflect"
	"time"
	"unicode/utf8"

	"github.com/dataelab/dataelab-go/formats/table"
)

// A field takes the values of a struct's field, row by row, into batches. What a
// field is was worked out once; there is no reflection per row.
type field struct {
	table.Column
	item reflect.Type // of one value
	list reflect.Type // of the lists that hold values
	deep int          // how many lists are around a value
	size uintptr      // of one value in memory
	take func(b *batch, src strided, n int)
}

func newField(c table.Column) field {
	f := field{Column: c, item: c.Type}
	for c.List && f.item.Kind() == reflect.Slice && (f.deep == 0 || !isValue(f.item)) {
		f.list, f.item, f.deep = f.item, f.item.Elem(), f.deep+1
	}
	if c.Optional {
		f.item = f.item.Elem()
	}
	f.size = f.item.Size()
	switch c.Kind {
	case table.String:
		f.take = takeStrings
	case table.Bytes:
		f.take = takeBytes
	case table.Time:
		f.take = f.takeTimes
	default:
		f.take = f.takeFixed
	}
	return f
}

func isValue(t reflect.Type) bool {
	_, ok := table.KindOf(t)
	return ok
}

// nullableValue says whether a value of the field's type can itself say that
// there is none: nil bytes, the zero time.
func (f *field) nullableValue() bool { return f.Kind == table.Bytes || f.Kind == table.Time }

// column returns the column that the field becomes.
func (f *field) column() column {
	c := columnLike(f.Name, f.Kind, f.Unit)
	if f.Kind == table.Duration {
		c.unit = time.Nanosecond
	}
	c.setShape(f.List, f.List || f.Optional || f.nullableValue(), f.List && (f.Optional || f.nullableValue()))
	c.dict = f.Dict
	return c
}

// width is the bytes of a value in a batch.
func width(k kind) int {
	switch k {
	case table.Bool, table.Int8, table.Uint8:
		return 1
	case table.Int16, table.Uint16, kindFloat16:
		return 2
	case table.Int32, table.Uint32, table.Float32, kindDate:
		return 4
	case table.String, table.Bytes:
		return 0
	}
	return 8
}

func (f *field) takeFixed(b *batch, src strided, n int) {
	w := width(f.Kind)
	if int(f.size) == w {
		collect(b.extend(n, w), src, n, w)
		return
	}
	// An int or uint of a 32-bit machine.
	dst := cast[int64](b.extend(n, w))
	for i := range dst {
		if f.Kind == table.Int64 {
			dst[i] = int64(*place[int32](src, i))
		} else {
			dst[i] = int64(*place[uint32](src, i))
		}
	}
}

func takeStrings(b *batch, src strided, n int) {
	for i := range n {
		b.text = append(b.text, *place[string](src, i))
	}
	b.n += n
}

func takeBytes(b *batch, src strided, n int) {
	for i := range n {
		b.text = append(b.text, textOf(*place[[]byte](src, i)))
	}
	b.n += n
}

func (f *field) takeTimes(b *batch, src strided, n int) {
	dst := cast[int64](b.extend(n, 8))
	for i := range dst {
		dst[i], _ = inUnit(*place[time.Time](src, i), f.Unit)
	}
}

// inUnit returns the instant as a number of units since 1970, and whether it is
// one exactly.
func inUnit(t time.Time, unit time.Duration) (x int64, ok bool) {
	perSecond := int64(time.Second / unit)
	seconds, nanos := t.Unix(), int64(t.Nanosecond())
	part := nanos / int64(unit)
	if part*int64(unit) != nanos {
		return 0, false
	}
	if seconds > math.MaxInt64/perSecond || seconds < math.MinInt64/perSecond {
		// The first second of the range is one that multiplying does not reach.
		if seconds != math.MinInt64/perSecond-1 {
			return 0, false
		}
		low := (seconds + 1) * perSecond
		x = low - (perSecond - part)
		return x, x < low
	}
	x = seconds*perSecond + part
	return x, x >= seconds*perSecond
}

// gather adds n rows to b, src being the field in the first of them.
func (f *field) gather(b *batch, src strided, n int) {
	switch {
	case f.List:
		f.gatherLists(b, src, n)
	case f.Optional:
		for i := range n {
			p := pointer(src, i)
			b.addRow(p != nil)
			if p != nil {
				f.take(b, strided{p, f.size}, 1)
			}
		}
	case f.nullableValue():
		f.gatherRuns(src, n, b.addRow, func(from, n int) { f.take(b, src.from(from), n) })
	default:
		b.addRows(n)
		f.take(b, src, n)
	}
}

// gatherRuns calls row for each value, and run for those in a row that are there.
func (f *field) gatherRuns(src strided, n int, row func(there bool), run func(from, n int)) {
	first := 0
	for i := range n {
		there := f.there(src, i)
		row(there)
		if there {
			continue
		}
		if first < i {
			run(first, i-first)
		}
		first = i + 1
	}
	if first < n {
		run(first, n-first)
	}
}

// there says whether a value that could say that there is none is one.
func (f *field) there(src strided, i int) bool {
	if f.Kind == table.Bytes {
		return *place[[]byte](src, i) != nil
	}
	return !place[time.Time](src, i).IsZero()
}

func (f *field) gatherLists(b *batch, src strided, n int) {
	if len(b.offsets) == 0 {
		b.offsets = append(b.offsets, 0)
	}
	for i := range n {
		h := *place[header](src, i)
		b.addRow(h.data != nil)
		b.offsets = append(b.offsets, b.elements())
		items := f.elements(h)
		switch {
		case h.len == 0:
		case f.Optional:
			for k := range h.len {
				p := pointer(items, k)
				b.addElement(p != nil)
				if p != nil {
					f.take(b, strided{p, f.size}, 1)
				}
			}
		case f.nullableValue():
			f.gatherRuns(items, h.len, b.addElement, func(from, n int) { f.take(b, items.from(from), n) })
		default:
			if len(b.elems) > 0 { // never: nothing else marks elements
				panic("parquet: marked elements that are always there")
			}
			b.offsets[len(b.offsets)-1] += h.len
			f.take(b, items, h.len)
		}
	}
}

// check refuses values that the column cannot hold, n rows of them from row on.
func (f *field) check(src strided, n int, row int64) error {
	if f.Kind != table.String && f.Kind != table.Time && f.Kind != table.Duration {
		return nil
	}
	for i := range n {
		items, count := src.from(i), 1
		if f.List || f.Optional {
			h := f.reference(src, i)
			if h.data == nil {
				continue
			}
			items, count = f.elements(h), h.len
		}
		for k := range count {
			value := f.value(items, k)
			if value.base == nil {
				continue
			}
			if reason := f.refuses(value); reason != "" {
				return fmt.Errorf("%w: row %d, field %s: %s", ErrValue, row+int64(i), f.Field, reason)
			}
		}
	}
	return nil
}

// refuses says why a value does not fit.
func (f *field) refuses(value strided) string {
	if f.Kind == table.String {
		if !utf8.ValidString(*place[string](value, 0)) {
			return "the string is not UTF-8; a []byte holds any bytes"
		}
		return ""
	}
	if f.Kind == table.Duration {
		if *place[time.Duration](value, 0) == math.MinInt64 {
			return fmt.Sprintf("%v is -1<<63 ns, which is NaT (not a time) to numpy and pandas", time.Duration(math.MinInt64))
		}
		return ""
	}
	t := *place[time.Time](value, 0)
	if t.IsZero() {
		if f.Optional {
			return "the zero time behind a pointer would come back as a nil pointer"
		}
		return ""
	}
	x, ok := inUnit(t, f.Unit)
	if ok && x == math.MinInt64 {
		return fmt.Sprintf("%v is -1<<63 %s, which is NaT (not a time) to numpy and pandas", t, unitName(f.Unit))
	}
	if !ok {
		if f.Unit == time.Nanosecond {
			return fmt.Sprintf("%v is out of the range of nanoseconds, 1678 to 2262; tag the field with parquet:\",us\"", t)
		}
		return fmt.Sprintf("%v is not a whole number of %s, or out of range; give the field another unit in its tag", t, unitName(f.Unit))
	}
	return ""
}

// reference returns what a slice or pointer refers to.
func (f *field) reference(src strided, i int) header {
	if f.List {
		return *place[header](src, i)
	}
	return header{data: pointer(src, i), len: 1}
}

// elements returns the elements of a list, or the value that a pointer refers to.
func (f *field) elements(h header) strided {
	if f.List && f.Optional {
		return strided{h.data, pointerBytes}
	}
	return strided{h.data, f.size}
}

// value returns element k, nil where it is missing.
func (f *field) value(items strided, k int) strided {
	if f.List && f.Optional {
		return strided{pointer(items, k), f.size}
	}
	return items.from(k)
}

// fitting returns how many of n rows make about a page: one at least.
func (f *field) fitting(src strided, n int) int {
	if !f.List && f.Kind != table.String && f.Kind != table.Bytes {
		return n
	}
	size := 0
	for i := range n {
		items := src.from(i)
		count := 1
		if f.List || f.Optional {
			h := f.reference(src, i)
			items, count = f.elements(h), h.len
			if h.data == nil {
				continue
			}
		}
		if size += count * 8; f.Kind == table.String || f.Kind == table.Bytes {
			for k := range count {
				if value := f.value(items, k); value.base != nil {
					size += place[text](value, 0).len
				}
			}
		}
		if size >= pageBytes {
			return i + 1
		}
	}
	return n
}
