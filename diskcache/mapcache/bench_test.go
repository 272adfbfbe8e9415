package mapcache_test

import (
	"context"
	"encoding/gob"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/mapcache"
)

// plain is what a program would have without this package.
type plain struct {
	mu sync.Mutex
	m  map[int]int
}

func (p *plain) Set(k, v int) {
	p.mu.Lock()
	p.m[k] = v
	p.mu.Unlock()
}

func (p *plain) Get(k int) (int, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	v, ok := p.m[k]
	return v, ok
}

// writers runs set from 8 goroutines, on keys below n.
func writers(b *testing.B, n int, set func(k, v int)) {
	b.Helper()
	var w sync.WaitGroup
	for i := range 8 {
		w.Go(func() {
			k := uint32(i) * 2654435761
			for range b.N / 8 {
				k = k*1664525 + 1013904223
				set(int(k>>8)%n, i)
			}
		})
	}
	w.Wait()
}

func newBenchCache(b *testing.B, n int, rules []mapcache.Rule, saves *atomic.Int64) *mapcache.Cache[int, int] {
	b.Helper()
	m := &mapcache.Manager{Dir: b.TempDir(), OnEvent: func(e diskcache.Event) {
		switch e.Kind {
		case diskcache.Saved:
			saves.Add(1)
		case diskcache.SaveFailed:
			b.Error(e.Err)
		}
	}}
	b.Cleanup(func() {
		if err := m.Close(context.Background()); err != nil {
			b.Error(err)
		}
	})
	contents := make(map[int]int, n)
	for k := range n {
		contents[k] = k
	}
	c, err := mapcache.Register(m, "bench", mapcache.Options[int, int]{Contents: contents, Rules: rules})
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// BenchmarkSet has 8 writers on maps of some sizes: a plain map behind a mutex, one that is
// copied under its lock and encoded all the time, a cache that saves nothing, one with
// the default rules, which saves once a minute under this load, and one whose changes
// are always due.
func BenchmarkSet(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprintf("plain/%d", n), func(b *testing.B) {
			p := &plain{m: make(map[int]int, n)}
			for k := range n {
				p.m[k] = k
			}
			runtime.GC()
			b.ReportAllocs()
			b.ResetTimer()
			writers(b, n, p.Set)
		})
		b.Run(fmt.Sprintf("plainsaving/%d", n), func(b *testing.B) {
			p := &plain{m: make(map[int]int, n)}
			for k := range n {
				p.m[k] = k
			}
			var saver sync.WaitGroup
			var done atomic.Bool
			saver.Go(func() {
				for !done.Load() {
					p.mu.Lock()
					copied := maps.Clone(p.m)
					p.mu.Unlock()
					if err := gob.NewEncoder(io.Discard).Encode(copied); err != nil {
						b.Error(err)
					}
				}
			})
			b.ReportAllocs()
			b.ResetTimer()
			writers(b, n, p.Set)
			b.StopTimer()
			done.Store(true)
			saver.Wait()
		})
		for _, kind := range []struct {
			name  string
			rules []mapcache.Rule
		}{
			{"norules", []mapcache.Rule{}},
			{"rules", nil},
			{"saving", []mapcache.Rule{{Changes: 1}}},
		} {
			b.Run(fmt.Sprintf("%s/%d", kind.name, n), func(b *testing.B) {
				var saves atomic.Int64
				c := newBenchCache(b, n, kind.rules, &saves)
				runtime.GC()
				b.ReportAllocs()
				b.ResetTimer()
				writers(b, n, c.Set)
				b.ReportMetric(float64(saves.Load())/b.Elapsed().Seconds(), "saves/s")
			})
		}
	}
}

// BenchmarkSetBesidePlain has 8 writers on a plain map behind a mutex and on a cache in turns,
// and reports the median of the ratios: with the default rules, and with changes that are
// always due. The writers of the cache share the machine with its saves; the plain map's
// turn comes when these have ended.
func BenchmarkSetBesidePlain(b *testing.B) {
	const rounds = 7
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		for name, rules := range map[string][]mapcache.Rule{"rules": nil, "saving": {{Changes: 1}}} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				var saves atomic.Int64
				c := newBenchCache(b, n, rules, &saves)
				p := &plain{m: make(map[int]int, n)}
				for k := range n {
					p.m[k] = k
				}
				runtime.GC()
				b.ResetTimer()
				var ratios, plains, caches []float64
				for range rounds {
					if err := c.Save(context.Background()); err != nil {
						b.Fatal(err)
					}
					runtime.GC()
					start := time.Now()
					writers(b, n, p.Set)
					between := time.Now()
					writers(b, n, c.Set)
					plain, cache := between.Sub(start).Seconds(), time.Since(between).Seconds()
					ratios = append(ratios, cache/plain)
					plains = append(plains, plain*1e9/float64(b.N))
					caches = append(caches, cache*1e9/float64(b.N))
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(median(plains), "ns/plain")
				b.ReportMetric(median(caches), "ns/cache")
				b.ReportMetric(median(ratios), "ratio")
				b.ReportMetric(slices.Max(ratios), "worst-ratio")
				b.ReportMetric(float64(saves.Load()), "saves")
			})
		}
	}
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}

// BenchmarkGet has one reader.
func BenchmarkGet(b *testing.B) {
	const n = 10_000
	p := &plain{m: make(map[int]int, n)}
	for k := range n {
		p.m[k] = k
	}
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for k := 0; b.Loop(); k++ {
			p.Get(k % n)
		}
	})
	b.Run("cache", func(b *testing.B) {
		var saves atomic.Int64
		c := newBenchCache(b, n, []mapcache.Rule{}, &saves)
		b.ReportAllocs()
		for k := 0; b.Loop(); k++ {
			c.Get(k % n)
		}
	})
}

// BenchmarkAll iterates over all of a cache.
func BenchmarkAll(b *testing.B) {
	const n = 10_000
	var saves atomic.Int64
	c := newBenchCache(b, n, []mapcache.Rule{}, &saves)
	b.ReportAllocs()
	for b.Loop() {
		seen := 0
		for range c.All() {
			seen++
		}
		if seen != n {
			b.Fatal(seen)
		}
	}
}
