package parquet

import (
	"fmt"
	"io"
	"reflect"

	"github.com/apache/arrow/go/v16/arrow"

	"github.com/dataelab/dataelab-go/formats/table"
	"github.com/dataelab/dataelab-go/internal/regular"
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
	return loadFile[T]("parquet", path, decode)
}

// loadFile reads a whole file; format stands before errors.
func loadFile[T any](format, path string, decode func(src io.ReaderAt, size int64, dst any) error) (T, error) {
	var v, zero T
	f, info, err := regular.Open(path)
	if err != nil {
		return zero, fmt.Errorf("%s: %w", format, err)
	}
	defer f.Close() // only read: nothing is lost if closing fails
	if err := decode(f, info.Size(), &v); err != nil {
		return zero, fmt.Errorf("%s: load %s: %w", format, path, err)
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
	t, ok, err := asTable(reflect.ValueOf(v))
	if err != nil {
		return err
	}
	if ok {
		return contained(func() error { return encodeTable(w, t, o) })
	}
	f, err := frameOf(reflect.ValueOf(v))
	if err != nil {
		return err
	}
	if err := f.check(0); err != nil {
		return err
	}
	out, err := f.output(w, o)
	if err != nil {
		return err
	}
	if err := f.write(out); err != nil {
		return err
	}
	return out.close()
}

// frameOf returns the columns of a value.
func frameOf(v reflect.Value) (frame, error) {
	if isColumns(v.Type()) {
		return columnsFrame(v)
	}
	s, err := structShape(v.Type().Elem())
	return frame{s, []reflect.Value{v}, v.Len()}, err
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
	return in.decode(v, storedSchema(in.meta.arrow))
}

// decode reads everything into dst.
func (in *source) decode(dst reflect.Value, stored *arrow.Schema) (err error) {
	defer contain(&err)
	if !table.IsArrow(dst.Type()) {
		return in.read(dst, in.all(), nil)
	}
	t, err := in.decodeTable(stored, dst.Type() == arrowRecord || dst.Type() == recordValue)
	if err != nil {
		return err
	}
	return setTable(dst, t)
}
