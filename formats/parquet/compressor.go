package parquet

import (
	"bytes"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// A compressor appends what a page becomes to dst. It is for one goroutine.
type compressor func(dst, page []byte) ([]byte, error)

// compressor returns one, of options that were checked; nil leaves pages as they
// are. The zstd encoder may be shared.
func (o Options) compressor(shared *zstd.Encoder) compressor {
	switch o.Compression {
	case "zstd":
		return func(dst, page []byte) ([]byte, error) { return shared.EncodeAll(page, dst), nil }
	case "snappy":
		return func(dst, page []byte) ([]byte, error) {
			return append(dst, s2.EncodeSnappy(nil, page)...), nil
		}
	case "gzip":
		level := gzip.DefaultCompression
		if o.Level != 0 {
			level = o.Level
		}
		w, err := gzip.NewWriterLevel(io.Discard, level)
		return streamed(w, err)
	case "brotli":
		level := brotli.DefaultCompression
		if o.Level != 0 {
			level = o.Level
		}
		return streamed(brotli.NewWriterLevel(io.Discard, level), nil)
	}
	return nil
}

func streamed(w interface {
	io.WriteCloser
	Reset(io.Writer)
}, err error) compressor {
	return func(dst, page []byte) ([]byte, error) {
		if err != nil {
			return nil, err
		}
		buf := bytes.NewBuffer(dst)
		w.Reset(buf)
		if _, err := w.Write(page); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		return buf.Bytes(), nil
	}
}
