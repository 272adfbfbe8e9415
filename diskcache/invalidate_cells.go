package diskcache

import (
	"encoding/hex"
	"sync"
	"sync/atomic"
	"weak"
)

// invalidable is the part of a home that invalidation needs.
type invalidable struct {
	marking sync.Mutex            // held while marks are written
	marks   atomic.Pointer[marks] // as they were last read
	inEpoch atomic.Pointer[marksInEpoch]

	cellsMu sync.Mutex
	cells   map[string][]weak.Pointer[cell] // guarded by cellsMu; those that may hold values, by present and former names
}

// enlist lets the home of the directory know a cell, before that looks for a value for the
// first time. It does not keep it alive.
func (c *cell) enlist() {
	if c.enlisted.Load() {
		return
	}
	h := c.dir.home()
	h.cellsMu.Lock()
	defer h.cellsMu.Unlock()
	if c.enlisted.Load() {
		return
	}
	if h.cells == nil {
		h.cells = map[string][]weak.Pointer[cell]{}
	}
	for _, stem := range c.stems() {
		h.cells[stem] = append(living(h.cells[stem]), weak.Make(c))
	}
	c.enlisted.Store(true)
}

// living returns the list without the cells that are gone.
func living(cells []weak.Pointer[cell]) []weak.Pointer[cell] {
	kept := cells[:0]
	for _, one := range cells {
		if one.Value() != nil {
			kept = append(kept, one)
		}
	}
	return kept
}

// invalidated says what of a directory is invalidated.
type invalidated struct {
	all     bool
	methods map[string]bool         // by stem
	keys    map[string]map[Key]bool // of single entries, by stem
}

// add takes an entry in.
func (i *invalidated) add(stem string, key Key) {
	if i.keys == nil {
		i.keys = map[string]map[Key]bool{}
	}
	if i.keys[stem] == nil {
		i.keys[stem] = map[Key]bool{}
	}
	i.keys[stem][key] = true
}

// drop takes what is invalidated out of memory, in all cells of the directory. It comes after
// the files: what is found or begun later is good. Marks are those of the directory, and token
// is of the new ones: who computes and has noted them began late enough.
func (h *home) drop(what *invalidated, marks *marks, token string) {
	h.cellsMu.Lock()
	var cells []*cell
	for _, some := range h.cells {
		for _, one := range some {
			if c := one.Value(); c != nil {
				cells = append(cells, c)
			}
		}
	}
	h.cellsMu.Unlock()
	for _, c := range cells {
		c.dropInvalidated(what, marks, token)
	}
}

func (c *cell) dropInvalidated(what *invalidated, marks *marks, token string) {
	c.saving.Lock() // nobody keeps what he has found or saved, until this is done
	defer c.saving.Unlock()
	c.mu.Lock()
	for key, f := range c.flights {
		if c.newlyMarked(key, f.noted, marks, nil, token) {
			f.outdated = true
			delete(c.flights, key)
		}
	}
	c.mu.Unlock()

	t := &c.memory
	t.mu.Lock()
	defer t.mu.Unlock()
	whole, touched := what.all, what.all
	for _, stem := range c.stems() {
		whole = whole || what.methods[stem]
		touched = touched || whole || len(what.keys[stem]) > 0
	}
	if !touched {
		return
	}
	t.drops++ // so that none who looks without a flight keeps what he found before
	for e := range entriesIn(t.slots.Load()) {
		if whole || what.has(c, e.key) {
			c.forgetLocked(e.key)
		}
	}
}

// has reports whether one of the single entries is that of a key.
func (i *invalidated) has(c *cell, key Key) bool {
	for _, stem := range c.stems() {
		if i.keys[stem][key] {
			return true
		}
	}
	return false
}

// addBase is add by the name of the entry's files.
func (i *invalidated) addBase(base string) {
	stem, text := splitBase(base)
	var key Key
	if _, err := hex.Decode(key[:], []byte(text)); err == nil { // splitBase has looked at it
		i.add(stem, key)
	}
}
