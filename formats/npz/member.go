package npz

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/dataelab/dataelab-go/formats/npy"
)

// A rule says why a value of some type cannot be one array of a .npz file.
type rule func(reflect.Type) error

// acceptsMember takes all that package npy does, and single values.
func acceptsMember(t reflect.Type) error {
	if t != nil && scalarFor(t) != nil {
		return nil
	}
	return npy.Accepts(t)
}

// acceptsNumbers takes numbers only.
func acceptsNumbers(t reflect.Type) error {
	if t != nil && numbers[t.Kind()] != nil {
		return nil
	}
	return npy.AcceptsNumbers(t)
}

// arrayOf returns what npy.Encode writes for v, an addressable value of a type
// that acceptsMember takes. It fails, with ErrValue, where npy.Encode would.
func arrayOf(v reflect.Value) (any, error) {
	if v.Kind() == reflect.Slice && v.IsNil() {
		return nil, fmt.Errorf("%w: nil %v; a file cannot tell it from an empty one", ErrValue, v.Type())
	}
	var array any
	if s := scalarFor(v.Type()); s != nil {
		array = s.array(v)
	} else {
		array = v.Interface()
	}
	switch _, err := npy.Encode(dryRun{}, array); {
	case errors.Is(err, npy.ErrValue):
		return nil, fmt.Errorf("%w: %w", ErrValue, bare(err))
	case !errors.Is(err, errDryRun):
		return nil, bare(err)
	}
	return array, nil
}

// dryRun stops npy.Encode at its first write, when it has looked at the value.
type dryRun struct{}

var errDryRun = errors.New("dry run")

func (dryRun) Write([]byte) (int, error) { return 0, errDryRun }

// bare removes what package npy puts before its errors; ours begin with "npz".
func bare(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}
