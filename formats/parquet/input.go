package parquet

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/apache/arrow/go/v16/parquet/metadata"
)

// An input is a Parquet file whose metadata has been read and checked.
type input struct {
	source
	src    io.ReaderAt
	meta   *metadata.FileMetaData
	chunks [][]inputChunk // of each row group and leaf
}

type inputChunk struct {
	at, end int64
	values  int64 // entries
	meta    *metadata.ColumnChunkMetaData
}

// tailBytes are the length of the metadata and the magic at the end of a file.
const tailBytes = 8

func newInput(src io.ReaderAt, size int64) (in *input, err error) {
	defer contain(&err)
	data, at, err := readMetadata(src, size)
	if err != nil {
		return nil, err
	}
	if err := checkMetadata(data); err != nil {
		return nil, &FormatError{at, "", fmt.Errorf("metadata: %w", err)}
	}
	meta, err := metadata.NewFileMetaData(data, nil)
	if err != nil {
		return nil, &FormatError{at, "", fmt.Errorf("metadata: %w", err)}
	}
	in = &input{src: src, meta: meta}
	in.source = source{columns: columnsOf(meta.Schema), size: size, open: in.open, extremes: in.extremes}
	in.refineByArrow()
	return in, in.readGroups(at)
}

// readMetadata returns the metadata and where it lies.
func readMetadata(src io.ReaderAt, size int64) (data []byte, at int64, err error) {
	var tail [tailBytes]byte
	if size < int64(len(magic)+tailBytes) {
		return nil, 0, &FormatError{size, "", damage("%d bytes are too few for a Parquet file", size)}
	}
	if _, err := src.ReadAt(tail[:], size-tailBytes); err != nil && err != io.EOF {
		return nil, 0, err
	}
	switch string(tail[4:]) {
	case magic:
	case "PARE":
		return nil, 0, &FormatError{size - 4, "", unsupported("the file is encrypted")}
	default:
		return nil, 0, &FormatError{size - 4, "", damage("the file does not end in %s: it is no Parquet file, or it is cut short", magic)}
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	at = size - tailBytes - n
	if at < int64(len(magic)) {
		return nil, 0, &FormatError{size - tailBytes, "", damage("metadata of %d bytes in a file of %d", n, size)}
	}
	var head [len(magic)]byte
	if _, err := src.ReadAt(head[:], 0); err != nil {
		return nil, 0, err
	}
	if string(head[:]) != magic {
		return nil, 0, &FormatError{0, "", damage("the file does not begin with %s", magic)}
	}
	data = make([]byte, n)
	if _, err := src.ReadAt(data, at); err != nil && err != io.EOF {
		return nil, 0, err
	}
	return data, at, nil
}

// checkMetadata makes sure that decoding the metadata takes no more memory than
// its bytes justify, and that the schema is no deeper than a stack.
func checkMetadata(data []byte) error {
	c := &compact{data: data}
	c.structs(func(id, typ int) {
		if id == 2 && typ == thriftList {
			c.schemaElements()
			return
		}
		c.skip(typ, 1)
	})
	return c.err
}

// schemaElements passes over a schema, a list in which each group has its
// children after it.
func (c *compact) schemaElements() {
	n, typ := c.list()
	if typ != thriftStruct {
		c.fail("a schema that is none")
	}
	open := []int{1} // children to come, of each group around
	for range n {
		children := 0
		c.structs(func(id, typ int) {
			if id == 5 && typ == thriftI32 {
				children = c.int32()
				return
			}
			c.skip(typ, 2)
		})
		for len(open) > 0 && open[len(open)-1] == 0 {
			open = open[:len(open)-1]
		}
		if c.err != nil || len(open) == 0 || children < 0 || children > n {
			c.fail("a schema whose groups do not fit")
			return
		}
		open[len(open)-1]--
		if open = append(open, children); len(open) > 2*thriftDepth {
			c.fail("a schema of more than %d levels", 2*thriftDepth)
			return
		}
	}
	for _, children := range open {
		if children != 0 {
			c.fail("a schema that ends too early")
		}
	}
}

// readGroups checks where everything lies: within the file, before the metadata.
func (in *input) readGroups(end int64) error {
	leaves := in.meta.Schema.NumColumns()
	in.groups = make([]span, len(in.meta.RowGroups))
	in.chunks = make([][]inputChunk, len(in.groups))
	for g := range in.groups {
		group := in.meta.RowGroup(g)
		wrong := func(format string, args ...any) error {
			return &FormatError{-1, "", fmt.Errorf("row group %d: %w", g, damage(format, args...))}
		}
		if group.NumColumns() != leaves {
			return wrong("%d columns where the schema has %d", group.NumColumns(), leaves)
		}
		rows := group.NumRows()
		if rows < 0 || in.rows+rows < in.rows {
			return wrong("%d rows", rows)
		}
		in.groups[g], in.chunks[g] = span{in.rows, rows}, make([]inputChunk, leaves)
		in.rows += rows
		for i := range leaves {
			chunk, err := in.chunkAt(group, i, end)
			if err != nil {
				return wrong("column chunk %d: %v", i, err)
			}
			in.chunks[g][i] = chunk
		}
	}
	if in.rows != in.meta.NumRows {
		return &FormatError{-1, "", damage("%d rows in all, and %d in the row groups", in.meta.NumRows, in.rows)}
	}
	for i := range in.columns {
		if c := &in.columns[i]; c.leaf >= 0 {
			for g, group := range in.groups {
				if values := in.chunks[g][c.leaf].values; values < group.rows || values > group.rows && !c.list {
					return &FormatError{-1, c.name, damage("%d values in the %d rows of row group %d", values, group.rows, g)}
				}
			}
		}
	}
	return nil
}

func (in *input) chunkAt(group *metadata.RowGroupMetaData, i int, end int64) (inputChunk, error) {
	meta, err := group.ColumnChunk(i)
	if err != nil {
		return inputChunk{}, err
	}
	switch {
	case meta.FilePath() != "":
		return inputChunk{}, unsupported("it lies in another file, %q", meta.FilePath())
	case meta.CryptoMetadata() != nil:
		return inputChunk{}, unsupported("it is encrypted")
	}
	if group.NumRows() == 0 && meta.NumValues() == 0 { // pyarrow writes no place for what is not there
		return inputChunk{int64(len(magic)), int64(len(magic)), 0, meta}, nil
	}
	at := meta.DataPageOffset()
	if meta.HasDictionaryPage() && meta.DictionaryPageOffset() > 0 {
		at = min(at, meta.DictionaryPageOffset())
	}
	size := meta.TotalCompressedSize()
	if at < int64(len(magic)) || size < 0 || size > end || at > end-size {
		return inputChunk{}, damage("%d bytes from byte %d on, in a file of %d", size, at, in.size)
	}
	return inputChunk{at, at + size, meta.NumValues(), meta}, nil
}

// open returns the reader of a column within a row group.
func (in *input) open(group int, c *column) cursor {
	ch := in.chunks[group][c.leaf]
	return &chunk{
		pager:   pager{src: in.src, at: ch.at, end: ch.end, codec: ch.meta.Compression(), column: *c},
		claimed: ch.values,
	}
}
