package dataelab_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

type closable struct {
	runs   int
	frames diskcache.DiskCacher[[]float64] `cache:",mmap"`
	mean   diskcache.DiskCacher[float64]
	next   *closable
}

func (c *closable) Frames(ctx context.Context) ([]float64, error) {
	return c.frames.Execute(ctx, func(context.Context) ([]float64, error) { c.runs++; return []float64{1, 2}, nil })
}

func (c *closable) Mean(ctx context.Context) (float64, error) {
	return c.mean.Execute(ctx, func(context.Context) (float64, error) { c.runs++; return 1.5, nil })
}

// Close reaches all of the tree, and what was closed loads anew.
func TestClose(t *testing.T) {
	root := &closable{next: &closable{}}
	if err := dataelab.SetTmpdir(root, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if err := dataelab.SetTag(root, "20240410_112233"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for _, c := range []*closable{root, root.next} {
			frames, err := c.Frames(t.Context())
			if err != nil || !slices.Equal(frames, []float64{1, 2}) {
				t.Fatalf("frames %v, %v", frames, err)
			}
			if mean, err := c.Mean(t.Context()); mean != 1.5 || err != nil {
				t.Fatalf("mean %v, %v", mean, err)
			}
		}
		if err := dataelab.Close(root); err != nil {
			t.Fatal(err)
		}
	}
	if root.runs != 2 || root.next.runs != 2 {
		t.Errorf("computed %d and %d times, want each method once", root.runs, root.next.runs)
	}
	if loaded := root.frames.Stats().Loaded; loaded != 2 {
		t.Errorf("loaded %d times, want once after each Close that another call followed", loaded)
	}
}

func TestCloseOfNothing(t *testing.T) {
	if err := dataelab.Close(nil); err == nil || !strings.Contains(err.Error(), "close") {
		t.Errorf("got %v", err)
	}
}
