package diskcache_test

import (
	"context"
	"errors"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// An error that a function returns after it was invalidated, and began to find before, is not
// remembered.
func TestInvalidateWhileFunctionFails(t *testing.T) {
	cache := &diskcache.Cache{Dir: t.TempDir()}
	bad := errors.New("the old program's mistake")
	fail := true
	f := diskcache.Wrap(cache, "fit", func(ctx context.Context, a int) (int, error) {
		if !fail {
			return a, nil
		}
		_, err := cache.Invalidate(context.Background(), diskcache.Invalidation{})
		return 0, errors.Join(bad, err)
	}, diskcache.FuncOptions{Errors: 1 << 40})
	if _, err := f.Call(t.Context(), 1); !errors.Is(err, bad) {
		t.Fatal(err)
	}
	fail = false
	if v, err := f.Call(t.Context(), 1); err != nil || v != 1 {
		t.Errorf("%v, %v: an error from before it was invalidated", v, err)
	}
}

// A stored error of a function goes with the function's name.
func TestInvalidateStoredError(t *testing.T) {
	cache := &diskcache.Cache{Dir: t.TempDir()}
	fail := true
	f := diskcache.Wrap(cache, "fit", func(ctx context.Context, a int) (int, error) {
		if fail {
			return 0, errors.New("the old program's mistake")
		}
		return a, nil
	}, diskcache.FuncOptions{Errors: 1 << 40})
	_, _ = f.Call(t.Context(), 1)
	fail = false
	p, err := cache.Place()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Invalidate(t.Context(), diskcache.Invalidation{Methods: []string{"fit"}}); err != nil {
		t.Fatal(err)
	}
	if v, err := f.Call(t.Context(), 1); err != nil || v != 1 {
		t.Errorf("%v, %v: an error from before it was invalidated", v, err)
	}
}
