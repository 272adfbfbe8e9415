package parquet

import (
	"time"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/memory"

	"github.com/dataelab/dataelab-go/formats/table"
)

// isView says whether the values of a type are views of buffers.
func isView(t arrow.DataType) bool {
	return t.ID() == arrow.STRING_VIEW || t.ID() == arrow.BINARY_VIEW
}

// viewArray makes an array of views of n texts, those that marks leave out missing.
func viewArray(t arrow.DataType, texts []string, marks []bool, n int) arrow.Array {
	b := array.NewBinaryViewBuilder(memory.NewGoAllocator())
	b.Reserve(n)
	next := 0
	for i := range n {
		if !has(marks, i) {
			b.AppendNull()
			continue
		}
		b.AppendString(texts[next])
		next++
	}
	data := b.NewArray().Data()
	return array.MakeFromData(array.NewData(t, n, data.Buffers(), nil, data.NullN(), 0))
}

// fixedListArray makes the array of lists of one length. A list that is missing has its
// elements there, missing too.
func fixedListArray(t *arrow.FixedSizeListType, c *column, b *batch, dict *textIndex) (arrow.Array, error) {
	each := int(t.Len())
	marks := b.elems
	spread := missing(b.valid) >= 0
	if spread {
		marks = make([]bool, 0, b.rows*each)
	}
	for i := range b.rows {
		if !has(b.valid, i) {
			marks = append(marks, make([]bool, each)...)
			continue
		}
		from, to := b.offsets[i], b.offsets[i+1]
		if to-from != each {
			return nil, damage("row %d of this part: a list of %d elements in a column of %v", i, to-from, t)
		}
		for k := from; k < to && spread; k++ {
			marks = append(marks, has(b.elems, k))
		}
	}
	items, err := flatArray(t.Elem(), c, b, marks, b.rows*each, dict)
	if err != nil {
		return nil, err
	}
	valid, nulls := bitmap(b.valid)
	return array.MakeFromData(array.NewData(t, b.rows, []*memory.Buffer{valid}, []arrow.ArrayData{items.Data()}, nulls, 0)), nil
}

// storedType returns the type of a column as another program stored it, as far as it fits
// what the column holds. Parquet has no zones, no seconds, and one kind of list.
func storedType(t arrow.DataType, c *column) arrow.DataType {
	if l, ok := t.(arrow.ListLikeType); ok && c.depth() == 1 {
		item := l.ElemField()
		value := *c
		value.list = false
		item.Type, item.Nullable = storedType(item.Type, &value), c.nullableItem
		switch t := t.(type) {
		case *arrow.LargeListType:
			return arrow.LargeListOfField(item)
		case *arrow.FixedSizeListType:
			return arrow.FixedSizeListOfField(t.Len(), item)
		}
		return arrow.ListOfField(item)
	}
	s := columnOfArrow(arrow.Field{Type: t})
	switch {
	case s.reason != nil || s.list || c.list:
	case s.kind == table.Time && (c.kind == table.Time && c.naive == s.naive || c.kind == kindInt96):
		unit := c.unit
		if c.kind == kindInt96 {
			unit = time.Nanosecond
		}
		return &arrow.TimestampType{Unit: arrowUnit(unit), TimeZone: t.(*arrow.TimestampType).TimeZone}
	case s.kind == c.kind && s.unit == c.unit && s.width == c.width && c.kind != kindDecimal: // of which the file says all
		return t
	}
	return arrowType(c)
}
