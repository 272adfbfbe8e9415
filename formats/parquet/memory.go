package parquet

import (
	"reflect"
	"unsafe"
)

// This file is all there is of unsafe memory access. Reaching each field of each
// row by reflection would cost more than compressing it. What makes it safe:
//
//   - A strided is made of a slice of structs (or of a slice of values), and of a
//     field's offset as reflect tells it. Who makes one keeps the slice alive.
//   - What is read or written at a place has the kind and so the layout of the
//     field's type: a named float64 is a float64.
//   - Pointers are stored as unsafe.Pointer, so the garbage collector sees them, and
//     point into slices of the field's own element type.

// strided is memory with one place per row, stride bytes apart.
type strided struct {
	base   unsafe.Pointer
	stride uintptr
}

// rowsOf returns the rows of a slice, from row first on.
func rowsOf(slice reflect.Value, first int) strided {
	size := slice.Type().Elem().Size()
	return strided{slice.UnsafePointer(), size}.from(first)
}

func (s strided) at(i int) unsafe.Pointer  { return unsafe.Add(s.base, uintptr(i)*s.stride) }
func (s strided) from(i int) strided       { return strided{s.at(i), s.stride} }
func (s strided) field(at uintptr) strided { return strided{unsafe.Add(s.base, at), s.stride} }

// place is the value at one place.
func place[T any](s strided, i int) *T { return (*T)(s.at(i)) }

// fixedValue is what a number is, as far as copying goes.
type fixedValue interface {
	~int8 | ~uint8 | ~int16 | ~uint16 | ~int32 | ~uint32 | ~int64 | ~uint64 | ~float32 | ~float64
}

// cast sees bytes, aligned as those of a batch are, as values.
func cast[T fixedValue](b []byte) []T {
	var one T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(one)))
}

// bytesOf sees values as bytes.
func bytesOf[T fixedValue](v []T) []byte {
	var one T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), len(v)*int(unsafe.Sizeof(one)))
}

// textOf sees bytes that nobody writes to any more as a string.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// header is the layout of any slice.
type header struct {
	data     unsafe.Pointer
	len, cap int
}

// text is the layout that strings and slices of bytes begin with.
type text struct {
	_   unsafe.Pointer
	len int
}

// collect copies n fixed values from src to dst.
func collect(dst []byte, src strided, n, width int) {
	switch width {
	case 1:
		collectAs[uint8](dst, src, n)
	case 2:
		collectAs[uint16](dst, src, n)
	case 4:
		collectAs[uint32](dst, src, n)
	case 8:
		collectAs[uint64](dst, src, n)
	}
}

func collectAs[T fixedValue](to []byte, src strided, n int) {
	dst := cast[T](to)[:n]
	p := src.base
	for i := range dst {
		dst[i] = *(*T)(p)
		if i < n-1 {
			p = unsafe.Add(p, src.stride)
		}
	}
}

// spread copies fixed values from src to n places.
func spread(dst strided, src []byte, n, width int) {
	switch width {
	case 1:
		spreadAs[uint8](dst, src, n)
	case 2:
		spreadAs[uint16](dst, src, n)
	case 4:
		spreadAs[uint32](dst, src, n)
	case 8:
		spreadAs[uint64](dst, src, n)
	}
}

func spreadAs[T fixedValue](dst strided, from []byte, n int) {
	src := cast[T](from)[:n]
	p := dst.base
	for i := range src {
		*(*T)(p) = src[i]
		if i < n-1 {
			p = unsafe.Add(p, dst.stride)
		}
	}
}

// pointer is the pointer at one place.
func pointer(s strided, i int) unsafe.Pointer { return *place[unsafe.Pointer](s, i) }

// pointerBytes is the room that a pointer takes.
const pointerBytes = unsafe.Sizeof(unsafe.Pointer(nil))

// setPointer stores a pointer at one place.
func setPointer(s strided, i int, p unsafe.Pointer) { *place[unsafe.Pointer](s, i) = p }
