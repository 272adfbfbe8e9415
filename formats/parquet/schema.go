package parquet

import (
	"fmt"
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
	}
	return k.String()
}

// A column is a column of a file.
type column struct {
	name string
	leaf int // its place among the column chunks of a row group; -1 of a nested one
	layout
	kind   kind
	unit   time.Duration // of times and durations
	naive  bool          // a timestamp that is no instant: the clock on some wall
	reason error         // why it cannot be read, if it cannot

	list           bool
	nullable       bool // rows (or lists) may be missing
	nullableItem   bool // so may elements of lists
	maxDef, maxRep byte
	emptyDef       byte // definition level of an empty list
	dict           bool // asked to be written as a dictionary
	native         bool // values have the widths of their kinds, as in Arrow's arrays
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
	if c.list {
		s = "list of " + s
	}
	return s
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

// columnsOf finds the columns of a file: the fields of its root.
func columnsOf(s *schema.Schema) []column {
	root := s.Root()
	columns := make([]column, root.NumFields())
	leaf := 0
	for i := range columns {
		node := root.Field(i)
		columns[i] = columnOf(node)
		leaves := countLeaves(node)
		if leaves == 1 && columns[i].reason == nil {
			columns[i].leaf = leaf
		}
		leaf += leaves
	}
	return columns
}

func countLeaves(n schema.Node) int {
	g, ok := n.(*schema.GroupNode)
	if !ok {
		return 1
	}
	leaves := 0
	for i := range g.NumFields() {
		leaves += countLeaves(g.Field(i))
	}
	return leaves
}

func columnOf(n schema.Node) column {
	c := column{name: n.Name(), leaf: -1}
	optional := n.RepetitionType() == parquet.Repetitions.Optional
	switch n := n.(type) {
	case *schema.PrimitiveNode:
		c.setValue(n)
		// What repeats without a group around it is a list as the first writers had them.
		c.setShape(n.RepetitionType() == parquet.Repetitions.Repeated, optional, false)
	case *schema.GroupNode:
		item := element(n)
		if item == nil {
			c.reason = unsupported("nested structures are not read; there are columns of values and of lists of values")
			return c
		}
		c.setValue(item)
		c.setShape(true, optional, item.RepetitionType() == parquet.Repetitions.Optional)
	}
	return c
}

// element returns the values of a group that is a list of them:
//
//	optional group name (LIST) { repeated group list { optional int64 element } }
//	optional group name (LIST) { repeated int64 element }
func element(g *schema.GroupNode) *schema.PrimitiveNode {
	_, isList := g.LogicalType().(schema.ListLogicalType)
	if (!isList && g.ConvertedType() != schema.ConvertedTypes.List) || g.NumFields() != 1 || g.RepetitionType() == parquet.Repetitions.Repeated {
		return nil
	}
	repeated := g.Field(0)
	if repeated.RepetitionType() != parquet.Repetitions.Repeated {
		return nil
	}
	switch n := repeated.(type) {
	case *schema.PrimitiveNode:
		return n
	case *schema.GroupNode:
		if n.NumFields() != 1 {
			return nil
		}
		if item, ok := n.Field(0).(*schema.PrimitiveNode); ok && item.RepetitionType() != parquet.Repetitions.Repeated {
			return item
		}
	}
	return nil
}

// setValue sets what one value of the column is.
func (c *column) setValue(n *schema.PrimitiveNode) {
	c.physical = physical(n.PhysicalType())
	switch c.physical {
	case physicalBool:
		c.kind, c.width = table.Bool, 1
	case physicalInt32:
		c.kind, c.width = table.Int32, 4
	case physicalInt64:
		c.kind, c.width = table.Int64, 8
	case physicalInt96:
		c.kind, c.width = kindInt96, 12
	case physicalFloat:
		c.kind, c.width = table.Float32, 4
	case physicalDouble:
		c.kind, c.width = table.Float64, 8
	case physicalBytes:
		c.kind = table.Bytes
	case physicalFixed:
		c.kind, c.width = kindFixed, n.TypeLength()
		if c.width <= 0 || c.width > 1<<20 {
			c.reason = damage("values of %d bytes", c.width)
		}
	default:
		c.reason = unsupported("physical type %v", n.PhysicalType())
	}
	logical := n.LogicalType()
	if logical == nil || logical.IsNone() {
		if n.ConvertedType() == schema.ConvertedTypes.None {
			return
		}
		logical = n.ConvertedType().ToLogicalType(n.DecimalMetadata())
	}
	c.setLogical(logical)
}

func (c *column) setLogical(logical schema.LogicalType) {
	misfit := false
	switch l := logical.(type) {
	case schema.StringLogicalType, schema.EnumLogicalType, schema.JSONLogicalType:
		c.kind, misfit = table.String, c.physical != physicalBytes
	case schema.BSONLogicalType:
		misfit = c.physical != physicalBytes
	case schema.UUIDLogicalType:
		misfit = c.physical != physicalFixed || c.width != 16
	case *schema.IntLogicalType:
		misfit = !c.setInt(int(l.BitWidth()), l.IsSigned())
	case schema.Float16LogicalType:
		c.kind, misfit = kindFloat16, c.physical != physicalFixed || c.width != 2
	case *schema.TimestampLogicalType:
		c.kind, c.unit, c.naive = table.Time, unitOf(l.TimeUnit()), !l.IsAdjustedToUTC()
		misfit = c.physical != physicalInt64 || c.unit == 0
	case *schema.TimeLogicalType:
		c.kind, c.unit = kindClock, unitOf(l.TimeUnit())
		misfit = c.unit == 0 || (c.unit == time.Millisecond) != (c.physical == physicalInt32) || c.width > 8
	case schema.DateLogicalType:
		c.kind, misfit = kindDate, c.physical != physicalInt32
	case *schema.DecimalLogicalType:
		c.reason = unsupported("decimal(%d, %d) has no Go type; cast the column to float64 or text before", l.Precision(), l.Scale())
	case schema.NoLogicalType, schema.NullLogicalType, schema.UnknownLogicalType:
	default:
		c.reason = unsupported("logical type %v", logical)
	}
	if misfit && c.reason == nil {
		c.reason = damage("logical type %v in values of physical type %d", logical, c.physical)
	}
}

func (c *column) setInt(bits int, signed bool) (ok bool) {
	var kinds map[int]kind
	if signed {
		kinds = map[int]kind{8: table.Int8, 16: table.Int16, 32: table.Int32, 64: table.Int64}
	} else {
		kinds = map[int]kind{8: table.Uint8, 16: table.Uint16, 32: table.Uint32, 64: table.Uint64}
	}
	c.kind, ok = kinds[bits]
	return ok && c.physical == map[bool]physical{false: physicalInt32, true: physicalInt64}[bits == 64]
}

func unitOf(u schema.TimeUnitType) time.Duration {
	switch u {
	case schema.TimeUnitMillis:
		return time.Millisecond
	case schema.TimeUnitMicros:
		return time.Microsecond
	case schema.TimeUnitNanos:
		return time.Nanosecond
	}
	return 0
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
