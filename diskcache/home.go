package diskcache

import (
	"runtime"
	"sync"
	"weak"
)

// home is what this process knows of one directory, shared by all tagDirs of it: by which
// cachers it is used, and what was found out about its entries. It goes when the last
// tagDir does.
type home struct {
	id dirID

	mu      sync.Mutex
	cachers map[string]Cacher // guarded by mu; by name of the method, the one bound last

	invalidable
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
