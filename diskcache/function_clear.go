package diskcache

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"

	"github.com/dataelab/dataelab-go/diskcache/store"
)

// clearKey forgets one entry, in memory and on disk.
func (c *DiskCacher[T]) clearKey(key Key) error {
	err := c.core.clearKey(key)
	c.change(func(*core) {}) // the value without arguments is held once more
	return err
}

// clearKey forgets one entry of the present and former cells. Without a place there
// is nothing to forget.
func (c *core) clearKey(key Key) error {
	var failed []error
	for _, cell := range c.cells() {
		if err := cell.clearKey(key); err != nil {
			failed = append(failed, &Error{Op: "clear", Name: cell.stem, Tag: cell.tag, Path: cell.dir.path, Err: err})
		}
	}
	return errors.Join(failed...)
}

// clearKey keeps everybody of this cell from publishing while the files go. Who
// still computes the entry, or has read the files in time, keeps nothing
// afterwards, and gives what he gets only to those who wait for it already: who calls
// later leads a flight of his own.
func (c *cell) clearKey(key Key) error {
	c.saving.Lock()
	defer c.saving.Unlock()
	err := c.removeKey(key)
	c.mu.Lock()
	if f := c.flights[key]; f != nil {
		f.cleared = true
		delete(c.flights, key)
	}
	c.mu.Unlock()
	c.keep(&entry{key: key, expires: never}) // so that none who looked before keeps what he found
	return err
}

func (c *cell) removeKey(key Key) error {
	ctx := context.Background()
	s, err := c.dir.open(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer s.Close()
	release := store.LockPublishing(s, true)
	defer release()
	e := entriesOf([]*cell{c})
	for _, stem := range append([]string{c.stem}, c.former...) {
		e.bases[c.named(stem).base(key)] = true
	}
	e.values = e.possible()
	err = e.remove(ctx, s)
	c.dir.recountAll(slices.Collect(maps.Keys(e.bases)), nil)
	return err
}
