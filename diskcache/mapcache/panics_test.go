package mapcache_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache/mapcache"
)

// panicking has hooks of which one panics, and notes what After hears.
type panicking struct {
	which string
	heard []string
}

func (p *panicking) call(hook string) {
	if hook == p.which {
		panic(hook)
	}
}

func (p *panicking) hooks(inMemory bool) mapcache.Hooks[string, int] {
	h := mapcache.Hooks[string, int]{
		Build: func(context.Context, string) (map[string]int, error) {
			p.call("Build")
			return map[string]int{"built": 1}, nil
		},
		Validate: func(map[string]int) error { p.call("Validate"); return nil },
		Prepare:  func(contents map[string]int) (map[string]int, error) { p.call("Prepare"); return contents, nil },
		Finish:   func(contents map[string]int) (map[string]int, error) { p.call("Finish"); return contents, nil },
		Before:   func(_ context.Context, op mapcache.Op, _ string) error { p.call("before " + op.String()); return nil },
		After: func(_ context.Context, op mapcache.Op, _ string, err error) {
			p.heard = append(p.heard, fmt.Sprintf("%v: %v", op, err))
			p.call("after " + op.String())
		},
	}
	if inMemory {
		h.Load = func(context.Context, string) (map[string]int, bool, error) { p.call("Load"); return nil, false, nil }
		h.Save = func(context.Context, string, map[string]int) error { p.call("Save"); return nil }
		h.Delete = func(context.Context, string) error { p.call("Delete"); return nil }
	}
	return h
}

// TestAfterHearsOfPanics has hooks that panic: whoever called gets the panic, After an error,
// and the cache works on.
func TestAfterHearsOfPanics(t *testing.T) {
	const nothing, built, saved, deleted = "load: nothing is stored", "build: <nil>", "save: <nil>", "delete: <nil>"
	build := func(c *mapcache.Cache[string, int]) error { return c.Load(t.Context()) }
	rebuild := func(c *mapcache.Cache[string, int]) error { return c.Rebuild(t.Context()) }
	invalidate := func(c *mapcache.Cache[string, int]) error { return c.Invalidate(t.Context()) }
	reload := func(c *mapcache.Cache[string, int]) error { return c.Reload(t.Context()) }
	tests := []struct {
		which string
		do    func(c *mapcache.Cache[string, int]) error
		heard []string
		only  string // "hooks" keep the contents, or a "file" does; "" for both
	}{
		{"before load", build, nil, ""},
		{"Load", build, []string{"load: a hook panicked"}, "hooks"},
		{"after load", build, []string{nothing}, ""},
		{"before build", build, []string{nothing}, ""},
		{"Build", build, []string{nothing, "build: a hook panicked"}, ""},
		{"Finish", build, []string{nothing, "build: a hook panicked"}, ""},
		{"after build", build, []string{nothing, built}, ""},
		{"before save", build, []string{nothing, built}, ""},
		{"Prepare", build, []string{nothing, built, "save: a hook panicked"}, ""},
		{"Save", build, []string{nothing, built, "save: a hook panicked"}, "hooks"},
		{"after save", build, []string{nothing, built, saved}, ""},
		{"Validate", reload, []string{"load: a hook panicked"}, "file"},
		{"Finish", reload, []string{"load: a hook panicked"}, "file"},
		{"before delete", invalidate, nil, ""},
		{"Delete", invalidate, []string{"delete: a hook panicked"}, "hooks"},
		{"after delete", invalidate, []string{deleted}, ""},
		{"Build", rebuild, []string{"build: a hook panicked"}, ""},
	}
	for _, test := range tests {
		for _, inMemory := range []bool{true, false} {
			if test.only != "" && inMemory != (test.only == "hooks") {
				continue
			}
			t.Run(fmt.Sprintf("%s/%t", test.which, inMemory), func(t *testing.T) {
				dir := t.TempDir()
				if test.only == "file" {
					saveOne(t, dir, mapcache.Options[string, int]{})
				}
				p := &panicking{which: test.which}
				m, _ := newManager(t, dir)
				c := register(t, m, "c", mapcache.Options[string, int]{InMemory: inMemory, Rules: manually(), Hooks: p.hooks(inMemory)})
				func() {
					defer func() {
						if got := recover(); got != test.which {
							t.Errorf("recovered %v, want the panic of the hook", got)
						}
					}()
					t.Errorf("no panic, but the error %v", test.do(c))
				}()
				if !slices.Equal(p.heard, test.heard) {
					t.Errorf("After heard %q, want %q", p.heard, test.heard)
				}
				p.which = ""
				c.Set("own", 1)
				check(t, errors.Join(c.Load(t.Context()), c.Save(t.Context()), m.Close(t.Context())))
				if v, ok := c.Get("own"); v != 1 || !ok || c.Len() != 2 {
					t.Errorf("after the panic there is %v", collect(c))
				}
			})
		}
	}
}

// TestBeforeThatRefusesToSave keeps what was built, and does not build it again.
func TestBeforeThatRefusesToSave(t *testing.T) {
	errNo := errors.New("not now")
	saver := func(context.Context, string, map[string]int) error { return nil }
	for _, save := range []func(context.Context, string, map[string]int) error{nil, saver} {
		builds, refuse := 0, true
		m, _ := newManager(t, t.TempDir())
		c := register(t, m, "c", mapcache.Options[string, int]{Rules: manually(), Hooks: mapcache.Hooks[string, int]{
			Build: func(context.Context, string) (map[string]int, error) {
				builds++
				return map[string]int{"built": 1}, nil
			},
			Save: save,
			Before: func(_ context.Context, op mapcache.Op, _ string) error {
				if refuse && op == mapcache.OpSave {
					return errNo
				}
				return nil
			},
		}})
		check(t, c.Load(t.Context()))
		wantError(t, c.Err(), errNo, "mapcache: save c: not now")
		refuse = false
		check(t, c.Save(t.Context()))
		if builds != 1 || c.Len() != 1 || c.Err() != nil {
			t.Errorf("built %d times, %d entries, error %v", builds, c.Len(), c.Err())
		}
	}
}
