package npy

import (
	"math/bits"
	"strconv"
)

// Conversions between dtypes, of which none changes a value.

type integer interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

// convertible tells whether elements of one dtype may be read as another: all of
// them, or, from integers, those that fit.
func convertible(from, to dtype) bool {
	if from == to {
		return from != 0
	}
	switch from.kind() {
	case 'i', 'u': // also into a time.Duration, which was written as i8 once
		return to.kind() != 'b'
	case 'f':
		return to.kind() == 'f' && to.size() > from.size() || to.kind() == 'c' && to.unit() >= from.size()
	case 'c':
		return to.kind() == 'c' && to.size() > from.size()
	}
	return false
}

// convertNumbers fills dst with the elements of src, both in this machine's byte
// order and aligned, and says which is the first that does not fit.
func convertNumbers(dst []byte, to dtype, src []byte, from *descr) *fault {
	d := from.number()
	switch {
	case d == m8:
		return convertDurations(view[int64](dst), view[int64](src), from.unit)
	case d == to:
		copy(dst, src)
		return nil
	}
	if bad := convert(dst, to, src, d); bad >= 0 {
		return faultAt(bad, "is %s, which %s cannot hold", integerText(src[bad*d.size():], d), to)
	}
	return nil
}

func convertDurations(dst, src []int64, u timeUnit) *fault {
	for i, x := range src {
		n, ok := x, x != notATime
		if ok && u != nanoseconds {
			n, ok = u.duration(x)
		}
		if !ok {
			f := noDuration(u.text(x))
			f.at = i
			return f
		}
		dst[i] = n
	}
	return nil
}

func noDuration(text string) *fault {
	return &fault{text: "is " + text + ", which a time.Duration cannot hold"}
}

// convert fills dst with the elements of src, both in this machine's byte
// order and aligned. It returns the index of the first element that does not
// fit, or -1. The dtypes differ and are convertible.
func convert(dst []byte, to dtype, src []byte, from dtype) int {
	switch from {
	case i1:
		return fromIntegers(dst, to, view[int8](src))
	case i2:
		return fromIntegers(dst, to, view[int16](src))
	case i4:
		return fromIntegers(dst, to, view[int32](src))
	case i8:
		return fromIntegers(dst, to, view[int64](src))
	case u1:
		return fromIntegers(dst, to, src)
	case u2:
		return fromIntegers(dst, to, view[uint16](src))
	case u4:
		return fromIntegers(dst, to, view[uint32](src))
	case u8:
		return fromIntegers(dst, to, view[uint64](src))
	case f2:
		return fromHalves(dst, to, view[Float16](src))
	case f4:
		return fromFloats(dst, to, view[float32](src))
	case f8:
		return fromFloats(dst, to, view[float64](src))
	default: // c8 to c16
		wide := view[complex128](dst)
		for i, x := range view[complex64](src) {
			wide[i] = complex128(x)
		}
		return -1
	}
}

func fromIntegers[S integer](dst []byte, to dtype, src []S) int {
	switch to {
	case i1:
		return toIntegers(view[int8](dst), src)
	case i2:
		return toIntegers(view[int16](dst), src)
	case i4:
		return toIntegers(view[int32](dst), src)
	case i8, m8:
		return toIntegers(view[int64](dst), src)
	case u1:
		return toIntegers(dst, src)
	case u2:
		return toIntegers(view[uint16](dst), src)
	case u4:
		return toIntegers(view[uint32](dst), src)
	case u8:
		return toIntegers(view[uint64](dst), src)
	case f2:
		return toHalves(view[Float16](dst), src)
	case f4:
		return toFloats(view[float32](dst), src, mantissa32)
	case f8:
		return toFloats(view[float64](dst), src, mantissa64)
	case c8:
		return toComplex64(view[complex64](dst), src)
	default:
		return toComplex128(view[complex128](dst), src)
	}
}

func toIntegers[D, S integer](dst []D, src []S) int {
	for i, x := range src {
		y := D(x)
		if S(y) != x || (y < 0) != (x < 0) {
			return i
		}
		dst[i] = y
	}
	return -1
}

// Bits of a float's mantissa, the hidden one included.
const (
	mantissa16 = 11
	mantissa32 = 24
	mantissa64 = 53
)

// toHalves has to look at the exponent too, which no integer exceeds in the other
// floats: of 11 bits or fewer, the 16 bits of the largest half end here.
func toHalves[S integer](dst []Float16, src []S) int {
	for i, x := range src {
		if !exact(x, mantissa16) || bits.Len64(magnitude(x)) > 16 {
			return i
		}
		dst[i] = NewFloat16(float64(x))
	}
	return -1
}

func toFloats[D float32 | float64, S integer](dst []D, src []S, mantissa int) int {
	for i, x := range src {
		if !exact(x, mantissa) {
			return i
		}
		dst[i] = D(x)
	}
	return -1
}

func toComplex64[S integer](dst []complex64, src []S) int {
	for i, x := range src {
		if !exact(x, mantissa32) {
			return i
		}
		dst[i] = complex(float32(x), 0)
	}
	return -1
}

func toComplex128[S integer](dst []complex128, src []S) int {
	for i, x := range src {
		if !exact(x, mantissa64) {
			return i
		}
		dst[i] = complex(float64(x), 0)
	}
	return -1
}

// exact tells whether a float has enough bits for x: from the first to the last
// that is set.
func exact[S integer](x S, mantissa int) bool {
	u := magnitude(x)
	return bits.Len64(u)-bits.TrailingZeros64(u) <= mantissa
}

// magnitude is x without its sign.
func magnitude[S integer](x S) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

// fromHalves converts by float32, bit for bit: every half is one, and each NaN
// keeps its payload.
func fromHalves(dst []byte, to dtype, src []Float16) int {
	if to == f4 {
		wide := view[uint32](dst)
		for i, x := range src {
			wide[i] = x.bits32()
		}
		return -1
	}
	var some [512]float32
	for len(src) > 0 {
		n := min(len(src), len(some))
		fromHalves(bytesOf(some[:n]), f4, src[:n])
		fromFloats(dst[:n*to.size()], to, some[:n])
		src, dst = src[n:], dst[n*to.size():]
	}
	return -1
}

func fromFloats[S float32 | float64](dst []byte, to dtype, src []S) int {
	switch to {
	case f8:
		wide := view[float64](dst)
		for i, x := range src {
			wide[i] = float64(x)
		}
	case c8:
		pairs := view[complex64](dst)
		for i, x := range src {
			pairs[i] = complex(float32(x), 0)
		}
	default:
		pairs := view[complex128](dst)
		for i, x := range src {
			pairs[i] = complex(float64(x), 0)
		}
	}
	return -1
}

// integerText shows the first element of b, an integer in this machine's order.
func integerText(b []byte, d dtype) string {
	b = b[:d.size()]
	var wide [1]int64
	if d == u8 {
		return strconv.FormatUint(view[uint64](b)[0], 10)
	}
	if d == i8 {
		return strconv.FormatInt(view[int64](b)[0], 10)
	}
	convert(bytesOf(wide[:]), i8, b, d)
	return strconv.FormatInt(wide[0], 10)
}
