package dataelab_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/lineage"
)

// sensor has methods that use each other, a file, and a function that is no method.
type sensor struct {
	file                string
	frames, mean, never diskcache.DiskCacher[[]float64]
}

func (s *sensor) Frames(ctx context.Context) ([]float64, error) {
	return s.frames.Execute(ctx, func(ctx context.Context) ([]float64, error) {
		content, err := diskcache.ReadFile(ctx, s.file)
		return make([]float64, len(content)), err
	})
}

func (s *sensor) Mean(ctx context.Context) ([]float64, error) {
	return s.mean.Execute(ctx, s.Frames)
}

type telescope struct{ Left, Right *sensor }

func observed(t *testing.T) (*telescope, string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "frames.txt")
	mustDo(t, os.WriteFile(file, []byte("frames"), 0o600))
	root := &telescope{&sensor{file: file}, &sensor{file: file}}
	treeOf(t, dir, root)
	for _, s := range []*sensor{root.Left, root.Right} {
		_, err := s.Mean(t.Context())
		mustDo(t, err)
	}
	return root, file
}

func states(g *lineage.Graph) map[string]string {
	all := map[string]string{}
	for _, n := range g.All() {
		all[strings.TrimSuffix(filepath.Base(n.String()), "()")] = n.State.String()
	}
	return all
}

func TestGraph(t *testing.T) {
	root, file := observed(t)
	g, err := dataelab.Graph(t.Context(), root)
	mustDo(t, err)
	want := map[string]string{
		"frames.txt": "valid", "root.Left.sensor.frames": "valid", "root.Left.sensor.mean": "valid", "root.Left.sensor.never": "not computed",
		"root.Right.sensor.frames": "valid", "root.Right.sensor.mean": "valid", "root.Right.sensor.never": "not computed",
	}
	if got := states(g); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if down := g.Downstream(g.File(file)); len(down) != 4 {
		t.Errorf("made of the file: %v", down)
	}
}

// Of what else the tag has, that is shown which the tree's methods were made of, and no more.
func TestGraphOfPart(t *testing.T) {
	root, file := observed(t)
	bind := func(c *diskcache.DiskCacher[[]float64], name string) {
		mustDo(t, errors.Join(c.SetTmpdir(filepath.Dir(file)), c.SetTag("20240410_112233", name)))
	}
	var above, below diskcache.DiskCacher[[]float64]
	bind(&above, "root.Other.above")
	bind(&below, "root.Other.below")
	_, err := above.Execute(t.Context(), func(ctx context.Context) ([]float64, error) {
		return root.Left.never.Execute(ctx, func(ctx context.Context) ([]float64, error) {
			return below.Execute(ctx, func(context.Context) ([]float64, error) { return nil, nil })
		})
	})
	mustDo(t, err)
	g, err := dataelab.Graph(t.Context(), root)
	mustDo(t, err)
	never := g.Entry("root.Left.sensor.never", "")
	if up := g.Upstream(never); len(up) != 1 || up[0].Name != "root.Other.below" || g.Entry("root.Other.above", "") != nil {
		t.Errorf("%v", g.All())
	}
}

// What is still stored under a former name of a method is that method's.
func TestGraphOfRenamedMethod(t *testing.T) {
	root, file := observed(t)
	mustDo(t, dataelab.Close(root))
	func() {
		type sensor struct {
			average diskcache.DiskCacher[[]float64] `cache:",aka=mean"`
		}
		now := &struct{ Left *sensor }{&sensor{}}
		treeOf(t, filepath.Dir(file), now)
		g, err := dataelab.Graph(t.Context(), now)
		mustDo(t, err)
		want := map[string]string{"frames.txt": "valid", "root.Left.sensor.frames": "valid", "root.Left.sensor.mean": "valid"}
		if got := states(g); !maps.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}()
}

func TestGraphErrors(t *testing.T) {
	if _, err := dataelab.Graph(t.Context(), 7); err == nil || !strings.HasPrefix(err.Error(), "dataelab: graph: ") {
		t.Error(err)
	}
	if _, err := dataelab.Graph(t.Context(), &sensor{}); !errors.Is(err, diskcache.ErrTagNotSet) {
		t.Error(err)
	}
}
