package diskcache_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// asideAt puts a file aside as if that had happened then.
func (d disk) asideAt(when time.Time, n int, bytes int64) string {
	d.Helper()
	name := filepath.Join(d.tag, ".dataelab", "aside", fmt.Sprintf("%s-some-host-1-%016x.npy", when.UTC().Format("20060102T150405"), n))
	d.write(name, nil)
	d.write(name+".reason.json", []byte(`{"file": "x", "reason": "y", "host": "z", "when": "`+time.Now().Format(time.RFC3339)+`"}`))
	truncate(d, name, bytes) // takes no room
	return name
}

// asideNow damages an entry and has it set aside: two files and their notes.
func (s stored[T]) asideNow() {
	s.Helper()
	flip(s, s.file(), -1, 0)
	s.execute(1)
}

func TestAsideLimitOfFiles(t *testing.T) {
	s := store(t, "npy", []float64{1})
	var old []string
	for i := range diskcache.AsideFiles + 20 {
		old = append(old, s.asideAt(time.Now().Add(time.Duration(i-1000)*time.Minute), i, 10))
	}
	strangers := []string{"notes", "20260101", "notes.npy.reason.json", "not-a-time-at-all.npy"}
	for _, name := range strangers {
		s.write(filepath.Join(s.tag, ".dataelab", "aside", name), []byte("a stranger's"))
	}
	s.asideNow()
	for i, name := range old {
		kept := i >= 22 // two new ones, and 98 of these
		if s.exists(name) != kept || s.exists(name+".reason.json") != kept {
			t.Errorf("number %d of %d: kept %v, its note %v, want %v", i, len(old), s.exists(name), s.exists(name+".reason.json"), kept)
		}
	}
	for _, name := range strangers {
		if !s.exists(filepath.Join(s.tag, ".dataelab", "aside", name)) {
			t.Errorf("%s was removed, which is not ours", name)
		}
	}
	if left := s.list(); len(left) != 2+len(strangers)+2*diskcache.AsideFiles {
		t.Errorf("%d files left", len(left))
	}
}

func TestAsideLimitOfBytes(t *testing.T) {
	s := store(t, "npy", []float64{1})
	at := func(minutes int, bytes int64) string {
		return s.asideAt(time.Now().Add(time.Duration(-minutes)*time.Minute), minutes, bytes)
	}
	gone := []string{at(9, 100), at(8, diskcache.AsideBytes)}
	kept := []string{at(3, diskcache.AsideBytes/2), at(2, diskcache.AsideBytes/4), at(1, 1000)}
	s.asideNow()
	for _, name := range slices.Concat(gone, kept) {
		if want := slices.Contains(kept, name); s.exists(name) != want {
			t.Errorf("%s: kept %v, want %v", filepath.Base(name), s.exists(name), want)
		}
	}
}

// Age is looked at before the first save of a process, too.
func TestAsideLimitOfAge(t *testing.T) {
	s := store(t, "npy", []float64{1})
	old := s.asideAt(time.Now().Add(-diskcache.AsideAge-time.Hour), 1, 10)
	young := s.asideAt(time.Now().Add(-diskcache.AsideAge+time.Hour), 2, 10)
	s.execute(0)
	if !s.exists(old) {
		t.Error("a load removed something")
	}
	c, _ := newCacher[[]float64](t, s.tmpdir)
	mustExecute(t, c, (&counted[[]float64]{}).compute, "another")
	if s.exists(old) || s.exists(old+".reason.json") || !s.exists(young) || !s.exists(young+".reason.json") {
		t.Errorf("left: %q", s.list())
	}
}

// The last one set aside stays, however large it is.
func TestAsideKeepsTheLast(t *testing.T) {
	s := store(t, "npy", []float64{1})
	before := s.asideAt(time.Now().Add(-time.Minute), 1, 10)
	s.remove(s.record())
	s.write(s.file(), []byte("no array"))
	truncate(s, s.file(), diskcache.AsideBytes+1)
	s.execute(1)
	notes := s.setAside()
	if len(notes) != 1 || s.exists(before) {
		t.Errorf("set aside: %v", notes)
	}
	for file := range notes {
		if !strings.HasSuffix(file, ".npy") {
			t.Errorf("set aside: %s", file)
		}
	}
}
