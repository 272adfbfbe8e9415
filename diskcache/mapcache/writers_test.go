package mapcache_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/mapcache"
)

// TestWritersWhileSaving has 8 writers, loops and look-ups while saves follow each other.
// Each writer counts up in its own keys, so whatever is of one instant shows for each
// writer a part of that: all keys before the last one of this round have its number.
func TestWritersWhileSaving(t *testing.T) {
	const each, rounds = 200, 30
	m, heard := newManager(t, t.TempDir())
	c := register(t, m, "c", mapcache.Options[int, int]{Rules: []mapcache.Rule{{Changes: 1}},
		Hooks: mapcache.Hooks[int, int]{Prepare: func(contents map[int]int) (map[int]int, error) {
			wantOneInstant(t, contents, each)
			return contents, nil
		}}})
	var writers, readers sync.WaitGroup
	var done atomic.Bool
	for w := range 8 {
		writers.Go(func() {
			for round := 1; round <= rounds; round++ {
				for k := range each {
					c.Set(w*each+k, round)
				}
			}
		})
	}
	for range 2 {
		readers.Go(func() {
			for !done.Load() {
				wantOneInstant(t, collect(c), each)
				c.Get(0)
				c.Len()
			}
		})
	}
	writers.Wait()
	eventually(t, "a save while others write", func() bool { return len(heard.of(diskcache.Saved)) > 0 })
	done.Store(true)
	readers.Wait()
	var closers sync.WaitGroup
	for range 4 {
		closers.Go(func() {
			if err := m.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	closers.Wait()
	want := map[int]int{}
	for k := range 8 * each {
		want[k] = rounds
	}
	if got := collect(c); !maps.Equal(got, want) || c.Len() != len(want) {
		t.Errorf("%d entries of %d in the end, not all of the last round", len(got), c.Len())
	}
	dir, err := m.Directory()
	check(t, err)
	if got := saved(t, dir[:len(dir)-len("/maps-general")], "c", mapcache.Options[int, int]{}); !maps.Equal(got, want) {
		t.Errorf("%d entries were saved, not all of the last round", len(got))
	}
}

func wantOneInstant(t *testing.T, contents map[int]int, each int) {
	t.Helper()
	for w := range 8 {
		last := contents[w*each]
		for k := range each {
			switch round := contents[w*each+k]; {
			case round == last:
			case round == last-1 && k > 0: // the writer is here
				last = round
			default:
				t.Errorf("key %d has round %d, the one before it %d", w*each+k, round, last)
				return
			}
		}
	}
}

// TestEverythingAtOnce calls all there is from many goroutines, for the race detector.
func TestEverythingAtOnce(t *testing.T) {
	m, _ := newManager(t, t.TempDir())
	c := register(t, m, "c", mapcache.Options[int, int]{
		Rules: []mapcache.Rule{{Changes: 5}}, Dependents: []string{"d"},
		Hooks: mapcache.Hooks[int, int]{Build: func(context.Context, string) (map[int]int, error) { return map[int]int{1: 1}, nil }},
	})
	register(t, m, "d", mapcache.Options[int, int]{})
	ctx := t.Context()
	var w sync.WaitGroup
	for _, do := range []func(k int) error{
		func(k int) error { c.Set(k, k); return nil },
		func(k int) error { c.Update(k, func(v int, _ bool) (int, bool) { return v + 1, k%2 == 0 }); return nil },
		func(k int) error { c.Delete(k); return nil },
		func(int) error { collect(c); return nil },
		func(int) error { return c.Save(ctx) },
		func(int) error { return c.Reload(ctx) },
		func(int) error { return c.Rebuild(ctx) },
		func(int) error { return c.Invalidate(ctx) },
		func(int) error { return c.DeleteSaved(ctx) },
		func(int) error { c.Clear(); return c.Err() },
		func(int) error { return m.SaveAll(ctx) },
		func(int) error { return m.Close(ctx) },
		func(k int) error { return m.Deregister(ctx, fmt.Sprint("d", k)) },
		func(k int) error {
			_, err := mapcache.RetrieveOrRegister(m, fmt.Sprint("d", k), mapcache.Options[int, int]{})
			if errors.Is(err, mapcache.ErrClosed) {
				return nil
			}
			return errors.Join(err, c.AddDependents(fmt.Sprint("d", k)))
		},
	} {
		w.Go(func() {
			for k := range 15 {
				if err := do(k); err != nil {
					t.Error(err)
				}
			}
		})
	}
	w.Wait()
}
