package parquet

import (
	"encoding/binary"
	"math/bits"
)

// A hybrid decodes Parquet's mixture of runs and bit-packed groups, in which
// levels and the indexes into a dictionary are written:
//
//	run:    uvarint(count<<1)     one value, in as many bytes as width needs
//	packed: uvarint(groups<<1|1)  groups*8 values of width bits each
type hybrid struct {
	data  []byte
	width int // bits of a value, 0 to 32
	mask  uint64

	run   int    // values left of a run
	value uint32 // of the run

	packed int // values left in packed
	bits   []byte
	bit    int // of bits, where the next value starts
}

func newHybrid(data []byte, width int) (hybrid, error) {
	if width < 0 || width > 32 {
		return hybrid{}, damage("values of %d bits; 32 are the most", width)
	}
	return hybrid{data: data, width: width, mask: 1<<width - 1}, nil
}

// more makes sure that a run or a packed value is there.
func (h *hybrid) more() error {
	for h.run == 0 && h.packed == 0 {
		header, n := binary.Uvarint(h.data)
		if n <= 0 || header>>1 == 0 || header>>1 > 1<<31 {
			if len(h.data) == 0 {
				return damage("fewer values than the page claims")
			}
			return damage("a run of no or too many values")
		}
		h.data = h.data[n:]
		count := int(header >> 1)
		if header&1 == 0 {
			size := (h.width + 7) / 8
			if len(h.data) < size {
				return errShort
			}
			var b [4]byte
			copy(b[:], h.data[:size])
			h.run, h.value, h.data = count, binary.LittleEndian.Uint32(b[:]), h.data[size:]
			if uint64(h.value) > h.mask {
				return damage("a value of more than %d bits", h.width)
			}
			continue
		}
		if h.width == 0 {
			h.run, h.value = count*8, 0
			continue
		}
		// The last group may be cut short where its values end.
		size := min(count*h.width, len(h.data))
		h.bits, h.bit, h.data = h.data[:size], 0, h.data[size:]
		h.packed = min(count*8, size*8/h.width)
	}
	return nil
}

// levels fills dst, and fails at a level above most. It returns how many are
// equal to most.
func (h *hybrid) levels(dst []byte, most byte) (full int, err error) {
	for len(dst) > 0 {
		if err := h.more(); err != nil {
			return 0, err
		}
		if h.run > 0 {
			n := min(h.run, len(dst))
			if h.value > uint32(most) {
				return 0, damage("a level of %d where %d is the most", h.value, most)
			}
			fill(dst[:n], byte(h.value))
			if h.value == uint32(most) {
				full += n
			}
			h.run, dst = h.run-n, dst[n:]
			continue
		}
		n := min(h.packed, len(dst))
		for i := range n {
			x := byte(h.unpack())
			if x > most {
				return 0, damage("a level of %d where %d is the most", x, most)
			}
			if x == most {
				full++
			}
			dst[i] = x
		}
		h.packed, dst = h.packed-n, dst[n:]
	}
	return full, nil
}

func fill(dst []byte, x byte) {
	for i := range dst {
		dst[i] = x
	}
}

// indexes fills dst with values below limit.
func (h *hybrid) indexes(dst []uint32, limit int) error {
	for len(dst) > 0 {
		if err := h.more(); err != nil {
			return err
		}
		var n int
		var most uint32
		if h.run > 0 {
			n, most = min(h.run, len(dst)), h.value
			for i := range n {
				dst[i] = h.value
			}
			h.run -= n
		} else {
			n = min(h.packed, len(dst))
			for i := range n {
				x := uint32(h.unpack())
				dst[i] = x
				most = max(most, x)
			}
			h.packed -= n
		}
		if int64(most) >= int64(limit) {
			return damage("an index of %d into a dictionary of %d", most, limit)
		}
		dst = dst[n:]
	}
	return nil
}

// unpack returns the next packed value, which is there.
func (h *hybrid) unpack() uint64 {
	i, shift := h.bit>>3, h.bit&7
	h.bit += h.width
	if i+8 <= len(h.bits) {
		return binary.LittleEndian.Uint64(h.bits[i:]) >> shift & h.mask // 32+7 bits fit
	}
	var b [8]byte
	copy(b[:], h.bits[i:])
	return binary.LittleEndian.Uint64(b[:]) >> shift & h.mask
}

// widthOf returns the bits of a level up to most.
func widthOf(most byte) int { return bits.Len8(most) }
