package mapcache_test

import (
	"context"
	"maps"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache/mapcache"
)

func TestLikeAMap(t *testing.T) {
	m, _ := newManager(t, t.TempDir())
	c := register(t, m, "c", mapcache.Options[string, int]{})
	if v, ok := c.Get("a"); v != 0 || ok {
		t.Errorf("empty cache has %d, %t", v, ok)
	}
	c.Set("a", 1)
	c.Set("b", 2)
	c.Set("a", 3)
	if v, ok := c.Get("a"); v != 3 || !ok || c.Len() != 2 {
		t.Errorf("got %d, %t of %d entries, want 3, true of 2", v, ok, c.Len())
	}
	if !c.Delete("b") || c.Delete("b") {
		t.Error("Delete says whether there was an entry")
	}
	c.Set("z", 26)
	if keys := slices.Sorted(c.Keys()); !slices.Equal(keys, []string{"a", "z"}) {
		t.Errorf("keys %q", keys)
	}
	if values := slices.Sorted(c.Values()); !slices.Equal(values, []int{3, 26}) {
		t.Errorf("values %d", values)
	}
	c.Clear()
	if c.Len() != 0 {
		t.Errorf("%d entries after Clear", c.Len())
	}
}

func TestUpdate(t *testing.T) {
	m, _ := newManager(t, t.TempDir())
	c := register(t, m, "c", mapcache.Options[string, int]{})
	add := func(old int, _ bool) (int, bool) { return old + 1, true }
	var w sync.WaitGroup
	for range 8 {
		w.Go(func() {
			for range 1000 {
				c.Update("n", add)
			}
		})
	}
	w.Wait()
	if n, _ := c.Get("n"); n != 8000 {
		t.Errorf("8 goroutines counted to %d, want 8000", n)
	}
	c.Update("n", func(old int, ok bool) (int, bool) {
		if old != 8000 || !ok {
			t.Errorf("Update sees %d, %t", old, ok)
		}
		return 0, false
	})
	c.Update("absent", func(_ int, ok bool) (int, bool) { return 0, ok })
	if c.Len() != 0 {
		t.Errorf("%d entries left", c.Len())
	}
	func() {
		defer func() { _ = recover() }()
		c.Update("n", func(int, bool) (int, bool) { panic("f") })
	}()
	c.Set("n", 1) // the lock is free
	if n, _ := c.Get("n"); n != 1 {
		t.Errorf("n is %d after a panic in Update", n)
	}
}

func TestKeysThatCannotBeFound(t *testing.T) {
	m, _ := newManager(t, t.TempDir())
	floats := register(t, m, "floats", mapcache.Options[float64, int]{InMemory: true})
	floats.Set(math.NaN(), 1)
	floats.Update(math.NaN(), func(int, bool) (int, bool) { return 1, true })
	if floats.Len() != 0 {
		t.Errorf("%d entries with NaN as key", floats.Len())
	}
	values := register(t, m, "anything", mapcache.Options[any, int]{InMemory: true})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a key that cannot be compared is no panic, as with a map")
			}
		}()
		values.Set([]int{1}, 1)
	}()
	values.Set("a", 1) // the lock is free
	if values.Len() != 1 {
		t.Errorf("%d entries", values.Len())
	}
}

// TestNaNAmongGivenKeys has maps with NaN as key from all sources that there are.
func TestNaNAmongGivenKeys(t *testing.T) {
	withNaN := func() map[float64]int { return map[float64]int{math.NaN(): 1, 2: 2} }
	withNaNMore := map[float64]int{math.NaN(): 1, math.Inf(1): 3}
	withNaNMore[math.NaN()] = 4
	for _, format := range []string{"gob", "csv"} {
		for name, o := range map[string]mapcache.Options[float64, int]{
			"Contents": {Contents: withNaN()},
			"Build": {Hooks: mapcache.Hooks[float64, int]{
				Build: func(context.Context, string) (map[float64]int, error) { return withNaN(), nil },
			}},
			"Load": {Hooks: mapcache.Hooks[float64, int]{
				Load: func(context.Context, string) (map[float64]int, bool, error) { return withNaN(), true, nil },
			}},
			"Prepare": {Contents: map[float64]int{2: 2}, Hooks: mapcache.Hooks[float64, int]{
				Prepare: func(contents map[float64]int) (map[float64]int, error) {
					maps.Copy(contents, withNaNMore)
					delete(contents, math.Inf(1))
					return contents, nil
				},
			}},
		} {
			if format == "csv" && name == "Prepare" { // such rows are an error, see TestRowsThatDoNotComeBack
				continue
			}
			t.Run(format+" "+name, func(t *testing.T) {
				dir := t.TempDir()
				o.Format = format
				m, _ := newManager(t, dir)
				c := register(t, m, "c", o)
				want := map[float64]int{2: 2}
				if got := collect(c); !maps.Equal(got, want) || c.Len() != 1 {
					t.Errorf("the cache has %v, Len is %d, want %v", got, c.Len(), want)
				}
				c.Set(2, 2)
				check(t, m.Close(t.Context()))
				if got := saved(t, dir, "c", mapcache.Options[float64, int]{Format: format}); !maps.Equal(got, want) {
					t.Errorf("the next process has %v, want %v", got, want)
				}
			})
		}
	}
}

// TestNilMaps has hooks and files that give nil in place of an empty map.
func TestNilMaps(t *testing.T) {
	type hooks = mapcache.Hooks[string, int]
	for name, h := range map[string]hooks{
		"Build":   {Build: func(context.Context, string) (map[string]int, error) { return nil, nil }},
		"Load":    {Load: func(context.Context, string) (map[string]int, bool, error) { return nil, true, nil }},
		"Finish":  {Finish: func(map[string]int) (map[string]int, error) { return nil, nil }},
		"Prepare": {Prepare: func(map[string]int) (map[string]int, error) { return nil, nil }},
	} {
		for _, format := range []string{"gob", "json", "csv"} {
			t.Run(name+" "+format, func(t *testing.T) {
				dir := t.TempDir()
				for range 2 { // also from the file
					m, _ := newManager(t, dir)
					c := register(t, m, "c", mapcache.Options[string, int]{Format: format, Hooks: h})
					check(t, c.Load(t.Context()))
					if c.Len() != 0 {
						t.Errorf("there is %v", collect(c))
					}
					c.Set("a", 1)
					if v, ok := c.Get("a"); v != 1 || !ok {
						t.Errorf("got %d, %t", v, ok)
					}
					c.Clear()
					check(t, m.Close(t.Context()))
				}
			})
		}
	}
}

// TestLoopSeesOneInstant changes a cache from inside of loops over it.
func TestLoopSeesOneInstant(t *testing.T) {
	m, _ := newManager(t, t.TempDir())
	c := register(t, m, "c", mapcache.Options[int, int]{Contents: map[int]int{0: 0, 1: 1, 2: 2}})
	want := collect(c)
	seen := map[int]int{}
	for k, v := range c.All() {
		seen[k] = v
		for inner := range c.All() {
			c.Set(inner+10, v)
			c.Delete(k)
			break
		}
	}
	if !maps.Equal(seen, want) {
		t.Errorf("the loop saw %v, want %v", seen, want)
	}
	for k := range want {
		if _, ok := c.Get(k); ok {
			t.Errorf("%d was deleted in the loop and is still there", k)
		}
	}
	if got := len(collect(c)); got != c.Len() {
		t.Errorf("Len %d, but %d entries", c.Len(), got)
	}
}

func TestSavedAndLoaded(t *testing.T) {
	for _, format := range []string{"", "gob", "json", "csv", "yaml"} {
		t.Run("format "+format, func(t *testing.T) {
			dir := t.TempDir()
			o := mapcache.Options[string, float64]{Format: format, Rules: manually()}
			m, _ := newManager(t, dir)
			c := register(t, m, "c", o)
			c.Set("a", 0.1)
			c.Set("b, \"quoted\"\n", math.Inf(-1))
			c.Set("", math.Copysign(0, -1))
			check(t, c.Save(t.Context()))
			c.Set("later", 1)
			got := saved(t, dir, "c", o)
			want := map[string]float64{"a": 0.1, "b, \"quoted\"\n": math.Inf(-1), "": 0}
			if !maps.Equal(got, want) || !math.Signbit(got[""]) {
				t.Errorf("loaded %v, want %v with -0", got, want)
			}
			check(t, m.Close(t.Context()))
			if got := saved(t, dir, "c", o); len(got) != 4 {
				t.Errorf("after Close there is %v", got)
			}
		})
	}
}

func TestInMemory(t *testing.T) {
	dir := t.TempDir()
	m, _ := newManager(t, dir)
	c := register(t, m, "c", mapcache.Options[string, int]{InMemory: true, Contents: map[string]int{"a": 1}})
	check(t, c.Save(t.Context()))
	check(t, m.Close(t.Context()))
	if got := saved(t, dir, "c", mapcache.Options[string, int]{}); len(got) != 0 {
		t.Errorf("a cache in memory was saved: %v", got)
	}
	if v, ok := c.Get("a"); v != 1 || !ok {
		t.Errorf("after Close the cache has %d, %t", v, ok)
	}
}

func TestSkipEmpty(t *testing.T) {
	for _, skip := range []bool{false, true} {
		dir := t.TempDir()
		o := mapcache.Options[string, int]{SkipEmpty: skip}
		m, _ := newManager(t, dir)
		c := register(t, m, "c", o)
		c.Set("a", 1)
		check(t, c.Save(t.Context()))
		c.Clear()
		check(t, c.Save(t.Context()))
		want := 0
		if skip {
			want = 1
		}
		if got := saved(t, dir, "c", o); len(got) != want {
			t.Errorf("SkipEmpty %t: %v is saved, want %d entries", skip, got, want)
		}
	}
}

// TestContentsGiven has contents that come from neither file nor builder.
func TestContentsGiven(t *testing.T) {
	dir := t.TempDir()
	given := map[string]int{"a": 1}
	m, _ := newManager(t, dir)
	c := register(t, m, "c", mapcache.Options[string, int]{Contents: given, Rules: manually()})
	given["b"] = 2
	if got := collect(c); len(got) != 1 {
		t.Errorf("the cache shares the map it was given: %v", got)
	}
	check(t, m.Close(t.Context()))
	if got := saved(t, dir, "c", mapcache.Options[string, int]{}); got["a"] != 1 {
		t.Errorf("saved %v", got)
	}
}
