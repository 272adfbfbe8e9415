package mapcache_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/mapcache"
)

// A hook that calls its own cache with a context that does not know of it waits for itself,
// and says so once; a short wait says nothing.
func TestLongWaitIsTold(t *testing.T) {
	for _, c := range []struct {
		wait time.Duration
		want int
	}{{4 * time.Second, 0}, {time.Minute, 1}} {
		synctest.Test(t, func(t *testing.T) {
			var told []diskcache.Event
			m, _ := newManager(t, "")
			m.OnEvent = func(e diskcache.Event) {
				if e.Kind == diskcache.Waiting {
					told = append(told, e)
				}
			}
			var a *mapcache.Cache[int, int]
			a = register(t, m, "a", mapcache.Options[int, int]{InMemory: true, Rules: manually(), Hooks: mapcache.Hooks[int, int]{
				Build: func(context.Context, string) (map[int]int, error) {
					lost, cancel := context.WithTimeout(context.Background(), c.wait)
					defer cancel()
					if err := a.Load(lost); !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("in the hook: %v", err)
					}
					return map[int]int{1: 1}, nil
				},
			}})
			if err := a.Load(t.Context()); err != nil || a.Len() != 1 {
				t.Errorf("%v, %d entries", err, a.Len())
			}
			if len(told) != c.want {
				t.Fatalf("after a wait of %v: events %+v, want %d", c.wait, told, c.want)
			}
			for _, e := range told {
				if e.Name != "a" || e.Elapsed != 5*time.Second || !strings.Contains(e.Reason, "pass on the context") {
					t.Errorf("event %+v", e)
				}
			}
		})
	}
}
