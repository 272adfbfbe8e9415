//go:build unix

package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

func init() {
	childJobs["files may have 64 KiB"] = func(dir string) error {
		signal.Ignore(syscall.SIGXFSZ) // the write fails then
		limit := syscall.Rlimit{Cur: 64 << 10, Max: 64 << 10}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			return err
		}
		return storeTooMuch(dir, syscall.EFBIG)
	}
}

// storeTooMuch stores small values until the disk is full, then large ones: all are
// returned, the failures told, and nothing half is left.
func storeTooMuch(dir string, want error) error {
	log := &eventLog{}
	c := new(diskcache.DiskCacher[[]int])
	if err := errors.Join(c.SetOptions(diskcache.Options{Tmpdir: dir, OnEvent: log.add}), c.SetTag(testTag, "root.A.method")); err != nil {
		return err
	}
	for _, n := range []int{10, 100_000, 1_000_000, 10, 5_000} { // above and below what is written in one piece
		value := make([]int, n)
		for i := range value {
			value[i] = n
		}
		for range 2 { // the second from memory
			v, err := c.Execute(context.Background(), func(context.Context) ([]int, error) { return value, nil }, n)
			if err != nil || !slices.Equal(v, value) {
				return fmt.Errorf("%d elements: got %d, %w", n, len(v), err)
			}
		}
	}
	failed, ok := log.find(diskcache.SaveFailed)
	if !ok || !errors.Is(failed.Err, want) {
		return fmt.Errorf("event %+v, want %w", failed, want)
	}
	if s := c.Stats(); s.SaveFailed != 2 || s.Saved != 2 {
		return fmt.Errorf("%+v: want two large values not saved and two small ones saved", s)
	}
	left, err := filepath.Glob(filepath.Join(dir, "cache"+testTag, ".dataelab", "work", "*"))
	if err != nil || len(left) > 0 {
		return fmt.Errorf("left behind: %q, %w", left, err)
	}
	again := new(diskcache.DiskCacher[[]int])
	if err := errors.Join(again.SetOptions(diskcache.Options{Tmpdir: dir, OnEvent: log.add}), again.SetTag(testTag, "root.A.method")); err != nil {
		return err
	}
	for n, stored := range map[int]bool{10: true, 5_000: true, 100_000: false, 1_000_000: false} {
		if v, ok, err := again.Peek(context.Background(), n); ok != stored || err != nil || ok && v[n-1] != n {
			return fmt.Errorf("%d elements: found %v, %w", n, ok, err)
		}
	}
	return nil
}

func TestFilesTooLarge(t *testing.T) {
	if out, err := child(t, "files may have 64 KiB", t.TempDir()).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// Whoever may only read gets hits, and is told nothing of locks or of saving.
func TestReadOnlyCache(t *testing.T) {
	s := store(t, "npy", []float64{1, 2})
	c, _ := newCacher[[]float64](t, s.tmpdir)
	mustExecute(t, c, (&counted[[]float64]{value: []float64{3}}).compute, 512)
	before := s.list()
	if os.Geteuid() == 0 {
		// Root may write anywhere, so another user looks at a cache that it owns.
		asNobody(t, s.tmpdir, "read only")
	} else {
		lockUp(t, s.tag)
		if err := readOnly(s.tmpdir); err != nil {
			t.Error(err)
		}
	}
	if after := s.list(); !slices.Equal(before, after) {
		t.Errorf("files %q, before %q", after, before)
	}
}

func init() { childJobs["read only"] = readOnly }

// readOnly is what TestReadOnlyCache does.
func readOnly(dir string) error {
	for i := range int64(3) {
		log := &eventLog{}
		c := new(diskcache.DiskCacher[[]float64])
		limits := diskcache.Limits{Entries: 100 * i} // none at first
		if err := errors.Join(c.SetOptions(diskcache.Options{Tmpdir: dir, OnEvent: log.add, TagLimits: limits}), c.SetTag(testTag, "root.A.method")); err != nil {
			return err
		}
		for _, args := range [][]any{nil, {512}} {
			_, err := c.Execute(context.Background(), func(context.Context) ([]float64, error) { return nil, errors.New("computed") }, args...)
			if err != nil {
				return err
			}
		}
		for _, e := range log.events {
			if e.Err != nil || e.Kind != diskcache.LookedUp && e.Kind != diskcache.Loaded {
				return fmt.Errorf("told of %+v", e)
			}
		}
		v, err := c.Execute(context.Background(), func(context.Context) ([]float64, error) { return []float64{7}, nil }, "new")
		failed, ok := log.find(diskcache.SaveFailed)
		if err != nil || len(v) != 1 || !ok || !errors.Is(failed.Err, os.ErrPermission) {
			return fmt.Errorf("a new value: %v, %w, event %+v", v, err, failed)
		}
	}
	return nil
}

// lockUp takes the right to write in a directory and those below it.
func lockUp(tb testing.TB, dir string) {
	tb.Helper()
	for _, d := range []string{filepath.Join(dir, ".dataelab", "work"), filepath.Join(dir, ".dataelab", "locks"), filepath.Join(dir, ".dataelab"), dir} {
		if err := os.Chmod(d, 0o500); err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { _ = os.Chmod(d, 0o700) })
	}
}

// asNobody runs a job as a user who owns dir and may not write in it.
func asNobody(t *testing.T, dir, job string) {
	t.Helper()
	const nobody = 12345
	lockUp(t, filepath.Join(dir, "cache"+testTag))
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, nobody, nobody)
	})
	if err != nil {
		t.Fatal(err)
	}
	openUp(t, dir)
	cmd := child(t, job, dir)
	become(cmd, programForAll(t), nobody, nobody)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
