package parquet

import (
	"slices"
	"time"

	"github.com/dataelab/dataelab-go/formats/table"
)

// columnsOf finds the columns of a file, each leaf of the schema one:
//
//  1. A leaf in the root is a column of its name.
//  2. A member of a structure is a column "structure.member". Where the structure is
//     missing, so are its members.
//  3. What is in a list is a column of lists. Of a list of structures, each member is a
//     column of lists, all of the same lengths.
//  4. A map is a list of structures with the members key and value.
//  5. Groups that are unknown are columns that cannot be read.
func columnsOf(root *schemaNode) []column {
	w := &schemaWalk{}
	for i, n := range root.children {
		w.node(n, column{name: n.name, path: []string{n.name}, top: i, leaf: -1})
	}
	return w.columns
}

type schemaWalk struct {
	columns []column
	leaves  int
}

// node adds the columns of n; c has what the nodes around it make of them.
func (w *schemaWalk) node(n *schemaNode, c column) {
	switch n.repetition {
	case onceOrNot:
		c.maxDef++
	case anyNumberOf:
		c.repeat() // without a group around it: a list as the first writers had them
	}
	w.content(n, c)
}

// content is node without how often n comes.
func (w *schemaWalk) content(n *schemaNode, c column) {
	switch {
	case len(n.children) == 0:
		w.leaf(n, c)
	case n.logical.id == logicalList:
		w.listGroup(n, c)
	case n.logical.id == logicalMap && n.children[0].repetition == anyNumberOf && len(n.children) == 1 && len(n.children[0].children) > 0:
		w.mapGroup(n, c)
	case n.logical.id == logicalNone:
		for _, member := range n.children {
			w.node(member, c.member(member.name))
		}
	default:
		w.refuse(n, c, unknownLogical(n.logical))
	}
}

// listGroup adds a list, in one of the forms in which there are any:
//
//	optional group name (LIST) { repeated group list { optional int64 element } }
//	optional group name (LIST) { repeated int64 element }
//	optional group name (LIST) { repeated group array { members of a structure } }
func (w *schemaWalk) listGroup(n *schemaNode, c column) {
	if len(n.children) != 1 || n.children[0].repetition != anyNumberOf {
		w.refuse(n, c, unsupported("a list of a form that is not known"))
		return
	}
	c.repeat()
	item := n.children[0]
	if len(item.children) != 1 || item.name == "array" || item.name == n.name+"_tuple" {
		w.content(item, c)
		return
	}
	w.node(item.children[0], c)
}

func (w *schemaWalk) mapGroup(n *schemaNode, c column) {
	entry := n.children[0]
	if len(entry.children) > 2 {
		w.refuse(n, c, unsupported("a map of a form that is not known"))
		return
	}
	c.repeat()
	for i, name := range []string{"key", "value"}[:len(entry.children)] {
		w.node(entry.children[i], c.member(name))
	}
}

// refuse adds n as one column that cannot be read.
func (w *schemaWalk) refuse(n *schemaNode, c column, reason error) {
	c.reason = reason
	w.columns = append(w.columns, c)
	w.leaves += n.leaves()
}

func (n *schemaNode) leaves() int {
	if len(n.children) == 0 {
		return 1
	}
	leaves := 0
	for _, child := range n.children {
		leaves += child.leaves()
	}
	return leaves
}

func (w *schemaWalk) leaf(n *schemaNode, c column) {
	c.setValue(n)
	c.nullable = c.maxDef > 0
	if c.list {
		c.nullable, c.nullableItem = c.emptyAt(0) > 0, c.maxDef > c.emptyDef+1
	}
	if c.reason == nil {
		c.leaf = w.leaves
	}
	w.leaves++
	w.columns = append(w.columns, c)
}

// member returns the column that a member of c begins with.
func (c column) member(name string) column {
	c.name += "." + name
	c.path = append(slices.Clip(c.path), name)
	return c
}

// repeat makes lists of c.
func (c *column) repeat() {
	if c.list {
		c.outer = append(slices.Clip(c.outer), c.emptyDef)
	}
	c.list, c.emptyDef = true, c.maxDef
	c.maxRep++
	c.maxDef++
}

// setValue sets what one value of the column is.
func (c *column) setValue(n *schemaNode) {
	c.physical = n.physical
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
		c.kind, c.width = kindFixed, n.width
		if c.width <= 0 || c.width > 1<<20 {
			c.reason = damage("values of %d bytes", c.width)
		}
	default:
		c.reason = unsupported("physical type %d", n.physical)
	}
	if c.reason == nil {
		c.setLogical(n.logical)
	}
}

func (c *column) setLogical(l logical) {
	fits := true
	switch l.id {
	case logicalNone, logicalNull:
	case logicalString, logicalEnum, logicalJSON:
		c.kind, fits = table.String, c.physical == physicalBytes
	case logicalBSON:
		fits = c.physical == physicalBytes
	case logicalUUID:
		fits = c.physical == physicalFixed && c.width == 16
	case logicalInt:
		fits = c.setInt(l.bits, l.signed)
	case logicalFloat16:
		c.kind, fits = kindFloat16, c.physical == physicalFixed && c.width == 2
	case logicalTimestamp:
		c.kind, c.unit, c.naive = table.Time, unitOf(l), !l.utc
		fits = c.physical == physicalInt64 && c.unit != 0
	case logicalTime:
		c.kind, c.unit = kindClock, unitOf(l)
		fits = c.unit != 0 && c.physical == map[bool]physical{true: physicalInt32, false: physicalInt64}[c.unit == time.Millisecond]
	case logicalDate:
		c.kind, fits = kindDate, c.physical == physicalInt32
	case logicalDecimal:
		c.setDecimal(l)
	default:
		c.reason = unknownLogical(l)
	}
	if !fits {
		c.reason = damage("values of physical type %d, which have not the logical type %d", c.physical, l.id)
	}
}

func unknownLogical(l logical) error {
	if name, ok := logicalNames[l.id]; ok {
		return unsupported("the logical type %s is not read", name)
	}
	return unsupported("the logical type number %d is not known", l.id)
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

func unitOf(l logical) time.Duration {
	return map[int]time.Duration{1: time.Millisecond, 2: time.Microsecond, 3: time.Nanosecond}[l.unit]
}
