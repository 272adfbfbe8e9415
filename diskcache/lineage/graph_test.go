package lineage_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/graph/topo"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/lineage"
)

var allEdges = []string{
	"dark.txt > root.Frames.calibrated()",
	"frames.txt > root.Frames.calibrated()",
	"root.Frames.calibrated() > root.Slopes.slopes(0)",
	"root.Frames.calibrated() > root.Slopes.slopes(1)",
	"root.Slopes.slopes(0) > root.Report.summary()",
	"root.Slopes.slopes(1) > root.Report.summary()",
}

func TestOf(t *testing.T) {
	s, a := ran(t)
	g := s.graph()
	sameLines(t, "edges", edges(g), allEdges...)
	summary, slopes, file := g.Entry("root.Report.summary", ""), g.Entry("root.Slopes.slopes", keyOf(t, []any{1})), g.File(a.frames)
	for _, n := range []*lineage.Node{summary, slopes, file} {
		if stateOf(n) != "valid" {
			t.Fatalf("%v: %v", n, stateOf(n))
		}
	}
	i := slopes.Info
	if slopes.Place != s.dir || !slices.Equal(i.Shape, []int{2}) || i.Format != "npy" || i.Bytes != 144 || !slices.Equal(i.Arguments, []string{"1"}) ||
		i.Computed.IsZero() || i.ComputeTime <= 0 || i.Uses != nil || slopes.Count != (lineage.Count{Nodes: 1, Entries: 1, Valid: 1, Bytes: 144, ComputeTime: i.ComputeTime}) {
		t.Errorf("%+v", slopes)
	}
	if file.Use.Bytes != 6 || file.Use.Kind != diskcache.UsedFile || file.Path != a.frames {
		t.Errorf("%+v", file)
	}
	if up := g.Upstream(slopes); len(up) != 3 || up[2].Name != "root.Frames.calibrated" {
		t.Errorf("upstream of slopes: %v", up)
	}
	if down := g.Downstream(slopes); len(down) != 1 || down[0] != summary {
		t.Errorf("downstream of slopes: %v", down)
	}
	if sorted, err := topo.Sort(g); err != nil || len(sorted) != 6 {
		t.Errorf("%v, %v", sorted, err)
	}
	edge := g.Edge(slopes.ID(), summary.ID()).(*lineage.Edge)
	if edge.From() != slopes || edge.To() != summary || edge.Use.Digest != slopes.Info.Digest || edge.Use.Name != slopes.Name {
		t.Errorf("%+v", edge)
	}
	if c := g.Count(); c.Nodes != 6 || c.Methods != 3 || c.Entries != 4 || c.Valid != 4 || c.Bytes == 0 {
		t.Errorf("%+v", c)
	}
}

func TestNothing(t *testing.T) {
	g := newSite(t).graph()
	checkTexts(t, g)
	if g.Nodes().Len() != 0 || g.Node(0) != nil || g.Node(-1) != nil || g.Edge(0, 1) != nil || g.From(7).Len() != 0 || g.HasEdgeBetween(-1, 3) ||
		g.Entry("x", "") != nil || g.File("x") != nil || g.Method("x") != nil || g.Upstream(nil) != nil || g.Downstream(&lineage.Node{}) != nil {
		t.Error("there is something in an empty graph")
	}
}

func TestEnded(t *testing.T) {
	s, _ := ran(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if g, err := lineage.Of(ctx, s.place); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", g, err)
	}
}

// What has changed is seen in its node, and in all that was made of it.
func TestStates(t *testing.T) {
	later := time.Now().Add(time.Hour)
	for name, c := range map[string]struct {
		change                        func(*testing.T, *site, *analysis)
		dark, calibrated, slopes, sum string
	}{
		"touched": {
			func(t *testing.T, _ *site, a *analysis) { must(t, os.Chtimes(a.dark, later, later)) },
			"valid", "valid", "valid", "valid",
		},
		"other size": {
			func(t *testing.T, _ *site, a *analysis) { write(t, a.dark, "darker") },
			"stale", "stale, input changed", "stale, upstream changed", "stale, upstream changed",
		},
		"other content": {
			func(t *testing.T, _ *site, a *analysis) {
				write(t, a.dark, "bark")
				must(t, os.Chtimes(a.dark, later, later))
			},
			"stale", "stale, input changed", "stale, upstream changed", "stale, upstream changed",
		},
		"file gone": {
			func(t *testing.T, _ *site, a *analysis) { must(t, os.Remove(a.dark)) },
			"gone", "stale, input changed", "stale, upstream changed", "stale, upstream changed",
		},
		"data elsewhere": {
			func(t *testing.T, _ *site, a *analysis) { must(t, os.RemoveAll(filepath.Dir(a.dark))) },
			"gone", "valid", "valid", "valid",
		},
		"upstream gone": {
			func(_ *testing.T, s *site, _ *analysis) { s.remove("root.Frames.calibrated") },
			"valid", "gone", "valid", "valid",
		},
		"upstream gone, and file changed": {
			func(t *testing.T, s *site, a *analysis) {
				s.remove("root.Frames.calibrated")
				write(t, a.dark, "darker")
			},
			"stale", "gone", "stale, input changed", "stale, upstream changed",
		},
		"value gone": {
			func(t *testing.T, s *site, _ *analysis) {
				must(t, os.Remove(filepath.Join(s.dir, "root.Report.summary.gob")))
			},
			"valid", "valid", "valid", "stale, value gone",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, a := ran(t)
			c.change(t, s, a)
			diskcache.Recheck()
			g := s.graph()
			sameLines(t, "states", []string{
				stateOf(g.File(a.dark)), stateOf(g.Entry("root.Frames.calibrated", "")),
				stateOf(g.Entry("root.Slopes.slopes", keyOf(t, []any{0}))), stateOf(g.Entry("root.Report.summary", "")),
			}, c.dark, c.calibrated, c.slopes, c.sum)
			checkTexts(t, g)
			if !strings.HasPrefix(name, "upstream gone") {
				sameLines(t, "edges", edges(g), allEdges...)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Beyond what is gone, records of those who used it tell what it was made of.
func TestBridge(t *testing.T) {
	s, _ := ran(t)
	s.remove("root.Frames.calibrated")
	gone := []string{
		"dark.txt .. root.Frames.calibrated()",
		"frames.txt .. root.Frames.calibrated()",
	}
	sameLines(t, "one is gone", edges(s.graph()), append(gone, allEdges[2:]...)...)
	s.remove("root.Slopes.slopes", 0)
	key := "root.Slopes.slopes(key " + keyOf(t, []any{0}) + ")"
	sameLines(t, "two are gone, and one that is there tells of the first", edges(s.graph()), append(gone,
		"root.Frames.calibrated() > root.Slopes.slopes(1)", "root.Slopes.slopes(1) > root.Report.summary()", key+" > root.Report.summary()")...)
	s.remove("root.Slopes.slopes", 1)
	other := "root.Slopes.slopes(key " + keyOf(t, []any{1}) + ")"
	want := []string{
		"dark.txt .. root.Report.summary()", "frames.txt .. root.Report.summary()", "root.Frames.calibrated() .. root.Report.summary()",
		key + " > root.Report.summary()", other + " > root.Report.summary()",
	}
	slices.Sort(want)
	sameLines(t, "all between are gone", edges(s.graph()), want...)
}

func TestTwoPlaces(t *testing.T) {
	s, other := newSite(t), newSite(t)
	a := newAnalysis(t, s, other)
	if _, err := a.Summary(t.Context()); err != nil {
		t.Fatal(err)
	}
	n := s.graph().Entry("root.Frames.calibrated", "")
	if stateOf(n) != "not checked" || n.Place != other.dir || n.Info != nil {
		t.Errorf("%+v", n)
	}
	g, err := lineage.Of(t.Context(), s.place, other.place, s.place)
	if err != nil {
		t.Fatal(err)
	}
	sameLines(t, "edges", edges(g), allEdges...)
	if n := g.Entry("root.Frames.calibrated", ""); stateOf(n) != "valid" || n.Place != other.dir {
		t.Errorf("%+v", n)
	}
}
