package parquet

import (
	"fmt"
	"io"
	"math"
	"os"
	"reflect"

	"github.com/dataelab/dataelab-go/internal/wholefile"
)

// Save writes v to a Parquet file at path, whole or not at all: to a work file in
// the same folder, flushed to the disk, which then takes the name path and with it
// the place of an older file. A value that does not fit (see [Encode]) leaves
// everything as it was. It takes at most one Options.
//
// The file's mode is 0666 before umask, and if path is a symbolic link, the
// file takes the place of the link.
func Save(path string, v any, opts ...Options) error {
	err := wholefile.Write(path, func(w io.Writer) error { return encode(w, v, opts) })
	if err != nil {
		return fmt.Errorf("parquet: save %s: %w", path, err)
	}
	return nil
}

// Load reads the Parquet file at path as a T, one of the types that [Accepts]
// takes. Its errors are those of [Decode] with the path before them.
func Load[T any](path string) (T, error) {
	var v, zero T
	f, err := os.Open(path)
	if err != nil {
		return zero, fmt.Errorf("parquet: %w", err)
	}
	defer f.Close() // only read: nothing is lost if closing fails
	info, err := f.Stat()
	if err != nil {
		return zero, fmt.Errorf("parquet: %w", err)
	}
	if err := decode(f, info.Size(), &v); err != nil {
		return zero, fmt.Errorf("parquet: load %s: %w", path, err)
	}
	return v, nil
}

// Encode writes v as one Parquet file. A value that a file cannot hold, though its
// type is accepted, is an error that wraps [ErrValue]; nothing has been written
// then. It takes at most one Options.
func Encode(w io.Writer, v any, opts ...Options) error {
	if err := encode(w, v, opts); err != nil {
		return fmt.Errorf("parquet: %w", err)
	}
	return nil
}

// Decode reads the Parquet file of size bytes in src into dst, a non-nil pointer
// to a type that [Accepts] takes. The file's columns must be those of the type, in
// any order; to read some of them, see [Reader].
//
// Errors are *[table.TypeError], *[FormatError], *[MismatchError], or those of
// src. What dst points to is unspecified then.
func Decode(src io.ReaderAt, size int64, dst any) error {
	if err := decode(src, size, dst); err != nil {
		return fmt.Errorf("parquet: %w", err)
	}
	return nil
}

func single(opts []Options) (Options, error) {
	switch len(opts) {
	case 0:
		return Options{}.checked()
	case 1:
		return opts[0].checked()
	}
	return Options{}, fmt.Errorf("%d Options; one is the most", len(opts))
}

func encode(w io.Writer, v any, opts []Options) error {
	o, err := single(opts)
	if err != nil {
		return err
	}
	if err := Accepts(reflect.TypeOf(v)); err != nil {
		return err
	}
	return encodeRows(w, reflect.ValueOf(v), o)
}

func encodeRows(w io.Writer, rows reflect.Value, opts Options) error {
	s, err := rowsSchemaOf(rows.Type().Elem())
	if err != nil {
		return err
	}
	if err := s.check(rows, 0); err != nil {
		return err
	}
	keys, err := schemaMetadata(arrowSchema(s.columns))
	if err != nil {
		return err
	}
	out, err := newOutput(w, s.columns, opts, keys)
	if err != nil {
		return err
	}
	if err := s.add(out, rows); err != nil {
		return err
	}
	return out.close()
}

func decode(src io.ReaderAt, size int64, dst any) error {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return fmt.Errorf("want a non-nil pointer to read into, have %T", dst)
	}
	v = v.Elem()
	if err := Accepts(v.Type()); err != nil {
		return err
	}
	in, err := newInput(src, size)
	if err != nil {
		return err
	}
	return decodeRows(in, v)
}

func decodeRows(in *input, dst reflect.Value) error {
	r, err := newRowsReader(in, dst.Type().Elem(), true)
	if err != nil {
		return err
	}
	rows, err := r.all()
	if err != nil {
		return err
	}
	dst.Set(rows.Convert(dst.Type()))
	return nil
}

// all reads all row groups into one slice.
func (r *rowsReader) all() (reflect.Value, error) {
	groups := make([]int, len(r.in.groups))
	for g := range groups {
		groups[g] = g
	}
	if err := r.in.prove(groups, r.columns, int64(r.row.Size())); err != nil {
		return reflect.Value{}, err
	}
	n, err := length(r.in.rows, r.row)
	if err != nil {
		return reflect.Value{}, err
	}
	rows := reflect.MakeSlice(reflect.SliceOf(r.row), n, n)
	for g, group := range r.in.groups {
		if err := r.fill(g, rows.Slice(int(group.first), int(group.first+group.rows))); err != nil {
			return reflect.Value{}, err
		}
	}
	return rows, nil
}

// length returns the number of rows as an int, if as many fit an address space.
func length(rows int64, row reflect.Type) (int, error) {
	most := int64(math.MaxInt) >> 1 // 32-bit machines cannot have more
	if most > 1<<46 {
		most = 1 << 46
	}
	if rows > most/max(int64(row.Size()), 1) {
		return 0, &FormatError{-1, "", damage("%d rows of %d bytes are more than this machine can address", rows, row.Size())}
	}
	return int(rows), nil
}
