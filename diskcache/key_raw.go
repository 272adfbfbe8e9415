package diskcache

import (
	"reflect"
	"unsafe"
)

// littleEndian says whether memory already has the byte order of the stream.
var littleEndian = func() bool { one := uint16(1); return *(*byte)(unsafe.Pointer(&one)) == 1 }()

// rawChunk is how many numbers are searched for NaN before they are hashed: so
// few that they are still in the processor's cache then.
const rawChunk = 1 << 10

// raw writes the memory of a non-nil slice of numbers or bools, or of arrays of
// such, where it equals the stream's bytes. That hashes arrays at the speed of
// memory. It reports whether it did.
func (w *keyWriter) raw(v reflect.Value) bool {
	elem, n := v.Type().Elem(), v.Len()
	for elem.Kind() == reflect.Array {
		n *= elem.Len()
		elem = elem.Elem()
	}
	if !littleEndian && elem.Size() > 1 {
		return false
	}
	p := v.UnsafePointer()
	switch elem.Kind() {
	case reflect.Int, reflect.Uint, reflect.Uintptr:
		if elem.Size() != 8 {
			return false
		}
		w.bytes(unsafe.Slice((*byte)(p), 8*n))
	case reflect.Bool, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		w.bytes(unsafe.Slice((*byte)(p), int(elem.Size())*n))
	case reflect.Float32:
		floats(w, unsafe.Slice((*float32)(p), n), bits32)
	case reflect.Complex64:
		floats(w, unsafe.Slice((*float32)(p), 2*n), bits32)
	case reflect.Float64:
		floats(w, unsafe.Slice((*float64)(p), n), bits64)
	case reflect.Complex128:
		floats(w, unsafe.Slice((*float64)(p), 2*n), bits64)
	default:
		return false
	}
	return true
}

// floats writes the bits of numbers, of which those of a NaN are always the same.
func floats[F float32 | float64, B uint32 | uint64](w *keyWriter, s []F, bits func(F) B) {
	var clean []B
	for len(s) > 0 {
		chunk := s[:min(len(s), rawChunk)]
		s = s[len(chunk):]
		if !anyNaN(chunk) {
			w.bytes(memoryOf(chunk))
			continue
		}
		if clean == nil {
			clean = make([]B, len(chunk))
		}
		for i, f := range chunk {
			clean[i] = bits(f)
		}
		w.bytes(memoryOf(clean[:len(chunk)]))
	}
}

// memoryOf returns the bytes of a slice of numbers.
func memoryOf[N float32 | float64 | uint32 | uint64](s []N) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(s[0])))
}

// anyNaN finds out whether the bits of an array may be hashed as they are.
func anyNaN[F float32 | float64](s []F) bool {
	if allFinite(s) { // which most are
		return false
	}
	for _, f := range s {
		if f != f {
			return true
		}
	}
	return false
}

// allFinite looks at several numbers at a time: f-f is 0, but NaN for an infinity and
// a NaN, and the sums stay NaN then. Number by number took as long as the hash.
func allFinite[F float32 | float64](s []F) bool {
	var a, b, c, d F
	for ; len(s) >= 8; s = s[8:] {
		a += (s[0] - s[0]) + (s[4] - s[4])
		b += (s[1] - s[1]) + (s[5] - s[5])
		c += (s[2] - s[2]) + (s[6] - s[6])
		d += (s[3] - s[3]) + (s[7] - s[7])
	}
	for _, f := range s {
		a += f - f
	}
	return a+b+c+d == 0
}
