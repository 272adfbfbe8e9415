package lineage_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/lineage"
)

// analysis has methods that use each other:
//
//	frames, dark -> calibrated -> slopes(0), slopes(1) -> summary
type analysis struct {
	frames, dark        string // files
	calibrated, summary diskcache.DiskCacher[float64]
	slopes              diskcache.DiskCacher[[]float64]
}

func newAnalysis(tb testing.TB, s *site, calibration *site) *analysis {
	tb.Helper()
	dir := tb.TempDir()
	a := &analysis{frames: filepath.Join(dir, "frames.txt"), dark: filepath.Join(dir, "dark.txt")}
	write(tb, a.frames, "frames")
	write(tb, a.dark, "dark")
	err := errors.Join(
		a.calibrated.SetOptions(calibration.opts), a.calibrated.SetTag(testTag, "root.Frames.calibrated"),
		a.slopes.SetOptions(s.opts), a.slopes.SetTag(testTag, "root.Slopes.slopes"),
		a.summary.SetOptions(s.opts), a.summary.SetTag(testTag, "root.Report.summary"))
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func write(tb testing.TB, path, content string) {
	tb.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
}

func (a *analysis) Calibrated(ctx context.Context) (float64, error) {
	return a.calibrated.Execute(ctx, func(ctx context.Context) (float64, error) {
		frames, err := diskcache.ReadFile(ctx, a.frames)
		if err != nil {
			return 0, err
		}
		dark, err := diskcache.ReadFile(ctx, a.dark)
		return float64(len(frames) - len(dark)), err
	})
}

func (a *analysis) Slopes(ctx context.Context, channel int) ([]float64, error) {
	return a.slopes.Execute(ctx, func(ctx context.Context) ([]float64, error) {
		x, err := a.Calibrated(ctx)
		return []float64{x, x * float64(channel)}, err
	}, channel)
}

func (a *analysis) Summary(ctx context.Context) (float64, error) {
	return a.summary.Execute(ctx, func(ctx context.Context) (float64, error) {
		x, err := a.Slopes(ctx, 0)
		if err != nil {
			return 0, err
		}
		y, err := a.Slopes(ctx, 1)
		if err != nil {
			return 0, err
		}
		return x[0] + y[0], nil
	})
}

// ran returns an analysis that ran, with all entries at one site.
func ran(t *testing.T) (*site, *analysis) {
	t.Helper()
	s := newSite(t)
	a := newAnalysis(t, s, s)
	if _, err := a.Summary(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, a
}

// remove removes an entry as limits do.
func (s *site) remove(name string, args ...any) {
	s.tb.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, strings.TrimSuffix(name+"-"+keyOf(s.tb, args), "-")+".*"))
	if err != nil || len(files) != 1 {
		s.tb.Fatal(files, err)
	}
	if err := errors.Join(os.Remove(files[0]), os.Remove(s.record(name, keyOf(s.tb, args)))); err != nil {
		s.tb.Fatal(err)
	}
	diskcache.Recheck()
}

// edges returns those of a graph in the order of nodes, without directories.
func edges(g *lineage.Graph) []string {
	var all []string
	for _, from := range g.All() {
		for _, to := range g.All() {
			if e, ok := g.Edge(from.ID(), to.ID()).(*lineage.Edge); ok {
				arrow := " > "
				if e.Inherited {
					arrow = " .. "
				}
				all = append(all, filepath.Base(from.String())+arrow+filepath.Base(to.String()))
			}
		}
	}
	slices.Sort(all)
	return all
}

func sameLines(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n\t%s\nwant:\n\t%s", what, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func stateOf(n *lineage.Node) string {
	if n == nil {
		return "no node"
	}
	if n.Reason != diskcache.NoReason {
		return n.State.String() + ", " + n.Reason.String()
	}
	return n.State.String()
}
