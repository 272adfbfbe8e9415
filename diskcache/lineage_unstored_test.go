package diskcache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// An upstream that can never be stored is computed anew with another value.
func TestUnsavedUpstreamRefreshed(t *testing.T) {
	var n atomic.Int64
	n.Store(1)
	l := newLab(t, labComputes{"raw": varying(&n), "top": sum("raw")})
	l.block("raw")
	l.want("top", 1, "top", "raw")
	n.Store(2)
	l.refresh("raw")
	l.want("raw", 2)
	l.want("top", 2, "top")
}

// A value that is too large to be stored is invalidated, and with it what was made of it.
func TestInvalidateUnstoredUpstream(t *testing.T) {
	for name, o := range map[string]diskcache.Options{
		"over the limit":    {Tmpdir: t.TempDir(), TagLimits: diskcache.Limits{Bytes: 300_000}},
		"nothing is stored": {Store: failingPuts{storage.Memory(), ".npy", ".gob"}},
	} {
		t.Run(name, func(t *testing.T) {
			o.OnEvent = func(diskcache.Event) {}
			base := new(diskcache.DiskCacher[[]int])
			if err := errors.Join(base.SetOptions(o), base.SetTag("night", "root.A.base")); err != nil {
				t.Fatal(err)
			}
			top := newMethod(t, o, "root.A.top")
			right := 1
			get := func() int {
				v, err := top.Execute(t.Context(), func(ctx context.Context) (int, error) {
					v, err := base.Execute(ctx, func(context.Context) ([]int, error) {
						v := make([]int, 1_000_000)
						v[0] = right
						return v, nil
					})
					return v[0], err
				})
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			get()
			right = 2
			if _, err := diskcache.InvalidateAll(t.Context(), []diskcache.Cacher{base}, diskcache.Invalidation{Downstream: true}); err != nil {
				t.Fatal(err)
			}
			if v := get(); v != 2 {
				t.Errorf("what was made of it is still %d", v)
			}
		})
	}
}

// So many files, or as long names, that their list has many megabytes.
func TestManyFiles(t *testing.T) {
	long := strings.Repeat(strings.Repeat("d", 240)+"/", 15)
	l := newLab(t, labComputes{"raw": func(ctx context.Context, l *lab) (int, error) {
		for i := range 5000 { // as 100,000 of usual length
			if err := diskcache.UseFile(ctx, l.path(long+strconv.Itoa(i))); err != nil {
				return 0, err
			}
		}
		return 1, nil
	}})
	l.want("raw", 1, "raw")
	l.again().want("raw", 1)
}

// The name of a directory is no UTF-8: what was made of its entries is stale when they change.
func TestDirectoryNameOfAnotherEncoding(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "M\xfcller")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Skipf("skipped: this file system takes no name that is not UTF-8: %v", err)
	}
	other := diskcache.Options{Tmpdir: dir}
	here := diskcache.Options{Tmpdir: t.TempDir()}
	top := func(base *diskcache.DiskCacher[int], n int) int {
		v, err := newMethod(t, here, "root.A.top").Execute(t.Context(), func(ctx context.Context) (int, error) {
			return base.Execute(ctx, returns(n))
		})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	base := newMethod(t, other, "root.B.base")
	if v := top(base, 1); v != 1 {
		t.Fatal(v)
	}
	if _, err := diskcache.InvalidateAll(t.Context(), []diskcache.Cacher{base}, diskcache.Invalidation{}); err != nil {
		t.Fatal(err)
	}
	if v, err := base.Execute(t.Context(), returns(2)); v != 2 || err != nil {
		t.Fatal(v, err)
	}
	if v := top(base, 2); v != 2 {
		t.Errorf("made of what was invalidated and is another now: %d, want 2", v)
	}
}

// lockless is a store as another process sees it: with a home of its own, and no locks.
type lockless struct {
	storage.Store
	put func(name string)
}

func (s *lockless) Put(ctx context.Context, name string, mode storage.Mode) (storage.Writer, error) {
	if s.put != nil {
		s.put(name)
	}
	return s.Store.Put(ctx, name, mode)
}

// Where nothing can be locked, what is being published while it is invalidated is no file of
// another program.
func TestInvalidateWhilePublishedWithoutLocks(t *testing.T) {
	memory := storage.Memory()
	reader := newMethod(t, diskcache.Options{Store: &lockless{Store: memory}}, "root.A.base")
	read := func(when string) {
		diskcache.Recheck()
		if v, err := reader.Execute(t.Context(), returns(2)); v != 2 || err != nil {
			t.Errorf("%s: got %d, %v, which began before it was invalidated", when, v, err)
		}
	}
	worker := &committing{Store: memory, before: func() {
		p, err := diskcache.PlaceOf(diskcache.Options{Store: &lockless{Store: memory}}, "night")
		if err == nil {
			_, err = p.Invalidate(t.Context(), diskcache.Invalidation{All: true})
		}
		if err != nil {
			t.Error(err)
		}
	}, after: func() { read("while it is published") }}
	if _, err := newMethod(t, diskcache.Options{Store: worker}, "root.A.base").Execute(t.Context(), returns(1)); err != nil {
		t.Fatal(err)
	}
	read("when it was taken back")
}
