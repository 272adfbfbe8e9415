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

// A value that is in memory only goes also where a filter is to be asked, which accepts all.
func TestInvalidateUnstoredByFilter(t *testing.T) {
	o := diskcache.Options{Store: failingPuts{storage.Memory(), ".npy", ".gob"}, OnEvent: func(diskcache.Event) {}}
	c := newMethod(t, o, "root.A.base")
	_, _ = c.Execute(t.Context(), returns(1))
	all := diskcache.Invalidation{Filter: func(diskcache.EntryInfo) bool { return true }}
	if _, err := diskcache.InvalidateAll(t.Context(), []diskcache.Cacher{c}, all); err != nil {
		t.Fatal(err)
	}
	if v, err := c.Execute(t.Context(), returns(2)); v != 2 || err != nil {
		t.Errorf("got %d, %v, which was invalidated", v, err)
	}
}

// What was made of a file and is in memory only goes with the file, also where there is no
// directory to mark that in.
func TestInvalidateFileWithoutDirectory(t *testing.T) {
	tmpdir, raw := t.TempDir(), filepath.Join(t.TempDir(), "raw")
	if err := errors.Join(os.WriteFile(raw, []byte("1"), 0o600), os.WriteFile(filepath.Join(tmpdir, "cachenight"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	c := newMethod(t, diskcache.Options{Tmpdir: tmpdir, OnEvent: func(diskcache.Event) {}}, "root.A.base")
	get := func(n int) int {
		v, err := c.Execute(t.Context(), func(ctx context.Context) (int, error) { return n, diskcache.UseFile(ctx, raw) })
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	get(1)
	if err := os.Remove(filepath.Join(tmpdir, "cachenight")); err != nil {
		t.Fatal(err)
	}
	p, err := c.Place()
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Invalidate(t.Context(), diskcache.Invalidation{Files: []string{raw}})
	if v := get(2); v != 2 && err == nil {
		t.Errorf("got %d, which was invalidated without an error", v)
	}
}

// failingPuts takes nothing under names that end so.
type failingPuts struct {
	storage.Store
	ext, ext2 string
}

func (s failingPuts) Put(ctx context.Context, name string, mode storage.Mode) (storage.Writer, error) {
	if strings.HasSuffix(name, s.ext) || strings.HasSuffix(name, s.ext2) {
		return nil, os.ErrPermission
	}
	return s.Store.Put(ctx, name, mode)
}
