package diskcache_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// Values are right while the clock goes around, the limit changes, and cachers forget.
func TestMemoryUnderPressure(t *testing.T) {
	const length, keys = 100, 30
	rounds := exhaustive.N(200, 1000)
	m := diskcache.NewMemory(20 * sizeOfNumbers(length))
	cachers := make([]*diskcache.DiskCacher[[]float64], 4)
	backing := storage.Dir(t.TempDir(), storage.DirOptions{Durability: storage.Fast}) // with locks, as Close comes in between
	for i := range cachers {
		cachers[i] = new(diskcache.DiskCacher[[]float64])
		if err := cachers[i].SetOptions(diskcache.Options{Store: backing, Memory: m}); err != nil {
			t.Fatal(err)
		}
		if err := cachers[i].SetTag(testTag, string(rune('a'+i))); err != nil {
			t.Fatal(err)
		}
	}
	// Values only grow: an older one after a newer one is wrong.
	var newest [4]atomic.Int64
	compute := func(value float64) func(context.Context) ([]float64, error) {
		return func(context.Context) ([]float64, error) { return slices.Repeat([]float64{value}, length), nil }
	}
	var all, changes sync.WaitGroup
	var done atomic.Bool
	for g := range 4 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(g), 1))
			for range rounds {
				i := random.IntN(len(cachers))
				c, key := cachers[i], random.IntN(keys)
				v, err := c.Execute(t.Context(), compute(float64(key)), key)
				if err != nil || len(v) != length || v[0] != float64(key) || v[length-1] != v[0] {
					t.Errorf("key %d: %d numbers, %v", key, len(v), err)
				}
				if g == i { // the value without arguments has one writer
					next := newest[i].Add(1)
					if _, err := c.Refresh(t.Context(), compute(float64(next))); err != nil {
						t.Error(err)
					}
				}
				before := newest[i].Load() - 1 // the last one may be under way
				v, err = c.Execute(t.Context(), compute(float64(before)))
				if err != nil || len(v) != length || v[0] < float64(before) && g == i {
					t.Errorf("cacher %d: %v after %d, %v", i, v[0], before, err)
				}
				if _, _, err := c.Peek(t.Context(), random.IntN(keys)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	changes.Go(func() {
		random := rand.New(rand.NewPCG(7, 7))
		for !done.Load() {
			m.SetLimit(int64(random.IntN(3)) * 15 * sizeOfNumbers(length))
			if s := m.Stats(); s.Used < 0 {
				t.Errorf("%+v", s)
			}
			if err := cachers[random.IntN(len(cachers))].Close(); err != nil {
				t.Error(err)
			}
		}
	})
	all.Wait()
	done.Store(true)
	changes.Wait()
	m.SetLimit(20 * sizeOfNumbers(length))
	if s := m.Stats(); s.Used != int64(s.Values)*sizeOfNumbers(length) || s.Used > s.Limit {
		t.Errorf("at last: %+v, and a value has %d bytes", s, sizeOfNumbers(length))
	}
}

// ClearCache, SetTag and Refresh beside the clock: what was cleared does not come back.
func TestClearUnderPressure(t *testing.T) {
	const length = 100
	m := diskcache.NewMemory(4 * sizeOfNumbers(length))
	options := diskcache.Options{Store: storage.Memory(), Memory: m}
	var cleared, filler diskcache.DiskCacher[[]float64]
	for name, c := range map[string]*diskcache.DiskCacher[[]float64]{"cleared": &cleared, "filler": &filler} {
		if err := c.SetOptions(options); err != nil {
			t.Fatal(err)
		}
		if err := c.SetTag(testTag, name); err != nil {
			t.Fatal(err)
		}
	}
	var others sync.WaitGroup
	var done atomic.Bool
	for range 2 {
		others.Go(func() {
			for i := 0; !done.Load(); i++ {
				if _, err := filler.Execute(t.Context(), hundred, i%20); err != nil {
					t.Error(err)
				}
				if _, _, err := cleared.Peek(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 500 {
		mustExecute(t, &cleared, func(context.Context) ([]float64, error) { return slices.Repeat([]float64{float64(i)}, length), nil })
		forget := cleared.ClearCache
		if i%2 == 0 {
			forget = func() error { return cleared.SetTag(testTag, "cleared"+string(rune('a'+i%26))) }
		}
		if err := forget(); err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			continue
		}
		if v, ok, err := cleared.Peek(t.Context()); ok || err != nil {
			t.Fatalf("round %d: after ClearCache there is %v, %v", i, v[0], err)
		}
	}
	done.Store(true)
	others.Wait()
}
