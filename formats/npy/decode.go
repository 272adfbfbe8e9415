package npy

import (
	"errors"
	"fmt"
	"io"
	"reflect"
)

// Decode reads one whole .npy file of size bytes from r into dst, a non-nil
// pointer to a type that [Accepts] takes. It reads from front to back and never
// more than size bytes; fewer are an error that wraps [io.ErrUnexpectedEOF].
//
// Errors are *[TypeError], *[FormatError], *[MismatchError], or those of r. What dst
// points to is unspecified then.
func Decode(r io.Reader, size int64, dst any) error {
	if err := decode(r, size, dst); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	return nil
}

func decode(r io.Reader, size int64, dst any) error {
	c, v, err := target(dst)
	if err != nil {
		return err
	}
	f := &file{in: input{r: r, size: size}, want: v.Type()}
	if err := f.in.prefetch(); err != nil {
		return err
	}
	if f.header, err = readHeader(&f.in); err != nil {
		return err
	}
	return c.load(v, f)
}

// target returns what dst points to, and its codec.
func target(dst any) (codec, reflect.Value, error) {
	p := reflect.ValueOf(dst)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		return nil, reflect.Value{}, fmt.Errorf("want a non-nil pointer to read into, have %T", dst)
	}
	v := p.Elem()
	c, err := codecFor(v.Type())
	return c, v, err
}

// A file is a .npy file whose header has been read and checked.
type file struct {
	header
	in   input
	done int          // elements read
	want reflect.Type // the type read into, for errors
}

func (f *file) mismatch(format string, args ...any) error {
	return &MismatchError{f.Header, f.want, fmt.Sprintf(format, args...)}
}

// readInC fills dst with all elements, as dtype d, in C order.
func (f *file) readInC(dst []byte, d dtype) error {
	r, needed := newReordering(f.Shape)
	if !f.Fortran || !needed {
		return f.readAsStored(dst, d)
	}
	if err := f.checkDType(d); err != nil {
		return err
	}
	// Some slabs at a time, as many as fit the cache, but at least as many as
	// make a cache line where they end up side by side.
	slab := r.slab * d.size()
	step := min(r.slabs, max(bufferBytes/slab, cacheLine/d.size()))
	buf, giveBack := borrow(step * slab)
	defer giveBack()
	for first := 0; first < r.slabs; first += step {
		part := buf[:min(step, r.slabs-first)*slab]
		if err := f.next(part, d); err != nil {
			return err
		}
		r.scatterBytes(dst, part, first, d.size())
	}
	return nil
}

// readAsStored fills dst with all elements, as dtype d, in the order of the file.
func (f *file) readAsStored(dst []byte, d dtype) error {
	if err := f.checkDType(d); err != nil {
		return err
	}
	return f.next(dst, d)
}

func (f *file) checkDType(d dtype) error {
	if !convertible(f.dtype, d) || f.dtype == m8 && f.elem.unit.vague() != "" {
		return f.mismatch("%s", refusal(&f.elem, d))
	}
	if _, ok := product([]int{f.count, d.size()}); !ok {
		return f.mismatch("as %s it is larger than any memory of this machine", d)
	}
	return nil
}

// next fills dst with the elements that come next in the file, as dtype d.
func (f *file) next(dst []byte, d dtype) error {
	if f.dtype == d && (d != m8 || f.elem.unit == nanoseconds) {
		return f.nextSame(dst)
	}
	// Converted in steps that stay in the cache.
	const most = 64 << 10
	size := f.dtype.size()
	buf, giveBack := borrow(min(most, len(dst)/d.size()*size))
	defer giveBack()
	for len(dst) > 0 {
		n := min(len(buf)/size, len(dst)/d.size())
		first := f.done
		if err := f.nextSame(buf[:n*size]); err != nil {
			return err
		}
		if bad := convertNumbers(dst[:n*d.size()], d, buf[:n*size], &f.elem); bad != nil {
			return f.fault(bad, first+bad.at)
		}
		dst = dst[n*d.size():]
	}
	return nil
}

// nextSame fills dst with the elements that come next, as the dtype they have,
// in this machine's byte order.
func (f *file) nextSame(dst []byte) error {
	swap := f.elem.swapped()
	if !swap && f.dtype != b1 && f.dtype != m8 {
		f.done += len(dst) / f.dtype.size()
		return f.in.read(dst, "data")
	}
	// In steps that are still in the cache when they are looked at again.
	const step = 256 << 10
	for len(dst) > 0 {
		part := dst[:min(step, len(dst))]
		if err := f.in.read(part, "data"); err != nil {
			clear(part) // part may be bools
			return err
		}
		if swap {
			swapBytes(part, f.dtype.unit())
		}
		if f.dtype == b1 {
			if bad := notBool(part); bad >= 0 {
				value := part[bad]
				clear(part)
				return f.fault(notBoolAt(bad, value), f.done+bad)
			}
		} else if f.dtype == m8 && f.elem.unit == nanoseconds {
			if bad := indexNaT(part); bad >= 0 {
				return f.fault(noDuration("NaT"), f.done+bad)
			}
		}
		f.done += len(part) / f.dtype.size()
		dst = dst[len(part):]
	}
	return nil
}

// fault is the error for element at, counted as indexText does.
func (f *file) fault(bad *fault, at int) error {
	what := fmt.Sprintf("element %s%s %s", f.indexText(at), bad.where(), bad.text)
	if bad.damage {
		return &FormatError{f.DataOffset + int64(at)*int64(f.elem.size), "data", errors.New(what)}
	}
	return f.mismatch("%s", what)
}

// indexText is the index of an element from its place in the file.
func (f *file) indexText(at int) string { return indexText(f.Shape, at, f.Fortran) }

// indexText is the index of the element that is number at of an array. The slowest
// axis may lie outside of the shape: that of a file of which only some rows are read.
func indexText(shape []int, at int, fortran bool) string {
	index := make([]int, len(shape))
	for k := range index {
		axis := len(index) - 1 - k
		if fortran {
			axis = k
		}
		if k == len(index)-1 {
			index[axis] = at
			break
		}
		index[axis] = at % shape[axis]
		at /= shape[axis]
	}
	return shapeText(index)
}
