package lineage

import (
	"path/filepath"
	"sort"
	"strings"
)

// manyFiles is how many input files of one directory are shown one by one by ByMethod.
const manyFiles = 8

// ByMethod returns the graph with all entries of a method or function as one node, all values
// of a setting, and the files of each directory that has more than 8 of them. Where
// methods call each other with several arguments it can have circles.
func (g *Graph) ByMethod() *Graph {
	files := map[string]int{}
	for _, n := range g.nodes {
		if n.Kind == File {
			files[filepath.Dir(n.Path)]++
		}
	}
	return g.fold(func(n *Node) identity {
		id := identity{kind: n.Kind, place: n.Place, name: n.Name}
		switch n.Kind {
		case Entry:
			id.kind = Method
		case File:
			if id.name = n.Path; files[filepath.Dir(n.Path)] > manyFiles {
				id.name = filepath.Dir(n.Path)
			}
		}
		return id
	})
}

// atMost returns a graph with at most so many nodes, by folding as little as that takes: by
// method, then by the first parts of names and of directories.
func (g *Graph) atMost(nodes int) *Graph {
	if len(g.nodes) <= nodes {
		return g
	}
	m := g.ByMethod()
	if len(m.nodes) <= nodes {
		return m
	}
	folded := m
	sort.Search(maxName, func(cut int) bool { // the deepest that is small enough
		f := m.byParts(maxName - 1 - cut)
		if len(f.nodes) > nodes {
			return false
		}
		folded = f
		return true
	})
	return folded
}

// maxName bounds the parts of a name that are told apart in pictures.
const maxName = 32

// byParts makes one node of all whose names begin with the same parts.
func (g *Graph) byParts(parts int) *Graph {
	return g.fold(func(n *Node) identity {
		id := identity{kind: n.Kind, place: n.Place}
		if n.Kind == File {
			id.name = firstParts(filepath.Dir(n.Path), string(filepath.Separator), parts)
		} else {
			id.name = firstParts(n.Name, ".", parts)
		}
		if parts == 0 {
			id.place, id.name = "", "…"
		}
		return id
	})
}

func firstParts(name, separator string, parts int) string {
	all := strings.SplitAfterN(name, separator, parts+1)
	if len(all) <= parts {
		return name
	}
	return strings.Join(all[:parts], "") + "…"
}

// fold makes one node of all that have the same group.
func (g *Graph) fold(group func(*Node) identity) *Graph {
	index := map[identity]int32{}
	ids := make([]int32, len(g.nodes))
	var nodes []*Node
	type method struct {
		of          int32
		place, name string
	}
	methods := map[method]bool{}
	for id, n := range g.nodes {
		key := group(n)
		i, ok := index[key]
		if !ok {
			i = int32(len(nodes))
			index[key] = i
			nodes = append(nodes, nil)
		}
		ids[id] = i
		nodes[i] = joined(nodes[i], n, key)
		if m := (method{i, n.Place, n.Name}); n.Kind == Entry && !methods[m] {
			methods[m] = true
			nodes[i].Count.Methods++
		}
	}
	links := g.links()
	for i, l := range links {
		links[i].from, links[i].to = ids[l.from], ids[l.to]
	}
	return newGraph(nodes, links, g.uses)
}

// joined returns a node that stands for two of a group; all is nil before the first.
func joined(all, n *Node, group identity) *Node {
	if all == nil {
		one := *n
		one.Kind = group.kind
		if group.kind == Method {
			one.Name, one.Key, one.Place = group.name, "", group.place
		}
		return &one
	}
	methods := all.Count.Methods + n.Count.Methods
	all.Count = all.Count.add(n.Count)
	all.Count.Methods = methods
	all.Info, all.self = nil, false
	all.Place = group.place
	if all.Kind == File {
		all.Path = group.name
		all.Use.Bytes += n.Use.Bytes
	} else {
		all.Name = group.name
	}
	if worse[n.State] > worse[all.State] {
		all.State, all.Reason, all.Why = n.State, n.Reason, n.Why
	}
	return all
}

// worse says which state stands for several.
var worse = [states]int{Valid: 0, NotComputed: 1, Unknown: 2, Gone: 3, Stale: 4}
