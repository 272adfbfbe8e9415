package mapcache_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/mapcache"
)

func TestRetrieveOrRegister(t *testing.T) {
	m, _ := newManager(t, t.TempDir())
	if c, ok, err := mapcache.Retrieve[string, int](m, "c"); c != nil || ok || err != nil {
		t.Errorf("retrieved %v, %t, %v from an empty manager", c, ok, err)
	}
	first, err := mapcache.RetrieveOrRegister(m, "c", mapcache.Options[string, int]{Contents: map[string]int{"a": 1}})
	check(t, err)
	again, err := mapcache.RetrieveOrRegister(m, "C", mapcache.Options[string, int]{Contents: map[string]int{"b": 1}})
	check(t, err)
	if again != first || first.Len() != 1 {
		t.Error("RetrieveOrRegister made a second cache")
	}
	if c, ok, err := mapcache.Retrieve[string, int](m, "c"); c != first || !ok || err != nil {
		t.Errorf("retrieved %v, %t, %v", c, ok, err)
	}
	_, err = mapcache.Register(m, "C", mapcache.Options[string, int]{})
	wantError(t, err, mapcache.ErrRegistered, `mapcache: register C: the name is taken by the cache "c"`)

	var types *mapcache.TypeError
	_, ok, err := mapcache.Retrieve[string, float64](m, "c")
	if ok || !errors.As(err, &types) || types.Name != "c" {
		t.Errorf("retrieved as another type: %t, %v", ok, err)
	}
	wantError(t, err, nil, `the cache "c" is a mapcache.Cache[string,int], not a mapcache.Cache[string,float64]`)
	_, err = mapcache.RetrieveOrRegister(m, "c", mapcache.Options[int, int]{})
	if !errors.As(err, &types) {
		t.Errorf("registered as another type: %v", err)
	}

	var w sync.WaitGroup
	found := make([]*mapcache.Cache[int, int], 8)
	for i := range found {
		w.Go(func() { found[i], _ = mapcache.RetrieveOrRegister(m, "shared", mapcache.Options[int, int]{}) })
	}
	w.Wait()
	if found[0] == nil || slices.ContainsFunc(found, func(c *mapcache.Cache[int, int]) bool { return c != found[0] }) {
		t.Errorf("8 goroutines got %v", found)
	}
}

func TestNamesAndTypesThatCannotBeSaved(t *testing.T) {
	m, _ := newManager(t, t.TempDir())
	for _, name := range []string{"", "..", "a/b", `a\b`, "a\x00"} {
		_, err := mapcache.Register(m, name, mapcache.Options[string, int]{})
		wantError(t, err, diskcache.ErrName, "register")
		_, err = mapcache.Register(m, "c", mapcache.Options[string, int]{Dependents: []string{name}})
		wantError(t, err, diskcache.ErrName, "register c")
	}
	_, err := mapcache.Register(m, "c", mapcache.Options[string, func()]{})
	wantError(t, err, nil, "func()")
	_, err = mapcache.Register(m, "c", mapcache.Options[string, int]{Format: "pickle"})
	wantError(t, err, nil, `no format is named "pickle"`)
	_, err = mapcache.Register(m, "c", mapcache.Options[string, int]{Compress: "none such"})
	wantError(t, err, nil, "none such")
	register(t, m, "c", mapcache.Options[string, func()]{InMemory: true})

	_, err = mapcache.Register(&mapcache.Manager{Name: "a/b"}, "c", mapcache.Options[string, int]{})
	wantError(t, err, diskcache.ErrName, "the manager's name")
}

func TestDirectories(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{"": "maps-general", "night": "maps-night"} {
		m := &mapcache.Manager{Name: name, Dir: dir}
		c := register(t, m, "c", mapcache.Options[string, int]{})
		c.Set("a", 1)
		check(t, m.Close(t.Context()))
		if got, err := m.Directory(); err != nil || got != filepath.Join(dir, want) {
			t.Errorf("directory %s, %v", got, err)
		}
		if _, err := os.Stat(filepath.Join(dir, want, "c.gob")); err != nil {
			t.Error(err)
		}
	}
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CACHE_HOME", dir)
	t.Setenv("LocalAppData", dir)
	got, err := new(mapcache.Manager).Directory()
	functions, _ := new(diskcache.Cache).Directory()
	if err != nil || got != filepath.Join(functions, "maps-general") {
		t.Errorf("by default %s, %v; functions have %s", got, err, functions)
	}
}

func TestAllCaches(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	f := newFamily(t, dir, "a", "b>a", "c")
	var names []string
	for _, c := range f.manager.Caches() {
		names = append(names, c.Name())
	}
	order := []string{"b", "a", "c"}
	if !slices.Equal(names, order) {
		t.Errorf("caches %q, want %q", names, order)
	}
	if c, ok := f.manager.Lookup("B"); !ok || c.Name() != "b" {
		t.Errorf("looked up %v, %t", c, ok)
	}
	if c, ok := f.manager.Lookup("d"); ok || c != nil {
		t.Errorf("looked up %v, %t", c, ok)
	}
	check(t, f.manager.LoadAll(ctx))
	f.did()
	for _, c := range f.caches {
		c.Set("own", 1)
	}
	check(t, f.manager.SaveAll(ctx))
	check(t, f.manager.SaveAll(ctx)) // nothing has changed
	check(t, f.manager.ReloadAll(ctx))
	check(t, f.manager.DeleteAllSaved(ctx))
	want := slices.Concat(each("save", order...), each("load", order...), each("delete", order...))
	if got := f.did(); !slices.Equal(got, want) {
		t.Errorf("did %q, want %q", got, want)
	}
	check(t, f.manager.RebuildAll(ctx))
	if got := f.did(); !slices.Equal(got[:2], []string{"build b", "save b"}) || len(got) != 6 {
		t.Errorf("RebuildAll did %q", got)
	}
}

func TestDeregister(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	m, _ := newManager(t, dir)
	c := register(t, m, "c", mapcache.Options[string, int]{})
	c.Set("a", 1)
	check(t, m.Deregister(ctx, "c", "absent"))
	if _, ok := m.Lookup("c"); ok {
		t.Error("it is still there")
	}
	next := register(t, m, "c", mapcache.Options[string, int]{})
	if v, ok := next.Get("a"); v != 1 || !ok {
		t.Error("it was not saved")
	}
	c.Set("b", 2) // still a map
	if c.Len() != 2 {
		t.Errorf("%d entries", c.Len())
	}
}
