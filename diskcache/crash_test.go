package diskcache_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/testrun"
)

// These tests make by hand what a death at each step of a save leaves behind.

// deadPid returns the number of a process that has ended.
func deadPid(tb testing.TB) int {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := testrun.Command(self, "-test.run=^$")
	if err := cmd.Run(); err != nil {
		tb.Fatal(err)
	}
	return cmd.Process.Pid
}

func TestWorkFilesAreSwept(t *testing.T) {
	d := newDisk(t)
	host := strings.SplitN(diskcache.WorkName(), fmt.Sprintf("-%d-", os.Getpid()), 2)[0]
	dead := deadPid(t)
	const week = 7 * 24 * time.Hour
	for _, c := range []struct {
		name string
		age  time.Duration
		kept bool
	}{
		{fmt.Sprintf("%s-%d-0123456789abcdef.work", host, dead), 0, false},
		{fmt.Sprintf("%s-%d-fedcba9876543210.work", host, dead), 2 * week, false},
		{fmt.Sprintf("%s-%d-0123456789abcdef.work", host, os.Getpid()), 0, true},
		{fmt.Sprintf("%s-%d-0123456789abcdef.work", host, os.Getpid()), 2 * week, false}, // from before this process
		{fmt.Sprintf("%s-%d-0123456789abcdef.work", host, os.Getppid()), 2 * week, true},
		{fmt.Sprintf("other-host.net-%d-0123456789abcdef.work", dead), time.Hour, true},
		{fmt.Sprintf("other-host.net-%d-0123456789abcdef.work", os.Getpid()), 2 * week, false},
		{"notes.txt", 2 * week, true},
		{"-", 2 * week, true},
		{host + "-x-0123456789abcdef.work", 2 * week, true},
		{fmt.Sprintf("%s-%d0000000000000000000-0123456789abcdef.work", host, dead), 2 * week, true},
	} {
		path := filepath.Join(d.tag, ".dataelab", "work", c.name)
		d.write(path, []byte("half a value"))
		at := time.Now().Add(-c.age)
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		cacher, _ := newCacher[int](t, d.tmpdir)
		f := &counted[int]{value: 1}
		if _, err := cacher.Refresh(t.Context(), f.compute); err != nil {
			t.Fatal(err)
		}
		if kept := d.exists(path); kept != c.kept {
			t.Errorf("%s, %v old: kept %v, want %v", c.name, c.age, kept, c.kept)
		}
		d.remove(path)
	}
	d.checkConsistent()
}

// Loading writes nothing, and so sweeps nothing either.
func TestLoadingDoesNotSweep(t *testing.T) {
	s := store(t, "npy", []float64{1})
	host := strings.SplitN(diskcache.WorkName(), fmt.Sprintf("-%d-", os.Getpid()), 2)[0]
	s.write(filepath.Join(s.tag, ".dataelab", "work", fmt.Sprintf("%s-%d-0.work", host, deadPid(t))), []byte("half"))
	before := s.list()
	s.execute(0)
	if after := s.list(); !slices.Equal(before, after) {
		t.Errorf("files %q, before %q", after, before)
	}
}

// Death between the renames of record and value: there was no value before.
func TestDeathBeforeFirstValue(t *testing.T) {
	s := store(t, "npy", []float64{1, 2, 3})
	work := filepath.Join(s.tag, ".dataelab", "work", diskcache.WorkName())
	if err := os.Rename(s.file(), work); err != nil {
		t.Fatal(err)
	}
	s.peekNothing("record only", 0)
	_, log := s.execute(1)
	if e, ok := log.find(diskcache.SetAside); ok {
		t.Errorf("set aside: %+v", e)
	}
	s.remove(work)
	s.checkConsistent()
	s.execute(0)
}

// The same where an older value was, which is good still: of another size, of the same,
// of a file that is verified while it is decoded.
func TestDeathBeforeNextValue(t *testing.T) {
	large := make([]float64, diskcache.SmallFile)
	for name, c := range map[string]struct{ old, right []float64 }{
		"other size": {[]float64{1}, []float64{1, 2}},
		"same size":  {[]float64{1}, []float64{2}},
		"large":      {large, append(slices.Clone(large[1:]), 1)},
	} {
		t.Run(name, func(t *testing.T) {
			s := store(t, "npy", c.old)
			old := s.read(s.file())
			s.right = c.right
			cacher, _ := newCacher[[]float64](t, s.tmpdir)
			if _, err := cacher.Refresh(t.Context(), (&counted[[]float64]{value: c.right}).compute); err != nil {
				t.Fatal(err)
			}
			s.write(s.file(), old)
			s.right = c.old
			s.execute(0)
			if aside := s.setAside(); len(aside) > 0 {
				t.Errorf("set aside: %v", aside)
			}
			next, _ := newCacher[[]float64](t, s.tmpdir)
			if _, err := next.Refresh(t.Context(), (&counted[[]float64]{value: c.right}).compute); err != nil {
				t.Fatal(err)
			}
			s.right = c.right
			s.checkConsistent()
			s.execute(0)
		})
	}
}

func TestDeathBeforeValueInOtherFormat(t *testing.T) {
	d := newDisk(t)
	ragged := [][]float64{{1, 2}, {3}}
	c, _ := newCacher[[][]float64](t, d.tmpdir)
	mustExecute(t, c, (&counted[[][]float64]{value: [][]float64{{0}}}).compute)
	old := d.read(d.value("npy"))
	if _, err := c.Refresh(t.Context(), (&counted[[][]float64]{value: ragged}).compute); err != nil {
		t.Fatal(err)
	}
	d.write(d.value("npy"), old)
	d.remove(d.value("gob"))
	s := stored[[][]float64]{d, "gob", ragged}
	s.peekNothing("record of a gob, and an npy", 0)
	s.execute(1)
	s.checkConsistent() // the old npy is gone
	s.execute(0)

	// Death after the rename, before the old file went: the record decides.
	d.write(d.value("npy"), old)
	s.execute(0)
}

// A lock file without a holder is in nobody's way, whatever it says.
func TestAbandonedLock(t *testing.T) {
	d := newDisk(t)
	lock := filepath.Join(d.tag, ".dataelab", "locks", "root.A.method.lock")
	for name, text := range map[string]string{
		"empty":            "",
		"waits":            filepath.Join(d.tag, ".dataelab", "locks", "root.A.other.lock") + "\n",
		"waits for itself": lock + "\n",
		"not ours":         strings.Repeat("\x00\xff/\n", 100_000),
	} {
		d.write(lock, []byte(text))
		c, _ := newCacher[int](t, d.tmpdir)
		f := &counted[int]{value: 1}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		if _, err := c.Refresh(ctx, f.compute); err != nil || f.runs != 1 {
			t.Errorf("%s: %v after %d computations", name, err, f.runs)
		}
		cancel()
		d.checkConsistent()
	}
}
