package mapcache

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Options are what is special about one cache. The zero value is a good default: a
// .gob file, saved by DefaultRules.
type Options[K comparable, V any] struct {
	// Format names the format of the file: "gob" (the default), "json", "csv", or
	// any other of Manager.Formats that takes a map[K]V.
	Format string

	// Compress compresses the file: "zstd".
	Compress string

	// Row and ReadRow make a row of a CSV file of an entry, and an entry of a row. By
	// default a row is key and value, each a string, number, bool or of a type with
	// MarshalText and UnmarshalText.
	Row     func(key K, value V) ([]string, error)
	ReadRow func(row []string) (key K, value V, err error)

	// Version is any text; a file that was saved under another one is not loaded.
	Version string

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

// A Rule is "n changes within t": n changes that are not saved yet are saved at the
// latest t after the first of them. They are saved earlier, once n of them are as
// old as the next shorter rule of the cache says, or, for the shortest, at once.
//
// So with the default rules fewer than 10,000 changes are unsaved at any time,
// fewer than 10 are for more than 60 s, and none is for more than 300 s; to which
// the time of a save is to be added. Between two saves that are due at once there is a
// pause as long as the first took.
type Rule struct {
	Changes int
	Within  time.Duration
}

// DefaultRules returns 10,000 changes in 60 s, 10 in 300 s, 1 in 900 s.
func DefaultRules() []Rule {
	return []Rule{{10_000, 60 * time.Second}, {10, 300 * time.Second}, {1, 900 * time.Second}}
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
	slices.SortStableFunc(o.Rules, func(a, b Rule) int { return cmp.Compare(a.Within, b.Within) })
	for i, r := range o.Rules {
		switch {
		case r.Changes < 1 || r.Within <= 0:
			return o, fmt.Errorf("the rule %d changes within %v is none: both have to be positive", r.Changes, r.Within)
		case i > 0 && r.Within == o.Rules[i-1].Within:
			return o, fmt.Errorf("two rules are for changes within %v: keep the one with fewer changes", r.Within)
		}
	}
	return o, nil
}
