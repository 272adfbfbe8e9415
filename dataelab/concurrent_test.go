package dataelab_test

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

// echo has methods of which every value is known, whatever the tag.
type echo struct {
	text    diskcache.DiskCacher[string]
	numbers diskcache.DiskCacher[[]float64] `cache:",copy"`
	nothing diskcache.DiskCacher[*int]
	Next    *echo
}

// call calls every method, and returns what is wrong with their values.
func (e *echo) call(ctx context.Context, n int) error {
	text, err := e.text.Execute(ctx, func(context.Context) (string, error) { return fmt.Sprint("text ", n), nil }, n)
	if err != nil {
		return err
	}
	numbers, err := e.numbers.Execute(ctx, func(context.Context) ([]float64, error) { return []float64{float64(n), 1}, nil }, n)
	if err != nil {
		return err
	}
	nothing, err := e.nothing.Execute(ctx, func(context.Context) (*int, error) { return nil, nil })
	if err != nil {
		return err
	}
	if text != fmt.Sprint("text ", n) || !slices.Equal(numbers, []float64{float64(n), 1}) || nothing != nil {
		return fmt.Errorf("wrong values for %d: text %q, numbers %v, nothing %v", n, text, numbers, nothing)
	}
	numbers[1] = -1 // it is a copy
	if e.Next != nil {
		return e.Next.call(ctx, n)
	}
	return nil
}

// Calls go on while one goroutine sets tags, moves the tree and clears it.
func TestSettersWhileCallsRun(t *testing.T) {
	dirs := []string{t.TempDir(), t.TempDir()}
	logTo(t, zerolog.Disabled) // that values computed before ClearCache are not stored
	root := &echo{Next: &echo{}}
	var stop atomic.Bool
	var calls atomic.Int64
	var callers sync.WaitGroup
	for i := range 8 {
		callers.Go(func() {
			for n := i; !stop.Load(); n++ {
				if err := root.call(context.Background(), n%5); err != nil {
					t.Error(err)
					return
				}
				calls.Add(1)
			}
		})
	}
	for round := 0; round < 40 || calls.Load() < 200; round++ {
		mustDo(t, dataelab.SetTmpdir(root, dirs[round%2]))
		mustDo(t, dataelab.SetTag(root, fmt.Sprint("tag", round%3)))
		mustDo(t, dataelab.ClearCache(root))
		mustDo(t, dataelab.SetPrefix(root, []string{"a", "b"}[round/2%2]))
		if _, err := dataelab.GetDiskCacher(root, "text"); err != nil {
			t.Fatal(err)
		}
		for name, c := range dataelab.Cachers(root) {
			if full, err := c.FullPath(); err != nil || filepath.Base(full) != name {
				t.Fatalf("%s is at %s, %v", name, full, err)
			}
		}
		if t.Failed() {
			break
		}
	}
	stop.Store(true)
	callers.Wait()

	// In the end the tree is where it was put last, and nothing is left half done.
	mustDo(t, dataelab.SetTag(root, "last"))
	mustDo(t, root.call(context.Background(), 1))
	for name, c := range dataelab.Cachers(root) {
		if stats := c.Stats(); stats.Computed != 1 || stats.Saved != 1 || stats.SaveFailed != 0 {
			t.Errorf("%s: %+v, want that it was computed and saved", name, stats)
		}
	}
	for _, dir := range dirs {
		expectSound(t, dir)
	}
}

// expectSound checks that below dir every value has its record, and that no work
// file and no damaged file is left.
func expectSound(t *testing.T, dir string) {
	t.Helper()
	all := files(t, dir)
	for _, name := range all {
		folder, file := path.Split(name)
		record := folder + ".dataelab/" + strings.TrimSuffix(file, path.Ext(file)) + ".json"
		switch {
		case strings.Contains(name, "/work/"), strings.Contains(name, "/aside/"):
			t.Errorf("left behind: %s", name)
		case !strings.Contains(name, ".dataelab/") && !slices.Contains(all, record):
			t.Errorf("without its record, as if another program had put it there: %s", name)
		}
	}
}

// One tree may be given its tag while another one of the same types is.
func TestTreesAreIndependent(t *testing.T) {
	dir := t.TempDir()
	var busy sync.WaitGroup
	for i := range 8 {
		busy.Go(func() {
			tag := fmt.Sprint("tree", i)
			root := &echo{Next: &echo{}}
			for range 5 {
				if err := dataelab.SetTmpdir(root, dir); err != nil {
					t.Error(err)
				}
				if err := dataelab.SetTag(root, tag); err != nil {
					t.Error(err)
				}
				if err := root.call(context.Background(), i); err != nil {
					t.Error(err)
				}
				if full, err := root.Next.text.FullPath(); err != nil || full != filepath.Join(dir, "cache"+tag, "root.Next.echo.text") {
					t.Errorf("%s: %s, %v", tag, full, err)
				}
			}
		})
	}
	busy.Wait()
}
