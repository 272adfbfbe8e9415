package npy

import (
	"errors"
	"fmt"
	"io"
)

// An input reads a file from front to back and knows where it is.
type input struct {
	r     io.Reader
	size  int64
	off   int64  // bytes handed out
	ahead []byte // bytes read from r and not handed out yet
}

// aheadBytes is how much Decode reads at first: all of a small file in one
// system call, and of a large one no more than is copied again for nothing.
const aheadBytes = 4096

// prefetch reads what the first calls of read will ask for. An early end shows
// when they do.
func (in *input) prefetch() error {
	if in.size <= 0 {
		return nil
	}
	in.ahead = make([]byte, min(in.size, aheadBytes))
	n, err := io.ReadFull(in.r, in.ahead)
	in.ahead = in.ahead[:n]
	if err != nil && !isEOF(err) {
		return fmt.Errorf("read at byte %d: %w", n, err)
	}
	return nil
}

// read fills p. Field names what p is, for an error.
func (in *input) read(p []byte, field string) error {
	n := copy(p, in.ahead)
	in.ahead = in.ahead[n:]
	in.off += int64(n)
	if n == len(p) {
		return nil
	}
	want := len(p) - n
	n, err := io.ReadFull(in.r, p[n:])
	in.off += int64(n)
	switch {
	case err == nil:
		return nil
	case isEOF(err):
		return &FormatError{in.off, field, fmt.Errorf("the file ends here, %d bytes short: %w", want-n, io.ErrUnexpectedEOF)}
	default:
		return fmt.Errorf("read at byte %d: %w", in.off, err)
	}
}

func isEOF(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
