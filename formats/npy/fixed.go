package npy

import "slices"

// fixed is the element of a Go array in a struct: numpy's subarray. Arrays of arrays
// are one of more axes.
type fixed struct {
	element
	shape []int
	count int // elements
	size  int // bytes of one in memory
}

// The elements of n arrays are read and written as one long row for each array,
// or as one column of n for each place in the array: whichever are fewer.

func (e fixed) columns(n int) bool { return e.count < n }

func (e fixed) column(v values, k int) values { return v.field(k * e.size) }
func (e fixed) row(v values, i int) values    { return values{v.at(i), e.size, e.count} }

func (e fixed) survey(s *survey, v values) *fault {
	for i := range v.n {
		if f := e.element.survey(s, e.row(v, i)); f != nil {
			return e.fault(f, i, f.at)
		}
	}
	return nil
}

func (e fixed) store(dst cells, v values, as *descr) {
	if _, plain := e.element.(number); plain && !hostBigEndian {
		storeBytes(dst, v, e.count*e.size)
		return
	}
	if e.columns(v.n) {
		for k := range e.count {
			e.element.store(dst.field(k*as.size, v.n), e.column(v, k), as)
		}
		return
	}
	for i := range v.n {
		e.element.store(cells{dst.b[i*dst.step:], as.size}, e.row(v, i), as)
	}
}

func (e fixed) loader(from *descr) (loader, *fault) {
	inner, f := e.element.loader(from)
	if raw, ok := inner.(rawLoader); ok {
		return rawLoader{raw.size * e.count}, nil
	}
	return fixedLoader{inner, e, from.size}, f
}

type fixedLoader struct {
	loader
	fixed    fixed
	fileStep int
}

func (l fixedLoader) load(v values, src cells) *fault {
	if l.fixed.columns(v.n) {
		for k := range l.fixed.count {
			if f := l.loader.load(l.fixed.column(v, k), src.field(k*l.fileStep, v.n)); f != nil {
				return l.fixed.fault(f, f.at, k)
			}
		}
		return nil
	}
	for i := range v.n {
		if f := l.loader.load(l.fixed.row(v, i), cells{src.b[i*src.step:], l.fileStep}); f != nil {
			return l.fixed.fault(f, i, f.at)
		}
	}
	return nil
}

// fault is f of element k of array i.
func (e fixed) fault(f *fault, i, k int) *fault {
	index := make([]int, len(e.shape))
	for axis, n := range slices.Backward(e.shape) {
		index[axis], k = k%n, k/n
	}
	f.at = i
	return f.inside(shapeText(index))
}
