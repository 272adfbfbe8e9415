package diskcache

import (
	"context"
	"errors"
)

// A value is stale as long as something that it was made of has to be computed anew, which
// only the computation of the value can ask for, as nothing else knows how. If all of that
// then comes out the same, the stored value is good after all, and the rest of the
// computation is work for nothing. With the cutoff option it is broken off:
//
//  1. When a call is to compute because of entries that are not good any more themselves, and
//     of nothing else, it notes what they were when they were used.
//  2. Each use that comes out the same is crossed off. One that does not ends this.
//  3. The call that crosses off the last one returns ErrUnchanged to the computation, once.
//  4. Whatever the computation returns then, the stored value is taken. If that has gone
//     meanwhile, it is computed after all.

// ErrUnchanged is what a cached call returns inside of a computation with the cutoff option,
// when the stored value of that turned out to be good: see FieldOptions.Cutoff.
var ErrUnchanged = errors.New("the stored value is still good, as all that it was made of came out the same: this error ends its computation, and is to be returned from it")

// awaited is what has to come out the same.
type awaited struct {
	digests map[use]string // by entry, what was used
	crossed map[use]bool   // by entry, what was crossed off
	cut     bool           // the computation was told to end
}

// awaits is step 1: what the computation of a stale value may wait for, or nil.
func (x *examiner) awaits(dir *tagDir, uses *useList) *awaited {
	a := &awaited{digests: map[use]string{}, crossed: map[use]bool{}}
	for i := range uses.direct {
		u := &uses.direct[i]
		if u.State == stateUnstored { // it will be another one
			return nil
		}
		if u.kind() != UsedEntry {
			if bad, _ := x.use(dir, u); bad.is() {
				return nil
			}
			continue
		}
		if at := dir.of(u); at != nil {
			if n := x.node(at, u.Entry, baseOf(u.Entry, u.Key)); n.record && (n.verdict == nil || !n.bad.is() && n.id() != u.Digest) {
				return nil
			}
		}
		if before, twice := a.digests[u.entry()]; twice && before != u.Digest { // two values of one entry
			return nil
		}
		a.digests[u.entry()] = u.Digest
	}
	return a
}

// entry is the part of a use that says of which entry it is.
func (u *use) entry() use { return use{Entry: u.Entry, Key: u.Key, In: u.In} }

// cross is step 2. The collector's lock is held.
func (a *awaited) cross(u use) {
	if a == nil || a.cut || u.Entry == "" || u.Inherited {
		return
	}
	id := u.entry()
	if want, ok := a.digests[id]; !ok || want != u.Digest { // another entry, or value
		a.digests = nil
		return
	}
	a.crossed[id] = true
}

// unchanged is step 3.
func (c *collector) unchanged() bool {
	if c == nil || c.awaited.Load() == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.awaited.Load()
	if a == nil || a.cut || len(a.digests) == 0 || len(a.crossed) < len(a.digests) {
		return false
	}
	a.cut = true
	return true
}

// endsUnchanged reports whether the computation was told to end.
func (k *call) endsUnchanged() bool {
	c := k.collector
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.awaited.Load()
	return a != nil && a.cut
}

// takeStored is step 4: it ends the call with the stored value, or returns nil.
func (k *call) takeStored(ctx context.Context) *entry {
	ctx = context.WithoutCancel(ctx)
	e := k.cell.inMemory(ctx, k.key, &k.wish)
	if e == nil || !k.isValid(e) {
		e = k.lookUp(ctx).entry
	}
	if e == nil {
		k.collector.awaited.Store(nil)
		return nil
	}
	k.origin = e.origin
	k.wish.outcome.keptUnchanged()
	k.land(e, nil)
	return e
}
