package diskcache

import (
	"encoding/binary"
	"iter"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dataelab/dataelab-go/formats"
)

// entry is one value in memory. It is made by newEntry of the cacher, or holds no value
// but a private file.
type entry struct {
	key     Key
	held    holder // nil where private is set
	expires int64  // Unix nanoseconds; 0 for never
	ages

	// private, for cachers with the copy option, is the file's content: each
	// caller gets a value decoded from it, which nobody else holds.
	private []byte
	format  formats.Format

	bytes   int64    // guarded by the table's mu once there; 0 until measured
	stored  int64    // what the stored file lets expect of bytes; 0 for not known
	mapped  *mapping // the value lies in this file; nil where it does not
	unsaved bool     // the disk does not have the value

	origin *origin

	good  atomic.Uint64 // see pulse; beside the value, which a hit reads too
	marks atomic.Uint32
}

// The marks that a hit leaves on an entry.
const (
	clockMark = 1 << iota // taken away by the hand of the Memory's clock
	askedMark             // taken away by usedInMemory
	allMarks  = clockMark | askedMark
)

// touch marks a hit. Most hits find the marks, and only read.
func (e *entry) touch() {
	if e.marks.Load() != allMarks {
		e.marks.Store(allMarks)
	}
}

// unmark takes a mark away, and reports whether it was there.
func (e *entry) unmark(mark uint32) bool { return e.marks.And(^mark)&mark != 0 }

// holder is a kept value of any type.
type holder interface {
	pointer() any // the address of the value, a *T
}

// kept is an entry with its value at its end, so that one load leads a hit to both.
type kept[T any] struct {
	entry
	value T
}

func (k *kept[T]) pointer() any { return &k.value }

func newKept[T any]() *kept[T] {
	k := new(kept[T])
	k.held = k
	return k
}

// computationBegan is when it did; long ago where that is not known.
func (e *entry) computationBegan() time.Time { return time.Unix(0, e.began) }

func (e *entry) expired() bool { return e.expiredBy(0) }

// expiredBy reports whether the value stopped being good longer ago than grace.
func (e *entry) expiredBy(grace time.Duration) bool {
	return e.expires != 0 && time.Now().UnixNano()-int64(grace) >= e.expires
}

// never is the time of expiry of what is good at no time.
const never = math.MinInt64

// table holds the values of one cacher by key. Readers take no lock: they probe
// slots of atomic pointers. Writers lock; a table that fills up, or has become too
// large for what it holds, is replaced by another one. The zero value is an empty
// table.
type table struct {
	slots atomic.Pointer[[]atomic.Pointer[entry]]

	mu     sync.Mutex // guards the rest, and stores into slots
	filled int        // slots that are not nil
	live   int        // slots that hold an entry
	drops  int        // how many entries were taken out
	closed bool       // nothing is kept any more
	listed bool       // the Memory's clock comes by
	shelf  *shelf     // what the Memory knows of the table; nil until first listed
}

// dropped is in the slot of an entry that was taken out, as probes go on behind it.
// Should a key be that of it, it counts as expired.
var dropped = &entry{key: Key{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, expires: never}

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

// put stores e, and returns the entry in whose place it is, or nil. The caller holds
// the lock.
func (t *table) put(e *entry) (old *entry) {
	slots := t.slots.Load()
	if slots == nil || 2*t.filled >= len(*slots) { // an empty slot must end every probe
		slots = t.rebuild()
	}
	old, fresh := place(*slots, e)
	if fresh {
		t.filled++
	}
	if old == nil {
		t.live++
	}
	return old
}

// drop takes the entry in a slot out. The caller holds the lock.
func (t *table) drop(slot *atomic.Pointer[entry]) {
	slot.Store(dropped)
	t.live--
	t.drops++
}

// tidy replaces a table that is far too large. The caller holds the lock.
func (t *table) tidy() {
	const worthwhile = 16
	slots := t.slots.Load()
	switch {
	case slots == nil:
	case t.live == 0:
		t.slots.Store(nil)
		t.filled = 0
	case len(*slots) >= worthwhile && 8*t.live < len(*slots):
		t.rebuild()
	}
}

// rebuild puts slots in place that suit the entries and some more. Entries that are
// good at no time do not come along. The caller holds the lock.
func (t *table) rebuild() *[]atomic.Pointer[entry] {
	old := t.slots.Load()
	good := 0
	for e := range entriesIn(old) {
		if e.expires != never {
			good++
		}
	}
	n := 2
	for good > 0 && n < 4*good {
		n *= 2
	}
	slots := make([]atomic.Pointer[entry], n)
	for e := range entriesIn(old) {
		if e.expires != never {
			place(slots, e)
		}
	}
	t.drops += t.live - good
	t.filled, t.live = good, good
	t.slots.Store(&slots)
	return &slots
}

// valueCount is how many values there are.
func (t *table) valueCount() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for e := range entriesIn(t.slots.Load()) {
		if e.expires != never {
			n++
		}
	}
	return n
}

// entriesIn yields the entries in slots. The table's lock is held.
func entriesIn(slots *[]atomic.Pointer[entry]) iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		if slots == nil {
			return
		}
		for i := range *slots {
			if e := (*slots)[i].Load(); e != nil && e != dropped && !yield(e) {
				return
			}
		}
	}
}

// place stores e, and returns the entry in whose place it is, and whether it took an
// empty slot.
func place(slots []atomic.Pointer[entry], e *entry) (old *entry, fresh bool) {
	var free *atomic.Pointer[entry] // of an entry that was dropped
	for i := slotOf(e.key, len(slots)); ; i = (i + 1) & (len(slots) - 1) {
		slot := &slots[i]
		switch old := slot.Load(); {
		case old == nil && free != nil:
			free.Store(e)
			return nil, false
		case old == nil:
			slot.Store(e)
			return nil, true
		case old == dropped && free == nil:
			free = slot
		case old == dropped:
		case old.key == e.key:
			slot.Store(e)
			return old, false
		}
	}
}

// slotOf takes any bits of the key, which is a hash; n is a power of two.
func slotOf(key Key, n int) int {
	return int(binary.LittleEndian.Uint64(key[:8]) & uint64(n-1))
}
