package lineage_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/lineage"
)

func picture(tb testing.TB, g *lineage.Graph) string {
	tb.Helper()
	var out bytes.Buffer
	if err := g.WriteSVG(&out); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

// What a picture says of values, in words that a reader sees or that a tooltip has.
func TestPictureSays(t *testing.T) {
	long := "root.modes.Modes.reconstructed_with_a_name_of_a_method_that_no_box_has_room_for"
	valid := lineage.Count{Nodes: 1, Entries: 1, Valid: 1, Bytes: 256000}
	g := lineage.Made([]*lineage.Node{
		{Kind: lineage.Entry, Name: long, Key: "k", State: lineage.Valid, Place: "/tmp/cacheA", Count: valid, Info: &diskcache.EntryInfo{
			Arguments: []string{"512", `"hann"`}, Shape: []int{1000, 32}, DType: "<f8", Format: "npy", Bytes: 256000, Computed: time.Unix(1, 0), ComputeTime: 2 * time.Second,
		}},
		{Kind: lineage.Entry, Name: "root.Report.sum", State: lineage.Stale, Reason: diskcache.UpstreamChanged, Why: "modes came out different", Place: "/tmp/cacheA", Count: lineage.Count{Nodes: 1, Entries: 1, Stale: 1}, Info: &diskcache.EntryInfo{GoType: "float64", Format: "gob"}},
		{Kind: lineage.File, Path: "/data/dark.fits", State: lineage.Valid, Use: diskcache.Use{Kind: diskcache.UsedFile, Digest: "x", Bytes: 8400000}, Count: lineage.Count{Nodes: 1}},
		{Kind: lineage.Setting, Name: "loop.gain", Use: diskcache.Use{Kind: diskcache.UsedSetting, Text: "0.35"}, Count: lineage.Count{Nodes: 1}},
		{Kind: lineage.Entry, Name: "root.gone", State: lineage.Gone, Count: lineage.Count{Nodes: 1, Gone: 1}},
		{Kind: lineage.Method, Name: "root.never", State: lineage.NotComputed, Count: lineage.Count{Nodes: 1, Methods: 1}},
	}, [][2]int{{0, 1}, {2, 0}, {3, 0}, {4, 1}})
	svg := picture(t, g)
	for _, want := range []string{
		"<title>" + long + `(512, &#34;hann&#34;)&#xA;in /tmp/cacheA&#xA;`, ">reconstructed_wit…_box_has_room_for<", ">root.modes.Modes<", ">(512, &#34;hann&#34;)<",
		">1000×32 float64, npy, 256 kB<", ">computed in 2 s<", ">valid<", ">stale: upstream changed<", "stale: upstream changed: modes came out different</title>",
		">float64, gob, 0 bytes<", ">dark.fits<", ">/data/<", ">input, 8.4 MB<", ">as it was<", ">gain<", ">= 0.35<", ">not checked<", ">gone<", ">not computed<",
		">was used by<", ">input file<", ">setting<", ">/tmp/cacheA<", ">2 values of 4 methods, 1 valid, 256 kB, computed in 0 s<",
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q", want)
		}
	}
	for _, unwanted := range []string{"href", "url(", "<script", "<image", "NaN", "Inf"} {
		if strings.Contains(svg, unwanted) {
			t.Errorf("%q", unwanted)
		}
	}
	if t.Failed() {
		t.Log(svg)
	}
}

// A circle, which folding makes, is drawn, and the legend says so.
func TestPictureOfCircle(t *testing.T) {
	g := lineage.Made([]*lineage.Node{{Kind: lineage.Method, Name: "a"}, {Kind: lineage.Method, Name: "b"}}, [][2]int{{0, 1}, {1, 0}})
	if svg := picture(t, g); !strings.Contains(svg, ">was used by, closing a circle<") || strings.Count(svg, "l8.0 -4v8z") != 1 {
		t.Error(svg)
	}
}

// full takes a few bytes.
type full struct{ room int }

var errFull = errors.New("disk full")

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteFails(t *testing.T) {
	g := chain(3)
	for name, write := range map[string]func(io.Writer) error{
		"SVG": g.WriteSVG, "DOT": g.WriteDOT, "report": func(w io.Writer) error { return g.Report(w, g.All()[0]) },
	} {
		if err := write(&full{10}); !errors.Is(err, errFull) || !strings.Contains(err.Error(), "lineage: write "+name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The largest pictures, of methods that all use many others.
func BenchmarkPicture(b *testing.B) {
	const n = 250
	var nodes []*lineage.Node
	var edges [][2]int
	for i := range n {
		nodes = append(nodes, &lineage.Node{Kind: lineage.Method, Name: fmt.Sprintf("root.A.m%03d", i), Count: lineage.Count{Nodes: 2, Entries: 2}})
		for j := 1; j <= min(i, 20); j++ {
			edges = append(edges, [2]int{i - j*j%i - 1, i})
		}
	}
	g := lineage.Made(nodes, edges)
	b.ReportAllocs()
	for b.Loop() {
		b.SetBytes(int64(len(picture(b, g))))
	}
}
