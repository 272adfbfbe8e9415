package parquet

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
)

// A Writer writes rows as they come, however many there will be: a row group at a
// time is in memory, compressed. Close writes the metadata; until then, and after a
// crash, the file is one that every reader refuses.
//
// A Writer is for one goroutine at a time. [Create] and [NewWriter] make one; the zero
// Writer has nowhere to write.
type Writer[T any] struct {
	out    *output
	shape  *shape
	rows   int64
	place  string
	closer io.WriteCloser
	sync   func() error
	err    error // why nothing can be written any more
}

// errClosed is the err of a Writer that was closed without another one.
var errClosed = errors.New("the Writer is closed")

// NewWriter starts a Parquet file of rows of type T, a flat struct, on w. It takes
// at most one Options.
func NewWriter[T any](w io.Writer, opts ...Options) (*Writer[T], error) {
	return newWriter[T](w, "parquet", opts)
}

// Create makes a new file at path for a Writer, or empties the one that is there.
func Create[T any](path string, opts ...Options) (*Writer[T], error) {
	if _, err := structShape(reflect.TypeFor[T]()); err != nil {
		return nil, fmt.Errorf("parquet: %w", err)
	}
	if _, err := single(opts); err != nil { // before the file is emptied
		return nil, fmt.Errorf("parquet: %s: %w", path, err)
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("parquet: %w", err)
	}
	w, err := newWriter[T](f, "parquet: "+path, opts)
	if err != nil {
		_ = f.Close() // the first error says more
		return nil, err
	}
	w.closer, w.sync = f, f.Sync
	return w, nil
}

func newWriter[T any](w io.Writer, place string, opts []Options) (*Writer[T], error) {
	o, err := single(opts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", place, err)
	}
	s, err := structShape(reflect.TypeFor[T]())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", place, err)
	}
	out, err := s.output(w, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", place, err)
	}
	return &Writer[T]{out: out, shape: s, place: place}, nil
}

// output starts a Parquet file of columns of this shape.
func (s *shape) output(w io.Writer, opts Options) (*output, error) {
	columns := s.columns()
	keys, err := schemaMetadata(arrowSchema(columns))
	if err != nil {
		return nil, err
	}
	return newOutput(w, columns, opts, keys)
}

// Write adds rows. If one of them does not fit, the error wraps [ErrValue] and none
// of them is written; the Writer goes on. After any other error it does not.
func (w *Writer[T]) Write(rows ...T) error {
	if w.err != nil {
		return fmt.Errorf("%s: write: %w", w.place, w.err)
	}
	f := frame{w.shape, []reflect.Value{reflect.ValueOf(rows)}, len(rows)}
	if err := f.check(w.rows); err != nil {
		return fmt.Errorf("%s: write: %w", w.place, err)
	}
	if err := f.write(w.out); err != nil {
		w.err = err
		return fmt.Errorf("%s: write: %w", w.place, err)
	}
	w.rows += int64(len(rows))
	return nil
}

// Rows is how many rows have been written.
func (w *Writer[T]) Rows() int64 { return w.rows }

// Close completes the file, and closes and flushes it if Create made it. After an
// error of Write it closes the file and leaves it incomplete.
func (w *Writer[T]) Close() error {
	err := w.err
	if errors.Is(err, errClosed) {
		return nil
	}
	w.err = errClosed
	if err == nil {
		err = w.out.close()
	}
	if w.closer != nil {
		if err == nil {
			err = w.sync()
		}
		if closing := w.closer.Close(); err == nil {
			err = closing
		}
	}
	if err != nil {
		return fmt.Errorf("%s: close: %w", w.place, err)
	}
	return nil
}
