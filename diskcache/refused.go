package diskcache

import (
	"errors"
	"io/fs"
	"strings"
	"sync"
)

// A directory that cannot be used refuses all that is saved, for one reason, which is told once
// and not for each value: for each directory of tags, until something is saved there.

// placeError is wrapped by the error of a directory that cannot be made or opened, or in which
// nothing can be written.
type placeError struct{ error }

func (e placeError) Unwrap() error { return e.error }

// refused has the reasons that were told, by the directory that holds those of the tags.
var refused struct {
	mu   sync.Mutex
	told map[dirID]map[string]bool // guarded by mu
}

// mostRefused bounds what is remembered of one directory.
const mostRefused = 1000

// wasRefused reports whether an error of a save is for the directory, and was told before.
func (d *tagDir) wasRefused(err error) bool {
	var of placeError
	if !errors.As(err, &of) {
		return false
	}
	reason := strings.ReplaceAll(of.Error(), d.path, "")
	if path := (*fs.PathError)(nil); errors.As(of, &path) { // else the text has the name of a work file
		reason = path.Err.Error()
	}
	refused.mu.Lock()
	defer refused.mu.Unlock()
	id := d.parent()
	before := refused.told[id]
	if before[reason] || len(before) >= mostRefused {
		return true
	}
	if refused.told == nil {
		refused.told = map[dirID]map[string]bool{}
	}
	if before == nil {
		before = map[string]bool{}
		refused.told[id] = before
	}
	before[reason] = true
	return false
}

// isUsable takes that back.
func (d *tagDir) isUsable() {
	refused.mu.Lock()
	defer refused.mu.Unlock()
	if len(refused.told) > 0 {
		delete(refused.told, d.parent())
	}
}

// parent is the directory that holds those of all tags.
func (d *tagDir) parent() dirID { return dirID{d.opts.Store, d.opts.Tmpdir} }
