package stream

import "time"

// An Aggregation says what a stream computes of the values of a series in a window or batch.
// There are [Sum], [Count], [Mean], [Quantile] and others; [Func] makes one of a function, and
// a program may fill the fields with its own.
type Aggregation struct {
	// Name is the last part of the elements' name: stream "flux" and name "mean" make "flux.mean".
	Name string

	// New returns an empty Accumulator. The argument is the number of values in a batch, or 0 for
	// a window of time, in which there may be any number of them.
	New func(batch int) Accumulator

	err error // of the arguments that it was made with; the stream returns it
}

// As returns a with another name.
func (a Aggregation) As(name string) Aggregation {
	a.Name = name
	return a
}

// An Accumulator takes the values of one series in one window and returns what an
// [Aggregation] makes of them. A stream calls its methods from one goroutine at a time. An
// Accumulator that panics or returns an error loses its own result only.
type Accumulator interface {
	// Add takes values, of which there is at least one. The slice belongs to the stream.
	Add(values []float64)

	// Merge takes what next took, whose values came after those of this one. It leaves next as it
	// is. Next was made by the same Aggregation.
	Merge(next Accumulator)

	// Result calls emit with the result, or with each of several that labels tell apart. It leaves
	// the Accumulator as it is. At least one value was added.
	Result(w Interval, emit func(value float64, labels Labels)) error

	// Reset makes the Accumulator empty, for another window.
	Reset()
}

// Interval is the time of a window or batch.
type Interval struct {
	Start, End time.Time
	Count      int64 // how many values of the series are in it
}

// Seconds returns the length of the interval.
func (i Interval) Seconds() float64 { return i.End.Sub(i.Start).Seconds() }
