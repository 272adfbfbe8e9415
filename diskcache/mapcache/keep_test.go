package mapcache_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache/mapcache"
)

// faulty has hooks of which one fails, cancels or panics, as long as which names it.
type faulty struct {
	which  string
	panics bool
	stored map[string]int // with hooks that keep the contents
}

var errFaulty = errors.New("no telescope")

func (f *faulty) call(hook string) error {
	if hook != f.which {
		return nil
	}
	if f.panics {
		panic(errFaulty)
	}
	return errFaulty
}

func (f *faulty) options(builder, keepers bool) mapcache.Options[string, int] {
	o := mapcache.Options[string, int]{Rules: manually(), InMemory: keepers}
	o.Hooks = mapcache.Hooks[string, int]{
		Validate: func(map[string]int) error { return f.call("Validate") },
		Prepare:  func(contents map[string]int) (map[string]int, error) { return contents, f.call("Prepare") },
		Finish:   func(contents map[string]int) (map[string]int, error) { return contents, f.call("Finish") },
		Before:   func(_ context.Context, op mapcache.Op, _ string) error { return f.call("before " + op.String()) },
	}
	if builder {
		o.Hooks.Build = func(context.Context, string) (map[string]int, error) {
			return map[string]int{"built": 1}, f.call("Build")
		}
	}
	if keepers {
		o.Hooks.Load = func(context.Context, string) (map[string]int, bool, error) {
			return maps.Clone(f.stored), f.stored != nil, f.call("Load")
		}
		o.Hooks.Save = func(_ context.Context, _ string, contents map[string]int) error {
			err := f.call("Save")
			if err == nil {
				f.stored = maps.Clone(contents)
			}
			return err
		}
		o.Hooks.Delete = func(context.Context, string) error {
			err := f.call("Delete")
			if err == nil {
				f.stored = nil
			}
			return err
		}
	}
	return o
}

// TestFailuresLoseNothing has each hook fail, and panic, in all that replaces contents. What
// was saved is there afterwards, and so are the entries that were not saved.
func TestFailuresLoseNothing(t *testing.T) {
	type dictionary = *mapcache.Cache[string, int]
	ctx := t.Context()
	ops := map[string]func(c dictionary) error{
		"Reload":     func(c dictionary) error { return c.Reload(ctx) },
		"Rebuild":    func(c dictionary) error { return c.Rebuild(ctx) },
		"Invalidate": func(c dictionary) error { return c.Invalidate(ctx) },
		"Save":       func(c dictionary) error { return c.Save(ctx) },
	}
	tests := []struct {
		op, hook string
		builder  bool
		keepers  bool
	}{
		{"Reload", "Load", false, true},
		{"Reload", "Load", true, true},
		{"Reload", "Validate", false, false},
		{"Reload", "Validate", false, true},
		{"Reload", "Finish", false, false},
		{"Reload", "Finish", true, false},
		{"Reload", "Finish", true, true},
		{"Reload", "before load", false, false},
		{"Reload", "before load", true, false},
		{"Reload", "before load", true, true},
		{"Rebuild", "Build", true, false},
		{"Rebuild", "Build", true, true},
		{"Rebuild", "Finish", true, false},
		{"Rebuild", "Finish", true, true},
		{"Rebuild", "Finish", false, false},
		{"Rebuild", "before build", true, false},
		{"Rebuild", "before build", false, true},
		{"Rebuild", "before delete", false, false},
		{"Rebuild", "Delete", false, true},
		{"Invalidate", "before delete", false, false},
		{"Invalidate", "Delete", false, true},
		{"Save", "Prepare", true, false},
		{"Save", "Prepare", false, true},
		{"Save", "Save", false, true},
		{"Save", "before save", true, false},
	}
	saved, all := map[string]int{"saved": 1}, map[string]int{"saved": 1, "unsaved": 2}
	for _, test := range tests {
		for _, panics := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%s/builder %t/keepers %t/panics %t", test.op, test.hook, test.builder, test.keepers, panics), func(t *testing.T) {
				dir := t.TempDir()
				f := &faulty{panics: panics}
				o := f.options(test.builder, test.keepers)
				m, _ := newManager(t, dir)
				c := register(t, m, "c", o)
				c.Clear()
				c.Set("saved", 1)
				check(t, c.Save(ctx))
				c.Set("unsaved", 2)

				f.which = test.hook
				func() {
					defer func() {
						if got := recover(); panics != (got != nil) {
							t.Errorf("recovered %v", got)
						}
					}()
					wantError(t, ops[test.op](c), errFaulty, "")
				}()
				f.which = ""
				if got := collect(c); !maps.Equal(got, all) {
					t.Errorf("there is %v, want %v", got, all)
				}
				next, _ := newManager(t, dir)
				if got := collect(register(t, next, "c", o)); !maps.Equal(got, saved) {
					t.Errorf("the next process has %v, want %v", got, saved)
				}
				check(t, c.Save(ctx))
				last, _ := newManager(t, dir)
				if got := collect(register(t, last, "c", o)); !maps.Equal(got, all) {
					t.Errorf("after a save the next process has %v, want %v", got, all)
				}
			})
		}
	}
}

// TestRebuiltAndNotSaved builds contents that cannot be saved: what was saved before is there
// still, and is not loaded by this cache.
func TestRebuiltAndNotSaved(t *testing.T) {
	for _, keepers := range []bool{false, true} {
		f := &faulty{}
		dir, ctx := t.TempDir(), t.Context()
		m, _ := newManager(t, dir)
		c := register(t, m, "c", f.options(true, keepers))
		c.Set("stale", 1)
		check(t, c.Save(ctx))
		f.which = "Prepare"
		check(t, c.Rebuild(ctx))
		wantError(t, c.Err(), errFaulty, "save c")
		want := map[string]int{"built": 1}
		if got := collect(c); !maps.Equal(got, want) {
			t.Errorf("there is %v", got)
		}
		check(t, c.Reload(ctx))
		if got := collect(c); !maps.Equal(got, want) {
			t.Errorf("reloaded %v", got)
		}
		f.which = ""
		check(t, m.Close(ctx))
		next, _ := newManager(t, dir)
		if got := collect(register(t, next, "c", f.options(true, keepers))); !maps.Equal(got, want) {
			t.Errorf("the next process has %v", got)
		}
	}
}

// TestNilIsChangedInPlace has hooks that change the map which they get, and return none.
func TestNilIsChangedInPlace(t *testing.T) {
	for _, builder := range []bool{false, true} {
		dir, ctx := t.TempDir(), t.Context()
		o := mapcache.Options[string, int]{Rules: manually(), Hooks: mapcache.Hooks[string, int]{
			Prepare: func(contents map[string]int) (map[string]int, error) { contents["prepared"]++; return nil, nil },
			Finish:  func(contents map[string]int) (map[string]int, error) { contents["finished"]++; return nil, nil },
		}}
		if builder {
			o.Hooks.Build = buildOne
		}
		m, _ := newManager(t, dir)
		c := register(t, m, "c", o)
		c.Set("a", 1)
		check(t, c.Save(ctx))
		want := map[string]int{"a": 1, "finished": 1}
		if builder {
			want["built"] = 1
		}
		if got := collect(c); !maps.Equal(got, want) {
			t.Errorf("there is %v, want %v", got, want)
		}
		want["prepared"] = 1
		if got := saved(t, dir, "c", mapcache.Options[string, int]{}); !maps.Equal(got, want) {
			t.Errorf("saved %v, want %v", got, want)
		}
		check(t, c.Reload(ctx))
		want["finished"] = 2
		if got := collect(c); !maps.Equal(got, want) {
			t.Errorf("reloaded %v, want %v", got, want)
		}
	}
}

// TestSkipEmptyBuilt has a builder that finds nothing, as where a server does not answer:
// what was saved stays.
func TestSkipEmptyBuilt(t *testing.T) {
	dir := t.TempDir()
	saveOne(t, dir, mapcache.Options[string, int]{})
	m, _ := newManager(t, dir)
	c := register(t, m, "c", mapcache.Options[string, int]{SkipEmpty: true, Hooks: mapcache.Hooks[string, int]{
		Build: func(context.Context, string) (map[string]int, error) { return nil, nil },
	}})
	check(t, c.Rebuild(t.Context()))
	if c.Len() != 0 || c.Err() != nil {
		t.Errorf("there is %v, error %v", collect(c), c.Err())
	}
	check(t, m.Close(t.Context()))
	if got := saved(t, dir, "c", mapcache.Options[string, int]{}); !maps.Equal(got, map[string]int{"saved": 1}) {
		t.Errorf("the next process has %v", got)
	}
}
