package parquet

import "github.com/apache/arrow/go/v16/parquet/compress"

// A fileMetadata is what the end of a file says, as far as reading needs it. It is decoded
// here and not by arrow, which refuses the whole of it for a type that it does not know.
type fileMetadata struct {
	root    *schemaNode
	rows    int64
	groups  []rowGroup
	arrow   string // the schema of Arrow, if there is one
	ordered []bool // of each leaf: whether its bounds are in the order of its type; nil if the file does not say
}

type rowGroup struct {
	rows   int64
	chunks []chunkMetadata
}

// A chunkMetadata says where the pages of a column lie within a row group.
type chunkMetadata struct {
	path      string // of another file
	encrypted bool
	codec     compress.Compression
	values    int64 // entries
	size      int64 // bytes in the file
	dataAt    int64
	dictAt    int64 // 0 if there is none
	stats     chunkStatistics
}

// chunkStatistics are bounds of the values as bytes, nil where the file has none.
type chunkStatistics struct {
	min, max []byte
	nulls    int64 // -1 where the file does not tell
}

// decodeMetadata decodes metadata. Memory is taken for what is there: each element of a list
// must have the fields that the format demands.
func decodeMetadata(data []byte) (*fileMetadata, error) {
	c, m := &compact{data: data}, &fileMetadata{}
	c.structs(func(id, typ int) {
		switch {
		case id == 2 && typ == thriftList:
			m.root = c.schema()
		case id == 3 && typ == thriftI64:
			m.rows = c.varint()
		case id == 4 && typ == thriftList:
			c.structList(func() { m.groups = append(m.groups, c.rowGroup()) })
		case id == 5 && typ == thriftList:
			c.structList(func() {
				if key, value := c.keyValue(); key == schemaKey {
					m.arrow = value
				}
			})
		case id == 7 && typ == thriftList:
			c.structList(func() {
				order := 0
				c.structs(func(id, typ int) {
					order = id
					c.skip(typ, 2)
				})
				m.ordered = append(m.ordered, order == 1)
			})
		default:
			c.skip(typ, 1)
		}
	})
	if c.err == nil && m.root == nil {
		c.fail("there is no schema")
	}
	return m, c.err
}

// structList calls read for each element of a list of structs, which read has to read.
func (c *compact) structList(read func()) {
	n, elem := c.list()
	if n > 0 && elem != thriftStruct {
		c.fail("a list of something else than structs")
	}
	for range n {
		if c.err != nil {
			return
		}
		read()
	}
}

func (c *compact) keyValue() (key, value string) {
	c.structs(func(id, typ int) {
		switch {
		case id == 1 && typ == thriftBinary:
			key = string(c.bytes())
		case id == 2 && typ == thriftBinary:
			value = string(c.bytes())
		default:
			c.skip(typ, 2)
		}
	})
	return key, value
}

func (c *compact) rowGroup() (g rowGroup) {
	c.structs(func(id, typ int) {
		switch {
		case id == 1 && typ == thriftList:
			c.structList(func() { g.chunks = append(g.chunks, c.chunkMetadata()) })
		case id == 3 && typ == thriftI64:
			g.rows = c.varint()
		default:
			c.skip(typ, 2)
		}
	})
	return g
}

func (c *compact) chunkMetadata() (ch chunkMetadata) {
	seen := 0
	c.structs(func(id, typ int) {
		switch {
		case id == 1 && typ == thriftBinary:
			ch.path = string(c.bytes())
		case id == 3 && typ == thriftStruct:
			seen = c.chunkFields(&ch)
		case id == 8 || id == 9:
			ch.encrypted = true
			c.skip(typ, 3)
		default:
			c.skip(typ, 3)
		}
	})
	if parts := 1<<4 | 1<<5 | 1<<7 | 1<<9; seen&parts != parts && !ch.encrypted {
		c.fail("a column chunk without its parts")
	}
	return ch
}

// chunkFields reads the metadata proper and says which of its fields there are.
func (c *compact) chunkFields(ch *chunkMetadata) (seen int) {
	ch.stats.nulls = -1
	c.structs(func(id, typ int) {
		switch {
		case id == 4 && typ == thriftI32:
			ch.codec = compress.Compression(c.int32())
		case id == 12 && typ == thriftStruct:
			c.chunkStatistics(&ch.stats)
		case typ == thriftI64:
			x := c.varint()
			switch id {
			case 5:
				ch.values = x
			case 7:
				ch.size = x
			case 9:
				ch.dataAt = x
			case 11:
				ch.dictAt = x
			}
		default:
			c.skip(typ, 4)
		}
		seen |= 1 << (id & 31)
	})
	return seen
}

// chunkStatistics leaves out the bounds that writers of old put into other fields, in an
// order that nobody knows.
func (c *compact) chunkStatistics(s *chunkStatistics) {
	c.structs(func(id, typ int) {
		switch {
		case id == 3 && typ == thriftI64:
			s.nulls = c.varint()
		case id == 5 && typ == thriftBinary:
			s.max = c.bytes()
		case id == 6 && typ == thriftBinary:
			s.min = c.bytes()
		default:
			c.skip(typ, 5)
		}
	})
}

// isOrdered reports whether the bounds of a leaf are in the order of its type. Files that do
// not say so are taken to have them so.
func (m *fileMetadata) isOrdered(leaf int) bool {
	if len(m.ordered) == 0 {
		return true
	}
	return leaf < len(m.ordered) && m.ordered[leaf]
}
