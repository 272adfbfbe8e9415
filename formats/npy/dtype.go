package npy

import (
	"encoding/binary"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// A dtype is what a number of Go memory is to numpy: its kind letter and the bytes
// of one, without byte order: f8 is dtype('f')<<8 | 8. What a file may hold
// besides is a [descr]. To support another number, add it here, to dtypeOf
// and to convert.
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
	m8  = dtype('m')<<8 | 8 // in memory always nanoseconds, a time.Duration
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

// swapToWrite is the unit in which bytes change places on the way into a file, 0 when
// they do not.
func (d dtype) swapToWrite() int {
	if !hostBigEndian || d.unit() <= 1 {
		return 0
	}
	return d.unit()
}

// descr is what a file says of such numbers, as this package writes them.
func (d dtype) descr() descr {
	w := descr{kind: d.kind(), size: d.size()}
	if d == m8 {
		w.unit = nanoseconds
	}
	return w
}

// String is numpy's name, in the byte order that is written.
func (d dtype) String() string {
	w := d.descr()
	return w.String()
}

// hostBigEndian tells how this machine keeps numbers.
var hostBigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// dtypeOf returns the dtype of a Go type. The size of int is the machine's; a
// reader of the other size converts.
func dtypeOf(t reflect.Type) (dtype, bool) {
	switch t {
	case reflect.TypeFor[Float16]():
		return f2, true
	case reflect.TypeFor[time.Duration]():
		return m8, true
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

// refusal says why elements of one kind are not read as numbers of a dtype.
func refusal(from *descr, to dtype) string {
	switch from.kind {
	case 'S', 'U':
		return "texts are no numbers; read them into strings"
	case 'M':
		return "datetimes are no numbers, as their unit would be lost; read them into time.Time"
	case 'm':
		if to == m8 {
			return fmt.Sprintf("%s is no time.Duration: %s", from, from.unit.vague())
		}
		return "timedeltas are no numbers, as their unit would be lost; read them into time.Duration"
	case 'V':
		return "rows of fields are no numbers; read them into structs"
	}
	return fmt.Sprintf("%s into %s may change values", from, to)
}
