package diskcache_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/formats"
)

// asked is what a program got that called a function once.
type asked struct {
	outcome diskcache.Outcome
	events  *eventLog
}

// cacheIn is where programs keep results, and how.
type cacheIn struct {
	dir, format string
	formats     formats.Set
}

// ask calls a function of a result type, as a program of its own would.
func ask[T any](t *testing.T, in cacheIn, v T) asked {
	t.Helper()
	a := asked{events: &eventLog{}}
	c := &diskcache.Cache{Dir: in.dir, Format: in.format, Formats: in.formats, OnEvent: a.events.add, Durability: storage.Fast}
	f := diskcache.Wrap(c, "fit", func(context.Context, int) (T, error) { return v, nil })
	if _, err := f.Call(diskcache.WithOutcome(t.Context(), &a.outcome), 1); err != nil {
		t.Fatal(err)
	}
	return a
}

// changed is what the second program has to see.
func changed(t *testing.T, a asked) {
	t.Helper()
	if a.outcome.Why != diskcache.TypeChanged {
		t.Errorf("computed as it is %q: %s; want %q", a.outcome.Why, a.outcome.Reason, diskcache.TypeChanged)
	}
	for _, kind := range []diskcache.EventKind{diskcache.SetAside, diskcache.SaveFailed} {
		if e, found := a.events.find(kind); found {
			t.Errorf("%s: %s %v", e.Kind, e.Reason, e.Err)
		}
	}
}

// The types of a function have the same name in a record as others of that name, so
// each of these is one type that was changed.

func fitOld(t *testing.T, c cacheIn) {
	type Fit struct{ A, B float64 }
	ask(t, c, Fit{A: 1})
}

func fitGained(t *testing.T, c cacheIn) asked {
	type Fit struct{ A, B, C float64 }
	return ask(t, c, Fit{A: 1})
}

func fitLost(t *testing.T, c cacheIn) asked {
	type Fit struct{ A float64 }
	return ask(t, c, Fit{A: 1})
}

func fitOther(t *testing.T, c cacheIn) asked {
	type Fit struct {
		A float64
		B float32
	}
	return ask(t, c, Fit{A: 1})
}

func fitPointer(t *testing.T, c cacheIn) asked {
	type Fit struct{ A, B *float64 }
	return ask(t, c, Fit{})
}

func fitSlice(t *testing.T, c cacheIn) asked {
	type Fit []float64
	return ask(t, c, Fit{1})
}

func fitMoved(t *testing.T, c cacheIn) asked {
	type Fit struct{ B, A float64 }
	return ask(t, c, Fit{A: 1})
}

func fitTagged(t *testing.T, c cacheIn) asked {
	type Fit struct {
		A float64 `json:"a" yaml:"a"`
		B float64
	}
	return ask(t, c, Fit{A: 1})
}

func namesOld(t *testing.T, c cacheIn) {
	type Fit struct {
		A float64 `json:"x" npy:"x"`
		B float64 `json:"y" npy:"y"`
	}
	ask(t, c, []Fit{{1, 2}})
}

func namesExchanged(t *testing.T, c cacheIn) asked {
	type Fit struct {
		A float64 `json:"y" npy:"y"`
		B float64 `json:"x" npy:"x"`
	}
	return ask(t, c, []Fit{{1, 2}})
}

func arrayNamesOld(t *testing.T, c cacheIn) {
	type Fit struct {
		A []float64 `json:"x" npz:"x"`
		B []float64 `json:"y" npz:"y"`
	}
	ask(t, c, Fit{[]float64{1}, []float64{2}})
}

func arrayNamesExchanged(t *testing.T, c cacheIn) asked {
	type Fit struct {
		A []float64 `json:"y" npz:"y"`
		B []float64 `json:"x" npz:"x"`
	}
	return ask(t, c, Fit{[]float64{1}, []float64{2}})
}

func arraysOld(t *testing.T, c cacheIn) {
	type Fit struct{ A, B []float64 }
	ask(t, c, Fit{A: []float64{1}})
}

func arraysGained(t *testing.T, c cacheIn) asked {
	type Fit struct{ A, B, C []float64 }
	return ask(t, c, Fit{A: []float64{1}})
}

func arraysLost(t *testing.T, c cacheIn) asked {
	type Fit struct{ A []float64 }
	return ask(t, c, Fit{A: []float64{1}})
}

func arraysNot(t *testing.T, c cacheIn) asked { // which gob keeps
	type Fit struct {
		A, B []float64
		C    string
	}
	return ask(t, c, Fit{A: []float64{1}})
}

func rowsOld(t *testing.T, c cacheIn) {
	type Fit struct {
		A float64
		B string
	}
	ask(t, c, []Fit{{1, "a"}})
}

func rowsGained(t *testing.T, c cacheIn) asked {
	type Fit struct {
		A float64
		B string
		C int
	}
	return ask(t, c, []Fit{{1, "a", 2}})
}

func rowsOther(t *testing.T, c cacheIn) asked {
	type Fit struct {
		A float64
		B time.Duration
	}
	return ask(t, c, []Fit{{1, 2}})
}

func deepOld(t *testing.T, c cacheIn) {
	type Inner struct{ A int }
	type Fit struct{ Deep map[string][]*Inner }
	ask(t, c, Fit{map[string][]*Inner{"a": {{1}}}})
}

func deepGained(t *testing.T, c cacheIn) asked {
	type Inner struct{ A, B int }
	type Fit struct{ Deep map[string][]*Inner }
	return ask(t, c, Fit{map[string][]*Inner{"a": {{1, 2}}}})
}

func countsOld(t *testing.T, c cacheIn) {
	type Counts []int32
	ask(t, c, Counts{1, 2})
}

func countsWider(t *testing.T, c cacheIn) asked {
	type Counts []int64
	return ask(t, c, Counts{1, 2})
}

// TestTypeChanged: a result type of the same name that gained, lost or changed a field is
// another type. Nothing is damaged, nothing is set aside, nobody is warned.
func TestTypeChanged(t *testing.T) {
	for name, c := range map[string]struct {
		formats string // "-" for the one that serves
		old     func(*testing.T, cacheIn)
		now     func(*testing.T, cacheIn) asked
		fits    bool // what was stored is a value of the type as it is now
	}{
		"gained":               {"- json yaml gob.zst", fitOld, fitGained, false},
		"lost":                 {"- json yaml", fitOld, fitLost, false},
		"other number":         {"-", fitOld, fitOther, false},
		"other number, text":   {"json yaml", fitOld, fitOther, true},
		"pointers":             {"-", fitOld, fitPointer, false},
		"pointers, text":       {"json", fitOld, fitPointer, true},
		"another kind":         {"- json", fitOld, fitSlice, false},
		"arrays gained":        {"- json gob", arraysOld, arraysGained, false},
		"arrays lost":          {"- json", arraysOld, arraysLost, false},
		"no arrays any more":   {"-", arraysOld, arraysNot, false},
		"rows gained":          {"csv json npy gob", rowsOld, rowsGained, false},
		"rows changed":         {"csv gob npy", rowsOld, rowsOther, false},
		"deep":                 {"- json yaml", deepOld, deepGained, false},
		"named slice":          {"gob", countsOld, countsWider, false},
		"named slice, in full": {"- json", countsOld, countsWider, true},
		"tag, in its file":     {"json yaml", fitOld, fitTagged, false},
	} {
		for format := range strings.FieldsSeq(c.formats) {
			for _, record := range []string{"with its shape", "without"} {
				t.Run(fmt.Sprintf("%s/%s/%s", name, format, record), func(t *testing.T) {
					cache := cacheIn{dir: t.TempDir(), format: strings.TrimPrefix(format, "-")}
					c.old(t, cache)
					if record == "without" {
						if forgetShape(t, cache.dir); c.fits {
							if a := c.now(t, cache); a.outcome.Source != diskcache.FromDisk {
								t.Errorf("computed: %s", a.outcome.Reason)
							}
							return
						}
					}
					changed(t, c.now(t, cache))
					again := c.now(t, cache)
					if again.outcome.Source != diskcache.FromDisk {
						t.Errorf("the next program computes too: %s", again.outcome.Reason)
					}
				})
			}
		}
	}
}

// TestTypeSame: what a file keeps as it is need not be computed.
func TestTypeSame(t *testing.T) {
	for name, c := range map[string]struct {
		format string
		now    func(*testing.T, cacheIn) asked
	}{
		"fields in another order":       {"", fitMoved},
		"fields in another order, JSON": {"json", fitMoved},
		"tags that the format ignores":  {"", fitTagged},
	} {
		cache := cacheIn{dir: t.TempDir(), format: c.format}
		fitOld(t, cache)
		if a := c.now(t, cache); a.outcome.Source != diskcache.FromDisk {
			t.Errorf("%s: computed: %s", name, a.outcome.Reason)
		}
	}
}

// TestNamesExchanged: two fields that exchange their names in the file are not read from each other's place.
func TestNamesExchanged(t *testing.T) {
	for _, format := range []string{"json", "yaml", "csv", "npy", "npy.zst"} {
		in := cacheIn{dir: t.TempDir(), format: format}
		namesOld(t, in)
		changed(t, namesExchanged(t, in))
	}
	for _, format := range []string{"", "json", "npz"} {
		in := cacheIn{dir: t.TempDir(), format: format}
		arrayNamesOld(t, in)
		changed(t, arrayNamesExchanged(t, in))
	}
	in := cacheIn{dir: t.TempDir(), format: "gob"} // has no names but those of Go
	namesOld(t, in)
	if a := namesExchanged(t, in); a.outcome.Source != diskcache.FromDisk {
		t.Errorf("computed: %s", a.outcome.Reason)
	}
}

// TestTypeChangedUnnoticed: a format that reads what is there and leaves the rest at zero
// would give a value that was never computed.
func TestTypeChangedUnnoticed(t *testing.T) {
	dir := t.TempDir()
	lenient := func() cacheIn { return cacheIn{dir: dir, formats: formats.Set{}.With(lenientJSON{})} }
	fitOld(t, lenient())
	changed(t, fitGained(t, lenient()))
	fitOld(t, lenient())
	changed(t, fitLost(t, lenient()))
}

// lenientJSON is a format as users write it.
type lenientJSON struct{}

func (lenientJSON) Name() string { return "lenient" }
func (lenientJSON) Ext() string  { return "json" }
func (lenientJSON) Accepts(t reflect.Type) error {
	if t.Kind() != reflect.Struct {
		return errors.New("structs only")
	}
	return nil
}
func (lenientJSON) Encode(w io.Writer, v any) (formats.Info, error) {
	return formats.Info{}, json.NewEncoder(w).Encode(v)
}
func (lenientJSON) Decode(src formats.Source, dst any) error {
	return json.NewDecoder(src).Decode(dst)
}

// forgetShape makes the record of a cache's only entry one that says nothing of it.
func forgetShape(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, ".dataelab", "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	for i, line := range lines {
		if strings.Contains(line, `"go_shape"`) {
			lines = append(lines[:i], lines[i+1:]...)
			break
		}
	}
	body, _, _ := strings.Cut(strings.Join(lines, ""), "\n \"check\": ")
	if err := os.WriteFile(files[0], diskcache.Seal([]byte(body)), 0o600); err != nil {
		t.Fatal(err)
	}
}
