package lineage_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/lineage"
)

func TestByMethod(t *testing.T) {
	s, a := ran(t)
	s.store("alone", nil)
	write(t, a.dark, "darker")
	diskcache.Recheck()
	if _, err := a.Slopes(t.Context(), 7); err != nil { // computes calibrated, too
		t.Fatal(err)
	}
	g := s.graph().ByMethod()
	sameLines(t, "edges", edges(g),
		"dark.txt > root.Frames.calibrated", "frames.txt > root.Frames.calibrated",
		"root.Frames.calibrated > root.Slopes.slopes", "root.Slopes.slopes > root.Report.summary")
	c := g.Method("root.Slopes.slopes").Count
	if c.Nodes != 3 || c.Methods != 1 || c.Entries != 3 || c.Valid != 1 || c.Stale != 2 || c.Bytes != 3*144 || c.ComputeTime <= 0 {
		t.Errorf("%+v", c)
	}
	if all, folded := s.graph().Count(), g.Count(); all != folded || all.Methods != 4 {
		t.Errorf("%+v, and folded %+v", all, folded)
	}
	var svg bytes.Buffer
	if err := g.WriteSVG(&svg); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{">3 values, 432 bytes<", ">1 valid, 2 stale<", ">alone<"} {
		if !strings.Contains(svg.String(), want) {
			t.Errorf("no %s in\n%s", want, svg.String())
		}
	}
	if again := g.ByMethod(); again.Count() != g.Count() || len(again.All()) != len(g.All()) {
		t.Errorf("folded again: %+v", again.Count())
	}
}

// Files of a directory are shown one by one as long as they are few.
func TestManyFiles(t *testing.T) {
	for n, want := range map[int]int{8: 8, 9: 1} {
		s := newSite(t)
		for i := range n {
			s.store("frame", []any{i}, use{File: fmt.Sprintf("/data/raw/%d.fits", i), Bytes: 10, Digest: "x"})
		}
		files := 0
		for _, node := range s.graph().ByMethod().All() {
			if node.Kind == lineage.File {
				files++
				if want == 1 && (node.Path != filepath.FromSlash("/data/raw") || node.Count.Nodes != n || node.Use.Bytes != 90) {
					t.Errorf("%+v", node)
				}
			}
		}
		if files != want {
			t.Errorf("%d files are %d nodes", n, files)
		}
	}
}

func TestPictureIsBounded(t *testing.T) {
	var nodes []*lineage.Node
	var edges [][2]int
	for i := range 1000 {
		nodes = append(nodes,
			&lineage.Node{Kind: lineage.Entry, Name: fmt.Sprintf("root.part%d.Type%d.method%d", i%10, i%50, i), Count: lineage.Count{Nodes: 1, Entries: 1}},
			&lineage.Node{Kind: lineage.File, Path: fmt.Sprintf("/data/%d/%d/x", i%3, i), Count: lineage.Count{Nodes: 1}},
			&lineage.Node{Kind: lineage.Entry, Name: fmt.Sprintf("function%d", i), Count: lineage.Count{Nodes: 1, Entries: 1}})
		edges = append(edges, [2]int{3*i + 1, 3 * i}, [2]int{3 * i, 3*i + 2})
	}
	g := lineage.Made(nodes, edges)
	for _, most := range []int{2999, 1200, 250, 10, 3} {
		folded := g.AtMost(most)
		if n := len(folded.All()); n > most || n == 0 || folded.Count() != g.Count() {
			t.Errorf("at most %d: %d nodes, %+v", most, n, folded.Count())
		}
	}
	if same := g.AtMost(3000); same != g {
		t.Error("a graph that is small enough was folded")
	}
	checkTexts(t, g)
}

func TestWith(t *testing.T) {
	s, a := ran(t)
	g := s.graph()
	slopes := g.Entry("root.Slopes.slopes", keyOf(t, []any{1}))
	part := g.With(slopes)
	sameLines(t, "edges", edges(part), allEdges[0], allEdges[1], allEdges[3], allEdges[5])
	if n := part.File(a.dark); n == nil || n == g.File(a.dark) || len(part.Downstream(n)) != 3 || part.Downstream(slopes) != nil {
		t.Errorf("%v", n)
	}
}

func TestOfMethods(t *testing.T) {
	s, _ := ran(t)
	g := s.graph().OfMethods("root.Slopes.slopes", "root.Slopes.never", "root.Slopes.never")
	sameLines(t, "edges", edges(g), allEdges[:4]...)
	if n := g.Method("root.Slopes.never"); stateOf(n) != "not computed" || len(g.All()) != 6 {
		t.Errorf("%v of %v", n, g.All())
	}
	if !strings.Contains(reportOf(t, g, g.Method("root.Slopes.never")), "not computed") {
		t.Error(reportOf(t, g, g.Method("root.Slopes.never")))
	}
}
