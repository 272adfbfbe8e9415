package diskcache

import (
	"errors"
	"io/fs"
	"math"
)

// clearKey forgets one entry, in memory and on disk. Without a place there is
// nothing to forget.
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
// afterwards.
func (c *cell) clearKey(key Key) error {
	c.saving.Lock()
	defer c.saving.Unlock()
	err := c.removeKey(key)
	c.mu.Lock()
	if f := c.flights[key]; f != nil {
		f.cleared = true
	}
	c.mu.Unlock()
	c.memory.put(&entry{key: key, expires: math.MinInt64}) // good at no time
	return err
}

func (c *cell) removeKey(key Key) error {
	root, err := c.dir.open()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	release := c.dir.lockPublishing(true)
	defer release()
	exts := map[string]bool{}
	for _, ext := range c.exts {
		exts["."+ext] = true
	}
	return removeEntry(root, c.base(key), exts)
}
