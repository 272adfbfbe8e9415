package npy

import (
	"fmt"
	"io"
	"reflect"

	"github.com/dataelab/dataelab-go/internal/regular"
)

// A Reader reads rows of an array without the rest of the file: a row is what
// one index of the first axis selects. The file may be larger than memory.
//
// All methods may be called from several goroutines at once, if those of the
// [io.ReaderAt] may, as those of files may.
type Reader struct {
	src    io.ReaderAt
	header header
	row    int    // elements of a row
	place  string // "npy" and the path, for errors
	closer io.Closer
}

// NewReader reads the header of the .npy file of size bytes in src, and checks
// all that [ReadHeader] does.
func NewReader(src io.ReaderAt, size int64) (*Reader, error) {
	return newReader(src, size, "npy")
}

// Open opens the file at path for a Reader, which the caller has to close.
func Open(path string) (*Reader, error) {
	f, info, err := regular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	r, err := newReader(f, info.Size(), "npy: "+path)
	if err != nil {
		_ = f.Close() // the first error says more
		return nil, err
	}
	r.closer = f
	return r, nil
}

func newReader(src io.ReaderAt, size int64, place string) (*Reader, error) {
	in := &input{r: io.NewSectionReader(src, 0, max(size, 0)), size: size}
	err := in.prefetch()
	var h header
	if err == nil {
		h, err = readHeader(in)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", place, err)
	}
	r := &Reader{src: src, header: h, place: place}
	if len(h.Shape) > 0 {
		row, ok := product(h.Shape[1:])
		if ok { // or else there are no rows, as the whole could be counted
			r.row = row
		}
	}
	return r, nil
}

// Header returns what the file says of itself.
func (r *Reader) Header() Header {
	h := r.header.Header
	h.Shape = append([]int{}, h.Shape...)
	return h
}

// Rows returns the length of the first axis, or 0 when there are no axes.
func (r *Reader) Rows() int {
	if len(r.header.Shape) == 0 {
		return 0
	}
	return r.header.Shape[0]
}

// ReadRows reads the n rows from row first on into dst, as [Decode] would read a
// file that has no others: into a new [][]float64 of n rows, or an [Array] of
// shape (n, ...). Errors are those of Decode; an index in them counts from the
// file's first row.
//
// Rows in Fortran order lie scattered over the file. Of such a file, only all
// rows together can be read; fewer are an error that wraps [errors.ErrUnsupported].
func (r *Reader) ReadRows(first, n int, dst any) error {
	err := r.readRows(first, n, dst)
	if err != nil {
		return fmt.Errorf("%s: rows [%d:%d]: %w", r.place, first, first+n, err)
	}
	return nil
}

func (r *Reader) readRows(first, n int, dst any) error {
	c, v, err := target(dst)
	if err != nil {
		return err
	}
	f, err := r.rows(first, n, v.Type())
	if err != nil {
		return err
	}
	return c.load(v, f)
}

// Fill reads rows into memory that the caller has: dst gets the rows of r from
// row first on, in C order, as many as its length makes, which must be a
// whole number of rows. It otherwise does what [Reader.ReadRows] does, and
// takes no memory for elements. After an error the contents of dst are unspecified.
func Fill[T Element](r *Reader, first int, dst []T) error {
	n := 0
	if r.row > 0 {
		n = len(dst) / r.row
	}
	if n*r.row != len(dst) {
		return fmt.Errorf("%s: %w: %d elements are no whole number of rows of shape %s",
			r.place, ErrValue, len(dst), shapeText(r.header.Shape[min(1, len(r.header.Shape)):]))
	}
	f, err := r.rows(first, n, reflect.TypeFor[[]T]())
	if err == nil {
		d, _ := dtypeOf(reflect.TypeFor[T]()) // Element admits no other kinds
		err = f.readInC(bytesOf(dst), d)
	}
	if err != nil {
		return fmt.Errorf("%s: rows [%d:%d]: %w", r.place, first, first+n, err)
	}
	return nil
}

// Close closes the file if [Open] opened it.
func (r *Reader) Close() error {
	if r.closer == nil {
		return nil
	}
	if err := r.closer.Close(); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	return nil
}

// rows returns the part of the file that is n rows, as a file of its own.
func (r *Reader) rows(first, n int, want reflect.Type) (*file, error) {
	h := r.header
	switch {
	case len(h.Shape) == 0:
		return nil, &MismatchError{r.Header(), want, "it is a single element without axes, and has no rows"}
	case first < 0 || n < 0 || first > h.Shape[0]-n:
		return nil, fmt.Errorf("the array has %d rows", h.Shape[0])
	}
	if _, scattered := newReordering(h.Shape); scattered && h.Fortran && n < h.Shape[0] {
		return nil, unsupported("the file is in Fortran order, where rows lie scattered; read all rows, or write it in C order")
	}
	h.Shape = append([]int{n}, h.Shape[1:]...)
	h.count = n * r.row
	h.payload = h.count * h.elem.size
	skipped := first * r.row // at most the elements of the file
	at := h.DataOffset + int64(skipped)*int64(h.elem.size)
	end := at + int64(h.payload)
	return &file{
		header: h,
		in:     input{r: io.NewSectionReader(r.src, at, int64(h.payload)), size: end, off: at},
		done:   skipped,
		want:   want,
	}, nil
}
