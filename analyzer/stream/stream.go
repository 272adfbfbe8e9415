package stream

import (
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// A Stream gathers values in windows or batches, computes its aggregations of each series in them,
// and has its [Coordinator] write the results to sinks. Its methods may be called by any number
// of goroutines. [Coordinator.Stream] makes one.
type Stream struct {
	name    string
	o       Options
	names   []string // of its elements, one for each aggregation
	emit    func([]Element)
	problem func(error)

	mu     sync.Mutex
	closed bool
	table  *table
	panes  []*pane // in order of time; the last one is the newest
	free   []*cell // to be used again
	spare  *pane
	clock  clock
	events events

	ready      []Element // what is emitted next
	former     []Element // to be used again as ready
	delivering bool      // a goroutine hands elements on, without mu
	delivered  sync.Cond

	counts streamCounts
}

type streamCounts struct{ sent, nan, late, overflow, failed, emitted atomic.Int64 }

func newStream(name string, o Options, emit func([]Element), problem func(error)) (*Stream, error) {
	o, err := o.checked()
	if err != nil {
		return nil, fmt.Errorf("stream %q: %w", name, err)
	}
	s := &Stream{name: name, o: o, emit: emit, problem: problem, table: newTable(o.Labels, o.MaxSeries)}
	for _, a := range o.Aggregations {
		s.names = append(s.names, name+"."+a.Name)
	}
	s.delivered.L = &s.mu
	s.clock.begin(s)
	return s, nil
}

// Name returns the name of the stream.
func (s *Stream) Name() string { return s.name }

// Send adds a value, now. Labels may be nil.
func (s *Stream) Send(value float64, labels Labels) error { return s.sendOne(value, labels, nil) }

// SendAll adds values of one series, now. It is faster than Send for each.
func (s *Stream) SendAll(values []float64, labels Labels) error {
	return s.sendAll(values, labels, nil)
}

// SendAt adds a value of a time. The stream needs the option EventTime.
func (s *Stream) SendAt(t time.Time, value float64, labels Labels) error {
	return s.sendAt(t, value, labels, nil)
}

// sendOne adds a value to the series that has labels; series may be nil.
func (s *Stream) sendOne(value float64, labels Labels, series *Series) error {
	if value != value && s.o.NaN != NaNKeep {
		return s.skipNaN(labels)
	}
	if s.o.EventTime {
		return s.sendAt(time.Now(), value, labels, series)
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return fmt.Errorf("stream %q: send: %w", s.name, ErrClosed)
	}
	s.counts.sent.Add(1)
	s.clock.now(s).add(s.rowOf(labels, series, 1), value, s)
	if s.o.Batch > 0 {
		s.endFullBatch()
	}
	s.deliver()
	return nil
}

func (s *Stream) sendAll(values []float64, labels Labels, series *Series) error {
	if s.o.EventTime || s.o.NaN != NaNKeep && hasNaN(values) {
		for _, v := range values {
			if err := s.sendOne(v, labels, series); err != nil {
				return err
			}
		}
		return nil
	}
	s.mu.Lock()
	for len(values) > 0 {
		if s.closed {
			s.mu.Unlock()
			return fmt.Errorf("stream %q: send: %w", s.name, ErrClosed)
		}
		p := s.clock.now(s)
		n := len(values)
		if s.o.Batch > 0 {
			n = min(n, s.o.Batch-int(p.count))
		}
		s.counts.sent.Add(int64(n))
		p.addAll(s.rowOf(labels, series, n), values[:n], s)
		values = values[n:]
		if s.o.Batch > 0 {
			s.endFullBatch()
		}
		if len(s.ready) > mostAtOnce {
			s.deliver()
			s.mu.Lock()
		}
	}
	s.deliver()
	return nil
}

// deliver hands what is ready to the sinks, and unlocks mu. It waits while another goroutine
// does so.
func (s *Stream) deliver() {
	for len(s.ready) > 0 {
		if s.delivering {
			s.delivered.Wait()
			continue
		}
		all := s.ready
		s.ready, s.former, s.delivering = s.former, nil, true
		s.mu.Unlock()
		s.emit(all)
		clear(all)
		s.mu.Lock()
		s.former, s.delivering = all[:0], false
		s.delivered.Broadcast()
	}
	s.mu.Unlock()
}

func hasNaN(values []float64) bool {
	sum := 0.0
	for _, v := range values {
		sum += v * 0 // NaN for NaN and infinities
	}
	if sum == 0 {
		return false
	}
	for _, v := range values {
		if v != v {
			return true
		}
	}
	return false
}

func (s *Stream) skipNaN(labels Labels) error {
	s.counts.nan.Add(1)
	if s.o.NaN == NaNSkip {
		return nil
	}
	return fmt.Errorf("stream %q: send with labels %q: %w", s.name, string(labels.Key()), ErrNaN)
}

// rowOf returns the row of labels, for n values.
func (s *Stream) rowOf(labels Labels, series *Series, n int) *row {
	if series != nil && series.row != nil && !series.row.gone {
		return series.row
	}
	r, overflow := s.table.find(labels)
	if overflow {
		s.counts.overflow.Add(int64(n))
	} else if series != nil {
		series.row = r
	}
	return r
}

// close emits what there is. Afterwards the stream takes nothing.
func (s *Stream) close() {
	s.mu.Lock()
	s.closed = true
	s.clock.stop()
	switch {
	case s.o.EventTime:
		s.events.advance(s, math.MaxInt64)
	case s.o.Batch > 0:
		s.endBatch()
	default:
		s.clock.end(s)
	}
	for s.delivering {
		s.delivered.Wait()
	}
	s.deliver()
}

// Counts are what a stream got and made of it.
type Counts struct {
	Sent     int64 // values that were taken, late ones included
	NaN      int64 // values that are not numbers and were not taken
	Late     int64 // values that came after all of their windows had ended and could not be corrected
	Overflow int64 // values in the series of those for which there was no room
	Failed   int64 // results that are missing because an aggregation failed
	Emitted  int64 // elements
}

// Stats returns what the stream has counted since it was made.
func (s *Stream) Stats() Counts {
	c := &s.counts
	return Counts{c.sent.Load(), c.nan.Load(), c.late.Load(), c.overflow.Load(), c.failed.Load(), c.emitted.Load()}
}
