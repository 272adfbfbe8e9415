package formats

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// A Set chooses the format for a Go type. It is an immutable value; the zero
// Set holds the formats of this package: npy for arrays, npz for several, gob for the rest.
type Set struct {
	own []Format // asked before the built-in ones
}

// builtin is asked in this order: the first that accepts a type serves it.
var builtin = [...]Format{npyFormat{}, npzFormat{}, gobFormat{}}

// With returns a set in which fs are asked first, in the order given, before
// the formats of s.
func (s Set) With(fs ...Format) Set {
	return Set{own: slices.Concat(fs, s.own)}
}

// All returns the formats in the order in which they are asked.
func (s Set) All() []Format {
	return append(slices.Clone(s.own), builtin[:]...)
}

// For returns the formats that accept t, the preferred one first. The others
// serve single values which the first refuses with [ErrValue]: ragged rows,
// which no array holds, go to gob. Where none accepts t the error is a
// [*TypeError] with each format's reason.
func (s Set) For(t reflect.Type) ([]Format, error) {
	if len(s.own) > 0 {
		return ask(s.All(), t)
	}
	known, ok := served.Load(t)
	if !ok {
		fs, err := ask(builtin[:], t)
		known, _ = served.LoadOrStore(t, answer{fs, err})
	}
	a := known.(answer)
	return slices.Clone(a.formats), a.err
}

// served caches the answers of the zero Set by reflect.Type: they are facts
// about the type, and working them out walks all of it.
var served sync.Map

type answer struct {
	formats []Format
	err     error
}

func ask(all []Format, t reflect.Type) ([]Format, error) {
	var found []Format
	refused := &TypeError{Type: t}
	for _, f := range all {
		if err := f.Accepts(t); err != nil {
			refused.Reasons = append(refused.Reasons, fmt.Errorf("%s: %w", f.Name(), err))
			continue
		}
		found = append(found, f)
	}
	if len(found) == 0 {
		return nil, refused
	}
	return found, nil
}

// ByName returns the format of that name.
func (s Set) ByName(name string) (Format, error) {
	var names []string
	for _, f := range s.All() {
		if f.Name() == name {
			return f, nil
		}
		names = append(names, f.Name())
	}
	return nil, fmt.Errorf("no format is named %q; this set has %s", name, strings.Join(names, ", "))
}
