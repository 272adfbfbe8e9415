package diskcache

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// call is one computation that this goroutine leads: from the look-up that found
// nothing to the commit. The caller of the cacher computes in between, on its
// own goroutine; nothing here ever calls it.
type call struct {
	cell   *cell
	key    Key
	args   []any
	texts  []string        // of args, made before compute could change what they hold
	parts  []argPart       // of args, made then, too
	wish   wish            // what it asks of stored values
	parent *call           // the computation inside which this call was made
	ctx    context.Context // what compute gets: it knows of this call

	flight *flight
	leave  func()     // takes back what joins noted
	lock   *entryLock // nil where there are no locks
	why    Reason     // why it is computed
	reason string     // the same in words
	spared error      // why what is on disk is not ours to replace
	start  time.Time
	end    time.Time
	landed atomic.Bool // it is over; a context that outlived it says nothing any more

	invalidated bool // what it computed cannot be trusted

	remembered bool // what fail gets is a stored error: nothing was computed

	awaited   *awaited   // see cutoff.go
	collector *collector // of what compute uses
	epoch     uint64     // as entry.good has it, of when the call began
	origin    *origin    // after commit or fail: what compute used
}

// begin looks a value up. It returns the entry that it found, or the call that
// now must be ended with commit or fail; c.finish does what these left undone.
//
// What is stored, or what another one computes, has to meet the wish.
func (c *cell) begin(ctx context.Context, args []any, w wish) (*entry, *call, error) {
	key, err := KeyOf(args...)
	if err != nil {
		return nil, nil, c.wrap("execute", err)
	}
	if c.valid == nil {
		if e := c.inMemory(ctx, key, &w); e != nil {
			return e, nil, nil
		}
	}
	// The clones keep the list and the wish of a hit on the caller's stack.
	return c.beginMissed(ctx, key, slices.Clone(args), w)
}

func (c *cell) beginMissed(ctx context.Context, key Key, args []any, w wish) (*entry, *call, error) {
	if ctx == nil {
		ctx = context.Background()
	}
	k := &call{cell: c, key: key, args: args, wish: w, parent: callOf(ctx), epoch: goodNow()}
	if c.valid != nil {
		if e := c.inMemory(ctx, key, &w); e != nil && k.isValid(e) {
			return e, nil, nil
		}
	}
	if err := k.checkChain(); err != nil {
		return nil, nil, c.wrap("execute", err)
	}
	c.enlist()
	for {
		f, leads := c.join(key)
		leave := k.joins(f)
		if leads {
			k.flight, k.leave = f, leave
			e, err := k.lead(ctx)
			if e != nil || err != nil {
				return e, nil, err
			}
			return nil, k, nil
		}
		err := k.wait(ctx, f)
		leave()
		switch {
		case err != nil:
			return nil, nil, err
		case w.refresh: // what it waited for was begun before this call
		case f.entry != nil && !k.accepts(ctx, f.entry):
		case f.entry != nil:
			c.tell(Event{Kind: LookedUp, Path: c.valuePath(key), Source: FromOther, Reason: "computed by another goroutine"})
			w.outcome.shared()
			return f.entry, nil, nil
		case f.err != nil && f.began > w.since && (f.epoch == goodNow() || c.holds(ctx, f.failed, f.began)):
			noteOrigin(ctx, key, f.failed)
			return nil, nil, f.err
		}
	}
}

// inMemory returns the entry of key if memory has a good one.
func (c *cell) inMemory(ctx context.Context, key Key, w *wish) *entry {
	if w.refresh {
		return nil
	}
	e := c.memory.get(key)
	if e == nil || e.expiredBy(w.stale) || w.refusal(e.ages) != NoReason || !c.isStillGood(ctx, e) {
		return nil
	}
	e.touch()
	if c.observer.TraceHits {
		c.tell(Event{Kind: LookedUp, Path: c.valuePath(key), Source: FromMemory, Reason: "in memory"})
	}
	return e
}

// wait waits for the flight of another goroutine, or for ctx.
func (k *call) wait(ctx context.Context, f *flight) error {
	if err := k.checkWait(f); err != nil {
		return k.cell.wrap("execute", err)
	}
	select {
	case <-f.done:
		return nil
	default:
	}
	w := k.waitFor(f).begin()
	defer w.end()
	if err := w.forFlight(ctx); err != nil {
		return k.cell.wrap("execute", err)
	}
	return nil
}

// lead looks on disk, waits for other processes, and looks again. Without an
// entry and an error the caller is to compute.
func (k *call) lead(ctx context.Context) (e *entry, err error) {
	c := k.cell
	decided := false
	defer func() {
		if e != nil || err != nil || !decided { // !decided: a panic of ours
			k.land(e, nil)
		}
	}()
	if !k.wish.refresh {
		if e := c.inMemory(ctx, k.key, &k.wish); e != nil && k.isValid(e) { // landed since the first look
			return e, nil
		}
		if found := k.lookUp(ctx); found.entry != nil {
			return found.entry, nil
		}
	}
	by := thisComputer()
	k.flight.leader.Store(by)
	if err := k.lockEntry(ctx); err != nil {
		return nil, err
	}
	k.noteMarks(ctx)
	if k.wish.refresh {
		k.why, k.reason = Refreshed, "Refresh was called"
		if c.isNewer(ctx, k.key) {
			k.spared = errNewer
		}
	} else if e := k.lookAgain(ctx); e != nil {
		return e, nil
	}
	if (k.why == InputChanged || k.why == UpstreamChanged) && ctx.Err() != nil { // which may be why
		return nil, ctx.Err()
	}
	k.describeArguments()
	if o := k.wish.outcome; o != nil {
		o.missed(c.valuePath(k.key), k.why, k.reason, k.nearest(ctx, k.why))
	}
	k.ctx, k.collector = collecting(context.WithValue(k.wish.inside(ctx), callKey{}, k), c.dir.home())
	k.collector.awaited.Store(k.awaited)
	if k.lock != nil {
		k.lock.note.computes(by)
	}
	k.start = time.Now()
	decided = true
	return nil, nil
}

// lockEntry takes the entry's lock, after waiting for other processes that compute it. Where
// no lock can be had the call goes on without one.
func (k *call) lockEntry(ctx context.Context) error {
	lock, waited, err := k.takeLock(ctx)
	if waited { // for one who may have changed all that is known
		k.wish.badSince = clock.Add(1)
	}
	switch {
	case err == nil:
		k.lock = lock
	case errors.Is(err, ctx.Err()):
		return k.cell.wrap("execute", err) // which says what it waited for
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, ErrCircle):
		return k.cell.wrap("execute", err)
	}
	return nil
}

// lookAgain is the look under the lock, which takes damage away.
func (k *call) lookAgain(ctx context.Context) *entry {
	found := k.lookUp(ctx)
	if found.entry != nil {
		k.wish.outcome.storedMeanwhile()
		return found.entry
	}
	if found.newer {
		k.spared = errNewer
	}
	if len(found.damaged) > 0 {
		if err := k.cell.setAside(ctx, k.cell.base(k.key), found); err != nil && found.foreign { // it may be somebody's only copy
			k.spared = fmt.Errorf("a file of another program is in its place and cannot be set aside: %w", err)
		}
	}
	k.why, k.reason, k.awaited = found.why, found.reason, found.awaited
	k.tellInvalidated()
	k.cell.tell(Event{Kind: LookedUp, Path: k.cell.valuePath(k.key), Source: NotFound, Why: k.why, Reason: k.reason})
	if k.why == OtherOwner && k.cell.dir.home().warns(k.reason) {
		k.cell.tell(Event{Kind: Warned, Path: k.cell.valuePath(k.key), Why: k.why, Reason: k.reason})
	}
	return nil
}

// lookUp looks on disk, and keeps in memory what it finds.
func (k *call) lookUp(ctx context.Context) look {
	start := time.Now()
	found := k.cell.lookStored(ctx, k.key, &k.wish)
	if found.entry != nil && !k.isValid(found.entry) {
		return invalid()
	}
	if found.entry != nil {
		found.entry.storedIn(k.cell, found.bytes)
		k.cell.dir.home().foundGood(k.cell.base(k.key))
		k.remember(found.entry)
		k.cell.adopt(ctx, k.key, found, k.lock != nil)
		if found.unpinned {
			k.cell.pin(ctx, k.key, k.lock != nil)
		}
		k.tellLoaded(&found, time.Since(start))
		k.cell.mappings.verifyLater(found.unverified)
	}
	return found
}

// accepts reports whether a value that another goroutine computed is good here. What it
// was made of may have changed before this call began.
func (k *call) accepts(ctx context.Context, e *entry) bool {
	return k.wish.refusal(e.ages) == NoReason && k.cell.isStillGood(ctx, e) && k.isValid(e)
}

// remember keeps an entry in memory, unless it was cleared meanwhile.
func (k *call) remember(e *entry) {
	e.good.Store(k.epoch)
	recheckWithin(k.cell.dir.opts.Recheck)
	k.cell.saving.RLock()
	defer k.cell.saving.RUnlock()
	if !k.flight.cleared && !k.isOutdated() {
		k.cell.keep(e)
	}
}

// peek is a look-up that changes nothing on disk, and waits for nobody.
func (c *cell) peek(ctx context.Context, args []any, w wish) (*entry, error) {
	key, err := KeyOf(args...)
	if err != nil {
		err = c.wrap("peek", err)
		w.outcome.failed(err)
		return nil, err
	}
	k := &call{cell: c, key: key, args: args, wish: w, epoch: goodNow()}
	if e := c.inMemory(ctx, key, &w); e != nil && k.isValid(e) {
		noteOrigin(ctx, key, e.origin)
		w.outcome.found(c, e)
		return e, nil
	}
	c.enlist()
	before := c.before(key) // nothing, or what has expired
	start := time.Now()
	found := c.lookStored(ctx, key, &w)
	recheckWithin(c.dir.opts.Recheck)
	if found.entry != nil && !k.isValid(found.entry) {
		found = invalid()
	}
	if found.entry == nil {
		c.tell(Event{Kind: LookedUp, Path: c.valuePath(key), Source: NotFound, Why: found.why, Reason: found.reason})
		if o := w.outcome; o != nil && w.stale == 0 { // else a call follows, which tells
			k.describeArguments()
			o.missed(c.valuePath(key), found.why, found.reason, k.nearest(ctx, found.why))
			o.notFound()
		}
		return nil, nil
	}
	found.entry.storedIn(c, found.bytes)
	found.entry.good.Store(k.epoch)
	noteOrigin(ctx, key, found.entry.origin)
	c.keepInPlaceOf(before, found.entry)
	k.tellLoaded(&found, time.Since(start))
	c.mappings.verifyLater(found.unverified)
	w.outcome.found(c, found.entry)
	return found.entry, nil
}
