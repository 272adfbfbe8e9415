package stream

import (
	"slices"
	"time"
)

// A clock says into which pane a value goes that is sent now, and ends windows.
type clock struct {
	base   time.Time     // elapsed times count from here
	wall   time.Time     // what a watch on the wall showed then, by what it shows now
	ends   time.Duration // of the present pane, in elapsed time
	number int64         // of the present pane
	timer  *time.Timer
}

func (k *clock) begin(s *Stream) {
	k.base = time.Now()
	k.wall = k.base.Round(0)
	k.ends = k.firstEnd(s)
}

// set looks whether the system's clock was set since, or stood still while the machine slept.
func (k *clock) set() bool {
	now := time.Now()
	wall := now.Round(0).Add(-now.Sub(k.base))
	if d := wall.Sub(k.wall); -time.Millisecond < d && d < time.Millisecond {
		return false
	}
	k.wall = wall
	return true
}

// firstEnd returns when the pane ends which is the present one.
func (k *clock) firstEnd(s *Stream) time.Duration {
	elapsed := time.Since(k.base)
	every := s.o.Every
	switch {
	case every == 0:
		return 0
	case s.o.Align:
		return elapsed + every - sinceMultiple(k.wall.Add(elapsed), every)
	}
	return elapsed - elapsed%every + every
}

// sinceMultiple returns how long before t the last multiple of d since 1970 was.
func sinceMultiple(t time.Time, d time.Duration) time.Duration {
	since := t.UnixNano() % int64(d)
	if since < 0 {
		since += int64(d)
	}
	return time.Duration(since)
}

// now returns the pane for a value that is sent now. It ends windows that are over.
func (k *clock) now(s *Stream) *pane {
	if s.o.Batch > 0 {
		if len(s.panes) == 0 {
			s.panes = append(s.panes, s.newPane(0, time.Now()))
		}
		return s.panes[0]
	}
	elapsed := time.Since(k.base)
	if elapsed >= k.ends {
		k.pass(s, elapsed)
	}
	if n := len(s.panes); n == 0 || s.panes[n-1].number != k.number {
		s.panes = append(s.panes, s.newPane(k.number, time.Time{}))
		k.wake(s)
	}
	return s.panes[len(s.panes)-1]
}

// pass ends all windows that are over at a time.
func (k *clock) pass(s *Stream, elapsed time.Duration) {
	for len(s.panes) > 0 && elapsed >= k.ends {
		k.endPane(s)
		k.number++
		if k.set() && s.o.Align {
			k.ends = k.firstEnd(s)
		} else {
			k.ends += s.o.Every
		}
	}
	if elapsed >= k.ends {
		k.set()
		k.number++
		k.ends = k.firstEnd(s)
	}
}

// endPane emits the window that ends with the newest pane, and drops the panes that no later
// one needs.
func (k *clock) endPane(s *Stream) {
	end := k.wall.Add(k.ends)
	s.finish(s.panes, end.Add(-s.o.Window), end, false)
	oldest := k.number - int64(s.o.Window/s.o.Every) + 2 // of the next window
	s.panes = slices.DeleteFunc(s.panes, func(p *pane) bool {
		if p.number >= oldest {
			return false
		}
		s.drop(p)
		return true
	})
}

// end emits the windows that have begun, as if they were over.
func (k *clock) end(s *Stream) {
	k.pass(s, time.Since(k.base))
	if len(s.panes) > 0 {
		k.endPane(s)
	}
}

// wake has windows end in time also if nothing is sent any more.
func (k *clock) wake(s *Stream) {
	d := k.ends - time.Since(k.base)
	if k.timer == nil {
		k.timer = time.AfterFunc(d, s.tick)
	} else {
		k.timer.Reset(d)
	}
}

func (k *clock) stop() {
	if k.timer != nil {
		k.timer.Stop()
	}
}

// tick ends the windows that are over.
func (s *Stream) tick() {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	if elapsed := time.Since(s.clock.base); elapsed >= s.clock.ends {
		s.clock.pass(s, elapsed)
	}
	if len(s.panes) > 0 {
		s.clock.wake(s)
	}
	s.deliver()
}
