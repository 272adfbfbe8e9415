package dataelab_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

func treeOf(t *testing.T, dir string, root any) {
	t.Helper()
	mustDo(t, errors.Join(dataelab.SetTmpdir(root, dir), dataelab.SetTag(root, "20240410_112233")))
}

func TestRenamedMethod(t *testing.T) {
	type Part struct {
		psd   diskcache.DiskCacher[float64]
		Lists []*diskcache.DiskCacher[float64]
	}
	dir := t.TempDir()
	old := &struct{ Part *Part }{&Part{Lists: []*diskcache.DiskCacher[float64]{{}, {}}}}
	treeOf(t, dir, old)
	for i, c := range []*diskcache.DiskCacher[float64]{&old.Part.psd, old.Part.Lists[0], old.Part.Lists[1]} {
		_, err := c.Execute(t.Context(), func(context.Context) (float64, error) { return float64(i), nil }, 7)
		mustDo(t, err)
	}
	func() {
		type Part struct {
			power  diskcache.DiskCacher[float64]    `cache:"spectral_power,aka=spectrum|psd"`
			Values []*diskcache.DiskCacher[float64] `cache:",aka=Lists"`
		}
		now := &struct{ Part *Part }{&Part{Values: []*diskcache.DiskCacher[float64]{{}, {}}}}
		treeOf(t, dir, now)
		n := 0
		for e, err := range dataelab.Entries(t.Context(), now) {
			if n++; err != nil || !strings.Contains(e.Name, "psd") && !strings.Contains(e.Name, "Lists") {
				t.Errorf("%+v, %v", e, err)
			}
		}
		if n != 3 {
			t.Errorf("%d entries under former names", n)
		}
		for i, c := range []*diskcache.DiskCacher[float64]{&now.Part.power, now.Part.Values[0], now.Part.Values[1]} {
			v, err := c.Execute(t.Context(), func(context.Context) (float64, error) { t.Error("computed"); return 0, nil }, 7)
			if v != float64(i) || err != nil {
				t.Errorf("%d: %v, %v", i, v, err)
			}
		}
		mustDo(t, dataelab.ClearCache(now))
		if left := files(t, dir); len(left) > 0 {
			t.Errorf("left: %q", left)
		}
	}()
}

func TestFormerNameInUse(t *testing.T) {
	for want, root := range map[string]any{
		"the former name root.T.psd of root.T.power is the present name of root.T.psd": func() any {
			type T struct {
				power diskcache.DiskCacher[int] `cache:",aka=psd"`
				psd   diskcache.DiskCacher[int]
			}
			return &T{}
		}(),
		"the former name root.T.psd of root.T.spectrum is a former name, too, of root.T.power": func() any {
			type T struct {
				power    diskcache.DiskCacher[int] `cache:",aka=psd"`
				spectrum diskcache.DiskCacher[int] `cache:",aka=psd"`
			}
			return &T{}
		}(),
		`aka="power" is the method's present name`: func() any {
			type T struct {
				p diskcache.DiskCacher[int] `cache:"power,aka=power"`
			}
			return &T{}
		}(),
		"its former name root.T.psd is the present name of itself": func() any {
			type T struct {
				psd diskcache.DiskCacher[int] `cache:",aka=psd"`
			}
			return &T{}
		}(),
	} {
		err := dataelab.SetTag(root, "20240410_112233")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "dataelab: set tag ") {
			t.Errorf("%v, want …%s", err, want)
		}
		for name, c := range dataelab.Cachers(root) {
			if _, err := c.FullPath(); !errors.Is(err, diskcache.ErrTagNotSet) {
				t.Errorf("%s has a tag: %v", name, err)
			}
		}
	}
}

// What is kept is what belongs to the tree, and nothing else of the tag.
func TestKeepingOfOneTree(t *testing.T) {
	dir := t.TempDir()
	p, stranger := newPipeline(t, dir), &Analyzer{Slopes: &Slopes{Frames: [][]float64{{1, 2}}}}
	mustDo(t, dataelab.SetTag(p, "A"))
	mustDo(t, errors.Join(dataelab.SetTmpdir(stranger, dir), dataelab.SetTag(stranger, "A")))
	expectRuns(t, p, all, "at first")
	if _, err := stranger.Slopes.RMS(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	names := func(root any) (names []string) {
		for e, err := range dataelab.Entries(t.Context(), root) {
			mustDo(t, err)
			names = append(names, e.Name)
		}
		slices.Sort(names)
		return names
	}
	want := names(p)
	if len(want) != all || slices.Contains(want, "root.Slopes.Slopes.rms_of_channel") || len(names(stranger)) != 1 {
		t.Errorf("%q and %q", want, names(stranger))
	}
	path := filepath.Join(dir, "p.zip")
	if report, err := dataelab.Export(t.Context(), p, path, diskcache.CopyOptions{}); err != nil || report.Copied != all {
		t.Errorf("%+v, %v", report, err)
	}
	if report, err := dataelab.CopyTag(t.Context(), p, "B", diskcache.CopyOptions{}); err != nil || report.Copied != all {
		t.Errorf("%+v, %v", report, err)
	}
	mustDo(t, dataelab.SetTag(p, "B"))
	if got := names(p); !slices.Equal(got, want) {
		t.Errorf("under the other tag %q, want %q", got, want)
	}
	expectRuns(t, p, 0, "after the copy")

	// The archive is of tag A.
	if _, err := dataelab.Import(t.Context(), p, path, diskcache.CopyOptions{}); err == nil || !strings.Contains(err.Error(), `of the tags ["A"], and the tag set is "B"`) {
		t.Errorf("%v", err)
	}
	fresh := newPipeline(t, filepath.Join(dir, "elsewhere"))
	mustDo(t, dataelab.SetTag(fresh, "A"))
	if report, err := dataelab.Import(t.Context(), fresh, path, diskcache.CopyOptions{}); err != nil || report.Copied != all {
		t.Errorf("%+v, %v", report, err)
	}
	expectRuns(t, fresh, 0, "after the import")
}

func TestKeepingErrors(t *testing.T) {
	dir := t.TempDir()
	p := &pipeline{Stage: &sum{}}
	mustDo(t, dataelab.SetTmpdir(p, dir))
	ctx, path := t.Context(), filepath.Join(dir, "x.zip")
	all := func(root any) map[string]error {
		_, exported := dataelab.Export(ctx, root, path, diskcache.CopyOptions{})
		_, imported := dataelab.Import(ctx, root, path, diskcache.CopyOptions{})
		_, copied := dataelab.CopyTag(ctx, root, "B", diskcache.CopyOptions{})
		errs := map[string]error{"export": exported, "import": imported, "copy": copied}
		for _, err := range dataelab.Entries(ctx, root) {
			errs["entries"] = err
		}
		return errs
	}
	for name, err := range all(p) {
		if !errors.Is(err, diskcache.ErrTagNotSet) || !strings.HasPrefix(err.Error(), "dataelab: "+name) {
			t.Errorf("%s without a tag: %v", name, err)
		}
	}
	for name, err := range all(7) {
		if err == nil || !strings.HasPrefix(err.Error(), "dataelab: "+name) {
			t.Errorf("%s of a number: %v", name, err)
		}
	}
	mustDo(t, dataelab.SetTag(p, "A"))
	tagged := p.Stage
	p.Stage = &sum{} // joins after SetTag
	for name, err := range all(p) {
		if !errors.Is(err, diskcache.ErrTagNotSet) || !strings.HasSuffix(err.Error(), "has no tag, and 2 of 3 methods under root have one: its object joined the tree after SetTag, so call SetTag again") {
			t.Errorf("%s of a tree with a new object: %v", name, err)
		}
	}
	p.Stage = tagged
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	p.call(t)
	if _, err := dataelab.Export(canceled, p, path, diskcache.CopyOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled export: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a canceled export left something: %v", err)
	}
	// A damaged entry is left out and told.
	damaged, _ := filepath.Glob(filepath.Join(dir, "cacheA", "*.npy"))
	content, err := os.ReadFile(damaged[0])
	mustDo(t, err)
	content[len(content)-1] ^= 1
	mustDo(t, os.WriteFile(damaged[0], content, 0o600))
	report, err := dataelab.Export(ctx, p, path, diskcache.CopyOptions{})
	var leftOut *diskcache.EntriesError
	if !errors.As(err, &leftOut) || leftOut.Failed != 1 || report.Failed != 1 {
		t.Errorf("%+v, %v", report, err)
	}
	if report, err := dataelab.Import(ctx, p, path, diskcache.CopyOptions{}); err != nil || report.Kept == 0 {
		t.Errorf("%+v, %v", report, err)
	}
}
