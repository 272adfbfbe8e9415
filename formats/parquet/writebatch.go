package parquet

import (
	"fmt"

	"github.com/apache/arrow/go/v16/parquet"
	"github.com/apache/arrow/go/v16/parquet/file"

	"github.com/dataelab/dataelab-go/formats/table"
)

// writeBatch gives the rows of a batch to arrow.
func writeBatch(w file.ColumnChunkWriter, c *column, b *batch) error {
	if b.rows == 0 {
		return nil
	}
	def, rep := levels(c, b)
	var err error
	switch w := w.(type) {
	case *file.BooleanColumnChunkWriter:
		bools := make([]bool, b.n)
		for i, x := range b.fixed {
			bools[i] = x != 0
		}
		_, err = w.WriteBatch(bools, def, rep)
	case *file.Int32ColumnChunkWriter:
		_, err = w.WriteBatch(int32s(c.kind, b), def, rep)
	case *file.Int64ColumnChunkWriter:
		_, err = w.WriteBatch(cast[int64](b.fixed), def, rep)
	case *file.Float32ColumnChunkWriter:
		_, err = w.WriteBatch(cast[float32](b.fixed), def, rep)
	case *file.Float64ColumnChunkWriter:
		_, err = w.WriteBatch(cast[float64](b.fixed), def, rep)
	case *file.ByteArrayColumnChunkWriter:
		texts := make([]parquet.ByteArray, len(b.text))
		for i, text := range b.text {
			texts[i] = bytesOfText(text)
		}
		_, err = w.WriteBatch(texts, def, rep)
	case *file.FixedLenByteArrayColumnChunkWriter:
		values := make([]parquet.FixedLenByteArray, b.n)
		for i := range values {
			values[i] = b.fixed[i*c.width:][:c.width:c.width]
		}
		_, err = w.WriteBatch(values, def, rep)
	default:
		err = fmt.Errorf("no writer for %v", c)
	}
	return err
}

// int32s returns the integers of a batch in the 32 bits that Parquet stores.
func int32s(k kind, b *batch) []int32 {
	switch k {
	case table.Int8:
		return widened[int8](b)
	case table.Int16:
		return widened[int16](b)
	case table.Uint8:
		return widened[uint8](b)
	case table.Uint16:
		return widened[uint16](b)
	}
	return cast[int32](b.fixed)
}

func widened[T int8 | int16 | uint8 | uint16](b *batch) []int32 {
	src := cast[T](b.fixed)
	dst := respace[int32](b)
	for i, x := range src {
		dst[i] = int32(x)
	}
	return dst
}

// levels returns the definition and repetition levels of a batch, or nil where
// the column has none.
func levels(c *column, b *batch) (def, rep []int16) {
	if c.maxDef == 0 {
		return nil, nil
	}
	most := int16(c.maxDef)
	if !c.list {
		def = make([]int16, b.rows)
		for i := range def {
			if has(b.valid, i) {
				def[i] = most
			}
		}
		return def, nil
	}
	entries := b.elements() + b.rows
	def, rep = make([]int16, 0, entries), make([]int16, 0, entries)
	for i := range b.rows {
		from, to := b.offsets[i], b.offsets[i+1]
		if from == to {
			level := int16(c.emptyDef)
			if !has(b.valid, i) {
				level--
			}
			def, rep = append(def, level), append(rep, 0)
			continue
		}
		for k := from; k < to; k++ {
			level := most
			if !has(b.elems, k) {
				level--
			}
			repeats := int16(1)
			if k == from {
				repeats = 0
			}
			def, rep = append(def, level), append(rep, repeats)
		}
	}
	return def, rep
}
