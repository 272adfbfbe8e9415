package stream_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/analyzer/stream"
)

var three = []stream.Aggregation{stream.Sum, stream.Count, stream.Mean}

// BenchmarkSend sends values of eight series into a stream with three aggregations and a sink that counts.
func BenchmarkSend(b *testing.B) {
	for name, o := range map[string]stream.Options{"batches": {Batch: 1000}, "windows": {Window: time.Second}} {
		o.Aggregations = three
		labels := make([]stream.Labels, 8)
		for i := range labels {
			labels[i] = stream.Labels{"quadrant": fmt.Sprint(i)}
		}
		begin := func(b *testing.B) *stream.Stream {
			b.Helper()
			c := &stream.Coordinator{}
			if err := c.AddSink(counting{}, stream.SinkOptions{Full: stream.Block}); err != nil {
				b.Fatal(err)
			}
			s, err := c.Stream("s", o)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() {
				if err := c.Close(context.Background()); err != nil {
					b.Error(err)
				}
			})
			b.ReportAllocs()
			return s
		}
		b.Run(name+"/labels", func(b *testing.B) {
			s := begin(b)
			for i := range b.N {
				if err := s.Send(float64(i), labels[i%8]); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/series", func(b *testing.B) {
			s := begin(b)
			var series [8]*stream.Series
			for i := range series {
				series[i] = s.With(labels[i])
			}
			for i := range b.N {
				if err := series[i%8].Send(float64(i)); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/all", func(b *testing.B) {
			s := begin(b)
			values := make([]float64, 125)
			for i := 0; i < b.N; i += len(values) {
				if err := s.SendAll(values, labels[i/125%8]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

type counting struct{}

func (counting) Write(_ context.Context, elements []stream.Element) (int, error) {
	return len(elements), nil
}
