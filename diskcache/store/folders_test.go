package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache/store"
)

// Folders are the same in all stores that can tell them.
func TestFolders(t *testing.T) {
	dir := t.TempDir()
	for name, s := range map[string]store.Store{
		"files": store.Dir(dir, store.DirOptions{}), "memory": store.Memory(), "part": store.Sub(store.Memory(), "part"),
	} {
		t.Run(name, func(t *testing.T) {
			for _, name := range []string{"cacheA/x", "cacheA/deep/er/y", "cacheB/z", "cache", "other/x"} {
				w, err := s.Put(t.Context(), name, store.Replace)
				if err == nil {
					err = w.Commit()
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			for prefix, want := range map[string][]string{
				"cache": {"cacheA", "cacheB"}, "cacheA/": {"cacheA/deep"}, "cacheA/d": {"cacheA/deep"}, "cacheB/": nil, "x": nil, "x/y": nil, "other": {"other"},
			} {
				var got []string
				for folder, err := range store.Folders(t.Context(), s, prefix) {
					if err != nil {
						t.Errorf("%q: %v", prefix, err)
					}
					got = append(got, folder)
				}
				if slices.Sort(got); !slices.Equal(got, want) {
					t.Errorf("%q: %q, want %q", prefix, got, want)
				}
			}
		})
	}
}

// What is no folder, and what leads elsewhere.
func TestFoldersOfStrangers(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.Symlink(dir, filepath.Join(dir, "link")), os.WriteFile(filepath.Join(dir, "lines"), nil, 0o600)); err != nil {
		t.Skip("skipped: no links here:", err)
	}
	for folder, err := range store.Folders(t.Context(), store.Dir(dir, store.DirOptions{}), "li") {
		t.Errorf("%q, %v", folder, err)
	}
	for _, prefix := range []string{"../", "/", "lines/"} {
		for folder, err := range store.Folders(t.Context(), store.Dir(dir, store.DirOptions{}), prefix) {
			if folder != "" || err == nil {
				t.Errorf("%q: %q, %v", prefix, folder, err)
			}
		}
	}
	for folder, err := range store.Folders(t.Context(), struct{ store.Store }{store.Memory()}, "") {
		if folder != "" || !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("of a store that cannot tell: %q, %v", folder, err)
		}
	}
}
