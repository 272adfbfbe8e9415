package diskcache

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"weak"
)

// settingChanged says why a setting that an entry of d used is not what it was, or nothing.
func (d *tagDir) settingChanged(u *use) (reason string) {
	s := d.settingNamed(u.Setting, u.In)
	switch {
	case u.Setting == unnamedSetting:
		return "a setting that it used had no name: SetTag gives one to those below root, Cache.Declare to those of functions"
	case s == nil:
		return fmt.Sprintf("the setting %s, which it used, is not declared by this program", u.Setting)
	case u.Digest == "":
		return fmt.Sprintf("the setting %s, which it used, was %s then, which cannot be compared", u.Setting, u.Text)
	}
	switch now := s.mark.Load(); {
	case now.digest == u.Digest && d.settingDisputed(u):
		return fmt.Sprintf("the setting %s, which it used, has different values in several trees of this program", u.Setting)
	case now.digest == u.Digest:
		return ""
	case now.text == u.Text:
		return fmt.Sprintf("the setting %s, which it used, has another value now", u.Setting)
	default:
		return fmt.Sprintf("the setting %s, which it used, was %s and is %s now", u.Setting, u.Text, now.text)
	}
}

// settingNamed returns the setting that a record in d means, or nil:
//
//  1. one of the tree or Cache that d is of;
//  2. else one of another tree with this directory, the one bound last;
//  3. else one of a Cache with this directory.
func (d *tagDir) settingNamed(name, directory string) *setting {
	id := d.id()
	if directory != "" && directory != d.path {
		id = dirID{path: directory}
	}
	if id == d.id() {
		if s := d.settings.named(name); s != nil { // 1
			return s
		}
	}
	if s := declared.inTrees(id, d.settings, name); s != nil { // 1, 2
		return s
	}
	if id != d.id() && d.opts.Store != nil {
		if s := declared.inTrees(dirID{d.opts.Store, directory}, d.settings, name); s != nil {
			return s
		}
	}
	return declared.inCaches(id.path, name) // 3
}

// settingDisputed reports whether a setting that is not of the tree of d has another value
// than the one used in any tree: who asks may be of that one.
func (d *tagDir) settingDisputed(u *use) bool {
	directory := cmp.Or(u.In, d.path)
	return declared.disputed(dirID{path: directory}, d.settings, u) ||
		d.opts.Store != nil && declared.disputed(dirID{d.opts.Store, directory}, d.settings, u)
}

// disputes reports whether a setting is disputed that a value was made of, or whether that is
// not known.
func (d *tagDir) disputes(uses *useList) bool {
	inherited, known := uses.through()
	disputed := func(u use) bool { return u.kind() == UsedSetting && d.settingDisputed(&u) }
	return !known || !uses.none() && (slices.ContainsFunc(uses.direct, disputed) || slices.ContainsFunc(inherited, disputed))
}

// declared is who declares settings in this process. It keeps nobody alive.
var declared whoDeclares

type whoDeclares struct {
	mu     sync.Mutex
	trees  map[dirID][]weak.Pointer[declarations] // guarded by mu; the one bound last is last
	caches []weak.Pointer[Cache]                  // guarded by mu
}

// join notes that a tree has its settings in a directory.
func (w *whoDeclares) join(id dirID, tree *declarations) {
	w.mu.Lock()
	defer w.mu.Unlock()
	self := weak.Make(tree)
	there := slices.DeleteFunc(w.trees[id], func(p weak.Pointer[declarations]) bool { return p == self })
	if w.trees == nil {
		w.trees = map[dirID][]weak.Pointer[declarations]{}
	}
	if len(there) == len(w.trees[id]) {
		runtime.AddCleanup(tree, w.leave, id)
	}
	w.trees[id] = append(there, self)
}

// has reports whether a tree has its settings in a directory.
func (w *whoDeclares) has(id dirID, tree *declarations) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Contains(w.trees[id], weak.Make(tree))
}

// leave is called when a tree of a directory is gone.
func (w *whoDeclares) leave(id dirID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trees[id] = slices.DeleteFunc(w.trees[id], func(p weak.Pointer[declarations]) bool { return p.Value() == nil })
	if len(w.trees[id]) == 0 {
		delete(w.trees, id)
	}
}

// joinCache is join for a Cache, whose directory is not known yet.
func (w *whoDeclares) joinCache(c *Cache) {
	w.mu.Lock()
	defer w.mu.Unlock()
	self := weak.Make(c)
	w.caches = slices.DeleteFunc(w.caches, func(p weak.Pointer[Cache]) bool { return p == self || p.Value() == nil })
	w.caches = append(w.caches, self)
}

// inTrees returns the setting that a tree in a directory has under a name, first that of
// own.
func (w *whoDeclares) inTrees(id dirID, own *declarations, name string) *setting {
	w.mu.Lock()
	there := slices.Clone(w.trees[id])
	w.mu.Unlock()
	if own != nil && slices.Contains(there, weak.Make(own)) {
		if s := own.named(name); s != nil {
			return s
		}
	}
	for _, p := range slices.Backward(there) {
		if s := p.Value().named(name); s != nil {
			return s
		}
	}
	return nil
}

func (w *whoDeclares) disputed(id dirID, own *declarations, u *use) bool {
	w.mu.Lock()
	there := slices.Clone(w.trees[id])
	w.mu.Unlock()
	if own.named(u.Setting) != nil && slices.Contains(there, weak.Make(own)) {
		return false
	}
	return slices.ContainsFunc(there, func(p weak.Pointer[declarations]) bool {
		s := p.Value().named(u.Setting)
		return s != nil && s.mark.Load().digest != u.Digest
	})
}

func (w *whoDeclares) inCaches(path, name string) *setting {
	w.mu.Lock()
	caches := slices.Clone(w.caches)
	w.mu.Unlock()
	for _, p := range slices.Backward(caches) {
		c := p.Value()
		if c == nil {
			continue
		}
		if s := c.settingNamed(name); s != nil {
			if directory, err := c.Directory(); err == nil && directory == path {
				return s
			}
		}
	}
	return nil
}
