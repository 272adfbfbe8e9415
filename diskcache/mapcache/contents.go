package mapcache

import (
	"context"
	"errors"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Load makes sure that the contents are there: from memory, else from what was
// saved, else built. Methods such as Get do so by themselves; Load returns the error,
// and tries again what failed before. It wraps ErrNotLoaded where contents are stored that
// cannot be used, and there is no builder.
func (c *Cache[K, V]) Load(ctx context.Context) error {
	return c.inTurn(ctx, "load", func(ctx context.Context) error {
		c.mu.Lock()
		good := c.entries != nil && c.unbuilt == nil
		c.mu.Unlock()
		if good {
			return nil
		}
		return c.obtain(ctx)
	})
}

// Reload loads or builds the contents, which then take the place of those in memory:
// what was not saved is forgotten. If it fails, the contents stay what they were, and
// so does what was not saved. It applies to dependents.
func (c *Cache[K, V]) Reload(ctx context.Context, scope ...Scope) error {
	return c.manager.apply(ctx, c, scope, dictionary.reload)
}

// Rebuild builds the contents, which then take the place of those in memory and of what
// was saved. If it fails, both stay what they were. Without a builder the contents are empty then, and
// what was saved is deleted. Rebuild applies to dependents; if one cannot be built, those that
// depend on it stay what they were too, and the error names them.
func (c *Cache[K, V]) Rebuild(ctx context.Context, scope ...Scope) error {
	return c.manager.rebuild(ctx, c.manager.reach(c, scope))
}

// Invalidate forgets the contents, in memory and what was saved: whoever uses the
// cache next builds them. Without a builder the cache is empty then; where what was saved cannot be
// deleted, the contents of such a cache stay what they were. It applies to dependents.
func (c *Cache[K, V]) Invalidate(ctx context.Context, scope ...Scope) error {
	return c.manager.apply(ctx, c, scope, dictionary.invalidate)
}

// DeleteSaved deletes what was saved, and leaves what is in memory: the next save
// stores that. It applies to dependents.
func (c *Cache[K, V]) DeleteSaved(ctx context.Context, scope ...Scope) error {
	return c.manager.apply(ctx, c, scope, dictionary.deleteSaved)
}

// takeTurn waits until no other operation runs, and says so when that takes long.
func (c *Cache[K, V]) takeTurn(ctx context.Context) (context.Context, error) {
	return c.turn.take(ctx, func() {
		c.manager.tell(diskcache.Event{Kind: diskcache.Waiting, Tag: c.manager.tag(), Name: c.name, Elapsed: turnNotice,
			Reason: "it waits for another load, build, save or deletion of this cache; a hook that calls its own cache has to pass on the context that it was given"})
	})
}

// inTurn does one operation while no other runs.
func (c *Cache[K, V]) inTurn(ctx context.Context, op string, do func(context.Context) error) error {
	if c.turn == nil {
		return &Error{Op: op, Name: c.name, Err: errZero}
	}
	ctx, err := c.takeTurn(ctx)
	if err != nil {
		return &Error{Op: op, Name: c.name, Err: err}
	}
	defer c.turn.giveBack()
	if err := do(ctx); err != nil {
		return &Error{Op: op, Name: c.name, Err: err}
	}
	return nil
}

func (c *Cache[K, V]) reload(ctx context.Context) error {
	return c.inTurn(ctx, "reload", func(ctx context.Context) error {
		c.mu.Lock()
		stays, old := c.entries != nil && c.unbuilt == nil, c.old
		c.mu.Unlock()
		err := c.obtain(ctx)
		if err != nil && stays {
			c.setOld(old) // the next save looks for itself
		}
		return err
	})
}

// build builds first. A save then replaces what was saved before; it is deleted only
// where there is no such save.
func (c *Cache[K, V]) build(ctx context.Context) error {
	return c.inTurn(ctx, "rebuild", func(ctx context.Context) error {
		if c.opts.Hooks.Build != nil && c.isSaved() {
			return c.remake(ctx, true)
		}
		contents, err := c.built(ctx)
		if err == nil {
			err = c.deleteFile(ctx)
		}
		if err != nil {
			return err
		}
		c.forget(false)
		c.install(contents, nil)
		return nil
	})
}

// isSaved reports whether there is a place where the contents are saved.
func (c *Cache[K, V]) isSaved() bool { return c.file != nil || c.opts.Hooks.Save != nil }

// invalidate forgets contents that can be built in any case. Others are there once only, and are
// forgotten when it is known that they may be deleted.
func (c *Cache[K, V]) invalidate(ctx context.Context) error {
	return c.inTurn(ctx, "invalidate", func(ctx context.Context) error {
		if c.opts.Hooks.Build != nil {
			c.forget(true)
			return c.deleteFile(ctx)
		}
		err := c.deleteFile(ctx)
		if err == nil {
			c.forget(false)
		}
		return err
	})
}

func (c *Cache[K, V]) deleteSaved(ctx context.Context) error {
	return c.inTurn(ctx, "delete", func(ctx context.Context) error {
		c.mu.Lock()
		c.stored = false
		c.mu.Unlock()
		if err := c.deleteFile(ctx); err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.old = nil
		if errors.Is(c.unbuilt, ErrNotLoaded) {
			c.giveUp()
		}
		return nil
	})
}

// forget drops the contents in memory. invalid contents are built and not loaded
// next, also where what was saved of them could not be deleted.
func (c *Cache[K, V]) forget(invalid bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries, c.unbuilt, c.stored, c.old, c.touched = nil, nil, false, nil, nil
	c.invalid = c.invalid || invalid
	c.changes.clear()
}

// install makes contents those of the cache. unbuilt is why they are not what they
// should be.
func (c *Cache[K, V]) install(contents map[K]V, unbuilt error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries, c.unbuilt, c.stored, c.touched = newLayers(findable(contents)), unbuilt, true, nil
	c.changes.clear()
	if unbuilt == nil {
		c.last, c.invalid = nil, false
	}
}

// deleteFile deletes what was saved.
func (c *Cache[K, V]) deleteFile(ctx context.Context) error {
	hooks := &c.opts.Hooks
	return hooks.during(ctx, OpDelete, c.name, func() error {
		switch {
		case hooks.Delete != nil:
			return hooks.Delete(ctx, c.name)
		case c.file != nil:
			return inOurWords(c.file.ClearCache())
		}
		return nil
	})
}
