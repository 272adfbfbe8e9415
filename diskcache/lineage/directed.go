package lineage

import (
	"cmp"
	"slices"

	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/iterator"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Graph is what algorithms of gonum take, such as those of graph/topo and graph/path.
var _ graph.Directed = (*Graph)(nil)

// Edge leads from what was used to what used it.
type Edge struct {
	from, to *Node

	// Use is what was used at that time: the digest of the value, size and time of the
	// file. It is zero in a folded graph where an edge stands for several.
	Use diskcache.Use
	// Inherited edges are known only through something that is gone: which of the things
	// between them used it is not recorded.
	Inherited bool
}

// From returns what was used, a *Node.
func (e *Edge) From() graph.Node { return e.from }

// To returns what used it, a *Node.
func (e *Edge) To() graph.Node { return e.to }

// ReversedEdge returns e, as the use of something has one direction.
func (e *Edge) ReversedEdge() graph.Edge { return e }

// Node returns the *Node with this ID, or nil.
func (g *Graph) Node(id int64) graph.Node {
	if id < 0 || id >= int64(len(g.nodes)) {
		return nil
	}
	return g.nodes[id]
}

// Nodes returns all nodes.
func (g *Graph) Nodes() graph.Nodes {
	if len(g.nodes) == 0 {
		return graph.Empty
	}
	all := make([]graph.Node, len(g.nodes))
	for i, n := range g.nodes {
		all[i] = n
	}
	return iterator.NewOrderedNodes(all)
}

// From returns what was made directly of the node with this ID.
func (g *Graph) From(id int64) graph.Nodes { return g.ends(g.down, id) }

// To returns what the node with this ID was directly made of.
func (g *Graph) To(id int64) graph.Nodes { return g.ends(g.up, id) }

func (g *Graph) ends(arcs [][]arc, id int64) graph.Nodes {
	if id < 0 || id >= int64(len(arcs)) || len(arcs[id]) == 0 {
		return graph.Empty
	}
	nodes := make([]graph.Node, len(arcs[id]))
	for i, a := range arcs[id] {
		nodes[i] = g.nodes[a.node]
	}
	return iterator.NewOrderedNodes(nodes)
}

// HasEdgeFromTo reports whether the second was directly made of the first.
func (g *Graph) HasEdgeFromTo(from, to int64) bool { return g.Edge(from, to) != nil }

// HasEdgeBetween reports whether one was directly made of the other.
func (g *Graph) HasEdgeBetween(x, y int64) bool {
	return g.HasEdgeFromTo(x, y) || g.HasEdgeFromTo(y, x)
}

// Edge returns the *Edge from one node to another, or nil.
func (g *Graph) Edge(from, to int64) graph.Edge {
	if from < 0 || from >= int64(len(g.down)) {
		return nil
	}
	i, ok := slices.BinarySearchFunc(g.down[from], to, func(a arc, to int64) int { return cmp.Compare(int64(a.node), to) })
	if !ok {
		return nil
	}
	a := g.down[from][i]
	return &Edge{g.nodes[from], g.nodes[to], g.use(a), a.inherited}
}

// use returns what an edge says of what was used.
func (g *Graph) use(a arc) diskcache.Use {
	if a.use < 0 {
		return diskcache.Use{}
	}
	return g.uses[a.use]
}
