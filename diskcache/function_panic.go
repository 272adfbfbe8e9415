package diskcache

import (
	"fmt"
	"runtime/debug"
)

// PanicError is a panic of a function that ran on a goroutine of this package,
// where nobody else could have recovered it.
type PanicError struct {
	Value any    // of the panic
	Stack []byte // of the goroutine
}

func panicked(value any) *PanicError { return &PanicError{Value: value, Stack: debug.Stack()} }

func (e *PanicError) Error() string { return fmt.Sprintf("the function panicked: %v", e.Value) }

// Unwrap returns the value of the panic if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
