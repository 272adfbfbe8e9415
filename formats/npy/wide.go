package npy

import (
	"fmt"
	"reflect"
)

// Elements that are no plain numbers go through a block of bytes: some rows at a
// time, each field of those in one loop.

// blockBytes stay in a level-two cache. The strings of a block share memory, so that
// one which is kept keeps as much.
const blockBytes = 64 << 10

const (
	// Texts are padded to the longest one. A file of more than paddedBytes that is
	// padded more than paddedRatio times is refused: one long text among a million
	// short ones fills a disk with zeros.
	paddedBytes = 256 << 20
	paddedRatio = 64

	// Values may take wideRatio times the bytes of the file, and wideBytes on top.
	// Honest files are far below: 24 bytes for a time of 8, 16 for a text of one.
	// Forged ones have texts without any bytes.
	wideBytes = 1 << 20
	wideRatio = 64
)

// wideBody is the body of the value at p; its elements are no plain numbers.
func (n *nest) wideBody(v reflect.Value, p address, shape []int) (body, error) {
	size := int(n.elem.Size())
	perBlock := n.block / size
	each := func(yield func(values) error) error {
		return n.runs(p, 0, func(p address, blocks int) error { return yield(values{p, size, blocks * perBlock}) })
	}
	unfit := func(format string, args ...any) error {
		return fmt.Errorf("%w: %v: %s", ErrValue, v.Type(), fmt.Sprintf(format, args...))
	}

	s := &survey{texts: make([]textSize, n.texts)}
	seen := 0
	err := each(func(v values) error {
		if f := n.wide.survey(s, v); f != nil {
			return unfit("element %s%s %s", indexText(shape, seen+f.at, false), f.where(), f.text)
		}
		seen += v.n
		return nil
	})
	if err != nil {
		return body{}, err
	}
	b := body{elem: n.wide.describe(s), shape: shape}
	if err := s.padding(); err != nil {
		return body{}, unfit("%v", err)
	}
	if _, ok := product(append([]int{b.elem.size}, shape...)); !ok {
		return body{}, unfit("as %s it is larger than any memory", clipDType(b.elem.String()))
	}
	if l, _ := n.wide.loader(&b.elem); l == (rawLoader{size}) && b.elem.size == size {
		// In memory as in the file.
		b.pieces = func(yield func([]byte) error) error {
			return each(func(v values) error { return yield(bytesAt(v.p, v.n*size)) })
		}
		return b, nil
	}
	b.pieces = func(yield func([]byte) error) error {
		most := max(1, blockBytes/b.elem.size)
		buf, giveBack := borrow(min(most, seen) * b.elem.size)
		defer giveBack()
		return each(func(v values) error {
			for first := 0; first < v.n; first += most {
				some := values{v.at(first), size, min(most, v.n-first)}
				block := buf[:some.n*b.elem.size]
				n.wide.store(cells{block, b.elem.size}, some, &b.elem)
				if err := yield(block); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return b, nil
}

// padding refuses texts of which the file would be padding.
func (s *survey) padding() error {
	for _, t := range s.texts {
		bytes, ok := product([]int{t.count, t.longest, codePoint})
		const header = 16 // of an empty string in memory
		if !ok || bytes > paddedBytes && bytes/paddedRatio > t.total+header*t.count {
			return fmt.Errorf("numpy makes all texts as long as the longest, which has %d characters: for %d texts of %d bytes in all, too much padding",
				t.longest, t.count, t.total)
		}
	}
	return nil
}

// readingWide is reading for elements that are no plain numbers.
func (f *file) readingWide(e element, t reflect.Type) (read func(address) error, grab func(reflect.Type, int) address, err error) {
	l, bad := e.loader(&f.elem)
	if bad != nil {
		if where := bad.where(); where != "" {
			return nil, nil, f.mismatch("%s: %s", where[1:], bad.text)
		}
		return nil, nil, f.mismatch("%s", bad.text)
	}
	size := int(t.Size())
	memory, ok := product([]int{f.count, size})
	if !ok || memory > wideBytes && memory/wideRatio > f.payload {
		return nil, nil, f.mismatch("%d elements of %d bytes in memory, for %d bytes in the file: too many to be true", f.count, size, f.payload)
	}
	_, reordered := newReordering(f.Shape)
	raw := l == rawLoader{size} && f.elem.size == size
	switch {
	case f.Fortran && reordered:
		return func(p address) error { return f.readScattered(l, values{p, size, f.count}) }, zeroed, nil
	case raw:
		return func(p address) error { return f.in.read(bytesAt(p, memory), "data") }, allocate, nil
	}
	return func(p address) error { return f.readBlocks(l, values{p, size, f.count}) }, zeroed, nil
}

// readBlocks reads elements that come in the order of the values.
func (f *file) readBlocks(l loader, v values) error {
	size := f.elem.size
	most := max(1, blockBytes/max(1, size))
	buf, giveBack := borrow(min(most, v.n) * size)
	defer giveBack()
	for first := 0; first < v.n; first += most {
		some := values{v.at(first), v.step, min(most, v.n-first)}
		block := buf[:some.n*size]
		if err := f.in.read(block, "data"); err != nil {
			return err
		}
		if bad := l.load(some, cells{block, size}); bad != nil {
			return f.fault(bad, f.done+bad.at)
		}
		f.done += some.n
	}
	return nil
}

// readScattered reads elements in Fortran order into values in C order: a row of the
// values, which differ in the last index only, is a column of the file.
func (f *file) readScattered(l loader, v values) error {
	all := make([]byte, f.payload)
	if err := f.in.read(all, "data"); err != nil {
		return err
	}
	last := len(f.Shape) - 1
	row := f.Shape[last]
	apart := f.count / row // elements from one of a row to the next
	index := make([]int, last)
	for first := 0; first < v.n; first += row {
		at, stride := 0, 1
		for k, i := range index {
			at += i * stride
			stride *= f.Shape[k]
		}
		bad := l.load(values{v.at(first), v.step, row}, cells{all[at*f.elem.size:], apart * f.elem.size})
		if bad != nil {
			return f.fault(bad, f.done+at+bad.at*apart)
		}
		for k := last - 1; k >= 0; k-- {
			if index[k]++; index[k] < f.Shape[k] {
				break
			}
			index[k] = 0
		}
	}
	return nil
}
