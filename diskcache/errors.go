package diskcache

import (
	"errors"
	"fmt"
	"strings"
)

// ErrTagNotSet is returned by FullPath and Path before a tag is set.
var ErrTagNotSet = errors.New("diskcache: no tag is set: call dataelab.SetTag(root, tag), or SetTag on the cacher itself, first")

// ErrOff is returned for the path of a result whose cache is off.
var ErrOff = errors.New("the cache is off, by its field Off or the environment variable " + NoCacheVariable)

// ErrCircle is wrapped by the error of a call that would wait for itself: a computation has
// called its own method again with the same arguments, directly or by way of others.
var ErrCircle = errors.New("a cached method reaches itself again with the same arguments")

// ErrArgument is wrapped by the errors of calls whose arguments cannot become
// part of a key without loss.
var ErrArgument = errors.New("cannot be part of a cache key")

// ErrName is wrapped by the errors about tags, prefixes and names that cannot
// be used as the name of a file.
var ErrName = errors.New("not usable as a file name")

// ErrNameTaken is wrapped by the errors about names that something else in the same
// cache has, also where they differ only in case.
var ErrNameTaken = errors.New("the name is taken")

// errCleared ends a save whose cacher was cleared meanwhile. It is no failure.
var errCleared = errors.New("the cache was cleared while this was computed")

// Error says which operation on which entry failed. It unwraps to the cause.
type Error struct {
	Op   string // "execute", "compute", "save", "set tag" …
	Name string // the cacher's name, such as root.slopes.Slopes.mean; may be empty
	Tag  string // may be empty
	Path string // the file or directory concerned; may be empty
	Err  error
}

// opCompute is the operation of errors that a computation returned.
const opCompute = "compute"

// Error shows a computation that failed because one inside it did as
// "diskcache: compute root.B.sum of tag T: root.A.mean: <cause>".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("diskcache: ")
	b.WriteString(e.Op)
	if e.Name != "" {
		b.WriteString(" " + e.Name)
	}
	if e.Tag != "" {
		b.WriteString(" of tag " + e.Tag)
	}
	if e.Path != "" {
		b.WriteString(" in " + e.Path)
	}
	cause := e.Err
	for e.Op == opCompute {
		inner, ok := cause.(*Error)
		if !ok || inner.Op != opCompute || inner.Tag != e.Tag {
			break
		}
		b.WriteString(": " + inner.Name)
		cause = inner.Err
	}
	return fmt.Sprintf("%s: %v", b.String(), cause)
}

// ofComputation returns what a computation returned, for those who name its method
// themselves.
func ofComputation(err error) error {
	if e, ok := err.(*Error); ok && e.Op == opCompute {
		return e.Err
	}
	return err
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
