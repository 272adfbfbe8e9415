package store_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/diskcache/store/storetest"
	"github.com/dataelab/dataelab-go/internal/faultfs"
)

func TestDir(t *testing.T) {
	for name, o := range map[string]store.DirOptions{
		"durable": {},
		"fast":    {Durability: store.Fast},
		"shared":  {Shared: true, Durability: store.Fast},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func() store.Store { return store.Dir(filepath.Join(t.TempDir(), "made", "by it"), o) })
		})
	}
}

func TestSubOfDir(t *testing.T) {
	storetest.Run(t, func() store.Store {
		return store.Sub(store.Dir(t.TempDir(), store.DirOptions{Durability: store.Fast}), "folder")
	})
}

func TestMemory(t *testing.T) { storetest.Run(t, store.Memory) }

func TestSubOfMemory(t *testing.T) {
	storetest.Run(t, func() store.Store { return store.Sub(store.Memory(), "folder") })
}

// plain has the five methods and nothing else.
type plain struct{ store.Store }

func TestPlainStore(t *testing.T) {
	storetest.Run(t, func() store.Store {
		return plain{store.Dir(t.TempDir(), store.DirOptions{Durability: store.Fast})}
	})
}

// The faults' file system is like the system's while nothing fails.
func TestDirOnFaultfs(t *testing.T) {
	storetest.Run(t, func() store.Store {
		dir := t.TempDir()
		files, err := faultfs.New(dir)
		if err != nil {
			t.Fatal(err)
		}
		return store.Dir(filepath.Join(dir, "made"), store.DirOptions{Files: files})
	})
}

// What a durable Dir said is done is so after every power cut.
func TestDurableDir(t *testing.T) {
	dir := t.TempDir()
	files, err := faultfs.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := store.Dir(dir, store.DirOptions{Files: files})
	ctx := t.Context()
	put := func(name, content string, mode store.Mode) error {
		w, err := s.Put(ctx, name, mode)
		if err != nil {
			return err
		}
		_, err = w.Write([]byte(content))
		return errors.Join(err, w.Commit())
	}
	for _, step := range []struct {
		name string
		do   func() error
		want map[string]string
	}{
		{"put", func() error { return put("name", "first", store.Replace) }, map[string]string{"name": "first"}},
		{"replace", func() error { return put("name", "second", store.Replace) }, map[string]string{"name": "second"}},
		{"create in a new folder", func() error { return put("new/folder/name", "third", store.CreateOnly) },
			map[string]string{"name": "second", "new/folder/name": "third"}},
		{"move", func() error {
			session, err := store.Begin(ctx, s, false)
			if err != nil {
				return err
			}
			return errors.Join(store.Move(ctx, session, "name", "other/place"), session.Close())
		}, map[string]string{"new/folder/name": "third", "other/place": "second"}},
		{"delete", func() error { return s.Delete(ctx, "new/folder/name", "other/place") }, map[string]string{}},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		n := 0
		for clone := range files.Clones(faultfs.AnyOrder) {
			got := map[string]string{}
			for name, content := range clone.Files {
				if !strings.HasPrefix(name, store.Private+"/") {
					got[name] = string(content)
				}
			}
			if !maps.Equal(got, step.want) {
				t.Errorf("power cut after %s, %s: %q, want %q", step.name, clone.How, got, step.want)
			}
			n++
		}
		if n == 0 {
			t.Error("no power cut was looked at")
		}
	}
}

// A power cut does not change the order of what Delete takes away.
func TestDeleteKeepsItsOrder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"value", ".dataelab/record"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := faultfs.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	both, one := 0, 0
	files.After(func(op faultfs.Op) {
		for clone := range files.Clones(faultfs.AnyOrder) {
			_, value := clone.Files["value"]
			_, record := clone.Files[".dataelab/record"]
			switch {
			case value && record:
				both++
			case record:
				one++
			case value:
				t.Errorf("power cut after %v: only the record is gone", op)
			}
		}
	})
	if err := store.Dir(dir, store.DirOptions{Files: files}).Delete(t.Context(), "value", ".dataelab/record"); err != nil {
		t.Fatal(err)
	}
	if both == 0 || one == 0 {
		t.Errorf("both were there %d times, only the record %d times", both, one)
	}
}

// A Fast Dir flushes nothing.
func TestFastDir(t *testing.T) {
	for durability, want := range map[store.Durability]bool{store.Durable: true, store.Fast: false} {
		dir := t.TempDir()
		files, err := faultfs.New(dir)
		if err != nil {
			t.Fatal(err)
		}
		flushed := false
		files.After(func(op faultfs.Op) { flushed = flushed || op.Kind == "Sync" })
		w, err := store.Dir(dir, store.DirOptions{Files: files, Durability: durability}).Put(t.Context(), "folder/name", store.Replace)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Commit(); err != nil || flushed != want {
			t.Errorf("durability %d: flushed %v, %v", durability, flushed, err)
		}
	}
}

// Who lists a folder of a million names can say how long that may take, and gets
// those that were read by then.
func TestListOfDirEndsWithItsContext(t *testing.T) {
	s := store.Dir(t.TempDir(), store.DirOptions{})
	for _, name := range []string{"a", "b"} {
		w, err := s.Put(t.Context(), name, store.Replace)
		if err = errors.Join(err, w.Commit()); err != nil {
			t.Fatal(err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var failed []error
	for _, err := range s.List(ended, "") {
		failed = append(failed, err)
	}
	if len(failed) != 1 || !errors.Is(failed[0], context.Canceled) {
		t.Errorf("listed %v, want only that the context has ended", failed)
	}
}
