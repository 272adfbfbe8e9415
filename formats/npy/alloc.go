package npy

import (
	"reflect"
	"strings"
	"sync"
	"unsafe"
)

// largeBytes is from where memory for elements is worth special care; numpy
// asks for huge pages from the same size on.
const largeBytes = 4 << 20

// allocate returns n elements of type t, which holds no pointers. The caller
// overwrites all of them or drops the memory.
//
// Evidence for the care taken with large arrays, 128 MB from the page cache, as
// GB/s (Linux 6.18, 2 cores, transparent huge pages "madvise"; numpy 4.2):
//
//	                          fresh memory   memory the GC had freed
//	make, then read           2.2            3.9
//	huge pages                3.8            3.9
//	not zeroed                2.4            5.6
//	both                      3.8            6.6
//
// Fresh memory costs a page fault for every 4 KiB, unless huge pages are asked
// for; freed memory is zeroed by make although it is overwritten at once. Reading
// in chunks, or prefaulting with MADV_POPULATE_WRITE, gained nothing.
func allocate(t reflect.Type, n int) address {
	size := n * int(t.Size())
	if size < largeBytes {
		return zeroed(t, n)
	}
	b := uninitialized(size)
	adviseHuge(b)
	return unsafe.Pointer(unsafe.SliceData(b))
}

// zeroed returns n zero elements of type t, whatever it holds.
func zeroed(t reflect.Type, n int) address {
	return reflect.MakeSlice(reflect.SliceOf(t), n, n).UnsafePointer()
}

// uninitialized returns size bytes that hold anything, aligned for any element
// (a block this large starts at a page).
//
// strings.Builder is the one way in Go to memory that is not zeroed first. Cap
// says that size bytes lie behind the string, and the Builder and its string
// are dropped here, so that nobody can see them change. Should a later Go zero
// the memory after all, this is slower and still right.
func uninitialized(size int) []byte {
	var b strings.Builder
	b.Grow(size)
	b.WriteByte(0) // StringData says nothing about an empty string
	if b.Cap() < size {
		return make([]byte, size)
	}
	return unsafe.Slice(unsafe.StringData(b.String()), size)
}

// bufferBytes is how much is gathered for one write, or converted at a time: well
// inside a level-two cache, and far above the cost of a system call.
const bufferBytes = 1 << 20

var buffers = sync.Pool{New: func() any { return new([bufferBytes / 8]uint64) }}

// borrow returns n bytes, aligned for any element, until giveBack is called.
func borrow(n int) (b []byte, giveBack func()) {
	if n < bufferBytes/16 || n > bufferBytes {
		return bytesOf(make([]uint64, (n+7)/8))[:n], func() {}
	}
	words := buffers.Get().(*[bufferBytes / 8]uint64)
	return bytesOf(words[:])[:n], func() { buffers.Put(words) }
}
