package parquet

import (
	"io"
	"reflect"

	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/formats/table"
)

// Importing the package, under any name, gives every set of formats both formats:
// Parquet by type, Feather by name.
func init() {
	formats.Register(Parquet(Options{}), isTable)
	formats.Register(Feather(Options{}), nil)
}

// isTable tells the types that are stored as Parquet when nothing is said: maps of columns
// are not, as most of them are arrays by name.
func isTable(t reflect.Type) error {
	if t == reflect.TypeFor[Columns]() {
		return nil
	}
	return table.Accepts(t)
}

// Parquet is the format "parquet" with options: files .parquet. Options that make
// no sense are an error of each Encode.
func Parquet(opts Options) formats.Format { return parquetFormat{opts} }

type parquetFormat struct{ opts Options }

func (parquetFormat) Name() string                 { return "parquet" }
func (parquetFormat) Ext() string                  { return "parquet" }
func (parquetFormat) Accepts(t reflect.Type) error { return Accepts(t) }

func (f parquetFormat) Encode(w io.Writer, v any) (formats.Info, error) {
	return formats.Info{}, Encode(w, v, f.opts)
}

func (parquetFormat) Decode(src formats.Source, dst any) error {
	return Decode(src, src.Size(), dst)
}

// Compressions lists what compress= in a struct tag may say.
func (parquetFormat) Compressions() []string {
	return []string{"zstd", "snappy", "gzip", "brotli", "none"}
}

// WithCompression changes Options.Compression, and leaves the level to its default.
func (f parquetFormat) WithCompression(method string) formats.Format {
	f.opts.Compression, f.opts.Level = method, 0
	return f
}

// Feather is the format "feather" with options: Arrow's own file format,
// files .feather. It is larger and faster than Parquet. RowGroup is the most rows of a
// record batch.
func Feather(opts Options) formats.Format { return featherFormat{opts} }

type featherFormat struct{ opts Options }

func (featherFormat) Name() string                 { return "feather" }
func (featherFormat) Ext() string                  { return "feather" }
func (featherFormat) Accepts(t reflect.Type) error { return Accepts(t) }

func (f featherFormat) Encode(w io.Writer, v any) (formats.Info, error) {
	return formats.Info{}, EncodeFeather(w, v, f.opts)
}

// Compressions lists what compress= in a struct tag may say.
func (featherFormat) Compressions() []string { return []string{"zstd", "none"} }

// WithCompression changes Options.Compression.
func (f featherFormat) WithCompression(method string) formats.Format {
	f.opts.Compression = method
	return f
}

func (featherFormat) Decode(src formats.Source, dst any) error {
	return DecodeFeather(src, src.Size(), dst)
}
