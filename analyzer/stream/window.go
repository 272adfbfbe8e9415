package stream

import (
	"fmt"
	"time"
)

// finish computes the results of a window that has the panes given, in order of time, and puts them with what
// is ready. The panes stay as they are.
func (s *Stream) finish(panes []*pane, start, end time.Time, correction bool) {
	cells := s.gather(panes)
	if len(cells) == 0 {
		return
	}
	before := len(s.ready)
	for i := range s.o.Aggregations {
		for _, c := range cells {
			s.result(c, i, Interval{start, end, c.count}, correction)
		}
	}
	if len(panes) > 1 {
		for _, c := range cells {
			s.recycle(c)
		}
	}
	s.counts.emitted.Add(int64(len(s.ready) - before))
}

// gather returns the cells of panes, those of one series as one, in order of first values.
func (s *Stream) gather(panes []*pane) []*cell {
	for _, p := range panes {
		for _, c := range p.cells {
			c.flush()
		}
	}
	if len(panes) == 1 {
		return panes[0].cells
	}
	var all []*cell
	of := map[*row]*cell{}
	for _, p := range panes {
		for _, c := range p.cells {
			whole := of[c.row]
			if whole == nil {
				whole = s.newCell()
				whole.row = c.row
				whole.row.open++
				of[c.row] = whole
				all = append(all, whole)
			}
			whole.merge(c)
		}
	}
	return all
}

// result appends what aggregation i makes of a cell to s.ready.
func (s *Stream) result(c *cell, i int, w Interval, correction bool) {
	before := len(s.ready)
	e := Element{Name: s.names[i], Start: w.Start, Time: w.End, Correction: correction}
	var err error
	if err = c.failure(i); err == nil {
		done := false
		func() {
			defer func() {
				if !done {
					c.fail(i, recover())
					err = c.failure(i)
				}
			}()
			err = c.results[i].Result(w, func(value float64, more Labels) {
				e.Value, e.Labels, e.key = value, c.row.labels, c.row.key
				if len(more) > 0 {
					e.Labels = c.row.labels.over(more)
					e.key = e.Labels.Key()
				}
				s.ready = append(s.ready, e)
			})
			done = true
		}()
	}
	if err != nil {
		s.ready = s.ready[:before]
		s.counts.failed.Add(1)
		s.problem(fmt.Errorf("stream %q: aggregation %s of labels %q, from %s to %s: %w", s.name, s.o.Aggregations[i].Name,
			string(c.row.key), w.Start.Format(time.RFC3339Nano), w.End.Format(time.RFC3339Nano), err))
	}
}

// endFullBatch ends the batch if it has all of its values.
func (s *Stream) endFullBatch() {
	if s.panes[0].count >= int64(s.o.Batch) {
		s.endBatch()
	}
}

func (s *Stream) endBatch() {
	if len(s.panes) == 0 {
		return
	}
	p := s.panes[0]
	s.finish(s.panes, p.start, time.Now(), false)
	s.drop(p)
	s.panes = s.panes[:0]
}
