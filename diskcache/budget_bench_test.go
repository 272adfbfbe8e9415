package diskcache_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// pressed is a cacher that computes quickly, over a store that takes no time, under a limit
// of so many values.
func pressed(b *testing.B, m *diskcache.Memory) *diskcache.DiskCacher[[]float64] {
	b.Helper()
	c := new(diskcache.DiskCacher[[]float64])
	if err := c.SetOptions(diskcache.Options{Store: &forgetful{storage.Memory()}, Memory: m}); err != nil {
		b.Fatal(err)
	}
	if err := c.SetTag(testTag, "a"); err != nil {
		b.Fatal(err)
	}
	return c
}

func hundred(context.Context) ([]float64, error) { return make([]float64, 100), nil }

// BenchmarkHitWhileEvicting is BenchmarkMemoryHit while another goroutine computes value
// after value, and the clock goes around. Its allocations are counted too.
func BenchmarkHitWhileEvicting(b *testing.B) {
	for name, args := range map[string][]any{"no argument": nil, "constant argument": {512}} {
		b.Run(name, func(b *testing.B) {
			ctx := context.Background()
			m := diskcache.NewMemory(100 * sizeOfNumbers(100))
			c, filler := pressed(b, m), pressed(b, m)
			mustExecute(b, c, hundred, args...)
			var done atomic.Bool
			var all sync.WaitGroup
			all.Go(func() {
				for i := 0; !done.Load(); i++ {
					if _, err := filler.Execute(ctx, hundred, i); err != nil {
						b.Error(err)
					}
				}
			})
			for b.Loop() {
				_, _ = c.Execute(ctx, hundred, args...)
			}
			done.Store(true)
			all.Wait()
		})
	}
}

// BenchmarkPutUnderPressure computes values of 100 numbers for which others have to go.
func BenchmarkPutUnderPressure(b *testing.B) {
	for name, limit := range map[string]int64{"no limit": 0, "100 values": 100, "100,000 values": 100_000} {
		b.Run(name, func(b *testing.B) {
			c := pressed(b, diskcache.NewMemory(limit*sizeOfNumbers(100)))
			for i := range limit {
				mustExecute(b, c, hundred, i)
			}
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				mustExecute(b, c, hundred, n)
			}
		})
	}
}
