package diskcache

import (
	"slices"
	"sync"
	"sync/atomic"
	"weak"
)

// Memory limits how many bytes the values of some cachers take in memory, all
// together. A value that has to go is dropped from memory only: on disk it stays, and
// the next call reads it. The zero value has no limit. A Memory must not be copied, and
// all its methods may be called from any number of goroutines.
//
// What goes is found by a clock with second chance: the hand goes over all values,
// those that were used since it last came by stay, and the others go, until the rest
// is within the limit. A hit costs nothing for that but a flag, which is set once.
//
// The bytes of a value are estimated: those of numeric arrays exactly, those of nested
// values from a sample, and those of maps, interfaces and objects with locks from the
// size of their files, as somebody may be changing these. Values are measured only under
// a limit.
type Memory struct {
	limit   atomic.Int64 // 0 for none
	used    atomic.Int64 // the sum of the bytes of all entries
	dropped atomic.Int64 // entries

	// mu is taken before the lock of any table.
	mu      sync.Mutex
	shelves []*shelf // guarded by mu; of the tables that hold something
	hand    int      // guarded by mu; the shelf where the clock's hand is
	slot    int      // guarded by mu; and the slot of its table
	fault   error    // guarded by mu; why the limit could not be read

	// limited has the shelves of cells whose files Limits may remove, by the files'
	// directory and stem; guarded by mu.
	limited map[string][]*shelf
}

// DefaultMemory is that of all cachers without another one. It has no limit, unless
// the environment variable DATAELAB_MEMORY, which is read when the program begins, says
// so, as in 8GiB. A program may set another one at any time.
var DefaultMemory = memoryOfEnvironment()

// NewMemory returns a Memory with a limit in bytes, 0 for none.
func NewMemory(bytes int64) *Memory {
	m := new(Memory)
	m.limit.Store(max(bytes, 0))
	return m
}

// MemoryStats tells of a Memory.
type MemoryStats struct {
	Limit   int64 // in bytes; 0 for none
	Used    int64 // bytes of the values in memory; 0 without a limit, as nothing is measured
	Values  int   // in memory
	Dropped int64 // values that had to go so far
}

// Limit returns the limit in bytes, 0 for none.
func (m *Memory) Limit() int64 { return m.limit.Load() }

// Used returns the bytes of the values in memory. Without a limit it is 0, as nothing is
// measured then. Arrays that are mapped (the mmap option) do not count: the system
// drops their pages when it needs the room.
func (m *Memory) Used() int64 {
	if m.limit.Load() == 0 {
		return 0
	}
	return m.used.Load()
}

// Stats returns what is in memory and what was dropped. It looks at each cacher that holds
// something, so it is not for every call.
func (m *Memory) Stats() MemoryStats {
	stats := MemoryStats{Limit: m.Limit(), Used: m.Used(), Dropped: m.dropped.Load()}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.shelves {
		if c := s.cell.Value(); c != nil {
			stats.Values += c.memory.valueCount()
		}
	}
	return stats
}

// SetLimit changes the limit, in bytes; 0 takes it away. The values that are in memory
// are measured if they were not yet, and those for which there is no room any more are
// dropped, before it returns.
func (m *Memory) SetLimit(bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = nil
	m.limit.Store(max(bytes, 0)) // before the tables are looked at: see keepLocked
	if bytes <= 0 {
		return
	}
	for _, s := range m.shelves {
		if c := s.cell.Value(); c != nil {
			c.measureAll(m)
		}
	}
	m.makeRoomLocked(nil)
}

// check returns why the environment's limit could not be read.
func (m *Memory) check() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.fault
}

// shelf is what a Memory knows of one cell: it must not keep it alive, as with it the
// whole tree of objects would be.
type shelf struct {
	memory  *Memory
	cell    weak.Pointer[cell]
	bytes   atomic.Int64 // of its entries; part of the Memory's
	closed  atomic.Bool  // its table holds nothing, and will not
	watched bool         // guarded by the table's mu; the bytes are given back when the cell is collected
}

// add counts bytes, or takes them back.
func (s *shelf) add(bytes int64) {
	s.bytes.Add(bytes)
	s.memory.used.Add(bytes)
}

// giveBack takes all of its bytes back.
func (s *shelf) giveBack() { s.memory.used.Add(-s.bytes.Swap(0)) }

// list lets the clock come by at a cell; the caller holds both locks. Shelves of cells
// that are gone leave when the list would have to grow.
func (m *Memory) list(c *cell) {
	t := &c.memory
	if t.shelf == nil {
		t.shelf = &shelf{memory: m, cell: weak.Make(c)}
	}
	if len(m.shelves) == cap(m.shelves) {
		gone := func(s *shelf) bool { return s.closed.Load() || s.cell.Value() == nil }
		stay := slices.DeleteFunc(m.shelves, gone)
		m.shelves = append(make([]*shelf, 0, 2*len(stay)+8), stay...) // so that it is rare
		m.forgetLimited(gone)
	}
	m.shelves = append(m.shelves, t.shelf)
	m.addLimited(c)
	t.listed = true
}

// makeRoom drops values until the rest is within the limit. What was put there just
// now stays.
func (m *Memory) makeRoom(spared *entry) {
	if limit := m.limit.Load(); limit == 0 || m.used.Load() <= limit {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.makeRoomLocked(spared)
}

// makeRoomLocked lets the hand go around:
//
//  1. It takes the marks away, and drops values without a mark.
//  2. So it finds what had a mark at first.
//  3. All were used meanwhile: marks do not count any more.
//  4. What is left is not on disk, and to drop it is to compute it again.
//
// The last two rounds make more room than is needed, so that they are rare.
func (m *Memory) makeRoomLocked(spared *entry) {
	limit := m.limit.Load()
	if limit == 0 {
		return
	}
	for _, r := range []round{
		{goal: limit, chance: true},             // 1
		{goal: limit, chance: true},             // 2
		{goal: limit - limit/16},                // 3
		{goal: limit - limit/16, unsaved: true}, // 4
	} {
		if m.used.Load() <= limit {
			return
		}
		r.spared = spared
		m.goAround(&r)
	}
}

// round is one turn of the hand.
type round struct {
	goal    int64 // bytes
	chance  bool  // marks count
	unsaved bool  // what is not on disk goes, too
	spared  *entry
}

func (m *Memory) goAround(r *round) {
	for steps := len(m.shelves) + 1; steps > 0 && m.used.Load() > r.goal && len(m.shelves) > 0; steps-- {
		if m.hand >= len(m.shelves) {
			m.hand, m.slot = 0, 0
		}
		if c := m.shelves[m.hand].cell.Value(); c != nil {
			next, stays := c.dropFrom(m.slot, r)
			if m.slot = next; next > 0 {
				return
			}
			if stays {
				m.hand++
				continue
			}
		}
		last := len(m.shelves) - 1
		m.shelves[m.hand], m.shelves[last] = m.shelves[last], nil
		m.shelves, m.slot = m.shelves[:last], 0
	}
}
