package stream

import (
	"fmt"
	"time"
)

// A pane is a batch, or the part of windows between two of their ends. A window that overlaps
// with others has several panes.
type pane struct {
	number int64 // consecutive panes have consecutive ones
	start  time.Time
	cells  []*cell // in order of their first values
	at     map[*row]*cell
	count  int64
}

// A cell is one series in one pane.
type cell struct {
	pane     *pane
	row      *row
	count    int64
	results  []Accumulator
	failures []error // of the accumulators, if any
	buffer   [64]float64
	buffered int
}

// add adds a value to the series of r.
func (p *pane) add(r *row, value float64, s *Stream) {
	c := r.cell
	if c == nil || c.pane != p {
		c = p.cellOf(r, s)
	}
	p.count++
	c.count++
	c.buffer[c.buffered] = value
	if c.buffered++; c.buffered == len(c.buffer) {
		c.flush()
	}
}

func (p *pane) addAll(r *row, values []float64, s *Stream) {
	c := r.cell
	if c == nil || c.pane != p {
		c = p.cellOf(r, s)
	}
	p.count += int64(len(values))
	c.count += int64(len(values))
	if len(values) >= len(c.buffer) {
		c.flush()
		c.put(values)
		return
	}
	for len(values) > 0 {
		n := copy(c.buffer[c.buffered:], values)
		values = values[n:]
		if c.buffered += n; c.buffered == len(c.buffer) {
			c.flush()
		}
	}
}

// cellOf returns the cell of a row of which r.cell is another one.
func (p *pane) cellOf(r *row, s *Stream) *cell {
	c := p.at[r]
	if c == nil {
		c = s.newCell()
		c.pane, c.row = p, r
		p.at[r] = c
		p.cells = append(p.cells, c)
		r.open++
	}
	r.cell = c
	return c
}

// newCell returns one without values.
func (s *Stream) newCell() *cell {
	if n := len(s.free); n > 0 {
		c := s.free[n-1]
		s.free = s.free[:n-1]
		return c
	}
	c := &cell{results: make([]Accumulator, len(s.o.Aggregations))}
	for i, a := range s.o.Aggregations {
		c.guard(i, func() { c.results[i] = a.New(s.o.Batch) })
	}
	return c
}

// flush hands what is in the buffer to the accumulators.
func (c *cell) flush() {
	if c.buffered > 0 {
		c.put(c.buffer[:c.buffered])
		c.buffered = 0
	}
}

func (c *cell) put(values []float64) {
	if c.failures != nil {
		for i := range c.results {
			if c.failure(i) == nil {
				c.guard(i, func() { c.results[i].Add(values) })
			}
		}
		return
	}
	at := 0
	defer func() {
		if at < len(c.results) {
			c.fail(at, recover())
			for i := at + 1; i < len(c.results); i++ {
				c.guard(i, func() { c.results[i].Add(values) })
			}
		}
	}()
	for ; at < len(c.results); at++ {
		c.results[at].Add(values)
	}
}

// guard calls f for an accumulator, and notes a panic.
func (c *cell) guard(i int, f func()) {
	done := false
	defer func() {
		if !done {
			c.fail(i, recover())
		}
	}()
	f()
	done = true
}

// failure returns why accumulator i has no result, or nil.
func (c *cell) failure(i int) error {
	if len(c.failures) == 0 {
		return nil
	}
	return c.failures[i]
}

func (c *cell) fail(i int, why any) {
	if c.failures == nil {
		c.failures = make([]error, len(c.results))
	}
	c.failures[i] = fmt.Errorf("panic: %v", why)
}

// merge adds the values of next, which came after those of c.
func (c *cell) merge(next *cell) {
	c.count += next.count
	for i := range c.results {
		switch {
		case next.failure(i) != nil:
			c.fail(i, nil)
			c.failures[i] = next.failure(i)
		case c.failure(i) == nil:
			c.guard(i, func() { c.results[i].Merge(next.results[i]) })
		}
	}
}

// recycle takes the values out of a cell.
func (s *Stream) recycle(c *cell) {
	if c.row != nil {
		c.row.open--
		if c.row.cell == c {
			c.row.cell = nil
		}
	}
	if c.failures != nil || len(s.free) > s.o.MaxSeries {
		return // what failed is not used again
	}
	for i, acc := range c.results {
		c.guard(i, acc.Reset)
	}
	if c.failures == nil {
		c.pane, c.row, c.count, c.buffered = nil, nil, 0, 0
		s.free = append(s.free, c)
	}
}

// drop recycles the cells of a pane, and prunes the table.
func (s *Stream) drop(p *pane) {
	for _, c := range p.cells {
		s.recycle(c)
	}
	s.spare = p
	clear(p.at)
	clear(p.cells)
	p.cells, p.count = p.cells[:0], 0
	s.table.prune()
}

// newPane returns an empty one.
func (s *Stream) newPane(number int64, start time.Time) *pane {
	p := s.spare
	if s.spare = nil; p == nil {
		p = &pane{at: map[*row]*cell{}}
	}
	p.number, p.start = number, start
	return p
}
