package parquet

import (
	"reflect"
	"slices"

	"github.com/dataelab/dataelab-go/formats/table"
)

// extremes returns the least and the greatest value of a column chunk as a batch
// of two, or nil where the file does not say.
func (in *input) extremes(group int, c *column) *batch {
	stats := in.chunks[group][c.leaf].stats
	least, most := stats.min, stats.max
	if least == nil || most == nil || c.kind == kindInt96 || c.kind == kindDecimal { // these have another order than their bytes
		return nil
	}
	if !in.meta.isOrdered(c.leaf) {
		return nil
	}
	two := &batch{}
	two.addRows(2)
	if c.physical == physicalBytes {
		two.text, two.n = []string{string(least), string(most)}, 2
		return two
	}
	if len(least) != c.width || len(most) != c.width {
		return nil
	}
	if c.physical == physicalBool {
		copy(two.extend(2, 1), []byte{least[0], most[0]})
	} else if err := newPlain(c.layout, append(append([]byte{}, least...), most...)).read(two, 2); err != nil {
		return nil // damaged statistics are none
	}
	if hasNaN(c.kind, two.fixed) {
		return nil
	}
	return two
}

// hasNaN reports whether some of these values are no numbers.
func hasNaN(k kind, fixed []byte) bool {
	switch k {
	case table.Float32:
		return slices.ContainsFunc(cast[float32](fixed), func(x float32) bool { return x != x })
	case table.Float64:
		return slices.ContainsFunc(cast[float64](fixed), func(x float64) bool { return x != x })
	case kindFloat16:
		return slices.ContainsFunc(cast[uint16](fixed), func(x uint16) bool { return x&0x7fff > 0x7c00 })
	}
	return false
}

// Statistics is what a file says of one column within one row group.
type Statistics struct {
	// Min and Max are bounds of the values, in the Go type that Columns would have,
	// or nil where the file does not tell. NaN is not counted.
	Min, Max any

	// Nulls is how many rows have no value, or -1 where the file does not tell.
	Nulls int64
}

// Statistics returns what the file says of a column within a row group. Nothing
// has been checked: a file may lie.
func (r *Reader) Statistics(group int, name string) (Statistics, error) {
	s := Statistics{Nulls: -1}
	c, err := r.in.column(name)
	if err == nil && c.reason != nil {
		err = c.unreadable(true)
	}
	if err == nil && (group < 0 || group >= len(r.in.groups)) {
		err = damage("no row group %d; there are %d", group, len(r.in.groups))
	}
	if err != nil {
		return s, r.wrap(err)
	}
	s.Nulls = r.in.chunks[group][c.leaf].stats.nulls
	single := *c
	single.list, single.nullable = false, false
	b := r.in.extremes(group, &single)
	if b == nil {
		return s, nil
	}
	col, err := goColumn(&single)
	if err != nil {
		return s, r.wrap(err)
	}
	sc, err := scattererFor(&single, newField(col))
	if err != nil {
		return s, r.wrap(err)
	}
	values := reflect.MakeSlice(reflect.SliceOf(col.Type), 2, 2)
	if err := sc.scatter(b, rowsOf(values, 0), 0); err != nil {
		return s, r.wrap(err)
	}
	s.Min, s.Max = values.Index(0).Interface(), values.Index(1).Interface()
	return s, nil
}
