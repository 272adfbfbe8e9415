package parquet

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"sort"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"

	"github.com/dataelab/dataelab-go/formats/table"
)

var (
	arrowTable  = reflect.TypeFor[arrow.Table]()
	arrowRecord = reflect.TypeFor[arrow.Record]()

	// The type of what package array makes.
	recordValue = reflect.TypeOf(array.NewRecord(arrow.NewSchema(nil, nil), nil, 0))
)

// asTable returns v as a table if it is a table or a record.
func asTable(v reflect.Value) (t arrow.Table, ok bool, err error) {
	typ := v.Type()
	if !typ.Implements(arrowTable) && !typ.Implements(arrowRecord) {
		return nil, false, nil
	}
	if (v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer) && v.IsNil() {
		return nil, true, errNil
	}
	switch x := v.Interface().(type) {
	case arrow.Table:
		return x, true, nil
	case arrow.Record:
		return array.NewTableFromRecords(x.Schema(), []arrow.Record{x}), true, nil
	}
	return nil, false, nil
}

// tableColumns returns the columns of a table, or why one has no place in a file.
func tableColumns(s *arrow.Schema) ([]column, error) {
	if s.NumFields() == 0 {
		return nil, fmt.Errorf("%w: a table without columns", ErrValue)
	}
	columns := make([]column, s.NumFields())
	seen := map[string]bool{}
	for i, f := range s.Fields() {
		columns[i] = columnOfArrow(f)
		if err := columns[i].parquetReason(); err != nil {
			return nil, fmt.Errorf("%w: column %q: %w", ErrValue, f.Name, err)
		}
		if seen[f.Name] {
			return nil, fmt.Errorf("%w: two columns have the name %q", ErrValue, f.Name)
		}
		seen[f.Name] = true
	}
	return columns, nil
}

// encodeTable writes an Arrow table.
func encodeTable(w io.Writer, t arrow.Table, opts Options) error {
	columns, err := tableColumns(t.Schema())
	if err != nil {
		return err
	}
	data := make([]tableColumn, len(columns))
	for i := range columns {
		data[i] = newTableColumn(&columns[i], t.Column(i).Data().Chunks())
		if !columns[i].nullable && t.Column(i).NullN() > 0 {
			return fmt.Errorf("%w: column %q has missing values, and its field is not nullable", ErrValue, columns[i].name)
		}
	}
	if err := checkTexts(data); err != nil {
		return err
	}
	keys, err := schemaMetadata(t.Schema())
	if err != nil {
		return err
	}
	out, err := newOutput(w, columns, opts, keys)
	if err != nil {
		return err
	}
	err = out.add(int(t.NumRows()), func(i int, b *batch, first, n int) (int, error) {
		return data[i].gather(b, first, n)
	})
	if err != nil {
		return err
	}
	return out.close()
}

// A tableColumn finds rows in the arrays of a column.
type tableColumn struct {
	column *column
	arrays []arrow.Array
	ends   []int // row after each array
}

func newTableColumn(c *column, arrays []arrow.Array) tableColumn {
	t := tableColumn{column: c, arrays: arrays}
	end := 0
	for _, arr := range arrays {
		end += arr.Len()
		t.ends = append(t.ends, end)
	}
	return t
}

// gather adds rows of one array to b, n at most, and says how many.
func (t *tableColumn) gather(b *batch, first, n int) (int, error) {
	k := sort.SearchInts(t.ends, first+1)
	if k == len(t.ends) {
		return 0, damage("the table has fewer values than rows")
	}
	start := t.ends[k] - t.arrays[k].Len()
	if t.column.list || t.column.physical == physicalBytes {
		n = min(n, 1024) // a row may be long
	}
	n = min(n, t.ends[k]-first)
	return n, addArray(b, t.column, t.arrays[k], first-start, n)
}

// missesElements says whether lists may miss elements that their type says are there.
func (t *tableColumn) missesElements() bool {
	return t.column.list && !t.column.nullableItem && slices.ContainsFunc(t.arrays, func(arr arrow.Array) bool {
		l, ok := arr.(array.ListLike)
		return ok && l.ListValues().NullN() > 0
	})
}

// checkTexts refuses what is not UTF-8 or missing where it must not, before anything is written.
func checkTexts(columns []tableColumn) error {
	return parallel(len(columns), func(i int, b *batch) error {
		t := columns[i]
		if !t.column.dict && t.column.kind != table.String && !t.missesElements() || len(t.ends) == 0 {
			return nil
		}
		for first := 0; first < t.ends[len(t.ends)-1]; {
			b.reset()
			n, err := t.gather(b, first, blockRows)
			if err != nil {
				return err
			}
			if !t.column.nullable && missing(b.valid) >= 0 || !t.column.nullableItem && missing(b.elems) >= 0 {
				return fmt.Errorf("%w: column %q has missing values in rows %d to %d, and its field is not nullable", ErrValue, t.column.name, first, first+n-1)
			}
			if t.column.kind == table.String && !validTexts(b.text) {
				return fmt.Errorf("%w: column %q, rows %d to %d: text that is not UTF-8", ErrValue, t.column.name, first, first+n-1)
			}
			first += n
		}
		return nil
	})
}

// decodeTable reads all columns as a table: each row group is a chunk. Where whole is
// set, all are one.
func (in *source) decodeTable(stored *arrow.Schema, whole bool) (arrow.Table, error) {
	schema, err := in.arrowSchema(stored)
	if err != nil {
		return nil, err
	}
	all := make([]*column, len(in.columns))
	for i := range all {
		all[i] = &in.columns[i]
	}
	if err := in.prove(in.all(), all, int64(8*len(all))); err != nil {
		return nil, err
	}
	if _, err := length(in.rows, int64(8*len(all))); err != nil {
		return nil, err
	}
	chunks := make([][]arrow.Array, len(all))
	space := newRoom(in.size)
	err = parallel(len(all), func(i int, b *batch) error {
		c, dict := all[i], &textIndex{}
		flush := func() error {
			if err := toNative(c, b); err != nil {
				return &MismatchError{c.name, -1, err.Error()}
			}
			if schema.Field(i).Type.ID() != arrow.DICTIONARY {
				if err := space.copies(c, b); err != nil {
					return err
				}
			}
			arr, err := toArray(schema.Field(i).Type, c, b, dict)
			if err != nil {
				return fmt.Errorf("column %q: %w", c.name, err)
			}
			chunks[i] = append(chunks[i], arr)
			*b = batch{} // its memory is the array's
			return nil
		}
		for g, group := range in.groups {
			from := in.start(g, c, space)
			for left := group.rows; left > 0; {
				n := min(left, blockEntries)
				if err := from.next(b, int(n)); err != nil {
					return err
				}
				left -= n
			}
			if err := from.end(); err != nil {
				return err
			}
			if !whole {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		if whole || len(chunks[i]) == 0 {
			return flush()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	columns := make([]arrow.Column, len(chunks))
	for i, arrays := range chunks {
		columns[i] = *arrow.NewColumn(schema.Field(i), arrow.NewChunked(schema.Field(i).Type, arrays))
	}
	return array.NewTable(schema, columns, in.rows), nil
}

// toNative makes values what they are in Arrow's arrays: numbers of the widths of their
// kinds, instants in the unit of the array.
func toNative(c *column, b *batch) error {
	switch c.kind {
	case kindInt96:
		return c.int96ToNanoseconds(b)
	case kindDecimal:
		return c.decimalsToArrow(b)
	}
	if _, _, float, ok := numeric(c.kind); !ok || float || c.native {
		return nil
	}
	return c.conversionTo(c.kind, width(c.kind))(b)
}

// arrowSchema returns the schema of the columns, with what the stored one adds to them.
func (in *source) arrowSchema(stored *arrow.Schema) (*arrow.Schema, error) {
	fields := make([]arrow.Field, len(in.columns))
	for i := range in.columns {
		c := &in.columns[i]
		if c.reason != nil {
			return nil, c.unreadable(false)
		}
		fields[i] = arrow.Field{Name: c.name, Type: arrowType(c), Nullable: c.nullable}
		f, ok := storedField(stored, i, c)
		if !ok {
			continue
		}
		fields[i].Type, fields[i].Metadata = storedType(f.Type, c), f.Metadata
	}
	if stored == nil {
		return arrow.NewSchema(fields, nil), nil
	}
	meta := stored.Metadata()
	return arrow.NewSchema(fields, &meta), nil
}

// setTable makes dst, a table or a record, what t is.
func setTable(dst reflect.Value, t arrow.Table) error {
	var v any = t
	if dst.Type() == arrowRecord || dst.Type() == recordValue {
		columns := make([]arrow.Array, t.NumCols())
		for i := range columns {
			chunks := t.Column(i).Data().Chunks()
			if len(chunks) != 1 {
				return errors.New("a record of more than one chunk")
			}
			columns[i] = chunks[0]
		}
		v = array.NewRecord(t.Schema(), columns, t.NumRows())
	}
	dst.Set(reflect.ValueOf(v))
	return nil
}
