package diskcache_test

import (
	"context"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

func TestFunctionHitAllocations(t *testing.T) {
	cache := diskcache.Cache{Dir: t.TempDir()}
	ctx := context.Background()
	load := diskcache.Wrap(&cache, "load", diskcache.NoArgument(func(context.Context) ([]float64, error) { return []float64{1}, nil }))
	mustCall(t, load, diskcache.None{})
	if n := testing.AllocsPerRun(100, func() { _, _ = load.Call(ctx, diskcache.None{}) }); n > 0 {
		t.Errorf("a hit without argument makes %v allocations", n)
	}
}

func BenchmarkFunctionHit(b *testing.B) {
	cache := diskcache.Cache{Dir: b.TempDir()}
	ctx := context.Background()
	load := diskcache.Wrap(&cache, "load", diskcache.NoArgument(func(context.Context) ([]float64, error) { return []float64{1}, nil }))
	square := diskcache.Wrap(&cache, "square", diskcache.Plain(func(x int) int { return x * x }))
	fit := diskcache.Wrap(&cache, "fit", (&fitter{}).fit)
	b.Run("no argument", func(b *testing.B) {
		mustCall(b, load, diskcache.None{})
		b.ReportAllocs()
		for b.Loop() {
			_, _ = load.Call(ctx, diskcache.None{})
		}
	})
	b.Run("number", func(b *testing.B) {
		mustCall(b, square, 1000)
		b.ReportAllocs()
		for b.Loop() {
			_, _ = square.Call(ctx, 1000)
		}
	})
	b.Run("struct", func(b *testing.B) {
		p := &fitParams{Degree: 3, Weights: make([]float64, 100)}
		mustCall(b, fit, p)
		b.ReportAllocs()
		for b.Loop() {
			_, _ = fit.Call(ctx, p)
		}
	})
}
