package npz

import (
	"cmp"
	"hash/crc32"
	"io"

	"github.com/dataelab/dataelab-go/internal/memfault"
)

// concurrentBytes is from where a write is worth a second goroutine: adding up
// less than this takes as long as starting one.
const concurrentBytes = 256 << 10

// A summer adds up the CRC-32 of what it hands on, large runs while they are
// being written. Measured on two cores, 160 MB into a file: 3.9 GB/s without a
// sum, 4.0 with it beside (2.7 to 3.3 where other programs keep the second core
// busy), 2.5 to 2.8 with it before each quarter of a mebibyte, 2.0 before all of
// it. Beside it in smaller runs is no faster than before it. The sum alone: 10.6.
type summer struct {
	w   io.Writer
	crc uint32
	n   int64
}

func (s *summer) Write(p []byte) (int, error) {
	if len(p) < concurrentBytes {
		s.crc = crc32.Update(s.crc, crc32.IEEETable, p)
		n, err := s.w.Write(p)
		s.n += int64(n)
		return n, err
	}
	summed := make(chan error, 1) // with room, so that a panic of w leaves nobody waiting
	crc := s.crc
	go func() {
		summed <- memfault.Try(func() error { crc = crc32.Update(crc, crc32.IEEETable, p); return nil })
	}()
	n, err := s.w.Write(p)
	err = cmp.Or(err, <-summed)
	s.crc = crc
	s.n += int64(n)
	return n, err
}

// A counter counts what it hands on.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
