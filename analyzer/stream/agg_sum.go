package stream

import "math"

// The common aggregations. Their results have no labels, and the unit of the values unless said otherwise.
//
// NaN makes the result of all of them NaN, as in numpy, if it reaches them; [Count], [First] and
// [Last] take it as any other value.
var (
	// Sum is the sum of the values. It is compensated: its error does not grow with the number of
	// values, but for terms that are of second order in the precision of float64. A sum that
	// overflows is infinite.
	//
	// Source: A. Neumaier (1974), Rundungsfehleranalyse einiger Verfahren zur Summation
	// endlicher Summen, ZAMM 54, 39–51. The error of each addition is found as in D. Knuth (1969), The Art
	// of Computer Programming, volume 2, section 4.2.2.
	Sum = Aggregation{Name: "sum", New: func(int) Accumulator { return &sumAccumulator{} }}

	// Count is the number of values.
	Count = Aggregation{Name: "count", New: func(int) Accumulator { return &countAccumulator{} }}

	// Mean is the arithmetic mean: [Sum] divided by [Count].
	Mean = Aggregation{Name: "mean", New: func(int) Accumulator { return &meanAccumulator{} }}

	// Variance is the sample variance, with n-1 in the denominator, in the square of the values' unit.
	// The variance of one value is NaN, as in pandas. Infinite values make it NaN.
	// Where squares or differences of values overflow, it is +Inf or NaN.
	//
	// Sources: T. Chan, G. Golub and R. LeVeque (1983), Algorithms for Computing the Sample
	// Variance: Analysis and Recommendations, The American Statistician 37, 242–247: the
	// corrected two-pass algorithm for values that come together, and the formula that joins two
	// sets of values. For a set of one it is the formula of B. Welford (1962), Note on a Method for
	// Calculating Corrected Sums of Squares and Products, Technometrics 4, 419–420.
	Variance = Aggregation{Name: "variance", New: func(int) Accumulator { return &varianceAccumulator{} }}

	// StdDev is the sample standard deviation: the square root of [Variance].
	StdDev = Aggregation{Name: "stddev", New: func(int) Accumulator { return &stdDevAccumulator{} }}
)

// A sum is hi + lo, where hi is what plain additions give, and lo the sum of their errors.
type sum struct{ hi, lo float64 }

func (s *sum) add(values []float64) {
	hi, lo := s.hi, s.lo
	for _, x := range values {
		t := hi + x
		b := t - hi
		lo += (hi - (t - b)) + (x - b)
		hi = t
	}
	s.hi, s.lo = hi, lo
}

func (s *sum) merge(next sum) {
	s.add([]float64{next.hi})
	s.lo += next.lo
}

func (s *sum) value() float64 {
	v := s.hi + s.lo
	if math.IsNaN(v) { // hi is infinite, or was too close to the largest number to know the errors
		return s.hi
	}
	return v
}

type sumAccumulator struct{ sum sum }

func (a *sumAccumulator) Add(values []float64)   { a.sum.add(values) }
func (a *sumAccumulator) Merge(next Accumulator) { a.sum.merge(next.(*sumAccumulator).sum) }
func (a *sumAccumulator) Reset()                 { a.sum = sum{} }

func (a *sumAccumulator) Result(_ Interval, emit func(float64, Labels)) error {
	emit(a.sum.value(), nil)
	return nil
}

type countAccumulator struct{ n int64 }

func (a *countAccumulator) Add(values []float64)   { a.n += int64(len(values)) }
func (a *countAccumulator) Merge(next Accumulator) { a.n += next.(*countAccumulator).n }
func (a *countAccumulator) Reset()                 { a.n = 0 }

func (a *countAccumulator) Result(_ Interval, emit func(float64, Labels)) error {
	emit(float64(a.n), nil)
	return nil
}

type meanAccumulator struct {
	sum sum
	n   int64
}

func (a *meanAccumulator) Add(values []float64) {
	a.sum.add(values)
	a.n += int64(len(values))
}

func (a *meanAccumulator) Merge(next Accumulator) {
	b := next.(*meanAccumulator)
	a.sum.merge(b.sum)
	a.n += b.n
}

func (a *meanAccumulator) Reset() { *a = meanAccumulator{} }

func (a *meanAccumulator) Result(_ Interval, emit func(float64, Labels)) error {
	emit(a.sum.value()/float64(a.n), nil)
	return nil
}

// moments are the number of values, their mean, and the sum of the squares of their differences from it.
type moments struct{ n, mean, squares float64 }

func (m *moments) add(values []float64) {
	if len(values) == 0 {
		return
	}
	// Differences from the first value keep the mean of equal values exact.
	n, first := float64(len(values)), values[0]
	mean := 0.0
	for _, x := range values {
		mean += x - first
	}
	mean = first + mean/n
	var squares, rest float64
	for _, x := range values {
		d := x - mean
		squares += d * d
		rest += d
	}
	m.merge(moments{n, mean, max(0, squares-rest*rest/n)})
}

func (m *moments) merge(next moments) {
	switch {
	case next.n == 0:
		return
	case m.n == 0:
		*m = next
		return
	}
	n := m.n + next.n
	d := next.mean - m.mean
	m.squares += next.squares + d*d*(m.n*(next.n/n))
	m.mean += d * (next.n / n)
	m.n = n
}

func (m *moments) variance() float64 {
	if m.n < 2 {
		return math.NaN()
	}
	return m.squares / (m.n - 1)
}

type varianceAccumulator struct{ moments moments }

func (a *varianceAccumulator) Add(values []float64) { a.moments.add(values) }
func (a *varianceAccumulator) Merge(next Accumulator) {
	a.moments.merge(next.(*varianceAccumulator).moments)
}
func (a *varianceAccumulator) Reset() { a.moments = moments{} }

func (a *varianceAccumulator) Result(_ Interval, emit func(float64, Labels)) error {
	emit(a.moments.variance(), nil)
	return nil
}

type stdDevAccumulator struct{ moments moments }

func (a *stdDevAccumulator) Add(values []float64) { a.moments.add(values) }
func (a *stdDevAccumulator) Merge(next Accumulator) {
	a.moments.merge(next.(*stdDevAccumulator).moments)
}
func (a *stdDevAccumulator) Reset() { a.moments = moments{} }

func (a *stdDevAccumulator) Result(_ Interval, emit func(float64, Labels)) error {
	emit(math.Sqrt(a.moments.variance()), nil)
	return nil
}
