package parquet

import (
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"

	"github.com/dataelab/dataelab-go/formats/table"
)

// arrowKinds are the kinds of Arrow's types, as far as those go into columns.
var arrowKinds = map[arrow.Type]kind{
	arrow.BOOL: table.Bool,
	arrow.INT8: table.Int8, arrow.INT16: table.Int16, arrow.INT32: table.Int32, arrow.INT64: table.Int64,
	arrow.UINT8: table.Uint8, arrow.UINT16: table.Uint16, arrow.UINT32: table.Uint32, arrow.UINT64: table.Uint64,
	arrow.FLOAT16: kindFloat16, arrow.FLOAT32: table.Float32, arrow.FLOAT64: table.Float64,
	arrow.STRING: table.String, arrow.LARGE_STRING: table.String, arrow.BINARY: table.Bytes, arrow.LARGE_BINARY: table.Bytes,
	arrow.STRING_VIEW: table.String, arrow.BINARY_VIEW: table.Bytes,
	arrow.FIXED_SIZE_BINARY: kindFixed, arrow.DATE32: kindDate, arrow.DECIMAL128: kindDecimal, arrow.DECIMAL256: kindDecimal,
	arrow.TIMESTAMP: table.Time, arrow.DURATION: table.Duration, arrow.TIME32: kindClock, arrow.TIME64: kindClock,
}

var arrowUnits = map[arrow.TimeUnit]time.Duration{
	arrow.Second: time.Second, arrow.Millisecond: time.Millisecond, arrow.Microsecond: time.Microsecond, arrow.Nanosecond: time.Nanosecond,
}

// columnOfArrow returns the column that a field of an Arrow schema becomes. Where
// it has none, the column says why.
func columnOfArrow(f arrow.Field) column {
	t := f.Type
	list, items := false, false
	if l, ok := t.(arrow.ListLikeType); ok && (t.ID() == arrow.LIST || t.ID() == arrow.LARGE_LIST || t.ID() == arrow.FIXED_SIZE_LIST) {
		t, list, items = l.Elem(), true, l.ElemField().Nullable
	}
	dict := false
	if d, ok := t.(*arrow.DictionaryType); ok && arrow.IsBaseBinary(d.ValueType.ID()) {
		t, dict = d.ValueType, true
	}
	k, ok := arrowKinds[t.ID()]
	if !ok {
		return column{name: f.Name, leaf: -1, reason: unsupported("Arrow type %v has no place in a column; there are numbers, decimals, bools, text, bytes, "+
			"times, dictionaries of text, and lists of such", f.Type)}
	}
	var unit time.Duration
	naive := false
	switch t := t.(type) {
	case *arrow.TimestampType:
		unit, naive = arrowUnits[t.Unit], t.TimeZone == ""
	case arrow.TemporalWithUnit:
		unit = arrowUnits[t.TimeUnit()]
	}
	c := columnLike(f.Name, k, unit)
	c.naive, c.dict = naive, dict
	switch t := t.(type) {
	case *arrow.FixedSizeBinaryType:
		c.physical, c.width = physicalFixed, t.ByteWidth
	case arrow.DecimalType:
		c.physical, c.wide = physicalFixed, t.ID() == arrow.DECIMAL256
		c.setDecimal(logical{precision: int(t.GetPrecision()), scale: int(t.GetScale())})
		if c.width = c.arrowDecimalWidth(); c.reason != nil {
			c.reason = unsupported("%v: the digits after the point are less than none, or more than there are", f.Type)
		}
	}
	c.setShape(list, f.Nullable, items)
	return c
}

// parquetReason says why a column that Arrow has cannot be one of Parquet.
func (c *column) parquetReason() error {
	if c.reason == nil && c.unit == time.Second && (c.kind == table.Time || c.kind == kindClock) {
		return unsupported("Parquet has no unit of seconds; cast the column to milliseconds")
	}
	if c.reason == nil && c.kind == kindFixed && c.width == 0 {
		return unsupported("Parquet has no values of zero bytes")
	}
	return c.reason
}

// addArray adds n rows of an array, from row first on. Arrays of files have not
// been checked: whatever is wrong with them is an error or a panic, which the
// caller contains.
func addArray(b *batch, c *column, arr arrow.Array, first, n int) error {
	if !c.list {
		return addValues(b, c, arr, first, n, b.addRow)
	}
	l, ok := arr.(array.ListLike)
	if !ok {
		return damage("%v where lists are expected", arr.DataType())
	}
	if len(b.offsets) == 0 {
		b.offsets = append(b.offsets, 0)
	}
	for i := first; i < first+n; i++ {
		there := l.IsValid(i)
		b.addRow(there)
		b.offsets = append(b.offsets, b.elements())
		if !there {
			continue
		}
		from, to := l.ValueOffsets(i)
		if from < 0 || to < from || to > int64(l.ListValues().Len()) {
			return damage("a list of the elements %d to %d of %d", from, to, l.ListValues().Len())
		}
		if err := addValues(b, c, l.ListValues(), int(from), int(to-from), b.addElement); err != nil {
			return err
		}
	}
	return nil
}

// addValues adds n values; mark is told of each whether it is there.
func addValues(b *batch, c *column, arr arrow.Array, first, n int, mark func(bool)) error {
	if first+n > arr.Len() {
		return damage("%d values where %d are expected", arr.Len(), first+n)
	}
	if n == 0 { // an empty array may have no memory
		return nil
	}
	switch arr := arr.(type) {
	case *array.Dictionary:
		return addIndexed(b, c, arr, first, n, mark)
	case *array.Null:
		for range n {
			mark(false)
		}
		return nil
	}
	present := n
	if arr.NullN() == 0 {
		for range n {
			mark(true)
		}
	} else {
		present = 0
		for i := first; i < first+n; i++ {
			there := arr.IsValid(i)
			mark(there)
			if there {
				present++
			}
		}
	}
	if c.physical == physicalBytes {
		return addTexts(b, arr, first, n)
	}
	return addFixed(b, c, arr, first, n, present)
}

func addTexts(b *batch, arr arrow.Array, first, n int) error {
	for i := first; i < first+n; i++ {
		if arr.IsNull(i) {
			continue
		}
		var text string
		switch a := arr.(type) {
		case *array.String:
			text = a.Value(i)
		case *array.LargeString:
			text = a.Value(i)
		case *array.Binary:
			text = textOf(a.Value(i))
		case *array.LargeBinary:
			text = textOf(a.Value(i))
		case *array.StringView:
			text = a.Value(i)
		case *array.BinaryView:
			text = textOf(a.Value(i))
		default:
			return damage("%v where text is expected", arr.DataType())
		}
		b.text = append(b.text, text)
		b.n++
	}
	return nil
}

// addIndexed adds values of a dictionary. One that is missing in the dictionary is missing.
func addIndexed(b *batch, c *column, d *array.Dictionary, first, n int, mark func(bool)) error {
	values := d.Dictionary()
	for i := first; i < first+n; i++ {
		if d.IsNull(i) {
			mark(false)
			continue
		}
		at := d.GetValueIndex(i)
		if at < 0 || at >= values.Len() {
			return damage("row %d has value %d of a dictionary of %d", i, at, values.Len())
		}
		if err := addValues(b, c, values, at, 1, mark); err != nil {
			return err
		}
	}
	return nil
}

func addFixed(b *batch, c *column, arr arrow.Array, first, n, present int) error {
	data := arr.Data()
	id := data.DataType().ID()
	if id == arrow.DATE64 {
		id = arrow.TIMESTAMP // of milliseconds
	}
	if k, ok := arrowKinds[id]; !ok || k != c.kind {
		return damage("%v where %v is expected", data.DataType(), c)
	}
	w := valueWidth(c)
	if t, ok := data.DataType().(arrow.FixedWidthDataType); c.kind == kindDecimal && (!ok || t.Bytes() != w) {
		return damage("%v where %v is expected", data.DataType(), c)
	}
	if buf := data.Buffers()[1]; c.kind != table.Bool && present > 0 && (buf == nil || buf.Len()/max(w, 1) < data.Offset()+first+n) {
		return errShort // before memory is taken for what a width claims
	}
	dst := b.extend(present, w)
	if bools, ok := arr.(*array.Boolean); ok {
		next := 0
		for i := first; i < first+n; i++ {
			if bools.IsValid(i) {
				dst[next] = 0
				if bools.Value(i) {
					dst[next] = 1
				}
				next++
			}
		}
		return nil
	}
	src := data.Buffers()[1].Bytes()[(data.Offset()+first)*w:]
	if present == n {
		if len(src) < n*w {
			return errShort
		}
		copy(dst, src)
	} else {
		next := 0
		for i := range n {
			if arr.IsValid(first + i) {
				copy(dst[next:next+w], src[i*w:(i+1)*w])
				next += w
			}
		}
	}
	if c.kind == kindDecimal {
		highestFirst(dst, w)
	}
	return nil
}

var errNil = fmt.Errorf("%w: a nil arrow.Table or arrow.Record", ErrValue)

func validTexts(texts []string) bool {
	for _, text := range texts {
		if !utf8.ValidString(text) {
			return false
		}
	}
	return true
}
