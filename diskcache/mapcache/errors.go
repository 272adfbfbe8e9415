package mapcache

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/dataelab/dataelab-go/diskcache"
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

var (
	errNilManager = errors.New("the manager is nil: pass the address of a Manager")
	errZero       = errors.New("a Cache was used that Register did not make")
)

// ErrNotLoaded is wrapped by the errors of a cache without a builder that has stored
// contents which cannot be used, see NotLoadedError.
var ErrNotLoaded = errors.New("the stored contents cannot be used")

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

func (e *Error) Error() string {
	name := e.Name
	if name == "" {
		name = `""`
	}
	return fmt.Sprintf("mapcache: %s %s: %v", e.Op, name, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// inOurWords returns an error of the engine without what it says of tags and results,
// which maps do not have.
func inOurWords(err error) error {
	var of *diskcache.Error
	if !errors.As(err, &of) || of.Error() != err.Error() { // else others have said more
		return err
	}
	err = of.Err
	if cause := errors.Unwrap(err); cause != nil && err.Error() == cause.Error()+": the result was returned, but is not on disk" {
		err = cause
	}
	if of.Path != "" {
		return fmt.Errorf("in %s: %w", of.Path, err)
	}
	return err
}
