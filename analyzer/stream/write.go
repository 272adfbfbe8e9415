package stream

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// start has a goroutine write what waits. There is none while nothing waits. out.mu is held.
func (out *outlet) start() {
	select {
	case out.wake <- struct{}{}:
	default:
	}
	if !out.running && out.queue.n+len(out.blocked) > 0 {
		out.running = true
		go out.run()
	}
}

// run writes what waits, until nothing does.
func (out *outlet) run() {
	var batch []Element
	for {
		var pause time.Duration
		batch, pause = out.take(batch[:0])
		switch {
		case pause > 0:
			out.sleep(pause, out.wake)
		case len(batch) == 0:
			return
		default:
			out.write(batch)
		}
	}
}

// take returns the elements to write next. If there are some, but none may be written yet, it returns
// how long to wait. If it returns neither, this goroutine is to end.
func (out *outlet) take(batch []Element) ([]Element, time.Duration) {
	out.mu.Lock()
	defer out.mu.Unlock()
	for len(out.blocked) > 0 && !out.queue.full() {
		if e := out.blocked[0]; !out.o.Merge || !out.merge(e) {
			out.queue.push(e)
		}
		out.blocked = out.blocked[1:]
	}
	if len(out.blocked) == 0 {
		out.blocked = nil
		out.changed.Broadcast()
	}
	if out.queue.n == 0 {
		out.running, out.full = false, false
		out.changed.Broadcast()
		return nil, 0
	}
	out.pending = nil
	if out.next == nil {
		batch = out.queue.take(batch, mostAtOnce, func(*Element) bool { return true })
		out.writing = len(batch)
		return batch, 0
	}
	return out.takeDue(batch)
}

// takeDue is take for a sink that has at most one element of a series in a while.
func (out *outlet) takeDue(batch []Element) ([]Element, time.Duration) {
	now := time.Now()
	soonest := now.Add(out.o.Every)
	batch = out.queue.take(batch, mostAtOnce, func(e *Element) bool {
		id := e.series()
		if due := out.next[id]; due.After(now) {
			if due.Before(soonest) {
				soonest = due
			}
			return false
		}
		out.next[id] = now.Add(out.o.Every)
		return true
	})
	if len(out.next) > 2*out.o.Buffer {
		for id, due := range out.next {
			if !due.After(now) {
				delete(out.next, id)
			}
		}
	}
	out.writing = len(batch)
	if len(batch) == 0 {
		return batch, soonest.Sub(now)
	}
	return batch, 0
}

// sleep waits until d is over, something comes from wake, or Close gives up.
func (out *outlet) sleep(d time.Duration, wake <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-wake:
	case <-out.ctx.Done():
	}
}

// write writes elements, with retries.
func (out *outlet) write(batch []Element) {
	retries, pause := 0, out.o.Backoff
	for len(batch) > 0 {
		n, err := out.once(batch)
		batch = batch[n:]
		if n > 0 {
			retries, pause = 0, out.o.Backoff
		}
		failed, refused, abandoned := 0, 0, 0
		switch {
		case err == nil:
		case out.ctx.Err() != nil:
			abandoned = len(batch)
		case errors.Is(err, ErrRefused):
			refused = min(1, len(batch))
		case retries >= out.o.Retries:
			failed = len(batch)
		}
		lost := failed + refused + abandoned
		out.mu.Lock()
		out.stats.Delivered += int64(n)
		out.stats.Failed += int64(failed)
		out.stats.Refused += int64(refused)
		out.stats.Abandoned += int64(abandoned)
		out.writing -= n + lost
		if err != nil {
			out.lastError = err
		}
		out.mu.Unlock()
		batch = batch[lost:]
		switch {
		case lost > 0:
			out.problem(fmt.Errorf("stream: sink %s: %d elements were not written: %w", out.o.Name, lost, err))
		case err != nil:
			retries++
			out.sleep(pause, nil)
			pause = min(2*pause, mostBackoff)
		}
	}
}

// once writes elements once, and checks what the sink returns.
func (out *outlet) once(batch []Element) (n int, err error) {
	defer func() {
		if why := recover(); why != nil {
			n, err = 0, fmt.Errorf("panic: %v", why)
		}
	}()
	n, err = out.sink.Write(out.ctx, batch)
	switch {
	case n < 0 || n > len(batch):
		return 0, fmt.Errorf("Write returned that it has taken %d of %d elements", n, len(batch))
	case err == nil && n < len(batch):
		err = errors.New("Write took no more, and gave no error")
	case err != nil && n == len(batch):
		err = nil // it has all
	}
	return n, err
}

// Each returns a sink that calls f with each element, and tries the element again after an error.
func Each(f func(ctx context.Context, e Element) error) Sink { return eachSink(f) }

type eachSink func(context.Context, Element) error

func (f eachSink) Write(ctx context.Context, elements []Element) (int, error) {
	for i, e := range elements {
		if err := f(ctx, e); err != nil {
			return i, err
		}
	}
	return len(elements), nil
}
