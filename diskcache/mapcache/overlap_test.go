package mapcache_test

import (
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache/mapcache"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// TestNothingIsLostWhileLoopsOverlap has writers, each with keys of its own, which compare
// them with a map of theirs, while short loops, whole ones and saves begin and end: there
// are more changes than one step of a drain moves, and several drains at once.
func TestNothingIsLostWhileLoopsOverlap(t *testing.T) {
	each, rounds := 400, exhaustive.N(20, 60)
	m, _ := newManager(t, t.TempDir())
	c := register(t, m, "c", mapcache.Options[int, int]{Rules: manually()})
	var writers, others sync.WaitGroup
	var done atomic.Bool
	whole := map[int]int{}
	var mu sync.Mutex
	for w := range 4 {
		writers.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(w)))
			model := map[int]int{}
			for round := range rounds {
				for range each {
					k := w*each + random.IntN(each)
					switch random.IntN(4) {
					case 0:
						_, want := model[k]
						if c.Delete(k) != want {
							t.Errorf("Delete(%d) is %t", k, !want)
						}
						delete(model, k)
					case 1:
						c.Update(k, func(old int, _ bool) (int, bool) { return old + 1, true })
						model[k]++
					default:
						c.Set(k, round)
						model[k] = round
					}
				}
				for k := w * each; k < (w+1)*each; k++ {
					got, ok := c.Get(k)
					if want, there := model[k]; got != want || ok != there {
						t.Errorf("round %d: key %d has %d, %t, want %d, %t", round, k, got, ok, want, there)
						return
					}
				}
			}
			mu.Lock()
			defer mu.Unlock()
			maps.Copy(whole, model)
		})
	}
	for _, do := range []func(){
		func() {
			for range c.All() {
				break
			}
		},
		func() { collect(c) },
		func() {
			if err := c.Save(t.Context()); err != nil {
				t.Error(err)
			}
		},
	} {
		for range 3 {
			others.Go(func() {
				for !done.Load() {
					do()
				}
			})
		}
	}
	writers.Wait()
	done.Store(true)
	others.Wait()
	if got := collect(c); !maps.Equal(got, whole) || c.Len() != len(whole) {
		t.Errorf("there are %d entries in the end, Len is %d, want %d", len(got), c.Len(), len(whole))
	}
	check(t, c.Save(t.Context()))
	if got := saved(t, m.Dir, "c", mapcache.Options[int, int]{}); !maps.Equal(got, whole) {
		t.Errorf("%d entries were saved, want %d", len(got), len(whole))
	}
}
