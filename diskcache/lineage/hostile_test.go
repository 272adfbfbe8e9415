package lineage_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"gonum.org/v1/gonum/graph/encoding/dot"
	"gonum.org/v1/gonum/graph/simple"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/lineage"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// oneOfEach is a graph that has these texts wherever texts come from outside.
func oneOfEach(name, text string) *lineage.Graph {
	one := lineage.Count{Nodes: 1, Entries: 1}
	return lineage.Made([]*lineage.Node{
		{Kind: lineage.Entry, Name: name, Key: text, Place: text, Why: text, State: lineage.Stale, Count: one, Info: &diskcache.EntryInfo{
			Name: name, GoType: text, DType: text, Format: name, Shape: []int{1, 2}, Arguments: []string{text, name}, Digest: text, Version: text,
			Host: text, Path: text, Code: diskcache.Code{Program: text, Module: name},
		}},
		{Kind: lineage.Entry, Name: text, Key: name, State: lineage.Gone, Count: lineage.Count{Nodes: 1, Gone: 1}},
		{Kind: lineage.File, Path: text, Use: diskcache.Use{Kind: diskcache.UsedFile, Path: text, Digest: name}, Count: lineage.Count{Nodes: 1}},
		{Kind: lineage.Setting, Name: name, Use: diskcache.Use{Kind: diskcache.UsedSetting, Text: text, Digest: text}, Count: lineage.Count{Nodes: 1}},
		{Kind: lineage.Method, Name: text, State: lineage.NotComputed, Count: lineage.Count{Nodes: 1}},
	}, [][2]int{{1, 0}, {2, 0}, {3, 1}})
}

// checkTexts looks at all that is written of a graph.
func checkTexts(t *testing.T, g *lineage.Graph) {
	t.Helper()
	var svg, text bytes.Buffer
	for _, g := range []*lineage.Graph{g, g.ByMethod(), g.AtMost(1)} {
		svg.Reset()
		if err := g.WriteSVG(&svg); err != nil {
			t.Fatal(err)
		}
		checkXML(t, svg.Bytes())
		checkDOT(t, g)
	}
	for _, n := range g.All() {
		if err := g.Report(&text, n); err != nil {
			t.Fatal(err)
		}
	}
	if !utf8.Valid(text.Bytes()) {
		t.Fatalf("%q", text.String())
	}
	for i, r := range text.String() {
		if r != '\n' && !unicode.IsGraphic(r) {
			t.Fatalf("%U at %d in %q", r, i, text.String())
		}
	}
}

func checkXML(t *testing.T, text []byte) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if e, ok := token.(xml.StartElement); ok && !strings.Contains(" svg title style g rect path text ", " "+e.Name.Local+" ") {
			t.Fatalf("element %s in\n%s", e.Name.Local, text)
		}
		if _, ok := token.(xml.ProcInst); ok {
			t.Fatalf("%v in\n%s", token, text)
		}
	}
}

func checkDOT(t *testing.T, g *lineage.Graph) {
	t.Helper()
	var out bytes.Buffer
	if err := g.WriteDOT(&out); err != nil {
		t.Fatal(err)
	}
	read := simple.NewDirectedGraph()
	if err := dot.Unmarshal(out.Bytes(), read); err != nil {
		t.Fatalf("%v in\n%s", err, out.Bytes())
	}
	edges := 0
	for _, n := range g.All() {
		edges += g.From(n.ID()).Len()
	}
	if read.Nodes().Len() != len(g.All()) || read.Edges().Len() != edges {
		t.Fatalf("%d nodes and %d edges of %d and %d in\n%s", read.Nodes().Len(), read.Edges().Len(), len(g.All()), edges, out.Bytes())
	}
}

func FuzzTexts(f *testing.F) {
	for _, s := range []string{
		`root.slopes.Slopes.mean`, `"`, `\`, `\"`, "a\nb\r\tc", "</text><script>alert(1)</script>", "]]>&amp;<![CDATA[", "\x00\x07\x1b[31m", "\xff\xfe",
		"\u202egnp.exe", "a\u200bb", "\ufffe\uffff", "日本語の名前", "%s%d", `\N\G\l`, "...", "/", "//", ".", "…", strings.Repeat("x", 500), strings.Repeat("日", 300), "",
	} {
		f.Add(s, s)
		f.Add("root.A.b", s)
	}
	f.Fuzz(func(t *testing.T, name, text string) { checkTexts(t, oneOfEach(name, text)) })
}

// Records that were forged can claim what no computation does.
func TestForgedCircles(t *testing.T) {
	s := newSite(t)
	s.forge("root.A.a", fakeKey(1), entryKey(1, 1), use{Entry: "root.A.b", Key: fakeKey(1), Digest: "x"})
	s.forge("root.A.b", fakeKey(1), use{Entry: "root.A.c", Key: fakeKey(1), Digest: "x"}, use{Entry: "root.A.gone", Key: fakeKey(1), Digest: "x"},
		use{Entry: "root.A.c", Key: fakeKey(1), Digest: "y", Inherited: true}, use{Entry: "root.A.b", Key: fakeKey(1), Digest: "y", Inherited: true})
	s.forge("root.A.c", fakeKey(1), use{Entry: "root.A.a", Key: fakeKey(1), Digest: "x"})
	s.forge("root.A.self", fakeKey(1), use{Entry: "root.A.self", Key: fakeKey(1), Digest: "x"})
	s.forge("root.A.odd", fakeKey(1), use{}, use{File: "relative/\x00path", Digest: "x"}, use{File: "/", Digest: "x", Bytes: -1}, use{Setting: "s", In: "../.."})
	g := s.graph()
	checkTexts(t, g)
	a, b := g.Entry("root.A.a", fakeKey(1)), g.Entry("root.A.b", fakeKey(1))
	if up := g.Upstream(a); len(up) != 4 || !slices.Contains(g.Downstream(a), b) || !slices.Contains(up, b) {
		t.Errorf("%v", up)
	}
	if len(g.Sorted()) != len(g.All()) {
		t.Errorf("%d of %d nodes are sorted", len(g.Sorted()), len(g.All()))
	}
	if self := g.Entry("root.A.self", fakeKey(1)); len(g.Upstream(self)) > 0 || !strings.Contains(reportOf(t, g, self), "what was stored for these arguments before") {
		t.Errorf("%s", reportOf(t, g, self))
	}
}

func reportOf(tb testing.TB, g *lineage.Graph, n *lineage.Node) string {
	tb.Helper()
	var b strings.Builder
	if err := g.Report(&b, n); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}

// chain is a graph of n entries, each made of the one before.
func chain(n int) *lineage.Graph {
	var nodes []*lineage.Node
	var edges [][2]int
	for i := range n {
		nodes = append(nodes, &lineage.Node{Kind: lineage.Entry, Name: fmt.Sprintf("root.A.step%06d", i), State: lineage.Valid, Count: lineage.Count{Nodes: 1, Entries: 1, Valid: 1}})
		if i > 0 {
			edges = append(edges, [2]int{i - 1, i})
		}
	}
	return lineage.Made(nodes, edges)
}

func TestDeepChain(t *testing.T) {
	for _, n := range []int{1000, exhaustive.N(50_000, 200_000)} {
		g := chain(n)
		last := g.Entry(fmt.Sprintf("root.A.step%06d", n-1), "")
		report := reportOf(t, g, last)
		if !strings.Contains(report, "30 steps away; ask for the report of root.A.step") || strings.Count(report, "\n") > 100 {
			t.Errorf("%s", report)
		}
		if up := g.Upstream(last); len(up) != n-1 || up[0].Name != "root.A.step000000" {
			t.Errorf("%d", len(up))
		}
		var svg bytes.Buffer
		if err := g.WriteSVG(&svg); err != nil {
			t.Fatal(err)
		}
		checkXML(t, svg.Bytes())
		if want := fmt.Sprintf("%d methods", n); !strings.Contains(svg.String(), want) {
			t.Errorf("no %s in\n%s", want, svg.String())
		}
	}
}

// A value that was made of many things has a report of some pages.
func TestWideReport(t *testing.T) {
	nodes := []*lineage.Node{{Kind: lineage.Entry, Name: "sum", Count: lineage.Count{Nodes: 1}}}
	var edges [][2]int
	for i := 1; i <= 5000; i++ {
		nodes = append(nodes, &lineage.Node{Kind: lineage.Entry, Name: fmt.Sprint("part", i), Count: lineage.Count{Nodes: 1}})
		edges = append(edges, [2]int{i, 0})
	}
	g := lineage.Made(nodes, edges)
	report := reportOf(t, g, g.Entry("sum", ""))
	if !strings.Contains(report, "these are 500 lines, and there are 5000 parts in all") || strings.Count(report, "\n") > 520 {
		t.Errorf("%s", report)
	}
	if err := g.Report(io.Discard, &lineage.Node{}); err == nil {
		t.Error("a node of no graph has a report")
	}
}
