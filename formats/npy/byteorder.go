package npy

import (
	"encoding/binary"
	"math/bits"
)

// swapBytes turns round every unit of 2, 4 or 8 bytes in b, eight bytes at a
// time, whatever b is aligned to.
func swapBytes(b []byte, unit int) {
	n := len(b) &^ 7
	switch unit {
	case 8:
		for i := 0; i < n; i += 8 {
			p := b[i : i+8 : i+8]
			binary.NativeEndian.PutUint64(p, bits.ReverseBytes64(binary.NativeEndian.Uint64(p)))
		}
	case 4:
		for i := 0; i < n; i += 8 {
			p := b[i : i+8 : i+8]
			// Reversing eight bytes reverses both units and swaps them; turn back.
			x := bits.ReverseBytes64(binary.NativeEndian.Uint64(p))
			binary.NativeEndian.PutUint64(p, bits.RotateLeft64(x, 32))
		}
		if n < len(b) {
			p := b[n : n+4]
			binary.NativeEndian.PutUint32(p, bits.ReverseBytes32(binary.NativeEndian.Uint32(p)))
		}
	case 2:
		const low = 0x00ff00ff00ff00ff
		for i := 0; i < n; i += 8 {
			p := b[i : i+8 : i+8]
			x := binary.NativeEndian.Uint64(p)
			binary.NativeEndian.PutUint64(p, x>>8&low|x&low<<8)
		}
		for i := n; i < len(b); i += 2 {
			b[i], b[i+1] = b[i+1], b[i]
		}
	}
}

// notBool returns the index of the first byte that is neither 0 nor 1, or -1.
func notBool(b []byte) int {
	const ones = 0x0101010101010101
	i := 0
	for ; i+32 <= len(b); i += 32 {
		p := b[i : i+32 : i+32]
		if (binary.NativeEndian.Uint64(p)|binary.NativeEndian.Uint64(p[8:])|
			binary.NativeEndian.Uint64(p[16:])|binary.NativeEndian.Uint64(p[24:]))&^ones != 0 {
			break
		}
	}
	for ; i < len(b); i++ {
		if b[i] > 1 {
			return i
		}
	}
	return -1
}

// indexNaT returns the index of the first element that is NaT, of durations in this
// machine's order; or -1.
func indexNaT(b []byte) int {
	for i, x := range view[int64](b) {
		if x == notATime {
			return i
		}
	}
	return -1
}
