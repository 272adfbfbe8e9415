package parquet

import (
	"fmt"
	"sync"

	"github.com/apache/arrow/go/v16/parquet/compress"
	"github.com/klauspost/compress/zstd"
)

// Options say how a file is written. The zero value is what most want.
type Options struct {
	// Compression is "zstd" (the default), "snappy", "gzip", "brotli" or "none"; of
	// Feather "zstd" or "none". All readers of Parquet have snappy; all of this
	// decade have the others. LZ4 is not there: Arrow's Go code lacks it.
	Compression string

	// Level is how hard zstd (1 to 22), gzip (1 to 9) and brotli (1 to 11) try. Zero
	// is 1 for zstd, which other writers take, too, and the usual one for the others.
	Level int

	// RowGroup is the most rows that a row group has, by default a million. Rows
	// of more than 128 bytes make fewer: a group ends at 128 MiB. What is written as
	// a stream, or read group by group, is in memory one group at a time.
	RowGroup int
}

const (
	defaultRowGroup = 1 << 20
	rowGroupBytes   = 128 << 20
)

// checked returns the options with their defaults, or what is wrong with them.
func (o Options) checked() (Options, error) {
	if o.Compression == "" {
		o.Compression = "zstd"
	}
	if o.RowGroup == 0 {
		o.RowGroup = defaultRowGroup
	}
	most := map[string]int{"zstd": 22, "gzip": 9, "brotli": 11, "snappy": 0, "none": 0}
	limit, ok := most[o.Compression]
	switch {
	case !ok:
		return o, fmt.Errorf("compression %q; there are zstd, snappy, gzip, brotli and none", o.Compression)
	case o.Level < 0 || o.Level > limit:
		return o, fmt.Errorf("level %d of %s; the highest is %d, and 0 the default", o.Level, o.Compression, limit)
	case o.RowGroup < 0:
		return o, fmt.Errorf("row groups of %d rows", o.RowGroup)
	}
	return o, nil
}

// codec returns the compression by arrow's names, of options that were checked.
func (o Options) codec() compress.Compression {
	return map[string]compress.Compression{
		"zstd": compress.Codecs.Zstd, "snappy": compress.Codecs.Snappy, "gzip": compress.Codecs.Gzip,
		"brotli": compress.Codecs.Brotli, "none": compress.Codecs.Uncompressed,
	}[o.Compression]
}

// zstdEncoders has the encoder of each level. One serves any number of goroutines,
// and takes longer to make than a small file to write.
var zstdEncoders [23]struct {
	once sync.Once
	enc  *zstd.Encoder
	err  error
}

// zstdEncoder returns the encoder for whole pages, or nil if they are not zstd's.
func (o Options) zstdEncoder() (*zstd.Encoder, error) {
	if o.Compression != "zstd" {
		return nil, nil
	}
	level := max(o.Level, 1)
	e := &zstdEncoders[level]
	e.once.Do(func() {
		e.enc, e.err = zstd.NewWriter(nil, zstd.WithZeroFrames(true), zstd.WithEncoderCRC(false),
			zstd.WithEncoderConcurrency(workers()), zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(level)))
	})
	return e.enc, e.err
}
