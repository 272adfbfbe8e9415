package npy

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
)

// unfinished stands where the header's text will be until [Writer.Close]. It is no
// Python literal: whatever is left after a crash, neither this package nor numpy
// takes it for an array.
const unfinished = "unfinished: not closed by its writer"

// A Writer writes an array row by row, as many as there will be: the array may
// be larger than memory. Close writes the header; until then, and after a
// crash, the file is one that every reader refuses.
//
// The file is the one that [Encode] writes for the whole array, to the byte. A
// Writer is for one goroutine at a time. [Create] and [NewWriter] make one; the zero
// Writer has nowhere to write.
type Writer[T Element] struct {
	w      io.WriteSeeker
	closer io.Closer // the file, if Create made it
	start  int64     // where in w the file starts
	dtype  dtype
	shape  []int // of the array so far: shape[0] rows
	row    int   // elements of a row
	out    gather
	done   func() // gives the buffer back
	err    error  // why nothing can be written any more
}

// errClosed is the err of a Writer that was closed without another one.
var errClosed = errors.New("the Writer is closed")

// NewWriter starts a file at the present position of w, behind which there must be
// nothing. Each row has the shape that is given; without one, a row is a single
// element. The shape must have elements.
//
//	w, err := npy.NewWriter[float32](f, 128, 128) // frames: (n, 128, 128)
func NewWriter[T Element](w io.WriteSeeker, rowShape ...int) (*Writer[T], error) {
	row, err := rowLength(rowShape)
	if err != nil {
		return nil, err
	}
	d, _ := dtypeOf(reflect.TypeFor[T]()) // Element admits no other kinds
	start, err := w.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, fmt.Errorf("npy: write: %w", err)
	}
	s := &Writer[T]{w: w, start: start, dtype: d, shape: append([]int{0}, rowShape...), row: row}
	s.out = gather{w: w, swap: d.swapToWrite()}
	// The header takes as many bytes as the last one will: both have room for the
	// digits of any number of rows.
	_, text := s.header()
	blank := text[preamble+2 : len(text)-1]
	for i := range blank {
		blank[i] = ' '
	}
	copy(blank, unfinished)
	if err := s.out.write(text); err != nil {
		return nil, fmt.Errorf("npy: write: %w", err)
	}
	s.out.buf, s.done = borrow(bufferBytes)
	return s, nil
}

// rowLength returns the elements of a row.
func rowLength(shape []int) (int, error) {
	row, ok := product(shape)
	if !ok || row == 0 || len(shape) >= maxAxes {
		return 0, fmt.Errorf("npy: %w: rows of shape %s", ErrValue, shapeText(shape))
	}
	return row, nil
}

// Create makes a new file at path for a Writer, or empties the one that is
// there.
func Create[T Element](path string, rowShape ...int) (*Writer[T], error) {
	if _, err := rowLength(rowShape); err != nil { // before the file is emptied
		return nil, err
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	w, err := NewWriter[T](f, rowShape...)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	w.closer = f
	return w, nil
}

// Write appends rows, given as their elements in C order, whose number must be that
// of whole rows (an error that wraps [ErrValue], and nothing is written). After
// any other error, the file stays unfinished. Write does not keep rows.
func (w *Writer[T]) Write(rows []T) error {
	n := len(rows) / w.row
	if n*w.row != len(rows) {
		return fmt.Errorf("npy: %w: %d elements are no whole number of rows of shape %s", ErrValue, len(rows), shapeText(w.shape[1:]))
	}
	return w.append(rows, n)
}

// WriteArray appends the rows of an array of shape (n, ...), where ... is the
// shape of a row; anything else is an error that wraps [ErrValue]. An array in
// Fortran order is copied into C order first.
func (w *Writer[T]) WriteArray(a Array[T]) error {
	if err := a.check(); err != nil {
		return fmt.Errorf("npy: %w: %w", ErrValue, err)
	}
	if len(a.Shape) != len(w.shape) || !slices.Equal(a.Shape[1:], w.shape[1:]) {
		return fmt.Errorf("npy: %w: an array of shape %s has no rows of shape %s", ErrValue, shapeText(a.Shape), shapeText(w.shape[1:]))
	}
	if a.Fortran {
		a = a.COrder()
	}
	return w.append(a.Data, a.Shape[0])
}

func (w *Writer[T]) append(rows []T, n int) error {
	if w.err != nil {
		return fmt.Errorf("npy: write: %w", w.err)
	}
	if w.dtype == m8 {
		if bad := indexNaT(bytesOf(rows)); bad >= 0 {
			return fmt.Errorf("npy: %w: duration %d %s", ErrValue, bad, nanosOfNaT)
		}
	}
	total := w.shape[0] + n
	if _, ok := product([]int{total, w.row, w.dtype.size()}); !ok {
		return fmt.Errorf("npy: %w: more bytes than an int of this machine can count", ErrValue)
	}
	if err := w.out.add(bytesOf(rows)); err != nil {
		return w.fail(err)
	}
	w.shape[0] = total
	return nil
}

// header is that of the file so far.
func (w *Writer[T]) header() (Header, []byte) {
	elem := w.dtype.descr()
	return marshalHeader(&elem, false, w.shape)
}

// Rows returns the number of rows written so far.
func (w *Writer[T]) Rows() int { return w.shape[0] }

// Flush hands all rows so far to the underlying writer. The file stays
// unfinished.
func (w *Writer[T]) Flush() error {
	if w.err != nil {
		return fmt.Errorf("npy: write: %w", w.err)
	}
	if err := w.out.flush(); err != nil {
		return w.fail(err)
	}
	return nil
}

// Close writes what is left and then the header, which makes the file a whole
// one, and closes the file if [Create] made it. If the underlying writer can be
// synced, as files can, the rows are on the disk before the header is.
//
// After an earlier error, Close returns that error and leaves the file
// unfinished. To give up a file, close what is underneath, or remove it.
func (w *Writer[T]) Close() error {
	if errors.Is(w.err, errClosed) {
		return nil
	}
	err := w.err
	if err == nil {
		err = w.finish()
	}
	if w.closer != nil {
		if closeErr := w.closer.Close(); err == nil {
			err = closeErr
		}
		w.closer = nil
	}
	if err != nil {
		return w.fail(err)
	}
	w.err = errClosed
	w.release()
	return nil
}

// finish writes the header. A crash between any two of its steps leaves a file that
// is refused, or whole.
func (w *Writer[T]) finish() error {
	if err := w.out.flush(); err != nil {
		return err
	}
	if err := syncIfFile(w.w); err != nil {
		return err
	}
	end, err := w.w.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	h, text := w.header()
	count, _ := product(w.shape)
	if want := w.start + h.DataOffset + int64(count)*int64(w.dtype.size()); end != want {
		return fmt.Errorf("the file ends at byte %d instead of %d; something else has written to it or moved its position", end, want)
	}
	if _, err := w.w.Seek(w.start, io.SeekStart); err != nil {
		return err
	}
	if err := w.out.write(text); err != nil {
		return err
	}
	// A file that was opened to append puts everything at its end.
	if at, err := w.w.Seek(0, io.SeekCurrent); err != nil || at != w.start+int64(len(text)) {
		return errors.Join(errors.New("the header cannot be put at the start of the file; was it opened with O_APPEND?"), err)
	}
	if _, err := w.w.Seek(end, io.SeekStart); err != nil {
		return err
	}
	return syncIfFile(w.w)
}

func syncIfFile(w io.Writer) error {
	if f, ok := w.(interface{ Sync() error }); ok {
		return f.Sync()
	}
	return nil
}

// fail makes err the answer to all later calls.
func (w *Writer[T]) fail(err error) error {
	w.err = err
	w.release()
	return fmt.Errorf("npy: write: %w", err)
}

// release gives the buffer back.
func (w *Writer[T]) release() {
	if w.done != nil {
		w.done()
		w.done, w.out.buf, w.out.n = nil, nil, 0
	}
}
