package formattest

import (
	"reflect"
	"testing"
	"time"
)

// Options say what to try. The zero value is right for a format of common types
// that is strict about its files.
type Options struct {
	// Values come back equal: refusing one is a failure. More values are made of
	// their types, and those may be refused, with [formats.ErrValue].
	Values []any

	// Types are further types to make values of. One that the format does not
	// accept is checked to be refused.
	Types []reflect.Type

	// Rules say how values of a type are made and compared, where reflection
	// does not know: see [Generate] and [Compare].
	Rules []Rule

	// Varies: Encode may write other bytes for the same value, such as a date.
	Varies bool

	// WritesMore: Encode also takes values of types that Accepts refuses because
	// Decode could not give them back.
	WritesMore bool

	// Lenient: a shorter or longer file can be a file too, as with lines of text.
	// Then it may read as any value; otherwise a shorter one is an error.
	Lenient bool

	// Exact: the format finds any single flipped bit, by a digest, say. Such a file
	// is an error or gives the right value.
	Exact bool

	// Memory is how many bytes Decode of a damaged file of that size may take, all
	// allocations of the call together. The default is 64 times the size and 16 MiB.
	// A compressed format unfolds to more, and says here how much more.
	Memory func(size int64) int64

	// Timeout is how long a single call may take; the default is 10 seconds.
	Timeout time.Duration

	// Damages is how many damaged files are tried, in all. The default is 20,000, and
	// 2,000 with -short. Small files of many types are damaged at each bit,
	// long ones at as many places as there is room for.
	Damages int

	// Seed chooses the random values and places.
	Seed uint64
}

const (
	defaultTimeout = 10 * time.Second
	manyDamages    = 20_000
	fewDamages     = 2_000
)

func defaultMemory(size int64) int64 { return 64*size + 16<<20 }

// withDefaults returns a copy without zeros.
func (o Options) withDefaults() Options {
	if o.Memory == nil {
		o.Memory = defaultMemory
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.Damages <= 0 {
		o.Damages = manyDamages
		if testing.Testing() && testing.Short() {
			o.Damages = fewDamages
		}
	}
	return o
}
