package parquet

// A schemaNode is an element of a file's schema, a tree of groups whose leaves are columns of
// values.
type schemaNode struct {
	name       string
	physical   physical // of a leaf; -1 where the file does not say
	width      int
	repetition int
	logical    logical
	children   []*schemaNode // none of a leaf
}

// How often a node comes within the one around it.
const (
	once        = 0
	onceOrNot   = 1
	anyNumberOf = 2
)

// A logical says what the bytes of a value, or the members of a group, mean.
type logical struct {
	id               int // one of the constants below, or of a newer format
	precision, scale int // of a decimal
	utc              bool
	unit             int // of a time: 1 milliseconds, 2 microseconds, 3 nanoseconds
	bits             int // of an integer
	signed           bool
}

// The logical types that are known here, by the numbers that the format gives them.
const (
	logicalNone      = 0
	logicalString    = 1
	logicalMap       = 2
	logicalList      = 3
	logicalEnum      = 4
	logicalDecimal   = 5
	logicalDate      = 6
	logicalTime      = 7
	logicalTimestamp = 8
	logicalInt       = 10
	logicalNull      = 11
	logicalJSON      = 12
	logicalBSON      = 13
	logicalUUID      = 14
	logicalFloat16   = 15

	logicalInterval = -1 // of old, it has no number of the new ones
)

// logicalNames are those of types that are not read.
var logicalNames = map[int]string{16: "VARIANT", 17: "GEOMETRY", 18: "GEOGRAPHY", logicalInterval: "INTERVAL"}

// schema reads a schema: a list in which each group has its children after it.
func (c *compact) schema() *schemaNode {
	left, typ := c.list()
	if typ != thriftStruct || left == 0 {
		c.fail("a schema that is none")
		return nil
	}
	root := c.schemaNode(&left, 0)
	if left > 0 {
		c.fail("a schema whose groups do not fit")
	}
	return root
}

// schemaNode reads a node and those below it, of the elements that are left.
func (c *compact) schemaNode(left *int, depth int) *schemaNode {
	switch {
	case *left == 0:
		c.fail("a schema that ends too early")
	case depth > 2*thriftDepth:
		c.fail("a schema of more than %d levels", 2*thriftDepth)
	}
	if c.err != nil {
		return nil
	}
	*left--
	n, children := c.schemaElement()
	if children < 0 || children > *left {
		c.fail("a schema whose groups do not fit")
	}
	for i := 0; i < children && c.err == nil; i++ {
		n.children = append(n.children, c.schemaNode(left, depth+1))
	}
	return n
}

func (c *compact) schemaElement() (n *schemaNode, children int) {
	n = &schemaNode{physical: -1}
	converted, named := -1, false
	var l logical
	c.structs(func(id, typ int) {
		switch {
		case id == 4 && typ == thriftBinary:
			n.name, named = string(c.bytes()), true
		case id == 10 && typ == thriftStruct:
			n.logical = c.logical()
		case typ == thriftI32:
			x := c.int32()
			switch id {
			case 1:
				n.physical = physical(x)
			case 2:
				n.width = x
			case 3:
				n.repetition = x
			case 5:
				children = x
			case 6:
				converted = x
			case 7:
				l.scale = x
			case 8:
				l.precision = x
			}
		default:
			c.skip(typ, 2)
		}
	})
	if !named {
		c.fail("an element of the schema without a name")
	}
	if n.logical.id == logicalNone && converted >= 0 {
		n.logical = l.converted(converted)
	}
	return n, children
}

// logical reads a logical type.
func (c *compact) logical() (l logical) {
	c.structs(func(id, typ int) {
		l.id = id
		if typ != thriftStruct {
			c.skip(typ, 3)
			return
		}
		c.structs(func(id, typ int) { l.field(c, id, typ) })
	})
	return l
}

// field reads one field of a logical type.
func (l *logical) field(c *compact, id, typ int) {
	isBool := typ == thriftTrue || typ == thriftFalse
	switch l.id {
	case logicalDecimal:
		if typ == thriftI32 && id == 1 {
			l.scale = c.int32()
			return
		}
		if typ == thriftI32 && id == 2 {
			l.precision = c.int32()
			return
		}
	case logicalTime, logicalTimestamp:
		if isBool && id == 1 {
			l.utc = typ == thriftTrue
			return
		}
		if typ == thriftStruct && id == 2 {
			c.structs(func(id, typ int) {
				l.unit = id
				c.skip(typ, 5)
			})
			return
		}
	case logicalInt:
		if typ == thriftByte && id == 1 {
			l.bits = int(c.byte())
			return
		}
		if isBool && id == 2 {
			l.signed = typ == thriftTrue
			return
		}
	}
	c.skip(typ, 4)
}

// converted returns the logical type that stands for one of the types of old, of which l has
// the precision and scale.
func (l logical) converted(old int) logical {
	switch old {
	case 0:
		return logical{id: logicalString}
	case 1, 2:
		return logical{id: logicalMap}
	case 3:
		return logical{id: logicalList}
	case 4:
		return logical{id: logicalEnum}
	case 5:
		l.id = logicalDecimal
		return l
	case 6:
		return logical{id: logicalDate}
	case 7, 8:
		return logical{id: logicalTime, utc: true, unit: old - 6}
	case 9, 10:
		return logical{id: logicalTimestamp, utc: true, unit: old - 8}
	case 11, 12, 13, 14:
		return logical{id: logicalInt, bits: 8 << (old - 11)}
	case 15, 16, 17, 18:
		return logical{id: logicalInt, bits: 8 << (old - 15), signed: true}
	case 19:
		return logical{id: logicalJSON}
	case 20:
		return logical{id: logicalBSON}
	case 21:
		return logical{id: logicalInterval}
	}
	return logical{id: -2}
}
