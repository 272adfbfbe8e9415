package mapcache

import (
	"context"
	"sync"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Cache is a map that is saved. [Register] makes one, the zero value is none; it must
// not be copied.
//
// Methods that look at the contents load or build them first, where that was not
// done yet. If that fails, they find nothing, the error is told and kept in Err, and
// what is set from then on stays in memory: such contents are never saved, as
// they would pass for whole ones, and take their place. Load, where a program has to
// know, returns the error, and tries again.
type Cache[K comparable, V any] struct {
	name    string
	manager *Manager
	opts    Options[K, V]
	turn    *turn // had by whoever replaces, saves or deletes the contents

	file    *diskcache.DiskCacher[map[K]V] // nil for contents in memory only
	outcome error                          // of the last save into file; guarded by turn
	looked  diskcache.Event                // what the last look into file came to; guarded by turn
	base    string                         // digest of the file that entries stand on, see takeIn; guarded by turn

	mu      sync.Mutex
	entries *layers[K, V] // guarded by mu; nil until loaded
	unbuilt error         // guarded by mu; why entries are not what they should be
	old     *unused       // guarded by mu; what a save would replace, and was not loaded
	changes pending       // guarded by mu
	alone   bool          // guarded by mu; what is stored is to be replaced, whatever it is
	stored  bool          // guarded by mu; but for changes, what is saved are the entries
	invalid bool          // guarded by mu; what is saved must not be loaded
	last    error         // guarded by mu; see Err
	closed  bool          // guarded by mu

	touched changedKeys[K, V] // guarded by mu; since what is stored, where others may save it too

	auto *autosave
}

// Name returns the name under which the cache is registered.
func (c *Cache[K, V]) Name() string { return c.name }

// Get returns the value of a key, and whether there is one.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	entries := c.lock()
	defer c.mu.Unlock()
	return entries.get(key)
}

// Set puts a value in the place of what the key had. A key that is not equal to
// itself, such as NaN, could never be found again, and is not stored.
func (c *Cache[K, V]) Set(key K, value V) {
	if key != key { // and a key that cannot be compared panics here, before the lock
		return
	}
	entries := c.lock()
	c.note(key)
	entries.set(key, value)
	c.changed()
	c.mu.Unlock()
}

// Delete removes a key. It reports whether there was one.
func (c *Cache[K, V]) Delete(key K) bool {
	entries := c.lock()
	defer c.mu.Unlock()
	if _, ok := entries.get(key); !ok {
		return false
	}
	c.note(key)
	entries.remove(key)
	c.changed()
	return true
}

// Update sets a key to what f makes of its old value, or removes it where f returns
// false. Nothing else happens to the cache in between: f runs once, while others
// wait for it. It should be short, and must not use the cache.
func (c *Cache[K, V]) Update(key K, f func(old V, ok bool) (value V, keep bool)) {
	if key != key {
		return
	}
	entries := c.lock()
	defer c.mu.Unlock()
	old, ok := entries.get(key)
	value, keep := f(old, ok)
	if !keep && !ok {
		return
	}
	c.note(key)
	if keep {
		entries.set(key, value)
	} else {
		entries.remove(key)
	}
	c.changed()
}

// Len returns the number of entries.
func (c *Cache[K, V]) Len() int {
	entries := c.lock()
	defer c.mu.Unlock()
	return entries.len()
}

// Clear removes all entries. That is one change; what is saved stays until the next
// save. Invalidate is for contents that are not valid any more.
//
// Where a cache without a builder could not load what is stored, Clear says that the
// program does without: the cache begins empty, and the next save sets the file aside.
func (c *Cache[K, V]) Clear() {
	entries := c.lock()
	defer c.mu.Unlock()
	given := c.unbuilt != nil && c.opts.Hooks.Build == nil
	if given {
		c.giveUp()
		c.changes.clear()
	}
	if given || entries.len() > 0 {
		c.noteAll()
		c.entries = newLayers(map[K]V{})
		c.changed()
	}
}

// giveUp ends the wait for contents that could not be loaded; the caller holds mu.
func (c *Cache[K, V]) giveUp() { c.unbuilt, c.last = nil, nil }

// Err returns why the last load, build or save failed that nobody was told of by
// the error of a method; an error that wraps ErrNotLoaded stays there in any case. It is
// nil once a later one succeeded.
func (c *Cache[K, V]) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// lock locks mu, and returns the contents, which it loads if need be.
func (c *Cache[K, V]) lock() *layers[K, V] {
	c.mu.Lock()
	for c.entries == nil {
		c.mu.Unlock()
		c.loadForUse()
		c.mu.Lock()
	}
	return c.entries
}

// changed counts a change; the caller holds mu.
func (c *Cache[K, V]) changed() {
	if c.changes.add() {
		c.changes.note(time.Now())
		c.schedule()
	}
}

// loadForUse is Load for methods that return no error.
func (c *Cache[K, V]) loadForUse() {
	if c.turn == nil {
		panic("mapcache: " + errZero.Error())
	}
	ctx, err := c.takeTurn(context.Background())
	if err != nil {
		return // never: the context does not end
	}
	defer c.turn.giveBack()
	if c.isLoaded() {
		return
	}
	if err := c.obtain(ctx); err != nil {
		c.install(map[K]V{}, err)
		c.fail(diskcache.Failed, &Error{Op: "load", Name: c.name, Err: err})
	}
}

func (c *Cache[K, V]) isLoaded() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.entries != nil
}
