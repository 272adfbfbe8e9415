package lineage_test

import (
	"fmt"
	"slices"
	"testing"

	"gonum.org/v1/gonum/graph/topo"
	"pgregory.net/rapid"

	"github.com/dataelab/dataelab-go/diskcache/lineage"
)

// drawnGraph is any graph, also with circles, and with boxes of many sizes.
func drawnGraph(t *rapid.T) *lineage.Graph {
	n := rapid.IntRange(1, 40).Draw(t, "nodes")
	var nodes []*lineage.Node
	for i := range n {
		name := rapid.StringMatching(`[a-z.]{1,80}`).Draw(t, "name")
		nodes = append(nodes, &lineage.Node{Kind: lineage.Entry, Name: name, Key: fmt.Sprint(i), State: lineage.State(i % 5), Count: lineage.Count{Nodes: 1 + i%2}})
	}
	end := rapid.IntRange(0, n-1)
	edges := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [2]int {
		return [2]int{end.Draw(t, "from"), end.Draw(t, "to")}
	}), 0, 3*n).Draw(t, "edges")
	return lineage.Made(nodes, edges)
}

func TestLayout(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawnGraph(t)
		areas, pieces := lineage.LaidOut(g)
		boxes := len(g.All())
		for i, a := range areas {
			if a.X < 0 || a.Y < -0.001 {
				t.Fatalf("%d begins outside of the picture: %+v", i, a)
			}
			for j, b := range areas[:i] {
				if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H-0.001 && b.Y < a.Y+a.H-0.001 {
					t.Fatalf("%d and %d overlap: %+v, %+v", i, j, a, b)
				}
			}
			if i >= boxes { // a lane, which no box may touch
				for j, b := range areas[:boxes] {
					if a.X < b.X+b.W && b.X < a.X+a.W && b.Y < a.Y && a.Y < b.Y+b.H {
						t.Fatalf("lane %d leads through box %d: %+v, %+v", i, j, a, b)
					}
				}
			}
		}
		backward := false
		for _, p := range pieces {
			from, to := areas[p.From], areas[p.To]
			backward = backward || p.Backward
			if to.Column != from.Column+1 || to.X <= from.X+from.W {
				t.Fatalf("a piece leads from %+v to %+v", from, to)
			}
		}
		if _, err := topo.Sort(g); (err != nil) != backward {
			t.Fatalf("edges lead backward: %v; circles: %v", backward, err)
		}
		checkEdges(t, g, boxes, pieces)
	})
}

// checkEdges looks whether each edge of a graph can be followed through the pieces.
func checkEdges(t *rapid.T, g *lineage.Graph, boxes int, pieces []lineage.Piece) {
	next := map[[2]int][]int{} // by where a piece begins, and whether it leads backward
	for _, p := range pieces {
		at := [2]int{p.From, 0}
		if p.Backward {
			at[1] = 1
		}
		next[at] = append(next[at], p.To)
	}
	reached := func(from, backward int) []int {
		var ends []int
		todo := slices.Clone(next[[2]int{from, backward}])
		for len(todo) > 0 {
			at := todo[0]
			todo = todo[1:]
			if at < boxes {
				ends = append(ends, at)
				continue
			}
			todo = append(todo, next[[2]int{at, backward}]...)
		}
		return ends
	}
	drawn := 0
	for id := range boxes {
		for _, to := range reached(id, 0) {
			if drawn++; !g.HasEdgeFromTo(int64(id), int64(to)) {
				t.Fatalf("an edge from %d to %d is drawn", id, to)
			}
		}
		for _, to := range reached(id, 1) {
			if drawn++; !g.HasEdgeFromTo(int64(to), int64(id)) {
				t.Fatalf("an edge backward from %d to %d is drawn", to, id)
			}
		}
	}
	edges := 0
	for _, n := range g.All() {
		edges += g.From(n.ID()).Len()
	}
	if drawn != edges {
		t.Fatalf("%d edges are drawn, and there are %d", drawn, edges)
	}
}

func TestSorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawnGraph(t)
		sorted := g.Sorted()
		rank := map[int64]int{}
		for i, n := range sorted {
			rank[n.ID()] = i
		}
		if len(rank) != len(g.All()) {
			t.Fatalf("%d of %d nodes", len(rank), len(g.All()))
		}
		_, err := topo.Sort(g)
		for _, n := range sorted {
			for _, to := range g.Downstream(n) {
				if err == nil && rank[to.ID()] <= rank[n.ID()] {
					t.Fatalf("%v stands before %v", to, n)
				}
				if !topo.PathExistsIn(g, n, to) {
					t.Fatalf("no path from %v to %v", n, to)
				}
				if n != to && !slices.Contains(g.Upstream(to), n) {
					t.Fatalf("%v is downstream of %v, which is not upstream of it", to, n)
				}
			}
		}
	})
}
