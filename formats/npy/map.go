package npy

import (
	"fmt"
	"reflect"

	"github.com/dataelab/dataelab-go/internal/regular"
)

// Mapped is an array whose elements the system fetches from the file when they
// are first looked at, page by page. Opening one takes microseconds, whatever
// its size, and the array may be larger than memory.
//
// The mapping is private. Writing to elements changes neither the file nor other
// mappings of it; each page that is written to takes memory of this process
// from then on.
//
// # Lifetime
//
// The array, and every slice cut from it, is good until Close. To look at an
// element afterwards ends the program with a fault that cannot be recovered
// from, so copy what has to stay. Nothing but Close unmaps: the garbage collector
// does not know who still holds a slice. A Mapped that is never closed costs
// address space until the program ends.
//
// # Files that change
//
// Elements are fetched late, so the file should stay as it is until Close. One that
// is replaced, as [Save] and dataelab do it, does: the mapping keeps the old
// file. Changes in place may show or not. If the file is cut short, looking at
// an element behind its new end is the same fault as above (SIGBUS), as it is when
// the disk cannot be read. [runtime/debug.SetPanicOnFault] makes panics of such
// faults.
//
// # Systems
//
// On Linux, macOS and the BSDs this is mmap(2). Elsewhere, Windows included, Map
// reads the whole file into memory: the rules above suffice there too, but
// opening takes time and the array has to fit.
type Mapped[T Element] struct {
	array   Array[T]
	mapping []byte // the whole file; nil when closed
	path    string
}

// Map opens the array at path without reading its elements. As nobody looks at
// them, they must be exactly what memory wants: of the dtype of T, in this
// machine's byte order, and aligned for T, as numpy and this package write them.
// Other files give a [*MismatchError]; [Load] reads those.
//
// Bools and durations are refused with a [*TypeError]: in Go, every byte of a bool must
// be 0 or 1, and no Duration is NaT, which could only be known by reading them all.
// Other errors are those of Load.
func Map[T Element](path string) (*Mapped[T], error) {
	f, _, err := regular.Open(path)
	if err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	defer f.Close() // a mapping outlives the descriptor
	m := &Mapped[T]{path: path}
	g := gate{want: reflect.TypeFor[Mapped[T]](), elem: reflect.TypeFor[T]()}
	h, mapping, err := g.open(f)
	if err != nil {
		return nil, fmt.Errorf("npy: map %s: %w", path, err)
	}
	m.mapping = mapping
	m.array = Array[T]{Shape: h.Shape, Fortran: h.Fortran, Data: view[T](mapping[h.DataOffset:])}
	return m, nil
}

// Array returns the array. Its Data is the file, see [Mapped]; appending to it
// copies it all. After Close it returns the zero Array.
func (m *Mapped[T]) Array() Array[T] { return m.array }

// Close ends the mapping: nothing of the array may be touched any more. Closing
// once more does nothing. No other goroutine may use m or its array meanwhile.
func (m *Mapped[T]) Close() error {
	if m.mapping == nil {
		return nil
	}
	mapping := m.mapping
	m.array, m.mapping = Array[T]{}, nil
	if err := unmapFile(mapping); err != nil {
		return fmt.Errorf("npy: unmap %s: %w", m.path, err)
	}
	return nil
}
