package faultfs

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Order says what the disk may do with changes of folders that were not flushed.
type Order int

// The orders. In both, what was flushed is there.
const (
	// InOrder: the first ones survive, as on file systems with a journal.
	InOrder Order = iota
	// AnyOrder: besides, those of single folders survive, or all others.
	AnyOrder
)

// Clone is what a power cut may leave.
type Clone struct {
	How     string
	Ordered bool              // it may come from InOrder
	Folders []string          // with slashes, each after the one it is in
	Files   map[string][]byte // by name
}

// losses say what becomes of data that was not flushed.
var losses = []struct {
	name string
	of   func(n *node) []byte
}{
	{"data lost", func(n *node) []byte { return n.flushed }},
	{"data torn", func(n *node) []byte { return n.data[:max(len(n.flushed), len(n.data)/2)] }},
	{"data zero", func(n *node) []byte { return make([]byte, len(n.data)) }},
	{"data garbled", func(n *node) []byte {
		garbled := slices.Clone(n.data)
		for i := len(garbled) / 2; i < len(garbled); i += 7 {
			garbled[i] ^= 0x55
		}
		return garbled
	}},
	{"data kept", func(n *node) []byte { return n.data }},
}

// Clones yields what a power cut at this moment may leave. They may be many, and
// some of them equal.
func (f *FS) Clones(order Order) iter.Seq[Clone] {
	return func(yield func(Clone) bool) {
		for s := range f.survivors(order) {
			for _, loss := range losses {
				c := Clone{How: s.how + ", " + loss.name, Ordered: s.ordered, Files: map[string][]byte{}}
				if dirty := c.add("", s.top, loss.of); !yield(c) {
					return
				} else if !dirty {
					break // nothing is lost, so all losses are alike
				}
			}
		}
	}
}

// survivor is a tree of which only the data is to be decided.
type survivor struct {
	how     string
	ordered bool
	top     *node
}

func (f *FS) survivors(order Order) iter.Seq[survivor] {
	return func(yield func(survivor) bool) {
		f.mu.Lock()
		defer f.mu.Unlock()
		t := f.tree
		for p := range t.next() + 1 {
			if p > 0 && !slices.ContainsFunc(t.changes, func(c *change) bool { return c.step == p-1 && !c.flushed }) {
				continue // the same as the one before
			}
			if !yield(survivor{fmt.Sprintf("%d changes survive", p), true, t.rebuilt(func(c *change) bool { return c.step < p })}) {
				return
			}
		}
		if order == InOrder {
			return
		}
		folders := map[*node]bool{}
		for _, c := range t.changes {
			if c.flushed || folders[c.folder] {
				continue
			}
			folders[c.folder] = true
			if !yield(survivor{"changes of one folder survive", false, t.rebuilt(func(d *change) bool { return d.folder == c.folder })}) ||
				!yield(survivor{"changes of one folder are lost", false, t.rebuilt(func(d *change) bool { return d.folder != c.folder })}) {
				return
			}
		}
	}
}

// add reports whether anything below n was not flushed.
func (c *Clone) add(name string, n *node, loss func(*node) []byte) (dirty bool) {
	if n.entries == nil {
		c.Files[name] = n.data
		if n.dirty {
			c.Files[name] = loss(n)
		}
		return n.dirty
	}
	if name != "" {
		c.Folders = append(c.Folders, name)
	}
	for _, base := range slices.Sorted(maps.Keys(n.entries)) {
		if c.add(path.Join(name, base), n.entries[base], loss) {
			dirty = true
		}
	}
	return dirty
}

// Key is the same for clones that are equal but for How.
func (c *Clone) Key() string {
	var key strings.Builder
	for _, name := range c.Folders {
		fmt.Fprintf(&key, "%q ", name)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Files)) {
		fmt.Fprintf(&key, "%q %q ", name, c.Files[name])
	}
	return key.String()
}

// Write makes the clone in a directory that exists.
func (c *Clone) Write(dir string) error {
	var failed []error
	for _, name := range c.Folders {
		failed = append(failed, os.Mkdir(filepath.Join(dir, filepath.FromSlash(name)), 0o700))
	}
	for name, content := range c.Files {
		failed = append(failed, os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), content, 0o600))
	}
	return errors.Join(failed...)
}
