package parquet

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dataelab/dataelab-go/formats/table"
)

// Columns is a table whose columns are known only when the program runs: each value
// is a slice, all of one length. What comes back has the types that the file tells:
//
//	[]bool, []int8 … []uint64, []float32, []float64, []string, []time.Time, []time.Duration
//	[][]byte     bytes, nil where there is no value
//	[]*float64   and so on: a column whose values may be missing
//	[][]float64  and so on: lists
//	[][]*float64 and so on: lists whose elements may be missing, as most other programs declare all of theirs
//	[][][]float64 and so on: lists in lists, which are read and not written
//
// A list of uint8 is a []byte where no element may be missing. A decimal is a string with all of its
// digits. A member of a structure is a column "structure.member", and a member of a list of
// structures is a list; a map has the members key and value.
//
// Slices of int, uint and named types are refused, as they would come back as
// others; a map[string][]int, or a slice of structs, has them. A zero time.Time is
// a missing value.
type Columns map[string]any

var columnsType = reflect.TypeFor[Columns]()

// isColumns reports whether t is Columns or a map of slices by name.
func isColumns(t reflect.Type) bool {
	return t == columnsType || t.Kind() == reflect.Map && t.Key().Kind() == reflect.String && t.Elem().Kind() == reflect.Slice
}

// goTypes are the types of columns by kind, where no Go type is given.
var goTypes = map[kind]reflect.Type{
	table.Bool: reflect.TypeFor[bool](),
	table.Int8: reflect.TypeFor[int8](), table.Int16: reflect.TypeFor[int16](), table.Int32: reflect.TypeFor[int32](), table.Int64: reflect.TypeFor[int64](),
	table.Uint8: reflect.TypeFor[uint8](), table.Uint16: reflect.TypeFor[uint16](), table.Uint32: reflect.TypeFor[uint32](), table.Uint64: reflect.TypeFor[uint64](),
	table.Float32: reflect.TypeFor[float32](), table.Float64: reflect.TypeFor[float64](), kindFloat16: reflect.TypeFor[float32](),
	table.String: reflect.TypeFor[string](), table.Bytes: reflect.TypeFor[[]byte](), kindFixed: reflect.TypeFor[[]byte](),
	table.Time: reflect.TypeFor[time.Time](), kindDate: reflect.TypeFor[time.Time](), kindInt96: reflect.TypeFor[time.Time](),
	kindDecimal: reflect.TypeFor[string](), table.Duration: reflect.TypeFor[time.Duration](), kindClock: reflect.TypeFor[time.Duration](),
}

// goColumn returns the Go column that a column of a file becomes.
func goColumn(c *column) (table.Column, error) {
	if c.reason != nil {
		return table.Column{}, c.unreadable(true)
	}
	t := goTypes[c.kind]
	itself := t == goTypes[table.Bytes] || t == goTypes[table.Time] // has a value for "none"
	switch {
	case c.depth() > 1:
		if c.kind == table.Uint8 || c.nullableItem && !itself { // []uint8 would be a value
			t = reflect.PointerTo(t)
		}
		col, err := columnWith(c.name, reflect.SliceOf(t))
		for range c.depth() - 1 {
			col.Type = reflect.SliceOf(col.Type)
		}
		return col, err
	case c.list && c.nullableItem && !itself:
		t = reflect.SliceOf(reflect.PointerTo(t))
	case c.list:
		t = reflect.SliceOf(t)
	case c.nullable && !itself:
		t = reflect.PointerTo(t)
	}
	return columnWith(c.name, t)
}

// columnWith is table.ColumnOf, and knows slices of pointers besides: lists whose elements may be missing.
func columnWith(name string, t reflect.Type) (table.Column, error) {
	if t == nil || t.Kind() != reflect.Slice || t.Elem().Kind() != reflect.Pointer {
		return table.ColumnOf(name, t)
	}
	c, err := table.ColumnOf(name, t.Elem())
	if err != nil {
		return table.ColumnOf(name, t) // the error of the whole type
	}
	c.Type, c.List = t, true
	return c, nil
}

// columnsFrame returns a map of columns as a frame, in the order of names.
func columnsFrame(m reflect.Value) (frame, error) {
	f := frame{shape: &shape{what: m.Type()}}
	byName := map[string]reflect.Value{}
	for it := m.MapRange(); it.Next(); {
		byName[it.Key().String()] = it.Value()
	}
	names := slices.Sorted(maps.Keys(byName))
	if len(names) == 0 {
		return f, fmt.Errorf("%w: a map without columns is no table", ErrValue)
	}
	seen := map[string]string{}
	for _, name := range names {
		v := byName[name]
		if v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		lower := strings.ToLower(name)
		other, taken := seen[lower]
		seen[lower] = name
		switch {
		case !utf8.ValidString(name):
			return f, fmt.Errorf("%w: the column name %q is not UTF-8", ErrValue, name)
		case taken:
			return f, fmt.Errorf("%w: columns %q and %q differ only in case, which does not count", ErrValue, other, name)
		case !v.IsValid() || v.Kind() != reflect.Slice:
			return f, fmt.Errorf("%w: column %q is no slice", ErrValue, name)
		case v.IsNil():
			return f, fmt.Errorf("%w: column %q is a nil slice, which would come back empty", ErrValue, name)
		}
		c, err := columnWith(name, v.Type().Elem())
		if err != nil {
			return f, fmt.Errorf("%w: column %q: %w", ErrValue, name, err)
		}
		if m.Type() == columnsType {
			if err := comesBack(c, v.Type()); err != nil {
				return f, err
			}
		}
		if len(f.slices) > 0 && v.Len() != f.rows {
			return f, fmt.Errorf("%w: column %q has %d rows, and column %q has %d", ErrValue, names[0], f.rows, name, v.Len())
		}
		f.add(c)
		f.slices, f.rows = append(f.slices, v), v.Len()
	}
	return f, nil
}

// comesBack refuses a slice that the file would return as another type.
func comesBack(c table.Column, t reflect.Type) error {
	f := newField(c)
	file := f.column()
	back, err := goColumn(&file)
	if err == nil && reflect.SliceOf(back.Type) != t {
		err = fmt.Errorf("a %v would come back as %v", t, reflect.SliceOf(back.Type))
	}
	if err != nil {
		return fmt.Errorf("%w: column %q: %w", ErrValue, c.Name, err)
	}
	return nil
}

// columnsShape returns the shape of a map of columns of type t that is read from
// in: the columns with these names, or all of them.
func columnsShape(in *source, t reflect.Type, names []string) (*shape, error) {
	s := &shape{what: t}
	byName := names != nil
	if !byName {
		for i := range in.columns {
			names = append(names, in.columns[i].name)
		}
	}
	for _, name := range names {
		c, err := in.column(name)
		if err != nil {
			return nil, err
		}
		if c.reason != nil {
			return nil, c.unreadable(byName)
		}
		var col table.Column
		if t == columnsType {
			col, err = goColumn(c)
		} else {
			col, err = columnWith(c.name, t.Elem().Elem())
		}
		if err != nil {
			return nil, err
		}
		s.add(col)
	}
	return s, nil
}

// setColumns makes dst the map of a frame's columns.
func setColumns(dst reflect.Value, f frame) {
	m := reflect.MakeMapWithSize(dst.Type(), len(f.slices))
	for i, s := range f.slices {
		if elem := dst.Type().Elem(); elem.Kind() == reflect.Slice {
			s = s.Convert(elem)
		}
		m.SetMapIndex(reflect.ValueOf(f.fields[i].Name).Convert(dst.Type().Key()), s)
	}
	dst.Set(m)
}
