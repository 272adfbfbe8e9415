package lineage

const (
	boxPad   = 10.0
	barWidth = 6.0
	leastBox = 150.0
	mostBox  = 330.0
)

// box is what a picture shows of a node.
type box struct {
	node  *Node
	full  string
	lines []boxLine
}

type boxLine struct {
	class string
	text  string
	rise  float64 // from the line before
}

func boxOf(n *Node) box {
	c := captionOf(n)
	b := box{node: n, full: c.full}
	b.add("path", c.path, 15)
	b.add("name", c.title, 17)
	b.add("args", c.args, 15)
	for _, fact := range c.facts {
		b.add("fact", fact, 16)
	}
	b.add("state", c.state, 17)
	return b
}

// add adds a line that fits into the widest box.
func (b *box) add(class, text string, rise float64) {
	if text == "" {
		return
	}
	most := mostBox - 2*boxPad - barWidth - b.indent(class) - b.corner(class)
	b.lines = append(b.lines, boxLine{class, fonts[class].shortened(text, most), rise})
}

// indent is the room for the mark before a state.
func (b *box) indent(class string) float64 {
	if class == "state" {
		return 17
	}
	return 0
}

// corner is the room after a first line for the corner that is folded.
func (b *box) corner(class string) float64 {
	if b.node.Kind == File && class == "path" {
		return fileCorner
	}
	return 0
}

const fileCorner = 12.0

func (b *box) size() size {
	s := size{leastBox, boxPad + 2}
	for _, l := range b.lines {
		s.w = max(s.w, fonts[l.class].widthOf(l.text)+2*boxPad+barWidth+b.indent(l.class)+b.corner(l.class))
		s.h += l.rise
	}
	if b.stacked() {
		s.h += 2 * stackStep
	}
	return s
}

// stackStep is how far the frames behind that of several things are moved.
const stackStep = 4.0

func (b *box) stacked() bool { return b.node.Count.Nodes > 1 }

// box draws the box of a node where the layout has it.
func (s *svg) box(b *box, p *place) {
	n := b.node
	look := looks[n.State]
	dash, width := "", 1.5
	if look.dash != "" {
		dash = ` stroke-dasharray="` + look.dash + `"`
	}
	if n.State == Stale {
		width = 3
	}
	x, y, w, h := p.x, p.y, p.w, p.h
	s.printf("<g>\n<title>%s</title>\n", escaped(b.full))
	if b.stacked() {
		w, h = w-2*stackStep, h-2*stackStep
		for i := 2.0; i > 0; i-- {
			s.printf(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="3" fill=%q stroke=%q/>`+"\n",
				x+i*stackStep, y+i*stackStep, w, h, fills[n.Kind], look.color)
		}
	}
	round := map[Kind]float64{Setting: 14}[n.Kind]
	s.printf(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="%.0f" fill=%q stroke=%q stroke-width="%.1f"%s/>`+"\n",
		x, y, w, h, max(round, 3), fills[n.Kind], look.color, width, dash)
	if n.Kind == File { // a corner is folded
		s.printf(`<path d="M%.1f %.1fv%.1fh%.1f" fill="none" stroke=%q/>`+"\n", x+w-fileCorner, y, fileCorner, fileCorner, look.color)
	}
	if n.Kind != Setting {
		s.printf(`<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill=%q/>`+"\n", x, y, barWidth, h, look.color)
	}
	left, room := x+barWidth+boxPad, w-2*boxPad-barWidth
	at := y + 2
	for _, l := range b.lines {
		at += l.rise
		if l.class == "state" {
			s.mark(look, left+5, at-4)
		}
		indent := b.indent(l.class)
		s.text(l.class, left+indent, at, l.text, room-indent)
	}
	s.printf("</g>\n")
}

// mark draws the sign of a state.
func (s *svg) mark(look look, x, y float64) {
	s.printf(`<path d=%q transform="translate(%.1f %.1f)" fill="none" stroke=%q stroke-width="2.2"/>`+"\n", look.mark, x, y, look.color)
}
