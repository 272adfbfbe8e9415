package lineage

import "github.com/dataelab/dataelab-go/diskcache"

// What tests make graphs of, without files.

// Made returns a graph of these nodes. An edge leads from its first to its second.
func Made(nodes []*Node, edges [][2]int) *Graph {
	var links []link
	for _, e := range edges {
		links = append(links, link{from: int32(e[0]), to: int32(e[1])})
	}
	return newGraph(nodes, links, []diskcache.Use{{}})
}

// Area is where a box is, or a piece of an edge in its column.
type Area struct{ Column, X, Y, W, H float64 }

// Piece is what leads from one area to one in the next column.
type Piece struct {
	From, To int
	Backward bool
}

// LaidOut returns the layout of a graph: the areas of the boxes by the IDs of the nodes, then
// those of lanes.
func LaidOut(g *Graph) (areas []Area, pieces []Piece) {
	sizes := make([]size, len(g.nodes))
	for i, n := range g.nodes {
		b := boxOf(n)
		sizes[i] = b.size()
	}
	l := layOut(g, sizes)
	for _, p := range l.places {
		areas = append(areas, Area{float64(p.column), p.x, p.y, p.w, p.h})
	}
	for _, j := range l.joints {
		pieces = append(pieces, Piece{int(j.from), int(j.to), j.style == backward})
	}
	return areas, pieces
}

// AtMost is what pictures show.
func (g *Graph) AtMost(n int) *Graph { return g.atMost(n) }
