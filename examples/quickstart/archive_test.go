package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestUnpack: what is missing comes, what is there stays, and nothing else lies about.
func TestUnpack(t *testing.T) {
	files := smallArchive(t)
	archive := Archive{Folder: filepath.Join(t.TempDir(), "a", "b"), Inside: files}
	for range 2 {
		if err := archive.Unpack("night"); err != nil {
			t.Fatal(err)
		}
	}
	changed, gone := archive.Path("night", slopesName), archive.Path("night", commandsName)
	if err := errors.Join(os.WriteFile(changed, []byte("mine"), 0o600), os.Remove(gone), archive.Unpack("night")); err != nil {
		t.Fatal(err)
	}
	for name, file := range files {
		want := string(file.Data)
		if name == "night/"+slopesName {
			want = "mine"
		}
		if got := string(must(os.ReadFile(filepath.Join(archive.Folder, name)))(t)); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if found := must(os.ReadDir(filepath.Join(archive.Folder, "night")))(t); len(found) != len(files) {
		t.Errorf("there are %v, want %d files", found, len(files))
	}

	restored, err := archive.Restore("night")
	if err != nil || !slices.Equal(restored, []string{changed}) {
		t.Errorf("restored %v, error %v, want %s only", restored, err, changed)
	}
	if got := must(os.ReadFile(changed))(t); string(got) != string(files["night/"+slopesName].Data) {
		t.Errorf("restored, it is %q", got)
	}
}

// TestPublishFails: what was there stays, and nothing lies about.
func TestPublishFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := publishBytes(path, []byte("before")); err != nil {
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
	if got := must(os.ReadFile(path))(t); string(got) != "before" {
		t.Errorf("the file is %q", got)
	}
	if left := must(os.ReadDir(dir))(t); len(left) != 1 {
		t.Errorf("there are %v", left)
	}
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
