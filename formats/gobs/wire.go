package gobs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// The numbers that encoding/gob gives to the types every stream knows.
const (
	idBool      = 1
	idInt       = 2
	idUint      = 3
	idFloat     = 4
	idBytes     = 5
	idString    = 6
	idComplex   = 7
	idInterface = 8

	firstUserID = 64 // the lowest number that a stream may define
)

// appendUint writes x as gob does: one byte below 128, and otherwise the negated
// number of bytes followed by the bytes, most significant first.
func appendUint(b []byte, x uint64) []byte {
	if x < 0x80 {
		return append(b, byte(x))
	}
	zeros := bits.LeadingZeros64(x) / 8
	var buf [8]byte
	binary.BigEndian.PutUint64(buf[:], x)
	b = append(b, byte(zeros-8))
	return append(b, buf[zeros:]...)
}

// appendInt writes i with its sign in the lowest bit.
func appendInt(b []byte, i int64) []byte {
	return appendUint(b, uint64(i)<<1^uint64(i>>63))
}

// appendFloat writes the bits of f in reverse byte order, since the low bytes
// are often zero.
func appendFloat(b []byte, f float64) []byte {
	return appendUint(b, bits.ReverseBytes64(math.Float64bits(f)))
}

func appendString(b []byte, s string) []byte {
	return append(appendUint(b, uint64(len(s))), s...)
}

// appendMessage frames a body by its length.
func appendMessage(b, body []byte) []byte {
	return append(appendUint(b, uint64(len(body))), body...)
}

// input reads the bytes of a file, which is in memory as a whole.
type input struct {
	data []byte
	off  int
}

var (
	errEnd     = errors.New("the data ends in the middle of a value")
	errBadUint = errors.New("a number has an impossible length")
)

func (in *input) left() int { return len(in.data) - in.off }

func (in *input) uint() (uint64, error) {
	if in.off >= len(in.data) {
		return 0, errEnd
	}
	c := in.data[in.off]
	in.off++
	if c < 0x80 {
		return uint64(c), nil
	}
	n := -int(int8(c))
	if n == 8 && in.left() >= 8 { // most floats
		x := binary.BigEndian.Uint64(in.data[in.off:])
		in.off += 8
		return x, nil
	}
	if n > 8 {
		return 0, errBadUint
	}
	if n > in.left() {
		return 0, errEnd
	}
	var x uint64
	for _, c := range in.data[in.off : in.off+n] {
		x = x<<8 | uint64(c)
	}
	in.off += n
	return x, nil
}

func (in *input) int() (int64, error) {
	x, err := in.uint()
	return int64(x>>1) ^ -int64(x&1), err
}

func (in *input) float() (float64, error) {
	x, err := in.uint()
	return math.Float64frombits(bits.ReverseBytes64(x)), err
}

// bytes reads a length and as many bytes, which alias the file. Appending to
// them does not reach what follows.
func (in *input) bytes() ([]byte, error) {
	n, err := in.uint()
	if err != nil {
		return nil, err
	}
	if n > uint64(in.left()) {
		return nil, fmt.Errorf("a length of %d bytes where %d are left", n, in.left())
	}
	end := in.off + int(n)
	b := in.data[in.off:end:end]
	in.off = end
	return b, nil
}
