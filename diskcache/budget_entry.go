package diskcache

import "reflect"

// overhead is what an entry takes beside its value: itself, and its slots in a table.
var overhead = int64(reflect.TypeFor[entry]().Size()) + 32

// measure returns the bytes of an entry, which it works out once, before others have the
// entry or under the table's lock. Mapped files do not count, nor do entries that hold
// nothing. Where sizeOf cannot look into all of a value, the stored file tells more.
func (e *entry) measure() int64 {
	switch {
	case e.bytes > 0 || e.mapped != nil:
	case e.held != nil:
		size, all := sizeOf(e.held.pointer())
		if !all {
			size = max(size, e.stored)
		}
		e.bytes = overhead + size
	case e.private != nil:
		e.bytes = overhead + int64(cap(e.private))
	}
	return e.bytes
}

// How much more memory a value takes than its file: small numbers and short texts are
// written in fewer bytes than Go has for them.
const (
	unpacked   = 2
	unsqueezed = 4 * unpacked // where the file is compressed
)

// storedIn notes how large the file is that the cell's value was written to or read from.
func (e *entry) storedIn(c *cell, bytes int64) {
	if e == nil {
		return
	}
	factor := int64(unpacked)
	if c.field.Compress != "" {
		factor = unsqueezed
	}
	e.stored = factor * bytes
}
