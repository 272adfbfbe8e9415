package parquet

import (
	"encoding/binary"
	"fmt"
	"io"
)

// An input is a Parquet file whose metadata has been read and checked.
type input struct {
	source
	src    io.ReaderAt
	meta   *fileMetadata
	chunks [][]inputChunk // of each row group and leaf
}

// An inputChunk lies at a place that has been checked.
type inputChunk struct {
	at, end int64
	chunkMetadata
}

// tailBytes are the length of the metadata and the magic at the end of a file.
const tailBytes = 8

func newInput(src io.ReaderAt, size int64) (in *input, err error) {
	defer contain(&err)
	data, at, err := readMetadata(src, size)
	if err != nil {
		return nil, err
	}
	meta, err := decodeMetadata(data)
	if err != nil {
		return nil, &FormatError{at, "", fmt.Errorf("metadata: %w", err)}
	}
	in = &input{src: src, meta: meta}
	in.source = source{columns: columnsOf(meta.root), size: size, open: in.open, extremes: in.extremes}
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

// readGroups checks where everything lies: within the file, before the metadata.
func (in *input) readGroups(end int64) error {
	leaves := in.meta.root.leaves()
	if len(in.meta.root.children) == 0 {
		leaves = 0
	}
	in.groups = make([]span, len(in.meta.groups))
	in.chunks = make([][]inputChunk, len(in.groups))
	for g, group := range in.meta.groups {
		wrong := func(format string, args ...any) error {
			return &FormatError{-1, "", fmt.Errorf("row group %d: %w", g, damage(format, args...))}
		}
		if len(group.chunks) != leaves {
			return wrong("%d columns where the schema has %d", len(group.chunks), leaves)
		}
		rows := group.rows
		if rows < 0 || in.rows+rows < in.rows {
			return wrong("%d rows", rows)
		}
		in.groups[g], in.chunks[g] = span{in.rows, rows}, make([]inputChunk, leaves)
		in.rows += rows
		for i, meta := range group.chunks {
			chunk, err := in.chunkAt(group, meta, end)
			if err != nil {
				return wrong("column chunk %d: %w", i, err)
			}
			in.chunks[g][i] = chunk
		}
	}
	if in.rows != in.meta.rows && in.meta.rows != 0 { // early writers in Rust leave it at 0
		return &FormatError{-1, "", damage("%d rows in all, and %d in the row groups", in.meta.rows, in.rows)}
	}
	for i := range in.columns {
		if err := in.checkColumn(&in.columns[i]); err != nil {
			return err
		}
	}
	return nil
}

// checkColumn looks at the chunks of a column. What cannot be read of them is a reason not to
// read this column, and no other.
func (in *input) checkColumn(c *column) error {
	if c.leaf < 0 {
		return nil
	}
	for g, group := range in.groups {
		ch := in.chunks[g][c.leaf]
		switch {
		case ch.path != "":
			c.reason = unsupported("row group %d lies in another file, %q", g, ch.path)
		case ch.encrypted:
			c.reason = unsupported("row group %d is encrypted", g)
		case !knownCodec(ch.codec):
			c.reason = unsupportedCodec(ch.codec)
		case ch.values < group.rows || ch.values > group.rows && !c.list:
			return &FormatError{-1, c.name, damage("%d values in the %d rows of row group %d", ch.values, group.rows, g)}
		}
		if c.reason != nil {
			c.leaf = -1
			break
		}
	}
	return nil
}

func (in *input) chunkAt(group rowGroup, meta chunkMetadata, end int64) (inputChunk, error) {
	none := inputChunk{int64(len(magic)), int64(len(magic)), meta}
	if group.rows == 0 && meta.values == 0 { // pyarrow writes no place for what is not there
		return none, nil
	}
	if meta.path != "" || meta.encrypted { // what follows is about another file, or unknown
		return none, nil
	}
	at := meta.dataAt
	if meta.dictAt > 0 {
		at = min(at, meta.dictAt)
	}
	if at < int64(len(magic)) || meta.size < 0 || meta.size > end || at > end-meta.size {
		return none, damage("%d bytes from byte %d on, in a file of %d", meta.size, at, in.size)
	}
	return inputChunk{at, at + meta.size, meta}, nil
}

// open returns the reader of a column within a row group.
func (in *input) open(group int, c *column) cursor {
	ch := in.chunks[group][c.leaf]
	return &chunk{
		pager:   pager{src: in.src, at: ch.at, end: ch.end, codec: ch.codec, column: *c},
		claimed: ch.values,
	}
}
