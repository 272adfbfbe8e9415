package lineage_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/lineage"
)

func says(t *testing.T, report string, wanted ...string) {
	t.Helper()
	for _, want := range wanted {
		if !strings.Contains(report, want) {
			t.Errorf("no %q in\n%s", want, report)
		}
	}
}

func TestReport(t *testing.T) {
	s, a := ran(t)
	g := s.graph()
	host, err := os.Hostname()
	must(t, err)
	slopes := g.Entry("root.Slopes.slopes", keyOf(t, []any{1}))
	says(t, reportOf(t, g, slopes),
		"root.Slopes.slopes(1)\n  state:    valid\n  value:    2 float64, npy, 144 bytes\n  type:     []float64\n  file:     "+slopes.Info.Path+"\n  digest:   "+slopes.Info.Digest+"\n",
		" on "+host+", process ", "lineage.test", "go1.", "  key:      "+slopes.Key, "  place:    "+s.dir,
		"\nmade of:\n  root.Frames.calibrated(): valid; float64, gob, ", "\n    file "+a.dark+": as it was; 4 bytes; xxh3-128:",
		"\nused by:\n  root.Report.summary(): valid; float64, gob, ")
	says(t, reportOf(t, g, g.Entry("root.Report.summary", "")), "\n    root.Frames.calibrated(): see above\n", "used by:\n  nothing that is stored")
	says(t, reportOf(t, g, g.File(a.dark)), a.dark+"\n  state:    as it was\n  file:     4 bytes; ", "made of:\n  nothing that was recorded",
		"used by:\n  root.Frames.calibrated(): valid", "\n      root.Report.summary(): see above\n")
}

// A value that was computed anew from other files differs from the one that was used.
func TestReportOfChanges(t *testing.T) {
	s, a := ran(t)
	write(t, a.dark, "da")
	diskcache.Recheck()
	if _, err := a.Calibrated(t.Context()); err != nil {
		t.Fatal(err)
	}
	g := s.graph()
	report := reportOf(t, g, g.Entry("root.Slopes.slopes", keyOf(t, []any{0})))
	says(t, report, "state:    stale: upstream changed: root.Frames.calibrated", "root.Frames.calibrated(): valid; but another value was used, xxh3-128:", "dark.txt: as it was; 2 bytes")
	s.store("user", nil, use{File: a.dark, Bytes: 4, Digest: "xxh3-128:0123456789abcdef"}, use{Setting: "gain", Text: "0.5", Digest: "xxh3-128:ff"})
	g = s.graph()
	says(t, reportOf(t, g, g.Entry("root.A.user", "")), "setting gain = 0.5: not checked", "state:    stale: input changed")
}

// Nodes belong to their graph.
func TestReportOfStranger(t *testing.T) {
	s, _ := ran(t)
	g := s.graph()
	if err := g.Report(new(strings.Builder), g.ByMethod().All()[0]); err == nil || !strings.Contains(err.Error(), "none of this graph") {
		t.Error(err)
	}
	if err := g.Report(new(strings.Builder), g.Entry("no.such.method", "")); err == nil || !strings.Contains(err.Error(), "return nil") {
		t.Errorf("of a node that Entry did not find: %v", err)
	}
}

// A value that is nil, and the file of another program, are used by their own kinds of digest.
func TestReportOfOddValues(t *testing.T) {
	s := newSite(t)
	storeValue(s, "root.A.nothing", (*string)(nil), nil)
	nothing := s.graph().Entry("root.A.nothing", "")
	s.store("user", nil, use{Entry: "root.A.nothing", Digest: nothing.Info.Digest + " nil"}, use{Entry: "root.A.foreign", Digest: "version 7"})
	value, err := os.ReadFile(filepath.Join(s.dir, "root.A.user.npy"))
	must(t, errors.Join(err, os.WriteFile(filepath.Join(s.dir, "root.A.foreign.npy"), value, 0o600)))
	g := s.graph()
	report := reportOf(t, g, g.Entry("root.A.user", ""))
	says(t, report, "root.A.nothing(): valid; nil, gob, ", "root.A.foreign(): valid; file, npy, 152 bytes\n")
	if strings.Contains(report, "another value") {
		t.Error(report)
	}
	if n := g.Entry("root.A.foreign", ""); n.State != lineage.Valid || n.Info.State != diskcache.EntryForeign {
		t.Errorf("%+v", n)
	}
}
