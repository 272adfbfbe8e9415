package parquet

import "encoding/binary"

// A flat is a table of a flatbuffer, in which Arrow writes its metadata. Arrow's
// own reader trusts the lengths of vectors and takes memory for them; here they are
// only looked at, and everything outside of the bytes is a panic, which the
// caller contains.
type flat struct {
	data []byte
	at   int
}

func flatRoot(data []byte) flat {
	return flat{data, int(binary.LittleEndian.Uint32(data))}
}

// field returns where field number i lies, or 0.
func (f flat) field(i int) int {
	table := f.at - int(int32(binary.LittleEndian.Uint32(f.data[f.at:])))
	size := int(binary.LittleEndian.Uint16(f.data[table:]))
	if 4+2*i >= size { // as arrow decides, also where the size is odd
		return 0
	}
	offset := int(binary.LittleEndian.Uint16(f.data[table+4+2*i:]))
	if offset == 0 {
		return 0
	}
	return f.at + offset
}

func (f flat) uint8(i int) byte {
	if at := f.field(i); at != 0 {
		return f.data[at]
	}
	return 0
}

func (f flat) int16(i int) int16 {
	if at := f.field(i); at != 0 {
		return int16(binary.LittleEndian.Uint16(f.data[at:]))
	}
	return 0
}

func (f flat) int64(i int) int64 {
	if at := f.field(i); at != 0 {
		return f.int64At(at)
	}
	return 0
}

func (f flat) text(i int) string {
	at, n := f.vector(i, 1)
	return string(f.data[at : at+n])
}

func (f flat) int64At(at int) int64 { return int64(binary.LittleEndian.Uint64(f.data[at:])) }
func (f flat) int32At(at int) int32 { return int32(binary.LittleEndian.Uint32(f.data[at:])) }

// table returns the table that field i refers to.
func (f flat) table(i int) (flat, bool) {
	at := f.field(i)
	if at == 0 {
		return flat{}, false
	}
	return flat{f.data, at + int(binary.LittleEndian.Uint32(f.data[at:]))}, true
}

// vector returns where the elements of field i begin, and how many there are. They
// all lie within the bytes.
func (f flat) vector(i, size int) (at, n int) {
	at = f.field(i)
	if at == 0 {
		return 0, 0
	}
	at += int(binary.LittleEndian.Uint32(f.data[at:]))
	n = int(binary.LittleEndian.Uint32(f.data[at:]))
	at += 4
	if n > (len(f.data)-at)/size {
		panic(damage("a vector of %d elements in %d bytes", n, len(f.data)-at))
	}
	return at, n
}

// tables calls visit with each table of a vector of them.
func (f flat) tables(i int, visit func(flat)) {
	at, n := f.vector(i, 4)
	for k := range n {
		place := at + 4*k
		visit(flat{f.data, place + int(binary.LittleEndian.Uint32(f.data[place:]))})
	}
}

// A budget limits how many tables are visited: several references may lead to one.
type budget int

func (b *budget) spend(depth int) {
	if *b--; *b < 0 || depth > thriftDepth {
		panic(damage("a schema that refers to itself, or is too deep"))
	}
}

// checkSchema looks at all vectors of a schema.
func checkSchema(s flat, b *budget) {
	b.spend(0)
	s.checkPairs(2, b)
	s.vector(3, 8)
	s.tables(1, func(f flat) { checkField(f, b, 1) })
}

func checkField(f flat, b *budget, depth int) {
	b.spend(depth)
	f.checkText(0)
	if t, ok := f.table(3); ok {
		// The only types with a vector are unions (type numbers) and time stamps (the
		// zone): field 1 of both.
		switch f.uint8(2) {
		case 10: // timestamp
			t.checkText(1)
		case 14: // union
			t.vector(1, 4)
		}
	}
	f.checkPairs(6, b)
	f.tables(5, func(child flat) { checkField(child, b, depth+1) })
}

// checkPairs looks at metadata: pairs of texts.
func (f flat) checkPairs(i int, b *budget) {
	f.tables(i, func(pair flat) {
		b.spend(0)
		pair.checkText(0)
		pair.checkText(1)
	})
}

func (f flat) checkText(i int) { f.vector(i, 1) }
