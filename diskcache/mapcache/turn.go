package mapcache

import (
	"context"
	"sync"
)

// turn lets one load, build, save or deletion of a cache run at a time.
type turn struct {
	free  chan struct{} // holds one element while nobody has the turn
	waits *sync.Mutex   // of all turns of a manager

	// blocked counts for which turns those wait who have this one: guarded by waits.
	blocked map[*turn]int
}

func newTurn(waits *sync.Mutex) *turn {
	t := &turn{free: make(chan struct{}, 1), waits: waits, blocked: map[*turn]int{}}
	t.free <- struct{}{}
	return t
}

// take waits for the turn. The context that it returns is for hooks: it knows of
// the turn. Who has turns and would wait for himself, by way of others who wait or not,
// gets ErrCircle.
func (t *turn) take(ctx context.Context) (context.Context, error) {
	if ctx == nil {
		ctx = context.Background()
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	has, _ := ctx.Value(heldKey{}).(*held)
	next := context.WithValue(ctx, heldKey{}, &held{t, has})
	select {
	case <-t.free:
		return next, nil
	default:
	}
	if !t.block(has) {
		return nil, ErrCircle
	}
	defer t.unblock(has)
	select {
	case <-t.free:
		return next, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (t *turn) giveBack() { t.free <- struct{}{} }

// block notes that whoever has some turns waits for this one, or returns false where
// this one waits for him.
func (t *turn) block(has *held) bool {
	t.waits.Lock()
	defer t.waits.Unlock()
	seen := map[*turn]bool{}
	t.reach(seen)
	for h := has; h != nil; h = h.up {
		if seen[h.turn] {
			return false
		}
	}
	for h := has; h != nil; h = h.up {
		if h.turn.waits == t.waits {
			h.turn.blocked[t]++
		}
	}
	return true
}

func (t *turn) unblock(has *held) {
	t.waits.Lock()
	defer t.waits.Unlock()
	for h := has; h != nil; h = h.up {
		if h.turn.waits != t.waits {
			continue
		}
		if h.turn.blocked[t]--; h.turn.blocked[t] == 0 {
			delete(h.turn.blocked, t)
		}
	}
}

// reach adds the turns that have to be given back before this one is.
func (t *turn) reach(seen map[*turn]bool) {
	if seen[t] {
		return
	}
	seen[t] = true
	for next := range t.blocked {
		next.reach(seen)
	}
}

// held are the turns that a context's call has.
type held struct {
	turn *turn
	up   *held
}

type heldKey struct{}
