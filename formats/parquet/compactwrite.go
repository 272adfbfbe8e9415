package parquet

import "encoding/binary"

// compactWriter writes structs of Thrift's compact protocol; see compact.
type compactWriter struct {
	data  []byte
	last  int // field written before, in this struct
	outer []int
}

// field starts a field; those of a page header are never 15 or more apart.
func (w *compactWriter) field(id, typ int) {
	w.data = append(w.data, byte((id-w.last)<<4|typ))
	w.last = id
}

func (w *compactWriter) int32(id, x int) {
	w.field(id, thriftI32)
	w.data = binary.AppendVarint(w.data, int64(x))
}

func (w *compactWriter) structField(id int) {
	w.field(id, thriftStruct)
	w.outer, w.last = append(w.outer, w.last), 0
}

// end ends a struct.
func (w *compactWriter) end() {
	w.data = append(w.data, 0)
	if n := len(w.outer); n > 0 {
		w.last, w.outer = w.outer[n-1], w.outer[:n-1]
	}
}
