package parquet

import "github.com/apache/arrow/go/v16/arrow/memory"

// A limit is an allocator for arrow's reader, which takes what a file claims, and
// reads on behind the ends of lists in its metadata. It panics, which the caller
// contains, where a buffer would be longer than any that was looked at before, or
// all of them longer than those were together.
type limit struct {
	memory.GoAllocator
	most int
	left int
}

func (l *limit) Allocate(size int) []byte {
	if size < 0 || size > l.most || size > l.left {
		panic(damage("a buffer of %d bytes where the longest has %d, and %d are left for all", size, l.most, l.left))
	}
	l.left -= size
	return l.GoAllocator.Allocate(size)
}

func (l *limit) Reallocate(size int, b []byte) []byte {
	if size <= len(b) {
		return l.GoAllocator.Reallocate(size, b)
	}
	grown := l.Allocate(size)
	copy(grown, b)
	return grown
}

// saw lets a buffer have that many bytes, and what arrow rounds them up to.
func (l *limit) saw(size int64) {
	l.most = max(l.most, int(size)+128)
	l.left += int(size) + 128
}
