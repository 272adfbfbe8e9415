package npz

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// ErrValue is wrapped by the errors of an Encode that accepts the type but not
// this value of it: a nil slice or pointer inside, ragged rows, a key that is no
// name. Nothing has been written then.
var ErrValue = errors.New("value does not fit a .npz file")

// A TypeError says why values of a Go type cannot go into a .npz file.
type TypeError struct {
	Type   reflect.Type // the type asked about; nil for the nil interface
	Path   string       // the field of it that has no place in a .npz file; empty for the whole
	Reason error        // often an *npy.TypeError
}

func (e *TypeError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("%v cannot go into a .npz file: %v", e.Type, e.Reason)
	}
	return fmt.Sprintf("%v cannot go into a .npz file: field %s: %v", e.Type, e.Path, e.Reason)
}

// Unwrap returns the reason.
func (e *TypeError) Unwrap() error { return e.Reason }

// A FormatError says why a file is not a .npz file that this package reads:
// damaged, cut short, or packed in a way it does not support (it then wraps
// [errors.ErrUnsupported]). What is wrong within an array is an
// [*npy.FormatError].
type FormatError struct {
	Member string // name of the array; empty for the archive as a whole
	Err    error  // what is wrong
}

func (e *FormatError) Error() string {
	if e.Member == "" {
		return fmt.Sprintf("archive: %v", e.Err)
	}
	return fmt.Sprintf("member %q: %v", e.Member, e.Err)
}

// Unwrap returns what is wrong.
func (e *FormatError) Unwrap() error { return e.Err }

// A NoMemberError says that a good file has no array of that name.
type NoMemberError struct {
	Name string
	Have []string // the names there are
}

func (e *NoMemberError) Error() string {
	const most = 10
	have, more := e.Have, ""
	if len(have) > most {
		have, more = have[:most], fmt.Sprintf(" and %d more", len(e.Have)-most)
	}
	if len(have) == 0 {
		return fmt.Sprintf("no member %q; the file has no arrays", e.Name)
	}
	return fmt.Sprintf("no member %q; the file has %s%s", e.Name, strings.Join(have, ", "), more)
}

// A MismatchError says why a good array is not the single number that was asked
// for. Where an array does not fit the type of an array, the error is an
// [*npy.MismatchError].
type MismatchError struct {
	Shape []int
	Type  reflect.Type // the type asked for
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("an array of shape %v does not fit %v, which takes a single number (no axes)", e.Shape, e.Type)
}
