package stream

import (
	"fmt"
	"math"
)

var (
	// Min is the smallest value.
	Min = Aggregation{Name: "min", New: func(int) Accumulator { return &minAccumulator{math.Inf(1)} }}

	// Max is the largest value.
	Max = Aggregation{Name: "max", New: func(int) Accumulator { return &maxAccumulator{math.Inf(-1)} }}

	// First is the value that was sent first.
	First = Aggregation{Name: "first", New: func(int) Accumulator { return &firstAccumulator{} }}

	// Last is the value that was sent last.
	Last = Aggregation{Name: "last", New: func(int) Accumulator { return &lastAccumulator{} }}

	// Rate is the number of values per second: [Count] divided by the length of the window, or by
	// the time from the first to the last value of a batch. It is an error if that is not longer than
	// nothing, as in a batch of one.
	Rate = Aggregation{Name: "rate", New: func(int) Accumulator { return &rateAccumulator{} }}
)

type minAccumulator struct{ least float64 }

func (a *minAccumulator) Add(values []float64) {
	least := a.least
	for _, x := range values {
		if !(x >= least) { // less than looking at NaN and -0 each time
			least = min(least, x)
		}
	}
	a.least = least
}

func (a *minAccumulator) Merge(next Accumulator) {
	a.least = min(a.least, next.(*minAccumulator).least)
}
func (a *minAccumulator) Reset() { a.least = math.Inf(1) }

func (a *minAccumulator) Result(_ Interval, emit func(float64, Labels)) error {
	emit(a.least, nil)
	return nil
}

type maxAccumulator struct{ most float64 }

func (a *maxAccumulator) Add(values []float64) {
	most := a.most
	for _, x := range values {
		if !(x <= most) {
			most = max(most, x)
		}
	}
	a.most = most
}

func (a *maxAccumulator) Merge(next Accumulator) { a.most = max(a.most, next.(*maxAccumulator).most) }
func (a *maxAccumulator) Reset()                 { a.most = math.Inf(-1) }

func (a *maxAccumulator) Result(_ Interval, emit func(float64, Labels)) error {
	emit(a.most, nil)
	return nil
}

type firstAccumulator struct {
	value float64
	has   bool
}

func (a *firstAccumulator) Add(values []float64) {
	if !a.has && len(values) > 0 {
		a.value, a.has = values[0], true
	}
}

func (a *firstAccumulator) Merge(next Accumulator) {
	if !a.has {
		*a = *next.(*firstAccumulator)
	}
}

func (a *firstAccumulator) Reset() { *a = firstAccumulator{} }

func (a *firstAccumulator) Result(_ Interval, emit func(float64, Labels)) error {
	emit(a.value, nil)
	return nil
}

type lastAccumulator struct {
	value float64
	has   bool
}

func (a *lastAccumulator) Add(values []float64) {
	if len(values) > 0 {
		a.value, a.has = values[len(values)-1], true
	}
}

func (a *lastAccumulator) Merge(next Accumulator) {
	if b := next.(*lastAccumulator); b.has {
		*a = *b
	}
}

func (a *lastAccumulator) Reset() { *a = lastAccumulator{} }

func (a *lastAccumulator) Result(_ Interval, emit func(float64, Labels)) error {
	emit(a.value, nil)
	return nil
}

type rateAccumulator struct{ n int64 }

func (a *rateAccumulator) Add(values []float64)   { a.n += int64(len(values)) }
func (a *rateAccumulator) Merge(next Accumulator) { a.n += next.(*rateAccumulator).n }
func (a *rateAccumulator) Reset()                 { a.n = 0 }

func (a *rateAccumulator) Result(w Interval, emit func(float64, Labels)) error {
	s := w.Seconds()
	if s <= 0 {
		return fmt.Errorf("rate: %d values in an interval of %g s", a.n, s)
	}
	emit(float64(a.n)/s, nil)
	return nil
}
