package mapcache

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/dataelab/dataelab-go/diskcache"
)

// errBypassed is the outcome of a save of which the engine tells nothing.
var errBypassed = errors.New("the context asks calls to pass the cache by")

// errSkipped is why contents without an entry are not saved, see Options.SkipEmpty.
var errSkipped = errors.New("the contents are empty")

// errPanicked stands for the error of a hook that panicked.
var errPanicked = errors.New("a hook panicked")

// Save stores the contents if they have changed since they were stored, or with Forced in any
// case. Others read and write meanwhile; what is stored are the contents of one instant. It
// applies to dependents.
func (c *Cache[K, V]) Save(ctx context.Context, scope ...Scope) error {
	if slices.Contains(scope, Forced) {
		return c.manager.apply(ctx, c, scope, dictionary.saveForced)
	}
	return c.manager.apply(ctx, c, scope, dictionary.saveOwn)
}

// saveForced loads contents that were not used yet, so that there is something to save.
func (c *Cache[K, V]) saveForced(ctx context.Context) error {
	return c.inTurn(ctx, "save", func(ctx context.Context) error {
		if !c.isLoaded() {
			if err := c.obtain(ctx); err != nil {
				return err
			}
		}
		c.mu.Lock()
		c.stored = false
		c.mu.Unlock()
		return c.save(ctx)
	})
}

func (c *Cache[K, V]) saveOwn(ctx context.Context) error {
	return c.inTurn(ctx, "save", c.save)
}

// save stores the contents; the caller has the turn.
func (c *Cache[K, V]) save(ctx context.Context) error {
	if wanted, err := c.wantsSave(); err != nil || !wanted {
		return err
	}
	return c.opts.Hooks.during(ctx, OpSave, c.name, func() error { return c.store(ctx) })
}

// wantsSave reports whether there is something to store.
func (c *Cache[K, V]) wantsSave() (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.file == nil && c.opts.Hooks.Save == nil,
		c.entries == nil,
		c.stored && c.changes.count == 0:
		return false, nil
	case c.opts.SkipEmpty && c.entries.len() == 0:
		c.changes.clear() // or the rules would ask for them for ever
		return false, nil
	case errors.Is(c.unbuilt, ErrNotLoaded):
		return false, c.unbuilt
	case c.unbuilt != nil:
		return false, fmt.Errorf("%w: %w", ErrNotBuilt, c.unbuilt)
	}
	return true, nil
}

// store gives a snapshot to the hook or the engine. A snapshot is taken only when
// the engine has the file's lock, so as to be new.
func (c *Cache[K, V]) store(ctx context.Context) error {
	var changes *unsaved[K, V] // of the snapshot, once it is taken
	outcome := errPanicked
	defer func() { c.endSave(changes, outcome) }()
	take := func(ctx context.Context) (map[K]V, error) {
		if err := c.takeIn(ctx); err != nil {
			return nil, err
		}
		var contents map[K]V
		contents, changes = c.snapshot()
		contents, err := c.opts.Hooks.prepared(contents)
		if err == nil && c.opts.Hooks.Save == nil {
			err = c.setOldAside(ctx)
		}
		return contents, err
	}
	if c.opts.Hooks.Save != nil {
		outcome = c.storeByHook(ctx, take)
	} else {
		outcome = c.storeInFile(ctx, take)
	}
	return outcome
}

func (c *Cache[K, V]) storeByHook(ctx context.Context, take func(context.Context) (map[K]V, error)) error {
	contents, err := take(ctx)
	if err != nil {
		return err
	}
	return c.opts.Hooks.Save(ctx, c.name, contents)
}

func (c *Cache[K, V]) storeInFile(ctx context.Context, take func(context.Context) (map[K]V, error)) error {
	c.outcome = errBypassed
	_, err := c.file.Refresh(ctx, take)
	c.releaseMemory()
	if err != nil {
		return inOurWords(err)
	}
	return c.outcome
}

// snapshot returns a copy of the contents, and the changes that are saved with it. The
// copy takes a hundredth of the time that it takes to encode and write it; pinned for that
// long, the contents would have every change of it to merge.
func (c *Cache[K, V]) snapshot() (map[K]V, *unsaved[K, V]) {
	c.mu.Lock()
	v, changes := c.entries.pin(), &unsaved[K, V]{c.changes.take(), c.touched}
	c.touched = nil
	c.mu.Unlock()
	defer v.unpin(&c.mu)
	return v.copied(), changes
}

// unsaved is what is saved with a snapshot.
type unsaved[K comparable, V any] struct {
	pending pending
	touched changedKeys[K, V]
}

// endSave counts the changes of a snapshot again if it was not stored. They are nil where
// it did not come to a snapshot.
func (c *Cache[K, V]) endSave(changes *unsaved[K, V], err error) {
	if changes == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.changes.restore(changes.pending)
		if c.touched == nil {
			c.touched = changes.touched
		} else {
			maps.Copy(c.touched, changes.touched) // what is stored has the older ones
		}
		return
	}
	c.stored, c.invalid, c.last = true, false, nil
}

// setInvalid says that what is saved must not be loaded, as newer contents could not be saved
// in its place.
func (c *Cache[K, V]) setInvalid(invalid bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.invalid = c.invalid || invalid
}

// standOn notes which file the contents were loaded from, or saved to. The caller has the turn.
func (c *Cache[K, V]) standOn(digest string) {
	c.base = digest
	c.mu.Lock()
	c.alone = false
	c.mu.Unlock()
}

// setUnsaved notes that the contents, which were just built, are not stored.
func (c *Cache[K, V]) setUnsaved(err error) {
	c.mu.Lock()
	c.stored = false
	c.changed()
	c.mu.Unlock()
	if err != nil {
		c.failSave(err)
	}
}

// heard gets the engine's events. It is called on the goroutine of the call that
// they tell of, which has the turn.
func (c *Cache[K, V]) heard(e diskcache.Event) {
	switch e.Kind {
	case diskcache.Saved:
		c.outcome = nil
		c.standOn(e.Digest)
	case diskcache.SaveFailed: // told by who asked for the save
		c.outcome = inOurWords(e.Err)
		return
	case diskcache.Invalidated: // while it was saved
		if e.Err != nil {
			c.outcome = inOurWords(e.Err)
			return
		}
	case diskcache.Failed, diskcache.Computed: // told in our words, or no news
		return
	case diskcache.LookedUp:
		if e.Source == diskcache.NotFound { // told when it was looked for the last time
			c.looked = e
			return
		}
	case diskcache.Loaded:
		c.looked = e
	}
	c.manager.tell(e)
}

func (c *Cache[K, V]) failSave(err error) {
	c.fail(diskcache.SaveFailed, &Error{Op: "save", Name: c.name, Err: err})
}

// fail keeps and tells an error that no method returns.
func (c *Cache[K, V]) fail(kind diskcache.EventKind, err error) {
	c.mu.Lock()
	c.last = err
	c.mu.Unlock()
	c.manager.tell(diskcache.Event{Kind: kind, Tag: c.manager.tag(), Name: c.name, Err: err})
}
