package parquet

import (
	"math"
	"slices"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/memory"
)

// A loader makes arrays of a block, from a place on.
type loader struct {
	block      *block
	at         position
	swapped    bool        // numbers have the other byte order
	dictionary arrow.Array // of the column, if it has one
}

// load makes the array of type t that comes next, one of those that columns are made of. What
// an array reads beyond its buffers panics there; their lengths are right here.
func (l *loader) load(t arrow.DataType) (arrow.ArrayData, error) {
	if t.ID() == arrow.NULL {
		return l.nulls()
	}
	n, missing, valid, err := l.node()
	if err != nil {
		return nil, err
	}
	buffers := []*memory.Buffer{valid}
	var children []arrow.ArrayData
	rows := int64(n)
	switch t := t.(type) {
	case *arrow.BooleanType:
		err = l.add(&buffers, (rows+7)/8, 1)
	case *arrow.FixedSizeBinaryType:
		err = l.add(&buffers, product(rows, int64(t.ByteWidth)), 1)
	case *arrow.StringType, *arrow.BinaryType:
		err = l.addOffsets(&buffers, n, 4, true)
	case *arrow.LargeStringType, *arrow.LargeBinaryType:
		err = l.addOffsets(&buffers, n, 8, true)
	case arrow.BinaryViewDataType:
		err = l.addViews(&buffers, rows)
	case *arrow.ListType:
		err = l.addOffsets(&buffers, n, 4, false)
		children = l.child(t.Elem(), &err)
	case *arrow.LargeListType:
		err = l.addOffsets(&buffers, n, 8, false)
		children = l.child(t.Elem(), &err)
	case *arrow.FixedSizeListType:
		children = l.child(t.Elem(), &err)
		if err == nil && int64(children[0].Len()) < product(rows, int64(t.Len())) {
			err = damage("%d elements of %d lists of %d", children[0].Len(), n, t.Len())
		}
	case *arrow.DictionaryType:
		w := t.IndexType.(arrow.FixedWidthDataType).Bytes()
		if err = l.add(&buffers, rows*int64(w), w); err != nil {
			break
		}
		if l.dictionary == nil {
			return nil, damage("its dictionary is missing")
		}
		return array.NewDataWithDictionary(t, n, buffers, missing, 0, l.dictionary.Data().(*array.Data)), nil
	case arrow.FixedWidthDataType:
		err = l.add(&buffers, rows*int64(t.Bytes()), t.Bytes())
	default:
		err = unsupported("arrays of %v", t)
	}
	if err != nil {
		return nil, err
	}
	return array.NewData(t, n, buffers, children, missing, 0), nil
}

// product multiplies numbers that a file claims.
func product(a, b int64) int64 {
	if a < 0 || b < 0 || b > 0 && a > math.MaxInt64/b {
		return math.MaxInt64
	}
	return a * b
}

// counts returns how many values the next array has, and how many of them are missing.
func (l *loader) counts() (rows, nulls int64, err error) {
	at := l.block.nodes + 16*l.at.node
	l.at.node++
	rows, nulls = l.block.meta.int64At(at), l.block.meta.int64At(at+8)
	if rows < 0 || rows > min(math.MaxInt>>1, 1<<46) {
		return 0, 0, damage("an array of %d values", rows)
	}
	return rows, nulls, nil
}

// nulls makes an array of nothing but missing values, which has no buffers.
func (l *loader) nulls() (arrow.ArrayData, error) {
	rows, _, err := l.counts()
	return array.NewData(arrow.Null, int(rows), []*memory.Buffer{nil}, nil, int(rows), 0), err
}

// node returns how many values an array has and how many of them are missing, and the bits
// that say which.
func (l *loader) node() (n, missing int, valid *memory.Buffer, err error) {
	rows, nulls, err := l.counts()
	if err != nil {
		return 0, 0, nil, err
	}
	if nulls == 0 {
		l.at.buffer++
		return int(rows), 0, nil, nil
	}
	var buffers []*memory.Buffer
	if err := l.add(&buffers, (rows+7)/8, 1); err != nil {
		return 0, 0, nil, err
	}
	return int(rows), array.UnknownNullCount, buffers[0], nil
}

// add adds the next buffer, of which the values need least bytes, in numbers of so many bytes.
func (l *loader) add(buffers *[]*memory.Buffer, least int64, unit int) error {
	data, err := l.block.buffer(l.at.buffer, least)
	if err != nil {
		return err
	}
	l.at.buffer++
	if l.swapped {
		swapUnits(data, unit)
	}
	*buffers = append(*buffers, memory.NewBufferBytes(data))
	return nil
}

// swapUnits turns round the bytes of numbers.
func swapUnits(b []byte, unit int) {
	switch unit {
	case 2:
		for ; len(b) >= 2; b = b[2:] {
			b[0], b[1] = b[1], b[0]
		}
	case 4, 8:
		swapBytes(b, unit)
	case 16, 32:
		for ; len(b) >= unit; b = b[unit:] {
			slices.Reverse(b[:unit])
		}
	}
}

// addOffsets adds the offsets of lists or texts, and the bytes of texts.
func (l *loader) addOffsets(buffers *[]*memory.Buffer, n, unit int, texts bool) error {
	least := int64(n+1) * int64(unit)
	if n == 0 { // Arrow need not have any
		least = 0
	}
	err := l.add(buffers, least, unit)
	if err == nil && texts {
		err = l.add(buffers, 0, 1)
	}
	return err
}

// addViews adds views, and the buffers that they look into.
func (l *loader) addViews(buffers *[]*memory.Buffer, n int64) error {
	if l.swapped {
		return unsupported("views of the other byte order")
	}
	first, end := l.block.before[l.at.view], l.block.before[l.at.view+1]
	l.at.view++
	err := l.add(buffers, n*int64(arrow.ViewHeaderSizeBytes), 1)
	for i := first; i < end && err == nil; i++ {
		err = l.add(buffers, 0, 1)
	}
	return err
}

// child makes the array of the elements of lists.
func (l *loader) child(t arrow.DataType, err *error) []arrow.ArrayData {
	if *err != nil {
		return nil
	}
	data, failed := l.load(t)
	*err = failed
	return []arrow.ArrayData{data}
}
