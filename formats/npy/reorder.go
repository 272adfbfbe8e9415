package npy

// cacheLine is how many bytes processors fetch and store together.
const cacheLine = 64

// A reordering moves elements from Fortran order into C order.
//
// In Fortran order the array is a row of slabs, one for each index of its last
// axis; in C order the elements that differ in the last index only lie together.
// So element (i, m…, j) goes from
//
//	i + (m…, Fortran strides) + j*slab   to   i*lead + (m…, C strides) + j
//
// in tiles of i and j that are a cache line each way.
type reordering struct {
	rows  int // length of the first axis
	lead  int // from one index of the first axis to the next, in C order
	slabs int // length of the last axis
	slab  int // elements of a slab
	mids  []midAxis
}

// A midAxis is an axis between the first and the last, with its strides.
type midAxis struct{ length, fortran, c int }

// newReordering returns false when both orders are the same: at most one axis is
// longer than 1, or there are no elements.
func newReordering(shape []int) (reordering, bool) {
	var axes []midAxis
	stride := 1
	for _, n := range shape {
		if n == 0 {
			return reordering{}, false
		}
		if n > 1 {
			axes = append(axes, midAxis{length: n, fortran: stride})
			stride *= n
		}
	}
	if len(axes) < 2 {
		return reordering{}, false
	}
	stride = 1
	for k := len(axes) - 1; k >= 0; k-- {
		axes[k].c = stride
		stride *= axes[k].length
	}
	first, last := axes[0], axes[len(axes)-1]
	return reordering{
		rows:  first.length,
		lead:  first.c,
		slabs: last.length,
		slab:  last.fortran,
		mids:  axes[1 : len(axes)-1],
	}, true
}

// reorder fills dst with src, an array of this shape in Fortran order, in C order.
func reorder[T any](dst, src []T, shape []int) {
	if r, needed := newReordering(shape); needed {
		scatterSlabs(&r, dst, src, 0)
	} else {
		copy(dst, src)
	}
}

// scatterBytes is scatterSlabs for elements of size bytes.
func (r *reordering) scatterBytes(dst, src []byte, first, size int) {
	switch size {
	case 1:
		scatterSlabs(r, dst, src, first)
	case 2:
		scatterSlabs(r, view[uint16](dst), view[uint16](src), first)
	case 4:
		scatterSlabs(r, view[uint32](dst), view[uint32](src), first)
	case 8:
		scatterSlabs(r, view[uint64](dst), view[uint64](src), first)
	case 16:
		scatterSlabs(r, view[[2]uint64](dst), view[[2]uint64](src), first)
	}
}

// scatterSlabs moves whole slabs, the first of which is slab number first, to
// their places in dst, the whole array.
func scatterSlabs[T any](r *reordering, dst, src []T, first int) {
	tile := max(4, cacheLine/sizeOf[T]())
	slabs := len(src) / r.slab
	var index [maxAxes]int
	for row := 0; row < r.rows; row += tile {
		rows := min(tile, r.rows-row)
		from, to := row, row*r.lead+first
		for more := true; more; more = r.nextMid(&index, &from, &to) {
			for j := 0; j < slabs; j += tile {
				n := min(tile, slabs-j)
				for i := range rows {
					out := dst[to+i*r.lead+j:][:n]
					at := from + i + j*r.slab
					for k := range out {
						out[k] = src[at]
						at += r.slab
					}
				}
			}
		}
	}
}

// nextMid steps index and both places to the next element of the axes between,
// the last one first, as its elements are neighbors in C order. After the last it
// is back at the start and returns false.
func (r *reordering) nextMid(index *[maxAxes]int, from, to *int) bool {
	for k := len(r.mids) - 1; k >= 0; k-- {
		m := r.mids[k]
		index[k]++
		*from += m.fortran
		*to += m.c
		if index[k] < m.length {
			return true
		}
		index[k] = 0
		*from -= m.length * m.fortran
		*to -= m.length * m.c
	}
	return false
}
