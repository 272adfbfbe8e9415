package mapcache_test

import (
	"context"
	"iter"
	"maps"
	"testing"

	"pgregory.net/rapid"

	"github.com/dataelab/dataelab-go/diskcache/mapcache"
)

// loop is an iteration under way, and what it has to see.
type loop struct {
	next func() (int, int, bool)
	stop func()
	want map[int]int
	seen map[int]int
}

func (l *loop) finish(t *rapid.T) {
	for {
		k, v, ok := l.next()
		if !ok {
			break
		}
		if _, twice := l.seen[k]; twice {
			t.Fatalf("the loop has %d twice", k)
		}
		l.seen[k] = v
	}
	l.stop()
	if !maps.Equal(l.seen, l.want) {
		t.Fatalf("the loop saw %v, when it began there was %v", l.seen, l.want)
	}
}

// TestLikeAMapWhateverRuns compares a cache with a map while loops over it begin and end
// in any order, and saves run in between.
func TestLikeAMapWhateverRuns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stored map[int]int
		m := &mapcache.Manager{}
		c, err := mapcache.Register(m, "c", mapcache.Options[int, int]{InMemory: true, Rules: manually(), Hooks: mapcache.Hooks[int, int]{
			Save: func(_ context.Context, _ string, contents map[int]int) error { stored = contents; return nil },
		}})
		if err != nil {
			t.Fatal(err)
		}
		model := map[int]int{}
		var loops []*loop
		key := rapid.IntRange(0, 12)
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				k, v := key.Draw(t, "key"), rapid.Int().Draw(t, "value")
				c.Set(k, v)
				model[k] = v
			},
			"delete": func(t *rapid.T) {
				k := key.Draw(t, "key")
				_, want := model[k]
				if got := c.Delete(k); got != want {
					t.Fatalf("Delete(%d) is %t, want %t", k, got, want)
				}
				delete(model, k)
			},
			"update": func(t *rapid.T) {
				k, keep := key.Draw(t, "key"), rapid.Bool().Draw(t, "keep")
				c.Update(k, func(old int, _ bool) (int, bool) { return old + 1, keep })
				if keep {
					model[k]++
				} else {
					delete(model, k)
				}
			},
			"clear": func(t *rapid.T) {
				if rapid.IntRange(0, 9).Draw(t, "one in ten") == 0 {
					c.Clear()
					clear(model)
				}
			},
			"begin a loop": func(*rapid.T) {
				l := &loop{want: maps.Clone(model), seen: map[int]int{}}
				l.next, l.stop = iter.Pull2(c.All())
				if k, v, ok := l.next(); ok {
					l.seen[k] = v
				}
				loops = append(loops, l)
			},
			"end a loop": func(t *rapid.T) {
				if len(loops) == 0 {
					return
				}
				i := rapid.IntRange(0, len(loops)-1).Draw(t, "loop")
				loops[i].finish(t)
				loops = append(loops[:i], loops[i+1:]...)
			},
			"save": func(t *rapid.T) {
				if err := c.Save(context.Background()); err != nil {
					t.Fatal(err)
				}
				if !maps.Equal(stored, model) {
					t.Fatalf("saved %v, want %v", stored, model)
				}
			},
			"": func(t *rapid.T) {
				if c.Len() != len(model) {
					t.Fatalf("Len %d, want %d", c.Len(), len(model))
				}
				for k := range 13 {
					got, ok := c.Get(k)
					if want, there := model[k]; got != want || ok != there {
						t.Fatalf("Get(%d) is %d, %t, want %d, %t", k, got, ok, want, there)
					}
				}
			},
		})
		for _, l := range loops {
			l.finish(t)
		}
		if got := maps.Collect(c.All()); !maps.Equal(got, model) {
			t.Fatalf("at the end there is %v, want %v", got, model)
		}
	})
}
