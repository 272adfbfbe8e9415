package parquet

import (
	"encoding/binary"
)

// A delta decodes integers written as differences:
//
//	uvarint values in a block, uvarint miniblocks in a block, uvarint values in all, varint first value
//	block: varint least difference, a byte of bit width for each miniblock, the miniblocks
type delta struct {
	data  []byte
	mini  int // values in a miniblock
	minis int // miniblocks in a block
	left  int // values not yet returned
	next  int64
	first bool // next is the first value, to which no difference leads

	least  int64
	widths []byte // of the miniblocks to come in this block
	packed []byte // the present miniblock
	width  int
	have   int // values left in it
	bit    int
}

// newDelta reads the header of at most so many values.
func newDelta(data []byte, most int) (*delta, error) {
	d := &delta{data: data, first: true}
	block := d.uvarint(1 << 20)
	d.minis = d.uvarint(1 << 12)
	d.left = d.uvarint(1<<31 - 1)
	x, n := binary.Varint(d.data)
	if d.minis <= 0 || block <= 0 || d.left < 0 || n <= 0 || block%128 != 0 || block%d.minis != 0 || block/d.minis%32 != 0 {
		return nil, damage("a bad header of differences")
	}
	if d.left > most { // who runs through them would be busy for long
		return nil, damage("%d differences in a page of %d entries", d.left, most)
	}
	d.next, d.data, d.mini = x, d.data[n:], block/d.minis
	return d, nil
}

// uvarint reads a number up to most, or -1.
func (d *delta) uvarint(most uint64) int {
	x, n := binary.Uvarint(d.data)
	if n <= 0 || x > most {
		d.data = nil
		return -1
	}
	d.data = d.data[n:]
	return int(x)
}

// miniblock goes to the next miniblock.
func (d *delta) miniblock() error {
	if len(d.widths) == 0 {
		x, n := binary.Varint(d.data)
		if n <= 0 || len(d.data)-n < d.minis {
			return errShort
		}
		d.least, d.data = x, d.data[n:]
		d.widths, d.data = d.data[:d.minis], d.data[d.minis:]
	}
	d.width, d.widths = int(d.widths[0]), d.widths[1:]
	if d.width > 64 {
		return damage("differences of %d bits", d.width)
	}
	size := d.mini / 8 * d.width
	if len(d.data) < size {
		return errShort
	}
	d.packed, d.data = d.data[:size], d.data[size:]
	d.have, d.bit = d.mini, 0
	return nil
}

// read fills dst.
func (d *delta) read(dst []int64) error {
	if len(dst) > d.left {
		return damage("fewer values than the page claims")
	}
	d.left -= len(dst)
	if d.first && len(dst) > 0 {
		dst[0], dst, d.first = d.next, dst[1:], false
	}
	for len(dst) > 0 {
		if d.have == 0 {
			if err := d.miniblock(); err != nil {
				return err
			}
		}
		n := min(d.have, len(dst))
		for i := range n {
			d.next += d.least + int64(d.unpack()) // wraps, as the format says
			dst[i] = d.next
		}
		d.have -= n
		dst = dst[n:]
	}
	return nil
}

// rest returns the bytes after the values, all of which have been read.
func (d *delta) rest() []byte { return d.data }

func (d *delta) unpack() uint64 {
	if d.width == 0 {
		return 0
	}
	i, shift := d.bit>>3, d.bit&7
	d.bit += d.width
	var b [16]byte
	copy(b[:], d.packed[i:])
	low, high := binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])
	x := low >> shift
	if shift > 0 {
		x |= high << (64 - shift)
	}
	return x & (1<<d.width - 1) // of width 64: all
}
