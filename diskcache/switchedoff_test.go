package diskcache_test

import (
	"context"
	"os"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// TestOffByEnvironment: methods only compute, as functions do, and what was stored before
// stays.
func TestOffByEnvironment(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	f := &counted[[]float64]{value: []float64{1}}
	stored, _ := newCacher[[]float64](t, dir)
	mustExecute(t, stored, f.compute)
	path, err := stored.Path()
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}

	t.Setenv(diskcache.NoCacheVariable, "1")
	c, log := newCacher[[]float64](t, dir)
	var o diskcache.Outcome
	for range 2 {
		mustExecute(t, c, f.compute)
		mustExecute(t, c, f.compute, 5)
	}
	if _, err := c.Refresh(diskcache.WithOutcome(ctx, &o), f.compute); err != nil {
		t.Fatal(err)
	}
	if f.runs != 6 || o.Reason != "the cache is off" {
		t.Errorf("computed %d times, want 6; %q", f.runs, o.Reason)
	}
	if _, ok, err := c.Peek(ctx); ok || err != nil {
		t.Errorf("Peek: %v, %v", ok, err)
	}
	if log.kinds() != "" {
		t.Errorf("events: %s", log.kinds())
	}
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
		t.Errorf("the stored value was touched: %v", err)
	}
	if err := c.SetPrefix("other"); err != nil { // stays off
		t.Fatal(err)
	}
	if mustExecute(t, c, f.compute); f.runs != 7 {
		t.Errorf("computed %d times, want 7", f.runs)
	}

	t.Setenv(diskcache.NoCacheVariable, "0")
	again, _ := newCacher[[]float64](t, dir)
	if mustExecute(t, again, f.compute); f.runs != 7 {
		t.Errorf("computed %d times, want 7: the stored value is there", f.runs)
	}
}
