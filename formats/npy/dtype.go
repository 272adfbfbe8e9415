package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"strconv"
)

// A dtype is numpy's kind letter and the bytes of one element, without byte
// order: f8 is dtype('f')<<8 | 8. To support another one, add it here, to
// dtypeOf and to convert.
type dtype uint16

const (
	b1  = dtype('b')<<8 | 1
	i1  = dtype('i')<<8 | 1
	i2  = dtype('i')<<8 | 2
	i4  = dtype('i')<<8 | 4
	i8  = dtype('i')<<8 | 8
	u1  = dtype('u')<<8 | 1
	u2  = dtype('u')<<8 | 2
	u4  = dtype('u')<<8 | 4
	u8  = dtype('u')<<8 | 8
	f2  = dtype('f')<<8 | 2
	f4  = dtype('f')<<8 | 4
	f8  = dtype('f')<<8 | 8
	c8  = dtype('c')<<8 | 8
	c16 = dtype('c')<<8 | 16
)

func (d dtype) kind() byte { return byte(d >> 8) }
func (d dtype) size() int  { return int(d & 0xff) }

// unit is how many bytes change places together in another byte order: the two
// halves of a complex number keep theirs.
func (d dtype) unit() int {
	if d.kind() == 'c' {
		return d.size() / 2
	}
	return d.size()
}

// descr is numpy's name, with byte order.
func (d dtype) descr(bigEndian bool) string {
	order := "<"
	switch {
	case d.size() == 1:
		order = "|"
	case bigEndian:
		order = ">"
	}
	return order + string(rune(d.kind())) + strconv.Itoa(d.size())
}

// hostBigEndian tells how this machine keeps numbers.
var hostBigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// dtypeOf returns the dtype of a Go type. The size of int is the machine's; a
// reader of the other size converts.
func dtypeOf(t reflect.Type) (dtype, bool) {
	if t == reflect.TypeFor[Float16]() {
		return f2, true
	}
	switch t.Kind() {
	case reflect.Bool:
		return b1, true
	case reflect.Int8:
		return i1, true
	case reflect.Int16:
		return i2, true
	case reflect.Int32:
		return i4, true
	case reflect.Int64:
		return i8, true
	case reflect.Int:
		return dtype('i')<<8 | strconv.IntSize/8, true
	case reflect.Uint8:
		return u1, true
	case reflect.Uint16:
		return u2, true
	case reflect.Uint32:
		return u4, true
	case reflect.Uint64:
		return u8, true
	case reflect.Uint:
		return dtype('u')<<8 | strconv.IntSize/8, true
	case reflect.Float32:
		return f4, true
	case reflect.Float64:
		return f8, true
	case reflect.Complex64:
		return c8, true
	case reflect.Complex128:
		return c16, true
	}
	return 0, false
}

// parseDescr reads the descr of a header, a Python literal.
func parseDescr(v any) (d dtype, bigEndian bool, err error) {
	switch v := v.(type) {
	case string:
		return parseTypeString(v)
	case pyList:
		return 0, false, unsupported(fmt.Sprintf("a structured dtype (fields: %d) is not supported", len(v)))
	case pyTuple:
		return 0, false, unsupported("a subarray dtype is not supported")
	}
	return 0, false, fmt.Errorf("%s is not a dtype", literalText(v))
}

// parseTypeString reads a dtype such as "<f8". A missing order and "=" mean the
// machine's own, as numpy takes them.
func parseTypeString(s string) (d dtype, bigEndian bool, err error) {
	bigEndian = hostBigEndian
	rest := s
	if rest != "" {
		switch rest[0] {
		case '<':
			bigEndian, rest = false, rest[1:]
		case '>':
			bigEndian, rest = true, rest[1:]
		case '=', '|':
			rest = rest[1:]
		}
	}
	if rest == "" {
		return 0, false, fmt.Errorf("%q is not a dtype", clip(s))
	}
	if what, ok := unsupportedKinds[rest[0]]; ok {
		return 0, false, unsupported(fmt.Sprintf("dtype %q: %s", clip(s), what))
	}
	size, err := strconv.ParseUint(rest[1:], 10, 8)
	if err != nil {
		return 0, false, fmt.Errorf("%q is not a dtype", clip(s))
	}
	switch d = dtype(rest[0])<<8 | dtype(size); d {
	case b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4, f8, c8, c16:
		return d, bigEndian && d.size() > 1, nil
	case dtype('f')<<8 | 12, dtype('f')<<8 | 16, dtype('c')<<8 | 24, dtype('c')<<8 | 32:
		return 0, false, unsupported(fmt.Sprintf("dtype %q: extended-precision floats are not supported, they mean something else on every machine", s))
	}
	return 0, false, fmt.Errorf("%q is not a dtype", clip(s))
}

// unsupportedKinds says what numpy's other kind letters stand for.
var unsupportedKinds = map[byte]string{
	'O': "object array: holds Python pickles, which are never executed",
	'S': "byte strings are not supported",
	'a': "byte strings are not supported",
	'U': "text strings are not supported",
	'T': "text strings of variable length are not supported",
	'M': "datetime64 is not supported",
	'm': "timedelta64 is not supported",
	'V': "raw bytes (void) are not supported",
}

// unsupported is the cause of a FormatError for good files of a dtype that this
// package does not read.
type unsupported string

func (e unsupported) Error() string        { return string(e) }
func (e unsupported) Is(target error) bool { return target == errors.ErrUnsupported }
