package diskcache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// tryTag gives a new cacher its tag with the options of a struct tag.
func tryTag[T any](tb testing.TB, structTag string) error {
	tb.Helper()
	field, err := diskcache.ParseFieldOptions(structTag)
	if err != nil {
		tb.Fatal(err)
	}
	c := new(diskcache.DiskCacher[T])
	if err := c.SetTmpdir(tb.TempDir()); err != nil {
		tb.Fatal(err)
	}
	return diskcache.BindAll(testTag, []diskcache.Binding{{Cacher: c, Name: "root.A.method", Field: &field}}, diskcache.Observer{})
}

// visible returns the names of the value files in a tmpdir.
func visible(tb testing.TB, tmpdir string) []string {
	tb.Helper()
	paths, err := filepath.Glob(filepath.Join(tmpdir, "cache"+testTag, "root*"))
	if err != nil {
		tb.Fatal(err)
	}
	for i := range paths {
		paths[i] = filepath.Base(paths[i])
	}
	return paths
}

// The files of a method follow its struct tag; what is stored already stays good
// when the tag changes, and gives way when the value is computed anew.
func TestFormatOfAMethod(t *testing.T) {
	dir := t.TempDir()
	f := &counted[[]float64]{value: []float64{1, 2, 3}}
	for _, step := range []struct{ structTag, file, refreshed string }{
		{"", "npy", "npy"},
		{",compress=zstd", "npy", "npy.zst"},
		{",format=gob", "npy.zst", "gob"}, // Named keeps the formats that serve the type
		{",format=npy", "gob", "npy"},
		{",format=gob.zst", "npy", "gob.zst"},
		{",format=gob,compress=zstd", "gob.zst", "gob.zst"},
	} {
		c, _ := bindField[[]float64](t, dir, step.structTag)
		if got := mustExecute(t, c, f.compute); !reflect.DeepEqual(got, f.value) {
			t.Errorf("%q: %v", step.structTag, got)
		}
		if got, want := visible(t, dir), []string{"root.A.method." + step.file}; !slices.Equal(got, want) {
			t.Errorf("%q: found %q, want %q", step.structTag, got, want)
		}
		if _, err := c.Refresh(t.Context(), f.compute); err != nil {
			t.Fatal(err)
		}
		if got, want := visible(t, dir), []string{"root.A.method." + step.refreshed}; !slices.Equal(got, want) {
			t.Errorf("%q refreshed: found %q, want %q", step.structTag, got, want)
		}
	}
	if f.runs != 1+6 {
		t.Errorf("computed %d times, want once and at each Refresh", f.runs)
	}
}

// A value that the chosen format does not hold is kept in another one, rather than lost.
func TestValueThatTheChosenFormatRefuses(t *testing.T) {
	dir := t.TempDir()
	f := &counted[[][]float64]{value: [][]float64{{1}, {2, 3}}}
	for range 2 {
		c, _ := bindField[[][]float64](t, dir, ",format=npy,compress=zstd")
		if got := mustExecute(t, c, f.compute); !reflect.DeepEqual(got, f.value) {
			t.Errorf("got %v", got)
		}
	}
	if got := visible(t, dir); f.runs != 1 || !slices.Equal(got, []string{"root.A.method.gob.zst"}) {
		t.Errorf("computed %d times, kept in %q", f.runs, got)
	}
}

func TestChoicesThatCannotBe(t *testing.T) {
	type row struct{ Seq int }
	for _, c := range []struct {
		err  error
		want []string
	}{
		{tryTag[[]float64](t, ",format=tiff"), []string{`"tiff"`, "npy, npz, gob"}},
		{tryTag[map[string]int](t, ",format=npy"), []string{"map[string]int"}},
		{tryTag[[]float64](t, ",compress=rar"), []string{`"rar"`, "zstd"}},
		{tryTag[[]float64](t, ",format=parquet"), []string{`"parquet"`, `import _ "github.com/dataelab/dataelab-go/formats/parquet"`}},
		{tryTag[[]row](t, ""), []string{"table", `import _ "github.com/dataelab/dataelab-go/formats/parquet"`, "format=gob"}},
		{tryTag[[]row](t, ",format=gob"), nil},
		{tryTag[map[string]int](t, ",mmap"), []string{"mmap", ".gob"}},
		{tryTag[[]bool](t, ",mmap"), []string{"mmap", "bool"}},
	} {
		switch {
		case c.want == nil && c.err != nil:
			t.Errorf("unexpected %v", c.err)
		case c.want != nil && c.err == nil:
			t.Errorf("no error, want one with %q", c.want)
		}
		for _, w := range c.want {
			if c.err != nil && !strings.Contains(c.err.Error(), w) {
				t.Errorf("%v\ndoes not tell %s", c.err, w)
			}
		}
	}
}

// ClearCache and the check for damage know the compressed files, too.
func TestCompressedFilesAreWatched(t *testing.T) {
	dir := t.TempDir()
	f := &counted[[]float64]{value: make([]float64, 1<<18)}
	c, _ := bindField[[]float64](t, dir, ",compress=zstd")
	mustExecute(t, c, f.compute)
	path := filepath.Join(dir, "cache"+testTag, "root.A.method.npy.zst")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	c, log := bindField[[]float64](t, dir, ",compress=zstd")
	mustExecute(t, c, f.compute)
	if _, ok := log.find(diskcache.SetAside); !ok || f.runs != 2 {
		t.Errorf("computed %d times, set aside: %v", f.runs, ok)
	}
	if err := c.ClearCache(); err != nil {
		t.Fatal(err)
	}
	if got := visible(t, dir); len(got) > 0 {
		t.Errorf("after ClearCache there is %q", got)
	}
}

// A large compressed array is decoded from the file as it is verified.
func TestLargeCompressedArray(t *testing.T) {
	dir := t.TempDir()
	value := make([]float64, 1<<20)
	for i := range value {
		value[i] = float64(i*i%1000003) / 7 // compresses badly
	}
	f := &counted[[]float64]{value: value}
	for range 2 {
		c, _ := bindField[[]float64](t, dir, ",compress=zstd")
		if got := mustExecute(t, c, f.compute); !reflect.DeepEqual(got, value) {
			t.Error("another value")
		}
	}
	if f.runs != 1 {
		t.Errorf("computed %d times", f.runs)
	}
	const script = `
import sys, io, numpy as np, zstandard
with zstandard.open(sys.argv[1], "rb") as f:
    print(np.load(io.BytesIO(f.read()))[999])`
	if got := pythontest.Find(t).Run(t, script, filepath.Join(dir, "cache"+testTag, "root.A.method.npy.zst")); got != "142571.57142857142" {
		t.Errorf("Python says %s, want %v", got, value[999])
	}
}

// A death after a save in a new format can leave the value in the old one. When the
// new one is damaged later, the old one must not count as a file of another program.
func TestOldNeighborOfADamagedValue(t *testing.T) {
	dir := t.TempDir()
	f := &counted[[]float64]{value: []float64{1}}
	c, _ := bindField[[]float64](t, dir, "")
	mustExecute(t, c, f.compute)
	at := filepath.Join(dir, "cache"+testTag, "root.A.method")
	old, err := os.ReadFile(at + ".npy")
	if err != nil {
		t.Fatal(err)
	}
	f.value = []float64{2}
	c, _ = bindField[[]float64](t, dir, ",format=json")
	if _, err := c.Refresh(t.Context(), f.compute); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(at+".npy", old, 0o600), os.WriteFile(at+".json", []byte("[3.0]\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	failed := errors.New("no frames")
	for range 2 {
		c, _ = bindField[[]float64](t, dir, ",format=json")
		got, err := c.Execute(t.Context(), func(context.Context) ([]float64, error) { return nil, failed })
		if !errors.Is(err, failed) {
			t.Errorf("got %v, %v, want the error of the computation", got, err)
		}
	}
}
