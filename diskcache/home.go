package diskcache

import (
	"runtime"
	"slices"
	"sync"
	"weak"
)

// home is what this process knows of one directory, shared by all tagDirs of it: by which
// cachers it is used, and what was found out about its entries. It goes when the last
// tagDir does.
type home struct {
	id dirID

	mu      sync.Mutex
	joined  []joined                      // guarded by mu; those that are not in cachers yet
	tidyAt  int                           // guarded by mu; see join
	cachers map[string]weak.Pointer[core] // guarded by mu; by name of the method, the one bound last
	renamed map[string]joined             // guarded by mu; by former name of the method, see aka.go
	used    map[string]string             // guarded by mu; by entry, the identity that was used last
	nodes   map[string]*node              // guarded by mu; by entry, what was found out
	foreign map[string]foreignFile        // guarded by mu; by name of the file
	warned  map[string]bool               // guarded by mu; what was said

	invalidable
}

// joined is a cacher that has its entries here. It may be gone, or elsewhere now.
type joined struct {
	stem string
	core weak.Pointer[core]
}

// manyJoined is when those that are gone are looked for, at first.
const manyJoined = 1 << 12

// join notes that a cacher has its entries here. There may be a million of them, and most
// are never asked for by name: so they are only listed.
func (h *home) join(cell *cell, c *core) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, former := range cell.former {
		if h.renamed == nil {
			h.renamed = map[string]joined{}
		}
		h.renamed[former] = joined{cell.stem, weak.Make(c)}
	}
	if len(h.joined) >= max(h.tidyAt, manyJoined) {
		h.joined = slices.DeleteFunc(h.joined, func(j joined) bool { return j.core.Value() == nil })
		h.tidyAt = 2 * len(h.joined)
	}
	h.joined = append(h.joined, joined{cell.stem, weak.Make(c)})
}

// cellOf returns the cell of the method's cacher, if this program has it.
func (h *home) cellOf(stem string) *cell {
	if h == nil {
		return nil
	}
	c := h.cacher(stem)
	if c == nil {
		return nil
	}
	cell := c.cell.Load()
	if cell == nil || cell.stem != stem || cell.dir.home() != h {
		return nil
	}
	return cell
}

// serving returns the cell that an entry of a method serves, which may have had that name
// before.
func (h *home) serving(stem string) *cell {
	if c := h.cellOf(stem); c != nil {
		return c
	}
	h.mu.Lock()
	now, known := h.renamed[stem]
	h.mu.Unlock()
	if !known {
		return nil
	}
	return h.cellOf(now.stem)
}

// cacher returns that of a method, as the last one bound has it.
func (h *home) cacher(stem string) *core {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.cachers == nil {
		h.cachers = map[string]weak.Pointer[core]{}
	}
	for _, j := range h.joined {
		h.cachers[j.stem] = j.core
	}
	h.joined = nil
	return h.cachers[stem].Value()
}

// noteUsed notes which value of an entry was used. When it is another one than before,
// what was made of that has to be examined.
func (h *home) noteUsed(base, id string) {
	h.mu.Lock()
	before, known := h.used[base]
	if h.used == nil {
		h.used = map[string]string{}
	}
	h.used[base] = id
	h.mu.Unlock()
	if known && before != id {
		moveEpoch()
	}
}

// noteStored is noteUsed of a value that was computed, and may be used by nobody. What was
// found out about the one before, or that there was none, counts no more.
func (h *home) noteStored(base, id string) {
	h.mu.Lock()
	_, used := h.used[base]
	n := h.nodes[base]
	h.mu.Unlock()
	examined := n != nil && n.at >= lastMoved.Load() && !n.bad.is() && (!n.record || n.id() != id)
	if used {
		h.noteUsed(base, id)
	}
	if examined {
		moveEpoch()
	}
}

// warns reports whether a warning is new, and remembers it.
func (h *home) warns(reason string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.warned[reason] {
		return false
	}
	if h.warned == nil {
		h.warned = map[string]bool{}
	}
	h.warned[reason] = true
	return true
}

// Warn tells those who hear of a cacher's events of something that is wrong, though with none of its
// entries: once for each directory.
func Warn(c Cacher, reason string) {
	if cell := c.state().cell.Load(); cell != nil && cell.dir.home().warns(reason) {
		cell.tell(Event{Kind: Warned, Path: cell.dir.path, Reason: reason})
	}
}

// homes has those that are in use. A tag that nobody holds any more takes no memory.
var homes struct {
	mu   sync.Mutex
	byID map[dirID]weak.Pointer[home] // guarded by mu
}

// home returns that of the directory.
func (d *tagDir) home() *home {
	d.homeOnce.Do(func() { d.homePtr = homeOf(d.id()) })
	return d.homePtr
}

// homeAt returns a home that is in use, or nil.
func homeAt(id dirID) *home {
	homes.mu.Lock()
	defer homes.mu.Unlock()
	return homes.byID[id].Value()
}

func homeOf(id dirID) *home {
	homes.mu.Lock()
	defer homes.mu.Unlock()
	if h := homes.byID[id].Value(); h != nil {
		return h
	}
	h := &home{id: id}
	if homes.byID == nil {
		homes.byID = map[dirID]weak.Pointer[home]{}
	}
	homes.byID[id] = weak.Make(h)
	runtime.AddCleanup(h, leaveHome, id)
	return h
}

// leaveHome is called when nobody holds a home any more.
func leaveHome(id dirID) {
	homes.mu.Lock()
	defer homes.mu.Unlock()
	if homes.byID[id].Value() == nil { // else there is another one already
		delete(homes.byID, id)
	}
}
