package mapcache

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/dataelab/dataelab-go/diskcache"
)

// obtain loads or builds the contents; the caller has the turn.
func (c *Cache[K, V]) obtain(ctx context.Context) error {
	c.mu.Lock()
	load := !c.invalid
	c.mu.Unlock()
	hooks := &c.opts.Hooks
	if c.isBuiltByFile() {
		return c.obtainByFile(ctx, load)
	}
	if load {
		contents, err := c.loaded(ctx)
		switch {
		case err == nil:
			c.setOld(nil)
			c.install(contents, nil)
			c.standOn(c.looked.Digest)
			return nil
		case errors.Is(err, ErrNotLoaded) && hooks.Build == nil:
			c.mu.Lock()
			c.last = &Error{Op: "load", Name: c.name, Err: err}
			c.mu.Unlock()
			return err
		case !errors.Is(err, ErrNotStored) && !errors.Is(err, ErrNotLoaded):
			return err
		}
	}
	if hooks.Build != nil {
		return c.remake(ctx, !load)
	}
	contents, err := c.built(ctx)
	if err != nil {
		return err
	}
	c.install(contents, nil)
	c.standOn("")
	return nil
}

// remake builds the contents, and saves them in the place of what is stored; stale says that
// this must not be loaded any more. The caller has the turn.
func (c *Cache[K, V]) remake(ctx context.Context, stale bool) error {
	if c.isBuiltByFile() {
		return c.obtainByFile(ctx, false)
	}
	contents, err := c.built(ctx)
	if err != nil {
		return err
	}
	c.install(contents, nil)
	c.setUnsaved(nil)
	if err := c.save(ctx); err != nil {
		c.setInvalid(stale)
		c.failSave(err)
	}
	return nil
}

// isBuiltByFile reports whether the engine loads, saves, and has the contents built.
func (c *Cache[K, V]) isBuiltByFile() bool {
	hooks := &c.opts.Hooks
	return c.file != nil && hooks.Load == nil && hooks.Save == nil && hooks.Build != nil
}

// obtainByFile is obtain where the engine does all: it builds inside of a look-up, so
// that of several processes one builds, and the others load what that one saved.
func (c *Cache[K, V]) obtainByFile(ctx context.Context, load bool) error {
	hooks := &c.opts.Hooks
	var made map[K]V
	during := span[K, V]{hooks: hooks, name: c.name}
	defer func() { during.end(ctx, errPanicked) }()
	look := c.file.Refresh
	if load {
		look = c.file.Execute
		if err := during.begin(ctx, OpLoad); err != nil {
			return err
		}
	}
	c.outcome, c.looked = errBypassed, diskcache.Event{}
	found, err := look(ctx, func(ctx context.Context) (map[K]V, error) {
		if load {
			err := ErrNotStored
			if c.looked.Why != diskcache.NoReason {
				err = c.tellMissed(ctx)
			}
			during.end(ctx, err)
		}
		var err error
		if made, err = c.built(ctx); err != nil {
			return nil, err
		}
		if c.opts.SkipEmpty && len(made) == 0 {
			return nil, errSkipped
		}
		if err := during.begin(ctx, OpSave); err != nil {
			return nil, err
		}
		contents, err := hooks.prepared(maps.Clone(made))
		if err == nil {
			err = c.setOldAside(ctx)
		}
		return contents, err
	})
	err = inOurWords(err)
	c.releaseMemory()
	switch {
	case during.op == OpLoad:
		return c.endLoadByFile(ctx, &during, found, err)
	case made == nil:
		return err
	case errors.Is(err, errSkipped):
		err = nil
	case during.op == OpSave:
		if err == nil {
			err = c.outcome
		}
		during.end(ctx, err)
	}
	c.install(made, nil)
	if err != nil {
		c.setInvalid(!load)
		c.setUnsaved(err)
	}
	return nil
}

// endLoadByFile is the rest of obtainByFile where something was found, or the look failed.
func (c *Cache[K, V]) endLoadByFile(ctx context.Context, during *span[K, V], found map[K]V, err error) error {
	if err == nil {
		c.setOld(nil)
		found, err = c.checked(found)
	}
	during.end(ctx, err)
	switch {
	case errors.Is(err, ErrNotLoaded):
		return c.obtainByFile(ctx, false)
	case err != nil:
		return err
	}
	c.install(found, nil)
	c.standOn(c.looked.Digest)
	return nil
}

// loaded reads what was saved, by the hook or from the file.
func (c *Cache[K, V]) loaded(ctx context.Context) (contents map[K]V, err error) {
	hooks := &c.opts.Hooks
	err = hooks.during(ctx, OpLoad, c.name, func() error {
		var err error
		switch {
		case hooks.Load != nil:
			var ok bool
			if contents, ok, err = hooks.Load(ctx, c.name); err == nil && !ok {
				err = ErrNotStored
			}
			contents = owned(contents)
		case c.file != nil:
			contents, err = c.readFile(ctx)
		default:
			err = ErrNotStored
		}
		if err == nil {
			contents, err = c.checked(contents)
		}
		return err
	})
	return contents, err
}

// checked validates and finishes loaded contents.
func (c *Cache[K, V]) checked(found map[K]V) (map[K]V, error) {
	hooks := &c.opts.Hooks
	if found == nil { // as JSON can say
		found = map[K]V{}
	}
	if hooks.Validate != nil {
		if err := hooks.Validate(found); err != nil {
			return nil, c.refused(err)
		}
	}
	return hooks.finished(found)
}

// built makes the contents anew.
func (c *Cache[K, V]) built(ctx context.Context) (contents map[K]V, err error) {
	hooks := &c.opts.Hooks
	err = hooks.during(ctx, OpBuild, c.name, func() error {
		made := map[K]V{}
		if hooks.Build != nil {
			var err error
			if made, err = hooks.Build(ctx, c.name); err != nil {
				return fmt.Errorf("build: %w", err)
			}
			made = owned(made)
		}
		var err error
		contents, err = hooks.finished(made)
		return err
	})
	return contents, err
}

// releaseMemory lets the engine forget its reference to the contents, which are
// changed from now on.
func (c *Cache[K, V]) releaseMemory() {
	_ = c.file.Close() // without the mmap option it has nothing to fail at
}
