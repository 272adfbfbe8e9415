package diskcache_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// disk is the tag's directory below a temporary one.
type disk struct {
	testing.TB
	tmpdir, tag string
}

func newDisk(tb testing.TB) disk {
	tb.Helper()
	dir := tb.TempDir()
	return disk{tb, dir, filepath.Join(dir, "cache"+testTag)}
}

// The files of the entry without arguments of the cacher that newCacher makes.
func (d disk) value(ext string) string { return filepath.Join(d.tag, "root.A.method."+ext) }
func (d disk) record() string          { return filepath.Join(d.tag, ".dataelab", "root.A.method.json") }

func (d disk) read(path string) []byte {
	d.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		d.Fatal(err)
	}
	return content
}

func (d disk) write(path string, content []byte) {
	d.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, content, 0o600)); err != nil {
		d.Fatal(err)
	}
}

func (d disk) remove(path string) {
	d.Helper()
	if err := os.RemoveAll(path); err != nil {
		d.Fatal(err)
	}
}

func (d disk) exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// list returns the files below the tag's directory.
func (d disk) list() []string {
	d.Helper()
	var found []string
	err := filepath.WalkDir(d.tag, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == storage.ReadmeName {
			return err
		}
		rel, err := filepath.Rel(d.tag, path)
		found = append(found, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		d.Fatal(err)
	}
	return found
}

// setAside returns the names of the files set aside, with the reason of each.
func (d disk) setAside() map[string]string {
	d.Helper()
	found := map[string]string{}
	notes, err := filepath.Glob(filepath.Join(d.tag, ".dataelab", "aside", "*.reason.json"))
	if err != nil {
		d.Fatal(err)
	}
	for _, note := range notes {
		var content struct {
			File, Reason, Host string
			When               time.Time
		}
		if err := json.Unmarshal(d.read(note), &content); err != nil {
			d.Error(err)
		}
		if content.Reason == "" || content.Host == "" || time.Since(content.When).Abs() > time.Hour {
			d.Errorf("%s lacks something: %+v", note, content)
		}
		if kept := strings.TrimSuffix(note, ".reason.json"); !d.exists(kept) {
			d.Errorf("%s tells of a file that is not there", note)
		}
		found[content.File] = content.Reason
	}
	return found
}

// checkConsistent fails the test unless each value has its record and each
// record its value, and nothing is left of work under way.
func (d disk) checkConsistent() {
	d.Helper()
	var values, recorded []string
	for _, name := range d.list() {
		switch folder, base := filepath.ToSlash(filepath.Dir(name)), filepath.Base(name); folder {
		case ".":
			values = append(values, base)
		case ".dataelab":
			var record struct {
				File  string
				Bytes int64
			}
			text := d.read(filepath.Join(d.tag, name))
			if err := errors.Join(diskcache.DecodeRecord(text), json.Unmarshal(text, &record)); err != nil {
				d.Errorf("%s: %v", name, err)
			}
			recorded = append(recorded, record.File)
			if info, err := os.Stat(filepath.Join(d.tag, record.File)); err != nil || info.Size() != record.Bytes {
				d.Errorf("%s tells of %d bytes in %s: %v", name, record.Bytes, record.File, err)
			}
		case ".dataelab/aside":
		default:
			d.Errorf("left behind: %s", name)
		}
	}
	slices.Sort(recorded)
	if !slices.Equal(values, recorded) {
		d.Errorf("values %q, and records of %q", values, recorded)
	}
}

// flip changes one bit of a file. A negative offset counts from its end.
func flip(tb testing.TB, path string, offset, bit int) {
	tb.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	if offset < 0 {
		offset += len(content)
	}
	content[offset] ^= 1 << bit
	if err := os.WriteFile(path, content, 0o600); err != nil {
		tb.Fatal(err)
	}
}

func TestLayout(t *testing.T) {
	d := newDisk(t)
	c, log := newCacher[[]float64](t, d.tmpdir)
	mustExecute(t, c, (&counted[[]float64]{value: []float64{1, 2}}).compute)
	mustExecute(t, c, (&counted[[]float64]{value: nil}).compute, 512, "hann")
	key := mustKey(t, 512, "hann").String()
	want := []string{
		".dataelab/root.A.method-" + key + ".json", ".dataelab/root.A.method.json",
		"root.A.method-" + key + ".npy", "root.A.method.npy",
	}
	if got := d.list(); !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
	d.checkConsistent()
	full, err := c.FullPath()
	if err != nil || full+".npy" != d.value("npy") {
		t.Errorf("FullPath: %s, %v", full, err)
	}
	saved, _ := log.find(diskcache.Saved)
	if info, err := os.Stat(d.value("npy")); err != nil || saved.Path != d.value("npy") || saved.Bytes != info.Size() {
		t.Errorf("event %+v, %v: want path and size of the file", saved, err)
	}
	if stats := c.Stats(); stats.Saved != 2 || stats.BytesSaved == 0 || stats.Computed != 2 {
		t.Errorf("%+v", stats)
	}
}

// An entry survives everything that goes on around it in the directory.
func TestNeighborsDoNotMatter(t *testing.T) {
	d := newDisk(t)
	for _, name := range []string{
		"root.A.method2.npy", "root.A.methoD.npy.bak", "root.A.method", "root.A.method.", "root.A.method.npy.npy", "notes.txt",
		"root.A.method-" + keyText + ".npy", ".dataelab/notes.json", ".dataelab/root.A.method2.json", ".dataelab/index",
		".dataelab/work/notes", ".dataelab/locks/other.lock", ".dataelab/aside/notes",
	} {
		d.write(filepath.Join(d.tag, name), []byte("neighbor"))
	}
	before := d.list()
	f := &counted[[]float64]{value: []float64{3}}
	for range 2 {
		c, _ := newCacher[[]float64](t, d.tmpdir)
		mustExecute(t, c, f.compute)
		if s := c.Stats(); s.SetAside+s.SaveFailed != 0 {
			t.Errorf("%+v", s)
		}
	}
	after := slices.DeleteFunc(d.list(), func(name string) bool {
		return name == "root.A.method.npy" || name == ".dataelab/root.A.method.json"
	})
	if f.runs != 1 || !slices.Equal(before, after) {
		t.Errorf("computed %d times; files %q, before %q", f.runs, after, before)
	}
}

// Deleting a tag's directory is how people clean up, also while a program runs.
func TestTagDirectoryDeleted(t *testing.T) {
	d := newDisk(t)
	c, _ := newCacher[[]float64](t, d.tmpdir)
	f := &counted[[]float64]{value: []float64{3}}
	mustExecute(t, c, f.compute, 1)
	d.remove(d.tag)
	mustExecute(t, c, f.compute, 1) // memory still has it
	mustExecute(t, c, f.compute, 2)
	if f.runs != 2 || len(d.list()) != 2 {
		t.Errorf("computed %d times, files %q", f.runs, d.list())
	}
	_, err := c.Refresh(t.Context(), func(context.Context) ([]float64, error) {
		d.remove(d.tmpdir)
		return []float64{4}, nil
	}, 1)
	if err != nil || c.Stats().SaveFailed != 0 {
		t.Errorf("deleted while computing: %v, %+v", err, c.Stats())
	}
	again, _ := newCacher[[]float64](t, d.tmpdir)
	if got := mustExecute(t, again, f.compute, 1); !slices.Equal(got, []float64{4}) || f.runs != 2 {
		t.Errorf("got %v after %d computations", got, f.runs)
	}
	d.checkConsistent()
}

func TestTmpdir(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var c diskcache.DiskCacher[int]
	for tmpdir, want := range map[string]string{
		"":                           "the temporary directory is empty",
		file:                         "is a file: name a directory",
		filepath.Join(file, "below"): "cannot be used",
	} {
		var e *diskcache.Error
		if err := c.SetTmpdir(tmpdir); !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("SetTmpdir(%q): %v, want …%s", tmpdir, err, want)
		}
	}
	missing := filepath.Join(dir, "a", "b", "c")
	if err := errors.Join(c.SetTmpdir(missing), c.SetTag(testTag, "root.A.method")); err != nil {
		t.Fatal(err)
	}
	mustExecute(t, &c, (&counted[int]{value: 5}).compute)
	if matches, _ := filepath.Glob(filepath.Join(missing, "cache"+testTag, "root.A.method.*")); len(matches) != 1 {
		t.Errorf("a missing temporary directory was not made: %q", matches)
	}
}

// A relative directory means the one of when it was set.
func TestRelativeTmpdir(t *testing.T) {
	t.Chdir(t.TempDir())
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	c, _ := newCacher[int](t, "results")
	t.Chdir(t.TempDir())
	mustExecute(t, c, (&counted[int]{value: 5}).compute)
	if full, err := c.FullPath(); err != nil || full != filepath.Join(here, "results", "cache"+testTag, "root.A.method") {
		t.Errorf("FullPath %s, %v, want a path below %s", full, err, here)
	}
	if matches, _ := filepath.Glob(filepath.Join(here, "results", "*", "root.A.method.*")); len(matches) != 1 {
		t.Errorf("files %q below %s", matches, here)
	}
}

// Prefix and directory can be changed with a tag set, for a cacher in use.
func TestMoving(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	c, _ := newCacher[[]int](t, first)
	for i, move := range []func() error{
		func() error { return nil },
		func() error { return c.SetPrefix("other") },
		func() error { return c.SetTmpdir(second) },
		func() error { return c.SetOptions(diskcache.Options{Tmpdir: first}) },
	} {
		if err := move(); err != nil {
			t.Fatal(err)
		}
		got := mustExecute(t, c, (&counted[[]int]{value: []int{i}}).compute)
		if want := []int{i % 3}; !reflect.DeepEqual(got, want) {
			t.Errorf("step %d: got %v, want %v", i, got, want)
		}
	}
	for _, path := range []string{filepath.Join(first, "cache"), filepath.Join(first, "other"), filepath.Join(second, "other")} {
		if _, err := os.Stat(filepath.Join(path+testTag, "root.A.method.npy")); err != nil {
			t.Error(err)
		}
	}
}
