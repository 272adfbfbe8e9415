package stream

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// Func makes an Aggregation of a function of all values of a window or batch, in order. The slice is the
// function's, until it returns. The Aggregation keeps the values until the window ends: 8 bytes for each.
func Func(name string, f func(values []float64) (float64, error)) Aggregation {
	a := Aggregation{Name: name, New: func(int) Accumulator { return &functional{f: f} }}
	if f == nil {
		a.err = errors.New("the function is nil")
	}
	return a
}

type functional struct {
	kept
	f func([]float64) (float64, error)
}

func (f *functional) Merge(next Accumulator) { f.Add(next.(*functional).values) }

func (f *functional) Result(_ Interval, emit func(float64, Labels)) error {
	v, err := f.f(f.copied())
	if err == nil {
		emit(v, nil)
	}
	return err
}

// Histogram counts the values that are at most each of some bounds, which ascend. It emits one element for each
// bound, and one for all values, with the bound as label "le", as Prometheus has it: {"le": "0.5"}, …, {"le": "+Inf"}. NaN
// counts for the last one only.
func Histogram(bounds ...float64) Aggregation {
	bounds = slices.Clone(bounds)
	labels := make([]Labels, len(bounds)+1)
	a := Aggregation{Name: "histogram"}
	for i, b := range bounds {
		labels[i] = Labels{"le": strconv.FormatFloat(b, 'g', -1, 64)}
		if math.IsNaN(b) || math.IsInf(b, 0) || i > 0 && b <= bounds[i-1] {
			a.err = fmt.Errorf("bounds %v of a histogram; they must be finite and ascend", bounds)
		}
	}
	labels[len(bounds)] = Labels{"le": "+Inf"}
	if len(bounds) == 0 {
		a.err = errors.New("a histogram has no bounds")
	}
	a.New = func(int) Accumulator {
		return &histogram{bounds: bounds, labels: labels, counts: make([]int64, len(bounds)+1)}
	}
	return a
}

type histogram struct {
	bounds []float64
	labels []Labels
	counts []int64 // of each interval between bounds
}

func (h *histogram) Add(values []float64) {
	for _, v := range values {
		i, _ := slices.BinarySearch(h.bounds, v)
		if v != v {
			i = len(h.bounds)
		}
		h.counts[i]++
	}
}

func (h *histogram) Merge(next Accumulator) {
	for i, n := range next.(*histogram).counts {
		h.counts[i] += n
	}
}

func (h *histogram) Reset() { clear(h.counts) }

func (h *histogram) Result(_ Interval, emit func(float64, Labels)) error {
	total := int64(0)
	for i, n := range h.counts {
		total += n
		emit(float64(total), h.labels[i])
	}
	return nil
}
