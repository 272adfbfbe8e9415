package npy

import (
	"errors"
	"fmt"
	"reflect"
)

// ErrValue is wrapped by the errors of an Encode that accepts the type but not
// this value of it: ragged rows, a nil row among rows, a nil pointer, an Array
// whose Shape and Data disagree, a text that is not UTF-8, a time before 1678 or
// after 2262. Nothing has been written then.
var ErrValue = errors.New("value does not fit a .npy file")

// A FormatError says why a file is not a .npy file that this package reads:
// damaged, cut short, or of a dtype that it does not support (it then wraps
// [errors.ErrUnsupported]). A file that ends too early wraps
// [io.ErrUnexpectedEOF].
type FormatError struct {
	Offset int64  // byte of the file where the trouble is
	Field  string // part of the file: "magic", "version", "header", "descr", "shape", "data", …
	Err    error  // what is wrong
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("%s at byte %d: %v", e.Field, e.Offset, e.Err)
}

// Unwrap returns what is wrong.
func (e *FormatError) Unwrap() error { return e.Err }

// A TypeError says why values of a Go type cannot go into a .npy file.
type TypeError struct {
	Type   reflect.Type // the type asked about; nil for the nil interface
	Part   reflect.Type // the part of it that has no place in a .npy file, often Type itself
	Reason string
}

func (e *TypeError) Error() string {
	if e.Part == nil || e.Part == e.Type {
		return fmt.Sprintf("%v cannot go into a .npy file: %s", e.Type, e.Reason)
	}
	return fmt.Sprintf("%v cannot go into a .npy file: its part %v: %s", e.Type, e.Part, e.Reason)
}

// A MismatchError says why a good file does not fit the Go type that was asked
// for: another number of axes, or a number that the type cannot hold exactly.
type MismatchError struct {
	Header Header
	Type   reflect.Type // the type asked for
	Reason string
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("an array of dtype %s and shape %s does not fit %v: %s",
		clipDType(e.Header.DType), shapeText(e.Header.Shape), e.Type, e.Reason)
}
