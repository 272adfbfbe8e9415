package diskcache

import (
	"errors"
	"fmt"
	"time"
)

// How a call ends: with a value that is stored, or with an error.

// commit stores the value, which e holds, and gives it to those who wait. The caller
// still owns the value until commit returns.
func (k *call) commit(value any, e *entry) *entry {
	c := k.cell
	k.end = time.Now()
	took := k.end.Sub(k.start)
	path := c.valuePath(k.key)
	k.origin = k.made()
	c.tell(Event{Kind: Computed, Path: path, Elapsed: took, ComputeTime: took, Why: k.why, Reason: k.reason})

	e.key, e.expires, e.ages = k.key, c.expiry(k.end), ages{k.start.UnixNano(), k.end.UnixNano()}
	if c.field.Copy {
		if _, isNil := emptyForNil(value); !isNil {
			e = c.privateEntry(e, value)
		}
	}
	saved := k.store(value, e, took, path)
	if e != nil && e.held != nil && isAliased(value, k.args) {
		e = c.ownEntry(e, value, saved)
	}
	if !saved && k.origin.id == "" {
		k.origin.mark = newUnstored()
		tick(&lastStored)
		c.dir.home().noteStored(c.base(k.key), k.origin.mark)
	}
	if k.discard(saved) {
		k.wish.outcome.computed(k.end, took)
		k.land(nil, nil)
		return nil
	}
	if saved {
		if mapped := c.mapSaved(k.key, k.origin); mapped != nil {
			e = mapped
		}
	}
	if e != nil {
		e.unsaved, e.origin = !saved, k.origin
		k.remember(e)
	} else {
		c.forget(k.key)
	}
	k.wish.outcome.computed(k.end, took)
	k.land(e, nil)
	return e
}

// fail gives an error of compute to those that wait, and returns it, with the names of
// method and tag; it is not stored. If this call's own context ended, the error is nobody
// else's: the next one computes.
func (k *call) fail(err error) error {
	if k.remembered {
		k.cell.tell(Event{Kind: LookedUp, Path: k.cell.valuePath(k.key), Source: NoValue, Err: err, Reason: "its error is stored"})
		k.wish.outcome.rememberedError()
	} else {
		k.cell.tell(Event{Kind: Failed, Path: k.cell.valuePath(k.key), Elapsed: time.Since(k.start), Err: err, Why: k.why, Reason: k.reason})
	}
	err = k.cell.wrap(opCompute, err)
	k.wish.outcome.failed(err)
	k.origin = k.made()
	k.flight.began, k.flight.failed, k.flight.epoch = k.start.UnixNano(), k.origin, k.epoch
	if k.ctx.Err() != nil {
		k.land(nil, nil)
	} else {
		k.land(nil, err)
	}
	return err
}

// finish is deferred around the computation. After a panic or a Goexit it lets
// the next one compute.
func (k *call) finish() {
	if !k.landed.Load() {
		k.land(nil, nil)
	}
}

func (k *call) land(e *entry, err error) {
	k.landed.Store(true)
	if k.collector != nil {
		k.collector.close()
	}
	k.lock.release()
	k.leave()
	k.cell.land(k.key, k.flight, e, err)
}

func (c *cell) wrap(op string, err error) error {
	return &Error{Op: op, Name: c.stem, Tag: c.tag, Err: err}
}

// store saves the value. That it cannot be saved is told, counted and logged,
// but never the caller's error: a computed result is not lost for a full disk.
func (k *call) store(value any, e *entry, took time.Duration, path string) (saved bool) {
	c, o := k.cell, k.wish.outcome
	if k.spared != nil {
		c.tell(Event{Kind: SaveFailed, Path: path, Err: c.wrap("save", k.spared)})
		o.saved(c, "", 0, k.spared)
		return false
	}
	start := time.Now()
	file, size, err := c.save(k, value, took)
	o.saved(c, file, size, err)
	if errors.Is(err, errCleared) {
		return false // as was asked for
	}
	if k.invalidated = errors.Is(err, errInvalidated); err != nil {
		k.supersede()
	}
	switch {
	case k.invalidated:
		c.tell(Event{Kind: Invalidated, Path: path, ComputeTime: took, Err: c.wrap("save", err),
			Reason: err.Error() + ": it was returned and is not stored"})
		return false
	case err != nil:
		c.tell(Event{Kind: SaveFailed, Path: path, Elapsed: time.Since(start), Repeated: c.dir.wasRefused(err),
			Err: &Error{Op: "save", Name: c.stem, Tag: c.tag, Path: c.dir.path, Err: fmt.Errorf("%w: the result was returned, but is not on disk", err)}})
		return false
	}
	c.dir.isUsable()
	e.storedIn(c, size)
	tick(&lastStored)
	c.dir.home().noteStored(c.base(k.key), k.origin.id)
	c.tell(Event{Kind: Saved, Path: c.dir.pathOf(file), Bytes: size, Digest: k.origin.digest(), Elapsed: time.Since(start), ComputeTime: took})
	return true
}

func (k *call) tellLoaded(found *look, elapsed time.Duration) {
	c := k.cell
	path := c.dir.pathOf(found.file)
	k.wish.outcome.loaded(path, found)
	where := "on disk"
	if found.entry.mapped != nil {
		where = "on disk, mapped"
	}
	c.tell(Event{Kind: LookedUp, Path: path, Source: FromDisk, Reason: where})
	c.tell(Event{Kind: Loaded, Path: path, Bytes: found.bytes, Digest: found.entry.origin.digest(), Elapsed: elapsed,
		ComputeTime: found.computeTime, Reason: found.reason})
}

// ownEntry is what memory keeps of a value that belongs to the caller, too: nothing where
// it is on disk, from which the next call gets its own, else one decoded from what would
// have been saved. A nil entry means that memory keeps nothing.
func (c *cell) ownEntry(e *entry, value any, saved bool) *entry {
	if saved {
		return nil
	}
	content, format, err := c.encodePrivate(value)
	if err != nil {
		return nil
	}
	own, err := c.decodeBytes(format, content)
	if err != nil {
		return nil
	}
	own.key, own.expires, own.ages = e.key, e.expires, e.ages
	return own
}

// privateEntry turns e into one from which every caller gets a copy; nil when
// no format holds the value, so that nothing is kept in memory.
func (c *cell) privateEntry(e *entry, value any) *entry {
	content, format, err := c.encodePrivate(value)
	if err == nil {
		_, err = c.decodeBytes(format, content) // else every later call would fail
	}
	if err != nil {
		return nil
	}
	return &entry{key: e.key, expires: e.expires, ages: e.ages, private: content, format: format}
}
