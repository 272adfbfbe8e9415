package formats

import (
	"errors"
	"io"
	"os"
	"reflect"

	"github.com/dataelab/dataelab-go/formats/gobs"
	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/formats/npz"
	"github.com/dataelab/dataelab-go/formats/text"
)

// npyFormat adapts package npy.
type npyFormat struct{}

func (npyFormat) Name() string                 { return "npy" }
func (npyFormat) Ext() string                  { return "npy" }
func (npyFormat) Accepts(t reflect.Type) error { return npy.Accepts(t) }

func (npyFormat) Encode(w io.Writer, v any) (Info, error) {
	h, err := npy.Encode(w, v)
	if err != nil {
		return Info{}, valueError(err, npy.ErrValue)
	}
	return Info{DType: h.DType, Shape: h.Shape}, nil
}

func (npyFormat) Decode(src Source, dst any) error { return npy.Decode(src, src.Size(), dst) }

func (npyFormat) Mappable(t reflect.Type) error { return npy.Mappable(t) }

func (npyFormat) Map(file *os.File, dst any) (io.Closer, error) { return npy.MapInto(file, dst) }

// npzFormat adapts package npz. Its Info is empty: the arrays of a file have each
// a dtype and shape of their own.
type npzFormat struct{}

func (npzFormat) Name() string                 { return "npz" }
func (npzFormat) Ext() string                  { return "npz" }
func (npzFormat) Accepts(t reflect.Type) error { return npz.Accepts(t) }

func (npzFormat) Encode(w io.Writer, v any) (Info, error) {
	_, err := npz.Encode(w, v)
	return Info{}, valueError(err, npz.ErrValue)
}

func (npzFormat) Decode(src Source, dst any) error { return npz.Decode(src, src.Size(), dst) }

// gobFormat adapts package gobs.
type gobFormat struct{}

func (gobFormat) Name() string                 { return "gob" }
func (gobFormat) Ext() string                  { return "gob" }
func (gobFormat) Accepts(t reflect.Type) error { return gobs.Accepts(t) }

func (gobFormat) Encode(w io.Writer, v any) (Info, error) {
	return Info{}, valueError(gobs.Encode(w, v), gobs.ErrValue)
}

func (gobFormat) Decode(src Source, dst any) error { return gobs.Decode(src, src.Size(), dst) }

// textFormat adapts the formats of package text.
type textFormat struct {
	name  string
	codec interface {
		Accepts(t reflect.Type) error
		Encode(w io.Writer, v any) error
		Decode(r io.Reader, size int64, dst any) error
	}
}

func (f textFormat) Name() string                 { return f.name }
func (f textFormat) Ext() string                  { return f.name }
func (f textFormat) Accepts(t reflect.Type) error { return f.codec.Accepts(t) }

func (f textFormat) Encode(w io.Writer, v any) (Info, error) {
	return Info{}, valueError(f.codec.Encode(w, v), text.ErrValue)
}

func (f textFormat) Decode(src Source, dst any) error { return f.codec.Decode(src, src.Size(), dst) }

// valueError lets errors.Is find ErrValue in an error that a codec, which does
// not import this package, marked with a sentinel of its own.
func valueError(err, own error) error {
	if errors.Is(err, own) {
		return misfit{err}
	}
	return err
}

// misfit has the words of a codec, which say already that the value does not fit.
type misfit struct{ error }

func (m misfit) Unwrap() error        { return m.error }
func (m misfit) Is(target error) bool { return target == ErrValue }
