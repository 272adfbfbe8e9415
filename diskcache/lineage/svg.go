package lineage

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/dataelab/dataelab-go/internal/wording"
)

const (
	// mostEntries is how many nodes a picture shows one by one. More are shown by method.
	mostEntries = 80
	// mostBoxes is how many boxes a picture has. More are folded by the first parts of
	// their names.
	mostBoxes = 250

	margin = 16.0
)

// WriteSVG writes a picture of the graph: boxes from left to right, from what was used to what
// used it, with names, arguments, shapes, sizes, times and states. What is shortened is
// in full in the tooltip of a box. It needs nothing else to be shown, on light and on
// dark backgrounds.
//
// A graph of more than 80 nodes is shown by method, see [Graph.ByMethod], and where there
// are more than 250 of these, the first parts of their names stand for all of them.
// [Graph.With] has the part of a graph that belongs to one value.
func (g *Graph) WriteSVG(w io.Writer) error {
	shown := g
	if len(g.nodes) > mostEntries {
		shown = g.atMost(mostBoxes)
	}
	out := &svg{Writer: bufio.NewWriter(w)}
	out.picture(shown, g.Count())
	if err := out.Flush(); err != nil {
		return fmt.Errorf("lineage: write SVG: %w", err)
	}
	return nil
}

// svg writes elements. That writing failed is what Flush returns.
type svg struct{ *bufio.Writer }

func (s *svg) picture(g *Graph, all Count) {
	boxes := make([]box, len(g.nodes))
	sizes := make([]size, len(g.nodes))
	for i, n := range g.nodes {
		boxes[i] = boxOf(n)
		sizes[i] = boxes[i].size()
	}
	l := layOut(g, sizes)
	head := headOf(g, all)
	legend := legendOf(g, l)
	top := margin + head.size().h + margin
	width := max(l.width, head.size().w, legend.width()) + 2*margin
	height := top + l.height + margin + legendHeight + margin
	s.printf(`<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" role="img">`+"\n", width, height, width, height)
	s.printf("<title>What was made of what: %s</title>\n", escaped(strings.Join(head.lines, ", ")))
	s.printf("<style>%s</style>\n", css)
	s.head(head)
	s.printf(`<g transform="translate(%.0f %.0f)">`+"\n", margin, top)
	s.edges(l)
	for i := range boxes {
		s.box(&boxes[i], &l.places[i])
	}
	s.printf("</g>\n")
	s.legend(legend, margin, height-margin-legendHeight)
	s.printf("</svg>\n")
}

func (s *svg) printf(format string, args ...any) { fmt.Fprintf(s, format, args...) }

// text writes a printable text. Fonts differ: one whose characters are equally wide is told how
// long a text is that nearly fills its box. Of others the widest is known, and room left.
func (s *svg) text(class string, x, y float64, text string, room float64) {
	fit := ""
	if w := fonts[class].widthOf(text); w > 0.9*room && !fonts[class].proportional {
		fit = fmt.Sprintf(` textLength="%.1f" lengthAdjust="spacingAndGlyphs"`, min(w, room))
	}
	s.printf(`<text class=%q x="%.1f" y="%.1f"%s>%s</text>`+"\n", class, x, y, fit, escaped(text))
}

// escaped returns a text as XML has it. What is no character there is replaced.
func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder takes all
	return b.String()
}

const mostHead = 760.0

// head says what all of it is.
type head struct{ lines []string }

func headOf(g *Graph, all Count) head {
	places := map[string]bool{}
	for _, n := range g.nodes {
		if n.Kind != File && n.Place != "" {
			places[n.Place] = true
		}
	}
	title := "What was made of what"
	if len(places) > 1 {
		title = plural(len(places), "place")
	}
	for place := range places {
		if len(places) == 1 {
			title = printable(place)
		}
	}
	h := head{[]string{fonts["name"].shortened(title, mostHead)}}
	facts := fmt.Sprintf("%s of %s, %d valid, %s, computed in %s", plural(all.Entries, "value"), plural(all.Methods, "method"),
		all.Valid, wording.Bytes(all.Bytes), wording.Duration(all.ComputeTime))
	if len(g.nodes) < all.Nodes {
		facts += ", shown together"
	}
	h.lines = append(h.lines, facts)
	return h
}

func (h head) size() size {
	return size{max(fonts["name"].widthOf(h.lines[0]), fonts["fact"].widthOf(h.lines[1])) + 24, 46}
}

func (s *svg) head(h head) {
	sz := h.size()
	s.printf(`<rect x="%.0f" y="%.0f" width="%.0f" height="%.0f" rx="4" fill="#ffffff" stroke="%s"/>`+"\n", margin, margin, sz.w, sz.h, line)
	s.text("name", margin+12, margin+19, h.lines[0], sz.w-24)
	s.text("fact", margin+12, margin+36, h.lines[1], sz.w-24)
}
