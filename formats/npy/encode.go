package npy

import (
	"fmt"
	"io"
	"reflect"
)

// Encode writes v as one whole .npy file and returns its header. An error that
// wraps [ErrValue] is about the value, a [*TypeError] about its type; nothing has
// been written then. Any other error is that of w.
//
// The file is what np.save writes for the same array on a little-endian
// machine, to the byte. (One difference: an Array of a single axis keeps the
// Fortran order it claims, where numpy says C.) Elements that lie together in memory go to w in a single
// call, scattered ones in calls of about a mebibyte.
func Encode(w io.Writer, v any) (Header, error) {
	b, err := bodyOf(v)
	if err != nil {
		return Header{}, fmt.Errorf("npy: %w", err)
	}
	h, err := b.encode(w)
	if err != nil {
		return Header{}, fmt.Errorf("npy: write: %w", err)
	}
	return h, nil
}

// bodyOf finds the elements of v and checks that they make an array.
func bodyOf(v any) (body, error) {
	t := reflect.TypeOf(v)
	c, err := codecFor(t)
	if err != nil {
		return body{}, err
	}
	// What an interface holds has no address; this copies slice headers and
	// structs, and of the elements only those of Go arrays.
	box := reflect.New(t).Elem()
	box.Set(reflect.ValueOf(v))
	return c.body(box)
}

func (b body) encode(w io.Writer) (Header, error) {
	h, start := marshalHeader(&b.elem, b.fortran, b.shape)
	g := gather{w: w, swap: b.elem.number().swapToWrite()}
	room := len(start)
	if b.pieces != nil || g.swap > 0 || len(b.whole) < directBytes {
		count, _ := product(b.shape)
		room += count * b.elem.size
	}
	var giveBack func()
	g.buf, giveBack = borrow(min(room, bufferBytes))
	defer giveBack()

	g.n = copy(g.buf, start)
	var err error
	if b.pieces != nil {
		err = b.pieces(g.add)
	} else {
		err = g.add(b.whole)
	}
	if err == nil {
		err = g.flush()
	}
	return h, err
}

// directBytes is the length from which a run is written where it lies: copying
// less than this costs less than a system call does.
const directBytes = 64 << 10

// gather makes few large writes of many runs of elements.
type gather struct {
	w    io.Writer
	buf  []byte // a multiple of every unit long, or all there is to write
	n    int    // bytes of buf in use
	swap int    // unit of the elements if they have to change byte order; or 0
}

func (g *gather) add(run []byte) error {
	if g.swap == 0 && len(run) >= directBytes {
		if err := g.flush(); err != nil {
			return err
		}
		return g.write(run)
	}
	for len(run) > 0 {
		if g.n == len(g.buf) {
			if err := g.flush(); err != nil {
				return err
			}
		}
		n := copy(g.buf[g.n:], run)
		if g.swap > 0 {
			swapBytes(g.buf[g.n:g.n+n], g.swap)
		}
		g.n += n
		run = run[n:]
	}
	return nil
}

func (g *gather) flush() error {
	n := g.n
	if g.n = 0; n == 0 {
		return nil
	}
	return g.write(g.buf[:n])
}

func (g *gather) write(p []byte) error {
	n, err := g.w.Write(p)
	if err == nil && n < len(p) {
		return io.ErrShortWrite
	}
	return err
}
