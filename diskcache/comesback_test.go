package diskcache_test

import (
	"context"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// dropsField writes one of its two fields.
type dropsField struct{ A, B int }

func (f dropsField) MarshalBinary() ([]byte, error)     { return json.Marshal(f.A) }
func (f *dropsField) UnmarshalBinary(text []byte) error { return json.Unmarshal(text, &f.A) }

// secretive does the same with fields that nobody else sees.
type secretive struct {
	a int
	b []float64
}

func (s secretive) GobEncode() ([]byte, error)   { return json.Marshal(s.a) }
func (s *secretive) GobDecode(text []byte) error { return json.Unmarshal(text, &s.a) }

// worksOut keeps what it worked out, and says that it does not count.
type worksOut struct {
	n   int
	sum *int
}

func (l worksOut) GobEncode() ([]byte, error)   { return json.Marshal(l.n) }
func (l *worksOut) GobDecode(text []byte) error { return json.Unmarshal(text, &l.n) }
func (l worksOut) Equal(other worksOut) bool    { return l.n == other.n }

// inText and inJSON forget in the formats that people read.
type inText struct{ A, B int }

func (v inText) MarshalText() ([]byte, error)     { return json.Marshal(v.A) }
func (v *inText) UnmarshalText(text []byte) error { return json.Unmarshal(text, &v.A) }

type inJSON struct{ A, B int }

func (v inJSON) MarshalJSON() ([]byte, error)     { return json.Marshal(v.A) }
func (v *inJSON) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &v.A) }

func init() { gob.Register(dropsField{}) }

// checkSaved calls a function and wants to hear, in a file's words, why its result is
// not stored; "" for a result that is.
func checkSaved[T any](t *testing.T, name string, o diskcache.FuncOptions, set formats.Set, v T, want string) {
	t.Helper()
	log := &eventLog{}
	cache := &diskcache.Cache{Dir: t.TempDir(), Formats: set, OnEvent: log.add, Durability: storage.Fast}
	f := diskcache.Wrap(cache, "fit", func(context.Context, int) (T, error) { return v, nil }, o)
	got, err := f.Call(t.Context(), 1)
	if err != nil || !reflect.DeepEqual(got, v) {
		t.Errorf("%s: got %v, %v", name, got, err)
	}
	e, failed := log.find(diskcache.SaveFailed)
	switch {
	case want == "" && failed:
		t.Errorf("%s: not stored: %v", name, e.Err)
	case want != "" && (!failed || !strings.Contains(e.Err.Error(), want)):
		t.Errorf("%s: %v, want %s", name, e.Err, want)
	}
	if files := filesIn(t, cache.Dir); want != "" && len(files) > 0 {
		t.Errorf("%s: left %v", name, files)
	}
}

// TestComesBack: a value that its own methods, or a format of the user, would give back
// different is returned and not stored.
func TestComesBack(t *testing.T) {
	none, set := diskcache.FuncOptions{}, formats.Set{}
	one := 1
	checkSaved(t, "field", none, set, dropsField{1, 2}, "gob: a diskcache_test.dropsField does not come back equal: .B: want 2, got 0: write all of it, or give its type a method Equal, or set the option nocheck")
	checkSaved(t, "field of zero", none, set, dropsField{1, 0}, "")
	checkSaved(t, "without the check", diskcache.FuncOptions{NoCheck: true}, set, dropsField{1, 2}, "")
	checkSaved(t, "private field", none, set, &secretive{1, []float64{2}}, ".*.b: want a slice of length 1, got nil")
	checkSaved(t, "within", none, set, map[string][]*secretive{"a": {{1, nil}, {1, []float64{2}}}}, `["a"][1].*.b: want`)
	checkSaved(t, "key", none, set, map[dropsField]string{{1, 2}: "a"}, "comes back unequal")
	checkSaved(t, "in an interface", none, set, map[string]any{"a": []any{1, dropsField{1, 2}}}, `["a"][1].B: want 2, got 0`)
	checkSaved(t, "any", none, set, any(dropsField{1, 2}), ".B: want 2, got 0")
	checkSaved(t, "compressed", diskcache.FuncOptions{Compress: "zstd"}, set, dropsField{1, 2}, ".B: want 2, got 0")
	checkSaved(t, "copied", diskcache.FuncOptions{Copy: true}, set, struct{ A int }{1}, "")
	checkSaved(t, "what does not count", none, set, []worksOut{{1, &one}}, "")
	checkSaved(t, "in JSON", diskcache.FuncOptions{Format: "json"}, set, map[string]inJSON{"a": {1, 2}}, "") // gob keeps both fields
	checkSaved(t, "in text", diskcache.FuncOptions{Format: "yaml"}, set, []inText{{1, 2}}, "value[0]: diskcache_test.inText writes \"1\" and does not read the same value from it: .B: want 2, got 0")
	checkSaved(t, "URL of parts", none, set, &url.URL{Scheme: "https", Host: "x", Path: "a b"}, `.*.Path: want "a b", got "/a b"`)
	checkSaved(t, "URL", none, set, &url.URL{Scheme: "https", Host: "x", Path: "/a b", User: url.UserPassword("u", "p")}, "")
	big := mat.NewDense(3, 3, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9})
	checkSaved(t, "view of a matrix", none, set, struct {
		Name string
		M    *mat.Dense
	}{"a", big.Slice(0, 2, 1, 3).(*mat.Dense)}, "")
	checkSaved(t, "time", none, set, struct{ T []time.Time }{[]time.Time{time.Now()}}, "")
	checkSaved(t, "nil", none, set, (*secretive)(nil), "")

	lossy := formats.Func("lossy", "txt", func(w io.Writer, p goldenPoint) error {
		_, err := fmt.Fprintf(w, "%.3f %.3f\n", p.X, p.Y)
		return err
	}, func(r io.Reader) (p goldenPoint, err error) {
		_, err = fmt.Fscan(r, &p.X, &p.Y)
		return p, err
	})
	checkSaved(t, "format of a user", none, set.With(lossy), goldenPoint{0.1, 0.12345}, "lossy: a diskcache_test.goldenPoint does not come back equal: .Y: want 0.12345, got 0.123")
	checkSaved(t, "format of a user, exact", none, set.With(lossy), goldenPoint{0.1, 0.25}, "")
	checkSaved(t, "lenient format", none, set.With(lenientJSON{}), struct {
		A int
		B int `json:"-"`
	}{1, 2}, "lenient: a struct")
	rows := formats.Func("rows", "rows", func(w io.Writer, rows []int) error { return json.NewEncoder(w).Encode(rows) },
		func(r io.Reader) (rows []int, err error) {
			err = json.NewDecoder(r).Decode(&rows)
			return rows[:len(rows):len(rows)], err
		})
	checkSaved(t, "no rows", none, set.With(rows), []int{}, "")
	blind := formats.Func("blind", "txt", func(w io.Writer, n int) error { return nil }, func(r io.Reader) (int, error) { return 0, io.ErrUnexpectedEOF })
	checkSaved(t, "unreadable format", none, set.With(blind), 5, "blind: a int does not come back equal: unexpected EOF")
}

// TestNotCompared: values without methods of their own are not read again.
func TestNotCompared(t *testing.T) {
	if formats.MayDiffer(mustFormat(t, "gob"), map[string]any{"a": []any{1.0, time.Now(), map[string]any{}}}) {
		t.Error("plain values in interfaces are compared")
	}
	for _, name := range []string{"npy", "npz", "json", "yaml", "csv", "npy.zst"} {
		if formats.MayDiffer(mustFormat(t, name), dropsField{}) {
			t.Errorf("%s is not trusted", name)
		}
	}
	for _, v := range []any{1, []float64{1}, struct{ T time.Time }{}, goldenNested{}, &goldenNested{Extra: 1}, any(nil)} {
		if formats.MayDiffer(mustFormat(t, "gob.zst"), v) {
			t.Errorf("%#v is compared", v)
		}
	}
}

func mustFormat(t *testing.T, name string) formats.Format {
	t.Helper()
	f, err := formats.Set{}.ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestLongNotCompared leaves the check out for a file that is too long for it.
func TestLongNotCompared(t *testing.T) {
	raw := formats.Func("raw", "bin", func(w io.Writer, b []byte) error {
		_, err := w.Write(b[:len(b)-1])
		return err
	}, io.ReadAll)
	checkSaved(t, "short", diskcache.FuncOptions{}, formats.Set{}.With(raw), make([]byte, 100), "want a slice of length 100, got a slice of length 99")
	if !exhaustive.Run() {
		return
	}
	checkSaved(t, "long", diskcache.FuncOptions{}, formats.Set{}.With(raw), make([]byte, 64<<20+2), "")
}
