package parquet

import (
	"bytes"
	"errors"
	"io"
	"math"

	"github.com/apache/arrow/go/v16/arrow/memory"
	"github.com/apache/arrow/go/v16/parquet"
	"github.com/apache/arrow/go/v16/parquet/file"
	"github.com/apache/arrow/go/v16/parquet/metadata"
	"github.com/apache/arrow/go/v16/parquet/schema"
	"github.com/klauspost/compress/zstd"

	"github.com/dataelab/dataelab-go/formats/table"
)

const magic = "PAR1"

// An output writes a Parquet file, row group by row group:
//
//	"PAR1" | column chunks of row group 0 | … | metadata | its length, 4 bytes | "PAR1"
//
// The pages are made by arrow's column writers. What goes around them is here,
// as arrow's file writer passes over errors of the last row group and of the
// metadata.
type output struct {
	w       *counter
	columns []column
	opts    Options
	props   *parquet.WriterProperties
	schema  *schema.Schema
	meta    *metadata.FileMetaDataBuilder
	zstd    *zstd.Encoder
	groups  int

	group *group // the one being written, or nil
}

// counter knows how far it has come, which the metadata is full of.
type counter struct {
	w  io.Writer
	at int64
}

func (c *counter) Tell() int64 { return c.at }

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.at += int64(n)
	return n, err
}

func newOutput(w io.Writer, columns []column, opts Options, keys metadata.KeyValueMetadata) (_ *output, err error) {
	defer contain(&err)
	o := &output{w: &counter{w: w}, columns: columns, opts: opts}
	if o.zstd, err = opts.zstdEncoder(); err != nil {
		return nil, err
	}
	fields := make(schema.FieldList, len(columns))
	for i := range columns {
		if fields[i], err = node(&columns[i]); err != nil {
			return nil, err
		}
	}
	root, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, fields, -1)
	if err != nil {
		return nil, err
	}
	o.schema = schema.NewSchema(root)
	codec, level := opts.codec()
	properties := []parquet.WriterProperty{
		parquet.WithAllocator(memory.NewGoAllocator()), parquet.WithVersion(parquet.V2_LATEST),
		parquet.WithCreatedBy("dataelab-go"), parquet.WithCompression(codec), parquet.WithCompressionLevel(level),
		parquet.WithDictionaryDefault(false),
	}
	for i := range columns {
		// Text is often repeated, numbers seldom; and arrow's dictionaries of floats
		// take -0 for 0.
		if k := columns[i].kind; k == table.String || k == table.Bytes {
			properties = append(properties, parquet.WithDictionaryPath(o.schema.Column(i).ColumnPath(), true))
		}
	}
	o.props = parquet.NewWriterProperties(properties...)
	o.meta = metadata.NewFileMetadataBuilder(o.schema, o.props, keys)
	_, err = io.WriteString(o.w, magic)
	return o, err
}

// A group is a row group being written. Its pages are kept, compressed, until
// all columns are complete.
type group struct {
	meta    *metadata.RowGroupMetaDataBuilder
	writers []file.ColumnChunkWriter
	rows    int
	plain   []int64 // bytes of each column before compression
}

// pager compresses pages with an encoder that is shared.
type fastPager struct {
	file.PageWriter
	zstd *zstd.Encoder
}

func (p *fastPager) Compress(buf *bytes.Buffer, src []byte) []byte {
	if p.zstd == nil {
		return p.PageWriter.Compress(buf, src)
	}
	buf.Grow(len(src)/2 + 64)
	return p.zstd.EncodeAll(src, buf.AvailableBuffer())
}

// begin starts a row group.
func (o *output) begin() error {
	if o.groups == math.MaxInt16 {
		return errors.New("32767 row groups are the most a file can have; let each have more rows")
	}
	g := &group{meta: o.meta.AppendRowGroup(), plain: make([]int64, len(o.columns))}
	codec, level := o.opts.codec()
	for i := range o.columns {
		chunk := g.meta.NextColumnChunk()
		pages, err := file.NewPageWriter(o.w, codec, level, chunk, int16(o.groups), int16(i), o.props.Allocator(), true, nil, nil)
		if err != nil {
			return err
		}
		g.writers = append(g.writers, file.NewColumnChunkWriter(chunk, &fastPager{pages, o.zstd}, o.props))
	}
	o.groups++
	o.group = g
	return nil
}

// end writes the row group.
func (o *output) end() (err error) {
	defer contain(&err)
	g := o.group
	if g == nil {
		return nil
	}
	o.group = nil
	var total int64
	for _, w := range g.writers {
		if err := w.Close(); err != nil {
			return err
		}
		total += w.TotalBytesWritten()
	}
	g.meta.SetNumRows(g.rows)
	return g.meta.Finish(total, int16(o.groups-1))
}

// blockRows is how many rows of one column are taken at once.
const blockRows = 1 << 16

// add writes n rows; gather adds those of column i, from row first on, to b.
func (o *output) add(n int, gather func(i int, b *batch, first, n int)) error {
	for first := 0; first < n; {
		if o.group == nil {
			if err := contained(o.begin); err != nil {
				return err
			}
		}
		g := o.group
		block := min(blockRows, n-first, o.opts.RowGroup-g.rows)
		err := parallel(len(o.columns), func(i int, b *batch) error {
			gather(i, b, first, block)
			g.plain[i] += int64(len(b.fixed)) + 2*int64(len(b.text))
			for _, text := range b.text {
				g.plain[i] += int64(len(text))
			}
			return writeBatch(g.writers[i], &o.columns[i], b)
		})
		if err != nil {
			return err
		}
		g.rows += block
		first += block
		var plain int64
		for _, size := range g.plain {
			plain += size
		}
		if g.rows >= o.opts.RowGroup || plain >= rowGroupBytes {
			if err := o.end(); err != nil {
				return err
			}
		}
	}
	return nil
}

// close writes the metadata, without which there is no Parquet file.
func (o *output) close() (err error) {
	defer contain(&err)
	if err := o.end(); err != nil {
		return err
	}
	meta, err := o.meta.Finish()
	if err != nil {
		return err
	}
	n, err := meta.WriteTo(o.w, nil)
	if err != nil {
		return err
	}
	if n > math.MaxInt32 {
		return errors.New("metadata of more than 2 GiB; let each row group have more rows")
	}
	tail := append([]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}, magic...)
	_, err = o.w.Write(tail)
	return err
}
