package parquet

// A batch is some rows of one column on their way between Go memory and a file.
// Only the values that are there are kept, one after the other; the rest says
// where the missing ones would be.
//
// It is filled, used, and reset to be filled again, so that a column of any length
// passes through the same memory.
type batch struct {
	rows int

	// Which rows have a value (or a list); empty if all have.
	valid []bool

	// Of a list column: list i has the elements offsets[i] to offsets[i+1].
	// elems says which of them have a value; empty if all have.
	offsets []int
	elems   []bool

	// Of lists in lists: the lists around those, from the outermost on. Then rows, valid and
	// offsets are about the innermost lists.
	outer []layer

	n     int      // values
	width int      // bytes of each in fixed
	fixed []byte   // values of fixed width, in this machine's byte order, aligned to 8
	text  []string // or texts and bytes, never to be written to
	spare []byte   // memory for a conversion
}

// A layer is lists: list i has the elements offsets[i] to offsets[i+1] of the next layer. valid
// says which of them there are; it is empty if there are all.
type layer struct {
	offsets []int
	valid   []bool
}

// add adds an empty list that is there or not.
func (l *layer) add(there bool) {
	n := len(l.offsets) - 1
	l.valid = mark(l.valid, n, there)
	l.offsets = append(l.offsets, l.offsets[n])
}

// nest makes sure that there are layers around the lists.
func (b *batch) nest(layers int) {
	for len(b.outer) < layers {
		b.outer = append(b.outer, layer{offsets: []int{0}})
	}
}

func (b *batch) reset() {
	b.rows, b.n, b.width = 0, 0, 0
	b.valid, b.offsets, b.elems = b.valid[:0], b.offsets[:0], b.elems[:0]
	b.fixed, b.outer = b.fixed[:0], nil
	clear(b.text) // lets go of the pages they lie in
	b.text = b.text[:0]
}

// extend makes room for n more values of that many bytes and returns it.
func (b *batch) extend(n, width int) []byte {
	b.n, b.width = b.n+n, width
	from := len(b.fixed)
	if need := from + n*width; need > cap(b.fixed) {
		// Not less than 64 bytes: only tiny blocks are not aligned.
		grown := make([]byte, from, max(64, need, cap(b.fixed)+cap(b.fixed)/2))
		copy(grown, b.fixed)
		b.fixed = grown
	}
	b.fixed = b.fixed[:from+n*width]
	return b.fixed[from:]
}

// addRow adds one row that has a value or not.
func (b *batch) addRow(there bool) {
	b.valid = mark(b.valid, b.rows, there)
	b.rows++
}

// addElement adds an element of the last list that has a value or not.
func (b *batch) addElement(there bool) {
	at := len(b.offsets) - 1
	b.elems = mark(b.elems, b.offsets[at], there)
	b.offsets[at]++
}

// addRows adds n rows that have values.
func (b *batch) addRows(n int) {
	if len(b.valid) > 0 {
		for range n {
			b.valid = append(b.valid, true)
		}
	}
	b.rows += n
}

// mark adds a mark to marks, of which there are n, or none while all are true.
func mark(marks []bool, n int, there bool) []bool {
	if len(marks) == 0 {
		if there {
			return marks
		}
		for range n {
			marks = append(marks, true)
		}
	}
	return append(marks, there)
}

// missing returns the first row without a value, or -1.
func missing(marks []bool) int {
	for i, there := range marks {
		if !there {
			return i
		}
	}
	return -1
}

// has says whether row or element i has a value.
func has(marks []bool, i int) bool { return len(marks) == 0 || marks[i] }

// elements returns how many elements the lists have.
func (b *batch) elements() int {
	if len(b.offsets) == 0 {
		return 0
	}
	return b.offsets[len(b.offsets)-1]
}
