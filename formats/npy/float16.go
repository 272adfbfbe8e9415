package npy

import (
	"math"
	"strconv"
)

// A Float16 is a half-precision float, numpy's float16, as the bits of the IEEE 754
// format binary16: a sign, 5 bits of exponent, 10 of mantissa. It is for
// storage; to calculate, convert it. Files of halves can also be read as float32
// and wider, which hold each of them exactly.
//
// == compares bits: a NaN equals itself, and 0 differs from -0. A type that is
// declared as one, type T Float16, is a uint16 to this package, as to Go.
type Float16 uint16

const (
	signBit16 = 0x8000
	infinity  = 0x7c00
	quietBit  = 0x0200
	fraction  = 0x03ff
	frac16    = 10 // bits of the fraction
	frac32    = 23
	frac64    = 52
	bias16    = 15
	bias32    = 127
	bias64    = 1023
	subnormal = 24 // subnormal halves are multiples of 2^-24
)

// NewFloat16 returns the half nearest to x, of two equally near the one whose
// last bit is 0, as IEEE 754 and numpy round. From 65520 on that is infinity. A NaN
// stays one, with the upper bits of its payload.
func NewFloat16(x float64) Float16 {
	b := math.Float64bits(x)
	sign := Float16(b>>48) & signBit16
	x = math.Abs(x)
	switch {
	case x != x:
		return sign | infinity | quietBit | Float16(b>>(frac64-frac16))&fraction
	case x >= 65520: // half-way from the largest half, 65504, to the next
		return sign | infinity
	case x < 1.0/(1<<(bias16-1)):
		// The product is exact, and 1024 of these are the smallest normal half, in bits too.
		return sign | Float16(math.RoundToEven(x*(1<<subnormal)))
	}
	b = math.Float64bits(x) - (bias64-bias16)<<frac64
	const cut = frac64 - frac16
	rest, half := b&(1<<cut-1), uint64(1)<<(cut-1)
	b >>= cut
	if rest > half || rest == half && b&1 == 1 {
		b++ // carries into the exponent where it has to
	}
	return sign | Float16(b)
}

// Float32 returns h, exactly.
func (h Float16) Float32() float32 { return math.Float32frombits(h.bits32()) }

// Float64 returns h, exactly.
func (h Float16) Float64() float64 { return float64(h.Float32()) }

// String returns the number as fmt shows the float32 of that value.
func (h Float16) String() string { return strconv.FormatFloat(h.Float64(), 'g', -1, 32) }

// bits32 returns the bits of the same number as a float32.
func (h Float16) bits32() uint32 {
	sign := uint32(h&signBit16) << 16
	exponent, low := uint32(h&infinity)>>frac16, uint32(h&fraction)
	switch exponent {
	case 0:
		return sign | math.Float32bits(float32(low)/(1<<subnormal))
	case infinity >> frac16:
		exponent = 0xff
	default:
		exponent += bias32 - bias16
	}
	return sign | exponent<<frac32 | low<<(frac32-frac16)
}
