package parquet

import (
	"encoding/binary"
	"math"
	"strings"

	"github.com/apache/arrow/go/v16/parquet/metadata"

	"github.com/dataelab/dataelab-go/formats/table"
)

// minmax keeps the least and greatest value of a column chunk, for readers that
// look for some.
type minmax struct {
	any     bool
	nulls   int64
	low     [1]uint64 // room for a value of any fixed width
	high    [1]uint64
	minText string
	maxText string
	noText  bool // one of them is too long to keep
}

// longestStat is the length of a text that statistics hold; longer ones are of no use
// to a reader that wants to pass over pages without reading much.
const longestStat = 4096

// update takes the values of a batch in. Its integers have the widths of their kinds.
func (m *minmax) update(c *column, b *batch) {
	if c.list {
		// An entry without a value is a missing or an empty list, or a missing element.
		for i := range b.rows {
			if b.offsets[i] == b.offsets[i+1] {
				m.nulls++
			}
		}
		m.nulls += int64(b.elements() - b.n)
	} else {
		m.nulls += int64(b.rows - b.n)
	}
	if b.n == 0 {
		return
	}
	switch c.kind {
	case table.Bool, table.Uint8:
		updateInts[uint8](m, b)
	case table.Int8:
		updateInts[int8](m, b)
	case table.Int16:
		updateInts[int16](m, b)
	case table.Uint16:
		updateInts[uint16](m, b)
	case table.Int32, kindDate:
		updateInts[int32](m, b)
	case table.Uint32:
		updateInts[uint32](m, b)
	case table.Uint64:
		updateInts[uint64](m, b)
	case table.Float32:
		updateFloats[float32](m, b)
	case table.Float64:
		updateFloats[float64](m, b)
	case table.String, table.Bytes:
		m.updateTexts(b.text)
	case table.Int64, table.Time, table.Duration:
		updateInts[int64](m, b)
	case kindClock:
		if c.width == 4 {
			updateInts[int32](m, b)
		} else {
			updateInts[int64](m, b)
		}
	}
}

func updateInts[T int8 | uint8 | int16 | uint16 | int32 | uint32 | int64 | uint64](m *minmax, b *batch) {
	values := cast[T](b.fixed)
	least, most := values[0], values[0]
	for _, x := range values {
		least, most = min(least, x), max(most, x)
	}
	keepExtremes(m, least, most)
}

func updateFloats[T float32 | float64](m *minmax, b *batch) {
	least, most := T(math.Inf(1)), T(math.Inf(-1))
	seen := false
	for _, x := range cast[T](b.fixed) {
		// Comparing leaves NaN out.
		if x <= least {
			least, seen = x, true
		}
		if x >= most {
			most, seen = x, true
		}
	}
	if !seen {
		return
	}
	// The format asks for these signs, as readers take -0 for less than 0, or not.
	if least == 0 {
		least = T(math.Copysign(0, -1))
	}
	if most == 0 {
		most = 0
	}
	keepExtremes(m, least, most)
}

// keepExtremes keeps the bytes of two values, if they are lower and higher than
// those before.
func keepExtremes[T fixedValue](m *minmax, least, most T) {
	low, high := cast[T](bytesOf(m.low[:])), cast[T](bytesOf(m.high[:]))
	if !m.any || least < low[0] {
		low[0] = least
	}
	if !m.any || most > high[0] {
		high[0] = most
	}
	m.any = true
}

func (m *minmax) updateTexts(texts []string) {
	least, most := texts[0], texts[0]
	for _, text := range texts {
		least, most = min(least, text), max(most, text)
	}
	// Copied, as the caller may write to the bytes later.
	if !m.any || least < m.minText {
		m.minText = m.short(least)
	}
	if !m.any || most > m.maxText {
		m.maxText = m.short(most)
	}
	m.any = true
}

func (m *minmax) short(text string) string {
	if len(text) > longestStat {
		m.noText = true
		return ""
	}
	return strings.Clone(text)
}

// encoded returns the statistics as they are in a file.
func (m *minmax) encoded(c *column) metadata.EncodedStatistics {
	var s metadata.EncodedStatistics
	s.SetNullCount(m.nulls)
	switch {
	case !m.any || m.noText || c.kind == kindFixed || c.kind == kindFloat16:
	case c.physical == physicalBytes:
		s.SetMin([]byte(m.minText)).SetMax([]byte(m.maxText))
	default:
		s.SetMin(stored(c, bytesOf(m.low[:]))).SetMax(stored(c, bytesOf(m.high[:])))
		s.Signed = c.kind != table.Uint8 && c.kind != table.Uint16 && c.kind != table.Uint32 && c.kind != table.Uint64
	}
	return s
}

// stored returns a value as Parquet writes it.
func stored(c *column, v []byte) []byte {
	switch c.kind {
	case table.Bool:
		return []byte{v[0]}
	case table.Int8:
		return binary.LittleEndian.AppendUint32(nil, uint32(int32(int8(v[0]))))
	case table.Uint8:
		return binary.LittleEndian.AppendUint32(nil, uint32(v[0]))
	case table.Int16:
		return binary.LittleEndian.AppendUint32(nil, uint32(int32(int16(binary.NativeEndian.Uint16(v)))))
	case table.Uint16:
		return binary.LittleEndian.AppendUint32(nil, uint32(binary.NativeEndian.Uint16(v)))
	}
	if c.width == 4 {
		return binary.LittleEndian.AppendUint32(nil, binary.NativeEndian.Uint32(v))
	}
	return binary.LittleEndian.AppendUint64(nil, binary.NativeEndian.Uint64(v))
}
