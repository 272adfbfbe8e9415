package stream

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
)

// Histogram returns the Aggregation, named "histogram", of the numbers of values up to each of bounds. They are
// cumulative, as in Prometheus: the result with the label "le" of "0.5" is the number of values that are less than 0.5
// or equal to it. The last result is labeled "+Inf" and is the number of all values, NaN among them.
//
// Bounds have the unit of the values. They must be finite and ascend, and there must be at
// least one. Otherwise it is an error when the stream is made.
func Histogram(bounds ...float64) Aggregation {
	bounds = slices.Clone(bounds)
	if err := checkBounds(bounds); err != nil {
		return wrong("histogram", fmt.Errorf("Histogram(%v): %w", bounds, err))
	}
	labels := make([]Labels, 0, len(bounds)+1)
	for i := range bounds {
		bounds[i] += 0 // -0 becomes 0, which is also its label
		labels = append(labels, Labels{"le": strconv.FormatFloat(bounds[i], 'g', -1, 64)})
	}
	labels = append(labels, Labels{"le": "+Inf"})
	return Aggregation{Name: "histogram", New: func(int) Accumulator {
		return &histogramAccumulator{bounds: bounds, labels: labels, counts: make([]int64, len(labels))}
	}}
}

func checkBounds(bounds []float64) error {
	if len(bounds) == 0 {
		return errors.New("want at least one bound")
	}
	for i, b := range bounds {
		if math.IsNaN(b) || math.IsInf(b, 0) {
			return fmt.Errorf("bound %d is %g: want finite ones", i, b)
		}
		if i > 0 && b <= bounds[i-1] {
			return fmt.Errorf("bound %d is %g, after %g: want ascending ones", i, b, bounds[i-1])
		}
	}
	return nil
}

type histogramAccumulator struct {
	bounds []float64 // not to be changed, as labels
	labels []Labels  // one more
	counts []int64   // as many as labels, not cumulative
}

// fewBounds are found faster one after the other.
const fewBounds = 16

func (a *histogramAccumulator) Add(values []float64) {
	if len(a.bounds) > fewBounds {
		for _, x := range values {
			a.counts[sort.Search(len(a.bounds), func(i int) bool { return x <= a.bounds[i] })]++
		}
		return
	}
	for _, x := range values {
		i := 0
		for i < len(a.bounds) && !(x <= a.bounds[i]) { // a NaN goes beyond all
			i++
		}
		a.counts[i]++
	}
}

func (a *histogramAccumulator) Merge(next Accumulator) {
	for i, n := range next.(*histogramAccumulator).counts {
		a.counts[i] += n
	}
}

func (a *histogramAccumulator) Reset() { clear(a.counts) }

func (a *histogramAccumulator) Result(_ Interval, emit func(float64, Labels)) error {
	n := int64(0)
	for i, count := range a.counts {
		n += count
		emit(float64(n), a.labels[i])
	}
	return nil
}
