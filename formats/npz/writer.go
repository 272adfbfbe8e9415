//lint:file-ignore SA1019 Of what CreateRaw writes, date and 32-bit sizes come from fields that are deprecated for other uses.

package npz

import (
	"archive/zip"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"

	"github.com/dataelab/dataelab-go/formats/npy"
)

// A Writer writes a .npz file array by array, so that they need not be in memory
// together. It serves one goroutine.
//
// An array looks like this in the file:
//
//	30 bytes  local header: no sizes yet (flag bit 3)
//	n         name with .npy
//	m         extra field of zeros, so that what follows starts at a multiple of 64
//	          (only before a stored array)
//	...       the .npy file, stored or deflated
//	16, 24    data descriptor: CRC-32 and sizes
//
// After the last one come the directory of the archive and, where sizes or
// offsets need more than 32 bits, the fields of zip64.
type Writer struct {
	zip     *zip.Writer
	level   int
	deflate *flate.Writer // used for one array after the other
	names   map[string]bool
	at      int64 // length of the file so far
	err     error // of the underlying writer: nothing can follow
}

// NewWriter returns a Writer that stores arrays as they are. The file starts with
// the first byte written to w.
func NewWriter(w io.Writer) *Writer {
	z, _ := newWriter(w, Options{}) // the zero value is always valid
	return z
}

// NewWriter is the function [NewWriter] with options.
func (o Options) NewWriter(w io.Writer) (*Writer, error) {
	z, err := newWriter(w, o)
	if err != nil {
		return nil, fmt.Errorf("npz: %w", err)
	}
	return z, nil
}

func newWriter(w io.Writer, o Options) (*Writer, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	return &Writer{zip: zip.NewWriter(w), level: o.Level, names: make(map[string]bool)}, nil
}

// Write adds an array, or a single number, under a name that np.load gives it
// back by. A name must not come twice, and not end in ".npy", which numpy removes.
//
// After an error about the value or its name ([ErrValue], [*npy.TypeError]) the
// file is as it was before; after an error of the underlying writer it is broken.
func (z *Writer) Write(name string, v any) error {
	err := func() error {
		if err := checkName(name); err != nil {
			return fmt.Errorf("%w: %w", ErrValue, err)
		}
		if err := acceptsMember(reflect.TypeOf(v)); err != nil {
			return err
		}
		array, err := arrayOf(addressable(reflect.ValueOf(v)))
		if err != nil {
			return err
		}
		_, err = z.write(part{name, array})
		return err
	}()
	if err != nil {
		return fmt.Errorf("npz: write %q: %w", name, err)
	}
	return nil
}

// Close ends the file with its directory. It does not close the underlying writer.
func (z *Writer) Close() error {
	if err := z.close(); err != nil {
		return fmt.Errorf("npz: close: %w", err)
	}
	return nil
}

var errClosed = errors.New("the Writer is closed")

func (z *Writer) close() error {
	if z.err != nil {
		return z.err
	}
	if err := z.zip.Close(); err != nil {
		z.err = err
		return err
	}
	z.err = errClosed
	return nil
}

func (z *Writer) write(p part) (npy.Header, error) {
	if z.err != nil {
		return npy.Header{}, z.err
	}
	if z.names[p.name] {
		return npy.Header{}, fmt.Errorf("%w: the name %q is taken", ErrValue, p.name)
	}
	z.names[p.name] = true
	h, err := z.add(p)
	if err != nil {
		z.err = fmt.Errorf("member %q: %w", p.name, err)
	}
	return h, z.err
}

// What the fields of the zip format mean here.
const (
	flagEncrypted  = 1 << 0
	flagDescriptor = 1 << 3  // CRC-32 and sizes follow the data
	flagUTF8       = 1 << 11 // the name is UTF-8
	version20      = 20      // deflate
	version45      = 45      // zip64
	newYear1980    = 1<<5 | 1
	localHeader    = 30 // bytes
	nameLengthAt   = 26 // byte of the local header
)

func (z *Writer) add(p part) (npy.Header, error) {
	fh := &zip.FileHeader{
		Name:           p.name + suffix,
		Flags:          flagDescriptor,
		CreatorVersion: version20,
		ReaderVersion:  version20,
		ModifiedDate:   newYear1980, //nolint:staticcheck // a fixed date: equal values make equal files
	}
	for _, b := range []byte(fh.Name) {
		if b >= 0x80 {
			fh.Flags |= flagUTF8
		}
	}
	if z.level > 0 {
		fh.Method = zip.Deflate
	} else {
		fh.Extra = padding(z.at + localHeader + int64(len(fh.Name)))
	}
	z.at += localHeader + int64(len(fh.Name)+len(fh.Extra))

	raw, err := z.zip.CreateRaw(fh)
	if err != nil {
		return npy.Header{}, err
	}
	packed := &counter{w: raw}
	h, sum, err := z.pack(packed, p.array)
	if err != nil {
		return npy.Header{}, err
	}
	finish(fh, sum, packed.n)
	z.at += packed.n + descriptorBytes(fh)
	return h, nil
}

// pack writes the .npy file of an array as it is, or deflated.
func (z *Writer) pack(packed io.Writer, array any) (npy.Header, *summer, error) {
	if z.level == 0 {
		sum := &summer{w: packed}
		h, err := npy.Encode(sum, array)
		return h, sum, bare(err)
	}
	if z.deflate == nil {
		var err error
		if z.deflate, err = flate.NewWriter(packed, z.level); err != nil {
			return npy.Header{}, nil, err
		}
	} else {
		z.deflate.Reset(packed)
	}
	sum := &summer{w: z.deflate}
	h, err := npy.Encode(sum, array)
	if err != nil {
		return h, sum, bare(err)
	}
	return h, sum, z.deflate.Close()
}

// finish fills in what is known only now. archive/zip keeps fh, and reads these
// fields when the next array begins or the archive is closed.
func finish(fh *zip.FileHeader, sum *summer, packed int64) {
	fh.CRC32 = sum.crc
	fh.UncompressedSize64, fh.CompressedSize64 = uint64(sum.n), uint64(packed)
	fh.UncompressedSize = uint32(min(fh.UncompressedSize64, math.MaxUint32)) //nolint:staticcheck // as above
	fh.CompressedSize = uint32(min(fh.CompressedSize64, math.MaxUint32))     //nolint:staticcheck // as above
	if isZip64(fh) {
		fh.ReaderVersion = version45
	}
}

func isZip64(fh *zip.FileHeader) bool {
	return max(fh.UncompressedSize64, fh.CompressedSize64) >= math.MaxUint32
}

func descriptorBytes(fh *zip.FileHeader) int64 {
	if isZip64(fh) {
		return 24
	}
	return 16
}

// padding returns an extra field after which a byte at offset at is at a multiple
// of 64. It is the one of Android's zipalign, which other programs know: an
// alignment, then zeros.
func padding(at int64) []byte {
	const (
		align  = 64
		id     = 0xD935
		header = 6 // id, length, alignment
	)
	n := int(-at & (align - 1))
	if n == 0 {
		return nil
	}
	if n < header {
		n += align
	}
	extra := make([]byte, n)
	binary.LittleEndian.PutUint16(extra, id)
	binary.LittleEndian.PutUint16(extra[2:], uint16(n-4))
	binary.LittleEndian.PutUint16(extra[4:], align)
	return extra
}
