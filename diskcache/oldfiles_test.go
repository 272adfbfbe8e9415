package diskcache_test

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"testing"
)

// oldFiles is a tag's directory as release 1 of the layout writes it.
const oldFiles = "testdata/layout1"

// oldEntry executes one of the methods of oldFiles, in a fresh copy of it or, to
// make it, in the original.
func oldEntry[T any](tb testing.TB, tmpdir, method string, value T, args ...any) {
	tb.Helper()
	c, _ := newCacherNamed[T](tb, tmpdir, "root.A."+method)
	got, err := c.Execute(tb.Context(), func(context.Context) (T, error) {
		if !*update {
			tb.Errorf("%s: computed, although it was stored", method)
		}
		return value, nil
	}, args...)
	if err != nil || !reflect.DeepEqual(got, value) {
		tb.Errorf("%s: got %#v, %v, want %#v", method, got, err, value)
	}
	if s := c.Stats(); s.SetAside > 0 {
		tb.Errorf("%s: taken for damaged", method)
	}
}

func oldEntries(tb testing.TB, tmpdir string) {
	tb.Helper()
	oldEntry(tb, tmpdir, "floats", []float64{1, -2.5, 3e300})
	oldEntry(tb, tmpdir, "floats", []float64{4}, 512, "hann", []float64{0.5}, goldenPoint{1, 2})
	oldEntry(tb, tmpdir, "rows", [][]int32{{1, 2, 3}, {4, 5, 6}})
	oldEntry(tb, tmpdir, "none", []complex128(nil))
	oldEntry(tb, tmpdir, "object", resultPlain{"x", [][]float64{{1}, nil, {}}, map[string]*resultPlain{"a": nil, "b": {}}})
	oldEntry(tb, tmpdir, "text", "text")
}

// Entries of earlier releases are found and read by every later one. The files
// of testdata/layout1 must never be made anew; where the layout of records is
// raised, testdata/layout2 comes beside it.
func TestOldFiles(t *testing.T) {
	if _, err := os.Stat(oldFiles); err != nil && *update {
		makeOldFiles(t)
	}
	tmpdir := t.TempDir()
	if err := os.CopyFS(tmpdir, os.DirFS(oldFiles)); err != nil {
		t.Fatal(err)
	}
	d := disk{t, tmpdir, filepath.Join(tmpdir, "cache"+testTag)}
	before := d.list()
	oldEntries(t, tmpdir)
	if after := d.list(); len(before) != 12 || !reflect.DeepEqual(before, after) {
		t.Errorf("files %q, before %q", after, before)
	}
	d.checkConsistent()
}

func makeOldFiles(t *testing.T) {
	t.Helper()
	d := newDisk(t)
	oldEntries(t, d.tmpdir)
	private := regexp.MustCompile(`"(host|process|program)": ("[^"]*"|\d+)`)
	for _, name := range d.list() {
		if filepath.Ext(name) == ".json" { // where it was made is nobody's business
			path := filepath.Join(d.tag, name)
			d.write(path, resealed(private.ReplaceAllStringFunc(string(d.read(path)), func(field string) string {
				if field[1] == 'p' && field[4] == 'c' {
					return `"process": 1`
				}
				return private.ReplaceAllString(field, `"$1": "some $1"`)
			})))
		}
	}
	d.remove(filepath.Join(d.tag, ".dataelab", "locks"))
	d.remove(filepath.Join(d.tag, ".dataelab", "work"))
	if err := os.CopyFS(oldFiles, os.DirFS(d.tmpdir)); err != nil {
		t.Fatal(err)
	}
}
