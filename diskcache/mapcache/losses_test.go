package mapcache_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/mapcache"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// diary is what happened to a cache: when it changed, and how many changes are saved.
type diary struct {
	changes []time.Time
	saved   atomic.Int64
	takes   time.Duration // that a save takes
}

// check fails where a kill at this instant would lose more than a rule allows.
func (d *diary) check(t *testing.T, rules []mapcache.Rule) {
	t.Helper()
	lost := d.changes[d.saved.Load():]
	for _, r := range rules {
		if len(lost) < r.Changes {
			continue
		}
		due := lost[0].Add(r.Within)
		if reached := lost[r.Changes-1]; reached.After(due) {
			due = reached
		}
		if late := time.Since(due); late > 3*d.takes { // a save under way, the pause after it, and the save
			t.Fatalf("%d changes would be lost, the first %v old: the rule %d within %v is broken since %v",
				len(lost), time.Since(lost[0]), r.Changes, r.Within, late)
		}
	}
}

// flow changes the cache in bursts, for hours, and looks at its diary all the time.
func (d *diary) flow(t *testing.T, random *rand.Rand, c *mapcache.Cache[string, int], rules []mapcache.Rule) {
	t.Helper()
	bursts := []int{1, 1, 2, 9, 10, 11, 1_000, 9_990, 10_000}
	pauses := []time.Duration{time.Millisecond, time.Second, 7 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}
	for range 60 {
		for range bursts[random.IntN(len(bursts))] {
			d.changes = append(d.changes, time.Now())
			c.Set("changes", len(d.changes))
		}
		end := time.Now().Add(time.Duration(random.Int64N(int64(pauses[random.IntN(len(pauses))]))))
		for looks := 0; time.Now().Before(end); looks++ {
			time.Sleep(min(time.Until(end), time.Second<<min(looks, 4)))
			synctest.Wait()
			d.check(t, rules)
		}
	}
}

// TestKilledAtAnyInstant has caches under the default rules and under random ones, with a
// clock that is not real. Whenever the program were killed, it would lose no more than each
// of the rules allows. TestKilled shows that what was saved survives.
func TestKilledAtAnyInstant(t *testing.T) {
	for seed := range uint64(exhaustive.N(10, 40)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 1))
				d := &diary{takes: []time.Duration{0, 0, time.Second, 20 * time.Second}[random.IntN(4)]}
				rules := mapcache.DefaultRules()
				if seed%2 == 1 {
					rules = nil
					for range 1 + random.IntN(4) {
						rules = append(rules, mapcache.Rule{Changes: 1 + random.IntN(3_000), Within: time.Duration(random.Int64N(int64(20 * time.Minute)))})
					}
				}
				m, _ := newManager(t, "")
				c := register(t, m, "c", mapcache.Options[string, int]{InMemory: true, Rules: rules, Hooks: mapcache.Hooks[string, int]{
					Save: func(_ context.Context, _ string, contents map[string]int) error {
						time.Sleep(d.takes)
						d.saved.Store(int64(contents["changes"]))
						return nil
					},
				}})
				d.flow(t, random, c, rules)
				check(t, m.Close(t.Context()))
				if n := int(d.saved.Load()); n != len(d.changes) {
					t.Errorf("after Close %d of %d changes are saved", n, len(d.changes))
				}
			})
		})
	}
}

// TestKilledBeforeTheMinute has a program that changes a map as fast as it can, under the default
// rules. Killed at 59 s, it loses fewer than 10,000 changes.
func TestKilledBeforeTheMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, _ := newManager(t, "")
		saved := 0
		c := register(t, m, "c", mapcache.Options[int, int]{InMemory: true, Hooks: mapcache.Hooks[int, int]{
			Save: func(_ context.Context, _ string, contents map[int]int) error {
				saved = len(contents)
				return nil
			},
		}})
		n := 0
		for range 59 {
			for range 4_321 {
				c.Set(n, n)
				if n++; n%100 == 0 { // also each 10,000th
					synctest.Wait()
				}
				if lost := n - saved; lost >= 10_000 {
					t.Fatalf("of %d changes %d would be lost", n, lost)
				}
			}
			time.Sleep(time.Second)
		}
		check(t, m.Close(t.Context()))
	})
}
