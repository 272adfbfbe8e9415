package parquet

import (
	"errors"
	"io"
)

// EncodeFeather writes v as one Feather file.
func EncodeFeather(w io.Writer, v any, opts ...Options) error { return errors.ErrUnsupported }

// DecodeFeather reads one.
func DecodeFeather(src io.ReaderAt, size int64, dst any) error { return errors.ErrUnsupported }
