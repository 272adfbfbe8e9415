package lineage

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// WriteDOT writes all of the graph in the DOT language of Graphviz, whose program dot makes
// pictures of it in many formats. A graph of more than some hundred nodes is too much for it:
// write that of [Graph.ByMethod].
func (g *Graph) WriteDOT(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprint(out, `digraph lineage {
	rankdir=LR
	node [fontname="Helvetica,Arial,sans-serif" fontsize=11 shape=box style=filled]
	edge [color="#7a7a7a"]
`)
	for _, n := range g.nodes {
		c, look := captionOf(n), looks[n.State]
		label := append([]string{shortened(n.String(), 60, columns)}, c.facts...)
		fmt.Fprintf(out, "\tn%d [label=%s tooltip=%s color=%q fillcolor=%q fontcolor=%q style=\"%s\"%s]\n",
			n.id, dotQuoted(strings.Join(append(label, c.state), "\n")), dotQuoted(c.full), look.color, fills[n.Kind], ink, look.dot, dotShapes[n.Kind])
	}
	for from, arcs := range g.down {
		for _, a := range arcs {
			style := ""
			if a.inherited {
				style = " [style=dashed]"
			}
			fmt.Fprintf(out, "\tn%d -> n%d%s\n", from, a.node, style)
		}
	}
	fmt.Fprint(out, "}\n")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("lineage: write DOT: %w", err)
	}
	return nil
}

var dotShapes = [...]string{File: " shape=note", Setting: " shape=ellipse", Method: " shape=box3d", Entry: ""}

// dotQuoted returns a printable text, which may have lines, as a label.
func dotQuoted(s string) string {
	return `"` + dotEscapes.Replace(s) + `"`
}

var dotEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
