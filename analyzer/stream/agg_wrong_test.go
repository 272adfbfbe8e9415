package stream_test

import (
	"math"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/analyzer/stream"
)

func TestNamesOfQuantiles(t *testing.T) {
	for p, name := range map[float64]string{0: "p0", 0.5: "p50", 0.99: "p99", 0.999: "p99_9", 0.07: "p7", 1: "p100", 0.29: "p29", 0.1234567: "p12_34567"} {
		if got := stream.Quantile(p).Name; got != name {
			t.Errorf("%v: %s, want %s", p, got, name)
		}
	}
	if stream.Median.Name != "median" || stream.Mean.As("average").Name != "average" {
		t.Error("other names")
	}
}

// What is wrong with an aggregation is the error of the stream that is to have it.
func TestWrongAggregations(t *testing.T) {
	c := &stream.Coordinator{}
	for text, a := range map[string]stream.Aggregation{
		"Quantile(-1): want":           stream.Quantile(-1),
		"Quantile(NaN): want":          stream.ExactQuantile(math.NaN()),
		"Quantile(99): want":           stream.Quantile(99).As("x"),
		"Histogram([]): want":          stream.Histogram(),
		"Histogram([1 1]): bound 1":    stream.Histogram(1, 1),
		"Histogram([1 +Inf]): bound 1": stream.Histogram(1, math.Inf(1)),
		"Func(\"f\", nil): want":       stream.Func("f", nil),
		"has no name or no func":       stream.Func("", func([]float64) (float64, error) { return 0, nil }),
	} {
		if _, err := c.Stream("s", stream.Options{Batch: 1, Aggregations: []stream.Aggregation{a}}); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want %q", err, text)
		}
	}
}
