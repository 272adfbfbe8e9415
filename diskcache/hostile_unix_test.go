//go:build unix

package diskcache_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// outside is a folder that no cache may touch, with things that links lead to.
func outside(tb testing.TB) (dir string, contents func() string) {
	tb.Helper()
	dir = tb.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "folder", "locks"), 0o700); err != nil {
		tb.Fatal(err)
	}
	for _, name := range []string{"precious", "folder/root.A.method.lock", "folder/locks/root.A.method.lock"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("the only copy"), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return dir, func() string {
		var all []string
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			all = append(all, path+": "+string(text))
			return err
		})
		if err != nil {
			tb.Error(err)
		}
		return strings.Join(all, "\n")
	}
}

// Whatever stands where a file or folder of ours belongs, a call returns its
// value, soon, and touches nothing outside.
func TestStrangersInOurPlace(t *testing.T) {
	const lock = ".dataelab/locks/root.A.method.lock"
	things := map[string]func(path, outside string) error{
		"file":           func(path, _ string) error { return os.WriteFile(path, []byte("stranger"), 0o600) },
		"folder":         func(path, _ string) error { return os.Mkdir(path, 0o700) },
		"full folder":    func(path, _ string) error { return os.MkdirAll(filepath.Join(path, "a", "b"), 0o700) },
		"pipe":           func(path, _ string) error { return syscall.Mkfifo(path, 0o600) },
		"socket":         func(path, _ string) error { return syscall.Mknod(path, syscall.S_IFSOCK|0o600, 0) },
		"dangling link":  func(path, out string) error { return os.Symlink(filepath.Join(out, "nothing", "here"), path) },
		"link to file":   func(path, out string) error { return os.Symlink(filepath.Join(out, "precious"), path) },
		"link to folder": func(path, out string) error { return os.Symlink(filepath.Join(out, "folder"), path) },
		"link to itself": func(path, _ string) error { return os.Symlink(filepath.Base(path), path) },
	}
	// Where the value cannot be stored, as nothing may be removed to make room.
	unsaved := map[string][]string{
		npyFile:          nil, // a folder is set aside
		recordFile:       nil,
		".":              {"file", "pipe", "socket", "dangling link", "link to file", "link to folder", "link to itself"},
		".dataelab":      {"file", "pipe", "socket", "dangling link", "link to file", "link to folder", "link to itself"},
		".dataelab/work": {"file", "pipe", "socket", "dangling link", "link to file", "link to folder", "link to itself"},
		// Locks only save work, so these are not in the way.
		".dataelab/locks": nil,
		lock:              nil,
	}
	for place, failing := range unsaved {
		for thing, put := range things {
			t.Run(place+" is a "+thing, func(t *testing.T) {
				d := newDisk(t)
				out, contents := outside(t)
				before := contents()
				path := filepath.Join(d.tag, place)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := put(path, out); err != nil {
					t.Fatal(err)
				}

				s := stored[[]float64]{d, "npy", []float64{1, 2}}
				var log *eventLog
				soon(t, func() { _, log = s.execute(1) })
				failed, isFailed := log.find(diskcache.SaveFailed)
				if isFailed != slices.Contains(failing, thing) {
					t.Errorf("saving failed: %v, %v", isFailed, failed.Err)
				}
				if isFailed {
					if text := failed.Err.Error(); !strings.Contains(text, d.tag) || !strings.Contains(text, ": move it away") && !strings.Contains(text, "; remove it") {
						t.Errorf("%v does not name %s, or what to do", failed.Err, d.tag)
					}
				} else {
					soon(t, func() { s.execute(0) })
				}
				soon(t, func() {
					c, _ := newCacher[[]float64](t, d.tmpdir)
					_ = c.ClearCache() // may fail, but not hang, nor reach outside
				})
				if after := contents(); after != before {
					t.Errorf("outside was\n%s\nand is now\n%s", before, after)
				}
			})
		}
	}
}

// soon fails the test if f takes longer than any disk.
func soon(tb testing.TB, f func()) {
	tb.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Minute):
		tb.Fatal("hangs")
	}
}

// A value that is a link to another file inside the tag's directory is read, as a
// person may have put it there.
func TestLinkInside(t *testing.T) {
	s := store(t, "npy", []float64{1, 2})
	s.remove(s.record())
	target := filepath.Join(s.tag, "measured.npy")
	if err := os.Rename(s.file(), target); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("measured.npy", s.file()); err != nil {
		t.Fatal(err)
	}
	s.execute(0)
	if err := os.Truncate(target, 10); err != nil {
		t.Fatal(err)
	}
	s.execute(1)
	s.execute(0)
	if info, err := os.Lstat(s.file()); err != nil || !info.Mode().IsRegular() {
		t.Errorf("%v, %v: want a file in place of the link", info, err)
	}
}

// A link at the tag's directory is not followed, and the error says so.
func TestLinkAsTagDirectory(t *testing.T) {
	s := store(t, "npy", []float64{1, 2})
	elsewhere := s.tag + "-elsewhere"
	if err := os.Rename(s.tag, elsewhere); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, s.tag); err != nil {
		t.Fatal(err)
	}
	_, log := s.execute(1)
	const want = "is a link: it could lead anywhere, so it is not followed; remove it or choose another temporary directory"
	if e, ok := log.find(diskcache.SaveFailed); !ok || !strings.Contains(e.Err.Error(), s.tag+" "+want) {
		t.Errorf("event %+v, want an error that ends …%s", e, want)
	}
	c, _ := newCacher[[]float64](t, s.tmpdir)
	if err := c.ClearCache(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("ClearCache: %v", err)
	}
	if !s.exists(filepath.Join(elsewhere, npyFile)) {
		t.Error("cleared through a link")
	}
}
