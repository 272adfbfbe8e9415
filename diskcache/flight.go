package diskcache

import "sync/atomic"

// flight is one computation under way. Those who want the same value wait for
// done and read the rest then.
type flight struct {
	done   chan struct{}
	entry  *entry  // the value, or
	err    error   // what compute returned; where both are nil, nobody computed
	failed *origin // what that used
	epoch  uint64  // in which that began, as entry.good has it
	began  int64   // when compute was called that returned err, in Unix nanoseconds
	waits  waitSet

	leader atomic.Pointer[computer] // what computes; nil while that is not known
	behind atomic.Pointer[wait]     // of the leader for another process or object tree
	told   atomic.Bool              // that somebody waits for it, or its leader for others

	cleared bool // guarded by the cell's saving: what it computes is not to be kept

	noted    *marks // guarded by the cell's mu; what was marked before it computed
	outdated bool   // guarded by the cell's mu: it was invalidated, and nothing of it is to be kept
}

// computing returns the leader, or nil.
func (f *flight) computing() *computer {
	select {
	case <-f.done:
		return nil
	default:
		return f.leader.Load()
	}
}

// join returns the flight of key, and whether the caller leads it: a leader must
// call land, come what may.
func (c *cell) join(key Key) (f *flight, leads bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.flights[key]; f != nil {
		return f, false
	}
	f = &flight{done: make(chan struct{})}
	if c.flights == nil {
		c.flights = map[Key]*flight{}
	}
	c.flights[key] = f
	return f, true
}

// busy reports whether something is being computed that may be kept.
func (c *cell) busy() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.flights) > 0
}

// land ends a flight. With neither an entry nor an error the next of those who
// wait leads a new one.
func (c *cell) land(key Key, f *flight, e *entry, err error) {
	f.entry, f.err = e, err
	c.mu.Lock()
	if c.flights[key] == f { // else it was cleared, and there may be another one
		delete(c.flights, key)
	}
	c.mu.Unlock()
	close(f.done)
}
