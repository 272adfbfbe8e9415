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

// withoutViews returns the type that tables get for t. Arrow's writer spoils dictionaries of
// views, so theirs are of texts and bytes of any length.
func withoutViews(t arrow.DataType) arrow.DataType {
	switch t := t.(type) {
	case *arrow.DictionaryType:
		values := t.ValueType
		switch values.ID() {
		case arrow.STRING_VIEW:
			values = arrow.BinaryTypes.LargeString
		case arrow.BINARY_VIEW:
			values = arrow.BinaryTypes.LargeBinary
		}
		return &arrow.DictionaryType{IndexType: t.IndexType, ValueType: values, Ordered: t.Ordered}
	case *arrow.ListType:
		return arrow.ListOfField(withoutViewsIn(t.ElemField()))
	case *arrow.LargeListType:
		return arrow.LargeListOfField(withoutViewsIn(t.ElemField()))
	case *arrow.FixedSizeListType:
		return arrow.FixedSizeListOfField(t.Len(), withoutViewsIn(t.ElemField()))
	}
	return t
}

func withoutViewsIn(f arrow.Field) arrow.Field {
	f.Type = withoutViews(f.Type)
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
