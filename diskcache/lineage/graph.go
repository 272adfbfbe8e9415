package lineage

import (
	"cmp"
	"slices"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Graph is what was made of what. It does not change, and any number of goroutines may
// read it. It is a graph.Directed of gonum, so that the algorithms there take it.
type Graph struct {
	nodes  []*Node // by ID, in the order of compareNodes
	index  map[identity]int32
	places []string // of nodes, in order
	up     [][]arc  // by ID: what a node was made of
	down   [][]arc  // by ID: what was made of a node
	uses   []diskcache.Use
}

// arc is one end of an edge, seen from the other one.
type arc struct {
	node      int32
	use       int32 // in Graph.uses; -1 where several were folded
	inherited bool
}

// link is an edge of a graph that is being made.
type link struct {
	from, to, use int32
	inherited     bool
}

// identity tells nodes apart.
type identity struct {
	kind  Kind
	place string
	name  string // or the path of a file
	key   string // of arguments; the digest of a setting
}

func (n *Node) identity() identity {
	switch {
	case n.Kind == File:
		return identity{kind: File, name: n.Path}
	case n.Kind == Setting && n.Count.Nodes == 1:
		return identity{Setting, n.Place, n.Name, n.Use.Digest}
	}
	return identity{n.Kind, n.Place, n.Name, n.Key}
}

// newGraph puts nodes and links together, and gives the nodes their IDs. Of links between
// the same two nodes one remains. Links from a node to itself, which folding makes, go.
func newGraph(nodes []*Node, links []link, uses []diskcache.Use) *Graph {
	order := make([]int32, len(nodes)) // by ID: the index in nodes
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Or(compareNodes(nodes[a], nodes[b]), cmp.Compare(a, b)) })
	g := &Graph{
		nodes: make([]*Node, len(nodes)), index: make(map[identity]int32, len(nodes)),
		up: make([][]arc, len(nodes)), down: make([][]arc, len(nodes)), uses: uses,
	}
	ids := make([]int32, len(nodes))
	for id, i := range order {
		ids[i] = int32(id)
		g.nodes[id] = nodes[i]
		nodes[i].id = int64(id)
		g.index[nodes[i].identity()] = int32(id)
		if last := len(g.places) - 1; last < 0 || g.places[last] != nodes[i].Place {
			g.places = append(g.places, nodes[i].Place)
		}
	}
	for i, l := range links {
		links[i].from, links[i].to = ids[l.from], ids[l.to]
	}
	for _, l := range merged(links) {
		g.up[l.to] = append(g.up[l.to], arc{l.from, l.use, l.inherited})
		g.down[l.from] = append(g.down[l.from], arc{l.to, l.use, l.inherited})
	}
	return g
}

// merged sorts links, and makes one of those between the same nodes.
func merged(links []link) []link {
	slices.SortFunc(links, func(a, b link) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.use, b.use))
	})
	kept := links[:0]
	for _, l := range links {
		last := len(kept) - 1
		switch {
		case l.from == l.to:
		case last >= 0 && kept[last].from == l.from && kept[last].to == l.to:
			if kept[last].use != l.use {
				kept[last].use = -1
			}
			kept[last].inherited = kept[last].inherited && l.inherited
		default:
			kept = append(kept, l)
		}
	}
	return kept
}

func compareNodes(a, b *Node) int {
	return cmp.Or(
		cmp.Compare(a.Place, b.Place),
		cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Path, b.Path),
		compareArguments(a.Info, b.Info),
		cmp.Compare(a.Key, b.Key),
		cmp.Compare(a.Use.Text, b.Use.Text),
		cmp.Compare(a.Use.Digest, b.Use.Digest),
	)
}

func compareArguments(a, b *diskcache.EntryInfo) int {
	if a == nil || b == nil {
		return cmp.Compare(b2i(a == nil), b2i(b == nil))
	}
	return slices.CompareFunc(a.Arguments, b.Arguments, func(x, y string) int {
		return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y)) // 2 before 10
	})
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// links returns the edges as newGraph takes them.
func (g *Graph) links() []link {
	var all []link
	for from, arcs := range g.down {
		for _, a := range arcs {
			all = append(all, link{int32(from), a.node, a.use, a.inherited})
		}
	}
	return all
}

// All returns the nodes, by place and name.
func (g *Graph) All() []*Node { return slices.Clone(g.nodes) }

// Entry returns the node of a method or function and the key of its arguments, as
// [diskcache.EntryInfo] has them; [diskcache.KeyOf] makes the key. Of several places it is the
// first that has one. It is nil where there is none.
func (g *Graph) Entry(name, key string) *Node {
	return g.find(identity{kind: Entry, name: name, key: key})
}

// Method returns the node of a method or function in a graph [Graph.ByMethod], or one that
// was not computed in another graph. It is nil where there is none.
func (g *Graph) Method(name string) *Node {
	return g.find(identity{kind: Method, name: name})
}

// find returns the node in the first place that has it.
func (g *Graph) find(id identity) *Node {
	for _, id.place = range g.places {
		if i, ok := g.index[id]; ok {
			return g.nodes[i]
		}
	}
	return nil
}

// File returns the node of an input file, by the full path that was used. It is nil where
// there is none.
func (g *Graph) File(path string) *Node {
	if id, ok := g.index[identity{kind: File, name: path}]; ok {
		return g.nodes[id]
	}
	return nil
}

// Count returns what all entries of the graph are together.
func (g *Graph) Count() Count {
	var c Count
	type method struct{ place, name string }
	methods := map[method]bool{}
	for _, n := range g.nodes {
		c = c.add(n.Count)
		if n.Kind == Entry {
			methods[method{n.Place, n.Name}] = true
		}
		c.Methods += n.Count.Methods
	}
	c.Methods += len(methods)
	return c
}

// has reports whether n is a node of this graph.
func (g *Graph) has(n *Node) bool {
	return n != nil && n.id >= 0 && n.id < int64(len(g.nodes)) && g.nodes[n.id] == n
}
