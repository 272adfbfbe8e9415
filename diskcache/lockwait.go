package diskcache

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/dataelab/dataelab-go/diskcache/store"
)

// Two processes that wait for each other's locks would wait for ever. So the
// holder of a lock notes on it for which other locks the calls inside its
// computation wait, one per line. Before each pause a waiter follows these lines;
// where they lead to a lock of its own chain of calls, it gives up with ErrCircle.
// As in circle.go each notes first and looks then.
//
// The first line of the note says which process and goroutine compute, see waiting.go.

// waitNote is the note on a lock that this process holds. Where notes cannot be
// written, a circle is waited for until a context ends it.
type waitNote struct {
	lock    store.Lock
	id      string // of the lock
	by      string // the line that says which process and goroutine compute; empty before they do
	mu      sync.Mutex
	on      map[string]int // guarded by mu
	stopped bool           // guarded by mu; the lock is another holder's now
}

// stop ends the writing: a computation that is over may still be waited in.
func (n *waitNote) stop() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.stopped = true
}

// computes notes that this goroutine computes now.
func (n *waitNote) computes(by *computer) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.by = by.line()
	n.write()
}

func (n *waitNote) add(id string, by int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.on == nil {
		n.on = map[string]int{}
	}
	if n.on[id] += by; n.on[id] == 0 {
		delete(n.on, id)
	}
	n.write()
}

// write puts the note on the lock. The caller holds mu.
func (n *waitNote) write() {
	if n.stopped {
		return
	}
	text := n.by
	if len(n.on) > 0 {
		text += strings.Join(slices.Sorted(maps.Keys(n.on)), "\n") + "\n"
	}
	n.lock.SetNote(text)
}

// lockWait is the wait of one call for one lock.
type lockWait struct {
	parent *call
	locker store.Locker
	id     string
	noted  bool
}

func (k *call) waitsFor(locker store.Locker, id string) *lockWait {
	return &lockWait{parent: k, locker: locker, id: id}
}

// note writes, or takes back, the links of the whole chain: each lock waits for
// the one of the call inside it.
func (w *lockWait) note(by int) {
	inner := w.id
	for c := w.parent; c != nil; c = c.parent {
		if c.lock != nil {
			c.lock.note.add(inner, by)
			inner = c.lock.note.id
		}
	}
}

// check is called while another one holds the lock.
func (w *lockWait) check() error {
	if w.parent == nil {
		return nil
	}
	if !w.noted {
		w.noted = true
		w.note(1)
	}
	own := map[string]bool{}
	for c := w.parent; c != nil; c = c.parent {
		if c.lock != nil && !c.landed.Load() { // a lock let go may be another holder's now
			own[c.lock.note.id] = true
		}
	}
	if followNotes(w.locker, w.id, own, map[string]bool{}) {
		return fmt.Errorf("%w: %s waits for the lock %s, whose holder, in another process or object tree, waits for it",
			ErrCircle, w.parent.describe(), w.id)
	}
	return nil
}

func (w *lockWait) end() {
	if w.noted {
		w.note(-1)
	}
}

// followNotes reports whether the note on a lock leads to one of own.
func followNotes(locker store.Locker, id string, own, seen map[string]bool) bool {
	if own[id] {
		return true
	}
	if seen[id] {
		return false
	}
	seen[id] = true
	for next := range strings.Lines(locker.ReadNote(id)) {
		if followNotes(locker, strings.TrimSuffix(next, "\n"), own, seen) {
			return true
		}
	}
	return false
}
