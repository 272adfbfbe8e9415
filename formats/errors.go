package formats

import (
	"errors"
	"fmt"
	"reflect"
)

// ErrValue is wrapped by the errors of an Encode that accepts the type but not
// this value of it, such as a slice of slices whose rows differ in length.
var ErrValue = errors.New("value does not fit the format")

// TypeError says why no format of a set stores a type.
type TypeError struct {
	Type    reflect.Type
	Reasons []error // one for each format that was asked, in order, after its name
}

// Error gives the reason of the last format asked, which takes the most types and
// names the type itself; Reasons has them all.
func (e *TypeError) Error() string {
	if len(e.Reasons) == 0 {
		return fmt.Sprintf("no format stores %v", e.Type)
	}
	return errors.Unwrap(e.Reasons[len(e.Reasons)-1]).Error()
}

// Unwrap gives errors.Is and errors.As each format's reason.
func (e *TypeError) Unwrap() []error { return e.Reasons }
