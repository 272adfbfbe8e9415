package lineage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

const (
	arrowLength = 8.0
	portStep    = 11.0 // between edges that enter one box
)

// edges draws all edges: one path for all that leaves a box in one style.
func (s *svg) edges(l *layout) {
	ports := portsOf(l)
	type bundle struct{ path, arrows strings.Builder }
	bundles := map[[2]int32]*bundle{}
	var keys [][2]int32
	source := make([]int32, len(l.places)) // the box that a lane comes from
	for i := range source {
		source[i] = int32(i)
	}
	for i, j := range l.joints { // those to lanes stand before those from them
		if l.isLane(j.to) {
			source[j.to] = source[j.from]
		}
		key := [2]int32{source[j.from], int32(j.style)}
		b := bundles[key]
		if b == nil {
			b = new(bundle)
			bundles[key] = b
			keys = append(keys, key)
		}
		from, to := &l.places[j.from], &l.places[j.to]
		x1, y1, x2, y2 := from.x+from.w, ports.out[i], to.x, ports.in[i]
		if l.isLane(j.to) {
			fmt.Fprintf(&b.path, "M%.1f %.1fh%.1f", to.x, to.middle(), to.w)
		}
		switch {
		case j.style == backward && !l.isLane(j.from):
			fmt.Fprintf(&b.arrows, "M%.1f %.1fl%.1f -4v8z", x1, y1, arrowLength)
			x1 += arrowLength
		case j.style != backward && !l.isLane(j.to):
			fmt.Fprintf(&b.arrows, "M%.1f %.1fl-%.1f -4v8z", x2, y2, arrowLength)
			x2 -= arrowLength
		}
		bend := (x1 + x2) / 2
		fmt.Fprintf(&b.path, "M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f", x1, y1, bend, y1, bend, y2, x2, y2)
	}
	for _, key := range keys {
		s.printf(`<path d=%q fill="none" stroke=%q stroke-width="1.6"%s/>`+"\n", bundles[key].path.String(), line, dashes[key[1]])
		if arrows := bundles[key].arrows.String(); arrows != "" {
			s.printf(`<path d=%q fill=%q/>`+"\n", arrows, line)
		}
	}
}

var dashes = [styles]string{inheritedStyle: ` stroke-dasharray="6 4"`, backward: ` stroke-dasharray="2 3"`}

// ports has the heights at which the joints of a layout leave and enter.
type ports struct{ out, in []float64 }

// portsOf spreads the edges that enter a box over its side, in the order of where they come
// from. What leaves a box in one style leaves it at one point.
func portsOf(l *layout) ports {
	p := ports{make([]float64, len(l.joints)), make([]float64, len(l.joints))}
	entering := make([][]int, len(l.places))
	var leaving [styles]map[int32]bool
	for s := range leaving {
		leaving[s] = map[int32]bool{}
	}
	for i, j := range l.joints {
		p.out[i], p.in[i] = l.places[j.from].middle(), l.places[j.to].middle()
		if !l.isLane(j.to) {
			entering[j.to] = append(entering[j.to], i)
		}
		leaving[j.style][j.from] = true
	}
	for i, j := range l.joints {
		if l.isLane(j.from) {
			continue
		}
		switch box := j.from; {
		case j.style == inheritedStyle && leaving[usedStyle][box]:
			p.out[i] += portStep
		case j.style == backward && (leaving[usedStyle][box] || leaving[inheritedStyle][box]):
			p.out[i] -= portStep
		}
	}
	for _, joints := range entering {
		slices.SortFunc(joints, func(a, b int) int { return cmp.Or(cmp.Compare(p.out[a], p.out[b]), cmp.Compare(a, b)) })
		if len(joints) < 2 {
			continue
		}
		h := l.places[l.joints[joints[0]].to].h
		step := min(portStep, (h-2*boxPad)/float64(len(joints)-1))
		for i, j := range joints {
			p.in[j] += step * (float64(i) - float64(len(joints)-1)/2)
		}
	}
	return p
}
