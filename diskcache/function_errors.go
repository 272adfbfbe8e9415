package diskcache

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// failureSuffix ends the names of the files of stored errors: an error of fit is
// an entry of fit.error, which goes the way of all values.
const failureSuffix = ".error"

// failure is a stored error.
type failure struct {
	Text  string
	Kinds []string // the texts of those of FuncOptions.ErrorKinds that it was
	When  time.Time
}

// RememberedError is an error that a function returned some time ago, perhaps in
// another process, see FuncOptions.Errors. errors.Is finds those of
// FuncOptions.ErrorKinds in it that it found in the original.
type RememberedError struct {
	Text string    // of the original
	When time.Time // the function returned it

	kinds []error
}

func (e *RememberedError) Error() string {
	return fmt.Sprintf("%s (remembered from %s)", e.Text, e.When.Format(time.DateTime))
}

// Unwrap returns the kinds that the original was of.
func (e *RememberedError) Unwrap() []error { return e.kinds }

// compute is what the engine calls for a result that is missing.
func (f *Function[A, T]) compute(ctx context.Context, a A, refresh bool) (T, error) {
	if f.lifetime.errors == 0 {
		return f.original(ctx, a)
	}
	args := f.arguments(a)
	if !refresh {
		if known, ok, err := f.failures.Peek(ctx, args...); ok && err == nil {
			if k := callOf(ctx); k != nil {
				k.remembered = true
			}
			var none T
			return none, f.remembered(known)
		}
	}
	v, err := f.original(ctx, a)
	switch {
	case err == nil:
		f.forgetFailure(args)
	case ctx != nil && ctx.Err() != nil || errors.Is(err, ErrUnchanged):
	default:
		// That it cannot be stored is told as an event, as for results.
		_, _ = f.failures.Refresh(ctx, func(inner context.Context) (failure, error) {
			if c := collectorOf(ctx); c != nil { // what led to the error
				noteAll(inner, c.collected())
			}
			if k := callOf(inner).parent; k != nil && k.wasMarked() { // what this call noted has that already
				return failure{}, errInvalidated
			}
			return f.failureOf(err), nil
		}, args...)
	}
	return v, err
}

// forgetFailure makes sure that an older error does not outlive a result.
func (f *Function[A, T]) forgetFailure(args []any) {
	if key, err := KeyOf(args...); err == nil {
		_ = f.failures.clearKey(key) // what cannot be removed expires
	}
}

func (f *Function[A, T]) failureOf(err error) failure {
	var known *RememberedError
	stored := failure{Text: err.Error(), When: time.Now().UTC()}
	if errors.As(err, &known) { // of a function inside this one
		stored.When = known.When
	}
	for _, kind := range f.lifetime.kinds {
		if errors.Is(err, kind) {
			stored.Kinds = append(stored.Kinds, kind.Error())
		}
	}
	return stored
}

func (f *Function[A, T]) remembered(stored failure) error {
	e := &RememberedError{Text: stored.Text, When: stored.When}
	for _, kind := range f.lifetime.kinds {
		if slices.Contains(stored.Kinds, kind.Error()) {
			e.kinds = append(e.kinds, kind)
		}
	}
	return e
}
