package lineage

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/wording"
)

const (
	// deepest is how many steps away from the node a report goes. Deeper indentation
	// cannot be read.
	deepest = 30
	// mostLines is how many nodes each of the two trees of a report has.
	mostLines = 500
)

// Report writes where a value comes from, for people to read: what it is, where its file is,
// when, where and by which program it was computed, all that it was made of, as an indented
// tree, and what was made of it. Each part is shown once with what is below it. The trees end
// after 30 steps and after 500 lines, and say so.
//
// The text is for reading, and may change from release to release.
func (g *Graph) Report(w io.Writer, n *Node) error {
	switch {
	case n == nil:
		return errors.New("lineage: report: no node: Entry, File and Method return nil for what is not in the graph, and take whole names and paths")
	case !g.has(n):
		return errors.New("lineage: report: the node is none of this graph")
	}
	r := &report{Writer: bufio.NewWriter(w), g: g}
	r.about(n)
	r.tree(n, &tree{title: "made of", arcs: g.up, up: true, none: "nothing that was recorded"})
	r.tree(n, &tree{title: "used by", arcs: g.down, none: "nothing that is stored"})
	if err := r.Flush(); err != nil {
		return fmt.Errorf("lineage: write report: %w", err)
	}
	return nil
}

// report writes texts. That writing failed is what Flush returns.
type report struct {
	*bufio.Writer
	g *Graph
}

func (r *report) printf(format string, args ...any) { fmt.Fprintf(r, format, args...) }

// about tells of the node itself.
func (r *report) about(n *Node) {
	r.printf("%s\n", n)
	r.field("state", whyText(n))
	switch e := n.Info; {
	case e != nil:
		r.field("value", valueText(e))
		if e.Shape != nil {
			r.field("type", e.GoType)
		}
		r.field("file", e.Path)
		r.field("digest", e.Digest)
		if !e.Computed.IsZero() {
			r.field("computed", wording.Time(e.Computed)+" in "+wording.Duration(e.ComputeTime)+fmt.Sprintf(" on %s, process %d", e.Host, e.Process))
		}
		r.field("program", programText(e.Code))
		r.field("version", e.Version)
		r.field("key", e.Key)
	case n.Kind == Method:
		for _, fact := range factsOfEntries(n) {
			r.field("", fact)
		}
	case n.Use.Kind != 0 && n.Count.Nodes == 1:
		r.field(n.Kind.String(), useText(n.Use))
	}
	if n.Kind != File {
		r.field("place", n.Place)
	}
	if n.self {
		r.field("note", "it was made of what was stored for these arguments before, too")
	}
}

func (r *report) field(name, text string) {
	if text == "" {
		return
	}
	if name != "" {
		name += ":"
	}
	r.printf("  %-10s%s\n", name, printable(text))
}

func programText(c diskcache.Code) string {
	text := c.Program
	if c.Module != "" {
		text += ", " + strings.TrimSpace(c.Module+" "+c.Version)
	}
	if c.Revision != "" {
		text += ", revision " + c.Revision
		if c.Modified {
			text += " with changes"
		}
	}
	if c.Go != "" {
		text += ", " + c.Go
	}
	return text
}
