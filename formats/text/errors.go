package text

import (
	"errors"
	"fmt"
	"reflect"
)

// ErrValue is wrapped by the errors of an Encode that accepts the type but not
// this value of it: a string that is not UTF-8, a pointer to nil, a value that
// contains itself. Nothing has been written then.
var ErrValue = errors.New("value does not fit the format")

// A TypeError says why values of a type would not come back equal.
type TypeError struct {
	Type   reflect.Type // the type that was asked for; nil for the nil interface
	Path   string       // the part of it that is in the way, such as "Result.Inner[].cb"
	Reason string       // what is wrong with that part, and what to do
}

func (e *TypeError) Error() string {
	return fmt.Sprintf("type %v cannot be stored as text: %s: %s", e.Type, e.Path, e.Reason)
}

// A FormatError says why a file cannot be read: it breaks the rules of its
// syntax, or it does not fit the Go type. Where JSON and CSV end too early it wraps
// [io.ErrUnexpectedEOF].
type FormatError struct {
	Line   int    // counted from 1; 0 where the whole file is meant
	Column int    // in bytes, counted from 1; 0 where the whole line is meant
	Field  string // the part of the Go value, such as "Result.Fits[3].Gain"
	Err    error  // what is wrong
}

func (e *FormatError) Error() string {
	where := shortened(e.Field)
	switch {
	case e.Column > 0:
		where = fmt.Sprintf("line %d, column %d, %s", e.Line, e.Column, where)
	case e.Line > 0:
		where = fmt.Sprintf("line %d, %s", e.Line, where)
	}
	return fmt.Sprintf("%s: %v", where, e.Err)
}

// Unwrap returns what is wrong.
func (e *FormatError) Unwrap() error { return e.Err }

// A valueError says which part of a value cannot be written, and why.
type valueError struct {
	path  string
	cause error
}

func (e *valueError) Error() string {
	return fmt.Sprintf("%v: %s: %v", ErrValue, shortened(e.path), e.cause)
}

func (e *valueError) Unwrap() []error { return []error{ErrValue, e.cause} }

// within puts a step before the path of an error that comes up from inside a value
// being written, so that paths cost nothing while all goes well.
func within(step string, err error) error {
	if e, ok := err.(*valueError); ok { // never wrapped on its way up
		e.path = step + e.path
		return e
	}
	return &valueError{step, err}
}

// inside does the same for a value being read.
func inside(step string, err error) error {
	if e, ok := err.(*FormatError); ok { // same
		e.Field = step + e.Field
	}
	return err
}

// shortened leaves out the middle of a path that is too long to be read.
func shortened(path string) string {
	const most = 200
	if len(path) <= most {
		return path
	}
	return path[:most/2] + "..." + path[len(path)-most/2:]
}

// rootName is how paths into values of type t begin.
func rootName(t reflect.Type) string {
	for t.Kind() == reflect.Pointer && t.Name() == "" {
		t = t.Elem()
	}
	if t.PkgPath() == "" { // no name, or one that says little, such as int
		return "value"
	}
	return t.Name()
}

// quoted is text from a file or value as an error shows it.
func quoted(s string) string {
	const most = 60
	if len(s) > most {
		return fmt.Sprintf("%.*q...", most, s)
	}
	return fmt.Sprintf("%q", s)
}
