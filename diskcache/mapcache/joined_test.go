package mapcache_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache/mapcache"
)

func prepare(contents map[string]int) (map[string]int, error) { return contents, nil }

// finisher has a method that is a hook.
type finisher struct{ n int }

func (f *finisher) Finish(contents map[string]int) (map[string]int, error) { return contents, nil }
func (f *finisher) Other(contents map[string]int) (map[string]int, error)  { return contents, nil }

// stars is what a program has in a function, to get a cache wherever it is needed. It is small
// enough to be inlined.
func stars(m *mapcache.Manager) (*mapcache.Cache[string, int], error) {
	return mapcache.RetrieveOrRegister(m, "stars", mapcache.Options[string, int]{Hooks: mapcache.Hooks[string, int]{
		Prepare: func(contents map[string]int) (map[string]int, error) { return contents, nil },
	}})
}

// TestRetrievedWithOptions asks for a cache that is there, with options that it has and with
// others.
func TestRetrievedWithOptions(t *testing.T) {
	type options = mapcache.Options[string, int]
	type hooks = mapcache.Hooks[string, int]
	f, g := &finisher{1}, &finisher{2}
	registered := options{Version: "1", Compress: "zstd", Dependents: []string{"d"}, Contents: map[string]int{"a": 1}, Hooks: hooks{Build: buildOne, Prepare: prepare, Finish: f.Finish}}
	tests := []struct {
		name string
		o    options
		says string
	}{
		{"none", options{}, ""},
		{"the same", registered, ""},
		{"defaults", options{Format: "gob", Rules: mapcache.DefaultRules()}, ""},
		{"other contents", options{Contents: map[string]int{"b": 1}}, ""},
		{"a method of another value", options{Hooks: hooks{Finish: g.Finish}}, ""},
		{"another hook", options{Hooks: hooks{Build: func(context.Context, string) (map[string]int, error) { return nil, nil }}}, "another Hooks.Build:"},
		{"another method", options{Hooks: hooks{Finish: f.Other}}, "another Hooks.Finish:"},
		{"a hook where there is none", options{Hooks: hooks{Validate: func(map[string]int) error { return nil }}}, "another Hooks.Validate:"},
		{"another format and version", options{Format: "json", Version: "2"}, "another Format, Version:"},
		{"no rules", options{Rules: manually()}, "another Rules:"},
		{"in memory", options{InMemory: true}, "another InMemory:"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, _ := newManager(t, t.TempDir())
			first := register(t, m, "c", registered)
			c, err := mapcache.RetrieveOrRegister(m, "c", test.o)
			if test.says != "" {
				wantError(t, err, mapcache.ErrRegistered, "mapcache: register c: the name is taken by a cache with "+test.says)
				return
			}
			if c != first || err != nil {
				t.Errorf("got %p, %v, want %p", c, err, first)
			}
			if got := collect(c); !maps.Equal(got, map[string]int{"a": 1}) {
				t.Errorf("it has %v", got)
			}
		})
	}
	m, _ := newManager(t, t.TempDir())
	a, err := stars(m)
	check(t, err)
	if b, err := stars(m); a != b || err != nil {
		t.Errorf("from another place in the program: %v, %v", b, err)
	}
	_, err = mapcache.RetrieveOrRegister(m, "stars", options{Dependents: []string{"late"}})
	check(t, err)
	register(t, m, "late", options{})
	if got := a.Dependents(); !slices.Equal(got, []string{"late"}) {
		t.Errorf("dependents %q", got)
	}
}

// TestSaveForced saves what has not changed: a value was changed in place, a file went, a
// hook is to run.
func TestSaveForced(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	m, _ := newManager(t, dir)
	c := register(t, m, "c", mapcache.Options[string, []int]{Rules: manually(), Dependents: []string{"d"}})
	d := register(t, m, "d", mapcache.Options[string, []int]{Rules: manually()})
	for _, c := range []*mapcache.Cache[string, []int]{c, d} {
		c.Set("a", []int{1})
		check(t, c.Save(ctx))
		v, _ := c.Get("a")
		v[0] = 2
		check(t, c.Save(ctx, mapcache.Alone)) // knows of no change
	}
	stored := func(name string) int {
		v := saved(t, dir, name, mapcache.Options[string, []int]{})["a"]
		return v[0]
	}
	check(t, c.Save(ctx, mapcache.Alone, mapcache.Forced))
	if stored("c") != 2 || stored("d") != 1 {
		t.Errorf("saved alone %d and %d", stored("c"), stored("d"))
	}
	check(t, c.Save(ctx, mapcache.Forced))
	if stored("d") != 2 {
		t.Errorf("saved along %d", stored("d"))
	}

	// The example of CacheMan's README: the hook has the contents of the loader.
	var got []map[string]int
	hooked := register(t, m, "hooked", mapcache.Options[string, int]{Rules: manually(), Hooks: mapcache.Hooks[string, int]{
		Load: func(context.Context, string) (map[string]int, bool, error) {
			return map[string]int{"load": 1}, true, nil
		},
		Save: func(_ context.Context, _ string, contents map[string]int) error {
			got = append(got, contents)
			return nil
		},
	}})
	check(t, hooked.Save(ctx, mapcache.Forced))
	hooked.Set("new", 2)
	check(t, hooked.Save(ctx))
	if len(got) != 2 || !maps.Equal(got[0], map[string]int{"load": 1}) || !maps.Equal(got[1], map[string]int{"load": 1, "new": 2}) {
		t.Errorf("the hook got %v", got)
	}
}

// TestDeregisterAll takes out all caches of a manager that is used on.
func TestDeregisterAll(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	m, _ := newManager(t, dir)
	for _, name := range []string{"a", "b"} {
		register(t, m, name, mapcache.Options[string, int]{}).Set(name, 1)
	}
	check(t, m.DeregisterAll(ctx))
	if left := m.Caches(); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	for _, name := range []string{"a", "b"} {
		if got := collect(register(t, m, name, mapcache.Options[string, int]{})); !maps.Equal(got, map[string]int{name: 1}) {
			t.Errorf("%s was saved as %v", name, got)
		}
	}
}
