package diskcache_test

import (
	"context"
	"errors"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// bare has the five methods of a Store and nothing else.
type bare struct{ storage.Store }

// stores are some that need nothing but themselves.
func stores(tb testing.TB) map[string]storage.Store {
	return map[string]storage.Store{
		"memory":     storage.Memory(),
		"bare":       &bare{storage.Dir(tb.TempDir(), storage.DirOptions{})},
		"fast files": storage.Dir(tb.TempDir(), storage.DirOptions{Durability: storage.Fast}),
	}
}

func inStore[T any](tb testing.TB, s storage.Store) (*diskcache.DiskCacher[T], *eventLog) {
	tb.Helper()
	c, log := new(diskcache.DiskCacher[T]), new(eventLog)
	if err := errors.Join(c.SetOptions(diskcache.Options{Store: s, OnEvent: log.add}), c.SetTag(testTag, "root.A.method")); err != nil {
		tb.Fatal(err)
	}
	return c, log
}

func listed(tb testing.TB, s storage.Store, prefix string) (names []string) {
	tb.Helper()
	for name, err := range s.List(tb.Context(), prefix) {
		if err != nil {
			tb.Error(err)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// All that a cacher does, it does on any store.
func TestOtherStores(t *testing.T) {
	const folder = "cache" + testTag + "/"
	for name, s := range stores(t) {
		t.Run(name, func(t *testing.T) {
			f := &counted[[]float64]{value: []float64{1, 2, 3}}
			execute := func(runs int, args ...any) *eventLog {
				t.Helper()
				f.runs = 0
				c, log := inStore[[]float64](t, s)
				if got := mustExecute(t, c, f.compute, args...); !slices.Equal(got, f.value) || f.runs != runs {
					t.Errorf("got %v after %d computations, want %v after %d", got, f.runs, f.value, runs)
				}
				return log
			}
			execute(1)
			execute(1, 512)
			execute(0)
			execute(0, 512)
			if got := listed(t, s, folder); len(got) != 2 || got[1] != folder+"root.A.method.npy" {
				t.Errorf("values %q", got)
			}

			c, _ := inStore[[]float64](t, s)
			f.value = []float64{4}
			if _, err := c.Refresh(t.Context(), f.compute); err != nil {
				t.Fatal(err)
			}
			execute(0)

			w, err := s.Put(t.Context(), folder+"root.A.method.npy", storage.Replace)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(w, "damage"); err != nil {
				t.Fatal(err)
			}
			if err := w.Commit(); err != nil {
				t.Fatal(err)
			}
			log := execute(1)
			if e, ok := log.find(diskcache.SetAside); !ok || e.Err != nil || !strings.Contains(e.Reason, "6 bytes") {
				t.Errorf("event %+v", e)
			}
			if got := listed(t, s, folder+".dataelab/aside/"); len(got) != 4 {
				t.Errorf("set aside: %q, want two files with notes", got)
			}
			execute(0)

			if err := c.ClearCache(); err != nil {
				t.Fatal(err)
			}
			got := append(listed(t, s, folder), listed(t, s, folder+".dataelab/")...)
			got = slices.DeleteFunc(got, func(name string) bool { return path.Base(name) == storage.ReadmeName })
			if len(got) > 0 {
				t.Errorf("left after clearing: %q", got)
			}
			if _, ok, err := c.Peek(t.Context()); ok || err != nil {
				t.Errorf("found after clearing, or %v", err)
			}
		})
	}
}

// Two cachers of one name in two stores have nothing in common.
func TestStoresAreApart(t *testing.T) {
	one, _ := inStore[int](t, storage.Memory())
	two, _ := inStore[int](t, storage.Memory())
	v := mustExecute(t, one, func(ctx context.Context) (int, error) { // no circle
		v, err := two.Execute(ctx, func(context.Context) (int, error) { return 2, nil })
		return v + 1, err
	})
	if err := diskcache.ClearAll([]diskcache.Cacher{one, two}); v != 3 || err != nil {
		t.Errorf("got %d, %v", v, err)
	}
	for _, c := range []*diskcache.DiskCacher[int]{one, two} {
		if _, ok, err := c.Peek(t.Context()); ok || err != nil {
			t.Errorf("found after clearing, or %v", err)
		}
	}
}

type uncomparable struct {
	storage.Store
	_ []int
}

func TestStoreOption(t *testing.T) {
	c, _ := inStore[int](t, storage.Memory())
	if full, err := c.FullPath(); err != nil || full != filepath.Join("memory", "cache"+testTag, "root.A.method") {
		t.Errorf("FullPath: %s, %v", full, err)
	}
	if err := c.SetTmpdir(t.TempDir()); err == nil || !strings.Contains(err.Error(), "Options.Store") {
		t.Errorf("SetTmpdir beside a store: %v", err)
	}
	if err := c.SetOptions(diskcache.Options{Store: uncomparable{}}); err == nil || !strings.Contains(err.Error(), "make it a pointer") {
		t.Errorf("a store that cannot be compared: %v", err)
	}
	if err := c.SetOptions(diskcache.Options{Durability: 7}); err == nil || !strings.Contains(err.Error(), "store.Fast") {
		t.Errorf("an unknown durability: %v", err)
	}
}
