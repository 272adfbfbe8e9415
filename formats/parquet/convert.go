package parquet

import (
	"fmt"
	"math"
	"time"

	"github.com/dataelab/dataelab-go/formats/table"
)

// A conversion makes the values of a batch, as they are in a file, those of
// another kind. It never changes what a value says: it fails instead.
type conversion func(b *batch) error

// keep is the conversion of values that are already what they should be.
func keep(*batch) error { return nil }

// conversionTo returns how the values of c become those of kind to, each in width
// bytes, or nil when that could change values.
func (c *column) conversionTo(to kind, width int) conversion {
	if c.kind == kindDecimal {
		return c.decimalTo(to, width)
	}
	switch from := c.kind; to {
	case table.Bool:
		if from == table.Bool {
			return keep
		}
	case table.String, table.Bytes:
		switch from {
		case table.String, table.Bytes:
			return keep
		case kindFixed:
			return fixedToText
		}
	case table.Time:
		switch from {
		case table.Time, kindDate, kindInt96:
			return keep // scatter makes times of them
		}
	case table.Duration:
		switch from {
		case table.Duration, kindClock:
			return c.toNanoseconds
		case table.Int64:
			return keep
		}
	case kindFloat16, kindFixed, kindDate, kindClock, kindInt96:
		if from == to {
			return keep
		}
	default:
		if widens(from, to) {
			return numbers(from, to, width, c.native)
		}
	}
	return nil
}

// numeric says how many bits an integer or the significand of a float has.
func numeric(k kind) (bits int, signed, float, ok bool) {
	switch k {
	case table.Int8:
		return 8, true, false, true
	case table.Int16:
		return 16, true, false, true
	case table.Int32:
		return 32, true, false, true
	case table.Int64:
		return 64, true, false, true
	case table.Uint8:
		return 8, false, false, true
	case table.Uint16:
		return 16, false, false, true
	case table.Uint32:
		return 32, false, false, true
	case table.Uint64:
		return 64, false, false, true
	case kindFloat16:
		return 11, true, true, true
	case table.Float32:
		return 24, true, true, true
	case table.Float64:
		return 53, true, true, true
	}
	return 0, false, false, false
}

// widens reports whether every value of one kind is one of the other.
func widens(from, to kind) bool {
	fromBits, fromSigned, fromFloat, ok := numeric(from)
	toBits, toSigned, toFloat, ok2 := numeric(to)
	switch {
	case !ok || !ok2:
		return false
	case fromFloat && !toFloat:
		return false
	case fromSigned == toSigned || toFloat:
		return fromBits <= toBits
	}
	return toSigned && fromBits < toBits
}

// numbers returns the conversion of numbers. In Parquet, integers have 32 or 64
// bits; native ones have the bits of their kinds.
func numbers(from, to kind, width int, native bool) conversion {
	bits, signed, float, _ := numeric(from)
	if !native {
		bits = max(bits, 32)
	}
	switch {
	case from == kindFloat16:
		return floats16(to)
	case float:
		if from == to {
			return keep
		}
		return plainly[float32, float64]
	case signed:
		return map[int]conversion{
			8: numbersFrom[int8](to, width), 16: numbersFrom[int16](to, width), 32: numbersFrom[int32](to, width), 64: numbersFrom[int64](to, width),
		}[bits]
	}
	return map[int]conversion{
		8: numbersFrom[uint8](to, width), 16: numbersFrom[uint16](to, width), 32: numbersFrom[uint32](to, width), 64: numbersFrom[uint64](to, width),
	}[bits]
}

func numbersFrom[S int8 | uint8 | int16 | uint16 | int32 | uint32 | int64 | uint64](to kind, width int) conversion {
	switch to {
	case table.Int8:
		return exactly[S, int8]
	case table.Int16:
		return exactly[S, int16]
	case table.Int32:
		return exactly[S, int32]
	case table.Int64:
		if width == 4 { // an int of a 32-bit machine
			return exactly[S, int32]
		}
		return exactly[S, int64]
	case table.Uint8:
		return exactly[S, uint8]
	case table.Uint16:
		return exactly[S, uint16]
	case table.Uint32:
		return exactly[S, uint32]
	case table.Uint64:
		if width == 4 {
			return exactly[S, uint32]
		}
		return exactly[S, uint64]
	case table.Float32:
		return plainly[S, float32]
	}
	return plainly[S, float64]
}

type anyNumber interface {
	int8 | uint8 | int16 | uint16 | int32 | uint32 | int64 | uint64 | float32 | float64
}

// exactly converts integers and fails at one that does not fit, which a file has
// against what it says of itself, or a 32-bit machine has no room for.
func exactly[S, D int8 | uint8 | int16 | uint16 | int32 | uint32 | int64 | uint64](b *batch) error {
	if sameWidth[S, D]() {
		return nil
	}
	src := cast[S](b.fixed)
	dst := respace[D](b)
	for i, x := range src {
		d := D(x)
		if S(d) != x {
			return damage("%d is out of the range of the column's type or of this machine's int", x)
		}
		dst[i] = d
	}
	return nil
}

// plainly converts numbers that all fit.
func plainly[S, D anyNumber](b *batch) error {
	src := cast[S](b.fixed)
	dst := respace[D](b)
	for i, x := range src {
		dst[i] = D(x)
	}
	return nil
}

// sameWidth reports whether both have the same bytes for the same number: for
// integers of which one widens to the other, that is the same width.
func sameWidth[S, D anyNumber]() bool {
	var s [1]S
	var d [1]D
	return len(bytesOf(s[:])) == len(bytesOf(d[:]))
}

// respace gives b other memory for as many values as it has.
func respace[D anyNumber](b *batch) []D {
	b.fixed, b.spare = b.spare[:0], b.fixed
	n := b.n
	b.n = 0
	var d [1]D
	return cast[D](b.extend(n, len(bytesOf(d[:]))))
}

func floats16(to kind) conversion {
	switch to {
	case table.Float32:
		return func(b *batch) error {
			src := cast[uint16](b.fixed)
			dst := respace[float32](b)
			for i, x := range src {
				dst[i] = float16(x)
			}
			return nil
		}
	case table.Float64:
		return func(b *batch) error {
			src := cast[uint16](b.fixed)
			dst := respace[float64](b)
			for i, x := range src {
				dst[i] = float64(float16(x))
			}
			return nil
		}
	}
	return keep
}

// float16 returns the value of a half-precision float, which float32 holds.
func float16(x uint16) float32 {
	sign, exponent, fraction := uint32(x>>15)<<31, uint32(x>>10&31), uint32(x&1023)
	switch exponent {
	case 31: // infinity, NaN
		return math.Float32frombits(sign | 255<<23 | fraction<<13)
	case 0:
		v := float32(fraction) / (1 << 24)
		return math.Float32frombits(math.Float32bits(v) | sign)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}

func fixedToText(b *batch) error {
	all := string(b.fixed) // one copy for all
	for i := range b.n {
		b.text = append(b.text, all[i*b.width:(i+1)*b.width])
	}
	b.fixed = b.fixed[:0]
	return nil
}

// toNanoseconds makes nanoseconds of durations and times of day.
func (c *column) toNanoseconds(b *batch) error {
	if c.physical == physicalInt32 {
		if err := plainly[int32, int64](b); err != nil {
			return err
		}
	}
	if c.unit == time.Nanosecond {
		return nil
	}
	unit := int64(c.unit)
	for i, x := range cast[int64](b.fixed) {
		if x > math.MaxInt64/unit || x < math.MinInt64/unit {
			return damage("%d %s are out of the range of time.Duration", x, unitName(c.unit))
		}
		cast[int64](b.fixed)[i] = x * unit
	}
	return nil
}

// timeOf returns how value i of a batch becomes a time.
func (c *column) timeOf() func(fixed []byte, i int) time.Time {
	switch c.kind {
	case kindDate:
		return func(fixed []byte, i int) time.Time {
			return time.Unix(int64(cast[int32](fixed)[i])*86400, 0).UTC()
		}
	case kindInt96:
		const unixDay = 2440588 // 1970 in Julian days
		return func(fixed []byte, i int) time.Time {
			words := cast[uint32](fixed)[3*i:]
			if hostBigEndian {
				words = []uint32{swapped(words[0]), swapped(words[1]), swapped(words[2])}
			}
			nanos := int64(words[0]) | int64(words[1])<<32
			return time.Unix((int64(int32(words[2]))-unixDay)*86400+nanos/1e9, nanos%1e9).UTC()
		}
	}
	switch c.unit {
	case time.Nanosecond:
		return func(fixed []byte, i int) time.Time { return time.Unix(0, cast[int64](fixed)[i]).UTC() }
	case time.Microsecond:
		return func(fixed []byte, i int) time.Time { return time.UnixMicro(cast[int64](fixed)[i]).UTC() }
	case time.Millisecond:
		return func(fixed []byte, i int) time.Time { return time.UnixMilli(cast[int64](fixed)[i]).UTC() }
	}
	return func(fixed []byte, i int) time.Time { return time.Unix(cast[int64](fixed)[i], 0).UTC() }
}

// int96ToNanoseconds makes nanoseconds since 1970 of instants of 96 bits, of which most are
// too far from 1970 for that.
func (c *column) int96ToNanoseconds(b *batch) error {
	at, src := c.timeOf(), b.fixed
	dst := respace[int64](b)
	for i := range dst {
		t := at(src, i)
		x, ok := inUnit(t, time.Nanosecond)
		if !ok {
			return fmt.Errorf("%v is out of the range of nanoseconds, 1678 to 2262, which Arrow has for it; read the column into Columns or a struct", t)
		}
		dst[i] = x
	}
	return nil
}

func swapped(x uint32) uint32 {
	b := bytesOf([]uint32{x})
	swapBytes(b, 4)
	return cast[uint32](b)[0]
}
