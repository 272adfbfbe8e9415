package lineage

import (
	"maps"
	"slices"
)

// Upstream returns all that a node was made of, however many steps away, in the order of
// [Graph.Sorted].
func (g *Graph) Upstream(n *Node) []*Node { return g.reach(g.up, n) }

// Downstream returns all that was made of a node, however many steps away, in the order of
// [Graph.Sorted].
func (g *Graph) Downstream(n *Node) []*Node { return g.reach(g.down, n) }

func (g *Graph) reach(arcs [][]arc, n *Node) []*Node {
	if !g.has(n) {
		return nil
	}
	reached := g.reachable(arcs, []int32{int32(n.id)})
	reached[n.id] = false
	var nodes []*Node
	for _, id := range g.sorted() {
		if reached[id] {
			nodes = append(nodes, g.nodes[id])
		}
	}
	return nodes
}

// reachable marks start, and what can be reached from there.
func (g *Graph) reachable(arcs [][]arc, start []int32) []bool {
	reached := make([]bool, len(g.nodes))
	todo := slices.Clone(start)
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if reached[id] {
			continue
		}
		reached[id] = true
		for _, a := range arcs[id] {
			todo = append(todo, a.node)
		}
	}
	return reached
}

// Sorted returns all nodes, what was used before what used it. Records that were forged, and
// folded graphs, can have circles; there, one edge at least leads backward. topo.TarjanSCC of
// gonum finds them.
func (g *Graph) Sorted() []*Node {
	nodes := make([]*Node, len(g.nodes))
	for i, id := range g.sorted() {
		nodes[i] = g.nodes[id]
	}
	return nodes
}

// sorted is a depth-first search downward. Nodes are left in the inverse order, and
// nodes that are entered first come first if nothing else decides.
func (g *Graph) sorted() []int32 {
	order := make([]int32, 0, len(g.nodes))
	entered := make([]bool, len(g.nodes))
	type step struct{ id, left int32 } // left is how many arcs were not followed yet
	var path []step
	enter := func(id int32) {
		if !entered[id] {
			entered[id] = true
			path = append(path, step{id, int32(len(g.down[id]))})
		}
	}
	search := func(id int32) {
		for enter(id); len(path) > 0; {
			last := &path[len(path)-1]
			if last.left == 0 {
				order = append(order, last.id)
				path = path[:len(path)-1]
				continue
			}
			last.left--
			enter(g.down[last.id][last.left].node)
		}
	}
	for id, up := range slices.Backward(g.up) {
		if len(up) == 0 {
			search(int32(id))
		}
	}
	for id := range slices.Backward(g.up) { // what has a circle upstream
		search(int32(id))
	}
	slices.Reverse(order)
	return order
}

// With returns the graph of these nodes, all that they were made of, and all that was
// made of them.
func (g *Graph) With(nodes ...*Node) *Graph {
	var start []int32
	for _, n := range nodes {
		if g.has(n) {
			start = append(start, int32(n.id))
		}
	}
	up, down := g.reachable(g.up, start), g.reachable(g.down, start)
	return g.only(func(n *Node) bool { return up[n.id] || down[n.id] })
}

// OfMethods returns the graph of the entries of these methods, and all that they were made
// of. A method without entries is a node of its own, which is NotComputed.
func (g *Graph) OfMethods(names ...string) *Graph {
	wanted := make(map[string]bool, len(names))
	for _, name := range names {
		wanted[name] = true
	}
	missing := maps.Clone(wanted)
	var start []int32
	for _, n := range g.nodes {
		if wanted[n.Name] && (n.Kind == Entry || n.Kind == Method) {
			delete(missing, n.Name)
			start = append(start, int32(n.id))
		}
	}
	up := g.reachable(g.up, start)
	var added []*Node
	for name := range missing {
		added = append(added, &Node{Kind: Method, Name: name, State: NotComputed, Count: Count{Nodes: 1, Methods: 1}})
	}
	return g.only(func(n *Node) bool { return up[n.id] }, added...)
}

// only returns the graph of some of the nodes, and of others.
func (g *Graph) only(keep func(*Node) bool, others ...*Node) *Graph {
	ids := make([]int32, len(g.nodes))
	var nodes []*Node
	for id, n := range g.nodes {
		ids[id] = -1
		if keep(n) {
			ids[id] = int32(len(nodes))
			same := *n
			nodes = append(nodes, &same)
		}
	}
	var links []link
	for _, l := range g.links() {
		if l.from, l.to = ids[l.from], ids[l.to]; l.from >= 0 && l.to >= 0 {
			links = append(links, l)
		}
	}
	return newGraph(append(nodes, others...), links, g.uses)
}
