package dataelab_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/store"
)

// pipeline has methods with and without arguments, in two formats.
type pipeline struct {
	Gain  float64
	mean  diskcache.DiskCacher[[]float64]
	label diskcache.DiskCacher[string]
	Stage *sum
	runs  int
}

func (p *pipeline) Mean(ctx context.Context, n int) ([]float64, error) {
	return p.mean.Execute(ctx, func(context.Context) ([]float64, error) {
		p.runs++
		return []float64{p.Gain, float64(n)}, nil
	}, n)
}

func (p *pipeline) Label(ctx context.Context) (string, error) {
	return p.label.Execute(ctx, func(context.Context) (string, error) {
		p.runs++
		return "pipeline", nil
	})
}

// call calls every method and returns how many computations that took.
func (p *pipeline) call(t *testing.T) int {
	t.Helper()
	before := p.runs + p.Stage.runs
	for n := range 2 {
		if v, err := p.Mean(context.Background(), n); err != nil || len(v) != 2 || v[1] != float64(n) {
			t.Fatalf("Mean(%d): %v, %v", n, v, err)
		}
	}
	if _, err := p.Label(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Stage.Total(context.Background()); err != nil {
		t.Fatal(err)
	}
	return p.runs + p.Stage.runs - before
}

// all is the computations that call takes when nothing is cached.
const all = 4

func newPipeline(t *testing.T, dir string) *pipeline {
	t.Helper()
	p := &pipeline{Stage: &sum{}}
	mustDo(t, dataelab.SetTmpdir(p, dir))
	mustDo(t, dataelab.SetTag(p, testTag))
	return p
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func expectRuns(t *testing.T, p *pipeline, want int, when string) {
	t.Helper()
	if got := p.call(t); got != want {
		t.Errorf("%s: %d computations, want %d", when, got, want)
	}
}

// files lists all files below dir, with slashes, without lock files and READMEs.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	mustDo(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) != ".lock" && d.Name() != store.ReadmeName {
			name, _ := filepath.Rel(dir, path)
			names = append(names, filepath.ToSlash(name))
		}
		return err
	}))
	return names
}

func TestRule8SetTagAgain(t *testing.T) {
	p := newPipeline(t, t.TempDir())
	expectRuns(t, p, all, "first tag")
	expectRuns(t, p, 0, "first tag again")
	mustDo(t, dataelab.SetTag(p, "other"))
	expectRuns(t, p, all, "second tag")
	mustDo(t, dataelab.SetTag(p, testTag))
	expectRuns(t, p, 0, "back: its files stayed")
	mustDo(t, dataelab.SetTag(p, testTag))
	if stats := p.Stage.total.Stats(); stats != (diskcache.Stats{}) {
		t.Errorf("a new tag begins with statistics %+v", stats)
	}
	expectRuns(t, p, 0, "the same tag again")
	if stats := p.Stage.total.Stats(); stats.Loaded != 1 || stats.Computed != 0 {
		t.Errorf("statistics %+v: want one load, as setting the same tag makes memory forget", stats)
	}
}

// Memory is forgotten: a file that is gone is not answered from it.
func TestRule8MemoryIsForgotten(t *testing.T) {
	dir := t.TempDir()
	p := newPipeline(t, dir)
	expectRuns(t, p, all, "first")
	mustDo(t, os.RemoveAll(filepath.Join(dir, "cache"+testTag)))
	expectRuns(t, p, 0, "from memory, without files")
	mustDo(t, dataelab.SetTag(p, testTag))
	expectRuns(t, p, all, "after the tag was set again")
}

// Objects that join the tree later get their tag with the next SetTag.
func TestSetTagFindsNewObjects(t *testing.T) {
	p := newPipeline(t, t.TempDir())
	p.Stage = &sum{}
	if _, err := p.Stage.total.FullPath(); err == nil {
		t.Error("a new object has a tag already")
	}
	mustDo(t, dataelab.SetTmpdir(p, t.TempDir()))
	mustDo(t, dataelab.SetTag(p, testTag))
	if got := pathOf(t, &p.Stage.total); got != "root.Stage.sum.total" {
		t.Errorf("got %s", got)
	}
}

func TestOptionsBeforeAndAfterSetTag(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	for _, test := range []struct {
		name string
		set  func(*pipeline) error
		want string // directory of the tag
	}{
		{"prefix", func(p *pipeline) error { return dataelab.SetPrefix(p, "lab-") }, filepath.Join(first, "lab-"+testTag)},
		{"tmpdir", func(p *pipeline) error { return dataelab.SetTmpdir(p, second) }, filepath.Join(second, "cache"+testTag)},
		{"tmpdir that is not there", func(p *pipeline) error { return dataelab.SetTmpdir(p, filepath.Join(second, "a", "b")) },
			filepath.Join(second, "a", "b", "cache"+testTag)},
		{"options", func(p *pipeline) error {
			return dataelab.SetOptions(p, diskcache.Options{Tmpdir: second, Prefix: "x"})
		}, filepath.Join(second, "x"+testTag)},
		{"options replace what was set one by one", func(p *pipeline) error {
			mustDo(t, dataelab.SetPrefix(p, "lost"))
			return dataelab.SetOptions(p, diskcache.Options{Tmpdir: first})
		}, filepath.Join(first, "cache"+testTag)},
	} {
		for _, when := range []string{"before", "after"} {
			p := &pipeline{Stage: &sum{}}
			mustDo(t, dataelab.SetTmpdir(p, first))
			if when == "after" {
				mustDo(t, dataelab.SetTag(p, testTag))
			}
			mustDo(t, test.set(p))
			if when == "before" {
				mustDo(t, dataelab.SetTag(p, testTag))
			}
			if full, err := p.Stage.total.FullPath(); err != nil || filepath.Dir(full) != test.want {
				t.Errorf("%s %s SetTag: %s, %v, want below %s", test.name, when, full, err, test.want)
			}
		}
	}
}

// Moved while tagged, the tree works on in the new place, and finds the old one again.
func TestMoveWhileTagged(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	p := newPipeline(t, first)
	expectRuns(t, p, all, "first place")
	mustDo(t, dataelab.SetTmpdir(p, second))
	expectRuns(t, p, all, "second place")
	mustDo(t, dataelab.SetPrefix(p, "other"))
	expectRuns(t, p, all, "third place")
	mustDo(t, dataelab.SetOptions(p, diskcache.Options{Tmpdir: first}))
	expectRuns(t, p, 0, "first place again")
	if !slices.Equal(files(t, filepath.Join(second, "cache"+testTag)), files(t, filepath.Join(second, "other"+testTag))) {
		t.Error("the two other places do not have the same files")
	}
}

// A relative directory is that of the time when it is set.
func TestRelativeTmpdir(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	p := &pipeline{Stage: &sum{}}
	mustDo(t, dataelab.SetTmpdir(p, "results"))
	mustDo(t, dataelab.SetTag(p, testTag))
	t.Chdir(t.TempDir())
	expectRuns(t, p, all, "elsewhere")
	if found := files(t, filepath.Join(dir, "results", "cache"+testTag)); len(found) != 2*all {
		t.Errorf("files %v, want %d", found, 2*all)
	}
}

func TestClearCacheRemovesOnlyOurs(t *testing.T) {
	dir := t.TempDir()
	p, neighbor := newPipeline(t, dir), &struct{ Neighbor *pipeline }{newPipeline(t, dir)}
	mustDo(t, dataelab.SetTag(neighbor, testTag))
	expectRuns(t, neighbor.Neighbor, all, "neighbor")
	mustDo(t, dataelab.SetTag(p, "other"))
	expectRuns(t, p, all, "other tag")
	mustDo(t, dataelab.SetTag(p, testTag))

	// Files of others, some with names that begin or end like ours.
	const foreign = `notes.txt root.pipeline.mean2.npy root.pipeline.meanX root.pipeline.mean-1.npy
		root.pipeline.label.txt root.pipeline.npy Root.pipeline.label.gob2 cache.npy sub/root.pipeline.label.gob
		root.pipeline.mean-0123456789abcdef0123456789abcdeg.npy .dataelab/notes.json`
	for name := range strings.FieldsSeq(foreign) {
		path := filepath.Join(dir, "cache"+testTag, filepath.FromSlash(name))
		mustDo(t, os.MkdirAll(filepath.Dir(path), 0o700))
		mustDo(t, os.WriteFile(path, []byte(name), 0o600))
	}
	before := files(t, dir)
	expectRuns(t, p, all, "the tree")
	if added := len(files(t, dir)) - len(before); added != 2*all {
		t.Fatalf("%d files were added, want a value and a record for each result", added)
	}
	mustDo(t, dataelab.ClearCache(p))
	if after := files(t, dir); !slices.Equal(after, before) {
		t.Errorf("after ClearCache there are\n\t%s\nwant\n\t%s", strings.Join(after, "\n\t"), strings.Join(before, "\n\t"))
	}
	expectRuns(t, neighbor.Neighbor, 0, "neighbor")
	expectRuns(t, p, all, "the tree, cleared")
	expectRuns(t, p, 0, "the tree, once more")
	mustDo(t, dataelab.SetTag(p, "other"))
	expectRuns(t, p, 0, "other tag, still stored")
}

func TestClearCacheWithoutTagOrFiles(t *testing.T) {
	mustDo(t, dataelab.ClearCache(&pipeline{Stage: &sum{}}))
	dir := t.TempDir()
	mustDo(t, dataelab.ClearCache(newPipeline(t, filepath.Join(dir, "none"))))
	if found := files(t, dir); len(found) != 0 {
		t.Errorf("ClearCache made %v", found)
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
		t.Error("ClearCache made a directory")
	}
}

func TestClearCacheErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "cache"+testTag)
	mustDo(t, os.WriteFile(file, nil, 0o600))
	err := dataelab.ClearCache(newPipeline(t, dir))
	if err == nil || !strings.HasPrefix(err.Error(), "dataelab: clear cache of tag "+testTag) || !strings.Contains(err.Error(), file) {
		t.Errorf("got %v, want an error that names %s", err, file)
	}
	if e, ok := errors.AsType[*diskcache.Error](err); !ok || e.Op != "clear cache" {
		t.Errorf("%v: want a diskcache.Error", err)
	}
}
