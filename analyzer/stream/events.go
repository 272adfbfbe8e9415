package stream

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// events are the windows of a stream with EventTime. Pane n is from n to n+1 times Every since 1970, and the
// window n ends with it.
type events struct {
	began  bool
	newest int64 // the latest time of a value, in ns since 1970
	ended  int64 // the last window that was emitted, or that would have been
}

// The times that fit into int64 nanoseconds, with room for windows.
var (
	earliest = time.Unix(0, math.MinInt64/2)
	latest   = time.Unix(0, math.MaxInt64/2)
)

func (s *Stream) sendAt(t time.Time, value float64, labels Labels, series *Series) error {
	switch {
	case !s.o.EventTime:
		return fmt.Errorf("stream %q: SendAt needs the option EventTime", s.name)
	case t.Before(earliest) || t.After(latest):
		return fmt.Errorf("stream %q: %v is not between %d and %d", s.name, t, earliest.Year(), latest.Year())
	case value != value && s.o.NaN != NaNKeep:
		return s.skipNaN(labels)
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return fmt.Errorf("stream %q: send: %w", s.name, ErrClosed)
	}
	s.counts.sent.Add(1)
	taken := s.events.add(s, t.UnixNano(), value, labels, series)
	s.deliver()
	if !taken {
		s.counts.late.Add(1)
		if s.o.OnLate != nil {
			all := s.table.defaults.over(labels)
			s.o.OnLate(Element{Name: s.name, Value: value, Start: t, Time: t, Labels: all})
		}
	}
	return nil
}

func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// add adds a value, and reports whether a window takes it.
func (v *events) add(s *Stream, at int64, value float64, labels Labels, series *Series) bool {
	every, windows := int64(s.o.Every), int64(s.o.Window/s.o.Every)
	number := floor(at, every)
	if !v.began {
		v.began = true
		v.newest = at
		v.ended = floor(at-int64(s.o.Lateness), every) - 1
	}
	// The last window that has the pane is number+windows-1.
	if number+windows-1 <= v.ended-int64(s.o.Keep/s.o.Every) {
		return false
	}
	v.pane(s, number).add(s.rowOf(labels, series, 1), value, s)
	for w := number; w <= min(v.ended, number+windows-1); w++ {
		if s.o.Late == LateCorrect && w > v.ended-int64(s.o.Keep/s.o.Every) {
			v.finish(s, w, true)
		}
	}
	if at > v.newest {
		v.newest = at
		v.advance(s, at-int64(s.o.Lateness))
	}
	return true
}

// pane returns the one of a number.
func (v *events) pane(s *Stream, number int64) *pane {
	i := len(s.panes)
	for i > 0 && s.panes[i-1].number > number {
		i--
	}
	if i > 0 && s.panes[i-1].number == number {
		return s.panes[i-1]
	}
	p := s.newPane(number, time.Time{})
	s.panes = slices.Insert(s.panes, i, p)
	return p
}

// advance ends the windows whose end is at or before a time.
func (v *events) advance(s *Stream, to int64) {
	if !v.began {
		return
	}
	every, windows := int64(s.o.Every), int64(s.o.Window/s.o.Every)
	last := floor(to, every) - 1
	for v.ended < last {
		next := v.ended + 1
		first := v.firstPane(s, next-windows+1)
		if first == len(s.panes) {
			if to != math.MaxInt64 {
				v.ended = last
			}
			break
		}
		next = max(next, s.panes[first].number) // windows in between have no values
		if next > last {
			v.ended = last
			break
		}
		v.finish(s, next, false)
		v.ended = next
	}
	v.dropOld(s)
}

// firstPane returns the index of the first pane whose number is at least that.
func (v *events) firstPane(s *Stream, number int64) int {
	i, _ := slices.BinarySearchFunc(s.panes, number, func(p *pane, n int64) int { return int(max(-1, min(1, p.number-n))) })
	return i
}

// finish emits a window.
func (v *events) finish(s *Stream, number int64, correction bool) {
	every, windows := int64(s.o.Every), int64(s.o.Window/s.o.Every)
	from, to := v.firstPane(s, number-windows+1), v.firstPane(s, number+1)
	end := time.Unix(0, (number+1)*every)
	s.finish(s.panes[from:to], end.Add(-s.o.Window), end, correction)
}

// dropOld drops the panes that no window needs which may be emitted yet.
func (v *events) dropOld(s *Stream) {
	windows := int64(s.o.Window / s.o.Every)
	oldest := v.ended + 1 - int64(s.o.Keep/s.o.Every) - windows + 1
	n := v.firstPane(s, oldest)
	for _, p := range s.panes[:n] {
		s.drop(p)
	}
	s.panes = slices.Delete(s.panes, 0, n)
}
