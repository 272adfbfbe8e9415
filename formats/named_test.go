package formats_test

import (
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/formats"
)

func namesOf(fs []formats.Format) []string {
	var list []string
	for _, f := range fs {
		list = append(list, f.Name())
	}
	return list
}

// A format that must be named serves no type by itself.
func TestWithNamed(t *testing.T) {
	set := formats.Set{}.WithNamed(note("a"))
	typ := reflect.TypeFor[fit]()
	if fs, err := set.For(typ); err != nil || slices.Contains(namesOf(fs), "a") {
		t.Errorf("For: %q, %v", namesOf(fs), err)
	}
	if fs, err := set.Named("a", typ); err != nil || !slices.Equal(namesOf(fs), []string{"a", "gob"}) {
		t.Errorf("Named: %q, %v, want a and then what serves the type by itself", namesOf(fs), err)
	}
	if fs, err := set.Named("a.zst", typ); err != nil || namesOf(fs)[0] != "a.zst" {
		t.Errorf("compressed: %q, %v", namesOf(fs), err)
	}
	path := filepath.Join(t.TempDir(), "x.a")
	if err := set.WriteFile(path, fit{Frequency: 2}); err != nil {
		t.Fatal(err)
	}
	var got fit
	if err := set.ReadFile(path, &got); err != nil || got.Frequency != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestNamedRefuses(t *testing.T) {
	_, err := formats.Set{}.Named("npy", reflect.TypeFor[map[string]int]())
	var refused *formats.TypeError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "map[string]int") {
		t.Errorf("a map as npy: %v", err)
	}
	if _, err := (formats.Set{}).Named("tiff", reflect.TypeFor[int]()); err == nil || !strings.Contains(err.Error(), "tiff") {
		t.Errorf("an unknown name: %v", err)
	}
}

func TestOnly(t *testing.T) {
	gob, err := formats.Set{}.ByName("gob")
	if err != nil {
		t.Fatal(err)
	}
	set := formats.Set{}.With(formats.Only[[]float64](gob))
	if fs, err := set.For(reflect.TypeFor[[]float64]()); err != nil || namesOf(fs)[0] != "gob" {
		t.Errorf("[]float64 goes to %q, %v", namesOf(fs), err)
	}
	if fs, err := set.For(reflect.TypeFor[[]float32]()); err != nil || namesOf(fs)[0] != "npy" {
		t.Errorf("[]float32 goes to %q, %v", namesOf(fs), err)
	}
}

// Without Parquet a table is refused with the line to add, unless another format is named.
func TestTablesNeedAnImport(t *testing.T) {
	typ := reflect.TypeFor[[]fit]()
	_, err := formats.Set{}.For(typ)
	var refused *formats.TypeError
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), `import _ "github.com/dataelab/dataelab-go/formats/parquet"`) {
		t.Errorf("got %v", err)
	}
	type typo struct {
		Name string `parquet:"name,dictionary"`
	}
	if _, err := (formats.Set{}).For(reflect.TypeFor[[]typo]()); err == nil || !strings.Contains(err.Error(), "dictionary") {
		t.Errorf("a mistake in a tag: %v", err)
	}
	if fs, err := (formats.Set{}).Named("gob", typ); err != nil || namesOf(fs)[0] != "gob" {
		t.Errorf("gob by name: %q, %v", namesOf(fs), err)
	}
	own := formats.Func[[]fit]("own", "own", nil, nil)
	if fs, err := (formats.Set{}).With(own).For(typ); err != nil || namesOf(fs)[0] != "own" {
		t.Errorf("a format of one's own: %q, %v", namesOf(fs), err)
	}
	if _, err := (formats.Set{}).ByName("feather"); err == nil || !strings.Contains(err.Error(), "formats/parquet") {
		t.Errorf("feather: %v", err)
	}
}
