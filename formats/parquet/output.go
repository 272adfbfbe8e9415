package parquet

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow/go/v16/arrow/memory"
	"github.com/apache/arrow/go/v16/parquet"
	"github.com/apache/arrow/go/v16/parquet/metadata"
	"github.com/apache/arrow/go/v16/parquet/schema"
	"github.com/klauspost/compress/zstd"
)

const magic = "PAR1"

// An output writes a Parquet file, row group by row group:
//
//	"PAR1" | column chunks of row group 0 | … | metadata | its length, 4 bytes | "PAR1"
//
// The metadata is made by arrow, the rest here: arrow's column writers make a new
// compressor for each page, take NaN and -0 for other floats in dictionaries, and
// its file writer passes over errors.
type output struct {
	w       *counter
	columns []column
	opts    Options
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
	props := parquet.NewWriterProperties(parquet.WithAllocator(memory.NewGoAllocator()),
		parquet.WithVersion(parquet.V2_LATEST), parquet.WithCreatedBy("dataelab-go"), parquet.WithCompression(opts.codec()))
	o.meta = metadata.NewFileMetadataBuilder(schema.NewSchema(root), props, keys)
	_, err = io.WriteString(o.w, magic)
	return o, err
}

// A group is a row group being written. Its pages are kept, compressed, until
// all columns are complete.
type group struct {
	meta    *metadata.RowGroupMetaDataBuilder
	writers []*chunkWriter
	rows    int
}

// plain is the size of the values before compression, about.
func (g *group) plain() (n int64) {
	for _, w := range g.writers {
		n += w.unfolded + int64(len(w.values)+4*len(w.index))
	}
	return n
}

// begin starts a row group.
func (o *output) begin() error {
	if o.groups == math.MaxInt16 {
		return errors.New("32767 row groups are the most a file can have; let each have more rows")
	}
	g := &group{meta: o.meta.AppendRowGroup()}
	for i := range o.columns {
		g.writers = append(g.writers, newChunkWriter(&o.columns[i], o.opts.compressor(o.zstd)))
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
	err = parallel(len(g.writers), func(i int, _ *batch) error { return g.writers[i].endPage() })
	if err != nil {
		return err
	}
	var total int64
	for _, w := range g.writers {
		parts, err := w.finish(g.meta.NextColumnChunk(), o.w.at)
		if err != nil {
			return err
		}
		for _, part := range parts {
			if _, err := o.w.Write(part); err != nil {
				return err
			}
		}
		total += w.unfolded
	}
	g.meta.SetNumRows(g.rows)
	return g.meta.Finish(total, int16(o.groups-1))
}

// blockRows is how many rows are written before the next column has its turn:
// rows of the size of a cache.
const blockRows = 1 << 14

// add writes n rows. Of column i, gather adds rows from row first on to b, n at most,
// and says how many: as many as make about a page.
func (o *output) add(n int, gather func(i int, b *batch, first, n int) (int, error)) error {
	for first := 0; first < n; {
		if o.group == nil {
			if err := contained(o.begin); err != nil {
				return err
			}
		}
		g := o.group
		block := min(blockRows, n-first, o.opts.RowGroup-g.rows)
		err := parallel(len(o.columns), func(i int, b *batch) error {
			for done := 0; done < block; {
				b.reset()
				took, err := gather(i, b, first+done, block-done)
				if err == nil {
					err = g.writers[i].write(b)
				}
				if err != nil {
					return fmt.Errorf("column %q: %w", o.columns[i].name, err)
				}
				done += took
			}
			return nil
		})
		if err != nil {
			return err
		}
		g.rows += block
		first += block
		if g.rows >= o.opts.RowGroup || g.plain() >= rowGroupBytes {
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

// errPage is for a row that alone is longer than the format can say.
var errPage = fmt.Errorf("%w: a row of more than 2 GiB", ErrValue)
