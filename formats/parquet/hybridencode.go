package parquet

import (
	"encoding/binary"
	"math/bits"
)

// appendHybrid appends values of width bits as runs and packed groups; see hybrid.
func appendHybrid[T uint8 | uint32](dst []byte, values []T, width int) []byte {
	const shortest = 8 // a run of fewer takes more than packing it
	packed := 0        // values before i that will be packed, always whole groups
	for i := 0; i < len(values); {
		run := 1
		for i+run < len(values) && values[i+run] == values[i] {
			run++
		}
		// A run begins where a group ends; what comes before is packed.
		start := i
		if rest := packed % 8; rest != 0 {
			start += min(8-rest, run)
		}
		if i+run-start < shortest {
			packed, i = packed+run, i+run
			continue
		}
		packed += start - i
		dst = appendPacked(dst, values[start-packed:start], width)
		packed = 0
		dst = binary.AppendUvarint(dst, uint64(i+run-start)<<1)
		x := uint32(values[i])
		for range (width + 7) / 8 {
			dst = append(dst, byte(x))
			x >>= 8
		}
		i += run
	}
	return appendPacked(dst, values[len(values)-packed:], width)
}

// appendPacked appends groups of eight values; the last is filled with zeros.
func appendPacked[T uint8 | uint32](dst []byte, values []T, width int) []byte {
	if len(values) == 0 {
		return dst
	}
	dst = binary.AppendUvarint(dst, uint64((len(values)+7)/8)<<1|1)
	var acc uint64
	have := 0
	for _, x := range values {
		acc |= uint64(x) << have
		for have += width; have >= 8; have -= 8 {
			dst = append(dst, byte(acc))
			acc >>= 8
		}
	}
	fill := (8 - len(values)%8) % 8 * width
	for range (have + fill) / 8 {
		dst = append(dst, byte(acc))
		acc = 0
	}
	return dst
}

// widthFor returns the bits of numbers below n.
func widthFor(n int) int { return bits.Len(uint(max(n-1, 0))) }
