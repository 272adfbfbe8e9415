package mapcache_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/mapcache"
)

// TestCloseInHook closes the manager from a hook of a save, with the hook's context, in the
// background and in a call: the save that the hook belongs to cannot be waited for. All
// other caches are saved, and whoever calls Close later saves the rest.
func TestCloseInHook(t *testing.T) {
	ways := map[string]func(ctx context.Context, m *mapcache.Manager) error{
		"Close":      func(ctx context.Context, m *mapcache.Manager) error { return m.Close(ctx) },
		"Deregister": func(ctx context.Context, m *mapcache.Manager) error { return m.Deregister(ctx, "a", "b") },
		"Close with a context that does not end": func(ctx context.Context, m *mapcache.Manager) error {
			return m.Close(context.WithoutCancel(ctx))
		},
		"Close in a hook of another cache": func(ctx context.Context, m *mapcache.Manager) error {
			c, err := mapcache.Register(m, "c", mapcache.Options[int, int]{InMemory: true, Hooks: mapcache.Hooks[int, int]{
				Build: func(ctx context.Context, _ string) (map[int]int, error) { return nil, m.Close(ctx) },
			}})
			if err != nil {
				return err
			}
			return c.Load(ctx)
		},
	}
	for name, closeIt := range ways {
		for _, background := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { // which tells of goroutines that wait for ever
					m, _ := newManager(t, "")
					var inHook error
					saves := map[string]int{} // entries of the last save
					save := func(_ context.Context, name string, contents map[int]int) error {
						saves[name] = len(contents)
						return nil
					}
					var a *mapcache.Cache[int, int]
					o := mapcache.Options[int, int]{InMemory: true, Rules: manually()}
					if background {
						o.Rules = []mapcache.Rule{{Changes: 1}}
					}
					first := true
					o.Hooks.Save = func(ctx context.Context, name string, contents map[int]int) error {
						if first {
							first = false
							a.Set(2, 2) // which this save does not have
							inHook = closeIt(ctx, m)
						}
						return save(ctx, name, contents)
					}
					a = register(t, m, "a", o)
					b := register(t, m, "b", mapcache.Options[int, int]{InMemory: true, Rules: manually(), Hooks: mapcache.Hooks[int, int]{Save: save}})
					b.Set(1, 1)
					a.Set(1, 1)
					if !background {
						check(t, a.Save(t.Context()))
					}
					synctest.Wait()
					wantError(t, inHook, mapcache.ErrCircle, "mapcache: save a: ")
					if saves["a"] == 0 || saves["b"] != 1 || a.Err() != nil {
						t.Errorf("saved %v, error %v", saves, a.Err())
					}
					check(t, m.Close(t.Context()))
					if saves["a"] != 2 {
						t.Errorf("the last save of a had %d entries, want 2", saves["a"])
					}
					a.Set(3, 3)
					time.Sleep(time.Hour)
					if saves["a"] != 2 {
						t.Error("rules save after Close")
					}
				})
			})
		}
	}
}

// TestHooksUseTheirCache sets and gets from the hooks of a save, in which that is allowed.
func TestHooksUseTheirCache(t *testing.T) {
	m, _ := newManager(t, t.TempDir())
	var c *mapcache.Cache[int, int]
	var inside error
	use := func() {
		c.Set(c.Len(), 0)
		c.Update(0, func(old int, _ bool) (int, bool) { return old + 1, true })
		for k := range c.All() {
			c.Get(k)
		}
	}
	c = register(t, m, "c", mapcache.Options[int, int]{Contents: map[int]int{0: 0}, Rules: manually(), Hooks: mapcache.Hooks[int, int]{
		Before: func(ctx context.Context, _ mapcache.Op, _ string) error {
			use()
			inside = c.Save(ctx)
			return nil
		},
		Prepare: func(contents map[int]int) (map[int]int, error) {
			use()
			return contents, nil
		},
		After: func(context.Context, mapcache.Op, string, error) { use() },
	}})
	check(t, c.Save(t.Context()))
	wantError(t, inside, mapcache.ErrCircle, "save c")
	if v, _ := c.Get(0); v != 3 || c.Len() != 4 {
		t.Errorf("three hooks counted to %d, and set %d entries", v, c.Len()-1)
	}
	check(t, c.Save(t.Context())) // what Prepare and After changed came after the snapshot
}
