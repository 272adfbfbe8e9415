package npz

import (
	"archive/zip"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// A member is where one array lies in the file.
type member struct {
	name     string // without .npy
	start    int64  // byte of the file where its local header starts
	data     int64  // and where the .npy file does, stored or deflated
	packed   int64  // bytes there
	size     int64  // bytes of the .npy file
	crc      uint32
	deflated bool
}

// maxRatio is how much longer than the deflated data the plain data can be: two
// bits at least for a copy of at most 258 bytes.
const maxRatio = 258 * 8 / 2

// readDirectory finds the arrays of the file, in the order of its directory.
//
// As numpy has it, an array is what is named .npy, and what starts like a .npy
// file under another name. Everything else is passed over. So is a zip
// archive's habit of holding anything twice: names must differ, and no byte may
// belong to two arrays, which would let a small file unfold without end.
func readDirectory(r io.ReaderAt, size int64) ([]*member, error) {
	t := &tap{r: r, size: size}
	z, err := zip.NewReader(t, size)
	switch {
	case t.err != nil:
		return nil, t.err
	case err != nil && !errors.Is(err, zip.ErrInsecurePath): // names are no paths here
		return nil, &FormatError{"", fmt.Errorf("not a .npz file, or cut short: %w", err)}
	}
	var list []*member
	seen := make(map[string]bool, len(z.File))
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, "/") {
			continue // a folder
		}
		m, err := locate(f, t, size)
		named := strings.HasSuffix(f.Name, suffix)
		switch {
		case t.err != nil:
			return nil, t.err
		case !named && errors.Is(err, errors.ErrUnsupported):
			continue
		case err != nil:
			return nil, &FormatError{clip(strings.TrimSuffix(f.Name, suffix)), err}
		case !named && !m.startsAsArray(r):
			continue
		case seen[m.name]:
			return nil, &FormatError{m.name, errors.New("there are two members of this name")}
		}
		seen[m.name] = true
		list = append(list, m)
	}
	if err := checkOverlap(list); err != nil {
		return nil, err
	}
	return list, checkEnd(z, t, size)
}

// locate finds the data of f and checks what the directory says of it.
func locate(f *zip.File, t *tap, size int64) (*member, error) {
	m := &member{
		name: strings.TrimSuffix(f.Name, suffix),
		crc:  f.CRC32, deflated: f.Method == zip.Deflate,
	}
	var err error
	t.next = true
	if m.data, err = f.DataOffset(); err != nil {
		t.next = false
		return nil, fmt.Errorf("no local header where the directory says: %w", err)
	}
	m.start = t.at
	if err := checkLocalName(t, f.Name); err != nil {
		return nil, err
	}
	switch {
	case f.Flags&flagEncrypted != 0:
		return nil, fmt.Errorf("encrypted: %w", errors.ErrUnsupported)
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return nil, fmt.Errorf("packed by method %d, not stored or deflated: %w", f.Method, errors.ErrUnsupported)
	case !utf8.ValidString(f.Name):
		return nil, errors.New("its name is not UTF-8")
	case m.data > size || f.CompressedSize64 > uint64(size-m.data):
		return nil, fmt.Errorf("%d bytes from byte %d on, but the file has %d: %w", f.CompressedSize64, m.data, size, io.ErrUnexpectedEOF)
	case f.UncompressedSize64 > math.MaxInt64:
		return nil, fmt.Errorf("a size of %d bytes", f.UncompressedSize64)
	}
	m.packed, m.size = int64(f.CompressedSize64), int64(f.UncompressedSize64)
	switch {
	case !m.deflated && m.packed != m.size:
		return nil, fmt.Errorf("stored as it is, but %d bytes are %d in the file", m.size, m.packed)
	case m.deflated && m.size/maxRatio > m.packed:
		return nil, fmt.Errorf("%d bytes cannot unfold to %d", m.packed, m.size)
	}
	return m, nil
}

// checkLocalName compares the name in the directory with the one before the
// data. No checksum covers names, but two of them are not damaged in the same way.
func checkLocalName(t *tap, want string) error {
	length := int(binary.LittleEndian.Uint16(t.header[nameLengthAt:]))
	name := make([]byte, min(length, len(want)))
	if _, err := t.ReadAt(name, t.at+localHeader); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if length != len(want) || string(name) != want {
		return fmt.Errorf("at byte %d it is named %q", t.at, clip(string(name)))
	}
	return nil
}

// checkEnd makes sure that the directory begins where the last member ends. No
// checksum covers the directory's place and length, so damage there could hide arrays.
func checkEnd(z *zip.Reader, t *tap, size int64) error {
	var last int64
	for _, f := range z.File {
		at, err := f.DataOffset()
		switch {
		case t.err != nil:
			return t.err
		case err != nil:
			return nil //nolint:nilerr // locate says it better
		}
		last = max(last, at+int64(min(f.CompressedSize64, math.MaxInt64/2)))
	}
	record := make([]byte, endRecord)
	at := size - endRecord - int64(len(z.Comment))
	if n, err := t.ReadAt(record, at); n < len(record) {
		return err
	}
	length := binary.LittleEndian.Uint32(record[12:])
	if length == math.MaxUint32 {
		return nil // it is in the records of zip64, which are longer than any damage is likely to match
	}
	if hidden := at - int64(length) - last; hidden < 0 || hidden > betweenParts {
		return &FormatError{"", fmt.Errorf("the directory at its end has %d bytes, which leaves %d between it and the last array: damaged", length, hidden)}
	}
	return nil
}

const (
	endRecord    = 22           // bytes of the last record of a zip archive, before its comment
	betweenParts = 24 + 56 + 20 // a data descriptor, and the two records of zip64
)

func checkOverlap(list []*member) error {
	byPlace := slices.SortedFunc(slices.Values(list), func(a, b *member) int { return cmp.Compare(a.start, b.start) })
	for i := 1; i < len(byPlace); i++ {
		if a, b := byPlace[i-1], byPlace[i]; b.start < a.data+a.packed {
			return &FormatError{b.name, fmt.Errorf("it starts at byte %d, inside of member %q", b.start, a.name)}
		}
	}
	return nil
}

// A tap sees what archive/zip reads: it tells neither where a local header lies,
// nor an error of the file from damage.
type tap struct {
	r      io.ReaderAt
	size   int64
	next   bool // the next read is that of a local header
	at     int64
	header [localHeader]byte
	err    error // of r, or that it has less than size bytes
}

func (t *tap) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 { // the offsets of zip64 have a sign bit
		return 0, fmt.Errorf("at byte %d: %w", off, zip.ErrFormat)
	}
	n, err := t.r.ReadAt(p, off)
	if t.next {
		t.next, t.at, t.header = false, off, [localHeader]byte{}
		copy(t.header[:], p[:n])
	}
	switch {
	case t.err != nil || n == len(p):
	case err != nil && !errors.Is(err, io.EOF):
		t.err = err
	case off+int64(n) < t.size:
		t.err = &FormatError{"", fmt.Errorf("ends at byte %d of %d: %w", off+int64(n), t.size, io.ErrUnexpectedEOF)}
	}
	return n, err
}

// clip keeps an error short whatever a file says.
func clip(s string) string {
	const most = 100
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
