package parquet

import (
	"bytes"

	"github.com/pierrec/lz4/v4"
)

// unlz4Frame unfolds an LZ4 frame into size bytes. Memory is taken while the bytes come.
func unlz4Frame(src []byte, size int) ([]byte, error) {
	const most = 256 // a block becomes so many times longer
	if int64(size) > most*int64(len(src)) {
		return nil, damage("%d bytes of LZ4 that claim to become %d", len(src), size)
	}
	from := bytes.NewReader(src)
	dst, err := readGrowing(nil, lz4.NewReader(from), size)
	if err == nil && from.Len() > 0 {
		err = damage("%d bytes after the LZ4 frame", from.Len())
	}
	return dst, err
}
