package mapcache

import (
	"context"
	"sync"
	"time"
)

// turnNotice is how long a call waits for its turn before it says so.
const turnNotice = 5 * time.Second

// turn lets one load, build, save or deletion of a cache run at a time.
type turn struct {
	free   chan struct{} // holds one element while nobody has the turn
	holder *held         // guarded by waits; who has the turn
}

// waits guards who waits for whom. It is one for all managers, as hooks may use caches
// of several, and is locked for some steps through those who wait.
var waits sync.Mutex

func newTurn() *turn {
	t := &turn{free: make(chan struct{}, 1)}
	t.free <- struct{}{}
	return t
}

// take waits for the turn. The context that it returns is for hooks: it knows of
// the turn. Who has turns and would wait for himself, by way of others who wait or not,
// gets ErrCircle. A circle by way of a context that a hook did not pass on is not seen, so
// long is called after turnNotice, once for all who wait for one holder.
func (t *turn) take(ctx context.Context, long func()) (context.Context, error) {
	if ctx == nil {
		ctx = context.Background()
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	has, _ := ctx.Value(heldKey{}).(*held)
	select {
	case <-t.free:
		return t.held(ctx, has), nil
	default:
	}
	if !t.block(has) {
		return nil, ErrCircle
	}
	defer t.unblock(has)
	notice := time.NewTimer(turnNotice)
	defer notice.Stop()
	for {
		select {
		case <-t.free:
			return t.held(ctx, has), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-notice.C:
			if t.firstNotice() {
				long()
			}
		}
	}
}

// firstNotice reports whether nobody has said yet that the holder keeps others waiting.
func (t *turn) firstNotice() bool {
	waits.Lock()
	defer waits.Unlock()
	if t.holder == nil || t.holder.told {
		return false
	}
	t.holder.told = true
	return true
}

// held notes who has the turn.
func (t *turn) held(ctx context.Context, has *held) context.Context {
	h := &held{up: has, blocked: map[*turn]int{}}
	waits.Lock()
	t.holder = h
	waits.Unlock()
	return context.WithValue(ctx, heldKey{}, h)
}

func (t *turn) giveBack() {
	waits.Lock()
	t.holder = nil
	waits.Unlock()
	t.free <- struct{}{}
}

// block notes that whoever has some turns waits for this one, or returns false where
// this one waits for him.
func (t *turn) block(has *held) bool {
	waits.Lock()
	defer waits.Unlock()
	seen := map[*held]bool{}
	t.reach(seen)
	for h := has; h != nil; h = h.up {
		if seen[h] {
			return false
		}
	}
	for h := has; h != nil; h = h.up {
		h.blocked[t]++
	}
	return true
}

func (t *turn) unblock(has *held) {
	waits.Lock()
	defer waits.Unlock()
	for h := has; h != nil; h = h.up {
		if h.blocked[t]--; h.blocked[t] == 0 {
			delete(h.blocked, t)
		}
	}
}

// reach adds those who have to give back their turns before this one is free.
func (t *turn) reach(seen map[*held]bool) {
	h := t.holder
	if h == nil || seen[h] {
		return
	}
	seen[h] = true
	for next := range h.blocked {
		next.reach(seen)
	}
}

// held is that a call has a turn. A context that outlives the call keeps it, and means
// nothing any more: it is no turn's holder.
type held struct {
	up      *held         // the turn that the call was made under
	blocked map[*turn]int // for which turns calls wait that were made under this one; guarded by waits
	told    bool          // that others wait for this one; guarded by waits
}

type heldKey struct{}
