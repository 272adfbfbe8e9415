package diskcache

import (
	"fmt"
	"math"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
)

// Forever is the time to live of a function whose results stay good although its
// cache says otherwise for its other functions.
const Forever time.Duration = math.MaxInt64

// FuncOptions are what is special about one function of a [Cache]. The zero value
// is: nothing. Format, Compress and TTL have defaults in the cache.
type FuncOptions struct {
	// Format names the format of the files, such as json or csv, in place of the one
	// that serves the result type (.npy for arrays, .gob for most of the rest). Files
	// that are there already stay good.
	Format string

	// Compress compresses the files: with zstd, .npy becomes .npy.zst.
	Compress string

	// TTL is how long a stored result is good, counted from when its computation
	// ended. 0 is what the cache says, Forever is without an end.
	TTL time.Duration

	// Version is any text; a result stored under another version is computed again.
	// Change it when you change what the function computes.
	Version string

	// Aka are names that the function had before: what was stored under them serves, and
	// moves to the present name, when that has nothing. None of them may be the name of
	// another function of the cache.
	Aka []string

	// Store keeps the results in another place than those of the cache: in a folder there
	// that is named after the last part of the cache's directory. Cache.Limits do not hold for it.
	Store store.Store

	// Mmap shows an array file in memory instead of reading it, see FieldOptions.Mmap.
	// Such results end with Cache.Close.
	Mmap bool

	// Copy gives every caller a result of its own instead of sharing one.
	Copy bool

	// NoMemory keeps no result in memory: each call reads the disk. See
	// FieldOptions.NoMemory.
	NoMemory bool
	// Cutoff ends a computation when the stored result turns out to be good still, see
	// FieldOptions.Cutoff.
	Cutoff bool
	// Pin keeps the results from being removed to keep Cache.Limits, see FieldOptions.Pin.
	Pin bool

	// Valid is asked whenever a stored result is found, in memory or on disk, and
	// where it returns false the function is called. It runs on the goroutines of the
	// callers, while others wait for the same result, so it should be quick, and must
	// not call the function or another one that needs it.
	Valid func(Stored) bool

	// Stale is how long after TTL a result is still returned, at once, while a
	// goroutine computes the next one. At most GOMAXPROCS of these run per cache, and
	// Cache.Close ends them. Their context has nothing of the call's. What the argument
	// points to must not be changed after the call then.
	Stale time.Duration

	// Errors is how long errors of the function are stored. Until then calls in any
	// process return an error that wraps a *RememberedError instead of calling the function. Errors of
	// a call whose context has ended are not stored. Their files are named
	// <function>.error-<key>.json.
	Errors time.Duration

	// ErrorKinds are the errors that errors.Is finds in a *RememberedError, if it
	// found them in the one that was stored. Their texts must differ.
	ErrorKinds []error
}

// over returns o with the fields that other sets.
func (o FuncOptions) over(other FuncOptions) FuncOptions {
	set(&o.Format, other.Format)
	set(&o.Compress, other.Compress)
	set(&o.TTL, other.TTL)
	set(&o.Version, other.Version)
	set(&o.Mmap, other.Mmap)
	set(&o.Copy, other.Copy)
	set(&o.NoMemory, other.NoMemory)
	set(&o.Pin, other.Pin)
	set(&o.Cutoff, other.Cutoff)
	set(&o.Stale, other.Stale)
	set(&o.Errors, other.Errors)
	if other.Store != nil {
		o.Store = other.Store
	}
	if other.Aka != nil {
		o.Aka = other.Aka
	}
	if other.Valid != nil {
		o.Valid = other.Valid
	}
	if other.ErrorKinds != nil {
		o.ErrorKinds = other.ErrorKinds
	}
	return o
}

func set[V comparable](field *V, value V) {
	var zero V
	if value != zero {
		*field = value
	}
}

func (o *FuncOptions) check() error {
	switch {
	case o.TTL < 0 || o.Stale < 0 || o.Errors < 0:
		return fmt.Errorf("TTL %v, Stale %v, Errors %v: none can be negative", o.TTL, o.Stale, o.Errors)
	case o.Stale > 0 && (o.TTL == 0 || o.TTL == Forever):
		return fmt.Errorf("option Stale %v without TTL: a result has to expire first", o.Stale)
	case o.Stale > 0 && o.Mmap:
		return fmt.Errorf("options Stale and Mmap exclude each other: a mapping would be replaced under its users")
	}
	return o.fieldOptions().check()
}

// fieldOptions are the options that the engine knows.
func (o *FuncOptions) fieldOptions() *FieldOptions {
	f := &FieldOptions{TTL: o.TTL, Version: o.Version, Copy: o.Copy, Format: o.Format, Compress: o.Compress, Mmap: o.Mmap, NoMemory: o.NoMemory, Pin: o.Pin, Cutoff: o.Cutoff}
	if f.TTL == Forever {
		f.TTL = 0
	}
	return f
}

// lifetime is what a function asks of the engine's face and not of the engine.
type lifetime struct {
	stale, errors time.Duration
	kinds         []error
}
