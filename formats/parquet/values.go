package parquet

import (
	"encoding/binary"
	"math/bits"
)

// A values decodes the values of one page, some at a time.
type values interface {
	// read adds the next n values to b.
	read(b *batch, n int) error
}

// A physical is what Parquet stores.
type physical int

// The physical types.
const (
	physicalBool   physical = 0
	physicalInt32  physical = 1
	physicalInt64  physical = 2
	physicalInt96  physical = 3
	physicalFloat  physical = 4
	physicalDouble physical = 5
	physicalBytes  physical = 6
	physicalFixed  physical = 7
)

// A layout is how one value of a column lies in memory.
type layout struct {
	physical physical
	width    int // bytes; 0 of physicalBytes
}

// swaps says whether this machine turns round the bytes of a value.
func (l layout) swaps() bool {
	return hostBigEndian && (l.width == 4 || l.width == 8) && l.physical != physicalFixed
}

var hostBigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// swapBytes turns round units of 4 or 8 bytes.
func swapBytes(b []byte, unit int) {
	for ; len(b) >= unit; b = b[unit:] {
		if unit == 4 {
			binary.NativeEndian.PutUint32(b, bits.ReverseBytes32(binary.NativeEndian.Uint32(b)))
		} else {
			binary.NativeEndian.PutUint64(b, bits.ReverseBytes64(binary.NativeEndian.Uint64(b)))
		}
	}
}

// A dictionary is the different values of a column chunk.
type dictionary struct {
	n     int
	fixed []byte
	text  []string
}

func newDictionary(l layout, data []byte, n int) (*dictionary, error) {
	if l.physical == physicalBool {
		return nil, damage("a dictionary of bools")
	}
	// What it claims is seen here before memory is taken for it.
	least := max(l.width, 1)
	if l.physical == physicalBytes {
		least = 4
	}
	if n > len(data)/least {
		return nil, damage("a dictionary of %d values in %d bytes", n, len(data))
	}
	var b batch
	if err := newPlain(l, data).read(&b, n); err != nil {
		return nil, err
	}
	return &dictionary{n, b.fixed, b.text}, nil
}

// newValues returns the decoder of a page of so many entries, n or more of them values.
func newValues(e encoding, l layout, dict *dictionary, data []byte, n, entries int, r *room) (values, error) {
	isInt := l.physical == physicalInt32 || l.physical == physicalInt64
	switch {
	case e == encodingPlain:
		return newPlain(l, data), nil
	case e == encodingDictionary || e == encodingPlainDictionary:
		return newIndexed(l, dict, data, n, r)
	case e == encodingRLE && l.physical == physicalBool:
		if len(data) < 4 {
			return nil, errShort
		}
		size := binary.LittleEndian.Uint32(data)
		if uint64(size) > uint64(len(data)-4) {
			return nil, errShort
		}
		h, err := newHybrid(data[4:4+size], 1)
		return &boolRuns{h}, err
	case e == encodingDelta && isInt:
		d, err := newDelta(data, entries)
		return &deltaInts{d, l.width, nil}, err
	case e == encodingDeltaLength && l.physical == physicalBytes:
		return newDeltaLengths(data, entries)
	case e == encodingDeltaBytes && (l.physical == physicalBytes || l.physical == physicalFixed):
		return newDeltaBytes(l, data, entries, r)
	case e == encodingSplit && l.width > 0 && l.physical != physicalBool:
		if len(data)%l.width != 0 {
			return nil, damage("%d bytes of values of %d", len(data), l.width)
		}
		return &split{l, data, 0}, nil
	}
	return nil, unsupported("encoding %d for this type of value", e)
}

func newPlain(l layout, data []byte) values {
	switch l.physical {
	case physicalBool:
		return &plainBools{data, 0}
	case physicalBytes:
		return &plainTexts{data}
	}
	return &plainFixed{l, data}
}

type plainFixed struct {
	layout
	data []byte
}

func (p *plainFixed) read(b *batch, n int) error {
	if n > len(p.data)/max(p.width, 1) {
		return errShort
	}
	dst := b.extend(n, p.width)
	copy(dst, p.data)
	p.data = p.data[len(dst):]
	if p.swaps() {
		swapBytes(dst, p.width)
	}
	return nil
}

type plainBools struct {
	data []byte
	bit  int
}

func (p *plainBools) read(b *batch, n int) error {
	if n > len(p.data)*8-p.bit {
		return errShort
	}
	dst := b.extend(n, 1)
	for i := range dst {
		at := p.bit + i
		dst[i] = p.data[at>>3] >> (at & 7) & 1
	}
	p.bit += n
	return nil
}

type plainTexts struct{ data []byte }

func (p *plainTexts) read(b *batch, n int) error {
	for range n {
		if len(p.data) < 4 {
			return errShort
		}
		size := binary.LittleEndian.Uint32(p.data)
		if uint64(size) > uint64(len(p.data)-4) {
			return errShort
		}
		b.text = append(b.text, textOf(p.data[4:4+size]))
		p.data = p.data[4+size:]
	}
	b.n += n
	return nil
}

// indexed are values of a dictionary.
type indexed struct {
	layout
	dict  *dictionary
	at    hybrid
	index []uint32
	room  *room
}

// wide returns the bytes of n values that are wider than a place in a row is, or 0: the
// others are counted with the rows.
func wide(n, width int) int64 {
	if width <= 16 {
		return 0
	}
	return int64(n) * int64(width)
}

func newIndexed(l layout, dict *dictionary, data []byte, n int, r *room) (values, error) {
	if dict == nil {
		return nil, damage("indexes without a dictionary before them")
	}
	if len(data) == 0 {
		if n > 0 {
			return nil, errShort
		}
		return &indexed{layout: l, dict: dict, room: r}, nil
	}
	h, err := newHybrid(data[1:], int(data[0]))
	return &indexed{layout: l, dict: dict, at: h, room: r}, err
}

func (x *indexed) read(b *batch, n int) error {
	if cap(x.index) < n {
		x.index = make([]uint32, n)
	}
	index := x.index[:n]
	if err := x.at.indexes(index, x.dict.n); err != nil {
		return err
	}
	if x.physical == physicalBytes {
		for _, i := range index {
			b.text = append(b.text, x.dict.text[i])
		}
		b.n += n
		return nil
	}
	if err := x.room.take("a block of wide values", wide(n, x.width)); err != nil {
		return err
	}
	dst := b.extend(n, x.width)
	switch x.width {
	case 4:
		pick(cast[uint32](dst), cast[uint32](x.dict.fixed), index)
	case 8:
		pick(cast[uint64](dst), cast[uint64](x.dict.fixed), index)
	default:
		for i, at := range index {
			copy(dst[i*x.width:], x.dict.fixed[int(at)*x.width:][:x.width])
		}
	}
	return nil
}

func pick[T uint32 | uint64](dst, dict []T, index []uint32) {
	for i, at := range index {
		dst[i] = dict[at]
	}
}

type boolRuns struct{ hybrid }

func (r *boolRuns) read(b *batch, n int) error {
	_, err := r.levels(b.extend(n, 1), 1)
	return err
}

type deltaInts struct {
	*delta
	width int
	buf   []int64
}

func (d *deltaInts) read(b *batch, n int) error {
	if n > d.left { // before memory is taken
		return damage("fewer values than the page claims")
	}
	dst := b.extend(n, d.width)
	if d.width == 8 {
		return d.delta.read(cast[int64](dst))
	}
	if cap(d.buf) < n {
		d.buf = make([]int64, n)
	}
	if err := d.delta.read(d.buf[:n]); err != nil {
		return err
	}
	for i, x := range d.buf[:n] {
		cast[int32](dst)[i] = int32(x) // 32-bit differences wrap
	}
	return nil
}

// split has the first bytes of all values, then the second ones, and so on.
type split struct {
	layout
	data []byte
	at   int
}

func (s *split) read(b *batch, n int) error {
	all := len(s.data) / s.width
	if n > all-s.at {
		return errShort
	}
	dst := b.extend(n, s.width)
	for k := range s.width {
		for i, x := range s.data[k*all+s.at:][:n] {
			dst[i*s.width+k] = x
		}
	}
	s.at += n
	if s.swaps() {
		swapBytes(dst, s.width)
	}
	return nil
}
