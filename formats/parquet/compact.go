package parquet

import "math"

// compact reads Thrift's compact protocol, in which Parquet writes its headers.
// After the first error it reads zeros.
type compact struct {
	data []byte
	at   int
	err  error
}

// The types of fields and elements.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
)

// thriftDepth is how deep structures may lie in each other. Those of Parquet
// are six deep.
const thriftDepth = 32

func (c *compact) fail(format string, args ...any) {
	if c.err == nil {
		c.err = damage(format, args...)
	}
}

func (c *compact) byte() byte {
	if c.err != nil || c.at >= len(c.data) {
		if c.err == nil {
			c.err = errShort
		}
		return 0
	}
	c.at++
	return c.data[c.at-1]
}

func (c *compact) uvarint() (x uint64) {
	for shift := 0; shift < 64; shift += 7 {
		b := c.byte()
		x |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return x
		}
	}
	c.fail("a number of more than 64 bits")
	return 0
}

func (c *compact) varint() int64 {
	x := c.uvarint()
	return int64(x>>1) ^ -int64(x&1)
}

func (c *compact) int32() int {
	x := c.varint()
	if x < math.MinInt32 || x > math.MaxInt32 {
		c.fail("%d where 32 bits are the most", x)
	}
	return int(x)
}

// field reads the start of a field after the one numbered last; typ is 0 at the
// end of the struct.
func (c *compact) field(last int) (id, typ int) {
	b := c.byte()
	if b == 0 {
		return 0, 0
	}
	typ = int(b & 15)
	if delta := int(b >> 4); delta != 0 {
		return last + delta, typ
	}
	return int(int16(c.varint())), typ
}

// list reads the start of a list or set. Each element takes a byte or more, so
// that a claim beyond the bytes there are is seen here.
func (c *compact) list() (n, elem int) {
	b := c.byte()
	n = int(b >> 4)
	if n == 15 {
		long := c.uvarint()
		n = int(min(long, math.MaxInt32))
	}
	if left := len(c.data) - c.at; n > left {
		c.fail("a list of %d elements in %d bytes", n, left)
		return 0, 0
	}
	return n, int(b & 15)
}

func (c *compact) bytes() []byte {
	n := c.uvarint()
	if n > uint64(len(c.data)-c.at) {
		if c.err == nil {
			c.err = errShort
		}
		return nil
	}
	c.at += int(n)
	return c.data[c.at-int(n) : c.at]
}

// skip passes over a field of that type.
func (c *compact) skip(typ, depth int) {
	if depth > thriftDepth {
		c.fail("structures nested %d deep", depth)
	}
	if c.err != nil {
		return
	}
	switch typ {
	case thriftTrue, thriftFalse: // the value is in the type
	case thriftByte:
		c.byte()
	case thriftI16, thriftI32, thriftI64:
		c.uvarint()
	case thriftDouble:
		for range 8 {
			c.byte()
		}
	case thriftBinary:
		c.bytes()
	case thriftList, thriftSet:
		n, elem := c.list()
		for range n {
			c.skipElement(elem, depth+1)
		}
	case thriftMap:
		c.skipMap(depth)
	case thriftStruct:
		c.structs(func(_, typ int) { c.skip(typ, depth+1) })
	default:
		c.fail("no type has the number %d", typ)
	}
}

// skipElement passes over an element: unlike a field, a bool there takes a byte.
func (c *compact) skipElement(typ, depth int) {
	if typ == thriftTrue || typ == thriftFalse {
		typ = thriftByte
	}
	c.skip(typ, depth)
}

func (c *compact) skipMap(depth int) {
	n := c.uvarint()
	if n == 0 {
		return
	}
	if left := uint64(len(c.data) - c.at); n > left {
		c.fail("a map of %d entries in %d bytes", n, left)
		return
	}
	types := c.byte()
	for range n {
		c.skipElement(int(types>>4), depth+1)
		c.skipElement(int(types&15), depth+1)
		if c.err != nil {
			return
		}
	}
}

// structs calls visit at each field of a struct; visit has to read it.
func (c *compact) structs(visit func(id, typ int)) {
	for id := 0; c.err == nil; {
		var typ int
		if id, typ = c.field(id); typ == 0 {
			return
		}
		visit(id, typ)
	}
}
