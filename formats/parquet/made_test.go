package parquet_test

import "encoding/binary"

// A thriftStruct is bytes of Thrift's compact protocol, for files that no library at hand
// writes.
type thriftStruct struct {
	data []byte
	last int
}

func (s *thriftStruct) field(id, typ int) {
	s.data = append(s.data, byte((id-s.last)<<4|typ))
	s.last = id
}

func (s *thriftStruct) int32(id, x int) *thriftStruct {
	s.field(id, 5)
	s.data = binary.AppendVarint(s.data, int64(x))
	return s
}

func (s *thriftStruct) int64(id, x int) *thriftStruct {
	s.field(id, 6)
	s.data = binary.AppendVarint(s.data, int64(x))
	return s
}

func (s *thriftStruct) text(id int, x string) *thriftStruct {
	s.field(id, 8)
	s.data = append(binary.AppendUvarint(s.data, uint64(len(x))), x...)
	return s
}

func (s *thriftStruct) nested(id int, x *thriftStruct) *thriftStruct {
	s.field(id, 12)
	s.data = append(append(s.data, x.data...), 0)
	return s
}

func (s *thriftStruct) list(id int, elements ...*thriftStruct) *thriftStruct {
	s.field(id, 9)
	s.data = append(s.data, byte(len(elements)<<4|12))
	for _, e := range elements {
		s.data = append(append(s.data, e.data...), 0)
	}
	return s
}

// A madeColumn is a required column of one page of version 1.
type madeColumn struct {
	element  *thriftStruct // of the schema
	physical int
	codec    int
	values   int
	plain    int    // bytes of the page, decompressed
	stored   []byte // and as it is in the file

	elsewhere, encrypted bool // so says the metadata
}

// madeFile is a Parquet file of one row group.
func madeFile(columns ...madeColumn) []byte {
	file := []byte("PAR1")
	schema := []*thriftStruct{new(thriftStruct).text(4, "schema").int32(5, len(columns))}
	var chunks []*thriftStruct
	for _, c := range columns {
		at := len(file)
		header := new(thriftStruct).int32(1, 0).int32(2, c.plain).int32(3, len(c.stored)).
			nested(5, new(thriftStruct).int32(1, c.values).int32(2, 0).int32(3, 3).int32(4, 3))
		file = append(append(append(file, header.data...), 0), c.stored...)
		meta := new(thriftStruct).int32(1, c.physical).list(2).list(3).int32(4, c.codec).int64(5, c.values).
			int64(6, c.plain).int64(7, len(file)-at).int64(9, at)
		schema = append(schema, c.element)
		chunk := &thriftStruct{}
		if c.elsewhere {
			chunk.text(1, "part-1.parquet")
		}
		chunk.int64(2, at).nested(3, meta)
		if c.encrypted {
			chunk.nested(8, &thriftStruct{})
		}
		chunks = append(chunks, chunk)
	}
	rows := columns[0].values
	meta := new(thriftStruct).int32(1, 1).list(2, schema...).int64(3, rows).
		list(4, new(thriftStruct).list(1, chunks...).int64(2, len(file)).int64(3, rows))
	data := append(meta.data, 0)
	file = append(file, data...)
	return append(binary.LittleEndian.AppendUint32(file, uint32(len(data))), "PAR1"...)
}

// madeElement is the element of a required column.
func madeElement(name string, physical int) *thriftStruct {
	return new(thriftStruct).int32(1, physical).int32(3, 0).text(4, name)
}
