package metric_test

import (
	"context"
	"errors"
	"testing"

	"github.com/dataelab/dataelab-go/analyzer/metric"
	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

// BenchmarkHit measures a hit in memory, beside a hit of a DiskCacher that takes an argument.
func BenchmarkHit(b *testing.B) {
	ctx := context.Background()
	p := Pair{1, 2}
	b.Run("DiskCacher", func(b *testing.B) {
		var c diskcache.DiskCacher[float64]
		if err := c.SetTmpdir(b.TempDir()); err != nil {
			b.Fatal(err)
		}
		if err := c.SetTag("LBTISX20240410_112233", "poly"); err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if v, err := diskcache.Execute1(ctx, &c, computePoly, p); v != 12 || err != nil {
				b.Fatal(v, err)
			}
		}
	})
	b.Run("Family", func(b *testing.B) {
		m := metric.New(b.TempDir())
		poly := metric.Collect1(m, "poly", computePoly, metric.Params(p))
		b.ReportAllocs()
		for b.Loop() {
			if v, err := poly.Get(ctx, p); v != 12 || err != nil {
				b.Fatal(v, err)
			}
		}
	})
	b.Run("Metric", func(b *testing.B) {
		m := metric.New(b.TempDir())
		one := metric.Collect(m, "one", func(context.Context) (float64, error) { return 12, nil })
		b.ReportAllocs()
		for b.Loop() {
			if v, err := one.Get(ctx); v != 12 || err != nil {
				b.Fatal(v, err)
			}
		}
	})
	b.Run("under a tag", func(b *testing.B) {
		n := &night{}
		poly := metric.Collect1(&n.Metrics, "poly", computePoly, metric.Params(p))
		if err := errors.Join(dataelab.SetTmpdir(n, b.TempDir()), dataelab.SetTag(n, "LBTISX20240410_112233")); err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if v, err := poly.Get(ctx, p); v != 12 || err != nil {
				b.Fatal(v, err)
			}
		}
	})
}

// TestHitsTakeNoMemory has no allocation in a hit in memory.
func TestHitsTakeNoMemory(t *testing.T) {
	ctx, m := t.Context(), metric.New(t.TempDir())
	poly := metric.Collect1(m, "poly", computePoly, orders(3))
	wants(t, 12.0)(poly.Get(ctx, Pair{1, 2}))
	if n := testing.AllocsPerRun(100, func() { _, _ = poly.Get(ctx, Pair{1, 2}) }); n > 0 && !raceEnabled {
		t.Errorf("%v allocations", n)
	}
}
