package diskcache

import (
	"runtime"
	"sync/atomic"
)

// How the entries of a cell get into memory, are counted there, and leave it.
//
// Locks are taken in the order Memory.mu, table.mu. Neither is held while the
// cacher's own lock is taken.

// keep puts an entry into memory, in place of one with its key.
func (c *cell) keep(e *entry) { c.keepIf(e, nil) }

// before is what memory had of a key when somebody began to look for it elsewhere.
type before struct {
	entry *entry // nil for none
	drops int
}

func (c *cell) before(key Key) before {
	t := &c.memory
	t.mu.Lock()
	defer t.mu.Unlock()
	return before{t.get(key), t.drops}
}

// keepInPlaceOf keeps e only if nothing happened to its key since. It is for
// those who looked without leading a flight: a Refresh may have overtaken them. As its
// value may have been dropped again, they keep nothing if any was.
func (c *cell) keepInPlaceOf(old before, e *entry) {
	t := &c.memory
	c.keepIf(e, func() bool { return t.get(e.key) == old.entry && t.drops == old.drops })
}

// keepIf puts an entry into memory if a condition holds, which is asked under the lock.
func (c *cell) keepIf(e *entry, condition func() bool) {
	if c.field.NoMemory {
		return
	}
	m, t := c.dir.opts.Memory, &c.memory
	if m.Limit() > 0 {
		e.measure() // not under the lock
	}
	t.mu.Lock()
	if !t.listed && !t.closed {
		t.mu.Unlock()
		m.mu.Lock()
		t.mu.Lock()
		if !t.listed && !t.closed {
			m.list(c)
		}
		m.mu.Unlock()
	}
	if !t.closed && (condition == nil || condition()) {
		c.keepLocked(m, e)
	}
	t.mu.Unlock()
	m.makeRoom(e)
}

// keepLocked looks at the limit under the lock: SetLimit, which sets it first, comes by
// at this table afterwards, or has been here.
func (c *cell) keepLocked(m *Memory, e *entry) {
	if limit := m.Limit(); limit > 0 && e.measure() > limit {
		c.forgetLocked(e.key)
		return
	}
	old := c.memory.put(e)
	c.weigh(e.bytes)
	if old != nil {
		c.cacher.cool(old)
		c.weigh(-old.bytes)
	}
}

// weigh changes how many bytes the entries have. The caller holds the table's lock.
func (c *cell) weigh(bytes int64) {
	s := c.memory.shelf
	if bytes == 0 {
		return
	}
	if !s.watched {
		s.watched = true
		runtime.AddCleanup(c, (*shelf).giveBack, s)
	}
	s.add(bytes)
}

// forget drops the entry of a key, if there is one.
func (c *cell) forget(key Key) {
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	c.forgetLocked(key)
}

// forgetEntry drops an entry, if memory still has it.
func (c *cell) forgetEntry(e *entry) {
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	if c.memory.get(e.key) == e {
		c.forgetLocked(e.key)
	}
}

func (c *cell) forgetLocked(key Key) {
	t := &c.memory
	e := t.get(key)
	if e == nil || e == dropped {
		return
	}
	slots := *t.slots.Load()
	for i := slotOf(key, len(slots)); ; i = (i + 1) & (len(slots) - 1) {
		if slots[i].Load() == e {
			c.drop(&slots[i], e)
			return
		}
	}
}

// drop takes an entry out of memory. The caller holds the table's lock.
func (c *cell) drop(slot *atomic.Pointer[entry], e *entry) {
	c.memory.drop(slot)
	c.cacher.cool(e)
	c.weigh(-e.bytes)
}

// dropFrom is what the hand of the clock does in the table, from a slot on. It returns
// the slot at which it reached the goal, or 0 at the end, and whether it has to come by
// again.
func (c *cell) dropFrom(slot int, r *round) (next int, stays bool) {
	t := &c.memory
	t.mu.Lock()
	defer t.mu.Unlock()
	m := c.dir.opts.Memory
	defer t.tidy()
	slots := t.slots.Load()
	for slots != nil && slot < len(*slots) {
		if m.used.Load() <= r.goal {
			return slot, true
		}
		at := &(*slots)[slot]
		slot++
		e := at.Load()
		switch {
		case e == nil, e == dropped, e == r.spared, e.bytes == 0, e.unsaved && !r.unsaved:
		case r.chance && e.unmark(clockMark):
		default:
			c.drop(at, e)
			m.dropped.Add(1)
		}
	}
	t.listed = t.live > 0
	return 0, t.listed
}

// measureAll measures what was put there without a limit, and drops what is larger
// than the limit by itself.
func (c *cell) measureAll(m *Memory) {
	t := &c.memory
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.tidy()
	for e := range entriesIn(t.slots.Load()) {
		if e.bytes == 0 {
			c.weigh(e.measure())
		}
		if e.bytes > m.Limit() {
			c.forgetLocked(e.key)
			m.dropped.Add(1)
		}
	}
}

// close forgets all, for good: the cacher has another cell now.
func (c *cell) close() {
	t := &c.memory
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed, t.listed = true, false
	t.slots.Store(nil)
	t.filled, t.live = 0, 0
	if t.shelf != nil {
		t.shelf.closed.Store(true)
		t.shelf.giveBack()
	}
}

// usedInMemory reports whether memory has the value, and a call used it since this was
// asked the last time.
func (c *cell) usedInMemory(key Key) bool {
	e := c.memory.get(key)
	return e != nil && e.unmark(askedMark)
}
