package stream_test

import (
	"math/rand/v2"
	"testing"

	"github.com/dataelab/dataelab-go/analyzer/stream"
)

// BenchmarkAdd adds slices of 64 values, as a stream does.
func BenchmarkAdd(b *testing.B) {
	values := make([]float64, 64)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range values {
		values[i] = r.NormFloat64()
	}
	run := func(name string, aggregations ...stream.Aggregation) {
		b.Run(name, func(b *testing.B) {
			var accs []stream.Accumulator
			for _, a := range aggregations {
				accs = append(accs, a.New(0))
			}
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				for _, acc := range accs {
					acc.Add(values)
				}
				if n++; n%1000 == 0 { // some keep the values
					for _, acc := range accs {
						acc.Reset()
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(values)), "ns/value")
		})
	}
	run("sum+count+mean", stream.Sum, stream.Count, stream.Mean)
	for _, c := range everything {
		run(c.a.Name, c.a)
	}
	run("histogram40", stream.Histogram(fortyBounds()...))
}

func fortyBounds() (bounds []float64) {
	for i := range 40 {
		bounds = append(bounds, float64(i)/10-2)
	}
	return bounds
}
