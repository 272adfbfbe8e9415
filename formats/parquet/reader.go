package parquet

import (
	"fmt"
	"io"
	"iter"
	"reflect"
	"slices"
	"strings"

	"github.com/dataelab/dataelab-go/internal/regular"
)

// A Reader reads some columns and some rows of a Parquet file, which may be larger
// than memory. All methods may be called from several goroutines at once, if
// those of the [io.ReaderAt] may, as those of files may.
type Reader struct {
	in     *input
	place  string // "parquet" and the path, for errors
	closer io.Closer
}

// NewReader reads the metadata of the Parquet file of size bytes in src.
func NewReader(src io.ReaderAt, size int64) (*Reader, error) { return newReader(src, size, "parquet") }

// Open opens the Parquet file at path for a Reader, which the caller has to close.
func Open(path string) (*Reader, error) {
	f, info, err := regular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("parquet: %w", err)
	}
	r, err := newReader(f, info.Size(), "parquet: "+path)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	r.closer = f
	return r, nil
}

func newReader(src io.ReaderAt, size int64, place string) (*Reader, error) {
	in, err := newInput(src, size)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", place, err)
	}
	return &Reader{in: in, place: place}, nil
}

func (r *Reader) wrap(err error) error { return fmt.Errorf("%s: %w", r.place, err) }

// Close closes the file that Open opened. What has been read stays good.
func (r *Reader) Close() error {
	if r.closer == nil {
		return nil
	}
	return r.closer.Close()
}

// NumRows is the number of rows that the file claims to have. Reading finds out
// whether it does.
func (r *Reader) NumRows() int64 { return r.in.rows }

// NumRowGroups is the number of row groups.
func (r *Reader) NumRowGroups() int { return len(r.in.groups) }

// GroupRows is the number of rows that a row group claims to have.
func (r *Reader) GroupRows(group int) int64 { return r.in.groups[group].rows }

// A ColumnInfo describes a column of a file.
type ColumnInfo struct {
	Name          string
	Type          string // such as "float64", "timestamp[us]" or "list of string"
	Nullable      bool   // values may be missing
	NullableItems bool   // elements of lists may be missing
	Err           error  // why the column cannot be read; nil if it can
}

// Columns describes the columns in the order of the file.
func (r *Reader) Columns() []ColumnInfo {
	infos := make([]ColumnInfo, len(r.in.columns))
	for i := range infos {
		c := &r.in.columns[i]
		infos[i] = ColumnInfo{Name: c.name, Type: c.String(), Nullable: c.nullable, NullableItems: c.nullableItem, Err: c.reason}
	}
	return infos
}

// A ReadOption chooses what is read.
type ReadOption func(*selection)

type selection struct {
	some  bool     // not all columns of the file
	names []string // which; nil leaves it to the struct
	where []condition
}

type condition struct {
	column, op string
	value      any
}

// Select reads only the columns with these names, the others not even from the
// disk. A struct to read into must have exactly these. Without names, they are those that the
// struct has.
func Select(names ...string) ReadOption {
	return func(s *selection) { s.some, s.names = true, append(s.names, names...) }
}

// Where keeps only the rows whose value of the column compares with value as op
// says: ==, !=, <, <=, > or >=. Several must all be met. Row groups in which the
// file's statistics rule it out are not read at all; in the others each row is
// looked at. The column need not be one of those that are read.
//
// A row without a value is never kept. NaN is kept by != only. Value is a number
// for a column of numbers, and a string, bool, time.Time or time.Duration for one of those.
func Where(column, op string, value any) ReadOption {
	return func(s *selection) { s.where = append(s.where, condition{column, op, value}) }
}

// Read reads the rows into dst, a pointer to a slice of structs, to [Columns] or to
// a map[string][]T.
func (r *Reader) Read(dst any, opts ...ReadOption) error {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return r.wrap(fmt.Errorf("want a non-nil pointer to read into, have %T", dst))
	}
	if err := r.in.read(v.Elem(), r.in.all(), opts); err != nil {
		return r.wrap(err)
	}
	return nil
}

// ReadGroup reads the rows of one row group; see [Reader.Read].
func (r *Reader) ReadGroup(group int, dst any, opts ...ReadOption) error {
	v := reflect.ValueOf(dst)
	switch {
	case v.Kind() != reflect.Pointer || v.IsNil():
		return r.wrap(fmt.Errorf("want a non-nil pointer to read into, have %T", dst))
	case group < 0 || group >= len(r.in.groups):
		return r.wrap(fmt.Errorf("no row group %d; there are %d", group, len(r.in.groups)))
	}
	if err := r.in.read(v.Elem(), []int{group}, opts); err != nil {
		return r.wrap(err)
	}
	return nil
}

// Groups iterates over the rows of a file, one row group at a time, so that only
// one is in memory. S is a slice of structs, Columns or a map[string][]T. After
// an error it ends. Row groups of which no row is kept are passed over.
//
//	for rows, err := range parquet.Groups[[]Frame](r, parquet.Where("strehl", ">", 0.5)) {
func Groups[S any](r *Reader, opts ...ReadOption) iter.Seq2[S, error] {
	return func(yield func(S, error) bool) {
		for g := range r.in.groups {
			var part S
			v := reflect.ValueOf(&part).Elem()
			n, err := r.in.readInto(v, []int{g}, opts)
			if err != nil {
				var none S
				yield(none, r.wrap(fmt.Errorf("row group %d: %w", g, err)))
				return
			}
			if n > 0 && !yield(part, nil) {
				return
			}
		}
	}
}

func (in *source) read(dst reflect.Value, groups []int, opts []ReadOption) error {
	_, err := in.readInto(dst, groups, opts)
	return err
}

// readInto sets dst to the rows of some groups and returns how many there are.
func (in *source) readInto(dst reflect.Value, groups []int, opts []ReadOption) (rows int, err error) {
	defer contain(&err)
	var sel selection
	for _, o := range opts {
		o(&sel)
	}
	r, err := in.readerFor(dst.Type(), sel)
	if err != nil {
		return 0, err
	}
	f, err := r.read(groups)
	if err != nil {
		return 0, err
	}
	if isColumns(dst.Type()) {
		setColumns(dst, f)
	} else {
		dst.Set(f.slices[0].Convert(dst.Type()))
	}
	return f.rows, nil
}

// readerFor returns the reader of values of type t.
func (in *source) readerFor(t reflect.Type, sel selection) (*frameReader, error) {
	if err := Accepts(t); err != nil {
		return nil, err
	}
	var s *shape
	var err error
	switch {
	case isColumns(t):
		s, err = columnsShape(in, t, sel.names)
	case t.Kind() == reflect.Slice:
		s, err = structShape(t.Elem())
	default:
		err = fmt.Errorf("a Reader reads into slices of structs and maps of columns, not into %v", t)
	}
	if err != nil {
		return nil, err
	}
	if t.Kind() == reflect.Slice && sel.names != nil {
		for _, f := range s.fields {
			if !slices.ContainsFunc(sel.names, func(name string) bool { return strings.EqualFold(name, f.Name) }) {
				return nil, &MismatchError{f.Name, -1, fmt.Sprintf("%v has it, and it is not selected", s.what)}
			}
		}
		for _, name := range sel.names {
			if !slices.ContainsFunc(s.fields, func(f field) bool { return strings.EqualFold(name, f.Name) }) {
				return nil, &MismatchError{name, -1, fmt.Sprintf("it is selected, and %v has no field for it", s.what)}
			}
		}
	}
	r, err := newFrameReader(in, s, !sel.some)
	if err != nil {
		return nil, err
	}
	for _, c := range sel.where {
		f, err := newFilter(in, c.column, c.op, c.value)
		if err != nil {
			return nil, err
		}
		r.filters = append(r.filters, f)
	}
	return r, nil
}
