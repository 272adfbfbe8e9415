package diskcache_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// TestClearEverything: Clear leaves the results of functions that the program does not wrap
// any more; an invalidation of all removes these, too.
func TestClearEverything(t *testing.T) {
	dir := t.TempDir()
	values := func() (names []string) {
		all, err := filepath.Glob(filepath.Join(dir, "*.gob"))
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	square := diskcache.Plain(func(x int) int { return x * x })
	mustCall(t, diskcache.Wrap(&diskcache.Cache{Dir: dir}, "former", square), 3)

	cache := diskcache.Cache{Dir: dir}
	present := diskcache.Wrap(&cache, "present", square)
	mustCall(t, present, 3)
	if err := cache.Clear(); err != nil || len(values()) != 1 {
		t.Errorf("after Clear: %v, %v", values(), err)
	}
	mustCall(t, present, 3)
	place, err := cache.Place()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := place.Invalidate(context.Background(), diskcache.Invalidation{All: true}); err != nil || len(values()) != 0 {
		t.Errorf("after Invalidate: %v, %v", values(), err)
	}
}

// TestFormatChangeOfFunction: files in the former format serve on; Refresh writes the new one.
func TestFormatChangeOfFunction(t *testing.T) {
	dir, calls := t.TempDir(), 0
	wrap := func(format string) *diskcache.Function[int, []float64] {
		f := diskcache.Plain(func(x int) []float64 { calls++; return []float64{float64(x)} })
		return diskcache.Wrap(&diskcache.Cache{Dir: dir, Format: format}, "f", f)
	}
	mustCall(t, wrap(""), 3)
	json := wrap("json")
	if mustCall(t, json, 3); calls != 1 {
		t.Errorf("%d calls, want 1", calls)
	}
	if _, err := json.Refresh(context.Background(), 3); err != nil {
		t.Fatal(err)
	}
	path, err := json.Path(3)
	if err != nil || filepath.Ext(path) != ".json" {
		t.Errorf("%s, %v", path, err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}
