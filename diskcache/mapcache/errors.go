package mapcache

import (
	"errors"
	"fmt"
	"reflect"
)

// ErrRegistered is wrapped by the error of a name that is taken in a manager.
var ErrRegistered = errors.New("the name is taken")

// ErrClosed is wrapped by errors after Close.
var ErrClosed = errors.New("closed")

// ErrCircle is wrapped by the error of a hook's call that would wait for itself.
var ErrCircle = errors.New("a hook uses the cache that it works for")

// ErrNotBuilt is wrapped by the error of a save of contents that could not be built,
// and would pass for whole ones.
var ErrNotBuilt = errors.New("the contents could not be built")

// ErrNotStored is what Hooks.After gets when a load found nothing that is good.
var ErrNotStored = errors.New("nothing is stored")

// TypeError says that a cache has other types than were asked for.
type TypeError struct {
	Name       string
	Have, Want reflect.Type // both Cache[K, V]
}

func (e *TypeError) Error() string {
	return fmt.Sprintf("mapcache: the cache %q is a %v, not a %v", e.Name, e.Have, e.Want)
}

// Error says which operation on which cache failed. It unwraps to the cause.
type Error struct {
	Op   string // "register", "load", "build", "save" …
	Name string // of the cache
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("mapcache: %s %s: %v", e.Op, e.Name, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
