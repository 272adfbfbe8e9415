package parquet

import (
	"reflect"

	"github.com/apache/arrow/go/v16/parquet/metadata"
)

// extremes returns the least and the greatest value of a column chunk as a batch
// of two, or nil where the file does not say.
func (in *input) extremes(group int, c *column) *batch {
	var b *batch
	err := contained(func() error {
		stats, err := statisticsOf(in.chunks[group][c.leaf])
		if err != nil || stats == nil || !stats.HasMinMax() {
			return err
		}
		least, most := stats.EncodeMin(), stats.EncodeMax()
		two := &batch{}
		two.addRows(2)
		if c.physical == physicalBytes {
			if len(most) == 0 {
				return nil // pyarrow leaves a long one out, which arrow shows as an empty one
			}
			two.text, two.n = []string{string(least), string(most)}, 2
			b = two
			return nil
		}
		if len(least) != c.width || len(most) != c.width {
			return nil
		}
		if c.physical == physicalBool {
			copy(two.extend(2, 1), []byte{least[0], most[0]})
		} else if err := newPlain(c.layout, append(append([]byte{}, least...), most...)).read(two, 2); err != nil {
			return err
		}
		b = two
		return nil
	})
	if err != nil {
		return nil // damaged statistics are none
	}
	return b
}

func statisticsOf(ch inputChunk) (metadata.TypedStatistics, error) {
	if set, err := ch.meta.StatsSet(); err != nil || !set {
		return nil, err
	}
	return ch.meta.Statistics()
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
		err = &FormatError{-1, c.name, c.reason}
	}
	if err == nil && (group < 0 || group >= len(r.in.groups)) {
		err = damage("no row group %d; there are %d", group, len(r.in.groups))
	}
	if err != nil {
		return s, r.wrap(err)
	}
	ch := r.in.chunks[group][c.leaf]
	err = contained(func() error {
		stats, err := statisticsOf(ch)
		if err == nil && stats != nil && stats.HasNullCount() {
			s.Nulls = stats.NullCount()
		}
		return err
	})
	if err != nil {
		return s, r.wrap(err)
	}
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
