package parquet

import (
	"fmt"
	"strings"
	"time"

	"github.com/apache/arrow/go/v16/parquet"
	"github.com/apache/arrow/go/v16/parquet/schema"

	"github.com/dataelab/dataelab-go/formats/table"
)

// A kind is what the values of a column in a file are: one of table.Kind, or
// one of those that only other programs write.
type kind = table.Kind

// Kinds beyond those of Go types.
const (
	kindFloat16 kind = 100 + iota
	kindFixed        // bytes, the same number in each value
	kindInt96        // an instant, as old programs write it: nanoseconds of the day, day
	kindDate         // days since 1970
	kindClock        // time of day
	kindDecimal      // a whole number of powers of ten
)

func kindName(k kind) string {
	switch k {
	case kindFloat16:
		return "float16"
	case kindFixed:
		return "fixed-length bytes"
	case kindInt96, table.Time:
		return "timestamp"
	case kindDate:
		return "date"
	case kindClock:
		return "time of day"
	case kindDecimal:
		return "decimal"
	case 0:
		return "unknown"
	}
	return k.String()
}

// A column is a column of a file.
type column struct {
	name string
	path []string // in a file: the names of the field and of the members that lead to it
	top  int      // in a file: the number of the field
	leaf int      // its place among the column chunks of a row group; -1 if it cannot be read
	layout
	kind   kind
	unit   time.Duration // of times and durations
	naive  bool          // a timestamp that is no instant: the clock on some wall
	digits int           // of a decimal
	scale  int           // of a decimal: digits after the point
	wide   bool          // of a decimal: 256 bits in Arrow, whatever its digits
	reason error         // why it cannot be read, if it cannot

	list           bool
	nullable       bool // rows (or lists) may be missing
	nullableItem   bool // so may elements of lists
	maxDef, maxRep byte
	emptyDef       byte   // definition level of an empty list
	outer          []byte // in a file: the same of the lists around it, from the outermost on
	dict           bool   // asked to be written as a dictionary
	native         bool   // values have the widths of their kinds, as in Arrow's arrays
}

// setShape sets what is repeated, and what may be missing, and the levels that follow.
func (c *column) setShape(list, nullable, nullableItem bool) {
	c.list, c.nullable, c.nullableItem = list, nullable, nullableItem
	if nullable {
		c.maxDef++
	}
	if list {
		c.emptyDef, c.maxRep = c.maxDef, 1
		c.maxDef++
	}
	if nullableItem {
		c.maxDef++
	}
}

// columnLike returns a column of values of a kind, with no shape as yet.
func columnLike(name string, k kind, unit time.Duration) column {
	c := column{name: name, kind: k, unit: unit, leaf: -1}
	c.physical, c.width = physicalInt32, 4
	switch k {
	case table.Bool:
		c.physical, c.width = physicalBool, 1
	case table.Float32:
		c.physical = physicalFloat
	case table.Float64:
		c.physical, c.width = physicalDouble, 8
	case table.Int64, table.Uint64, table.Time, table.Duration:
		c.physical, c.width = physicalInt64, 8
	case table.String, table.Bytes:
		c.physical, c.width = physicalBytes, 0
	case kindFloat16:
		c.physical, c.width = physicalFixed, 2
	case kindClock:
		if unit < time.Millisecond { // seconds, of Arrow only, have 32 bits like milliseconds
			c.physical, c.width = physicalInt64, 8
		}
	}
	return c
}

func (c *column) String() string {
	s := kindName(c.kind)
	if (c.kind == table.Time || c.kind == table.Duration || c.kind == kindClock) && c.unit != 0 {
		s += "[" + unitName(c.unit) + "]"
	}
	if c.kind == kindDecimal {
		s += fmt.Sprintf("(%d, %d)", c.digits, c.scale)
	}
	return strings.Repeat("list of ", c.depth()) + s
}

// depth is how many lists are around a value.
func (c *column) depth() int {
	if !c.list {
		return 0
	}
	return len(c.outer) + 1
}

// emptyAt is the definition level of an empty list at a depth.
func (c *column) emptyAt(depth int) byte {
	if depth < len(c.outer) {
		return c.outer[depth]
	}
	return c.emptyDef
}

func unitName(u time.Duration) string {
	switch u {
	case time.Nanosecond:
		return "ns"
	case time.Microsecond:
		return "us"
	case time.Millisecond:
		return "ms"
	}
	return "s"
}

// node returns what a column of Go values is in a file.
func node(c *column) (schema.Node, error) {
	physical := parquet.Type(c.physical)
	units := map[time.Duration]schema.TimeUnitType{
		time.Millisecond: schema.TimeUnitMillis, time.Microsecond: schema.TimeUnitMicros, time.Nanosecond: schema.TimeUnitNanos,
	}
	var logical schema.LogicalType = schema.NoLogicalType{}
	switch c.kind {
	case table.Int8:
		logical = schema.NewIntLogicalType(8, true)
	case table.Int16:
		logical = schema.NewIntLogicalType(16, true)
	case table.Uint8:
		logical = schema.NewIntLogicalType(8, false)
	case table.Uint16:
		logical = schema.NewIntLogicalType(16, false)
	case table.Uint32:
		logical = schema.NewIntLogicalType(32, false)
	case table.Uint64:
		logical = schema.NewIntLogicalType(64, false)
	case table.String:
		logical = schema.StringLogicalType{}
	case table.Time:
		logical = schema.NewTimestampLogicalType(!c.naive, units[c.unit])
	case kindFloat16:
		logical = schema.Float16LogicalType{}
	case kindDecimal:
		logical = schema.NewDecimalLogicalType(int32(c.digits), int32(c.scale))
	case kindDate:
		logical = schema.DateLogicalType{}
	case kindClock:
		logical = schema.NewTimeLogicalType(false, units[c.unit])
	}
	repetition := func(optional bool) parquet.Repetition {
		if optional {
			return parquet.Repetitions.Optional
		}
		return parquet.Repetitions.Required
	}
	width := -1
	if physical == parquet.Types.FixedLenByteArray {
		width = c.width
	}
	if !c.list {
		return schema.NewPrimitiveNodeLogical(c.name, repetition(c.nullable), logical, physical, width, -1)
	}
	item, err := schema.NewPrimitiveNodeLogical("element", repetition(c.nullableItem), logical, physical, width, -1)
	if err != nil {
		return nil, fmt.Errorf("column %q: %w", c.name, err)
	}
	return schema.ListOfWithName(c.name, item, repetition(c.nullable), -1)
}
