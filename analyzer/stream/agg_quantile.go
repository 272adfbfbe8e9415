package stream

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/DataDog/sketches-go/ddsketch"
)

// Median is [Quantile] of 0.5, with the name "median".
var Median = Quantile(0.5).As("median")

// The sketch of a window of time. With these numbers of bins the error holds for values that are at most
// 17 powers of ten below the largest.
const (
	sketchError = 0.01
	sketchBins  = 2048
)

// Quantile is the value below which a fraction p of the values lies, from 0 to 1. Its name is "p"
// and the percentage: "p99", "p99_9".
//
// In a batch it is exact: it keeps the values, and takes a value between two neighbors as numpy does by default.
// In a window of time, which may have any number of values, it keeps a sketch of at most some
// ten kilobytes, and the result is within 1 % of an exact one, as long as that is not 10^17 times smaller than the
// largest value (C. Masson, J. Rim and H. Lee 2019, DDSketch). [ExactQuantile] keeps the values in both.
func Quantile(p float64) Aggregation {
	exact := ExactQuantile(p)
	return Aggregation{Name: exact.Name, err: exact.err, New: func(batch int) Accumulator {
		if batch > 0 {
			return exact.New(batch)
		}
		return newSketched(p)
	}}
}

// ExactQuantile is [Quantile] of all values, which it keeps until the window ends: 8 bytes for each.
func ExactQuantile(p float64) Aggregation {
	percent := strconv.FormatFloat(math.Round(p*1e14)/1e12, 'f', -1, 64)
	a := Aggregation{Name: "p" + strings.ReplaceAll(percent, ".", "_"), New: func(int) Accumulator { return &exactQuantile{p: p} }}
	if !(p >= 0 && p <= 1) {
		a.err = fmt.Errorf("a quantile of %v; it must be from 0 to 1", p)
	}
	return a
}

// mostKept is how many values an Accumulator without any keeps room for.
const mostKept = 1 << 16

// kept has all values.
type kept struct{ values, scratch []float64 }

func (k *kept) Add(values []float64) { k.values = append(k.values, values...) }

func (k *kept) Reset() {
	if cap(k.values) > mostKept {
		k.values = nil
	}
	if cap(k.scratch) > mostKept {
		k.scratch = nil
	}
	k.values = k.values[:0]
}

// copied returns the values, in memory that may be changed.
func (k *kept) copied() []float64 {
	k.scratch = append(k.scratch[:0], k.values...)
	return k.scratch
}

type exactQuantile struct {
	kept
	p float64
}

func (q *exactQuantile) Merge(next Accumulator) { q.Add(next.(*exactQuantile).values) }

func (q *exactQuantile) Result(_ Interval, emit func(float64, Labels)) error {
	sorted := q.copied()
	slices.Sort(sorted) // NaN comes first
	if sorted[0] != sorted[0] {
		emit(math.NaN(), nil)
		return nil
	}
	at := q.p * float64(len(sorted)-1)
	below := min(int(at), len(sorted)-1)
	low, high := sorted[below], sorted[min(below+1, len(sorted)-1)]
	value := low
	if part := at - float64(below); part > 0 && low != high {
		if value = low + (high-low)*part; part >= 0.5 {
			value = high - (high-low)*(1-part)
		}
	}
	emit(value, nil)
	return nil
}

type sketched struct {
	p          float64
	sketch     *ddsketch.DDSketch
	low, high  float64 // how many infinities of either sign
	least      float64 // of the finite values
	most       float64
	notANumber bool
}

func newSketched(p float64) *sketched {
	q := &sketched{p: p}
	q.Reset()
	return q
}

func (q *sketched) Reset() {
	sketch := q.sketch
	if sketch == nil {
		var err error
		if sketch, err = ddsketch.LogCollapsingLowestDenseDDSketch(sketchError, sketchBins); err != nil {
			panic(err) // of constants
		}
	}
	sketch.Clear()
	*q = sketched{p: q.p, sketch: sketch, least: math.Inf(1), most: math.Inf(-1)}
}

func (q *sketched) Add(values []float64) {
	for _, v := range values {
		switch {
		case v != v:
			q.notANumber = true
		case v > math.MaxFloat64/4:
			q.high++
			q.most = max(q.most, v)
		case v < -math.MaxFloat64/4:
			q.low++
			q.least = min(q.least, v)
		default:
			q.least, q.most = min(q.least, v), max(q.most, v)
			if err := q.sketch.Add(v); err != nil {
				panic(err) // it takes all that come here
			}
		}
	}
}

func (q *sketched) Merge(next Accumulator) {
	n := next.(*sketched)
	if err := q.sketch.MergeWith(n.sketch); err != nil {
		panic(err) // all have one mapping
	}
	q.low, q.high = q.low+n.low, q.high+n.high
	q.least, q.most = min(q.least, n.least), max(q.most, n.most)
	q.notANumber = q.notANumber || n.notANumber
}

func (q *sketched) Result(w Interval, emit func(float64, Labels)) error {
	rank := q.p * float64(w.Count-1)
	inside := q.sketch.GetCount()
	switch {
	case q.notANumber:
		emit(math.NaN(), nil)
	case rank < q.low:
		emit(q.least, nil)
	case rank > q.low+inside-1 && q.high > 0:
		emit(q.most, nil)
	default:
		part := 0.0
		if inside > 1 {
			part = min(1, (rank-q.low)/(inside-1))
		}
		value, err := q.sketch.GetValueAtQuantile(part)
		if err != nil {
			return err
		}
		emit(max(q.least, min(q.most, value)), nil)
	}
	return nil
}
