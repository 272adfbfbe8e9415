package diskcache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// An entry that gets its present name while files are invalidated goes, too.
func TestInvalidateWhileAdopted(t *testing.T) {
	raw := filepath.Join(t.TempDir(), "raw")
	if err := os.WriteFile(raw, []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := diskcache.Options{Tmpdir: t.TempDir()}
	compute := func(n int) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) { return n, diskcache.UseFile(ctx, raw) }
	}
	if _, err := newMethod(t, o, "root.A.old").Execute(t.Context(), compute(1)); err != nil {
		t.Fatal(err)
	}
	renamed := func() *diskcache.DiskCacher[int] {
		c := new(diskcache.DiskCacher[int])
		err := errors.Join(c.SetOptions(o), diskcache.BindAll("night", []diskcache.Binding{{Cacher: c, Name: "root.A.new", Former: []string{"root.A.old"}}}, diskcache.Observer{}))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	p, err := diskcache.PlaceOf(o, "night")
	if err != nil {
		t.Fatal(err)
	}
	progress := func(at diskcache.InvalidationProgress) {
		if at.Looked == 1 && at.OfToRemove == 0 {
			if _, err := renamed().Execute(t.Context(), compute(1)); err != nil {
				t.Error(err)
			}
		}
	}
	report, err := p.Invalidate(t.Context(), diskcache.Invalidation{Files: []string{raw}, Progress: progress})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := renamed().Execute(t.Context(), compute(2)); v != 2 || err != nil {
		t.Errorf("got %d, %v, which was invalidated: %v", v, err, report)
	}
}

// TestInvalidatedWhileComputed: a value that is invalidated while it is computed is returned
// and not stored, as was asked for: that is no failure.
func TestInvalidatedWhileComputed(t *testing.T) {
	c, log := newCacher[int](t, t.TempDir())
	v := mustExecute(t, c, func(ctx context.Context) (int, error) {
		_, err := c.Invalidate(context.Background())
		return 1, err
	})
	if _, failed := log.find(diskcache.SaveFailed); v != 1 || failed || c.Stats().SaveFailed != 0 {
		t.Errorf("%d, events %s", v, log.kinds())
	}
	e, ok := log.find(diskcache.Invalidated)
	if !ok || e.Err == nil || e.Reason != "it was invalidated while it was computed: it was returned and is not stored" {
		t.Errorf("%+v", e)
	}
	if v := mustExecute(t, c, func(context.Context) (int, error) { return 2, nil }); v != 2 {
		t.Errorf("then %d, want 2", v)
	}
}

// committing is a store that tells before and after a value is committed.
type committing struct {
	storage.Store
	before, after func()
}

func (s *committing) Put(ctx context.Context, name string, mode storage.Mode) (storage.Writer, error) {
	w, err := s.Store.Put(ctx, name, mode)
	if err == nil && strings.HasSuffix(name, ".gob") {
		w = &committed{w, s}
	}
	return w, err
}

type committed struct {
	storage.Writer
	s *committing
}

func (w *committed) Commit() error {
	w.s.before()
	defer w.s.after()
	return w.Writer.Commit()
}

// What is being copied while it is invalidated does not come.
func TestInvalidateWhileCopied(t *testing.T) {
	from, to := storage.Memory(), &committing{Store: storage.Memory(), after: func() {}}
	if _, err := newMethod(t, diskcache.Options{Store: from}, "root.A.base").Execute(t.Context(), returns(1)); err != nil {
		t.Fatal(err)
	}
	src, err := diskcache.PlaceOf(diskcache.Options{Store: from}, "night")
	if err != nil {
		t.Fatal(err)
	}
	dst, err := diskcache.PlaceOf(diskcache.Options{Store: to}, "night")
	if err != nil {
		t.Fatal(err)
	}
	to.before = func() {
		if _, err := dst.Invalidate(t.Context(), diskcache.Invalidation{All: true}); err != nil {
			t.Error(err)
		}
	}
	report, err := diskcache.CopyEntries(t.Context(), dst, src, diskcache.CopyOptions{})
	to.before = func() {}
	if err == nil || !strings.Contains(err.Error(), "invalidated") {
		t.Errorf("%+v, %v", report, err)
	}
	if v, err := newMethod(t, diskcache.Options{Store: to}, "root.A.base").Execute(t.Context(), returns(2)); v != 2 || err != nil {
		t.Errorf("got %d, %v, which was there before it was invalidated", v, err)
	}
}
