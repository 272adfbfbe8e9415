package dataelab_test

import (
	"context"
	"testing"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/lineage"
)

type twoTrees struct {
	gain diskcache.Setting[[]float64]
	mean diskcache.DiskCacher[float64]
	top  diskcache.DiskCacher[float64]
	none diskcache.DiskCacher[float64] `cache:"never"`
}

func (a *twoTrees) Mean(ctx context.Context) (float64, error) {
	return a.mean.Execute(ctx, func(ctx context.Context) (float64, error) { return a.gain.Use(ctx)[0], nil })
}

func (a *twoTrees) Top(ctx context.Context) (float64, error) {
	return a.top.Execute(ctx, func(ctx context.Context) (float64, error) { return a.Mean(ctx) })
}

// The graph of a tree tells of that tree, not of the one that has the tag, too.
func TestGraphOfTwoTrees(t *testing.T) {
	dir := t.TempDir()
	tree := func(gain float64) *twoTrees {
		a := new(twoTrees)
		a.gain.Set([]float64{gain})
		if err := dataelab.SetTmpdir(a, dir); err != nil {
			t.Fatal(err)
		}
		if err := dataelab.SetTag(a, "20240410_112233"); err != nil {
			t.Fatal(err)
		}
		return a
	}
	states := func(a *twoTrees) (all []lineage.State) {
		g, err := dataelab.Graph(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range g.All() {
			if n.Kind == lineage.Entry {
				all = append(all, n.State)
			}
		}
		return all
	}
	a := tree(1)
	if v, err := a.Top(t.Context()); v != 1 || err != nil {
		t.Fatal(v, err)
	}
	b := tree(2)
	for _, s := range states(b) {
		if s == lineage.Valid {
			t.Errorf("of b: %v, but its setting is another", s)
		}
	}
	for _, s := range states(a) {
		if s != lineage.Valid {
			t.Errorf("of a: %v, but a takes all", s)
		}
	}
	if v, err := b.Top(t.Context()); v != 2 || err != nil {
		t.Fatal(v, err)
	}
	if v, err := a.Top(t.Context()); v != 1 || err != nil {
		t.Fatal(v, err)
	}
	// changed in place, while it is used by nobody
	a.gain.Use(t.Context())[0] = 3
	diskcache.Recheck()
	for _, s := range states(a) {
		t.Log("in place:", s)
	}
	moved := t.TempDir()
	if err := dataelab.SetTmpdir(a, moved); err != nil {
		t.Fatal(err)
	}
	if v, err := a.Top(t.Context()); v != 3 || err != nil {
		t.Error(v, err)
	}
	for _, s := range states(a) {
		if s != lineage.Valid {
			t.Errorf("moved: %v", s)
		}
	}
	report, err := dataelab.Invalidate(t.Context(), a, diskcache.Invalidation{DryRun: true})
	t.Log(report, err)
}
