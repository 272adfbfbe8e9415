package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A Header says what a .npy file holds.
//
// This is how a file starts; the array follows at once:
//
//	offset  bytes
//	0       6       "\x93NUMPY"
//	6       2       version, major and minor
//	8       2 or 4  length of the text, little endian; 4 bytes since version 2
//	10, 12  length  "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }   \n"
//
// The text is Latin-1, since version 3 UTF-8. Blanks before its last
// byte make the array start at a multiple of 64, so that it can be mapped into memory.
type Header struct {
	Version    [2]byte // major, minor
	DType      string  // numpy's name with byte order, such as "<f8", "|b1", "<M8[ns]" or "[('x', '<f8'), ('name', '<U8')]"
	Fortran    bool    // the first index runs fastest
	Shape      []int   // lengths of the axes; empty, not nil, for a single element
	DataOffset int64   // byte of the file where the elements start
}

const (
	magic    = "\x93NUMPY"
	preamble = 8       // magic and version
	maxText  = 1 << 20 // numpy itself reads 10,000 bytes unless told otherwise
	maxAxes  = 64      // of numpy 2; numpy 1 had 32
	align    = 64      // ARRAY_ALIGN in numpy

	// numpy leaves room to lengthen the axis that grows by appending, to as many
	// digits as an int64 can have, and so do we: GROWTH_AXIS_MAX_DIGITS.
	growthDigits = 21
)

// header is a Header and what reading needs besides.
type header struct {
	Header
	elem    descr
	dtype   dtype // of elements that are numbers, or 0
	count   int   // elements
	payload int   // their bytes
}

// marshalHeader returns the bytes that np.save writes for such an array. The
// text of 64 axes and all the fields that [Accepts] takes is far below the 65,535
// bytes that version 1 can hold.
func marshalHeader(d *descr, fortran bool, shape []int) (Header, []byte) {
	h := Header{
		Version: [2]byte{1, 0},
		DType:   d.String(),
		Fortran: fortran,
		Shape:   append([]int{}, shape...),
	}
	order := "False"
	if fortran {
		order = "True"
	}
	literal := h.DType
	if d.kind != 'V' {
		literal = "'" + literal + "'"
	}
	text := "{'descr': " + literal + ", 'fortran_order': " + order + ", 'shape': " + shapeText(shape) + ", }"
	if n := len(shape); n > 0 {
		grows := shape[0]
		if fortran {
			grows = shape[n-1]
		}
		text += strings.Repeat(" ", growthDigits-len(strconv.Itoa(grows)))
	}
	lengthBytes := 2
	if latin, ok := toLatin1(text); ok {
		text = latin
	} else { // names of fields in other letters
		h.Version, lengthBytes = [2]byte{3, 0}, 4
	}
	unpadded := preamble + lengthBytes + len(text) + 1
	text += strings.Repeat(" ", align-unpadded%align) + "\n"

	b := make([]byte, 0, preamble+lengthBytes+len(text))
	b = append(b, magic...)
	b = append(b, h.Version[:]...)
	if lengthBytes == 2 {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
	}
	b = append(b, text...)
	h.DataOffset = int64(len(b))
	return h, b
}

// toLatin1 returns text with a byte for each letter, and false where some need more.
func toLatin1(text string) (string, bool) {
	plain := true
	for i := range len(text) {
		plain = plain && text[i] < utf8.RuneSelf
	}
	if plain {
		return text, true
	}
	latin := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return "", false
		}
		latin = append(latin, byte(r))
	}
	return string(latin), true
}

// ReadHeader reads the header of a .npy file of size bytes, and leaves r at the
// first byte of the array. It checks all that [Decode] checks before it looks
// at elements: a header that it returns is that of a whole file of a supported
// dtype. Errors are *FormatError, or those of r.
func ReadHeader(r io.Reader, size int64) (Header, error) {
	h, err := readHeader(&input{r: r, size: size})
	if err != nil {
		return Header{}, fmt.Errorf("npy: %w", err)
	}
	return h.Header, nil
}

func readHeader(in *input) (header, error) {
	var start [preamble + 4]byte
	if err := checkMagic(in, start[:preamble]); err != nil {
		return header{}, err
	}
	var h header
	h.Version = [2]byte{start[6], start[7]}
	var length uint32
	switch h.Version {
	case [2]byte{1, 0}:
		if err := in.read(start[8:10], "header length"); err != nil {
			return header{}, err
		}
		length = uint32(binary.LittleEndian.Uint16(start[8:]))
	case [2]byte{2, 0}, [2]byte{3, 0}:
		if err := in.read(start[8:12], "header length"); err != nil {
			return header{}, err
		}
		length = binary.LittleEndian.Uint32(start[8:])
	default:
		return header{}, &FormatError{6, "version", unsupported(fmt.Sprintf("format version %d.%d is not known; versions 1.0, 2.0 and 3.0 are", start[6], start[7]))}
	}
	textAt := in.off
	h.DataOffset = textAt + int64(length)
	if length > maxText {
		return header{}, &FormatError{preamble, "header length", fmt.Errorf("%d bytes, more than the limit of %d", length, maxText)}
	}
	if h.DataOffset > in.size {
		return header{}, &FormatError{preamble, "header length", fmt.Errorf("%d bytes, but only %d follow: %w", length, in.size-textAt, io.ErrUnexpectedEOF)}
	}
	text := make([]byte, length)
	if err := in.read(text, "header"); err != nil {
		return header{}, err
	}
	if strings.HasPrefix(string(text), unfinished) {
		return header{}, &FormatError{textAt, "header", errors.New("the program that wrote this file did not finish it (no Writer.Close); its rows cannot be trusted")}
	}
	if err := h.parse(string(text), textAt); err != nil {
		return header{}, err
	}
	return h, h.checkSize(in.size)
}

// checkMagic reads the preamble and says what the file may be when it is no
// .npy file.
func checkMagic(in *input, start []byte) error {
	if in.size < 0 {
		return fmt.Errorf("size of %d bytes", in.size)
	}
	if in.size < int64(len(start)) {
		start = start[:in.size]
	}
	if err := in.read(start, "magic"); err != nil {
		return err
	}
	switch n := min(len(start), len(magic)); {
	case in.size == 0:
		return &FormatError{0, "magic", fmt.Errorf("the file is empty: %w", io.ErrUnexpectedEOF)}
	case string(start[:n]) != magic[:n]:
		return &FormatError{0, "magic", fmt.Errorf("not a .npy file: it starts with % x%s", start[:min(n, 4)], guess(start))}
	case len(start) < preamble:
		return &FormatError{in.size, "magic", fmt.Errorf("the file ends after %d bytes: %w", in.size, io.ErrUnexpectedEOF)}
	}
	return nil
}

// guess names the formats that people put under a wrong name.
func guess(start []byte) string {
	s := string(start)
	switch {
	case len(s) >= 2 && s[0] == 0x80 && 2 <= s[1] && s[1] <= 5:
		return ", a Python pickle?"
	case strings.HasPrefix(s, "PK\x03\x04"), strings.HasPrefix(s, "PK\x05\x06"):
		return ", a .npz or zip archive?"
	case strings.HasPrefix(s, "\x1f\x8b"):
		return ", a gzip file?"
	case strings.HasPrefix(s, "SIMPLE  "):
		return ", a FITS file?"
	case strings.HasPrefix(s, "\x89HDF\r\n"):
		return ", an HDF5 file?"
	}
	return ""
}

// parse fills h from the text of a header that starts at byte offset at.
func (h *header) parse(text string, at int64) error {
	if h.Version[0] >= 3 && !utf8.ValidString(text) {
		return &FormatError{at, "header", errors.New("not UTF-8, as format version 3 wants it")}
	}
	v, err := parseLiteral(text, h.Version[0] < 3)
	if err != nil {
		if le := (*literalError)(nil); errors.As(err, &le) {
			at += int64(le.pos)
		}
		return &FormatError{at, "header", err}
	}
	dict, ok := v.(pyDict)
	if !ok {
		return &FormatError{at, "header", fmt.Errorf("%s instead of a dict", literalText(v))}
	}
	seen := make(map[string]bool, 3)
	for _, e := range dict {
		var err error
		switch e.key {
		case "descr":
			h.elem, err = parseDescr(e.val)
		case "fortran_order":
			if h.Fortran, ok = e.val.(bool); !ok {
				err = fmt.Errorf("%s instead of True or False", literalText(e.val))
			}
		case "shape":
			h.Shape, err = parseShape(e.val)
		default:
			return &FormatError{at + int64(e.pos), "header", fmt.Errorf("%q is not a key of a .npy header", clip(e.key))}
		}
		if err == nil && seen[e.key] {
			err = errors.New("given twice")
		}
		if err != nil {
			return &FormatError{at + int64(e.pos), e.key, err}
		}
		seen[e.key] = true
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[key] {
			return &FormatError{at, "header", fmt.Errorf("no key %q", key)}
		}
	}
	h.DType, h.dtype = h.elem.String(), h.elem.number()
	return nil
}

func parseShape(v any) ([]int, error) {
	tuple, ok := v.(pyTuple)
	if !ok {
		return nil, fmt.Errorf("%s instead of a tuple", literalText(v))
	}
	if len(tuple) > maxAxes {
		return nil, fmt.Errorf("%d axes, numpy knows %d", len(tuple), maxAxes)
	}
	shape := make([]int, len(tuple))
	for i, v := range tuple {
		n, ok := v.(int64)
		switch {
		case !ok:
			return nil, fmt.Errorf("axis %d is %s, not an integer", i, literalText(v))
		case n < 0:
			return nil, fmt.Errorf("axis %d has negative length %d", i, n)
		case n > math.MaxInt:
			return nil, fmt.Errorf("axis %d is larger than any memory of this machine: %d", i, n)
		}
		shape[i] = int(n)
	}
	return shape, nil
}

// checkSize compares the array that the header promises with the bytes there
// are, before anybody takes memory for it.
func (h *header) checkSize(size int64) error {
	var ok bool
	if h.count, ok = product(h.Shape); ok {
		h.payload, ok = product([]int{h.count, h.elem.size})
	}
	if !ok {
		return &FormatError{preamble, "shape", fmt.Errorf("%s of dtype %s is larger than any memory", shapeText(h.Shape), clipDType(h.DType))}
	}
	have := size - h.DataOffset
	switch want := int64(h.payload); {
	case have < want:
		return &FormatError{size, "data", fmt.Errorf("shape %s of dtype %s has %d bytes, the file only %d: %w",
			shapeText(h.Shape), clipDType(h.DType), want, have, io.ErrUnexpectedEOF)}
	case have > want:
		return &FormatError{h.DataOffset + want, "data", fmt.Errorf("shape %s of dtype %s has %d bytes, but %d more follow",
			shapeText(h.Shape), clipDType(h.DType), want, have-want)}
	}
	return nil
}

// clipDType shortens the list of many fields for an error.
func clipDType(s string) string {
	const most = 200
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}

// shapeText writes a shape as Python does: (), (3,), (3, 4).
func shapeText(shape []int) string {
	b := []byte{'('}
	for i, n := range shape {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	if len(shape) == 1 {
		b = append(b, ',')
	}
	return string(append(b, ')'))
}
