package parquet

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/ipc"
	"github.com/apache/arrow/go/v16/parquet/metadata"

	"github.com/dataelab/dataelab-go/formats/table"
)

// schemaKey is the metadata in which Arrow's readers and writers keep the types
// that Parquet has no words for: durations, dictionaries, time zones.
const schemaKey = "ARROW:schema"

// arrowType returns the type by which Arrow knows the values of a column.
func arrowType(c *column) arrow.DataType {
	t := map[kind]arrow.DataType{
		table.Bool: arrow.FixedWidthTypes.Boolean,
		table.Int8: arrow.PrimitiveTypes.Int8, table.Int16: arrow.PrimitiveTypes.Int16,
		table.Int32: arrow.PrimitiveTypes.Int32, table.Int64: arrow.PrimitiveTypes.Int64,
		table.Uint8: arrow.PrimitiveTypes.Uint8, table.Uint16: arrow.PrimitiveTypes.Uint16,
		table.Uint32: arrow.PrimitiveTypes.Uint32, table.Uint64: arrow.PrimitiveTypes.Uint64,
		table.Float32: arrow.PrimitiveTypes.Float32, table.Float64: arrow.PrimitiveTypes.Float64,
		kindFloat16: arrow.FixedWidthTypes.Float16, kindDate: arrow.FixedWidthTypes.Date32,
		table.String: arrow.BinaryTypes.String, table.Bytes: arrow.BinaryTypes.Binary,
		table.Duration: &arrow.DurationType{Unit: arrowUnit(c.unit)},
	}[c.kind]
	switch {
	case c.kind == table.Time:
		zone := "UTC"
		if c.naive {
			zone = ""
		}
		t = &arrow.TimestampType{Unit: arrowUnit(c.unit), TimeZone: zone}
	case c.kind == kindInt96:
		t = &arrow.TimestampType{Unit: arrow.Nanosecond}
	case c.kind == kindDecimal && c.arrowDecimalWidth() == 16:
		t = &arrow.Decimal128Type{Precision: int32(c.digits), Scale: int32(c.scale)}
	case c.kind == kindDecimal:
		t = &arrow.Decimal256Type{Precision: int32(c.digits), Scale: int32(c.scale)}
	case c.kind == kindFixed:
		t = &arrow.FixedSizeBinaryType{ByteWidth: c.width}
	case c.kind == kindClock && c.unit == time.Millisecond:
		t = arrow.FixedWidthTypes.Time32ms
	case c.kind == kindClock:
		t = &arrow.Time64Type{Unit: arrowUnit(c.unit)}
	case c.dict:
		t = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: t}
	}
	nullable := c.nullableItem
	for depth := c.depth() - 1; depth >= 0; depth-- {
		t = arrow.ListOfField(arrow.Field{Name: "element", Type: t, Nullable: nullable})
		nullable = depth > 0 && c.emptyAt(depth) > c.emptyAt(depth-1)+1
	}
	return t
}

func arrowUnit(u time.Duration) arrow.TimeUnit {
	switch u {
	case time.Microsecond:
		return arrow.Microsecond
	case time.Millisecond:
		return arrow.Millisecond
	case time.Second:
		return arrow.Second
	}
	return arrow.Nanosecond
}

// arrowSchema returns the schema of columns.
func arrowSchema(columns []column) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i := range columns {
		fields[i] = arrow.Field{Name: columns[i].name, Type: arrowType(&columns[i]), Nullable: columns[i].nullable}
	}
	return arrow.NewSchema(fields, nil)
}

// schemaMetadata returns the metadata that holds a schema.
func schemaMetadata(s *arrow.Schema) (metadata.KeyValueMetadata, error) {
	var buf bytes.Buffer
	w := ipc.NewWriter(&buf, ipc.WithSchema(s))
	if err := w.Close(); err != nil {
		return nil, err
	}
	keys := metadata.NewKeyValueMetadata()
	return keys, keys.Append(schemaKey, base64.StdEncoding.EncodeToString(buf.Bytes()))
}

// storedSchema returns the schema that a file's metadata holds as text, or nil.
func storedSchema(text string) (s *arrow.Schema) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || text == "" {
		return nil
	}
	// What Arrow adds is a comment to the schema of Parquet: a damaged one is none.
	err = contained(func() error {
		if err := checkStoredSchema(data); err != nil {
			return err
		}
		r, err := ipc.NewReader(bytes.NewReader(data))
		if err == nil {
			s = r.Schema()
			r.Release()
		}
		return err
	})
	if err != nil {
		return nil
	}
	return s
}

// checkStoredSchema looks at a schema before arrow does: continuation mark, length,
// message.
func checkStoredSchema(data []byte) error {
	if len(data) < 8 {
		return errShort
	}
	n := binary.LittleEndian.Uint32(data)
	data = data[4:]
	if n == 0xffffffff {
		n = binary.LittleEndian.Uint32(data)
		data = data[4:]
	}
	if uint64(n) > uint64(len(data)) {
		return errShort
	}
	data = data[:n]
	message := flatRoot(data)
	schema, ok := message.table(2)
	if !ok {
		return damage("a message without a schema")
	}
	if at := message.field(3); at != 0 && message.int64At(at) != 0 { // arrow takes memory for it
		return damage("a schema with a body of %d bytes", message.int64At(at))
	}
	left := budget(len(data))
	checkSchema(schema, &left)
	left = budget(len(data))
	schema.tables(1, func(f flat) { forgetNewTypes(f, &left, 1) })
	return nil
}

// forgetNewTypes makes nulls of types that arrow does not know, for which it would refuse the
// whole schema: then the durations of the other columns would be mere numbers.
func forgetNewTypes(f flat, b *budget, depth int) {
	const null = 1 // its number in Arrow's format
	b.spend(depth)
	if f.isNewType() {
		f.data[f.field(2)] = null
	}
	f.tables(5, func(child flat) { forgetNewTypes(child, b, depth+1) })
}

// storedField returns the field of a stored schema that column i was made of. That of a member
// of a structure has only the type of its values, or of a list of them.
func storedField(s *arrow.Schema, i int, c *column) (f arrow.Field, ok bool) {
	if len(c.path) > 0 {
		i = c.top
	}
	if s == nil || i >= s.NumFields() {
		return f, false
	}
	if f = s.Field(i); len(c.path) < 2 {
		return f, f.Name == c.name
	}
	if f.Name != c.path[0] {
		return f, false
	}
	for _, name := range c.path[1:] {
		t := f.Type
		for l, isList := t.(arrow.ListLikeType); isList && t.ID() != arrow.MAP; l, isList = t.(arrow.ListLikeType) {
			t = l.Elem()
		}
		switch t := t.(type) {
		case *arrow.StructType:
			if f, ok = t.FieldByName(name); !ok {
				return f, false
			}
		case *arrow.MapType:
			if f = t.KeyField(); name == "value" {
				f = t.ItemField()
			}
		default:
			return f, false
		}
	}
	f.Name = c.name
	return f, true
}

// refineByArrow tells durations from integers, and short decimals from those of 256 bits.
func (in *input) refineByArrow() {
	s := storedSchema(in.meta.arrow)
	for i := range in.columns {
		c := &in.columns[i]
		f, ok := storedField(s, i, c)
		if !ok {
			continue
		}
		t := f.Type
		for range c.depth() {
			if l, ok := t.(arrow.ListLikeType); ok {
				t = l.Elem()
			}
		}
		_, long := t.(*arrow.Decimal256Type)
		c.wide = c.kind == kindDecimal && long
		d, ok := t.(*arrow.DurationType)
		if ok && c.kind == table.Int64 {
			c.kind, c.unit = table.Duration, time.Second
			if units := []time.Duration{time.Second, time.Millisecond, time.Microsecond, time.Nanosecond}; int(d.Unit) < len(units) {
				c.unit = units[d.Unit]
			}
		}
	}
}
