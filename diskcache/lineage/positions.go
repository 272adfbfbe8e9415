package lineage

import (
	"cmp"
	"math"
	"slices"
)

// apart is how far the upper edges of two that follow each other in a column must be apart.
func (l *layout) apart(above, below int32) float64 {
	if l.isLane(above) || l.isLane(below) {
		return l.places[above].h + laneGap
	}
	return l.places[above].h + boxGap
}

// setPositions is rule 5, and gives columns their width.
func (l *layout) setPositions() {
	for _, column := range l.columns {
		y := 0.0
		for i, id := range column {
			if i > 0 {
				y += l.apart(column[i-1], id)
			}
			l.places[id].y = y
		}
	}
	sides := []func(*place) []int32{
		func(p *place) []int32 { return p.prev },
		func(p *place) []int32 { return p.nxt },
		func(p *place) []int32 { return slices.Concat(p.prev, p.nxt) },
	}
	for round := range 30 {
		side := sides[round%2]
		if round >= 20 {
			side = sides[2]
		}
		for c := range l.columns {
			if round%2 == 1 {
				c = len(l.columns) - 1 - c
			}
			l.relax(l.columns[c], side)
		}
	}
	l.setWidths()
	top := math.Inf(1)
	for _, column := range l.columns {
		if len(column) > 0 {
			top = min(top, l.places[column[0]].y)
		}
	}
	for _, column := range l.columns {
		for _, id := range column {
			p := &l.places[id]
			p.y -= top
			l.height = max(l.height, p.y+p.h)
		}
	}
}

// setWidths makes boxes of a column equally wide, and leaves more room where more edges are.
func (l *layout) setWidths() {
	edges := make([]int, len(l.columns))
	for _, j := range l.joints {
		edges[l.places[j.from].column]++
	}
	x := 0.0
	for c, column := range l.columns {
		widest := 0.0
		for _, id := range column {
			widest = max(widest, l.places[id].w)
		}
		for _, id := range column {
			l.places[id].x, l.places[id].w = x, widest
		}
		if len(column) > 0 {
			l.width = x + widest
		}
		x += widest + min(mostGap, firstGap+3*float64(edges[c]))
	}
}

// setRows is rule 6.
func (l *layout) setRows() {
	if len(l.alone) == 0 {
		return
	}
	cell := size{}
	for _, id := range l.alone {
		cell.w, cell.h = max(cell.w, l.places[id].w), max(cell.h, l.places[id].h)
	}
	inRow := int(math.Sqrt(float64(len(l.alone)))) + 1
	inRow = max(min(inRow, 6), int((l.width+boxGap)/(cell.w+boxGap)))
	top := l.height
	if top > 0 {
		top += 3 * boxGap
	}
	for i, id := range l.alone {
		p := &l.places[id]
		p.x, p.y, p.w = float64(i%inRow)*(cell.w+boxGap), top+float64(i/inRow)*(cell.h+boxGap), cell.w
		l.width, l.height = max(l.width, p.x+p.w), max(l.height, p.y+p.h)
	}
}

// relax moves the places of a column toward the mean middle of their neighbors, as near as
// order and distance allow: groups that would overlap move together, to the mean of
// what their members want (pool adjacent violators).
func (l *layout) relax(column []int32, side func(*place) []int32) {
	type group struct{ want, weight, members float64 }
	var groups []group
	offset := 0.0
	for i, id := range column {
		if i > 0 {
			offset += l.apart(column[i-1], id)
		}
		want, weight := l.wish(id, side)
		g := group{want - offset, weight, 1}
		for len(groups) > 0 && groups[len(groups)-1].want > g.want {
			above := groups[len(groups)-1]
			groups = groups[:len(groups)-1]
			sum := above.weight + g.weight
			g = group{(above.want*above.weight + g.want*g.weight) / sum, sum, above.members + g.members}
		}
		groups = append(groups, g)
	}
	offset, i := 0.0, 0
	for _, g := range groups {
		for range int(g.members) {
			if i > 0 {
				offset += l.apart(column[i-1], column[i])
			}
			l.places[column[i]].y = g.want + offset
			i++
		}
	}
}

// wish returns where the upper edge of a place should be, and how much that matters. Lanes
// that wind are harder to follow than edges that go to a box at a slant.
func (l *layout) wish(id int32, side func(*place) []int32) (y, weight float64) {
	p := &l.places[id]
	near := side(p)
	if len(near) == 0 {
		return p.y, 0.1
	}
	sum := 0.0
	for _, n := range near {
		w := 1.0
		if l.isLane(id) && l.isLane(n) {
			w = 8
		}
		sum += w * l.places[n].middle()
		weight += w
	}
	return sum/weight - p.h/2, cmp.Or(weight, 1)
}
