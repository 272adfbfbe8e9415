package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/apache/arrow/go/v16/parquet/compress"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// decompress unfolds a page into exactly size bytes, for which it may use the
// memory of dst. Memory is taken only when the page has been seen to be as long
// as it claims, or while it turns out to be.
func decompress(codec compress.Compression, dst, src []byte, size int) ([]byte, error) {
	var err error
	switch codec {
	case compress.Codecs.Uncompressed:
		dst = append(dst[:0], src...)
	case compress.Codecs.Snappy:
		dst, err = unsnap(dst, src, size)
	case compress.Codecs.Zstd:
		dst, err = unzstd(dst, src, size)
	case compress.Codecs.Gzip:
		var r *gzip.Reader
		if r, err = gzip.NewReader(bytes.NewReader(src)); err == nil {
			dst, err = readGrowing(dst, r, size)
		}
	case compress.Codecs.Brotli:
		dst, err = readGrowing(dst, brotli.NewReader(bytes.NewReader(src)), size)
	case codecLZ4Raw:
		dst, err = unLZ4Raw(dst, src, size)
	case compress.Codecs.Lz4:
		dst, err = unLZ4(dst, src, size)
	default:
		return nil, unsupportedCodec(codec)
	}
	if err == nil && len(dst) != size {
		err = damage("it becomes %d bytes, and claims %d", len(dst), size)
	}
	if err != nil {
		return nil, fmt.Errorf("decompress a page: %w", err)
	}
	return dst, nil
}

func knownCodec(codec compress.Compression) bool {
	return codec >= compress.Codecs.Uncompressed && codec <= codecLZ4Raw && codec != compress.Codecs.Lzo
}

func unsupportedCodec(codec compress.Compression) error {
	name := fmt.Sprintf("number %d", codec)
	if codec == compress.Codecs.Lzo {
		name = "LZO"
	}
	return unsupported("compression %s; there are zstd, snappy, gzip, brotli, LZ4 and none", name)
}

// grown returns dst with length zero and room for size bytes.
func grown(dst []byte, size int) []byte {
	if cap(dst) < size {
		return make([]byte, 0, size)
	}
	return dst[:0]
}

// maxSnap is how many times longer a snappy block can become: three bytes copy
// sixty-four.
const maxSnap = 22

func unsnap(dst, src []byte, size int) ([]byte, error) {
	n, err := s2.DecodedLen(src)
	if err != nil {
		return nil, err
	}
	if n != size || size/maxSnap > len(src) {
		return nil, damage("%d bytes that claim to become %d", len(src), n)
	}
	return s2.Decode(grown(dst, size)[:size], src)
}

// readGrowing reads size bytes and the end of r. The memory grows as the bytes come.
func readGrowing(dst []byte, r io.Reader, size int) ([]byte, error) {
	const modest = 1 << 20
	dst = grown(dst, min(size, modest))
	for len(dst) < size {
		if len(dst) == cap(dst) {
			dst = append(make([]byte, 0, min(size, 2*cap(dst))), dst...)
		}
		n, err := r.Read(dst[len(dst):min(cap(dst), size)])
		dst = dst[:len(dst)+n]
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return nil, err
		}
	}
	var more [1]byte
	if n, err := io.ReadFull(r, more[:]); n > 0 {
		return nil, damage("it becomes more than the %d bytes that it claims", size)
	} else if err != io.EOF {
		return nil, err
	}
	return dst, nil
}

// unzstdDecoder is shared: DecodeAll may be called from any number of goroutines.
var unzstdDecoder = sync.OnceValues(func() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxMemory(1<<32))
})

func unzstd(dst, src []byte, size int) ([]byte, error) {
	if most := zstdBound(src); size > most {
		return nil, damage("%d bytes of zstd that can become %d at most, and claim %d", len(src), most, size)
	}
	dec, err := unzstdDecoder()
	if err != nil {
		return nil, err
	}
	dst, err = dec.DecodeAll(src, grown(dst, size))
	if errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		return nil, damage("it becomes more than the %d bytes that it claims", size)
	}
	return dst, err
}

// zstdBound returns how long frames can become: each block says how long it is,
// and becomes 128 KiB at most.
func zstdBound(src []byte) (most int) {
	const (
		magic, skippable = 0xfd2fb528, 0x184d2a50
		blockBytes       = 128 << 10
	)
	for len(src) >= 8 {
		m := binary.LittleEndian.Uint32(src)
		if m&^15 == skippable {
			n := int64(binary.LittleEndian.Uint32(src[4:])) + 8
			if n > int64(len(src)) {
				return most
			}
			src = src[n:]
			continue
		}
		if m != magic {
			return most
		}
		// Magic, descriptor, window, dictionary and content size.
		descriptor := src[4]
		header := 5 + []int{0, 1, 2, 4}[descriptor&3] + []int{0, 2, 4, 8}[descriptor>>6]
		switch single := descriptor&0x20 != 0; {
		case !single:
			header++
		case descriptor>>6 == 0:
			header++ // one byte of content size
		}
		if src = src[min(header, len(src)):]; len(src) < 3 {
			return most
		}
		for last := false; !last && len(src) >= 3; {
			block := int(src[0]) | int(src[1])<<8 | int(src[2])<<16
			last = block&1 != 0
			size := block >> 3
			stored := size
			switch block >> 1 & 3 {
			case 0: // as it is
				most += size
			case 1: // one byte, many times
				most, stored = most+size, 1
			default:
				most += blockBytes
			}
			src = src[min(3+stored, len(src)):]
		}
		if descriptor&4 != 0 { // checksum
			src = src[min(4, len(src)):]
		}
	}
	return most
}
