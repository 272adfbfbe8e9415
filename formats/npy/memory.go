package npy

import "unsafe"

// All unsafe code of this package is in this file, and in alloc*.go, which get
// memory. It rests on five facts:
//
//  1. Elements are of fixed size and hold no pointers, and every pattern of bits
//     is a valid one, except for bools, whose bytes are checked before anybody
//     sees them as bools. So elements may be seen as bytes, and bytes, if they are
//     aligned, as elements.
//  2. The elements of a slice or array lie side by side, without gaps; so do those of
//     an array of arrays.
//  3. All slice headers are laid out alike, whatever their element type. Headers
//     are read and written as []struct{}, whose length may be anything
//     because its elements take no room; the store is an ordinary one with its
//     write barrier.
//  4. What does hold pointers, strings and times, is only ever read and written as what
//     it is, a value at a time, by at.
//  5. An address is made from a live Go pointer (reflect's UnsafePointer or a slice)
//     and never kept as a number, so the memory stays alive. Memory of a mapping is
//     not Go's: there, Mapped says how long it stays.

// address points to a value whose type only reflect knows.
type address = unsafe.Pointer

// at returns the value at p.
func at[T any](p address) *T { return (*T)(p) }

// step returns the address n bytes after p, in the same block of memory.
func step(p address, n int) address { return unsafe.Add(p, n) }

// bytesAt shows the n bytes at p.
func bytesAt(p address, n int) []byte { return unsafe.Slice((*byte)(p), n) }

// bytesOf shows the bytes of elements.
func bytesOf[T any](s []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*sizeOf[T]())
}

// view shows bytes, aligned for T, as elements.
func view[T any](b []byte) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/sizeOf[T]())
}

// dataOf is where bytes lie.
func dataOf(b []byte) address { return unsafe.Pointer(unsafe.SliceData(b)) }

func sizeOf[T any]() int {
	var zero T
	return int(unsafe.Sizeof(zero))
}

// sliceAt returns what the slice header at p says.
func sliceAt(p address) (data address, length int, isNil bool) {
	s := *(*[]struct{})(p)
	return unsafe.Pointer(unsafe.SliceData(s)), len(s), s == nil
}

// setSliceAt makes the slice at p refer to the length elements at data, with no
// capacity beyond them.
func setSliceAt(p, data address, length int) {
	*(*[]struct{})(p) = unsafe.Slice((*struct{})(data), length)
}
