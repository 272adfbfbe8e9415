package npy

import (
	"fmt"
	"reflect"
	"slices"
)

// A nest is the codec of slices and arrays of elements, and of slices and arrays
// of those: [][]float64, [][3]float32, [2][]int16. Without axes it is that of a
// single element.
//
// From its innermost slice on, a value is a single run of elements, and of numbers
// a run of bytes. Only the axes outside of that are walked, header by header, and
// none by reflection.
type nest struct {
	elem  reflect.Type
	dtype dtype   // of numbers
	wide  element // of all other elements; nil for numbers
	texts int     // how many texts are in one of those
	axes  []axis
	slice int // the innermost axis that is a slice; -1 when none is
	block int // bytes of one element of that axis, or of the whole value
}

type axis struct {
	length int          // of an array; -1 for a slice
	elem   reflect.Type // what the axis is made of
	step   int          // from one to the next, in bytes
}

// maxEmptyRows bounds the rows that a file without elements may ask for: a few
// bytes of header would otherwise be gigabytes of row headers.
const maxEmptyRows = 1 << 16

func newNest(t reflect.Type) (codec, *TypeError) {
	n := &nest{elem: t, slice: -1}
	for n.elem.Kind() == reflect.Slice || n.elem.Kind() == reflect.Array {
		if len(n.axes) == maxAxes { // also where a type is a slice of itself
			return nil, &TypeError{t, t, fmt.Sprintf("more than %d axes", maxAxes)}
		}
		a := axis{length: -1, elem: n.elem.Elem()}
		a.step = int(a.elem.Size())
		if n.elem.Kind() == reflect.Array {
			a.length = n.elem.Len()
		} else {
			n.slice = len(n.axes)
		}
		n.axes = append(n.axes, a)
		n.elem = a.elem
	}
	if err := n.setElement(t); err != nil {
		return nil, err
	}
	if n.slice >= 0 {
		n.block = n.axes[n.slice].step
	} else {
		n.block = int(t.Size())
	}
	return n, nil
}

// setElement finds out what n.elem is to numpy; t is the whole type.
func (n *nest) setElement(t reflect.Type) *TypeError {
	var ok bool
	if n.dtype, ok = dtypeOf(n.elem); ok {
		return nil
	}
	var m elementMaker
	e, refused := m.element(n.elem, 0)
	if refused != nil {
		if refused.path != "" {
			refused.reason = "field " + refused.path[1:] + ": " + refused.reason
		}
		return &TypeError{t, refused.part, refused.reason}
	}
	n.wide, n.texts = e, m.texts
	long := &survey{slices.Repeat([]textSize{{longest: 1_000_000}}, n.texts)}
	if d := e.describe(long); len(d.literal()) > maxDescr {
		return &TypeError{t, n.elem, fmt.Sprintf("its fields take more than %d bytes to describe, and numpy does not read such a header", maxDescr)}
	}
	return nil
}

func (n *nest) body(v reflect.Value) (body, error) {
	p := v.Addr().UnsafePointer()
	shape, err := n.measure(p)
	if err != nil {
		return body{}, fmt.Errorf("%w: %v: %w", ErrValue, v.Type(), err)
	}
	if n.wide != nil {
		return n.wideBody(v, p, shape)
	}
	b := body{elem: n.dtype.descr(), shape: shape}
	switch n.slice {
	case -1:
		b.whole = bytesAt(p, n.block)
	case 0:
		data, length, _ := sliceAt(p)
		b.whole = bytesAt(data, length*n.block)
	default:
		b.pieces = func(yield func([]byte) error) error {
			return n.runs(p, 0, func(p address, blocks int) error { return yield(bytesAt(p, blocks*n.block)) })
		}
	}
	if n.dtype == m8 {
		err = b.refuseNaT(v.Type())
	}
	return b, err
}

// measure returns the shape of the value at p, or why it has none.
func (n *nest) measure(p address) ([]int, error) {
	shape := make([]int, len(n.axes))
	for i, a := range n.axes {
		shape[i] = a.length // -1: not seen yet
	}
	if n.slice >= 0 {
		if err := n.measureAxis(p, 0, shape, make([]int, 0, len(n.axes))); err != nil {
			return nil, err
		}
	}
	for i := range shape {
		shape[i] = max(shape[i], 0) // the rows of nothing
	}
	return shape, n.tooManyRows(shape)
}

// measureAxis compares the value at p, which is axis k of the whole, with its
// siblings. Where is the index of the value, for an error.
func (n *nest) measureAxis(p address, k int, shape, where []int) error {
	if n.axes[k].length < 0 {
		data, length, isNil := sliceAt(p)
		switch {
		case isNil && k > 0:
			return fmt.Errorf("row %v is nil; a file cannot tell it from an empty one", where)
		case shape[k] < 0:
			shape[k] = length
		case shape[k] != length:
			return fmt.Errorf("rows differ in length: row %v has %d elements, the first has %d", where, length, shape[k])
		}
		p = data
	}
	if k == n.slice {
		return nil
	}
	where = append(where, 0)
	for i := range shape[k] {
		where[k] = i
		if err := n.measureAxis(step(p, i*n.axes[k].step), k+1, shape, where); err != nil {
			return err
		}
	}
	return nil
}

// tooManyRows refuses shapes without elements that would still take memory to
// read, for row headers, or cannot be counted.
func (n *nest) tooManyRows(shape []int) error {
	if count, _ := product(shape); count > 0 {
		return nil
	}
	for k := range n.slice + 1 {
		rows, ok := product(shape[:k+1])
		if !ok || k < n.slice && rows > maxEmptyRows {
			return fmt.Errorf("shape %s has more than %d rows and no elements", shapeText(shape), maxEmptyRows)
		}
	}
	return nil
}

// runs yields the runs of elements of the value at p, which is axis k of the whole:
// how many blocks there are.
func (n *nest) runs(p address, k int, yield func(p address, blocks int) error) error {
	if n.slice < 0 {
		return yield(p, 1)
	}
	length := n.axes[k].length
	if length < 0 {
		p, length, _ = sliceAt(p)
	}
	if k == n.slice {
		return yield(p, length)
	}
	for i := range length {
		if err := n.runs(step(p, i*n.axes[k].step), k+1, yield); err != nil {
			return err
		}
	}
	return nil
}

func (n *nest) load(v reflect.Value, f *file) error {
	if err := n.fits(f); err != nil {
		return err
	}
	read, grab, err := n.reading(f)
	if err != nil {
		return err
	}
	p := v.Addr().UnsafePointer()
	if n.slice < 0 {
		return read(p)
	}
	// The innermost slices share one block of elements, and those of each axis
	// outside one block of headers.
	blocks := make([]block, n.slice+1)
	for k := range n.slice {
		if n.axes[k].length < 0 {
			count, _ := product(f.Shape[:k+1])
			blocks[k].base = reflect.MakeSlice(reflect.SliceOf(n.axes[k].elem), count, count).UnsafePointer()
		}
	}
	count, _ := product(f.Shape[:n.slice+1])
	data := grab(n.axes[n.slice].elem, count)
	if err := read(data); err != nil {
		return err
	}
	blocks[n.slice].base = data
	n.attach(p, 0, f.Shape, blocks)
	return nil
}

// reading returns what fills the memory of all elements, and what makes such memory.
func (n *nest) reading(f *file) (read func(address) error, grab func(reflect.Type, int) address, err error) {
	if n.wide != nil {
		return f.readingWide(n.wide, n.elem)
	}
	read = func(p address) error { return f.readInC(bytesAt(p, f.count*n.dtype.size()), n.dtype) }
	return read, allocate, f.checkDType(n.dtype)
}

// fits says why the file's shape is not one that this type can have.
func (n *nest) fits(f *file) error {
	switch {
	case len(f.Shape) == len(n.axes):
	case len(f.Shape) == 0:
		return f.mismatch("it is a single element without axes; read it into an npy.Array or npy.Scalar")
	case len(n.axes) == 0:
		return f.mismatch("it has %d axes, a single value has none", len(f.Shape))
	default:
		return f.mismatch("it has %d axes, the type has %d", len(f.Shape), len(n.axes))
	}
	for k, a := range n.axes {
		if a.length >= 0 && a.length != f.Shape[k] {
			return f.mismatch("axis %d has length %d, the type wants %d", k, f.Shape[k], a.length)
		}
	}
	if err := n.tooManyRows(f.Shape); err != nil {
		return f.mismatch("%v", err)
	}
	return nil
}

// A block is memory that rows are taken from. It keeps an offset because an
// address past the last row would be one that the garbage collector must not see.
type block struct {
	base address
	used int
}

// attach sets the slice headers of the value at p, which is axis k of the
// whole, and takes what they refer to from the front of blocks.
func (n *nest) attach(p address, k int, shape []int, blocks []block) {
	a := n.axes[k]
	if a.length < 0 {
		b := &blocks[k]
		row := step(b.base, b.used)
		setSliceAt(p, row, shape[k])
		b.used += shape[k] * a.step
		p = row
	}
	if k == n.slice {
		return
	}
	for i := range shape[k] {
		n.attach(step(p, i*a.step), k+1, shape, blocks)
	}
}
