package parquet

import (
	"io"
	"reflect"

	"github.com/dataelab/dataelab-go/formats"
)

// Importing the package, under any name, gives every set of formats both formats:
// Parquet by type, Feather by name.
func init() {
	formats.Register(Parquet(Options{}))
	formats.RegisterNamed(Feather(Options{}))
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

func (featherFormat) Decode(src formats.Source, dst any) error {
	return DecodeFeather(src, src.Size(), dst)
}
