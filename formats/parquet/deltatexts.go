package parquet

// deltaTexts are texts with their lengths before them, as differences.
type deltaTexts struct {
	lengths *delta
	data    []byte
}

// newDeltaLengths runs over the lengths once to find where the texts begin.
func newDeltaLengths(data []byte, most int) (values, error) {
	lengths, err := newDelta(data, most)
	if err != nil {
		return nil, err
	}
	rest, err := after(data, most)
	return &deltaTexts{lengths: lengths, data: rest}, err
}

// after returns what follows the differences at the start of data.
func after(data []byte, most int) ([]byte, error) {
	d, err := newDelta(data, most)
	if err != nil {
		return nil, err
	}
	var buf [256]int64
	for d.left > 0 {
		if err := d.read(buf[:min(len(buf), d.left)]); err != nil {
			return nil, err
		}
	}
	return d.rest(), nil
}

// next returns the next text.
func (t *deltaTexts) next() ([]byte, error) {
	var size [1]int64
	if err := t.lengths.read(size[:]); err != nil {
		return nil, err
	}
	if size[0] < 0 || size[0] > int64(len(t.data)) {
		return nil, errShort
	}
	text := t.data[:size[0]]
	t.data = t.data[size[0]:]
	return text, nil
}

func (t *deltaTexts) read(b *batch, n int) error {
	for range n {
		text, err := t.next()
		if err != nil {
			return err
		}
		b.text = append(b.text, textOf(text))
	}
	b.n += n
	return nil
}

// deltaBytes are texts that begin like the one before.
type deltaBytes struct {
	layout
	prefixes *delta
	suffixes *deltaTexts
	last     string
	left     int // bytes that may yet be made
	room     *room
}

func newDeltaBytes(l layout, data []byte, entries int, r *room) (values, error) {
	prefixes, err := newDelta(data, entries)
	if err != nil {
		return nil, err
	}
	rest, err := after(data, entries)
	if err != nil {
		return nil, err
	}
	suffixes, err := newDeltaLengths(rest, entries)
	if err != nil {
		return nil, err
	}
	// A text can repeat the whole of a long one before it in no bytes at all. That
	// costs no memory; those that repeat a part of it do, and have a limit.
	const modest, most = 64 << 20, 1024
	return &deltaBytes{l, prefixes, suffixes.(*deltaTexts), "", modest + most*len(data), r}, nil
}

func (t *deltaBytes) read(b *batch, n int) error {
	for range n {
		var prefix [1]int64
		if err := t.prefixes.read(prefix[:]); err != nil {
			return err
		}
		suffix, err := t.suffixes.next()
		if err != nil {
			return err
		}
		if prefix[0] < 0 || prefix[0] > int64(len(t.last)) {
			return damage("a text that shares %d bytes with one of %d", prefix[0], len(t.last))
		}
		if int(prefix[0]) < len(t.last) || len(suffix) > 0 {
			if t.left -= int(prefix[0]) + len(suffix); t.left < 0 {
				return damage("texts that become a thousand times longer than they are: a bomb?")
			}
			t.last = t.last[:prefix[0]] + string(suffix)
		}
		if t.physical == physicalFixed {
			if len(t.last) != t.width {
				return damage("%d bytes where each value has %d", len(t.last), t.width)
			}
			if err := t.room.take("a wide value", wide(1, t.width)); err != nil {
				return err
			}
			copy(b.extend(1, t.width), t.last)
			continue
		}
		b.text = append(b.text, t.last)
		b.n++
	}
	return nil
}
