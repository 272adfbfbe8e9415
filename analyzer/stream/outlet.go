package stream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// SinkOptions say how a [Coordinator] hands elements to a sink. With the zero value the sink gets the elements of all
// streams, at any rate.
type SinkOptions struct {
	// Name is the name in errors and Stats. The default is the type of the sink.
	Name string

	// Streams are the names of the streams whose elements the sink gets. The default is all.
	Streams []string

	// Buffer is how many elements may wait for the sink. The default is 10,000.
	Buffer int

	// Full says what happens to an element for which the buffer has no room. The default is DropOldest.
	Full FullPolicy

	// Every is the least time between two elements of a series, for servers that keep one value a
	// second, say. The default is none.
	Every time.Duration

	// Merge has an element of a series that has to wait for Every replace the one that waits already, which is
	// then counted as merged. Without it both are written, the second one Every later.
	Merge bool

	// Retries is how often the Coordinator tries again to write elements after the sink gave an
	// error and took none, before it drops them. The default is 8; below 0 it tries once.
	Retries int

	// Backoff is the pause before the first retry. Each further one is twice as long, up to
	// a minute. The default is 100 ms.
	Backoff time.Duration
}

// FullPolicy says what happens to an element for which a buffer has no room.
type FullPolicy int

// The policies for full buffers.
const (
	DropOldest FullPolicy = iota // the element that has waited longest is dropped
	DropNewest                   // it is dropped itself
	Block                        // the goroutine waits whose Send ended the window or batch
)

const (
	defaultBuffer  = 10_000
	defaultRetries = 8
	defaultBackoff = 100 * time.Millisecond
	mostBackoff    = time.Minute
	mostAtOnce     = 1000        // elements in one Write
	patience       = time.Second // after the context of a Write ended
)

func (o SinkOptions) nameOf(s Sink) string {
	if o.Name != "" {
		return o.Name
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", s), "*")
}

// String describes the options in some words.
func (o SinkOptions) String() string {
	text := o.Name
	if len(o.Streams) > 0 {
		text += ": " + list(o.Streams)
	}
	if o.Every > 0 {
		text += fmt.Sprintf(", every %v", o.Every)
	}
	return text
}

// SinkStats counts the elements that were emitted for a sink. Emitted is the sum of all others.
type SinkStats struct {
	Emitted   int64
	Delivered int64 // the sink took them
	Dropped   int64 // the buffer was full
	Merged    int64 // a newer one replaced them, under Merge
	Failed    int64 // the sink still gave an error after all retries
	Refused   int64 // the sink refused them
	Abandoned int64 // they were still waiting when Close gave up
	Waiting   int64
}

// An outlet is a sink and what waits for it.
type outlet struct {
	sink    Sink
	o       SinkOptions
	only    map[string]bool // the names of streams, or nil
	problem func(error)
	ctx     context.Context

	mu        sync.Mutex
	changed   sync.Cond // there is room, or nothing to do, or an end
	queue     queue
	blocked   []Element              // for which there is no room yet, under Block
	pending   map[seriesID]int       // where the element of a series waits, under Merge; nil if not known
	next      map[seriesID]time.Time // when the next element of a series is due, with Every
	wake      chan struct{}          // something new waits
	writing   int                    // elements that Write has
	running   bool
	abandoned bool
	hangs     bool // Write did not return in time
	full      bool // since the last time that it was empty, elements were dropped
	lastError error
	stats     SinkStats
}

type seriesID struct {
	name string
	key  Key
}

func (e *Element) series() seriesID { return seriesID{e.Name, e.Key()} }

func newOutlet(ctx context.Context, sink Sink, o SinkOptions, problem func(error)) (*outlet, error) {
	o.Name = o.nameOf(sink)
	fail := func(form string, args ...any) (*outlet, error) {
		return nil, fmt.Errorf("stream: sink %s: %s", o.Name, fmt.Sprintf(form, args...))
	}
	switch {
	case sink == nil:
		return fail("it is nil")
	case o.Buffer < 0:
		return fail("Buffer is %d; it must be above 0", o.Buffer)
	case o.Full < DropOldest || o.Full > Block:
		return fail("Full is %d, which is no FullPolicy", o.Full)
	case o.Every < 0 || o.Backoff < 0:
		return fail("Every is %v and Backoff is %v; neither may be below 0", o.Every, o.Backoff)
	case o.Merge && o.Every == 0:
		return fail("Merge is for elements that wait for Every, which is 0")
	}
	if o.Buffer == 0 {
		o.Buffer = defaultBuffer
	}
	if o.Retries == 0 {
		o.Retries = defaultRetries
	}
	if o.Backoff == 0 {
		o.Backoff = defaultBackoff
	}
	out := &outlet{sink: sink, o: o, problem: problem, ctx: ctx}
	out.changed.L = &out.mu
	out.wake = make(chan struct{}, 1)
	out.queue.most = o.Buffer
	if len(o.Streams) > 0 {
		out.only = map[string]bool{}
		for _, name := range o.Streams {
			out.only[name] = true
		}
	}
	if o.Every > 0 {
		out.next = map[seriesID]time.Time{}
	}
	return out, nil
}

func (out *outlet) wants(stream string) bool { return out.only == nil || out.only[stream] }

// put takes elements, and returns for how many there is room or for which another one went. The others are blocked.
func (out *outlet) put(all []Element) int {
	full := false
	defer func() {
		if full {
			out.problem(fmt.Errorf("stream: sink %s: its buffer of %d elements is full; elements are dropped from now on", out.o.Name, out.o.Buffer))
		}
	}()
	out.mu.Lock()
	defer out.mu.Unlock()
	defer out.start()
	out.stats.Emitted += int64(len(all))
	if out.abandoned {
		out.stats.Abandoned += int64(len(all))
		return len(all)
	}
	if out.o.Merge && len(out.blocked) > 0 { // what is newer than the blocked ones goes behind them
		out.blocked = append(out.blocked, all...)
		return 0
	}
	dropped := int64(0)
	n := 0
	for ; n < len(all); n++ {
		e := all[n]
		if out.o.Merge && out.merge(e) {
			continue
		}
		if out.queue.full() || len(out.blocked) > 0 {
			switch out.o.Full {
			case Block:
				out.blocked = append(out.blocked, all[n:]...)
				return n
			case DropOldest:
				out.pending = nil
				out.queue.pop(1)
				out.queue.push(e)
			}
			dropped++
			continue
		}
		out.queue.push(e)
	}
	out.stats.Dropped += dropped
	full = dropped > 0 && !out.full
	out.full = out.full || full
	return len(all)
}

// merge puts e in the place of the element of its series that waits, if any.
func (out *outlet) merge(e Element) bool {
	if out.pending == nil {
		out.pending = map[seriesID]int{}
		for i := range out.queue.n {
			out.pending[out.queue.at(i).series()] = i
		}
	}
	id := e.series()
	i, waits := out.pending[id]
	if waits {
		*out.queue.at(i) = e
		out.stats.Merged++
	} else if !out.queue.full() {
		out.pending[id] = out.queue.n // where it is going to be
	}
	return waits
}

// wait waits until nothing is blocked.
func (out *outlet) wait() {
	out.mu.Lock()
	defer out.mu.Unlock()
	for len(out.blocked) > 0 {
		out.changed.Wait()
	}
}

// abandon gives up all that waits.
func (out *outlet) abandon() {
	out.mu.Lock()
	defer out.mu.Unlock()
	out.abandoned = true
	out.stats.Abandoned += int64(out.queue.n + len(out.blocked))
	out.queue.pop(out.queue.n)
	out.blocked = nil
	out.changed.Broadcast()
}

// giveUp has close wait no longer for Write.
func (out *outlet) giveUp() {
	out.mu.Lock()
	defer out.mu.Unlock()
	out.hangs = true
	out.changed.Broadcast()
}

// statistics returns the counts.
func (out *outlet) statistics() SinkStats {
	out.mu.Lock()
	defer out.mu.Unlock()
	s := out.stats
	s.Waiting = int64(out.queue.n + len(out.blocked) + out.writing)
	return s
}

// close waits until everything is written, or ctx has ended, and closes the sink.
func (out *outlet) close(ctx context.Context) error {
	out.mu.Lock()
	for out.running && !out.abandoned {
		out.changed.Wait()
	}
	if out.running {
		timer := time.AfterFunc(patience, out.giveUp)
		for out.running && !out.hangs {
			out.changed.Wait()
		}
		timer.Stop()
	}
	s, last, hangs := out.stats, out.lastError, out.running
	s.Abandoned += int64(out.writing)
	out.mu.Unlock()
	var errs []error
	if lost := s.Emitted - s.Delivered - s.Merged; lost > 0 {
		err := fmt.Errorf("stream: sink %s: %d of %d elements were not delivered: %s", out.o.Name, lost, s.Emitted, s.losses())
		if last != nil {
			err = fmt.Errorf("%w; the last error: %w", err, last)
		}
		errs = append(errs, err)
	}
	if hangs {
		return errors.Join(append(errs, fmt.Errorf("stream: sink %s: its Write did not return after its context ended; the sink was not closed", out.o.Name))...)
	}
	if c, ok := out.sink.(Closer); ok {
		if err := c.Close(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stream: close sink %s: %w", out.o.Name, err))
		}
	}
	return errors.Join(errs...)
}

// losses says why elements were not delivered.
func (s SinkStats) losses() string {
	var parts []string
	for _, l := range []struct {
		n   int64
		why string
	}{
		{s.Dropped, "dropped, as the buffer was full"}, {s.Failed, "given up after retries"},
		{s.Refused, "refused"}, {s.Abandoned, "abandoned by Close"},
	} {
		if l.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", l.n, l.why))
		}
	}
	return strings.Join(parts, ", ")
}

// A queue is a ring of elements.
type queue struct {
	ring    []Element
	head, n int
	most    int
}

func (q *queue) full() bool { return q.n >= q.most }

func (q *queue) at(i int) *Element { return &q.ring[(q.head+i)%len(q.ring)] }

func (q *queue) push(e Element) {
	if q.n == len(q.ring) {
		ring := make([]Element, min(q.most, max(16, 2*q.n)))
		for i := range q.n {
			ring[i] = *q.at(i)
		}
		q.ring, q.head = ring, 0
	}
	q.n++
	*q.at(q.n - 1) = e
}

// pop drops the n oldest elements.
func (q *queue) pop(n int) {
	for i := range n {
		*q.at(i) = Element{}
	}
	if q.n -= n; q.n == 0 {
		q.head = 0
		return
	}
	q.head = (q.head + n) % len(q.ring)
}

// take moves up to most elements to dst, from the oldest on, of those that ready reports true for.
func (q *queue) take(dst []Element, most int, ready func(*Element) bool) []Element {
	kept := 0
	for i := range q.n {
		e := q.at(i)
		if len(dst) < most && ready(e) {
			dst = append(dst, *e)
			continue
		}
		if kept < i {
			*q.at(kept) = *e
		}
		kept++
	}
	for i := kept; i < q.n; i++ {
		*q.at(i) = Element{}
	}
	if q.n = kept; kept == 0 {
		q.head = 0
	}
	return dst
}
