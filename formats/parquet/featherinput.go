package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/endian"
	"github.com/apache/arrow/go/v16/arrow/memory"
)

// featherMagic begins and ends a file:
//
//	"ARROW1" 0 0 | schema | dictionaries and record batches | footer | its length, 4 bytes | "ARROW1"
const featherMagic = "ARROW1"

// A featherInput is a Feather file. Arrow decodes the schema; the arrays are made here, a
// column of a record batch at a time. Arrow's own reader does not know how Arrow 0.17 says
// that buffers are compressed, does not notice a buffer that becomes longer than it
// claims, and reads every column.
type featherInput struct {
	source
	schema  *arrow.Schema    // as tables get it
	stored  []arrow.DataType // as they are in the file
	swapped bool             // the file has the other byte order
	batches []*block

	places       []position // where each column begins in a record batch
	ids          []int64    // the dictionary of each column, or -1
	dictionaries map[int64]arrow.Array
}

func newFeatherInput(src io.ReaderAt, size int64) (*featherInput, error) {
	footer, at, err := readFooter(src, size)
	if err != nil {
		return nil, err
	}
	in := &featherInput{dictionaries: map[int64]arrow.Array{}}
	in.source = source{size: size, open: in.open, extremes: func(int, *column) *batch { return nil }}
	schema, err := footerSchema(footer)
	var known *FormatError
	if err != nil && !errors.As(err, &known) {
		err = &FormatError{at, "", err}
	}
	if err != nil {
		return nil, err
	}
	in.swapped = !schema.IsNativeEndian()
	fields := schema.Fields()
	for i := range fields {
		in.stored = append(in.stored, fields[i].Type)
		fields[i].Type = tableType(fields[i].Type)
		c := columnOfArrow(fields[i])
		c.native = true
		in.columns = append(in.columns, c)
	}
	meta := schema.Metadata()
	in.schema = arrow.NewSchemaWithEndian(fields, &meta, endian.NativeEndian)
	err = contained(func() error {
		root := flatRoot(footer)
		in.readIDs(root)
		return in.readBlocks(src, at, root)
	})
	return in, err
}

// readFooter returns the footer and where it lies.
func readFooter(src io.ReaderAt, size int64) (footer []byte, at int64, err error) {
	const tail = 4 + len(featherMagic)
	if size < int64(8+tail) {
		return nil, 0, &FormatError{size, "", damage("%d bytes are too few for a Feather file", size)}
	}
	end, err := readAt(src, size-int64(tail), tail)
	if err != nil {
		return nil, 0, err
	}
	head, err := readAt(src, 0, len(featherMagic))
	if err != nil {
		return nil, 0, err
	}
	switch {
	case string(end[4:]) != featherMagic && string(head[:4]) == "FEA1":
		return nil, 0, &FormatError{0, "", unsupported("Feather of version 1; write it again with pyarrow")}
	case string(end[4:]) != featherMagic:
		return nil, 0, &FormatError{size - int64(len(featherMagic)), "", damage("the file does not end in %s: it is no Feather file, or it is cut short", featherMagic)}
	case string(head) != featherMagic:
		return nil, 0, &FormatError{0, "", damage("the file does not begin with %s", featherMagic)}
	}
	n := int64(binary.LittleEndian.Uint32(end))
	if at = size - int64(tail) - n; n < 8 || at < 8 {
		return nil, 0, &FormatError{size - int64(tail), "", damage("a footer of %d bytes in a file of %d", n, size)}
	}
	footer, err = readAt(src, at, int(n))
	return footer, at, err
}

func readAt(src io.ReaderAt, at int64, n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(io.NewSectionReader(src, at, int64(n)), b); err != nil {
		return nil, err
	}
	return b, nil
}

// readIDs finds the dictionary of each column: of its values, or of the elements of its lists.
func (in *featherInput) readIDs(footer flat) {
	schema, _ := footer.table(1)
	schema.tables(1, func(f flat) {
		id := int64(-1)
		for range 2 {
			if d, ok := f.table(4); ok {
				id = 0
				if at := d.field(0); at != 0 {
					id = d.int64At(at)
				}
				break
			}
			f.tables(5, func(child flat) { f = child })
		}
		in.ids = append(in.ids, id)
	})
}

// readBlocks reads the dictionaries, and the metadata of the record batches.
func (in *featherInput) readBlocks(src io.ReaderAt, end int64, footer flat) error {
	var all position
	for _, t := range in.stored {
		in.places = append(in.places, all)
		all.pass(t)
	}
	meta := in.schema.Metadata()
	named, _ := meta.GetValue(compressionKey)
	room := end                         // no byte belongs to two blocks
	for _, field := range []int{2, 3} { // dictionaries, record batches
		const blockBytes = 24 // offset, length of the metadata, padding, length of the body
		first, count := footer.vector(field, blockBytes)
		for i := range count {
			at := first + i*blockBytes
			where, metaBytes, bodyBytes := footer.int64At(at), int64(footer.int32At(at+8)), footer.int64At(at+16)
			if room -= bodyBytes; room < 0 {
				return &FormatError{end, "", damage("blocks overlap")}
			}
			b, err := readBlock(src, end, where, metaBytes, bodyBytes, field == 2, named)
			if err == nil && field == 2 {
				err = in.addDictionary(b)
			}
			if err == nil && field == 3 {
				err = in.addBatch(b, all)
			}
			if err != nil {
				return &FormatError{where, "", fmt.Errorf("%s %d: %w", []string{"dictionary", "record batch"}[field-2], i, err)}
			}
		}
	}
	return nil
}

func (in *featherInput) addBatch(b *block, all position) error {
	if err := b.holds(all); err != nil {
		return err
	}
	if in.rows+b.rows < in.rows {
		return damage("%d rows", b.rows)
	}
	in.batches = append(in.batches, b)
	in.groups = append(in.groups, span{in.rows, b.rows})
	in.rows += b.rows
	return nil
}

// addDictionary reads a dictionary of a column that can be read.
func (in *featherInput) addDictionary(b *block) error {
	var values arrow.DataType
	for i, id := range in.ids {
		if id != b.id || in.columns[i].reason != nil {
			continue
		}
		t := in.stored[i]
		if l, ok := t.(arrow.ListLikeType); ok {
			t = l.Elem()
		}
		if d, ok := t.(*arrow.DictionaryType); ok {
			values = d.ValueType
		}
	}
	if values == nil {
		return nil
	}
	var all position
	all.pass(values)
	if err := b.holds(all); err != nil {
		return err
	}
	l := loader{block: b, swapped: in.swapped}
	data, err := l.load(values)
	if err != nil {
		return err
	}
	arr := array.MakeFromData(data)
	before := in.dictionaries[b.id]
	switch {
	case before == nil:
	case !b.delta:
		return unsupported("it replaces another one")
	case isView(values):
		return unsupported("a dictionary of %v in parts", values)
	default:
		if arr, err = array.Concatenate([]arrow.Array{before, arr}, memory.NewGoAllocator()); err != nil {
			return err
		}
	}
	in.dictionaries[b.id] = arr
	return nil
}

func (in *featherInput) open(group int, c *column) cursor {
	for i := range in.columns {
		if &in.columns[i] == c {
			return &arrayCursor{column: c, load: func() (arr arrow.Array, err error) {
				b := in.batches[group]
				l := loader{b, b.from(in.places[i]), in.swapped, in.dictionaries[in.ids[i]]}
				data, err := l.load(in.stored[i])
				if err != nil {
					return nil, fmt.Errorf("record batch %d: %w", group, err)
				}
				return array.MakeFromData(data), nil
			}}
		}
	}
	panic("parquet: a column of another file")
}

// An arrayCursor reads an array, which it loads when the first row is asked for.
type arrayCursor struct {
	column *column
	load   func() (arrow.Array, error)
	arr    arrow.Array
	at     int
}

func (a *arrayCursor) next(b *batch, n int) error {
	err := contained(func() (err error) {
		if a.arr == nil {
			if a.arr, err = a.load(); err != nil {
				return err
			}
		}
		return addArray(b, a.column, a.arr, a.at, n)
	})
	if err != nil {
		return &FormatError{-1, a.column.name, fmt.Errorf("rows from %d on: %w", a.at, err)}
	}
	a.at += n
	return nil
}

func (a *arrayCursor) end() error {
	if a.arr != nil && a.at != a.arr.Len() {
		return &FormatError{-1, a.column.name, damage("%d rows, and %d in the metadata", a.arr.Len(), a.at)}
	}
	return nil
}
