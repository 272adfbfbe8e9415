package parquet

import (
	"errors"
	"fmt"
	"io"

	"github.com/dataelab/dataelab-go/formats"
)

// ErrValue is wrapped by the errors of an Encode that accepts the type but not
// this value of it: a time that the column's unit cannot hold, text that is not
// UTF-8, columns of unequal length. Nothing has been written then. It is the
// error of the same name of package formats.
var ErrValue = formats.ErrValue

// A FormatError says why a file is not one that this package reads: damaged, cut
// short, or with something it does not support (it then wraps
// [errors.ErrUnsupported]).
type FormatError struct {
	Offset int64  // byte of the file where the trouble is; -1 where none is known
	Column string // empty for the file as a whole
	Err    error
}

func (e *FormatError) Error() string {
	where := "file"
	if e.Column != "" {
		where = fmt.Sprintf("column %q", e.Column)
	}
	if e.Offset >= 0 {
		where += fmt.Sprintf(" at byte %d", e.Offset)
	}
	return fmt.Sprintf("%s: %v", where, e.Err)
}

// Unwrap returns what is wrong.
func (e *FormatError) Unwrap() error { return e.Err }

// A MismatchError says why a good file does not fit what it was asked to become:
// a column is missing or surplus, is of another type, or misses a value where
// the Go type has no place for that.
type MismatchError struct {
	Column string
	Row    int64 // -1 where it is not about one row
	Reason string
}

func (e *MismatchError) Error() string {
	if e.Row >= 0 {
		return fmt.Sprintf("column %q, row %d: %s", e.Column, e.Row, e.Reason)
	}
	return fmt.Sprintf("column %q: %s", e.Column, e.Reason)
}

// unreadable returns why a column cannot be read and, where it was asked for with all others
// and not by its name, how to read those.
func (c *column) unreadable(byName bool) error {
	if byName || !errors.Is(c.reason, errors.ErrUnsupported) {
		return &FormatError{-1, c.name, c.reason}
	}
	return &FormatError{-1, c.name, fmt.Errorf("%w; to read the other columns, open the file and Select them", c.reason)}
}

// damage is what is wrong with a file, before it is known where.
func damage(format string, args ...any) error { return fmt.Errorf(format, args...) }

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %w", errors.ErrUnsupported, fmt.Errorf(format, args...))
}

var errShort = fmt.Errorf("too few bytes: %w", io.ErrUnexpectedEOF)

// contain makes an error of a panic in arrow, which damaged files may cause.
func contain(err *error) {
	switch r := recover().(type) {
	case nil:
	case error:
		*err = &FormatError{-1, "", fmt.Errorf("arrow cannot make sense of it: %w", r)}
	default:
		*err = &FormatError{-1, "", fmt.Errorf("arrow cannot make sense of it: %v", r)}
	}
}
