package stream

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog/log"
)

// A Coordinator has streams and sinks, and hands what the streams emit to the sinks. The zero value is
// ready for use. Its methods may be called by any number of goroutines. Close is called when the last
// value was sent: without it the last windows and batches are lost.
type Coordinator struct {
	// OnProblem is called with errors that no call returns: of sinks, of aggregations, and of
	// elements that are dropped. By default they are logged by the global logger of zerolog. It must not
	// call the Coordinator or its streams. It is set before the first Stream or sink is added.
	OnProblem func(error)

	mu      sync.Mutex // guards changes of what follows
	streams atomic.Pointer[map[string]*Stream]
	outlets atomic.Pointer[[]*outlet]
	closed  bool
	ctx     context.Context // ends when Close gives up
	giveUp  context.CancelFunc
}

// Stream adds a stream. Its name is unlike those of others.
func (c *Coordinator) Stream(name string, o Options) (*Stream, error) {
	if name == "" {
		return nil, errors.New("stream: a stream has no name")
	}
	s, err := newStream(name, o, func(all []Element) { c.emit(name, all) }, c.problem)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.allStreams()
	switch {
	case c.closed:
		return nil, fmt.Errorf("stream %q: add: %w", name, ErrClosed)
	case all[name] != nil:
		return nil, fmt.Errorf("stream %q: there is one of this name already", name)
	}
	all = maps.Clone(all)
	if all == nil {
		all = map[string]*Stream{}
	}
	all[name] = s
	c.streams.Store(&all)
	return s, nil
}

func (c *Coordinator) allStreams() map[string]*Stream {
	if p := c.streams.Load(); p != nil {
		return *p
	}
	return nil
}

func (c *Coordinator) allOutlets() []*outlet {
	if p := c.outlets.Load(); p != nil {
		return *p
	}
	return nil
}

// AddSink adds a sink for what is emitted from now on.
func (c *Coordinator) AddSink(sink Sink, o SinkOptions) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return fmt.Errorf("stream: add sink %s: %w", o.nameOf(sink), ErrClosed)
	}
	if c.ctx == nil {
		c.ctx, c.giveUp = context.WithCancel(context.Background())
	}
	out, err := newOutlet(c.ctx, sink, o, c.problem)
	if err != nil {
		return err
	}
	all := c.allOutlets()
	for _, other := range all {
		if other.o.Name == out.o.Name {
			out.o.Name = fmt.Sprintf("%s %d", out.o.Name, len(all)+1)
		}
	}
	all = append(slices.Clone(all), out)
	c.outlets.Store(&all)
	return nil
}

// Named returns the stream that has a name.
func (c *Coordinator) Named(name string) (*Stream, error) {
	all := c.allStreams()
	if s := all[name]; s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("stream: there is no stream %q; there are %s", name, list(slices.Sorted(maps.Keys(all))))
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// Send adds a value to the stream that has a name.
func (c *Coordinator) Send(name string, value float64, labels Labels) error {
	s, err := c.Named(name)
	if err != nil {
		return err
	}
	return s.Send(value, labels)
}

// SendAll adds values of one series to the stream that has a name.
func (c *Coordinator) SendAll(name string, values []float64, labels Labels) error {
	s, err := c.Named(name)
	if err != nil {
		return err
	}
	return s.SendAll(values, labels)
}

// Time is [Stream.Time] of the stream that has a name.
func (c *Coordinator) Time(name string, unit time.Duration, labels Labels) (stop func(), err error) {
	s, err := c.Named(name)
	if err != nil {
		return nil, err
	}
	return s.Time(unit, labels), nil
}

// emit hands elements of a stream to each sink. It waits for those whose buffer is full and
// that are to block, after the others have theirs.
func (c *Coordinator) emit(stream string, all []Element) {
	outlets := c.allOutlets()
	waiting := false
	for _, out := range outlets {
		if out.wants(stream) && out.put(all) < len(all) {
			waiting = true
		}
	}
	if !waiting {
		return
	}
	for _, out := range outlets {
		if out.wants(stream) {
			out.wait()
		}
	}
}

func (c *Coordinator) problem(err error) {
	if c.OnProblem != nil {
		c.OnProblem(err)
		return
	}
	log.Warn().Err(err).Msg("stream")
}

// Close ends all windows and batches, waits until the sinks have everything, and closes those
// that are [Closer]. When ctx ends it gives up what is left. The error says which sink did not get
// how many elements, and why; see also [Coordinator.Stats].
func (c *Coordinator) Close(ctx context.Context) error {
	c.mu.Lock()
	first := !c.closed
	c.closed = true
	giveUp := c.giveUp
	c.mu.Unlock()
	if !first {
		return fmt.Errorf("stream: Close: %w", ErrClosed)
	}
	outlets := c.allOutlets()
	stop := context.AfterFunc(ctx, func() {
		for _, out := range outlets {
			out.abandon()
		}
		if giveUp != nil {
			giveUp()
		}
	})
	defer stop()
	for _, name := range slices.Sorted(maps.Keys(c.allStreams())) {
		c.allStreams()[name].close()
	}
	errs := make([]error, len(outlets))
	var all sync.WaitGroup
	for i, out := range outlets {
		all.Go(func() { errs[i] = out.close(ctx) })
	}
	all.Wait()
	if giveUp != nil {
		giveUp()
	}
	return errors.Join(errs...)
}

// Stats says what went through a Coordinator.
type Stats struct {
	Streams map[string]Counts
	Sinks   map[string]SinkStats
}

// Stats returns what was counted until now, also after Close.
func (c *Coordinator) Stats() Stats {
	s := Stats{map[string]Counts{}, map[string]SinkStats{}}
	for name, stream := range c.allStreams() {
		s.Streams[name] = stream.Stats()
	}
	for _, out := range c.allOutlets() {
		s.Sinks[out.o.Name] = out.statistics()
	}
	return s
}

// String lists the streams and the sinks, one on a line.
func (c *Coordinator) String() string {
	var b strings.Builder
	b.WriteString("streams:\n")
	all := c.allStreams()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s := all[name]
		fmt.Fprintf(&b, "  %s: %s\n", name, s.o.String())
	}
	b.WriteString("sinks:\n")
	for _, out := range c.allOutlets() {
		fmt.Fprintf(&b, "  %s\n", out.o.String())
	}
	return b.String()
}

// String describes the options in some words, such as "window of 10s: mean, p99".
func (o Options) String() string {
	var b strings.Builder
	if o.Batch > 0 {
		fmt.Fprintf(&b, "batches of %d: ", o.Batch)
	} else {
		fmt.Fprintf(&b, "window of %v", o.Window)
		if o.Every != 0 && o.Every != o.Window {
			fmt.Fprintf(&b, " every %v", o.Every)
		}
		b.WriteString(": ")
	}
	names := make([]string, len(o.Aggregations))
	for i, a := range o.Aggregations {
		names[i] = a.Name
	}
	b.WriteString(list(names))
	return b.String()
}
