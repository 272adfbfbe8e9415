package diskcache_test

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/formats"
)

// TestFunctionInEveryFormat stores results in each format of the set that takes
// one of a few types: the file has the format's extension and a value that comes
// back equal.
func TestFunctionInEveryFormat(t *testing.T) {
	type summary struct {
		Name   string
		Median float64
	}
	served := map[string]bool{}
	for _, f := range (formats.Set{}).All() {
		inFormat(t, f, []float64{1, 2.5}, served)
		inFormat(t, f, map[string][]float64{"x": {1, 2}, "y": {3, 4}}, served)
		inFormat(t, f, summary{"seeing", 0.9}, served)
		inFormat(t, f, []summary{{"seeing", 0.9}, {"wind", 7}}, served)
		if !served[f.Name()] {
			t.Errorf("no type of this test goes into %s", f.Name())
		}
	}
}

func inFormat[T any](t *testing.T, f formats.Format, value T, served map[string]bool) {
	t.Helper()
	if f.Accepts(reflect.TypeFor[T]()) != nil {
		return
	}
	served[f.Name()] = true
	dir := t.TempDir()
	calls := 0
	for range 2 {
		cache := diskcache.Cache{Dir: dir, Format: f.Name()}
		get := diskcache.Wrap(&cache, "get", diskcache.Plain(func(int) T { calls++; return value }))
		if got := mustCall(t, get, 5); !reflect.DeepEqual(got, value) {
			t.Errorf("%s: %v came back as %v", f.Name(), value, got)
		}
	}
	names := filesIn(t, dir)
	if calls != 1 || len(names) != 1 || !strings.HasPrefix(names[0], "get-") || !strings.HasSuffix(names[0], "."+f.Ext()) {
		t.Errorf("%s: %d calls, files %v", f.Name(), calls, names)
	}
}

// A format of the user's own, made of two functions, serves where it is named.
func TestFunctionInOwnFormat(t *testing.T) {
	type star struct{ Name string }
	own := formats.Func("starfile", "star",
		func(w io.Writer, s star) error { return json.NewEncoder(w).Encode(s) },
		func(r io.Reader) (s star, err error) { err = json.NewDecoder(r).Decode(&s); return s, err })
	dir := t.TempDir()
	calls := 0
	for range 2 {
		cache := diskcache.Cache{Dir: dir, Formats: formats.Set{}.WithNamed(own)}
		f := diskcache.Wrap(&cache, "find", diskcache.Plain(func(name string) star { calls++; return star{name} }), diskcache.FuncOptions{Format: "starfile"})
		if got := mustCall(t, f, "Vega"); got.Name != "Vega" {
			t.Errorf("got %v", got)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "find-*.star"))
	if err != nil || len(files) != 1 || calls != 1 {
		t.Fatalf("%v, %v, %d calls", files, err, calls)
	}
	if text, err := os.ReadFile(files[0]); string(text) != "{\"Name\":\"Vega\"}\n" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

// What people read is what they expect.
func TestFunctionForPeople(t *testing.T) {
	type star struct {
		Name      string
		Magnitude float64
	}
	for format, want := range map[string]string{
		"json": "[\n  {\n    \"Name\": \"Vega\",\n    \"Magnitude\": 0.03\n  }\n]\n",
		"yaml": "- Name: Vega\n  Magnitude: 0.03\n",
		"csv":  "Name,Magnitude\nVega,0.03\n",
	} {
		dir := t.TempDir()
		cache := diskcache.Cache{Dir: dir, Format: format}
		stars := diskcache.Wrap(&cache, "stars", diskcache.Plain(func(diskcache.None) []star { return []star{{"Vega", 0.03}} }))
		mustCall(t, stars, diskcache.None{})
		if text, err := os.ReadFile(filepath.Join(dir, "stars."+format)); string(text) != want || err != nil {
			t.Errorf("%s: %q, %v", format, text, err)
		}
	}
}
