//go:build unix

package diskcache_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// modes checks the permissions of all that lies below dir.
func modes(tb testing.TB, dir string, dirs, files fs.FileMode) {
	tb.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		want := files
		if e.IsDir() {
			want = dirs
		}
		if n++; info.Mode().Perm() != want {
			tb.Errorf("%s has mode %v, want %v", path, info.Mode().Perm(), want)
		}
		return nil
	})
	if err != nil || n < 4 {
		tb.Errorf("%d files looked at: %v", n, err)
	}
}

func TestModes(t *testing.T) {
	for name, c := range map[string]struct {
		shared      bool
		umask       int
		dirs, files fs.FileMode
	}{
		"private":                          {false, 0o022, 0o700, 0o600},
		"private, with a generous umask":   {false, 0, 0o700, 0o600},
		"shared":                           {true, 0o022, 0o770, 0o660},
		"shared, against a strict umask":   {true, 0o077, 0o770, 0o660},
		"shared, against a generous umask": {true, 0, 0o770, 0o660},
	} {
		t.Run(name, func(t *testing.T) {
			old := syscall.Umask(c.umask)
			defer syscall.Umask(old)
			tmpdir := filepath.Join(t.TempDir(), "made", "by us")
			tag := filepath.Join(tmpdir, "cache"+testTag)
			execute := func(value int) {
				t.Helper()
				cacher := new(diskcache.DiskCacher[[]int])
				err := errors.Join(cacher.SetOptions(diskcache.Options{Tmpdir: tmpdir, Shared: c.shared, OnEvent: new(eventLog).add}), cacher.SetTag(testTag, "root.A.method"))
				if err != nil {
					t.Fatal(err)
				}
				mustExecute(t, cacher, func(context.Context) ([]int, error) {
					modes(t, tag, c.dirs, c.files) // of the lock, too
					return []int{value}, nil
				})
			}
			execute(1)
			flip(t, filepath.Join(tag, npyFile), -1, 0) // so that there are files set aside, too
			execute(2)
			modes(t, tag, c.dirs, c.files)
			modes(t, filepath.Dir(tmpdir), c.dirs, c.files)
		})
	}
}

// Directories are shared within a group by their set-group-ID bit, which new ones
// inherit and must keep.
func TestSharedKeepsGroup(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o770|fs.ModeSetgid); err != nil {
		t.Fatal(err)
	}
	probe := filepath.Join(dir, "probe")
	if err := os.Mkdir(probe, 0o700); err != nil {
		t.Fatal(err)
	}
	want, err := os.Stat(probe) // not all systems have it inherited
	if err != nil {
		t.Fatal(err)
	}
	c := new(diskcache.DiskCacher[[]int])
	if err := errors.Join(c.SetOptions(diskcache.Options{Tmpdir: filepath.Join(dir, "made"), Shared: true}), c.SetTag(testTag, "root.A.method")); err != nil {
		t.Fatal(err)
	}
	mustExecute(t, c, (&counted[[]int]{value: []int{1}}).compute)
	for _, made := range []string{"made", "made/cache" + testTag, "made/cache" + testTag + "/.dataelab"} {
		got, err := os.Stat(filepath.Join(dir, made))
		if err != nil || got.Mode()&fs.ModeSetgid != want.Mode()&fs.ModeSetgid {
			t.Errorf("%s has mode %v, and one made by hand %v: %v", made, got.Mode(), want.Mode(), err)
		}
	}
}

// A directory that others made could hold any value they like.
func TestForeignOwner(t *testing.T) {
	if os.Geteuid() != 0 { // then / and what it holds are another user's
		log := &eventLog{}
		c := new(diskcache.DiskCacher[int])
		if err := errors.Join(c.SetOptions(diskcache.Options{Tmpdir: "/", Prefix: "e", OnEvent: log.add}), c.SetTag("tc", "root.A.method")); err != nil {
			t.Fatal(err)
		}
		mustExecute(t, c, (&counted[int]{value: 5}).compute)
		if e, ok := log.find(diskcache.SaveFailed); !ok || !strings.Contains(e.Err.Error(), "/etc belongs to user root, who could put any value there") {
			t.Errorf("event %+v", e)
		}
		return
	}
	s := store(t, "npy", []float64{1, 2})
	const nobody = 12345
	if err := os.Chown(s.tag, nobody, -1); err != nil {
		t.Fatal(err)
	}
	_, log := s.execute(1)
	want := s.tag + " belongs to user 12345, who could put any value there: choose another temporary directory or prefix, or set Options.Shared"
	e, ok := log.find(diskcache.SaveFailed)
	if !ok || !strings.Contains(e.Err.Error(), want) {
		t.Errorf("event %+v, want …%s", e, want)
	}
	c, _ := newCacher[[]float64](t, s.tmpdir)
	if err := c.ClearCache(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("ClearCache: %v, want …%s", err, want)
	}
	if left := s.list(); len(left) != 2 {
		t.Errorf("another user's directory was changed: %q", left)
	}

	shared := new(diskcache.DiskCacher[[]float64])
	if err := errors.Join(shared.SetOptions(diskcache.Options{Tmpdir: s.tmpdir, Shared: true}), shared.SetTag(testTag, "root.A.method")); err != nil {
		t.Fatal(err)
	}
	f := &counted[[]float64]{value: []float64{1, 2}}
	if mustExecute(t, shared, f.compute); f.runs != 0 {
		t.Error("a shared directory of another user was not read")
	}
	mustExecute(t, shared, f.compute, "new")
	if stats := shared.Stats(); stats.Saved != 1 {
		t.Errorf("%+v: a shared directory of another user was not written", stats)
	}
}

// Where nothing can be written, results still come, from memory the second time.
func TestReadOnlyDirectory(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("skipped: root may write anywhere, so no directory is read-only for this test")
	}
	s := store(t, "npy", []float64{1, 2})
	for _, dir := range []string{s.tag, filepath.Dir(s.record())} {
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.Chmod(dir, 0o700) }()
	}
	s.execute(0)
	c, log := newCacher[[]float64](t, s.tmpdir)
	f := &counted[[]float64]{value: []float64{3}}
	for range 2 {
		mustExecute(t, c, f.compute, "new")
	}
	e, ok := log.find(diskcache.SaveFailed)
	if f.runs != 1 || !ok || !errors.Is(e.Err, fs.ErrPermission) || c.Stats().SaveFailed != 1 {
		t.Errorf("computed %d times, event %+v", f.runs, e)
	}
}
