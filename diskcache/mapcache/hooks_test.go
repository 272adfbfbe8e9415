package mapcache_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/mapcache"
)

// memory is where hooks keep contents, and the list of their calls.
type memory struct {
	calls    []string
	contents map[string]int // nil for nothing
	fail     map[string]error
}

func (s *memory) call(what string) error {
	s.calls = append(s.calls, what)
	return s.fail[what]
}

func (s *memory) hooks() mapcache.Hooks[string, int] {
	return mapcache.Hooks[string, int]{
		Load: func(context.Context, string) (map[string]int, bool, error) {
			err := s.call("Load")
			return maps.Clone(s.contents), s.contents != nil, err
		},
		Build: func(context.Context, string) (map[string]int, error) {
			return map[string]int{"built": 1}, s.call("Build")
		},
		Save: func(_ context.Context, _ string, contents map[string]int) error {
			s.contents = contents
			return s.call("Save")
		},
		Delete: func(context.Context, string) error {
			s.contents = nil
			return s.call("Delete")
		},
		Validate: func(map[string]int) error { return s.call("Validate") },
		Prepare: func(contents map[string]int) (map[string]int, error) {
			delete(contents, "finished")
			return contents, s.call("Prepare")
		},
		Finish: func(contents map[string]int) (map[string]int, error) {
			contents["finished"] = 1
			return contents, s.call("Finish")
		},
		Before: func(_ context.Context, op mapcache.Op, _ string) error { return s.call("before " + op.String()) },
		After: func(_ context.Context, op mapcache.Op, _ string, err error) {
			s.calls = append(s.calls, fmt.Sprintf("after %v: %v", op, err))
		},
	}
}

func TestHooksInOrder(t *testing.T) {
	nothing := []string{"before load", "Load", "after load: nothing is stored"}
	load := []string{"before load", "Load", "Validate", "Finish", "after load: <nil>"}
	build := []string{"before build", "Build", "Finish", "after build: <nil>"}
	save := []string{"before save", "Prepare", "Save", "after save: <nil>"}
	remove := []string{"before delete", "Delete", "after delete: <nil>"}
	type dictionary = *mapcache.Cache[string, int]
	ctx := t.Context()
	tests := []struct {
		name   string
		stored bool
		do     func(c dictionary) error
		want   []string
	}{
		{"load", true, func(c dictionary) error { return c.Load(ctx) }, load},
		{"load by use", true, func(c dictionary) error { c.Len(); c.Len(); return c.Load(ctx) }, load},
		{"build", false, func(c dictionary) error { return c.Load(ctx) }, slices.Concat(nothing, build, save)},
		{"save what was not used", true, func(c dictionary) error { return c.Save(ctx) }, nil},
		{"save twice", true, func(c dictionary) error { c.Set("a", 1); return errors.Join(c.Save(ctx), c.Save(ctx)) }, slices.Concat(load, save)},
		{"invalidate", true, func(c dictionary) error { return c.Invalidate(ctx) }, remove},
		{"rebuild", true, func(c dictionary) error { return c.Rebuild(ctx) }, slices.Concat(build, save)},
		{"reload", true, func(c dictionary) error { c.Set("a", 1); return c.Reload(ctx) }, slices.Concat(load, load)},
		{"delete", true, func(c dictionary) error { c.Len(); return c.DeleteSaved(ctx) }, slices.Concat(load, remove)},
	}
	for _, persistent := range []bool{false, true} { // hooks have the last word in both
		for _, test := range tests {
			t.Run(fmt.Sprintf("%s/%t", test.name, persistent), func(t *testing.T) {
				s := &memory{}
				if test.stored {
					s.contents = map[string]int{"stored": 1}
				}
				m, _ := newManager(t, t.TempDir())
				c := register(t, m, "c", mapcache.Options[string, int]{InMemory: !persistent, Rules: manually(), Hooks: s.hooks()})
				check(t, test.do(c))
				if !slices.Equal(s.calls, test.want) {
					t.Errorf("hooks called\n%q, want\n%q", s.calls, test.want)
				}
				if _, kept := s.contents["finished"]; kept {
					t.Error("what Prepare took out was saved")
				}
			})
		}
	}
}

// TestHooksAroundFiles has the files of the engine, and the other hooks.
func TestHooksAroundFiles(t *testing.T) {
	dir := t.TempDir()
	for i, want := range [][]string{
		{"before load", "after load: nothing is stored", "before build", "Build", "Finish", "after build: <nil>", "before save", "Prepare", "after save: <nil>"},
		{"before load", "Validate", "Finish", "after load: <nil>"},
	} {
		s := &memory{}
		hooks := s.hooks()
		hooks.Load, hooks.Save, hooks.Delete = nil, nil, nil
		m, _ := newManager(t, dir)
		c := register(t, m, "c", mapcache.Options[string, int]{Hooks: hooks})
		if got, want := collect(c), map[string]int{"built": 1, "finished": 1}; !maps.Equal(got, want) {
			t.Errorf("process %d has %v, want %v", i, got, want)
		}
		if !slices.Equal(s.calls, want) {
			t.Errorf("process %d: hooks called\n%q, want\n%q", i, s.calls, want)
		}
		check(t, m.Close(t.Context()))
	}
	if got := saved(t, dir, "c", mapcache.Options[string, int]{}); !maps.Equal(got, map[string]int{"built": 1}) {
		t.Errorf("the file has %v", got)
	}
}

func TestFailingHooks(t *testing.T) {
	errHook := errors.New("no")
	tests := []struct {
		fails string
		do    func(c *mapcache.Cache[string, int]) error
		says  string
	}{
		{"Load", func(c *mapcache.Cache[string, int]) error { return c.Load(t.Context()) }, "mapcache: load c: no"},
		{"Finish", func(c *mapcache.Cache[string, int]) error { return c.Load(t.Context()) }, "mapcache: load c: no"},
		{"before load", func(c *mapcache.Cache[string, int]) error { return c.Reload(t.Context()) }, "mapcache: reload c: no"},
		{"Build", func(c *mapcache.Cache[string, int]) error { return c.Rebuild(t.Context()) }, "mapcache: rebuild c: build: no"},
		{"Delete", func(c *mapcache.Cache[string, int]) error { return c.Invalidate(t.Context()) }, "mapcache: invalidate c: no"},
		{"before delete", func(c *mapcache.Cache[string, int]) error { return c.DeleteSaved(t.Context()) }, "mapcache: delete c: no"},
		{"Prepare", func(c *mapcache.Cache[string, int]) error { c.Set("a", 1); return c.Save(t.Context()) }, "mapcache: save c: no"},
		{"Save", func(c *mapcache.Cache[string, int]) error { c.Set("a", 1); return c.Save(t.Context()) }, "mapcache: save c: no"},
	}
	for _, test := range tests {
		t.Run(test.fails, func(t *testing.T) {
			s := &memory{contents: map[string]int{"stored": 1}, fail: map[string]error{test.fails: errHook}}
			m, _ := newManager(t, t.TempDir())
			c := register(t, m, "c", mapcache.Options[string, int]{InMemory: true, Rules: manually(), Hooks: s.hooks()})
			wantError(t, test.do(c), errHook, test.says)
			s.fail = nil
			if c.Len() == 0 {
				t.Error("the cache is empty once the hook works")
			}
			check(t, c.Save(t.Context()))
		})
	}
}

// TestUseWhereBuildFails uses a cache without asking for the error first.
func TestUseWhereBuildFails(t *testing.T) {
	dir := t.TempDir()
	m, heard := newManager(t, dir)
	fails, errHook := true, errors.New("no telescope")
	c := register(t, m, "c", mapcache.Options[string, int]{Hooks: mapcache.Hooks[string, int]{
		Build: func(context.Context, string) (map[string]int, error) {
			if fails {
				return nil, errHook
			}
			return map[string]int{"built": 1}, nil
		},
	}})
	if _, ok := c.Get("built"); ok {
		t.Error("Get finds what could not be built")
	}
	c.Set("own", 1)
	if v, ok := c.Get("own"); v != 1 || !ok {
		t.Error("what was set is not there")
	}
	wantError(t, c.Err(), errHook, "no telescope")
	if failed := heard.of(diskcache.Failed); len(failed) != 1 || !errors.Is(failed[0].Err, errHook) {
		t.Errorf("told of %v, want one failure", failed)
	}
	wantError(t, c.Save(t.Context()), mapcache.ErrNotBuilt, "no telescope") // it would pass for the whole
	wantError(t, c.Load(t.Context()), errHook, "load c")
	fails = false
	check(t, c.Load(t.Context()))
	if got := collect(c); !maps.Equal(got, map[string]int{"built": 1}) || c.Err() != nil {
		t.Errorf("then there is %v, error %v", got, c.Err())
	}
}

func TestInvalidContentsAreBuilt(t *testing.T) {
	dir := t.TempDir()
	m, _ := newManager(t, dir)
	register(t, m, "c", mapcache.Options[string, int]{Contents: map[string]int{"old": -1}})
	check(t, m.Close(t.Context()))
	o := mapcache.Options[string, int]{Hooks: mapcache.Hooks[string, int]{
		Validate: func(contents map[string]int) error {
			if contents["old"] < 0 {
				return errors.New("negative")
			}
			return nil
		},
		Build: func(context.Context, string) (map[string]int, error) { return map[string]int{"new": 1}, nil },
	}}
	for range 2 {
		if got := saved(t, dir, "c", o); !maps.Equal(got, map[string]int{"new": 1}) {
			t.Errorf("loaded %v", got)
		}
	}
}

// TestHooksOwnTheirMaps changes maps that hooks got or returned, later.
func TestHooksOwnTheirMaps(t *testing.T) {
	kept := map[string]int{"a": 1}
	hooks := mapcache.Hooks[string, int]{
		Build:  func(context.Context, string) (map[string]int, error) { return kept, nil },
		Finish: func(contents map[string]int) (map[string]int, error) { return kept, nil },
		Save: func(_ context.Context, _ string, contents map[string]int) error {
			clear(contents)
			return nil
		},
	}
	m, _ := newManager(t, t.TempDir())
	c := register(t, m, "c", mapcache.Options[string, int]{Hooks: hooks})
	c.Set("b", 2)
	check(t, c.Save(t.Context()))
	if got := collect(c); !maps.Equal(got, map[string]int{"a": 1, "b": 2}) || len(kept) != 1 {
		t.Errorf("the cache has %v, the hook's map %v", got, kept)
	}
}

// TestHookInACircle uses, in a hook, the cache that it works for, and one that waits for it.
func TestHookInACircle(t *testing.T) {
	m, _ := newManager(t, t.TempDir())
	var a, b *mapcache.Cache[string, int]
	a = register(t, m, "a", mapcache.Options[string, int]{Hooks: mapcache.Hooks[string, int]{
		Build: func(ctx context.Context, _ string) (map[string]int, error) { return nil, b.Load(ctx) },
	}})
	b = register(t, m, "b", mapcache.Options[string, int]{Hooks: mapcache.Hooks[string, int]{
		Build: func(ctx context.Context, _ string) (map[string]int, error) { return nil, a.Load(ctx) },
	}})
	wantError(t, a.Load(t.Context()), mapcache.ErrCircle, "load a: build: mapcache: load b: build: mapcache: load a:")
}

// TestHooksInACircleOfGoroutines has two goroutines that build caches of each other at
// the same time.
func TestHooksInACircleOfGoroutines(t *testing.T) {
	m, _ := newManager(t, t.TempDir())
	var a, b *mapcache.Cache[string, int]
	inA, inB := make(chan struct{}), make(chan struct{})
	enterA, enterB := sync.OnceFunc(func() { close(inA) }), sync.OnceFunc(func() { close(inB) })
	a = register(t, m, "a", mapcache.Options[string, int]{InMemory: true, Hooks: mapcache.Hooks[string, int]{
		Build: func(ctx context.Context, _ string) (map[string]int, error) {
			enterA()
			<-inB
			return nil, b.Load(ctx)
		},
	}})
	b = register(t, m, "b", mapcache.Options[string, int]{InMemory: true, Hooks: mapcache.Hooks[string, int]{
		Build: func(ctx context.Context, _ string) (map[string]int, error) {
			enterB()
			<-inA
			return nil, a.Load(ctx)
		},
	}})
	loaded := make(chan error)
	go func() { loaded <- a.Load(t.Context()) }()
	err := errors.Join(b.Load(t.Context()), <-loaded)
	wantError(t, err, mapcache.ErrCircle, "build: mapcache: load")
}

// TestHooksInACircleOfManagers is TestHooksInACircleOfGoroutines with caches of three
// managers.
func TestHooksInACircleOfManagers(t *testing.T) {
	const n = 3
	var caches [n]*mapcache.Cache[string, int]
	var building sync.WaitGroup
	building.Add(n)
	for i := range n {
		m, _ := newManager(t, t.TempDir())
		first := sync.OnceFunc(building.Done)
		caches[i] = register(t, m, "c", mapcache.Options[string, int]{InMemory: true, Hooks: mapcache.Hooks[string, int]{
			Build: func(ctx context.Context, _ string) (map[string]int, error) {
				first()
				building.Wait()
				return nil, caches[(i+1)%n].Load(ctx)
			},
		}})
	}
	failed := make([]error, n)
	var loads sync.WaitGroup
	for i, c := range caches {
		loads.Go(func() { failed[i] = c.Load(t.Context()) })
	}
	loads.Wait()
	wantError(t, errors.Join(failed...), mapcache.ErrCircle, "build: mapcache: load")
}

// TestContextThatOutlivesItsHook uses the context of a hook when the hook has returned:
// it waits for nobody then, so there is no circle.
func TestContextThatOutlivesItsHook(t *testing.T) {
	m, _ := newManager(t, t.TempDir())
	contexts, goOn := make(chan context.Context), make(chan struct{})
	c := register(t, m, "c", mapcache.Options[string, int]{InMemory: true, Hooks: mapcache.Hooks[string, int]{
		Build: func(ctx context.Context, _ string) (map[string]int, error) {
			contexts <- ctx
			<-goOn
			return map[string]int{"a": 1}, nil
		},
	}})
	var calls sync.WaitGroup
	call := func(do func() error) {
		calls.Go(func() {
			if err := do(); err != nil {
				t.Error(err)
			}
		})
	}
	call(func() error { return c.Load(t.Context()) })
	late := <-contexts
	goOn <- struct{}{}
	calls.Wait()
	call(func() error { return c.Reload(t.Context()) })
	<-contexts
	short, cancel := context.WithTimeout(late, time.Millisecond)
	defer cancel()
	wantError(t, c.Load(short), context.DeadlineExceeded, "load c:")
	goOn <- struct{}{}
	calls.Wait()
	check(t, c.Load(late))
}
