package diskcache_test

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

const anyText = `{
	"tag": "20240410_112233", "gain": 1.5, "count": 5, "ok": true, "none": null, "empty": [], "nothing": {},
	"list": [1, "two", [3, null], {"four": [{}]}], "nested": {"a": {"b": {"c": [0.1, 1e300, -0.0]}}}
}`

func fromJSON(tb testing.TB) (v any) {
	tb.Helper()
	if err := json.Unmarshal([]byte(anyText), &v); err != nil {
		tb.Fatal(err)
	}
	return v
}

func fromNumbers(tb testing.TB) (v any) {
	tb.Helper()
	d := json.NewDecoder(strings.NewReader(anyText))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		tb.Fatal(err)
	}
	return v
}

// fromYAML is what yaml.Unmarshal returns.
func fromYAML() any {
	return map[string]any{
		"tag": "LBTI", "gain": 1.5, "count": 5, "when": time.Date(2024, 4, 10, 11, 22, 33, 0, time.UTC),
		"list":      []any{1, "two", map[any]any{3: "four"}},
		"by number": map[any]any{1: "a", "x": "b", true: []any{"c"}, 1.5: map[string]any{}},
	}
}

type holdsAny struct {
	Name   string
	Header map[string]any
	Rows   []any
	Extra  any
}

// storesAny computes v once, by a method and by a function, and gets it from disk.
func storesAny[T any](t *testing.T, name, format string, v T) {
	t.Run(name+"/"+format, func(t *testing.T) {
		computed := 0
		compute := func(context.Context) (T, error) { computed++; return v, nil }
		check := func(got T, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, v) {
				t.Errorf("got %#v, want %#v", got, v)
			}
		}
		dir := t.TempDir()
		for range 2 { // the second one finds nothing in memory
			log := &eventLog{}
			cache := &diskcache.Cache{Dir: dir, Format: format, OnEvent: log.add, Durability: storage.Fast}
			f := diskcache.Wrap(cache, "read", func(ctx context.Context, _ any) (T, error) { return compute(ctx) })
			check(f.Call(t.Context(), any(v))) // an argument, too
			if e, failed := log.find(diskcache.SaveFailed); failed {
				t.Errorf("not stored: %v", e.Err)
			}
		}
		if computed != 1 {
			t.Errorf("the function was called %d times", computed)
		}
		computed = 0
		for range 2 {
			var c diskcache.DiskCacher[T]
			if err := c.SetOptions(diskcache.Options{Tmpdir: dir, Durability: storage.Fast}); err != nil {
				t.Fatal(err)
			}
			if err := diskcache.BindAll(testTag, []diskcache.Binding{{Cacher: &c, Name: "root.A.read", Field: &diskcache.FieldOptions{Format: format}}}, diskcache.Observer{}); err != nil {
				t.Fatal(err)
			}
			check(c.Execute(t.Context(), compute))
		}
		if computed != 1 {
			t.Errorf("the method computed %d times", computed)
		}
	})
}

// TestAnyValues: what json.Unmarshal and its like return is stored by default and by
// format=json and format=yaml, and comes back equal.
func TestAnyValues(t *testing.T) {
	for _, format := range []string{"", "json", "yaml", "gob", "json.zst"} {
		storesAny(t, "map", format, fromJSON(t).(map[string]any))
		storesAny(t, "list", format, fromJSON(t).(map[string]any)["list"].([]any))
		storesAny(t, "any", format, fromJSON(t))
		storesAny(t, "any nil", format, any(nil))
		storesAny(t, "any number", format, any(1.0))
		storesAny(t, "any list", format, any([]any(nil)))
		storesAny(t, "map nil", format, map[string]any(nil))
		storesAny(t, "maps", format, []map[string]any{fromJSON(t).(map[string]any), {}})
		storesAny(t, "numbers", format, fromNumbers(t))
		storesAny(t, "YAML", format, fromYAML())
		storesAny(t, "YAML map", format, fromYAML().(map[string]any))
		storesAny(t, "map of any", format, map[any]any{"a": 1.0, "b": []any{"c"}})
		storesAny(t, "map of numbers", format, map[any]any{1: "a", "1": "b", 1.5: nil})
		storesAny(t, "struct", format, holdsAny{"a", fromJSON(t).(map[string]any), []any{1.0, "b"}, fromJSON(t)})
		storesAny(t, "struct of numbers", format, &holdsAny{"a", map[string]any{"n": 5, "deep": []map[string]float64{{"x": 1}}}, nil, fromNumbers(t)})
	}
}
