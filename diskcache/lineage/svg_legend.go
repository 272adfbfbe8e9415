package lineage

const legendHeight = 30.0

// legend explains what is in the picture, and nothing else.
type legend struct{ items []legendItem }

type legendItem struct {
	word string
	draw func(s *svg, x, y float64) // to the left of the word
}

func legendOf(g *Graph, drawn *layout) legend {
	var inState [states]bool
	var inStyle [styles]bool
	kinds := map[Kind]bool{}
	for _, n := range g.nodes {
		inState[n.State] = true
		kinds[n.Kind] = true
	}
	for _, j := range drawn.joints {
		inStyle[j.style] = true
	}
	var l legend
	for _, state := range []State{Valid, Stale, Gone, Unknown, NotComputed} {
		if inState[state] {
			l.items = append(l.items, legendItem{state.String(), func(s *svg, x, y float64) { s.mark(looks[state], x+10, y) }})
		}
	}
	for _, kind := range []Kind{File, Setting} {
		if kinds[kind] {
			l.items = append(l.items, legendItem{kindWords[kind], func(s *svg, x, y float64) {
				round := map[Kind]int{Setting: 6}[kind]
				s.printf(`<rect x="%.1f" y="%.1f" width="20" height="12" rx="%d" fill=%q stroke=%q/>`+"\n", x, y-6, round, fills[kind], line)
			}})
		}
	}
	arrow := func(dash string) func(*svg, float64, float64) {
		return func(s *svg, x, y float64) {
			s.printf(`<path d="M%.1f %.1fh14" fill="none" stroke=%q stroke-width="1.6"%s/>`+"\n", x, y, line, dash)
			s.printf(`<path d="M%.1f %.1fl-8 -4v8z" fill=%q/>`+"\n", x+20, y, line)
		}
	}
	for style, word := range styleWords {
		if inStyle[style] {
			l.items = append(l.items, legendItem{word, arrow(dashes[style])})
		}
	}
	return l
}

var styleWords = [styles]string{
	usedStyle: "was used by", inheritedStyle: "was used by, or by what is gone", backward: "was used by, closing a circle",
}

var kindWords = map[Kind]string{File: "input file", Setting: "setting"}

const legendSign = 28.0 // the room for what is before a word

func (l legend) width() float64 {
	w := 12.0
	for _, item := range l.items {
		w += legendSign + fonts["fact"].widthOf(item.word) + 16
	}
	return w
}

func (s *svg) legend(l legend, x, y float64) {
	if len(l.items) == 0 {
		return
	}
	s.printf(`<rect x="%.0f" y="%.0f" width="%.0f" height="%.0f" rx="4" fill="#ffffff" stroke=%q/>`+"\n", x, y, l.width(), legendHeight, line)
	x += 12
	for _, item := range l.items {
		item.draw(s, x, y+legendHeight/2)
		w := fonts["fact"].widthOf(item.word)
		s.text("fact", x+legendSign, y+legendHeight/2+4, item.word, 2*w)
		x += legendSign + w + 16
	}
}
