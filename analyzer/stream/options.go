package stream

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// Options say how a [Stream] gathers values and what it makes of them. Exactly one of Window and
// Batch is given, and at least one Aggregation.
type Options struct {
	// Window gathers the values of a length of time. Without EventTime it counts when a value
	// is sent, and the first window begins when the stream is made, or with Align at a multiple
	// of Window since 1970-01-01 00:00 UTC. A window without values emits nothing.
	Window time.Duration

	// Every is how often a window ends, if they overlap: Window a minute and Every a second emit each
	// second what the last minute had. It divides Window. The default is Window.
	Every time.Duration

	// Align has windows begin at multiples of Every since 1970-01-01 00:00 UTC.
	Align bool

	// Batch gathers that many values of the stream, whatever their labels. Each series among them
	// is then aggregated.
	Batch int

	// Aggregations are what is computed of each series. Each emits an element whose name is that
	// of the stream, a dot, and its own.
	Aggregations []Aggregation

	// Labels are those of each value, unless it has a label of the same name. They are copied.
	Labels Labels

	// EventTime puts a value into the window of the time that [Stream.SendAt] is given, whenever it is sent. Windows are
	// aligned. One ends when a value has come whose time is Lateness past its end, or with Close: a single
	// value of a clock that is far ahead ends all windows before it.
	EventTime bool

	// Lateness is how much later than others a value may come, with EventTime.
	Lateness time.Duration

	// Late says what happens to a value that comes after its window has ended, with EventTime. The default is LateDrop.
	Late LatePolicy

	// Keep is how long after their end, in the time of the values, windows can be corrected with LateCorrect.
	// The default is ten times Window.
	Keep time.Duration

	// OnLate is called with each late value that no window takes. Other calls of Send go on meanwhile.
	OnLate func(Element)

	// NaN says what happens to a value that is not a number. The default is NaNSkip.
	NaN NaNPolicy

	// MaxSeries limits how many different labels the stream knows at a time. Values with others
	// are in a series of their own with the labels {"overflow": "true"}, and are counted. The default is 10,000.
	MaxSeries int

	// TimedLabel is the name of a label that [Stream.Timed] adds: its value is "ok", or "error" if the function failed.
	TimedLabel string
}

// LatePolicy says what happens to a value that comes after its window has ended.
type LatePolicy int

// The policies for late values.
const (
	LateDrop    LatePolicy = iota // it is counted in Stats, and given to OnLate
	LateCorrect                   // its window is emitted again, as a correction
)

// NaNPolicy says what happens to a value that is not a number.
type NaNPolicy int

// The policies for values that are not numbers.
const (
	NaNSkip   NaNPolicy = iota // it is counted in Stats, and otherwise ignored
	NaNKeep                    // it is a value like others: a mean of it is NaN
	NaNRefuse                  // Send returns an error that wraps ErrNaN
)

const (
	defaultMaxSeries = 10_000
	keptWindows      = 10 // for corrections
	maxPanes         = 1_000_000
)

// checked returns o with its defaults filled in.
func (o Options) checked() (Options, error) {
	check := []func(*Options) error{(*Options).checkWindow, (*Options).checkEventTime, (*Options).checkAggregations}
	for _, c := range check {
		if err := c(&o); err != nil {
			return o, err
		}
	}
	switch {
	case o.MaxSeries < 0:
		return o, fmt.Errorf("option MaxSeries is %d; it must be above 0", o.MaxSeries)
	case o.NaN < NaNSkip || o.NaN > NaNRefuse:
		return o, fmt.Errorf("option NaN is %d, which is no NaNPolicy", o.NaN)
	case o.MaxSeries == 0:
		o.MaxSeries = defaultMaxSeries
	}
	return o, nil
}

func (o *Options) checkWindow() error {
	switch {
	case (o.Window == 0) == (o.Batch == 0):
		return errors.New("give one of Window and Batch")
	case o.Window < 0 || o.Batch < 0:
		return fmt.Errorf("option Window is %v and Batch is %d; neither may be below 0", o.Window, o.Batch)
	case o.Every < 0 || o.Every > o.Window || o.Every > 0 && o.Window%o.Every != 0:
		return fmt.Errorf("option Every is %v, which does not divide Window, %v", o.Every, o.Window)
	case o.Batch > 0 && (o.Align || o.EventTime):
		return errors.New("options Align and EventTime are for windows of time; without Batch, give Window")
	}
	if o.Every == 0 {
		o.Every = o.Window
	}
	if o.Every > 0 && o.Window/o.Every > maxPanes {
		return fmt.Errorf("option Window is more than %d times Every", maxPanes)
	}
	return nil
}

func (o *Options) checkEventTime() error {
	switch {
	case !o.EventTime && (o.Lateness != 0 || o.Late != LateDrop || o.Keep != 0 || o.OnLate != nil):
		return errors.New("options Lateness, Late, Keep and OnLate need EventTime")
	case o.Lateness < 0 || o.Keep < 0:
		return fmt.Errorf("option Lateness is %v and Keep is %v; neither may be below 0", o.Lateness, o.Keep)
	case o.Late < LateDrop || o.Late > LateCorrect:
		return fmt.Errorf("option Late is %d, which is no LatePolicy", o.Late)
	}
	if o.Late == LateDrop {
		o.Keep = 0
	} else if o.Keep == 0 {
		o.Keep = time.Duration(min(float64(o.Window)*keptWindows, math.MaxInt64/4))
	}
	return nil
}

func (o *Options) checkAggregations() error {
	if len(o.Aggregations) == 0 {
		return errors.New("there is no aggregation; give some, such as stream.Mean")
	}
	o.Aggregations = slices.Clone(o.Aggregations)
	names := map[string]bool{}
	for i, a := range o.Aggregations {
		switch {
		case a.err != nil:
			return fmt.Errorf("aggregation %d: %w", i, a.err)
		case a.Name == "" || a.New == nil:
			return fmt.Errorf("aggregation %d has no name or no function New", i)
		case names[a.Name]:
			return fmt.Errorf("two aggregations are named %q; rename one by its method As", a.Name)
		}
		names[a.Name] = true
	}
	return nil
}
