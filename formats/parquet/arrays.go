package parquet

import (
	"fmt"
	"math"
	"strings"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/bitutil"
	"github.com/apache/arrow/go/v16/arrow/memory"

	"github.com/dataelab/dataelab-go/formats/table"
)

// toArray makes the Arrow array of type t of a batch, whose memory becomes that of
// the array where it can. dict has the texts of a dictionary and may be shared
// by the batches of a column.
func toArray(t arrow.DataType, c *column, b *batch, dict *textIndex) (arrow.Array, error) {
	switch {
	case !c.list:
		return flatArray(t, c, b, b.valid, b.rows, dict)
	case len(c.outer) > 0:
		return nestedArray(t, c, b, dict)
	}
	l, ok := t.(arrow.ListLikeType)
	if !ok {
		return nil, fmt.Errorf("no array of type %v is made of lists", t)
	}
	if fixed, ok := t.(*arrow.FixedSizeListType); ok {
		return fixedListArray(fixed, c, b, dict)
	}
	items, err := flatArray(l.Elem(), c, b, b.elems, b.elements(), dict)
	if err != nil {
		return nil, err
	}
	if len(b.offsets) == 0 {
		b.offsets = append(b.offsets, 0)
	}
	return listArray(t, items, layer{b.offsets, b.valid})
}

// listArray makes the array of lists of items.
func listArray(t arrow.DataType, items arrow.Array, l layer) (arrow.Array, error) {
	offsets, err := offsetsBuffer(t, l.offsets)
	if err != nil {
		return nil, err
	}
	valid, nulls := bitmap(l.valid)
	return array.MakeFromData(array.NewData(t, len(l.offsets)-1, []*memory.Buffer{valid, offsets}, []arrow.ArrayData{items.Data()}, nulls, 0)), nil
}

// nestedArray makes the array of lists of lists.
func nestedArray(t arrow.DataType, c *column, b *batch, dict *textIndex) (arrow.Array, error) {
	b.nest(len(c.outer))
	types := []arrow.DataType{t}
	for range b.outer {
		types = append(types, types[len(types)-1].(arrow.ListLikeType).Elem())
	}
	inner := *c
	inner.outer = nil
	lists, err := toArray(types[len(b.outer)], &inner, b, dict)
	for k := len(b.outer) - 1; k >= 0 && err == nil; k-- {
		lists, err = listArray(types[k], lists, b.outer[k])
	}
	return lists, err
}

// isLarge says whether a type has offsets of 64 bits.
func isLarge(t arrow.DataType) bool {
	switch t.ID() {
	case arrow.LARGE_STRING, arrow.LARGE_BINARY, arrow.LARGE_LIST:
		return true
	}
	return false
}

func offsetsBuffer(t arrow.DataType, offsets []int) (*memory.Buffer, error) {
	if isLarge(t) {
		large := make([]int64, len(offsets))
		for i, x := range offsets {
			large[i] = int64(x)
		}
		return memory.NewBufferBytes(bytesOf(large)), nil
	}
	if last := offsets[len(offsets)-1]; last > math.MaxInt32 {
		return nil, fmt.Errorf("%w: %d elements or bytes, more than a %v can hold; read it in row groups", ErrValue, last, t)
	}
	small := make([]int32, len(offsets))
	for i, x := range offsets {
		small[i] = int32(x)
	}
	return memory.NewBufferBytes(bytesOf(small)), nil
}

// bitmap packs marks, and counts those that are not set.
func bitmap(marks []bool) (*memory.Buffer, int) {
	if len(marks) == 0 {
		return nil, 0
	}
	bits := make([]byte, bitutil.CeilByte(len(marks))/8)
	missing := 0
	for i, there := range marks {
		if there {
			bits[i>>3] |= 1 << (i & 7)
		} else {
			missing++
		}
	}
	return memory.NewBufferBytes(bits), missing
}

// flatArray makes the array of n values, those that marks leave out missing.
func flatArray(t arrow.DataType, c *column, b *batch, marks []bool, n int, dict *textIndex) (arrow.Array, error) {
	valid, nulls := bitmap(marks)
	var buffers []*memory.Buffer
	switch {
	case c.physical == physicalBytes && c.kind != kindDecimal:
		if d, ok := t.(*arrow.DictionaryType); ok {
			return dictionaryArray(d, b, marks, n, dict)
		}
		if isView(t) {
			return viewArray(t, b.text, marks, n), nil
		}
		offsets, data := make([]int, 1, n+1), make([]byte, 0, textBytes(b.text))
		next := 0
		for i := range n {
			if has(marks, i) {
				data = append(data, b.text[next]...)
				next++
			}
			offsets = append(offsets, len(data))
		}
		buffer, err := offsetsBuffer(t, offsets)
		if err != nil {
			return nil, err
		}
		buffers = []*memory.Buffer{valid, buffer, memory.NewBufferBytes(data)}
	case c.kind == table.Bool:
		spaced := spaced(b.fixed, marks, n, 1)
		bools := make([]bool, n)
		for i, x := range spaced {
			bools[i] = x != 0
		}
		buffer, _ := bitmap(bools)
		if buffer == nil {
			buffer = memory.NewBufferBytes(nil)
		}
		buffers = []*memory.Buffer{valid, buffer}
	default:
		w := valueWidth(c)
		buffers = []*memory.Buffer{valid, memory.NewBufferBytes(spaced(b.fixed, marks, n, w))}
		if nulls == 0 {
			b.fixed = nil // it is the array's now
		}
	}
	return array.MakeFromData(array.NewData(t, n, buffers, nil, nulls, 0)), nil
}

func textBytes(texts []string) (n int) {
	for _, text := range texts {
		n += len(text)
	}
	return n
}

// valueWidth is the bytes of a value in a batch of Go memory.
func valueWidth(c *column) int {
	if c.kind == kindDecimal {
		return c.arrowDecimalWidth()
	}
	if c.kind == kindFixed || c.kind == kindClock {
		return c.width
	}
	return width(c.kind)
}

// spaced returns n values, with zeros where one is missing.
func spaced(dense []byte, marks []bool, n, width int) []byte {
	if missing(marks) < 0 {
		return dense[:n*width]
	}
	all := make([]byte, n*width)
	next := 0
	for i, there := range marks {
		if there {
			copy(all[i*width:(i+1)*width], dense[next:])
			next += width
		}
	}
	return all
}

// textIndex numbers different texts.
type textIndex struct {
	texts []string
	at    map[string]int
}

// add numbers the texts of a batch.
func (x *textIndex) add(texts []string) {
	if x.at == nil {
		x.at = map[string]int{}
	}
	for _, text := range texts {
		if _, ok := x.at[text]; !ok {
			text = strings.Clone(text)
			x.at[text] = len(x.texts)
			x.texts = append(x.texts, text)
		}
	}
}

func dictionaryArray(t *arrow.DictionaryType, b *batch, marks []bool, n int, dict *textIndex) (arrow.Array, error) {
	dict.add(b.text)
	index := make([]int64, len(b.text))
	for i, text := range b.text {
		index[i] = int64(dict.at[text])
	}
	w := t.IndexType.(arrow.FixedWidthDataType).BitWidth() / 8
	most := uint64(1)<<(8*w-1) - 1
	if arrow.IsUnsignedInteger(t.IndexType.ID()) {
		most = most<<1 | 1
	}
	if uint64(len(dict.texts)) > most {
		return nil, fmt.Errorf("%w: %d different texts, more than %v can count", ErrValue, len(dict.texts), t.IndexType)
	}
	narrow := batch{fixed: bytesOf(index), n: len(index)}
	switch w {
	case 1:
		_ = exactly[int64, uint8](&narrow)
	case 2:
		_ = exactly[int64, uint16](&narrow)
	case 4:
		_ = exactly[int64, uint32](&narrow)
	}
	valid, nulls := bitmap(marks)
	values := batch{text: dict.texts, n: len(dict.texts), rows: len(dict.texts)}
	c := columnLike("", table.String, 0)
	texts, err := flatArray(t.ValueType, &c, &values, nil, values.n, nil)
	if err != nil {
		return nil, err
	}
	data := array.NewDataWithDictionary(t, n, []*memory.Buffer{valid, memory.NewBufferBytes(spaced(narrow.fixed, marks, n, w))}, nulls, 0, texts.Data().(*array.Data))
	return array.NewDictionaryData(data), nil
}
