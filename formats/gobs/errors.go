package gobs

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

var (
	// ErrValue is wrapped by the errors of an Encode that accepts the type but
	// not this value of it. Nothing has been written then.
	ErrValue = errors.New("value does not fit the format")

	// ErrDamaged is wrapped by the errors of a Decode that met bytes which no
	// encoder writes.
	ErrDamaged = errors.New("file is damaged")

	// ErrOtherType is wrapped by the errors of a Decode whose file is sound but
	// holds a value of another type, or of an older form of the same type.
	ErrOtherType = errors.New("file holds another type")
)

// A TypeError says why values of a type would not come back equal.
type TypeError struct {
	Type   reflect.Type // the type that was asked for
	Path   string       // the part of it that is in the way, such as "Result.Inner[].cb"
	Reason string       // what is wrong with that part, and what to do
}

func (e *TypeError) Error() string {
	return fmt.Sprintf("type %v cannot be stored: %s: %s", e.Type, e.Path, e.Reason)
}

// A pathError is an error somewhere inside a value. Each level that the error
// passes on its way up adds its step, so that the path costs nothing while all
// goes well.
type pathError struct {
	kind   error // ErrValue, ErrDamaged, ErrOtherType; nil for none of them
	cause  error
	steps  []string // innermost first
	root   string   // set at the top
	offset int      // where in the file; negative for an error of Encode
}

// A path of more than longPath steps is shown with its middle left out.
const longPath = 16

func (e *pathError) path() string {
	steps := slices.Clone(e.steps)
	slices.Reverse(steps)
	if n := len(steps); n > longPath {
		left := fmt.Sprintf("...(%d more)...", n-longPath)
		steps = slices.Concat(steps[:longPath-2], []string{left}, steps[n-2:])
	}
	return joinPath(e.root, strings.Join(steps, ""))
}

func (e *pathError) Error() string {
	where := e.path()
	if e.offset >= 0 {
		where = fmt.Sprintf("%s at byte %d", where, e.offset)
	}
	if e.kind == nil {
		return fmt.Sprintf("gobs: %s: %v", where, e.cause)
	}
	return fmt.Sprintf("gobs: %v: %s: %v", e.kind, where, e.cause)
}

func (e *pathError) Unwrap() []error {
	if e.kind == nil {
		return []error{e.cause}
	}
	return []error{e.kind, e.cause}
}

// valueErrorf makes an error of Encode about the value at hand.
func valueErrorf(format string, args ...any) error {
	return &pathError{kind: ErrValue, cause: fmt.Errorf(format, args...), offset: -1}
}

// within adds a step to the path of an error that comes from further inside.
func within(err error, step string) error {
	if pe, ok := err.(*pathError); ok {
		pe.steps = append(pe.steps, step)
	}
	return err
}

// joinPath puts a path behind the name of the type it starts at. An unnamed type
// has no name to start with: the path then starts at its first field.
func joinPath(root, path string) string {
	if root == "" {
		path = strings.TrimPrefix(path, ".")
	}
	if root+path == "" {
		return "the value"
	}
	return root + path
}
