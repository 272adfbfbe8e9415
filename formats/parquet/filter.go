package parquet

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/dataelab/dataelab-go/formats/table"
)

// A filter keeps the rows whose value of one column compares with a given one.
type filter struct {
	column  *column
	op      string
	convert conversion
	isFloat bool

	// compare says how value i of a converted batch compares with the given one,
	// and false for NaN, which compares with nothing.
	compare func(b *batch, i int) (int, bool)
}

// operators tell which results of a comparison a filter keeps: less, equal, greater.
var operators = map[string][3]bool{
	"==": {false, true, false}, "!=": {true, false, true},
	"<": {true, false, false}, "<=": {true, true, false},
	">": {false, false, true}, ">=": {false, true, true},
}

func newFilter(in *source, name, op string, value any) (*filter, error) {
	c, err := in.column(name)
	if err != nil {
		return nil, err
	}
	mismatch := func(format string, args ...any) error {
		return &MismatchError{c.name, -1, fmt.Sprintf(format, args...)}
	}
	if _, ok := operators[op]; !ok {
		return nil, mismatch("no operator is called %q; there are ==, !=, <, <=, > and >=", op)
	}
	if c.reason != nil {
		return nil, c.unreadable(true)
	}
	f := &filter{column: c, op: op}
	v := reflect.ValueOf(value)
	if c.list || !v.IsValid() || !f.setCompare(v) {
		return nil, mismatch("%v does not compare with a %T (%v)", c, value, value)
	}
	if c.kind == table.Bool && op != "==" && op != "!=" {
		return nil, mismatch("bools are not ordered; use == or !=")
	}
	return f, nil
}

// setCompare sets how values compare with v, and reports whether they do.
func (f *filter) setCompare(v reflect.Value) bool {
	c := f.column
	as := func(k kind, size int) bool {
		f.convert = c.conversionTo(k, size)
		return f.convert != nil
	}
	if t, ok := v.Interface().(time.Time); ok {
		at := c.timeOf()
		f.compare = func(b *batch, i int) (int, bool) { return at(b.fixed, i).Compare(t), true }
		return as(table.Time, 8)
	}
	if d, ok := v.Interface().(time.Duration); ok {
		f.compare = comparing(int64(d))
		return as(table.Duration, 8)
	}
	switch v.Kind() {
	case reflect.Bool:
		var want uint8
		if v.Bool() {
			want = 1
		}
		f.compare = comparing(want)
		return as(table.Bool, 1)
	case reflect.String:
		want := v.String()
		f.compare = func(b *batch, i int) (int, bool) { return strings.Compare(b.text[i], want), true }
		return (c.kind == table.String || c.kind == table.Bytes) && as(table.String, 0)
	}
	return f.setNumber(v, as)
}

// setNumber sets how numbers compare with v. Integers compare exactly with
// integers of any size and sign.
func (f *filter) setNumber(v reflect.Value, as func(k kind, size int) bool) bool {
	_, _, isFloat, ok := numeric(f.column.kind)
	if f.column.kind == kindDecimal { // of few digits, or it does not become a float
		isFloat, ok = true, true
	}
	f.isFloat = isFloat
	less := func(*batch, int) (int, bool) { return -1, true } // all are
	greater := func(*batch, int) (int, bool) { return 1, true }
	switch {
	case !ok:
		return false
	case isFloat:
		want, exact := exactFloat(v)
		f.compare = func(b *batch, i int) (int, bool) {
			x := cast[float64](b.fixed)[i]
			return cmp.Compare(x, want), !math.IsNaN(x) && !math.IsNaN(want)
		}
		return exact && as(table.Float64, 8)
	case f.column.kind == table.Uint64:
		switch {
		case v.CanUint():
			f.compare = comparing(v.Uint())
		case v.CanInt() && v.Int() >= 0:
			f.compare = comparing(uint64(v.Int()))
		default:
			f.compare = greater
		}
		return (v.CanUint() || v.CanInt()) && as(table.Uint64, 8)
	case v.CanInt():
		f.compare = comparing(v.Int())
	case v.CanUint() && v.Uint() <= math.MaxInt64:
		f.compare = comparing(int64(v.Uint()))
	default:
		f.compare = less
	}
	return (v.CanUint() || v.CanInt()) && as(table.Int64, 8)
}

func comparing[T int64 | uint64 | uint8](want T) func(b *batch, i int) (int, bool) {
	return func(b *batch, i int) (int, bool) { return cmp.Compare(cast[T](b.fixed)[i], want), true }
}

// exactFloat returns a number as a float64, and whether it is the same.
func exactFloat(v reflect.Value) (x float64, ok bool) {
	switch {
	case v.CanFloat():
		return v.Float(), true
	case v.CanInt():
		x = float64(v.Int())
		return x, x < 1<<63 && int64(x) == v.Int()
	case v.CanUint():
		x = float64(v.Uint())
		return x, x < 1<<64 && uint64(x) == v.Uint()
	}
	return 0, false
}

// marks clears the marks of the rows of b that the filter does not keep. A row
// without a value is not kept, whatever the operator.
func (f *filter) marks(b *batch, keep []bool) error {
	if err := f.convert(b); err != nil {
		return &MismatchError{f.column.name, -1, err.Error()}
	}
	kept := operators[f.op]
	value := 0
	for i := range keep {
		if !has(b.valid, i) {
			keep[i] = false
			continue
		}
		if keep[i] {
			order, ok := f.compare(b, value)
			if !ok {
				keep[i] = f.op == "!="
			} else {
				keep[i] = kept[order+1]
			}
		}
		value++
	}
	return nil
}

// rulesOut reports whether the statistics of a row group say that the filter
// keeps none of its rows.
func (f *filter) rulesOut(in *source, group int) bool {
	stats := in.extremes(group, f.column)
	if stats == nil || f.convert(stats) != nil {
		return false
	}
	least, ok1 := f.compare(stats, 0)
	most, ok2 := f.compare(stats, 1)
	if !ok1 || !ok2 || least > most {
		return false
	}
	switch f.op {
	case "==":
		return least > 0 || most < 0
	case "<":
		return least >= 0
	case "<=":
		return least > 0
	case ">":
		return most <= 0
	case ">=":
		return most < 0
	}
	return least == 0 && most == 0 && !f.isFloat && f.column.physical != physicalBytes // NaN, and shortened texts
}

// pruned leaves out the row groups that no filter lets through.
func (r *frameReader) pruned(groups []int) []int {
	if len(r.filters) == 0 {
		return groups
	}
	var left []int
	for _, g := range groups {
		out := false
		for _, f := range r.filters {
			out = out || f.rulesOut(r.in, g)
		}
		if !out {
			left = append(left, g)
		}
	}
	return left
}

// filtered reads row groups block by block, and keeps the rows that all filters do.
func (r *frameReader) filtered(groups []int) (frame, error) {
	result, scratch := r.make(0), r.make(blockEntries)
	keep := make([]bool, blockEntries)
	for _, g := range groups {
		group := r.in.groups[g]
		tests := make([]cursor, len(r.filters))
		for i, f := range r.filters {
			tests[i] = r.in.start(g, f.column, r.room)
		}
		chunks := make([]cursor, len(r.from))
		for i, c := range r.from {
			chunks[i] = r.in.start(g, c, r.room)
		}
		for first := int64(0); first < group.rows; first += blockEntries {
			rows := int(min(blockEntries, group.rows-first))
			for i := range keep {
				keep[i] = true
			}
			if err := r.test(tests, keep[:rows]); err != nil {
				return frame{}, err
			}
			block := scratch.part(0, rows)
			block.zero()
			if err := r.block(chunks, block, group.first+first); err != nil {
				return frame{}, err
			}
			for i := 0; i < rows; i++ {
				from := i
				for i < rows && keep[i] {
					i++
				}
				if i > from {
					result = result.appended(block, from, i)
				}
			}
		}
		for _, c := range slices.Concat(chunks, tests) {
			if err := contained(c.end); err != nil {
				return frame{}, err
			}
		}
	}
	return result, nil
}

func (r *frameReader) test(chunks []cursor, keep []bool) error {
	return parallel(1, func(_ int, b *batch) error {
		for i, c := range chunks {
			b.reset()
			if err := c.next(b, len(keep)); err != nil {
				return err
			}
			if err := r.filters[i].marks(b, keep); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *frameReader) block(chunks []cursor, block frame, row int64) error {
	return parallel(len(chunks), func(i int, b *batch) error {
		if err := chunks[i].next(b, block.rows); err != nil {
			return err
		}
		return r.scatter(i, b, block.place(i, 0), row)
	})
}
