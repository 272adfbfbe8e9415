package mapcache

import (
	"maps"
	"sync"
	"testing"
)

// scripted is a lock that lets others do something at one of its Locks, before it.
type scripted struct {
	locks int
	at    int
	do    func()
}

func (s *scripted) Lock() {
	if s.locks++; s.locks == s.at {
		s.do()
	}
}

func (s *scripted) Unlock() {}

// TestDrainWhileOthersDrain lets others work in the first pause of a drain, the second
// Lock of an unpin: whatever they do, nothing is lost.
func TestDrainWhileOthersDrain(t *testing.T) {
	var quiet sync.Mutex
	type fixture struct {
		l    *layers[int, int]
		want map[int]int
	}
	set := func(f fixture, from, to int) {
		for k := from; k < to; k++ {
			f.l.set(k, -k)
			f.want[k] = -k
		}
	}
	for _, test := range []struct {
		name   string
		others func(f fixture)
	}{
		{"nothing", func(fixture) {}},
		{"writes", func(f fixture) { set(f, 100, 400) }},
		{"removals", func(f fixture) {
			for k := range 300 {
				f.l.remove(k)
			}
			clear(f.want)
		}},
		{"a loop", func(f fixture) { f.l.pin().unpin(&quiet) }},
		{"a loop with writes", func(f fixture) {
			v := f.l.pin()
			set(f, 100, 400)
			v.unpin(&quiet)
		}},
		{"a loop that has not ended", func(f fixture) {
			f.l.pin()
			set(f, 100, 400)
		}},
		{"another layer in the place of the drained one", func(f fixture) {
			f.l.pin().unpin(&quiet)
			v := f.l.pin()
			set(f, 1000, 1002)
			v.release() // and its drain waits for the lock
		}},
		{"another layer above the drained one", func(f fixture) {
			v := f.l.pin()
			set(f, 1000, 1300)
			v.release()
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := fixture{newLayers(map[int]int{}), map[int]int{}}
			v := f.l.pin()
			set(f, 0, 300)
			lock := &scripted{at: 2, do: func() { test.others(f) }}
			v.unpin(lock)
			if lock.locks < lock.at {
				t.Fatal("the drain made no pause")
			}
			got := f.l.pin().copied()
			if !maps.Equal(got, f.want) || f.l.len() != len(f.want) {
				t.Errorf("there are %d entries, Len is %d, want %d", len(got), f.l.len(), len(f.want))
			}
			for k, want := range f.want {
				if v, ok := f.l.get(k); v != want || !ok {
					t.Fatalf("key %d has %d, %t, want %d", k, v, ok, want)
				}
			}
		})
	}
}
