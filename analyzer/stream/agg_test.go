package stream_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dataelab/dataelab-go/analyzer/stream"
)

// results returns what acc emits: the values, and the texts of their labels.
func results(tb testing.TB, acc stream.Accumulator, w stream.Interval) (values []float64, labels []stream.Key) {
	tb.Helper()
	err := acc.Result(w, func(v float64, l stream.Labels) {
		values = append(values, v)
		labels = append(labels, l.Key())
	})
	if err != nil {
		tb.Fatal(err)
	}
	return values, labels
}

// minute is an interval of a minute.
func minute(n int) stream.Interval {
	start := time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)
	return stream.Interval{Start: start, End: start.Add(time.Minute), Count: int64(n)}
}

// of returns the one result of values.
func of(tb testing.TB, a stream.Aggregation, batch int, values ...float64) float64 {
	tb.Helper()
	acc := a.New(batch)
	acc.Add(values)
	got, _ := results(tb, acc, minute(len(values)))
	if len(got) != 1 {
		tb.Fatalf("%s: %d results, want 1", a.Name, len(got))
	}
	return got[0]
}

// same is ==, but NaN is the same as NaN.
func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func near(a, b, tolerance float64) bool {
	return same(a, b) || !math.IsInf(b, 0) && math.Abs(a-b) <= tolerance
}

var inf, nan = math.Inf(1), math.NaN()

func TestAggregations(t *testing.T) {
	some := []float64{3, 1, 4, 1, 5, 9, 2, 6}
	for _, c := range []struct {
		a      stream.Aggregation
		name   string
		values []float64
		want   float64
	}{
		{stream.Sum, "sum", some, 31},
		{stream.Sum, "sum", []float64{1, 1e100, 1, -1e100}, 2},
		{stream.Sum, "sum", []float64{1, inf, 1}, inf},
		{stream.Sum, "sum", []float64{1, -inf, 1, 2}, -inf},
		{stream.Sum, "sum", []float64{inf, -inf, 1}, nan},
		{stream.Sum, "sum", []float64{math.MaxFloat64, math.MaxFloat64}, inf},
		{stream.Sum, "sum", []float64{math.MaxFloat64, -math.MaxFloat64, 1}, 1},
		{stream.Sum, "sum", []float64{1, nan, 2}, nan},
		{stream.Count, "count", some, 8},
		{stream.Count, "count", []float64{nan}, 1},
		{stream.Mean, "mean", some, 3.875},
		{stream.Mean, "mean", []float64{inf, 1}, inf},
		{stream.Mean, "mean", []float64{nan, 1}, nan},
		{stream.Variance, "variance", []float64{1, 2, 3, 4}, 5. / 3},
		{stream.Variance, "variance", []float64{7}, nan},
		{stream.Variance, "variance", []float64{0.1, 0.1, 0.1}, 0},
		{stream.Variance, "variance", []float64{1, inf}, nan},
		{stream.Variance, "variance", []float64{1, nan, 2}, nan},
		{stream.StdDev, "stddev", []float64{1, 2, 3}, 1},
		{stream.StdDev, "stddev", []float64{1e9 + 1, 1e9 + 2, 1e9 + 3}, 1},
		{stream.StdDev, "stddev", []float64{7}, nan},
		{stream.Min, "min", some, 1},
		{stream.Min, "min", []float64{inf}, inf},
		{stream.Min, "min", []float64{1, nan, 0}, nan},
		{stream.Max, "max", some, 9},
		{stream.Max, "max", []float64{-inf}, -inf},
		{stream.Max, "max", []float64{1, nan, 2}, nan},
		{stream.First, "first", some, 3},
		{stream.Last, "last", some, 6},
		{stream.Rate, "rate", some, 8. / 60},
		{stream.Median, "median", some, 3.5},
		{stream.Quantile(0.5), "p50", []float64{1, nan, 2}, nan},
		{stream.Quantile(0), "p0", some, 1},
		{stream.Quantile(1), "p100", some, 9},
		{stream.Quantile(0.07), "p7", []float64{4}, 4},
		{stream.Quantile(0.999), "p99_9", []float64{4, 4}, 4},
		{stream.Quantile(0.005), "p0_5", []float64{4, 4}, 4},
		{stream.Quantile(math.Copysign(0, -1)), "p0", []float64{-inf, 2}, -inf},
		{stream.ExactQuantile(0.25), "p25", []float64{1, inf, inf}, inf},
		{stream.ExactQuantile(0.5), "p50", []float64{1, 2, inf}, 2},
		{stream.ExactQuantile(0.5), "p50", []float64{-inf, inf}, nan},
		{stream.ExactQuantile(0.25), "p25", []float64{-math.MaxFloat64, math.MaxFloat64}, -math.MaxFloat64 / 2},
	} {
		if c.a.Name != c.name {
			t.Errorf("name %q, want %q", c.a.Name, c.name)
		}
		if got := of(t, c.a, 10, c.values...); !near(got, c.want, 1e-15*max(1, math.Abs(c.want))) {
			t.Errorf("%s of %v: %v, want %v", c.name, c.values, got, c.want)
		}
	}
}

func TestSketchOfSpecialValues(t *testing.T) {
	for _, c := range []struct {
		p      float64
		values []float64
		want   float64
	}{
		{0.5, []float64{1, nan, 2}, nan},
		{0.5, []float64{-inf, 5, inf}, 5},
		{0.5, []float64{-inf, inf}, nan},
		{0.75, []float64{1, inf, inf}, inf},
		{0.25, []float64{1, inf, inf}, inf},
		{0.1, []float64{-inf, -inf, 3}, -inf},
		{0.5, []float64{0, 0, 0}, 0},
		{0.5, []float64{-1, 0, 1}, 0},
		{0, []float64{-1.234, 3, 5.678}, -1.234},
		{1, []float64{-1.234, 3, 5.678}, 5.678},
		{0.5, []float64{42.5, 42.5, 42.5}, 42.5},
		{0.5, []float64{-1, 1e-320, 1}, 0},
		{0.5, []float64{1, math.MaxFloat64, inf}, math.MaxFloat64},
		{0.5, []float64{-inf, -math.MaxFloat64, 1}, -math.MaxFloat64},
	} {
		got := of(t, stream.Quantile(c.p), 0, c.values...)
		allowed := 0.01
		if math.Abs(c.want) > 1.2e308 {
			allowed = 0.3
		}
		if !near(got, c.want, allowed*math.Abs(c.want)) {
			t.Errorf("%v at %g: %v, want %v", c.values, c.p, got, c.want)
		}
	}
}

func TestRateOfNoTime(t *testing.T) {
	acc := stream.Rate.New(1)
	acc.Add([]float64{1})
	err := acc.Result(stream.Interval{Count: 1}, func(float64, stream.Labels) { t.Error("it emits") })
	if err == nil || !strings.Contains(err.Error(), "interval of 0 s") {
		t.Error(err)
	}
}

func TestWrongArguments(t *testing.T) {
	for text, a := range map[string]stream.Aggregation{
		"Quantile(NaN)":        stream.Quantile(nan),
		"Quantile(-0.1)":       stream.Quantile(-0.1),
		"Quantile(99)":         stream.ExactQuantile(99),
		"at least one bound":   stream.Histogram(),
		"bound 1 is 1, after":  stream.Histogram(1, 1),
		"bound 1 is 0, after":  stream.Histogram(1, 0),
		"bound 0 is NaN":       stream.Histogram(nan),
		"bound 1 is +Inf":      stream.Histogram(1, inf),
		`Func("rms", nil)`:     stream.Func("rms", nil),
		"bound 1 is -0, after": stream.Histogram(0, math.Copysign(0, -1)),
	} {
		acc := a.As("other").New(0)
		acc.Add([]float64{1})
		acc.Merge(a.New(0))
		acc.Reset()
		err := acc.Result(minute(1), func(float64, stream.Labels) { t.Errorf("%s: it emits", text) })
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want %s", err, text)
		}
	}
}

func TestHistogram(t *testing.T) {
	given := []float64{math.Copysign(0, -1), 0.5, 1e6}
	a := stream.Histogram(given...)
	given[0] = 7
	acc := a.New(0)
	acc.Add([]float64{-3, 0, 0.1, 0.5, 0.6, 1e7, inf, nan, -inf})
	got, labels := results(t, acc, minute(9))
	if fmt.Sprint(got, labels) != "[3 5 6 9] [le:0 le:0.5 le:1e+06 le:+Inf]" {
		t.Error(got, labels)
	}

	var bounds []float64
	for i := range 40 {
		bounds = append(bounds, float64(i))
	}
	acc = stream.Histogram(bounds...).New(0)
	acc.Add([]float64{-1, 0, 0.5, 39, 40, nan})
	got, labels = results(t, acc, minute(6))
	if len(got) != 41 || got[0] != 2 || got[1] != 3 || got[38] != 3 || got[39] != 4 || got[40] != 6 || labels[40] != "le:+Inf" {
		t.Error(got, labels)
	}
}

func TestFunc(t *testing.T) {
	errNegative := errors.New("negative")
	a := stream.Func("spread", func(values []float64) (float64, error) {
		if values[0] < 0 {
			return 0, errNegative
		}
		slices.Sort(values)
		d := values[len(values)-1] - values[0]
		clear(values)
		return d, nil
	})
	acc := a.New(0)
	acc.Add([]float64{3, 8})
	acc.Add([]float64{1})
	for range 2 {
		if got, _ := results(t, acc, minute(3)); !slices.Equal(got, []float64{7}) {
			t.Error(got)
		}
	}
	acc.Reset()
	acc.Add([]float64{-1})
	err := acc.Result(minute(1), func(float64, stream.Labels) { t.Error("it emits") })
	if !errors.Is(err, errNegative) || !strings.Contains(err.Error(), "spread of 1 values") {
		t.Error(err)
	}
}

// everything is an aggregation of each kind; exact says that merging gives the very same result.
var everything = []struct {
	a     stream.Aggregation
	exact bool
}{
	{stream.Sum, false}, {stream.Count, true}, {stream.Mean, false}, {stream.Variance, false}, {stream.StdDev, false},
	{stream.Min, true}, {stream.Max, true}, {stream.First, true}, {stream.Last, true}, {stream.Rate, true},
	{stream.Median, true}, {stream.Quantile(0.99), true}, {stream.ExactQuantile(0.1), true},
	{stream.Histogram(-1, 0, 2.5, 1000), true},
	{stream.Func("ordered", func(values []float64) (float64, error) {
		h := 0.0
		for i, v := range values {
			h += v * float64(i%7)
		}
		return h, nil
	}), true},
}

// genValues are values of any magnitude, or of few so that some are equal, or of one scale.
func genValues() *rapid.Generator[[]float64] {
	return rapid.OneOf(
		rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 300),
		rapid.SliceOfN(rapid.Float64Range(100, 101), 1, 300),
		rapid.SliceOfN(rapid.SampledFrom([]float64{-2, -1, 0, 1, 2.5, 1000}), 1, 300),
		rapid.SliceOfN(rapid.Float64Range(-1e100, 1e100), 1, 300),
	)
}

// Values that come in pieces, to several Accumulators that are merged, or to one that was used before, give what they
// give at once.
func TestMerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := genValues().Draw(t, "values")
		cut := rapid.IntRange(0, len(values)).Draw(t, "cut")
		piece := rapid.IntRange(1, 70).Draw(t, "piece")
		batch := rapid.SampledFrom([]int{0, 1000}).Draw(t, "batch")
		dirt := genValues().Draw(t, "earlier values")
		size := 0.0
		for _, v := range values {
			size = max(size, math.Abs(v))
		}
		for _, c := range everything {
			whole := c.a.New(batch)
			whole.Add(values)
			want, wantLabels := resultsOf(t, whole, len(values))

			left, right := c.a.New(batch), c.a.New(batch)
			for _, acc := range []stream.Accumulator{left, right} {
				acc.Add(dirt)
				resultsOf(t, acc, len(dirt))
				acc.Reset()
			}
			for part := range slices.Chunk(values[:cut], piece) {
				left.Add(part)
			}
			for part := range slices.Chunk(values[cut:], piece) {
				right.Add(part)
			}
			var before []float64
			if cut < len(values) {
				before, _ = resultsOf(t, right, len(values)-cut)
			}
			left.Merge(right)
			got, labels := resultsOf(t, left, len(values))
			if !slices.Equal(labels, wantLabels) || len(got) != len(want) {
				t.Fatalf("%s: labels %v, want %v", c.a.Name, labels, wantLabels)
			}
			tolerance := 1e-14 * size * float64(len(values))
			if c.a.Name == "variance" {
				tolerance *= size
			}
			if c.a.Name == "stddev" {
				tolerance = 1e-7 * size // the root of a variance that is 0 but for rounding
			}
			for i := range got {
				if !same(got[i], want[i]) && (c.exact || !near(got[i], want[i], tolerance)) {
					t.Fatalf("%s: %v, want %v", c.a.Name, got, want)
				}
			}
			if cut < len(values) {
				if after, _ := resultsOf(t, right, len(values)-cut); !slices.EqualFunc(before, after, same) {
					t.Fatalf("%s: Merge changed its argument: %v, was %v", c.a.Name, after, before)
				}
			}
			again, _ := resultsOf(t, left, len(values))
			if !slices.EqualFunc(again, got, same) {
				t.Fatalf("%s: a second Result gives %v, the first %v", c.a.Name, again, got)
			}
		}
	})
}

// Also where bins become one, and with values that are no finite numbers.
func TestMergeOfSketches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{inf, -inf, 0, 1e-310, 1e308}),
			rapid.Map(rapid.Float64Range(-300, 300), func(e float64) float64 { return math.Pow(10, e) })), 2, 200).Draw(t, "values")
		if rapid.Bool().Draw(t, "with NaN") {
			values = append(values, nan)
		}
		cut := rapid.IntRange(1, len(values)-1).Draw(t, "cut")
		for _, p := range []float64{0, 0.01, 0.3, 0.5, 0.9, 1} {
			whole, left, right := stream.Quantile(p).New(0), stream.Quantile(p).New(0), stream.Quantile(p).New(0)
			whole.Add(values)
			left.Add(values[:cut])
			right.Add(values[cut:])
			left.Merge(right)
			want, _ := resultsOf(t, whole, len(values))
			got, _ := resultsOf(t, left, len(values))
			if !same(got[0], want[0]) {
				t.Fatalf("p=%g: %v, want %v", p, got, want)
			}
		}
	})
}

// resultsOf is results in a check of rapid.
func resultsOf(t *rapid.T, acc stream.Accumulator, n int) (values []float64, labels []stream.Key) {
	err := acc.Result(minute(n), func(v float64, l stream.Labels) {
		values = append(values, v)
		labels = append(labels, l.Key())
	})
	if err != nil {
		t.Fatal(err)
	}
	return values, labels
}

// The stated error of a sketch, and its stated limits.
func TestSketchError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.OneOf(genValues(), rapid.SliceOfN(rapid.Float64(), 1, 200),
			rapid.SliceOfN(rapid.Map(rapid.Float64Range(-8, 8), func(e float64) float64 { return -math.Pow(10, e) }), 1, 200),
		).Draw(t, "values")
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		sketch, exact := stream.Quantile(p).New(0), stream.ExactQuantile(p).New(0)
		sketch.Add(values)
		exact.Add(values)
		got, _ := resultsOf(t, sketch, len(values))
		want, _ := resultsOf(t, exact, len(values))

		sorted := slices.Sorted(slices.Values(values))
		position := p * float64(len(values)-1)
		a, b := sorted[int(math.Floor(position))], sorted[int(math.Ceil(position))]
		allowed := 0.01 * math.Abs(want[0])
		if a < 0 && b > 0 {
			allowed = 0.01 * max(-a, b)
		}
		if size := max(math.Abs(a), math.Abs(b)); size > 1.2e308 {
			allowed = 0.3 * size
		}
		// The value farthest from 0 among those with the same sign.
		far := 0.0
		for _, v := range values {
			if v*sorted[len(sorted)-1] > 0 && b > 0 || v*sorted[0] > 0 && a < 0 {
				far = max(far, math.Abs(v))
			}
		}
		allowed += 1e-17*far*1.01 + 2.3e-308 + 1e-12*math.Abs(want[0])
		if !(math.Abs(got[0]-want[0]) <= allowed) {
			t.Fatalf("%v, want %v within %v; between %v and %v", got[0], want[0], allowed, a, b)
		}
	})
}

// Once there was a window, others of the same size need no memory.
func TestNoAllocations(t *testing.T) {
	values := make([]float64, 64)
	for i := range values {
		values[i] = float64(i) - 20
	}
	for _, c := range everything {
		for _, batch := range []int{0, 64} {
			if sketch := c.a.Name == "median" || c.a.Name == "p99"; sketch && batch == 0 && aggRace {
				continue
			}
			acc, next := c.a.New(batch), c.a.New(batch)
			next.Add(values)
			emit := func(float64, stream.Labels) {}
			w := minute(64)
			n := testing.AllocsPerRun(50, func() {
				acc.Add(values)
				acc.Merge(next)
				if err := acc.Result(w, emit); err != nil {
					t.Error(err)
				}
				acc.Reset()
			})
			if n != 0 {
				t.Errorf("%s, batch %d: %v allocations for a window after the first", c.a.Name, batch, n)
			}
		}
	}
}

// Merging keeps what compensates the errors of both sums.
func TestMergeOfCompensatedSums(t *testing.T) {
	for _, c := range []struct {
		a    stream.Aggregation
		want float64
	}{{stream.Sum, 2}, {stream.Mean, 0.5}} {
		left, right := c.a.New(0), c.a.New(0)
		left.Add([]float64{1, 1e100})
		right.Add([]float64{1, -1e100})
		left.Merge(right)
		if got, _ := results(t, left, minute(4)); got[0] != c.want {
			t.Errorf("%s: %v, want %v", c.a.Name, got[0], c.want)
		}
	}
}
