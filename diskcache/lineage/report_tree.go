package lineage

import (
	"cmp"
	"slices"
	"strings"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/wording"
)

// tree is one of the two trees of a report.
type tree struct {
	title, none string
	arcs        [][]arc
	up          bool // toward what was used
	seen        []bool
	lines       int
}

func (r *report) tree(n *Node, t *tree) {
	r.printf("\n%s:\n", t.title)
	if len(t.arcs[n.id]) == 0 {
		r.printf("  %s\n", t.none)
		return
	}
	t.seen = make([]bool, len(r.g.nodes))
	t.seen[n.id] = true
	r.branches(n, t, 1)
	if t.lines > mostLines {
		all := -1 // without n
		for _, reached := range r.g.reachable(t.arcs, []int32{int32(n.id)}) {
			all += b2i(reached)
		}
		r.printf("  … and so on: these are %d lines, and there are %d parts in all; ask for the report of one of them\n", mostLines, all)
	}
}

func (r *report) branches(n *Node, t *tree, depth int) {
	indent := strings.Repeat("  ", depth)
	for _, a := range t.arcs[n.id] {
		if t.lines++; t.lines > mostLines {
			return
		}
		next, below := r.g.nodes[a.node], len(t.arcs[a.node]) > 0
		r.printf("%s%s%s", indent, kindPrefix(next), next)
		if t.seen[a.node] {
			r.printf(": see above\n")
			continue
		}
		t.seen[a.node] = true
		r.printf(": %s\n", r.stepText(a, next, t.up))
		switch {
		case !below:
		case depth == deepest:
			r.printf("%s  … and so on: this is %d steps away; ask for the report of %s\n", indent, deepest, next)
		default:
			r.branches(next, t, depth+1)
		}
	}
}

// kindPrefix says what a line is where it does not look like a call.
func kindPrefix(n *Node) string {
	if n.Kind == File || n.Kind == Setting {
		return n.Kind.String() + " "
	}
	return ""
}

// stepText tells of a node in one line, what matters most first.
func (r *report) stepText(a arc, n *Node, up bool) string {
	used := r.g.use(a)
	parts := []string{whyText(n)}
	switch {
	case up && n.Info != nil && n.Info.Digest != "" && used.Digest != "" && used.Digest != identityOf(n.Info):
		parts = append(parts, "but another value was used, "+shortDigest(used.Digest))
	case up && n.Kind == File && used.Digest != "" && used.Digest != n.Use.Digest:
		parts = append(parts, "but it was another one when it was used, "+shortDigest(used.Digest))
	}
	if a.inherited {
		parts = append(parts, "known through what is gone")
	}
	switch {
	case n.Info != nil:
		parts = append(parts, valueText(n.Info))
		if !n.Info.Computed.IsZero() {
			parts = append(parts, "computed "+wording.Time(n.Info.Computed)+" in "+wording.Duration(n.Info.ComputeTime))
		}
		parts = append(parts, shortDigest(n.Info.Digest))
	case n.Kind == Method:
		parts = append(parts, factsOfEntries(n)...)
	case n.Count.Nodes == 1:
		parts = append(parts, useText(cmp.Or(used, n.Use)))
	}
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	return strings.Join(parts, "; ")
}

// shortDigest returns as much of a digest as tells two of them apart for people. About and
// EntryInfo have all of it.
func shortDigest(digest string) string {
	kind, sum, found := strings.Cut(digest, ":")
	if !found || len(sum) <= shortDigestLen {
		return printable(digest)
	}
	return printable(kind + ":" + sum[:shortDigestLen] + "…")
}

const shortDigestLen = 12

// identityOf returns what the Use of an entry has as its Digest.
func identityOf(e *diskcache.EntryInfo) string {
	if e.Nil {
		return e.Digest + " nil"
	}
	return e.Digest
}

// useText tells of a file or setting, or of a value that is gone, as it was used.
func useText(u diskcache.Use) string {
	var parts []string
	if u.Kind == diskcache.UsedFile && u.Digest != "" {
		parts = append(parts, wording.Bytes(u.Bytes))
		if !u.Modified.IsZero() {
			parts = append(parts, "changed last "+wording.Time(u.Modified))
		}
	}
	if u.Digest != "" {
		parts = append(parts, shortDigest(u.Digest))
	}
	return strings.Join(parts, "; ")
}
