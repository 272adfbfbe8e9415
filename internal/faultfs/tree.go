package faultfs

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"strings"
)

// tree is the directory as programs see it, and the changes that led there from
// what was there in the beginning.
type tree struct {
	now     *node
	before  *node     // a copy of now, at the beginning
	origin  nodeMap   // from nodes of now to those of before
	changes []*change // of folders, in their order
}

type nodeMap map[*node]*node

// node is a file or a folder.
type node struct {
	entries map[string]*node // of a folder; nil for a file

	data    []byte
	flushed []byte // data when it was last flushed
	dirty   bool   // data was written since
}

// change gives a name in a folder to a node, or to none.
type change struct {
	step    int // those of one operation have the same
	folder  *node
	name    string
	node    *node
	flushed bool
}

func newFolder() *node { return &node{entries: map[string]*node{}} }

func readTree(top string) (*tree, error) {
	t := &tree{now: newFolder()}
	disk := os.DirFS(top)
	err := fs.WalkDir(disk, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == "." {
			return err
		}
		folder, name := t.at(path)
		switch {
		case e.IsDir():
			folder.entries[name] = newFolder()
		case e.Type().IsRegular():
			content, err := fs.ReadFile(disk, path)
			if err != nil {
				return err
			}
			folder.entries[name] = &node{data: content, flushed: content}
		}
		return nil
	})
	t.origin = nodeMap{}
	t.before = t.origin.copyOf(t.now)
	return t, err
}

// copyOf copies folders; files are shared.
func (m nodeMap) copyOf(n *node) *node {
	if n.entries == nil {
		return n
	}
	c := newFolder()
	m[n] = c
	for name, e := range n.entries {
		c.entries[name] = m.copyOf(e)
	}
	return c
}

// at returns the folder of a name, nil where that is not known, and the last part.
func (t *tree) at(name string) (folder *node, base string) {
	folder = t.now
	dir, base := path.Split(name)
	for part := range strings.SplitSeq(strings.Trim(dir, "/"), "/") {
		if part == "" {
			continue
		}
		if folder = folder.entries[part]; folder == nil || folder.entries == nil {
			return nil, base
		}
	}
	return folder, base
}

func (t *tree) get(name string) *node {
	if name == "." {
		return t.now
	}
	folder, base := t.at(name)
	if folder == nil {
		return nil
	}
	return folder.entries[base]
}

// set is a change. Where what it changes is not known, it does nothing.
func (t *tree) set(step int, name string, n *node) {
	folder, base := t.at(name)
	if folder == nil || strings.HasPrefix(name, "../") {
		return
	}
	if n == nil {
		delete(folder.entries, base)
	} else {
		folder.entries[base] = n
	}
	t.changes = append(t.changes, &change{step: step, folder: folder, name: base, node: n})
}

func (t *tree) next() int {
	if len(t.changes) == 0 {
		return 0
	}
	return t.changes[len(t.changes)-1].step + 1
}

func (t *tree) mkdir(name string) { t.set(t.next(), name, newFolder()) }

func (t *tree) remove(name string) { t.set(t.next(), name, nil) }

func (t *tree) link(from, to string) { t.set(t.next(), to, t.get(from)) }

func (t *tree) rename(from, to string) {
	step, n := t.next(), t.get(from)
	t.set(step, to, n)
	t.set(step, from, nil)
}

func (t *tree) open(name string, flag int) *node {
	n := t.get(name)
	if n == nil && flag&os.O_CREATE != 0 {
		n = &node{}
		t.set(t.next(), name, n)
	}
	if n != nil && flag&os.O_TRUNC != 0 {
		n.data, n.dirty = nil, true
	}
	return n
}

func (n *node) write(p []byte) {
	n.data = append(n.data[:len(n.data):len(n.data)], p...)
	n.dirty = true
}

func (n *node) writeAt(p []byte, off int64) {
	data := make([]byte, max(len(n.data), int(off)+len(p)))
	copy(data, n.data)
	copy(data[off:], p)
	n.data, n.dirty = data, true
}

func (t *tree) flush(n *node) {
	if n.entries == nil {
		n.flushed, n.dirty = n.data, false
		return
	}
	for _, c := range t.changes {
		if c.folder == n {
			c.flushed = true
		}
	}
}

// rebuilt returns the tree with only some changes: the flushed ones and those that
// survive.
func (t *tree) rebuilt(survives func(*change) bool) *node {
	folders := maps.Clone(t.origin)
	clone := nodeMap{}
	top := clone.copyOf(t.before)
	of := func(n *node) *node { // the folder that stands for one of now
		if n == nil || n.entries == nil {
			return n
		}
		if folders[n] == nil { // made since
			folders[n] = newFolder()
			clone[folders[n]] = folders[n]
		}
		return clone[folders[n]]
	}
	for _, c := range t.changes {
		if !c.flushed && !survives(c) {
			continue
		}
		if c.node == nil {
			delete(of(c.folder).entries, c.name)
		} else {
			of(c.folder).entries[c.name] = of(c.node)
		}
	}
	return top
}
