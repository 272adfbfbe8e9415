package lineage

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/wording"
)

// caption is what pictures tell of a node. All texts are printable.
type caption struct {
	title string // the last part of the name
	path  string // what comes before
	args  string // in parentheses, of an entry
	facts []string
	state string
	full  string // all of it, in lines
}

func captionOf(n *Node) caption {
	var c caption
	switch n.Kind {
	case Entry, Method:
		c.path, c.title = splitLast(n.Name, ".")
		if n.Kind == Entry && n.Key != "" {
			c.args = "(" + n.arguments() + ")"
		}
		c.facts = factsOfEntries(n)
	case File:
		c.path, c.title = splitLast(n.Path, string(filepath.Separator))
		c.facts = []string{factOfFile(n)}
	case Setting:
		c.path, c.title = splitLast(n.Name, ".")
		if n.Count.Nodes > 1 {
			c.facts = []string{"setting, " + plural(n.Count.Nodes, "value")}
		} else {
			c.args, c.facts = "= "+printable(n.Use.Text), []string{"setting"}
		}
	}
	c.title, c.path = printable(c.title), printable(strings.TrimSuffix(c.path, "."))
	c.state = stateText(n)
	full := []string{n.String()}
	if n.Kind != File && n.Place != "" {
		full = append(full, "in "+printable(n.Place))
	}
	c.full = strings.Join(append(append(full, c.facts...), whyText(n)), "\n")
	return c
}

func splitLast(name, separator string) (before, last string) {
	if stem, folded := strings.CutSuffix(name, separator+"…"); folded {
		before, last = splitLast(stem, separator)
		return before, last + separator + "…"
	}
	if i := strings.LastIndex(strings.TrimSuffix(name, separator), separator); i >= 0 {
		return name[:i+len(separator)], name[i+len(separator):]
	}
	return "", name
}

func factsOfEntries(n *Node) []string {
	c := n.Count
	switch {
	case n.Info != nil:
		kind := valueText(n.Info)
		if n.Info.Computed.IsZero() {
			return []string{kind}
		}
		return []string{kind, "computed in " + wording.Duration(n.Info.ComputeTime)}
	case c.Entries == 0: // all gone, or not computed
		return nil
	}
	facts := []string{plural(c.Entries, "value") + ", " + wording.Bytes(c.Bytes), "computed in " + wording.Duration(c.ComputeTime)}
	if c.Methods > 1 {
		facts = append([]string{plural(c.Methods, "method")}, facts...)
	}
	return facts
}

// valueText says what a value is: its shape, its kind and its size.
func valueText(e *diskcache.EntryInfo) string {
	kind := e.GoType
	switch {
	case e.Nil:
		kind = "nil"
	case e.Shape != nil:
		kind = strings.TrimSpace(shapeText(e.Shape) + " " + elementText(e.DType))
	case e.Format == "" || kind == "":
		kind = "file"
	}
	if e.Format != "" {
		kind += ", " + e.Format
	}
	return printable(kind + ", " + wording.Bytes(e.Bytes))
}

// shapeText returns 1000×32 for an array of these dimensions.
func shapeText(shape []int) string {
	var parts []string
	for _, n := range shape {
		parts = append(parts, strconv.Itoa(n))
	}
	return strings.Join(parts, "×")
}

// elementText returns float64 for numpy's <f8. What it does not know stays as it is.
func elementText(dtype string) string {
	text := strings.TrimLeft(dtype, "<>|=")
	if text == "b1" {
		return "bool"
	}
	if len(text) < 2 {
		return dtype
	}
	bytes, err := strconv.Atoi(text[1:])
	kind, ok := map[byte]string{'f': "float", 'i': "int", 'u': "uint", 'c': "complex"}[text[0]]
	if !ok || err != nil || bytes < 1 || bytes > 32 {
		return dtype
	}
	return kind + strconv.Itoa(8*bytes)
}

func factOfFile(n *Node) string {
	switch {
	case n.Count.Nodes > 1:
		return plural(n.Count.Nodes, "input file") + ", " + wording.Bytes(n.Use.Bytes)
	case n.Use.Digest == "":
		return "no such file when it was used"
	}
	return "input, " + wording.Bytes(n.Use.Bytes)
}

// stateText says in a few words what is with a node.
func stateText(n *Node) string {
	switch c := n.Count; {
	case n.Kind == Method && c.Entries+c.Gone > 1:
		var parts []string
		for _, p := range []struct {
			n    int
			what State
		}{{c.Valid, Valid}, {c.Stale, Stale}, {c.Gone, Gone}} {
			if p.n == c.Entries+c.Gone {
				return "all " + p.what.String()
			}
			if p.n > 0 {
				parts = append(parts, fmt.Sprintf("%d %v", p.n, p.what))
			}
		}
		return strings.Join(parts, ", ")
	case n.Reason != diskcache.NoReason:
		return n.State.String() + ": " + n.Reason.String()
	case n.Kind == File && n.State == Stale:
		return "changed"
	case n.Kind == File && n.State == Valid && n.Use.Digest != "":
		return "as it was"
	}
	return n.State.String()
}

// whyText is stateText with all that is known.
func whyText(n *Node) string {
	text := stateText(n)
	if n.Why != "" {
		if n.Count.Nodes > 1 {
			return text + "; one of them: " + printable(n.Why)
		}
		return text + ": " + printable(n.Why)
	}
	return text
}
