package diskcache_test

import (
	"context"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

func BenchmarkSetting(b *testing.B) {
	ctx := context.Background()
	var number diskcache.Setting[float64]
	number.Set(0.5)
	b.Run("Use outside", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			number.Use(ctx)
		}
	})
	b.Run("Set equal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			number.Set(0.5)
		}
	})
	inside := func(name string, use func(context.Context)) {
		b.Run(name, func(b *testing.B) {
			a := newAmplifier(b, b.TempDir(), 0.5)
			_, err := a.signal.Execute(ctx, func(ctx context.Context) ([]float64, error) {
				b.ReportAllocs()
				for b.Loop() {
					a.gain.Use(ctx)
					use(ctx)
				}
				return nil, nil
			})
			if err != nil {
				b.Fatal(err)
			}
		})
	}
	inside("Use inside", func(context.Context) {})
	var array diskcache.Setting[[]float64]
	array.Set(make([]float64, 1<<17))
	inside("Use inside, and 1 MB", func(ctx context.Context) { array.Use(ctx) })
}
