package diskcache_test

import (
	"slices"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// The hook of a method is asked in memory and on disk, stays over a new tag, and can
// be taken away.
func TestValidOfMethod(t *testing.T) {
	dir := t.TempDir()
	f := &counted[[]float64]{value: []float64{1, 2}}
	c, log := newCacher[[]float64](t, dir)
	call := func(runs int) {
		t.Helper()
		f.runs = 0
		if got := mustExecute(t, c, f.compute, 7); !slices.Equal(got, f.value) || f.runs != runs {
			t.Errorf("got %v after %d computations, want %d", got, f.runs, runs)
		}
	}
	call(1)
	good := true
	var seen diskcache.Stored
	c.SetValid(func(s diskcache.Stored) bool { seen = s; return good })
	call(0) // on disk: what memory had is forgotten
	call(0) // in memory
	if v, ok := seen.Value.([]float64); !ok || !slices.Equal(v, f.value) || !slices.Equal(seen.Args, []any{7}) || seen.Computed.IsZero() {
		t.Errorf("the hook saw %+v", seen)
	}
	good = false
	if _, ok, err := c.Peek(t.Context(), 7); ok || err != nil {
		t.Errorf("Peek found what is not valid: %v", err)
	}
	call(1)
	if e, _ := log.find(diskcache.Computed); e.Why != diskcache.NotStored {
		t.Errorf("the first computation: %v", e.Why)
	}
	if got := c.Stats().Misses[diskcache.Invalid]; got != 1 {
		t.Errorf("%d misses as not valid, want 1", got)
	}
	if err := c.SetTag("LBTISX20240411_000000", "root.A.method"); err != nil {
		t.Fatal(err)
	}
	call(1)
	call(1) // refused again
	c.SetValid(nil)
	call(0)
}

// A value without arguments is at hand in one load, unless a hook has to be asked.
func TestValidWithoutArguments(t *testing.T) {
	f := &counted[[]float64]{value: []float64{1}}
	c, _ := newCacher[[]float64](t, t.TempDir())
	mustExecute(t, c, f.compute)
	c.SetValid(func(diskcache.Stored) bool { return false })
	mustExecute(t, c, f.compute)
	mustExecute(t, c, f.compute)
	if f.runs != 3 {
		t.Errorf("%d computations, want 3", f.runs)
	}
}
