package main

import (
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// TestUnpack: what is there stays, and nothing else lies about.
func TestUnpack(t *testing.T) {
	files := smallArchive(t)
	archive := Archive{Folder: filepath.Join(t.TempDir(), "a", "b"), Inside: files}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if err := archive.Unpack("night"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	changed, gone := archive.Path("night", slopesName), archive.Path("night", commandsName)
	if err := errors.Join(os.WriteFile(changed, []byte("mine"), 0o600), os.Remove(gone), archive.Unpack("night")); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for name, file := range files {
		want[filepath.Base(name)] = string(file.Data)
	}
	original := want[slopesName]
	want[slopesName] = "mine"
	delete(want, commandsName)
	wantFolder(t, filepath.Dir(changed), want)

	restored, err := archive.Restore("night")
	if err != nil || !slices.Equal(restored, []string{gone, changed}) {
		t.Errorf("restored %v, error %v, want %s and %s", restored, err, gone, changed)
	}
	want[slopesName], want[commandsName] = original, string(files["night/"+commandsName].Data)
	wantFolder(t, filepath.Dir(changed), want)
	if tags := must(os.ReadDir(archive.Folder))(t); len(tags) != 1 {
		t.Errorf("unpacking left %v", tags)
	}
}

// wantFolder compares the files of a folder.
func wantFolder(t *testing.T, folder string, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for _, e := range must(os.ReadDir(folder))(t) {
		got[e.Name()] = string(must(os.ReadFile(filepath.Join(folder, e.Name())))(t))
	}
	if !maps.Equal(got, want) {
		t.Errorf("%s has %q, want %q", folder, got, want)
	}
}

// TestUnpackFails: all or none.
func TestUnpackFails(t *testing.T) {
	folder := t.TempDir()
	archive := Archive{Folder: folder, Inside: fstest.MapFS{
		"night/a": {Data: []byte("a")}, "night/b/c": {Data: []byte("a folder is no raw file")},
	}}
	if err := archive.Unpack("night"); err == nil || !strings.Contains(err.Error(), "-tmpdir") {
		t.Errorf("error %v", err)
	}
	wantFolder(t, folder, map[string]string{})
}

// TestPublishFails: what was there stays, and nothing lies about.
func TestPublishFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	full := errors.New("the disk is full")
	err := publish(path, func(w io.Writer) error {
		_, err := w.Write([]byte("half"))
		return errors.Join(err, full)
	})
	if !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
	wantFolder(t, dir, map[string]string{"file": "before"})
}

// TestOtherFiles: results of one tag are not mixed with files of another folder.
func TestOtherFiles(t *testing.T) {
	dir, first, second := t.TempDir(), shortArchive(t), shortArchive(t)
	run := func(data string, more ...string) string {
		t.Helper()
		_, _, errs := execute(t.Context(), t, append([]string{"-tmpdir", dir, "-quiet", "-data", data}, more...)...)
		return errs
	}
	if errs := run(first); errs != "" {
		t.Fatal(errs)
	}
	want := testTag + " was made of other files than those in " + filepath.Join(second, testTag) + ": forget it with -clear, or keep both with another -prefix\n"
	if errs := run(second); !strings.HasSuffix(errs, want) {
		t.Errorf("printed %q, want %q", errs, want)
	}
	if errs := run(second, "-clear") + run(second); errs != "" {
		t.Error(errs)
	}
}

// TestNoFiles: what does not tell of its files is refused.
func TestNoFiles(t *testing.T) {
	a := shortAnalyzer(t)
	if _, err := a.dm.rms.Execute(t.Context(), func(context.Context) ([]float64, error) { return []float64{1}, nil }); err != nil {
		t.Fatal(err)
	}
	before, err := storedOf(t.Context(), a)
	if err != nil || len(before) != 1 {
		t.Fatalf("stored %v, error %v", before, err)
	}
	if err := before.check(a.snapshot); err == nil {
		t.Error("no error")
	}
}
