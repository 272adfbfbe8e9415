package stream

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/DataDog/sketches-go/ddsketch/mapping"
	"github.com/DataDog/sketches-go/ddsketch/store"
)

// Median is [Quantile] of 0.5, named "median".
var Median = Quantile(0.5).As("median")

// Quantile returns the Aggregation of the value below which the fraction p of the values is. It is named
// after the percentile: "p99" for 0.99, and "p99_9" for 0.999. Its result is the value at p·(n-1)
// in the sorted values, counted from 0, and between two values where a line through them is, as by default in numpy.
//
// In a batch it is exact. In a window of time, where there may be any number of values, it comes
// of a sketch of 40 KiB at most and differs by at most 1 % from that exact value, with these limits:
//
//   - Between a negative and a positive value it differs by at most 1 % of the one that is larger without its sign.
//   - Among values with the same sign, those that are more than 1e17 times closer to 0 than the one farthest from 0
//     are taken to be about that close.
//   - Values closer to 0 than 2.3e-308 are taken to be 0, and those farther from it than 1.2e308 to be about that far.
//
// The least and the largest value, at p = 0 and p = 1, are exact. With NaN among the values the
// result is NaN. Infinite values are in order with others; between a finite value and an infinite one the result is
// infinite, and between -Inf and +Inf NaN; numpy says NaN for both.
//
// A p that is not within 0 and 1 is an error when the stream is made.
//
// Source: C. Masson, J. Rim and H. Lee (2019), DDSketch: A Fast and Fully-Mergeable Quantile Sketch with
// Relative-Error Guarantees, PVLDB 12, 2195–2205.
func Quantile(p float64) Aggregation {
	return quantile(p, func(batch int) Accumulator {
		if batch > 0 {
			return &exactQuantile{p: p}
		}
		return &sketchQuantile{p: p, sketch: newSketch()}
	})
}

// ExactQuantile is [Quantile] without a sketch: it keeps all values of a window, with 8 bytes or somewhat more for each.
func ExactQuantile(p float64) Aggregation {
	return quantile(p, func(int) Accumulator { return &exactQuantile{p: p} })
}

func quantile(p float64, create func(batch int) Accumulator) Aggregation {
	if !(p >= 0 && p <= 1) {
		return wrong("quantile", fmt.Errorf("Quantile(%g): want a fraction from 0 to 1", p))
	}
	return Aggregation{Name: quantileName(p), New: create}
}

// wrong returns an Aggregation that gives nothing but err.
func wrong(name string, err error) Aggregation {
	return Aggregation{Name: name, New: func(int) Accumulator { return wrongAccumulator{err} }, err: err}
}

type wrongAccumulator struct{ err error }

func (wrongAccumulator) Add([]float64)     {}
func (wrongAccumulator) Merge(Accumulator) {}
func (wrongAccumulator) Reset()            {}

func (a wrongAccumulator) Result(Interval, func(float64, Labels)) error { return a.err }

// quantileName moves the point in the text of p, since 100*0.07 is not 7.
func quantileName(p float64) string {
	whole, fraction, _ := strings.Cut(strconv.FormatFloat(math.Abs(p), 'f', -1, 64), ".")
	for len(fraction) < 2 {
		fraction += "0"
	}
	name := strings.TrimLeft(whole+fraction[:2], "0")
	if name == "" {
		name = "0"
	}
	if fraction[2:] != "" {
		name += "_" + fraction[2:]
	}
	return "p" + name
}

// at returns what is at p among n values, of which the i-th in order is value(i).
func at(p float64, n int64, value func(i int64) float64) float64 {
	position := p * float64(n-1)
	i := math.Floor(position)
	t := position - i
	a := value(int64(i))
	if t == 0 || int64(i) >= n-1 {
		return a
	}
	return between(a, value(int64(i)+1), t)
}

// between returns the value at t, from 0 to 1, on the line from a to b.
func between(a, b, t float64) float64 {
	d := b - a
	switch {
	case a == b: // infinite ones, too
		return a
	case math.IsInf(a, 0) || math.IsInf(b, 0):
		return a + b
	case math.IsInf(d, 0): // it overflowed
		return a*(1-t) + b*t
	case t >= 0.5: // as numpy does; the conversions forbid a fused operation, which rounds otherwise
		return b - float64(d*(1-t))
	}
	return a + float64(d*t)
}

// Slices with room for more values than these are not kept for another window: 512 KiB.
const keptValues = 1 << 16

// emptied returns values without any, and without its memory if that is a lot.
func emptied(values []float64) []float64 {
	if cap(values) > keptValues {
		return nil
	}
	return values[:0]
}

type exactQuantile struct {
	p      float64
	values []float64
	sorted bool
}

func (a *exactQuantile) Add(values []float64) {
	a.values = append(a.values, values...)
	a.sorted = false
}

func (a *exactQuantile) Merge(next Accumulator) { a.Add(next.(*exactQuantile).values) }
func (a *exactQuantile) Reset()                 { a.values = emptied(a.values) }

func (a *exactQuantile) Result(_ Interval, emit func(float64, Labels)) error {
	if !a.sorted {
		slices.Sort(a.values)
		a.sorted = true
	}
	if math.IsNaN(a.values[0]) { // NaN is before all others
		emit(math.NaN(), nil)
		return nil
	}
	emit(at(a.p, int64(len(a.values)), func(i int64) float64 { return a.values[i] }), nil)
	return nil
}

const (
	sketchError = 0.01
	sketchBins  = 2048 // for each sign; they reach over a factor of (1.01/0.99)^2048, 6e17
)

var sketchMapping = func() *mapping.LogarithmicMapping {
	m, err := mapping.NewLogarithmicMapping(sketchError)
	if err != nil { // sketchError is not within 0 and 1
		panic(err)
	}
	return m
}()

// A sketch counts values in bins whose bounds grow by a factor. The bins closest to 0 become one
// when there are too many.
type sketch struct {
	positive, negative *store.CollapsingLowestDenseStore // bins by magnitude
	zeros              int64
	below, above       int64 // -Inf and +Inf
	n                  int64
	least, most        float64 // NaN if a value is
}

func newSketch() *sketch {
	s := &sketch{
		positive: store.NewCollapsingLowestDenseStore(sketchBins),
		negative: store.NewCollapsingLowestDenseStore(sketchBins),
	}
	s.reset()
	return s
}

func (s *sketch) reset() {
	s.positive.Clear()
	s.negative.Clear()
	*s = sketch{positive: s.positive, negative: s.negative, least: math.Inf(1), most: math.Inf(-1)}
}

func (s *sketch) add(values []float64) {
	tiny, huge := sketchMapping.MinIndexableValue(), sketchMapping.MaxIndexableValue()
	s.n += int64(len(values))
	for _, x := range values {
		if !(x >= s.least) {
			s.least = min(s.least, x)
		}
		if !(x <= s.most) {
			s.most = max(s.most, x)
		}
		switch {
		case x > math.MaxFloat64:
			s.above++
		case x > tiny:
			s.positive.Add(sketchMapping.Index(min(x, huge)))
		case x < -math.MaxFloat64:
			s.below++
		case x < -tiny:
			s.negative.Add(sketchMapping.Index(min(-x, huge)))
		default: // a NaN is here, too, and in least
			s.zeros++
		}
	}
}

func (s *sketch) merge(next *sketch) {
	s.positive.MergeWith(next.positive)
	s.negative.MergeWith(next.negative)
	s.zeros += next.zeros
	s.below += next.below
	s.above += next.above
	s.n += next.n
	s.least, s.most = min(s.least, next.least), max(s.most, next.most)
}

// value returns about the i-th value in order, from 0.
func (s *sketch) value(i int64) float64 {
	switch i {
	case 0:
		return s.least
	case s.n - 1:
		return s.most
	}
	return max(s.least, min(s.most, s.inBin(i)))
}

func (s *sketch) inBin(i int64) float64 {
	if i < s.below {
		return math.Inf(-1)
	}
	i -= s.below
	negative := int64(s.negative.TotalCount())
	if i < negative {
		return -sketchMapping.Value(s.negative.KeyAtRank(float64(negative - 1 - i)))
	}
	i -= negative
	if i < s.zeros {
		return 0
	}
	i -= s.zeros
	if i < int64(s.positive.TotalCount()) {
		return sketchMapping.Value(s.positive.KeyAtRank(float64(i)))
	}
	return math.Inf(1)
}

type sketchQuantile struct {
	p      float64
	sketch *sketch
}

func (a *sketchQuantile) Add(values []float64)   { a.sketch.add(values) }
func (a *sketchQuantile) Merge(next Accumulator) { a.sketch.merge(next.(*sketchQuantile).sketch) }
func (a *sketchQuantile) Reset()                 { a.sketch.reset() }

func (a *sketchQuantile) Result(_ Interval, emit func(float64, Labels)) error {
	if math.IsNaN(a.sketch.least) {
		emit(math.NaN(), nil)
		return nil
	}
	emit(at(a.p, a.sketch.n, a.sketch.value), nil)
	return nil
}
