package formats

import (
	"encoding/binary"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// Compressed returns f with its files compressed by a method, as compress= in a
// struct tag asks for it. A format that compresses parts of its files by
// itself, see [Compressor], may know the method; any other is asked for "zstd" only,
// and gets it from [Zstd].
func Compressed(f Format, method string) (Format, error) {
	if _, twice := f.(zstdFormat); twice {
		if method == "zstd" {
			return f, nil
		}
		return nil, fmt.Errorf("%s files are compressed already", f.Name())
	}
	var known []string
	if c, ok := f.(Compressor); ok {
		known = c.Compressions()
		if slices.Contains(known, method) {
			return c.WithCompression(method), nil
		}
	}
	if method == "zstd" {
		return Zstd(f), nil
	}
	if !slices.Contains(known, "zstd") {
		known = append(known, "zstd")
	}
	return nil, fmt.Errorf("%s files are not compressed by %q; known are %s", f.Name(), method, strings.Join(known, ", "))
}

// A Compressor is a Format that can compress inside of its files, so that they
// keep their extension and can still be read in part.
type Compressor interface {
	Format

	// Compressions lists the methods it knows.
	Compressions() []string

	// WithCompression returns the format with its files compressed by one of them.
	WithCompression(method string) Format
}

const zstdExt = ".zst"

// Zstd returns f with its files compressed as a whole by Zstandard (RFC 8878),
// under the name and extension of f with ".zst" behind it: an .npy.zst is what
// the zstd program makes of an .npy, and opens.
//
// Reading takes memory in proportion to what was compressed, which a file of
// another program may not overdo: beyond 8 MiB and 2,048 times the file's size it is refused
// as a bomb. Files that are written here hold enough of filler to stay below that.
func Zstd(f Format) Format { return zstdFormat{f} }

type zstdFormat struct{ plain Format }

func (z zstdFormat) Name() string                 { return z.plain.Name() + zstdExt }
func (z zstdFormat) Ext() string                  { return z.plain.Ext() + zstdExt }
func (z zstdFormat) Accepts(t reflect.Type) error { return z.plain.Accepts(t) }

// A file is one frame of Zstandard, then frames that its readers skip:
//
//	bytes  frame
//	...    the compressed file of the plain format
//	8+n    filler of n zeros; only where the file would else look like a bomb
//	16     magic 0x184D2A5D, length 8, size of the plain file
//
// Numbers are little endian. The last frame saves a reader the decompression
// that finds the size out; files without it are as good.
const (
	fillerMagic  = 0x184D2A5C
	trailerMagic = 0x184D2A5D
	trailerBytes = 16

	modestSize = 8 << 20 // whatever its ratio, this is no bomb
	modestRate = 1 << 11
)

func (z zstdFormat) Encode(w io.Writer, v any) (Info, error) {
	out := &counting{w: w}
	enc := encoders.Get().(*zstd.Encoder)
	enc.Reset(out)
	raw := &counting{w: enc}
	info, err := z.plain.Encode(raw, v)
	if err != nil {
		enc.Reset(nil) // Close would write; of a refused value nothing may be
		encoders.Put(enc)
		return info, err
	}
	if err := enc.Close(); err != nil {
		return info, err // not put back: its state is unknown
	}
	enc.Reset(nil)
	encoders.Put(enc)
	return info, out.finish(raw.n)
}

type counting struct {
	w io.Writer
	n int64
}

// finish writes the frames behind the compressed one.
func (c *counting) finish(plain int64) error {
	var b []byte
	if lacking := plain/modestRate + 1 - c.n - trailerBytes; plain > modestSize && lacking > 0 {
		b = binary.LittleEndian.AppendUint32(b, fillerMagic)
		b = binary.LittleEndian.AppendUint32(b, uint32(lacking)) // of less than 2^43 bytes
		b = append(b, make([]byte, lacking)...)
	}
	b = binary.LittleEndian.AppendUint32(b, trailerMagic)
	b = binary.LittleEndian.AppendUint32(b, 8)
	b = binary.LittleEndian.AppendUint64(b, uint64(plain))
	_, err := c.Write(b)
	return err
}

func (c *counting) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// encoders keeps encoders, which have megabytes of tables each.
var encoders = sync.Pool{New: func() any {
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err) // of wrong options, of which there are none
	}
	return enc
}}
