package parquet

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/ipc"
)

// featherMagic begins and ends a file:
//
//	"ARROW1" 0 0 | schema | dictionaries and record batches | footer | its length, 4 bytes | "ARROW1"
const featherMagic = "ARROW1"

// A featherInput is a Feather file. Its record batches are read as a whole: in
// memory, they are what they are in the file.
type featherInput struct {
	source
	schema  *arrow.Schema
	records []arrow.Record
}

func newFeatherInput(src io.ReaderAt, size int64) (*featherInput, error) {
	mem := &limit{}
	if err := checkFeather(src, size, mem); err != nil {
		return nil, err
	}
	r, err := ipc.NewFileReader(io.NewSectionReader(endless{src}, 0, size), ipc.WithAllocator(mem), ipc.WithEnsureNativeEndian(true))
	if err != nil {
		return nil, &FormatError{-1, "", err}
	}
	in := &featherInput{schema: r.Schema()}
	in.source = source{size: size, open: in.open, extremes: func(int, *column) *batch { return nil }}
	for _, f := range in.schema.Fields() {
		c := columnOfArrow(f)
		c.native = true
		in.columns = append(in.columns, c)
	}
	for i := range r.NumRecords() {
		record, err := r.RecordAt(i)
		if err != nil {
			return nil, &FormatError{-1, "", fmt.Errorf("record batch %d: %w", i, err)}
		}
		in.records = append(in.records, record)
		in.groups = append(in.groups, span{in.rows, record.NumRows()})
		in.rows += record.NumRows()
	}
	return in, nil
}

func (in *featherInput) open(group int, c *column) cursor {
	for i := range in.columns {
		if &in.columns[i] == c {
			return &arrayCursor{column: c, arr: in.records[group].Column(i)}
		}
	}
	panic("parquet: a column of another file")
}

// An arrayCursor reads an array.
type arrayCursor struct {
	column *column
	arr    arrow.Array
	at     int
}

func (a *arrayCursor) next(b *batch, n int) error {
	if err := contained(func() error { return addArray(b, a.column, a.arr, a.at, n) }); err != nil {
		return &FormatError{-1, a.column.name, fmt.Errorf("rows from %d on: %w", a.at, err)}
	}
	a.at += n
	return nil
}

func (a *arrayCursor) end() error {
	if a.at != a.arr.Len() {
		return &FormatError{-1, a.column.name, damage("%d rows, and %d in the metadata", a.arr.Len(), a.at)}
	}
	return nil
}

// checkFeather makes sure that arrow takes memory only for what is there.
func checkFeather(src io.ReaderAt, size int64, mem *limit) (err error) {
	defer contain(&err)
	const tail = 4 + len(featherMagic)
	if size < int64(8+tail) {
		return &FormatError{size, "", damage("%d bytes are too few for a Feather file", size)}
	}
	end, err := readAt(src, size-int64(tail), tail)
	if err != nil {
		return err
	}
	head, err := readAt(src, 0, len(featherMagic))
	if err != nil {
		return err
	}
	switch {
	case string(end[4:]) != featherMagic && string(head[:4]) == "FEA1":
		return &FormatError{0, "", unsupported("Feather of version 1; write it again with pyarrow")}
	case string(end[4:]) != featherMagic:
		return &FormatError{size - int64(len(featherMagic)), "", damage("the file does not end in %s: it is no Feather file, or it is cut short", featherMagic)}
	case string(head) != featherMagic:
		return &FormatError{0, "", damage("the file does not begin with %s", featherMagic)}
	}
	n := int64(binary.LittleEndian.Uint32(end))
	at := size - int64(tail) - n
	if n < 8 || at < 8 {
		return &FormatError{size - int64(tail), "", damage("a footer of %d bytes in a file of %d", n, size)}
	}
	footer, err := readAt(src, at, int(n))
	if err != nil {
		return err
	}
	f := flatRoot(footer)
	left := budget(len(footer))
	schema, ok := f.table(1)
	if !ok {
		return &FormatError{at, "", damage("a footer without a schema")}
	}
	checkSchema(schema, &left)
	room := at                           // no byte belongs to two blocks
	for _, blocks := range []int{2, 3} { // dictionaries, record batches
		const blockBytes = 24 // offset, length of the metadata, padding, length of the body
		first, count := f.vector(blocks, blockBytes)
		for i := range count {
			b := first + i*blockBytes
			if room -= f.int64At(b + 16); room < 0 {
				return &FormatError{at, "", damage("blocks overlap")}
			}
			if err := checkBlock(src, at, f.int64At(b), int64(f.int32At(b+8)), f.int64At(b+16), blocks == 2, mem); err != nil {
				return err
			}
		}
	}
	return nil
}

func readAt(src io.ReaderAt, at int64, n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(io.NewSectionReader(src, at, int64(n)), b); err != nil {
		return nil, err
	}
	return b, nil
}

// endless hides that a read ended where the file does, which arrow takes for a failure.
type endless struct{ io.ReaderAt }

func (e endless) ReadAt(p []byte, off int64) (int, error) {
	n, err := e.ReaderAt.ReadAt(p, off)
	if n == len(p) && err == io.EOF {
		err = nil
	}
	return n, err
}

// checkBlock looks at a record batch or dictionary: whether its buffers lie within
// it, and how long they become.
func checkBlock(src io.ReaderAt, end, at, metaBytes, bodyBytes int64, isDictionary bool, mem *limit) error {
	wrong := func(format string, args ...any) error { return &FormatError{at, "", damage(format, args...)} }
	if at < 8 || metaBytes < 16 || bodyBytes < 0 || metaBytes > end || bodyBytes > end || at > end-metaBytes-bodyBytes {
		return wrong("a block of %d and %d bytes", metaBytes, bodyBytes)
	}
	meta, err := readAt(src, at, int(metaBytes))
	if err != nil {
		return err
	}
	mem.saw(metaBytes)
	mem.saw(bodyBytes)
	// The length of the flatbuffer stands before it, since 2019 with four bytes before that.
	prefix := 4
	switch binary.LittleEndian.Uint32(meta) {
	case 0xffffffff:
		prefix = 8
	case 0:
		prefix = 0
	}
	message := flatRoot(meta[prefix:])
	batch, ok := message.table(2)
	if ok && isDictionary {
		batch, ok = batch.table(1)
	}
	if !ok {
		return wrong("a block without a header")
	}
	batch.vector(1, 16) // nodes
	if _, views := batch.vector(4, 8); views > 0 {
		return &FormatError{at, "", unsupported("arrays of views")}
	}
	if i, err := checkBuffers(io.NewSectionReader(src, at+metaBytes, bodyBytes), batch, mem); err != nil {
		return wrong("buffer %d: %w", i, err)
	}
	return nil
}

// checkBuffers looks at the buffers of a body, and says which is wrong.
func checkBuffers(body *io.SectionReader, batch flat, mem *limit) (int, error) {
	compression, compressed := batch.table(3)
	first, count := batch.vector(2, 16) // offset, length
	var together int64
	for i := range count {
		offset, n := batch.int64At(first+16*i), batch.int64At(first+16*i+8)
		if offset < 0 || n < 0 || n > body.Size() || offset > body.Size()-n {
			return i, damage("it lies outside of its block")
		}
		if together += n; together > body.Size() {
			return i, damage("it overlaps another")
		}
		mem.saw(n)
		if !compressed || n == 0 {
			continue
		}
		data, err := readAt(body, offset, int(n))
		if err == nil {
			err = checkBuffer(data, compression.uint8(0), mem)
		}
		if err != nil {
			return i, err
		}
	}
	return 0, nil
}

// checkBuffer looks at what a compressed buffer claims to become; -1 says that it
// is not compressed.
func checkBuffer(data []byte, codec byte, mem *limit) error {
	if len(data) < 8 {
		return errShort
	}
	size := int64(binary.LittleEndian.Uint64(data))
	most := int64(len(data)) * 256 // LZ4
	if codec == 1 {
		most = int64(zstdBound(data[8:]))
		// Arrow's decoder takes as much memory as the window before it reads a byte.
		if window := zstdWindow(data[8:]); size != -1 && window > max(2*size, 16<<20) {
			return damage("a window of %d bytes for a content of %d", window, size)
		}
	}
	if size != -1 && (size < 0 || size > most) {
		return damage("%d bytes that claim to become %d, and can become %d at most", len(data)-8, size, most)
	}
	mem.saw(size)
	return nil
}
