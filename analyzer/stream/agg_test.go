package stream_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dataelab/dataelab-go/analyzer/stream"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

var second = stream.Interval{Start: time.Unix(0, 0), End: time.Unix(2, 0)}

// resultOf returns the results of values that are added in parts of the sizes given.
func resultOf(t interface {
	Helper()
	Fatal(...any)
}, a stream.Aggregation, batch int, values []float64, sizes ...int) []float64 {
	t.Helper()
	acc := a.New(batch)
	rest := slices.Clone(values)
	for _, n := range sizes {
		n = min(n, len(rest))
		if n > 0 {
			acc.Add(rest[:n])
			rest = rest[n:]
		}
	}
	if len(rest) > 0 {
		acc.Add(rest)
	}
	return emitted(t, acc, len(values))
}

func emitted(t interface {
	Helper()
	Fatal(...any)
}, acc stream.Accumulator, n int) []float64 {
	t.Helper()
	w := second
	w.Count = int64(n)
	var got []float64
	for range 2 { // Result changes nothing
		got = nil
		if err := acc.Result(w, func(v float64, _ stream.Labels) { got = append(got, v) }); err != nil {
			t.Fatal(err)
		}
	}
	return got
}

var allAggregations = []stream.Aggregation{
	stream.Sum, stream.Count, stream.Mean, stream.Variance, stream.StdDev, stream.Min, stream.Max, stream.First, stream.Last, stream.Rate,
	stream.Median, stream.ExactQuantile(0.1), stream.ExactQuantile(1), stream.Histogram(-1, 0, 3), stream.Quantile(0.25),
}

func close64(a, b, tolerance float64) bool {
	return a == b || math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= tolerance*math.Max(math.Abs(a), math.Abs(b))
}

// drawn are values of all magnitudes, or small integers, of which many are equal.
func drawn(t *rapid.T, specials bool) []float64 {
	value := rapid.OneOf(rapid.Float64Range(-1e3, 1e3), rapid.Map(rapid.IntRange(-3, 3), func(i int) float64 { return float64(i) }))
	if specials {
		value = rapid.OneOf(value, rapid.SampledFrom([]float64{math.Inf(1), math.Inf(-1), math.NaN(), 1e300, -1e300, math.SmallestNonzeroFloat64}))
	}
	return rapid.SliceOfN(value, 1, 300).Draw(t, "values")
}

// TestMerge: values that are added in parts, or to two Accumulators that are merged, give the same.
func TestMerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := drawn(t, rapid.Bool().Draw(t, "specials"))
		scale := 0.0
		for _, v := range values {
			scale += math.Abs(v)
		}
		at := rapid.IntRange(0, len(values)).Draw(t, "at")
		for _, a := range allAggregations {
			for _, batch := range []int{0, len(values)} {
				whole := resultOf(t, a, batch, values)
				check := func(how string, got []float64) {
					t.Helper()
					for i := range whole {
						tolerance := 1e-9
						if math.Abs(got[i]-whole[i]) <= 1e-12*scale {
							continue
						}
						if !close64(got[i], whole[i], tolerance) {
							t.Fatalf("%s %s: %v, want %v", a.Name, how, got, whole)
						}
					}
				}
				check("in parts", resultOf(t, a, batch, values, at, 1, 64))
				one, two := a.New(batch), a.New(batch)
				if at > 0 {
					one.Add(values[:at])
				}
				if at < len(values) {
					two.Add(values[at:])
				}
				switch at {
				case 0:
					one = two
				case len(values):
				default:
					one.Merge(two)
				}
				check("merged", emitted(t, one, len(values)))
				one.Reset()
				one.Add(values)
				check("after Reset", emitted(t, one, len(values)))
			}
		}
	})
}

// TestAgainstNumpy compares results with those of numpy.
func TestAgainstNumpy(t *testing.T) {
	py := pythontest.Find(t)
	r := rand.New(rand.NewPCG(1, 2))
	var inputs [][]float64
	for n := range exhaustive.N(60, 1000) {
		values := make([]float64, 1+r.IntN(200))
		offset, scale := math.Pow(10, r.Float64()*12-4), math.Pow(10, r.Float64()*6-3)
		for i := range values {
			values[i] = offset + scale*r.NormFloat64()
			if n%3 == 0 {
				values[i] = math.Round(values[i])
			}
		}
		inputs = append(inputs, values)
	}
	inf := math.Inf(1)
	texts := make([][]string, 0, len(inputs))
	inputs = append(inputs, []float64{inf, 1}, []float64{inf, inf}, []float64{-inf, 1, inf}, []float64{1, math.NaN(), 3}, []float64{1e16, 1, -1e16}, []float64{5})
	for _, values := range inputs {
		var text []string
		for _, v := range values {
			text = append(text, fmt.Sprintf("%x", math.Float64bits(v)))
		}
		texts = append(texts, text)
	}
	file := filepath.Join(t.TempDir(), "inputs.json")
	content, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	out := py.Run(t, `
import json, math, struct, sys, warnings
import numpy as np
warnings.simplefilter("ignore")
for line in json.load(open(sys.argv[1])):
    a = np.array([struct.unpack(">d", bytes.fromhex(x.rjust(16, "0")))[0] for x in line])
    try:
        total = math.fsum(a)
    except (OverflowError, ValueError):
        total = a.sum()
    for v in [total, len(a), total / len(a), np.var(a, ddof=1), np.std(a, ddof=1), a.min(), a.max(), a[0], a[-1], len(a) / 2,
              np.quantile(a, 0.5), np.quantile(a, 0.1), np.quantile(a, 1)]:
        print(float(v), end=" ")
    print()
`, file)
	lines := strings.Split(out, "\n")
	if len(lines) != len(inputs) {
		t.Fatalf("%d lines for %d inputs", len(lines), len(inputs))
	}
	for i, values := range inputs {
		words := strings.Fields(lines[i])
		for k, word := range words {
			var want float64
			if _, err := fmt.Sscan(word, &want); err != nil {
				t.Fatal(err)
			}
			a := allAggregations[k]
			got := resultOf(t, a, len(values), values)[0]
			if infinite := math.IsInf(slices.Max(values), 1); k >= 10 && infinite && math.IsNaN(want) {
				continue // numpy weighs the neighbors of a quantile also where it is one of them, and they are infinite
			}
			tolerance := map[string]float64{"variance": 1e-6, "stddev": 1e-6, "sum": 1e-15, "mean": 1e-15}[a.Name]
			if !close64(got, want, tolerance) {
				t.Errorf("%s of %v: %v, numpy has %v", a.Name, values, got, want)
			}
		}
	}
}

// The stated error of a sketch.
func TestSketchError(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, distribution := range []func() float64{
		r.NormFloat64, r.ExpFloat64, func() float64 { return math.Pow(10, 16*r.Float64()) }, func() float64 { return -r.ExpFloat64() }, func() float64 { return 0 },
		func() float64 { return []float64{math.Inf(1), math.Inf(-1), 1, 2, math.MaxFloat64, -1}[r.IntN(6)] },
	} {
		values := make([]float64, 20_001)
		for i := range values {
			values[i] = distribution()
		}
		for _, p := range []float64{0, 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1} {
			sorted := slices.Sorted(slices.Values(values))
			got := resultOf(t, stream.Quantile(p), 0, values)[0]
			want := sorted[int(p*20_000)]
			if next := sorted[min(20_000, int(p*20_000)+1)]; !close64(got, want, 0.0101) && !close64(got, next, 0.0101) {
				t.Errorf("quantile %v: %v, want %v", p, got, want)
			}
		}
	}
}

func TestHistogramLabels(t *testing.T) {
	acc := stream.Histogram(-0.5, 1, 1e6).New(0)
	acc.Add([]float64{-1, -0.5, 0, 1, 2, math.NaN(), math.Inf(1)})
	var got []string
	if err := acc.Result(second, func(v float64, l stream.Labels) { got = append(got, fmt.Sprint(l["le"], " ", v)) }); err != nil {
		t.Fatal(err)
	}
	want(t, got, "-0.5 2", "1 4", "1e+06 5", "+Inf 7")
}

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

func TestFunc(t *testing.T) {
	sortedSpan := stream.Func("span", func(values []float64) (float64, error) {
		slices.Sort(values)
		if values[0] < 0 {
			return 0, errors.New("negative")
		}
		return values[len(values)-1] - values[0], nil
	})
	if got := resultOf(t, sortedSpan, 0, []float64{3, 1, 2}); !slices.Equal(got, []float64{2}) {
		t.Errorf("span %v", got)
	}
	acc := sortedSpan.New(0)
	acc.Add([]float64{-1})
	if err := acc.Result(second, nil); err == nil || err.Error() != "negative" {
		t.Error(err)
	}
}

func TestWrongAggregations(t *testing.T) {
	c := &stream.Coordinator{}
	for text, a := range map[string]stream.Aggregation{
		"a quantile of -1;":      stream.Quantile(-1),
		"a quantile of NaN;":     stream.ExactQuantile(math.NaN()),
		"a quantile of 99;":      stream.Quantile(99).As("x"),
		"a histogram has no":     stream.Histogram(),
		"bounds [1 1] of":        stream.Histogram(1, 1),
		"bounds [1 +Inf] of":     stream.Histogram(1, math.Inf(1)),
		"the function is nil":    stream.Func("f", nil),
		"has no name or no func": stream.Func("", func([]float64) (float64, error) { return 0, nil }),
	} {
		if _, err := c.Stream("s", stream.Options{Batch: 1, Aggregations: []stream.Aggregation{a}}); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want %q", err, text)
		}
	}
}

func BenchmarkAggregations(b *testing.B) {
	values := make([]float64, 64)
	for i := range values {
		values[i] = rand.NormFloat64()
	}
	for _, a := range allAggregations {
		for _, batch := range []int{0, 1000} {
			if batch > 0 && a.Name != "median" {
				continue
			}
			b.Run(fmt.Sprint(a.Name, "/", batch), func(b *testing.B) {
				b.ReportAllocs()
				acc := a.New(batch)
				for i := 0; i < b.N; i += len(values) {
					acc.Add(values)
					if i%1_000 < len(values) {
						acc.Reset()
					}
				}
			})
		}
	}
}
