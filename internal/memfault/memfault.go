package memfault

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Error is a read of memory that is not there.
type Error struct {
	Addr uintptr
}

func (e *Error) Error() string {
	return fmt.Sprintf("the memory at %#x cannot be read: it belongs to a mapped file that was cut short, or whose disk fails: "+
		"compute or load the value again, and replace such a file by removing it first", e.Addr)
}

// Try calls do and returns its error, or an *Error where it reads memory that is not there.
// Other panics go on.
func Try(do func() error) (err error) {
	defer ToError(&err, debug.SetPanicOnFault(true))
	return do()
}

// ToError is Try where a closure costs too much:
//
//	defer memfault.ToError(&err, debug.SetPanicOnFault(true))
func ToError(err *error, before bool) {
	debug.SetPanicOnFault(before)
	r := recover()
	switch r := r.(type) {
	case nil:
	case interface {
		runtime.Error
		Addr() uintptr
	}:
		*err = &Error{r.Addr()}
	case *Error: // of another goroutine
		*err = r
	default:
		panic(r)
	}
}
