package mapcache

import (
	"context"
	"maps"
)

// Op is something that is done to a cache as a whole.
type Op uint8

// The operations that hooks hear of.
const (
	OpLoad   Op = iota + 1 // what was saved is read
	OpBuild                // the contents are made anew
	OpSave                 // the contents are stored
	OpDelete               // what was saved is deleted
)

// String returns the operation as errors name it.
func (o Op) String() string {
	names := [...]string{"", "load", "build", "save", "delete"}
	if int(o) < len(names) {
		return names[o]
	}
	return "unknown"
}

// Hooks take part in what happens to a cache. Each may be nil. They are called in
// this order:
//
//	load:    Before, Load, Validate, Finish, After
//	build:   Before, Build, Finish, After
//	save:    Before, Prepare, Save, After
//	delete:  Before, Delete, After
//
// A build comes after a load that found nothing valid, or in Rebuild, and is followed by a save.
// The contents that there were, in memory and saved, stay until the new ones are there.
// Maps that hooks get are theirs, and maps that they return are copied.
//
// An error ends the operation: it is returned by the method that was called, or told
// like an error of a background save. Errors of Validate do not where there is a
// builder: what was saved is then not used, and the contents are built.
type Hooks[K comparable, V any] struct {
	// Load reads the contents in place of the file. ok is false where there are none.
	Load func(ctx context.Context, name string) (contents map[K]V, ok bool, err error)

	// Build makes the contents where none are stored. Without it they are empty.
	Build func(ctx context.Context, name string) (map[K]V, error)

	// Save stores the contents in place of the file.
	Save func(ctx context.Context, name string, contents map[K]V) error

	// Delete deletes what was saved in place of the file.
	Delete func(ctx context.Context, name string) error

	// Validate returns an error when loaded contents are not good.
	Validate func(contents map[K]V) error

	// Prepare makes what is saved of the contents, and Finish the contents of what was
	// loaded or built. Both may change the map that they get, and return it or nil.
	Prepare func(contents map[K]V) (map[K]V, error)
	Finish  func(contents map[K]V) (map[K]V, error)

	// Before is called before an operation, which an error prevents, and After when it
	// has ended, with its error, also where a hook panicked. A load that found nothing ends
	// with ErrNotStored.
	Before func(ctx context.Context, op Op, name string) error
	After  func(ctx context.Context, op Op, name string, err error)
}

// span is an operation: Before hears when it begins, and After when it ends.
type span[K comparable, V any] struct {
	hooks *Hooks[K, V]
	name  string
	op    Op // 0 where none is under way
}

func (s *span[K, V]) begin(ctx context.Context, op Op) error {
	if s.hooks.Before != nil {
		if err := s.hooks.Before(ctx, op, s.name); err != nil {
			return err
		}
	}
	s.op = op
	return nil
}

// end does nothing where none is under way.
func (s *span[K, V]) end(ctx context.Context, err error) {
	op := s.op
	s.op = 0 // first: After, too, may panic
	if op != 0 && s.hooks.After != nil {
		s.hooks.After(ctx, op, s.name, err)
	}
}

// during does one operation.
func (h *Hooks[K, V]) during(ctx context.Context, op Op, name string, do func() error) (err error) {
	s := span[K, V]{hooks: h, name: name}
	if err := s.begin(ctx, op); err != nil {
		return err
	}
	err = errPanicked
	defer func() { s.end(ctx, err) }()
	return do()
}

// prepared returns what is saved of contents, a map that nobody else has.
func (h *Hooks[K, V]) prepared(contents map[K]V) (map[K]V, error) {
	if h.Prepare == nil {
		return contents, nil
	}
	made, err := h.Prepare(contents)
	if made == nil { // changed in place
		made = contents
	}
	return made, err
}

// finished returns the contents made of what was loaded or built, a map of ours.
func (h *Hooks[K, V]) finished(made map[K]V) (map[K]V, error) {
	if h.Finish == nil {
		return made, nil
	}
	contents, err := h.Finish(made)
	switch {
	case err != nil:
		return nil, err
	case contents == nil: // changed in place
		return made, nil
	}
	return owned(contents), nil
}

// owned returns a copy of a map that a hook may have kept.
func owned[K comparable, V any](contents map[K]V) map[K]V {
	if contents == nil {
		return map[K]V{}
	}
	return maps.Clone(contents)
}

// findable returns contents without the keys that Set refuses: a map that was given or
// loaded can have NaN as key, any number of times.
func findable[K comparable, V any](contents map[K]V) map[K]V {
	lost := false
	for key := range contents {
		lost = lost || key != key
	}
	if !lost {
		return contents
	}
	found := make(map[K]V, len(contents))
	for key, value := range contents {
		if key == key {
			found[key] = value
		}
	}
	return found
}
