package lineage

// layout places boxes in columns, from left to right, and leads the edges around them:
//
//  1. Edges that would close a circle are turned around.
//  2. The column of a box is one more than the highest of those that it comes from; boxes
//     that come from nothing stand directly before the first that needs them.
//  3. What leaves a box and goes further than the next column gets a lane in each column
//     between, which is a place like that of a box, and is shared by all edges of
//     that box.
//  4. Boxes and lanes of a column are sorted by the mean position of their neighbors, to and
//     fro, and the order with the fewest crossings is kept.
//  5. They are moved up and down toward their neighbors, without changing the order or
//     coming closer than they may.
//  6. Boxes without edges stand in rows below all others.
//
// Edges run straight through columns, in lanes, and are curved between columns, so no edge
// crosses a box.
type layout struct {
	places  []place // boxes first, as they were given, then lanes
	boxes   int
	columns [][]int32 // indices into places, from top to bottom
	joints  []joint
	alone   []int32 // boxes without edges
	width   float64
	height  float64
}

// place is where a box or a piece of a lane is.
type place struct {
	column    int
	x, y      float64 // upper left corner
	w, h      float64
	prev, nxt []int32 // indices into places, of neighboring columns
}

func (p *place) middle() float64 { return p.y + p.h/2 }

// joint is a piece of an edge from one column to the next.
type joint struct {
	from, to int32 // indices into places
	style    style // of the edge
}

// style tells apart edges that look different; those of one box and one style share lanes.
type style uint8

const (
	usedStyle style = iota
	inheritedStyle
	backward // against the columns

	styles // how many there are
)

// size is that of a box.
type size struct{ w, h float64 }

const (
	boxGap   = 14.0 // between boxes of a column
	laneGap  = 9.0  // same, beside a lane
	firstGap = 56.0 // between columns
	mostGap  = 170.0
)

// layOut places boxes of these sizes for the edges of g.
func layOut(g *Graph, sizes []size) *layout {
	l := &layout{boxes: len(sizes), places: make([]place, len(sizes))}
	for i, s := range sizes {
		l.places[i].w, l.places[i].h = s.w, s.h
	}
	rank := make([]int, len(sizes))
	order := g.sorted()
	for i, id := range order {
		rank[id] = i
	}
	edges := make([][]edge, len(sizes)) // by the box on the left
	for from, arcs := range g.down {
		for _, a := range arcs {
			e := edge{a.node, usedStyle}
			left := int32(from)
			switch {
			case rank[a.node] < rank[from]: // rule 1
				left, e = a.node, edge{int32(from), backward}
			case a.inherited:
				e.style = inheritedStyle
			}
			edges[left] = append(edges[left], e)
		}
	}
	l.setColumns(order, edges)
	l.setLanes(edges)
	l.setOrder()
	l.setPositions()
	l.setRows()
	return l
}

// edge leads to a box further right.
type edge struct {
	to    int32
	style style
}

// setColumns is rule 2.
func (l *layout) setColumns(order []int32, edges [][]edge) {
	last := 0
	entered := make([]bool, len(edges))
	for _, from := range order {
		for _, e := range edges[from] {
			entered[e.to] = true
			to := &l.places[e.to]
			to.column = max(to.column, l.places[from].column+1)
			last = max(last, to.column)
		}
	}
	for from := range edges {
		if entered[from] || len(edges[from]) == 0 {
			continue
		}
		first := last
		for _, e := range edges[from] {
			first = min(first, l.places[e.to].column)
		}
		l.places[from].column = first - 1
	}
	l.columns = make([][]int32, last+1)
	for _, id := range order {
		if !entered[id] && len(edges[id]) == 0 {
			l.alone = append(l.alone, id)
			continue
		}
		c := l.places[id].column
		l.columns[c] = append(l.columns[c], id)
	}
}

// setLanes is rule 3.
func (l *layout) setLanes(edges [][]edge) {
	for from := range edges {
		var lanes [styles][]int32 // the pieces, from left to right
		for _, e := range edges[from] {
			start := l.places[from].column
			before := int32(from)
			for column := start + 1; column < l.places[e.to].column; column++ {
				if n := column - start - 1; n < len(lanes[e.style]) {
					before = lanes[e.style][n]
					continue
				}
				lane := int32(len(l.places))
				l.places = append(l.places, place{column: column})
				l.columns[column] = append(l.columns[column], lane)
				lanes[e.style] = append(lanes[e.style], lane)
				l.join(before, lane, e.style)
				before = lane
			}
			l.join(before, e.to, e.style)
		}
	}
}

func (l *layout) join(from, to int32, s style) {
	l.joints = append(l.joints, joint{from, to, s})
	l.places[from].nxt = append(l.places[from].nxt, to)
	l.places[to].prev = append(l.places[to].prev, from)
}

func (l *layout) isLane(i int32) bool { return int(i) >= l.boxes }
