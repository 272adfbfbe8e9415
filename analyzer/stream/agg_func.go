package stream

import "fmt"

// Func returns the Aggregation of what f returns. It keeps all values of a window or batch. F gets them in the order
// in which they were sent, in a slice that it may change but not keep. An error of f is returned, wrapped,
// by Result. It may be called from several goroutines at once, for several series.
//
// An f that is nil is an error when the stream is made.
func Func(name string, f func(values []float64) (float64, error)) Aggregation {
	if f == nil {
		return wrong(name, fmt.Errorf("Func(%q, nil): want a function", name))
	}
	return Aggregation{Name: name, New: func(int) Accumulator { return &funcAccumulator{name: name, f: f} }}
}

type funcAccumulator struct {
	name   string
	f      func([]float64) (float64, error)
	values []float64
	lent   []float64 // what f got last; it may have been changed
}

func (a *funcAccumulator) Add(values []float64) { a.values = append(a.values, values...) }

func (a *funcAccumulator) Merge(next Accumulator) {
	a.values = append(a.values, next.(*funcAccumulator).values...)
}

func (a *funcAccumulator) Reset() { a.values, a.lent = emptied(a.values), emptied(a.lent) }

func (a *funcAccumulator) Result(_ Interval, emit func(float64, Labels)) error {
	a.lent = append(a.lent[:0], a.values...)
	v, err := a.f(a.lent)
	if err != nil {
		return fmt.Errorf("%s of %d values: %w", a.name, len(a.values), err)
	}
	emit(v, nil)
	return nil
}
