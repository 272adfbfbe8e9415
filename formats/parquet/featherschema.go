package parquet

import (
	"bytes"
	"encoding/binary"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/ipc"
	"github.com/apache/arrow/go/v16/arrow/memory"
)

// footerSchema decodes the schema of a footer.
func footerSchema(footer []byte) (s *arrow.Schema, err error) {
	defer contain(&err)
	f := flatRoot(footer)
	left := budget(len(footer))
	schema, ok := f.table(1)
	if !ok {
		return nil, damage("a footer without a schema")
	}
	checkSchema(schema, &left)
	var newer error
	schema.tables(1, func(f flat) {
		if f.hasNewType() && newer == nil {
			newer = &FormatError{-1, f.text(0), unsupported("a type that is newer than this package; cast the column before")}
		}
	})
	if newer != nil {
		return nil, newer
	}
	// Arrow is shown a file of nothing but this footer, without its dictionaries.
	file := append([]byte(featherMagic+"\x00\x00"), footer...)
	if at, n := f.vector(2, 24); n > 0 {
		binary.LittleEndian.PutUint32(file[len(featherMagic)+2+at-4:], 0)
	}
	file = binary.LittleEndian.AppendUint32(file, uint32(len(footer)))
	r, err := ipc.NewFileReader(bytes.NewReader(append(file, featherMagic...)), ipc.WithAllocator(memory.NewGoAllocator()), ipc.WithEnsureNativeEndian(false))
	if err != nil {
		return nil, err
	}
	return r.Schema(), nil
}

// tableType returns the type that tables get for what a file has as t: one that Encode takes.
// Arrow's writer spoils dictionaries of views, so theirs are of texts and bytes of any length; other
// dictionaries are those of numbers, which become numbers. Nulls are integers that
// are missing, as in Parquet.
func tableType(t arrow.DataType) arrow.DataType {
	switch t := t.(type) {
	case *arrow.NullType:
		return arrow.PrimitiveTypes.Int32
	case *arrow.Date64Type:
		return &arrow.TimestampType{Unit: arrow.Millisecond} // not all of them are whole days
	case *arrow.DictionaryType:
		return tableDictionary(t)
	case *arrow.ListType:
		return arrow.ListOfField(tableItem(t))
	case *arrow.LargeListType:
		return arrow.LargeListOfField(tableItem(t))
	case *arrow.FixedSizeListType:
		return arrow.FixedSizeListOfField(t.Len(), tableItem(t))
	}
	return t
}

func tableDictionary(t *arrow.DictionaryType) arrow.DataType {
	values := t.ValueType
	switch values := values.(type) {
	case *arrow.StringViewType:
		return &arrow.DictionaryType{IndexType: t.IndexType, ValueType: arrow.BinaryTypes.LargeString, Ordered: t.Ordered}
	case *arrow.BinaryViewType:
		return &arrow.DictionaryType{IndexType: t.IndexType, ValueType: arrow.BinaryTypes.LargeBinary, Ordered: t.Ordered}
	case *arrow.DictionaryType, *arrow.FixedSizeBinaryType:
		return t // of wide values, a few bytes could claim any memory
	case arrow.FixedWidthDataType:
		if values.Bytes() <= 16 {
			return tableType(values)
		}
	}
	return t
}

func tableItem(t arrow.ListLikeType) arrow.Field {
	f := t.ElemField()
	f.Type = tableType(f.Type)
	return f
}

// hasNewType says whether a field, or one within it, has a type that arrow does not know.
func (f flat) hasNewType() bool {
	found := f.isNewType()
	f.tables(5, func(child flat) { found = found || child.hasNewType() })
	return found
}

func (f flat) isNewType() bool {
	const decimal, last = 7, 26 // their numbers in Arrow's format
	typ, bits := f.uint8(2), int32(128)
	if t, ok := f.table(3); ok && typ == decimal {
		if at := t.field(2); at != 0 {
			bits = t.int32At(at)
		}
	}
	return typ > last || bits != 128 && bits != 256
}
