package mapcache

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Options are what is special about one cache. The zero value is a good default: a
// .gob file, saved by DefaultRules.
type Options[K comparable, V any] struct {
	// Format names the format of the file: "gob" (the default), "json", "csv", or
	// any other of Manager.Formats that takes a map[K]V. Contents that it does not hold, as
	// JSON no text that is not UTF-8, are kept in another one: that of the type, or gob.
	Format string

	// Compress compresses the file: "zstd".
	Compress string

	// Row and ReadRow make a row of a CSV file of an entry, and an entry of a row. By
	// default a row is key and value, each a string, number, bool or of a type with
	// MarshalText and UnmarshalText.
	Row     func(key K, value V) ([]string, error)
	ReadRow func(row []string) (key K, value V, err error)

	// Version is any text; a file that was saved under another one is not loaded, as if
	// there were none, and set aside by the next save.
	Version string

	// NoCheck leaves out the check that what types write by methods of their own comes back
	// equal, see diskcache.FieldOptions.NoCheck. With the check, a save of contents that would
	// not fails, and names the entry.
	NoCheck bool

	// InMemory keeps the contents in no file. Saving does nothing then, unless there
	// is a Save hook.
	InMemory bool

	// Contents, when not nil, are what the cache holds from the start, in place of
	// what was saved or would be built. They are copied, and count as one change.
	Contents map[K]V

	// SkipEmpty keeps contents without an entry from being saved, so that the
	// file stays what it was.
	SkipEmpty bool

	// Rules say when changes are saved in the background. Default: DefaultRules().
	// An empty list that is not nil leaves saving to Save and Close.
	Rules []Rule

	// Dependents are the names of caches that are made from this one.
	Dependents []string

	// Hooks take part in loading, building, saving and deleting.
	Hooks Hooks[K, V]
}

// A Rule says: when at least so many changes are not saved, they are saved within so
// long of the first of them. Each rule of a cache holds by itself, whatever the others
// say; the first that asks for a save gets it.
//
// So a program that is killed loses, by each rule, fewer than Changes changes, or none
// that is older than Within. Where a save takes long, what changes while it runs waits for
// the next one, and between two saves that are due at once there is a pause as long as the
// first took: up to three times what a save takes is to be added. A Within of 0 saves at
// once: Rule{Changes: 100} loses fewer than 100 changes, and those made while a save or
// its pause lasts.
type Rule struct {
	Changes int
	Within  time.Duration
}

// DefaultRules returns: 10,000 changes at once, 10 within 60 s, 1 within 300 s. So a
// program that is killed loses fewer than 10,000 changes, fewer than 10 that are older than 60 s, and
// none that is older than 300 s; what is to be added is said at [Rule].
func DefaultRules() []Rule {
	return []Rule{{Changes: 10_000}, {10, 60 * time.Second}, {1, 300 * time.Second}}
}

// check finds what is wrong with options, and fills in defaults.
func (o Options[K, V]) check() (Options[K, V], error) {
	if o.Format == "" {
		o.Format = "gob"
	}
	if (o.Row == nil) != (o.ReadRow == nil) {
		return o, errors.New("of Row and ReadRow only one is set: what one writes the other has to read")
	}
	if o.Row != nil && o.Format != formatCSV {
		return o, fmt.Errorf("the options have Row and ReadRow, but format %q: rows need the format %q", o.Format, formatCSV)
	}
	if o.Rules == nil {
		o.Rules = DefaultRules()
	}
	o.Rules = slices.Clone(o.Rules)
	for _, r := range o.Rules {
		if r.Changes < 1 || r.Within < 0 {
			return o, fmt.Errorf("the rule %d changes within %v makes no sense: it takes at least one change, and a time that is not negative", r.Changes, r.Within)
		}
	}
	return o, nil
}
