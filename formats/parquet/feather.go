package parquet

import (
	"fmt"
	"io"
	"reflect"
	"runtime"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/ipc"
	"github.com/apache/arrow/go/v16/arrow/memory"

	"github.com/dataelab/dataelab-go/internal/wholefile"
)

// SaveFeather is [Save] for a Feather file.
func SaveFeather(path string, v any, opts ...Options) error {
	err := wholefile.Write(path, func(w io.Writer) error { return encodeFeather(w, v, opts) })
	if err != nil {
		return fmt.Errorf("feather: save %s: %w", path, err)
	}
	return nil
}

// LoadFeather is [Load] for a Feather file.
func LoadFeather[T any](path string) (T, error) {
	return loadFile[T]("feather", path, decodeFeather)
}

// EncodeFeather is [Encode] for a Feather file: Arrow's file format, its columns
// as they are in memory. Compression is "zstd", the default, or "none"; there are no levels.
func EncodeFeather(w io.Writer, v any, opts ...Options) error {
	if err := encodeFeather(w, v, opts); err != nil {
		return fmt.Errorf("feather: %w", err)
	}
	return nil
}

// DecodeFeather is [Decode] for a Feather file. Those of other programs may be
// compressed with LZ4, too.
func DecodeFeather(src io.ReaderAt, size int64, dst any) error {
	if err := decodeFeather(src, size, dst); err != nil {
		return fmt.Errorf("feather: %w", err)
	}
	return nil
}

// batchRows is how many rows a record batch has by default, as pyarrow writes them.
const batchRows = 1 << 16

func encodeFeather(w io.Writer, v any, opts []Options) (err error) {
	defer contain(&err)
	byDefault := len(opts) == 0 || opts[0].RowGroup == 0
	o, err := single(opts)
	if err != nil {
		return err
	}
	if o.Compression != "zstd" && o.Compression != "none" || o.Level != 0 {
		return fmt.Errorf("compression %q, level %d: a Feather file has zstd or none, and no levels", o.Compression, o.Level)
	}
	if byDefault {
		o.RowGroup = batchRows
	}
	if err := Accepts(reflect.TypeOf(v)); err != nil {
		return err
	}
	t, ok, err := asTable(reflect.ValueOf(v))
	if err != nil {
		return err
	}
	if ok {
		return writeTable(w, t, o)
	}
	f, err := frameOf(reflect.ValueOf(v))
	if err != nil {
		return err
	}
	if err := f.check(0); err != nil {
		return err
	}
	return f.writeFeather(w, o)
}

// seeker is what arrow's writer wants: it only asks where it is.
type seeker struct{ counter }

func (s *seeker) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekCurrent {
		return 0, fmt.Errorf("seek to %d, %d: the file is written from front to back", offset, whence)
	}
	return s.at, nil
}

func featherWriter(w io.Writer, schema *arrow.Schema, o Options) (*ipc.FileWriter, error) {
	opts := []ipc.Option{ipc.WithSchema(schema), ipc.WithAllocator(memory.NewGoAllocator())}
	if o.Compression == "zstd" {
		opts = append(opts, ipc.WithZstd(), ipc.WithCompressConcurrency(runtime.GOMAXPROCS(0)))
	}
	return ipc.NewFileWriter(&seeker{counter{w: w}}, opts...)
}

// writeFeather writes the columns of Go memory.
func (f frame) writeFeather(w io.Writer, o Options) error {
	columns := f.columns()
	dicts := make([]textIndex, len(columns))
	err := parallel(len(columns), func(i int, b *batch) error {
		// All record batches of a file share a dictionary, so it comes first.
		for first := 0; columns[i].dict && first < f.rows; first += blockRows {
			b.reset()
			f.fields[i].gather(b, f.place(i, first), min(blockRows, f.rows-first))
			dicts[i].add(b.text)
		}
		return nil
	})
	if err != nil {
		return err
	}
	schema := arrowSchema(columns)
	out, err := featherWriter(w, schema, o)
	if err != nil {
		return err
	}
	for first := 0; first == 0 || first < f.rows; first += o.RowGroup {
		n := min(o.RowGroup, f.rows-first)
		arrays := make([]arrow.Array, len(columns))
		err := parallel(len(columns), func(i int, b *batch) (err error) {
			if n > 0 {
				f.fields[i].gather(b, f.place(i, first), n)
			}
			arrays[i], err = toArray(schema.Field(i).Type, &columns[i], b, &dicts[i])
			return err
		})
		if err != nil {
			return err
		}
		if err := out.Write(array.NewRecord(schema, arrays, int64(n))); err != nil {
			return err
		}
	}
	return out.Close()
}

// writeTable writes an Arrow table as it is.
func writeTable(w io.Writer, t arrow.Table, o Options) error {
	for i, f := range t.Schema().Fields() {
		if c := columnOfArrow(f); c.reason != nil {
			return fmt.Errorf("%w: column %q: %w", ErrValue, f.Name, c.reason)
		}
		if !f.Nullable && t.Column(i).NullN() > 0 {
			return fmt.Errorf("%w: column %q has missing values, and its field is not nullable", ErrValue, f.Name)
		}
	}
	t, err := unified(t)
	if err != nil {
		return err
	}
	out, err := featherWriter(w, t.Schema(), o)
	if err != nil {
		return err
	}
	records := array.NewTableReader(t, int64(o.RowGroup))
	defer records.Release()
	for records.Next() {
		if err := out.Write(records.Record()); err != nil {
			return err
		}
	}
	if err := records.Err(); err != nil {
		return err
	}
	return out.Close()
}

// unified returns a table with one dictionary for each column, as a file has them. Arrow's
// UnifyTableDicts does not know large texts.
func unified(t arrow.Table) (arrow.Table, error) {
	columns := make([]arrow.Column, t.NumCols())
	err := parallel(len(columns), func(i int, b *batch) error {
		columns[i] = *t.Column(i)
		chunks := columns[i].Data().Chunks()
		c := columnOfArrow(columns[i].Field())
		if !c.dict || len(chunks) < 2 {
			return nil
		}
		from, dict := newTableColumn(&c, chunks), &textIndex{}
		for first := 0; first < columns[i].Len(); {
			b.reset()
			n, err := from.gather(b, first, blockRows)
			if err != nil {
				return err
			}
			first += n
			dict.add(b.text)
		}
		arrays := make([]arrow.Array, len(chunks))
		for k, chunk := range chunks {
			var part batch // which is the array's
			err := addArray(&part, &c, chunk, 0, chunk.Len())
			if err == nil {
				arrays[k], err = toArray(columns[i].DataType(), &c, &part, dict)
			}
			if err != nil {
				return err
			}
		}
		columns[i] = *arrow.NewColumn(columns[i].Field(), arrow.NewChunked(columns[i].DataType(), arrays))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return array.NewTable(t.Schema(), columns, t.NumRows()), nil
}

func decodeFeather(src io.ReaderAt, size int64, dst any) (err error) {
	defer contain(&err)
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return fmt.Errorf("want a non-nil pointer to read into, have %T", dst)
	}
	v = v.Elem()
	if err := Accepts(v.Type()); err != nil {
		return err
	}
	in, err := newFeatherInput(src, size)
	if err != nil {
		return err
	}
	return in.decode(v, in.schema)
}
