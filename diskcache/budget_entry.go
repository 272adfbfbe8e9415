package diskcache

import "reflect"

// overhead is what an entry takes beside its value: itself, and its slots in a table.
var overhead = int64(reflect.TypeFor[entry]().Size()) + 32

// measure returns the bytes of an entry, which it works out once, before others have the
// value or under the table's lock. Mapped files do not count, nor do entries that hold
// nothing.
func (e *entry) measure() int64 { return e.measureBy(sizeOf) }

// measureShared is measure for values that others have.
func (e *entry) measureShared() int64 { return e.measureBy(sizeOfShared) }

func (e *entry) measureBy(size func(any) int64) int64 {
	switch {
	case e.bytes > 0 || e.mapped:
	case e.held != nil:
		e.bytes = overhead + size(e.held.pointer())
	case e.private != nil:
		e.bytes = overhead + int64(cap(e.private))
	}
	return e.bytes
}
