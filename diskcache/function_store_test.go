package diskcache_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// A function's results lie in any store, and another cache on it finds them.
func TestFunctionInOtherStores(t *testing.T) {
	for name, s := range stores(t) {
		t.Run(name, func(t *testing.T) {
			runs := 0
			wrap := func(folder string) (*diskcache.Cache, *diskcache.Function[int, []float64]) {
				cache := &diskcache.Cache{Store: s, Dir: folder}
				return cache, diskcache.Wrap(cache, "squares", diskcache.Plain(func(n int) []float64 {
					runs++
					return []float64{1, float64(n * n)}
				}))
			}
			for i, want := range []int{1, 1} {
				_, f := wrap("fits")
				if got := mustCall(t, f, 3); !slices.Equal(got, []float64{1, 9}) || runs != want {
					t.Errorf("cache %d: got %v after %d computations, want %d", i, got, runs, want)
				}
			}
			if got := listed(t, s, "fits/"); len(got) != 1 || !strings.HasPrefix(got[0], "fits/squares-") || !strings.HasSuffix(got[0], ".npy") {
				t.Errorf("files %q", got)
			}

			_, elsewhere := wrap("") // a folder named after the program
			mustCall(t, elsewhere, 3)
			cache, f := wrap("fits")
			if err := cache.Clear(); err != nil {
				t.Fatal(err)
			}
			mustCall(t, f, 3)
			if runs != 3 {
				t.Errorf("%d computations, want one more in another folder and one after Clear", runs)
			}
			if dir, err := cache.Directory(); err != nil || !strings.HasSuffix(dir, "fits") {
				t.Errorf("directory %q, %v", dir, err)
			}
		})
	}
}

func TestCacheStoreMistakes(t *testing.T) {
	for want, cache := range map[string]*diskcache.Cache{
		"path separator": {Store: storage.Memory(), Dir: "a/b"},
		`holds ".."`:     {Store: storage.Memory(), Dir: ".."},
		"a pointer":      {Store: uncomparable{Store: storage.Memory()}, Dir: "a"},
	} {
		f := diskcache.Wrap(cache, "f", diskcache.Plain(func(int) int { return 1 }))
		if err := f.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
		if _, err := cache.Directory(); err == nil {
			t.Errorf("%s: Directory has no error", want)
		}
		if err := f.Check(); want == `holds ".."` && !errors.Is(err, diskcache.ErrName) {
			t.Errorf("%v is no ErrName", err)
		}
	}
}

// One function keeps its results elsewhere, its errors too; the others do not.
func TestStoreOfOneFunction(t *testing.T) {
	own := storage.Memory()
	cache := diskcache.Cache{Dir: filepath.Join(t.TempDir(), "fits"), Limits: diskcache.Limits{Entries: 10}}
	runs := 0
	kept := diskcache.Wrap(&cache, "kept", diskcache.Plain(func(n int) int { return n }))
	away := diskcache.Wrap(&cache, "away", diskcache.NoContext(func(n int) (int, error) {
		if runs++; n < 0 {
			return 0, errors.New("negative")
		}
		return n, nil
	}), diskcache.FuncOptions{Store: own, Errors: time.Hour})
	for range 2 {
		mustCall(t, kept, 1)
		mustCall(t, away, 1)
		if _, err := away.Call(t.Context(), -1); err == nil {
			t.Error("the error is lost")
		}
	}
	if runs != 2 {
		t.Errorf("%d computations, want 2", runs)
	}
	if got := filesIn(t, cache.Dir); len(got) != 1 || !strings.HasPrefix(got[0], "kept-") {
		t.Errorf("in the cache's directory: %q", got)
	}
	if got := listed(t, own, "fits/"); len(got) != 2 || !strings.HasPrefix(got[0], "fits/away-") || !strings.HasPrefix(got[1], "fits/away.error-") {
		t.Errorf("in the function's store: %q", got)
	}
	if path, err := away.Path(1); err != nil || !strings.HasPrefix(path, filepath.Join("memory", "fits", "away-")) {
		t.Errorf("path %q, %v", path, err)
	}
	if err := cache.Clear(); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, own, "fits/"); len(got) > 0 {
		t.Errorf("after Clear: %q", got)
	}
	bad := diskcache.Wrap(&cache, "bad", diskcache.Plain(func(int) int { return 1 }), diskcache.FuncOptions{Store: uncomparable{Store: own}})
	if err := bad.Check(); err == nil || !strings.Contains(err.Error(), "a pointer") {
		t.Errorf("a store that cannot be compared: %v", err)
	}
}
