package diskcache

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dataelab/dataelab-go/formats"
)

// entry is one value in memory.
type entry struct {
	key     Key
	value   any   // *T; unused where private is set
	expires int64 // Unix nanoseconds; 0 for never
	mapped  bool  // the value lies in the file
	ages

	// private, for cachers with the copy option, is the file's content: each
	// caller gets a value decoded from it, which nobody else holds.
	private []byte
	format  formats.Format
}

func (e *entry) expired() bool { return e.expiredBy(0) }

// expiredBy reports whether the value stopped being good longer ago than grace.
func (e *entry) expiredBy(grace time.Duration) bool {
	return e.expires != 0 && time.Now().UnixNano()-int64(grace) >= e.expires
}

// table holds the values of one cacher by key. Readers take no lock: they probe
// slots of atomic pointers. Writers lock; a table that fills up is replaced by
// one of twice the size. Entries are replaced, never removed. The zero value is
// an empty table.
type table struct {
	slots atomic.Pointer[[]atomic.Pointer[entry]]
	mu    sync.Mutex // guards stores into slots, their replacement, and count
	count int
}

// get returns the entry of key, or nil.
func (t *table) get(key Key) *entry {
	slots := t.slots.Load()
	if slots == nil {
		return nil
	}
	for i := slotOf(key, len(*slots)); ; i = (i + 1) & (len(*slots) - 1) {
		e := (*slots)[i].Load()
		if e == nil || e.key == key {
			return e
		}
	}
}

// put stores e, in place of an entry with its key.
func (t *table) put(e *entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.putLocked(e)
}

// putInPlaceOf stores e only if the key still has old, which is nil for none. It
// is for those who looked without leading a flight: a Refresh may have overtaken
// them.
func (t *table) putInPlaceOf(old, e *entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.get(e.key) == old {
		t.putLocked(e)
	}
}

func (t *table) putLocked(e *entry) {
	slots := t.slots.Load()
	if slots == nil || 2*t.count >= len(*slots) { // an empty slot must end every probe
		slots = t.grow(slots)
	}
	if place(*slots, e) {
		t.count++
	}
}

func (t *table) grow(old *[]atomic.Pointer[entry]) *[]atomic.Pointer[entry] {
	if old == nil {
		slots := make([]atomic.Pointer[entry], 2)
		t.slots.Store(&slots)
		return &slots
	}
	slots := make([]atomic.Pointer[entry], 2*len(*old))
	for i := range *old {
		if e := (*old)[i].Load(); e != nil {
			place(slots, e)
		}
	}
	t.slots.Store(&slots)
	return &slots
}

// place reports whether e took an empty slot.
func place(slots []atomic.Pointer[entry], e *entry) bool {
	for i := slotOf(e.key, len(slots)); ; i = (i + 1) & (len(slots) - 1) {
		old := slots[i].Load()
		if old == nil || old.key == e.key {
			slots[i].Store(e)
			return old == nil
		}
	}
}

// slotOf takes any bits of the key, which is a hash; n is a power of two.
func slotOf(key Key, n int) int {
	return int(binary.LittleEndian.Uint64(key[:8]) & uint64(n-1))
}
