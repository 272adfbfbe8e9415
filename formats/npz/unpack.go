package npz

import (
	"bufio"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"
)

// stepBytes is how much is read before it is added up: it is still in the cache
// then, and a larger step reads no faster.
const stepBytes = 256 << 10

// An unpacked reads the .npy file of a member from front to back.
type unpacked struct {
	m   *member
	r   io.Reader
	crc uint32
	put func() // gives back what can be used again
}

func (m *member) unpack(file io.ReaderAt) *unpacked {
	section := io.NewSectionReader(file, m.data, m.packed)
	if !m.deflated {
		return &unpacked{m: m, r: section, put: func() {}}
	}
	in := inflaters.Get().(*inflater)
	in.buf.Reset(section)
	// Reset of a flate reader fails only for a dictionary, and there is none.
	_ = in.flate.(flate.Resetter).Reset(in.buf, nil)
	return &unpacked{m: m, r: in.flate, put: func() {
		in.buf.Reset(nil) // lets go of the file
		inflaters.Put(in)
	}}
}

// An inflater takes 100 KB, more than most small arrays.
type inflater struct {
	buf   *bufio.Reader
	flate io.ReadCloser
}

var inflaters = sync.Pool{New: func() any {
	buf := bufio.NewReaderSize(nil, 64<<10)
	return &inflater{buf, flate.NewReader(buf)}
}}

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.r.Read(p[:min(len(p), stepBytes)])
	u.crc = crc32.Update(u.crc, crc32.IEEETable, p[:n])
	return n, err
}

// finish checks what can be known only after m.size bytes have been read.
func (u *unpacked) finish() error {
	if u.m.deflated {
		var more [1]byte
		switch _, err := io.ReadFull(u.r, more[:]); {
		case err == nil:
			return &FormatError{u.m.name, fmt.Errorf("unfolds to more than the %d bytes it claims", u.m.size)}
		case !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return u.m.damage(err)
		}
	}
	if u.crc != u.m.crc {
		return &FormatError{u.m.name, fmt.Errorf("CRC-32 is %08x, not %08x as the file says: damaged", u.crc, u.m.crc)}
	}
	return nil
}

// damage makes a FormatError of what package flate says of bad data.
func (m *member) damage(err error) error {
	var corrupt flate.CorruptInputError
	if errors.As(err, &corrupt) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &FormatError{m.name, err}
	}
	return fmt.Errorf("member %q: %w", m.name, err)
}

// Memory for an array is taken when its header has been read. Up to provenRatio
// times the deflated data, or provenBytes, the size that a file claims is
// believed; for more, the data is unfolded once before, into nothing, to see
// whether it is there.
const (
	provenRatio = 16
	provenBytes = 1 << 20
)

// prove returns an error if the data of a member is not what the file claims, and
// the claim is large.
func (m *member) prove(file io.ReaderAt) error {
	if !m.deflated || m.size <= provenBytes || m.size/provenRatio <= m.packed {
		return nil
	}
	u := m.unpack(file)
	defer u.put()
	if _, err := io.CopyN(io.Discard, u, m.size); err != nil {
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("unfolds to less than the %d bytes it claims: %w", m.size, io.ErrUnexpectedEOF)
		}
		return m.damage(err)
	}
	return u.finish()
}

// startsAsArray tells whether the first bytes are those of a .npy file.
func (m *member) startsAsArray(file io.ReaderAt) bool {
	const magic = "\x93NUMPY"
	var start [len(magic)]byte
	u := m.unpack(file)
	defer u.put()
	_, err := io.ReadFull(u, start[:])
	return err == nil && string(start[:]) == magic
}
