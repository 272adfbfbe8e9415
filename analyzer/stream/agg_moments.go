package stream

import (
	"errors"
	"math"
)

// Aggregations that need a few numbers for any number of values. If one of the values is NaN, the
// result is NaN, but for Count and Rate, and First and Last of another value.
var (
	// Sum is the sum of the values, with the error of rounding that double the precision would have
	// (T. Ogita, S. Rump and S. Oishi 2005, Accurate Sum and Dot Product, algorithm Sum2).
	Sum = Aggregation{Name: "sum", New: func(int) Accumulator { return new(summed) }}

	// Count is how many values there are.
	Count = Aggregation{Name: "count", New: func(int) Accumulator { return new(counted) }}

	// Mean is the arithmetic mean, Sum over Count.
	Mean = Aggregation{Name: "mean", New: func(int) Accumulator { return new(averaged) }}

	// Variance is the variance of a sample: the sum of the squares of deviations from the mean, over
	// the count less one. That of a single value is NaN. Parts are put together as T. Chan,
	// G. Golub and R. LeVeque 1979, Updating Formulae and a Pairwise Algorithm for Computing Sample Variances, say.
	Variance = Aggregation{Name: "variance", New: func(int) Accumulator { return &varied{power: 1} }}

	// StdDev is the standard deviation of a sample, the square root of Variance.
	StdDev = Aggregation{Name: "stddev", New: func(int) Accumulator { return &varied{power: 0.5} }}

	// Min is the lowest value.
	Min = Aggregation{Name: "min", New: func(int) Accumulator { return &extreme{sign: -1} }}

	// Max is the highest value.
	Max = Aggregation{Name: "max", New: func(int) Accumulator { return &extreme{sign: 1} }}

	// First is the value that was sent first; among windows that overlap, in the earliest part.
	First = Aggregation{Name: "first", New: func(int) Accumulator { return &end{first: true} }}

	// Last is the value that was sent last.
	Last = Aggregation{Name: "last", New: func(int) Accumulator { return new(end) }}

	// Rate is how many values there are in a second of the window or batch.
	Rate = Aggregation{Name: "rate", New: func(int) Accumulator { return new(rated) }}
)

type summed struct{ sum, lost float64 }

func (s *summed) Add(values []float64) {
	sum, lost := s.sum, s.lost
	for _, v := range values {
		t := sum + v
		z := t - sum
		lost += (sum - (t - z)) + (v - z)
		sum = t
	}
	s.sum, s.lost = sum, lost
}

func (s *summed) total() float64 {
	if math.IsInf(s.sum, 0) || math.IsNaN(s.sum) || math.IsNaN(s.lost) {
		return s.sum
	}
	return s.sum + s.lost
}

func (s *summed) Merge(next Accumulator) {
	n := next.(*summed)
	s.Add([]float64{n.sum})
	s.lost += n.lost
}

func (s *summed) Reset() { *s = summed{} }

func (s *summed) Result(_ Interval, emit func(float64, Labels)) error {
	emit(s.total(), nil)
	return nil
}

type counted struct{}

func (*counted) Add([]float64)     {}
func (*counted) Merge(Accumulator) {}
func (*counted) Reset()            {}

func (*counted) Result(w Interval, emit func(float64, Labels)) error {
	emit(float64(w.Count), nil)
	return nil
}

type averaged struct{ summed }

func (a *averaged) Merge(next Accumulator) { a.summed.Merge(&next.(*averaged).summed) }

func (a *averaged) Result(w Interval, emit func(float64, Labels)) error {
	emit(a.total()/float64(w.Count), nil)
	return nil
}

// varied has the sum of squares of deviations from the mean.
type varied struct {
	power          float64 // of the variance
	n, mean, about float64
}

func (s *varied) Add(values []float64) {
	n := float64(len(values))
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	mean := sum / n
	about, rest := 0.0, 0.0
	for _, v := range values {
		d := v - mean
		about += d * d
		rest += d // 0, but for rounding
	}
	s.put(n, mean+rest/n, about-rest*rest/n)
}

// put adds n values by their mean and squares.
func (s *varied) put(n, mean, about float64) {
	if s.n == 0 {
		s.n, s.mean, s.about = n, mean, about
		return
	}
	d, all := mean-s.mean, s.n+n
	s.about += about + d*d*s.n*n/all
	s.mean += d * n / all
	s.n = all
}

func (s *varied) Merge(next Accumulator) {
	n := next.(*varied)
	s.put(n.n, n.mean, n.about)
}

func (s *varied) Reset() { *s = varied{power: s.power} }

func (s *varied) Result(_ Interval, emit func(float64, Labels)) error {
	variance := max(0, s.about) / (s.n - 1)
	if s.power == 0.5 {
		variance = math.Sqrt(variance)
	}
	emit(variance, nil)
	return nil
}

// extreme is the highest of sign times the values.
type extreme struct {
	sign, most float64
	any        bool
}

func (x *extreme) Add(values []float64) {
	if !x.any {
		x.any, x.most = true, x.sign*values[0]
	}
	most := x.most
	for _, v := range values {
		most = max(most, x.sign*v) // NaN if one of them is
	}
	x.most = most
}

func (x *extreme) Merge(next Accumulator) {
	n := next.(*extreme)
	x.Add([]float64{x.sign * n.most})
}

func (x *extreme) Reset() { x.any = false }

func (x *extreme) Result(_ Interval, emit func(float64, Labels)) error {
	emit(x.sign*x.most, nil)
	return nil
}

type end struct {
	first, any bool
	value      float64
}

func (e *end) Add(values []float64) {
	switch {
	case !e.first:
		e.value = values[len(values)-1]
	case !e.any:
		e.value = values[0]
	}
	e.any = true
}

func (e *end) Merge(next Accumulator) { e.Add([]float64{next.(*end).value}) }

func (e *end) Reset() { e.any = false }

func (e *end) Result(_ Interval, emit func(float64, Labels)) error {
	emit(e.value, nil)
	return nil
}

type rated struct{ counted }

func (*rated) Merge(Accumulator) {}

func (*rated) Result(w Interval, emit func(float64, Labels)) error {
	if w.Seconds() <= 0 {
		return errors.New("the values of the batch came all at one time, which has no rate")
	}
	emit(float64(w.Count)/w.Seconds(), nil)
	return nil
}
