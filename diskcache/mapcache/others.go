package mapcache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/store"
)

// Others may save a file between two saves of this cache, or after this cache loaded it. A
// save then loses nothing of theirs:
//
//  1. The cache knows the digest of the file that its contents stand on, and which keys were
//     changed since, with the values that they had in that file.
//  2. A save, which has the file's lock, compares digests. Where they differ it reads the file.
//  3. Its entries take the place of those in memory, except where a key was changed here: a
//     value that was set stays, and what was deleted goes.
//  4. A key that was changed on both sides is a conflict. The value of this cache wins, as
//     it is saved last.
//  5. What cannot be read is set aside. Where the system does not let it be read, nothing is saved.
//  6. A file that is gone says nothing of its entries: all contents are saved.
//
// Contents that were given or rebuilt take the place of what is stored, whatever that is.

// changedKeys are the keys that were changed, and what they had before.
type changedKeys[K comparable, V any] map[K]slot[V]

// merges reports whether saves take in what others saved. Hooks keep their contents
// where others cannot be seen.
func (c *Cache[K, V]) merges() bool {
	return c.file != nil && c.opts.Hooks.Load == nil && c.opts.Hooks.Save == nil
}

// note notes that a key is about to change; the caller holds mu.
func (c *Cache[K, V]) note(key K) {
	if !c.merges() {
		return
	}
	if _, known := c.touched[key]; known {
		return
	}
	old, ok := c.entries.get(key)
	if c.touched == nil {
		c.touched = changedKeys[K, V]{}
	}
	c.touched[key] = slot[V]{value: old, gone: !ok}
}

// noteAll notes that all keys are about to go; the caller holds mu.
func (c *Cache[K, V]) noteAll() {
	if !c.merges() {
		return
	}
	all := c.entries.pin()
	defer all.release()
	for key := range all.each {
		c.note(key)
	}
}

// takeIn is rules 2 to 6. The caller has the turn, and the file's lock.
func (c *Cache[K, V]) takeIn(ctx context.Context) error {
	c.mu.Lock()
	alone, old := !c.merges() || c.alone || c.invalid, c.old
	c.mu.Unlock()
	if alone {
		return nil
	}
	ctx = valueless{ctx}
	place, err := c.file.Place()
	if err != nil {
		return err
	}
	stored, err := place.Entry(ctx, c.name, "")
	switch {
	case errors.Is(err, fs.ErrNotExist): // 6
		return nil
	case err != nil:
		return inOurWords(err)
	case stored.State == diskcache.EntrySound && stored.Digest == c.base && !c.isEdited(ctx, stored): // 2
		return nil
	case old != nil && (stored.State != diskcache.EntrySound || stored.Digest == old.digest || old.event.Why == diskcache.Unreadable):
		return nil // it is what was to be set aside already
	}
	found, ok, err := c.peek(ctx)
	if err != nil {
		return err
	}
	switch {
	case !ok:
		return c.notTakenIn(c.tellMissed(ctx))
	case c.base != "" && c.looked.Digest == c.base: // it only looked like an edited one
		return nil
	}
	theirs, err := c.checked(found)
	if err != nil {
		return c.notTakenIn(err)
	}
	c.setOld(nil)
	c.merge(maps.Clone(theirs)) // the engine may have the other one for a while
	return nil
}

// isEdited reports whether a file may have been edited by hand: a save writes the record
// after the file. The digest tells.
func (c *Cache[K, V]) isEdited(ctx context.Context, stored diskcache.EntryInfo) bool {
	s, err := c.manager.begin(ctx)
	if err != nil {
		return false
	}
	defer s.Close()
	value, err := s.Stat(ctx, stored.File)
	if err != nil {
		return false
	}
	record, err := s.Stat(ctx, path.Join(store.Private, c.name+".json"))
	return err == nil && value.Modified.After(record.Modified)
}

// notTakenIn is rule 5.
func (c *Cache[K, V]) notTakenIn(err error) error {
	var why *NotLoadedError
	switch {
	case errors.Is(err, ErrNotStored), errors.As(err, &why) && why.Why != diskcache.Unreadable:
		return nil // it is set aside by this save
	case why != nil:
		c.setOld(nil)
		return fmt.Errorf("another process may have saved since: %w", err)
	}
	return err
}

// merge is rules 3 and 4. theirs is a map that nobody else has.
func (c *Cache[K, V]) merge(theirs map[K]V) {
	theirs = findable(theirs)
	var both []conflict[K, V]
	n := len(theirs)
	c.mu.Lock()
	for key, before := range c.touched {
		value, there := theirs[key]
		mine, have := c.entries.get(key)
		both = append(both, conflict[K, V]{key, before, slot[V]{value, !there}, slot[V]{mine, !have}})
		c.touched[key] = slot[V]{value: value, gone: !there}
		if have {
			theirs[key] = mine
		} else {
			delete(theirs, key)
		}
	}
	c.entries = newLayers(theirs)
	c.mu.Unlock()
	c.base = c.looked.Digest
	own := len(both)
	both = slices.DeleteFunc(both, conflict[K, V].isNone)
	c.tellMerged(diskcache.Merged, fmt.Sprintf("the file was saved elsewhere since this cache loaded or saved it: its %d entries were taken in, under the %d that were changed here", n, own))
	if len(both) > 0 {
		c.tellMerged(diskcache.Conflict, fmt.Sprintf("changed here and elsewhere: %s; what was changed here is saved", listed(both)))
	}
}

func (c *Cache[K, V]) tellMerged(kind diskcache.EventKind, reason string) {
	c.manager.tell(diskcache.Event{Kind: kind, Tag: c.manager.tag(), Name: c.name, Path: c.looked.Path, Reason: reason})
}

// conflict is a key that was changed here, and maybe elsewhere.
type conflict[K comparable, V any] struct {
	key                  K
	before, theirs, mine slot[V]
}

func (c conflict[K, V]) isNone() bool {
	return c.theirs.equal(c.before) || c.theirs.equal(c.mine)
}

func (s slot[V]) equal(other slot[V]) bool {
	switch {
	case s.gone || other.gone:
		return s.gone == other.gone
	case reflect.DeepEqual(s.value, other.value):
		return true
	}
	a, errA := diskcache.KeyOf(s.value) // for which NaN is equal to itself
	b, errB := diskcache.KeyOf(other.value)
	return errA == nil && errB == nil && a == b
}

// listed names the keys of some conflicts.
func listed[K comparable, V any](all []conflict[K, V]) string {
	const most = 10
	var keys []string
	for _, c := range all[:min(len(all), most)] {
		keys = append(keys, fmt.Sprintf("%.100q", fmt.Sprint(c.key)))
	}
	text := strings.Join(keys, ", ")
	if more := len(all) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
