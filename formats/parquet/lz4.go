package parquet

import (
	"encoding/binary"

	"github.com/apache/arrow/go/v16/parquet/compress"
	"github.com/pierrec/lz4/v4"
)

// codecLZ4Raw is a codec that arrow has no name for.
const codecLZ4Raw compress.Compression = 7

// maxLZ4 is how many times longer an LZ4 block can become: each byte after the first few
// says that 255 more are repeated.
const maxLZ4 = 255

// unLZ4Raw decompresses one LZ4 block into size bytes: the codec LZ4_RAW.
func unLZ4Raw(dst, src []byte, size int) ([]byte, error) {
	if size/maxLZ4 > len(src) {
		return nil, damage("%d bytes of LZ4 that claim to become %d", len(src), size)
	}
	dst = grown(dst, size)[:size]
	n, err := lz4.UncompressBlock(src, dst)
	if err != nil {
		return nil, err
	}
	return dst[:n], nil
}

// unLZ4 decompresses a page of the codec LZ4, which two kinds of writers took for different
// things. Those of Hadoop write blocks with their lengths before them, big-endian:
//
//	length of the data, 4 bytes | (length of a block, 4 bytes | block) … | length of the data …
//
// Early ones in C++ write one block, as LZ4_RAW has it. Their bytes rarely begin with
// lengths that add up to those of the page.
func unLZ4(dst, src []byte, size int) ([]byte, error) {
	if size/maxLZ4 > len(src) {
		return nil, damage("%d bytes of LZ4 that claim to become %d", len(src), size)
	}
	dst = grown(dst, size)[:size]
	if hadoopLZ4(dst, src) {
		return dst, nil
	}
	return unLZ4Raw(dst, src, size)
}

// hadoopLZ4 fills dst with blocks that have their lengths before them, and reports
// whether src is such blocks and dst is full.
func hadoopLZ4(dst, src []byte) bool {
	for len(src) > 0 {
		length, rest, ok := lengthBefore(src, len(dst))
		if !ok {
			return false
		}
		src = rest
		for length > 0 {
			stored, rest, ok := lengthBefore(src, len(src)-4)
			if !ok {
				return false
			}
			n, err := lz4.UncompressBlock(rest[:stored], dst[:length])
			if err != nil || n == 0 {
				return false
			}
			src, dst, length = rest[stored:], dst[n:], length-n
		}
	}
	return len(dst) == 0
}

// lengthBefore reads a length of at most so many bytes.
func lengthBefore(src []byte, most int) (n int, rest []byte, ok bool) {
	if len(src) < 4 {
		return 0, nil, false
	}
	x := binary.BigEndian.Uint32(src)
	return int(x), src[4:], int64(x) <= int64(most)
}
