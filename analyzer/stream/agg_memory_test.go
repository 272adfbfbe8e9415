package stream

import (
	"math"
	"testing"
)

// A huge window does not keep its memory, one of the usual size does.
func TestResetMemory(t *testing.T) {
	for _, n := range []int{1000, 10 * keptValues} {
		exact, of := &exactQuantile{p: 0.5}, &funcAccumulator{f: func(v []float64) (float64, error) { return v[0], nil }}
		for _, acc := range []Accumulator{exact, of} {
			acc.Add(make([]float64, n))
			if err := acc.Result(Interval{}, func(float64, Labels) {}); err != nil {
				t.Error(err)
			}
			acc.Reset()
		}
		for _, v := range [][]float64{exact.values, of.values, of.lent} {
			if kept := cap(v) > 0; len(v) != 0 || kept != (n <= keptValues) {
				t.Errorf("%d values: %d with room for %d are kept", n, len(v), cap(v))
			}
		}
	}
}

// The stream asks for the error of wrong arguments before it makes an Accumulator.
func TestAggregationError(t *testing.T) {
	if Quantile(2).As("x").err == nil || Histogram().err == nil || Func("f", nil).err == nil || Quantile(1).err != nil {
		t.Error("err is not what the arguments say")
	}
}

// The memory of a sketch is bounded, whatever the values.
func TestSketchMemory(t *testing.T) {
	s := newSketch()
	for e := -300.0; e < 300; e += 0.01 {
		s.add([]float64{math.Pow(10, e), -math.Pow(10, -e)})
	}
	for _, bins := range []interface {
		MinIndex() (int, error)
		MaxIndex() (int, error)
	}{s.positive, s.negative} {
		first, err := bins.MinIndex()
		if err != nil {
			t.Fatal(err)
		}
		last, err := bins.MaxIndex()
		if err != nil {
			t.Fatal(err)
		}
		if n := last - first + 1; n > sketchBins {
			t.Errorf("%d bins, want at most %d", n, sketchBins)
		}
	}
}
