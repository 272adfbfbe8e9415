package mapcache

import (
	"iter"
	"maps"
	"testing"

	"pgregory.net/rapid"
)

// paused is a lock at which a coroutine waits until the test lets it go on.
type paused struct{ yield func(struct{}) bool }

func (p paused) Lock()   { p.yield(struct{}{}) }
func (p paused) Unlock() {}

// taken is a snapshot, and what has to be in it.
type taken struct {
	view[int, int]
	want map[int]int
}

// TestLayersInterleaved compares layers with a map while any number of snapshots end at
// once: their drains and merges go on in any order, from one pause to the next, between
// writes and new snapshots.
func TestLayersInterleaved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, want := newLayers(map[int]int{}), map[int]int{}
		var views []taken
		var ending []func() (struct{}, bool)
		key, count := rapid.IntRange(0, 700), rapid.IntRange(1, 400)
		begin := func(i int) {
			v := views[i]
			if got := v.copied(); !maps.Equal(got, v.want) {
				t.Fatalf("a snapshot has %d entries, want %d, or others", len(got), len(v.want))
			}
			views = append(views[:i], views[i+1:]...)
			next, _ := iter.Pull(func(yield func(struct{}) bool) { v.unpin(paused{yield}) })
			ending = append(ending, next)
		}
		goOn := func(i int) {
			if _, more := ending[i](); !more {
				ending = append(ending[:i], ending[i+1:]...)
			}
		}
		defer func() { // also when a check failed: coroutines are goroutines
			for len(ending) > 0 {
				goOn(0)
			}
		}()
		t.Repeat(map[string]func(*rapid.T){
			"set": func(t *rapid.T) {
				from, value := key.Draw(t, "from"), rapid.Int().Draw(t, "value")
				for k := range count.Draw(t, "count") {
					l.set(from+k, value)
					want[from+k] = value
				}
			},
			"remove": func(t *rapid.T) {
				from := key.Draw(t, "from")
				for k := range count.Draw(t, "count") {
					if _, ok := want[from+k]; l.remove(from+k) != ok {
						t.Fatalf("remove(%d) is %t", from+k, !ok)
					}
					delete(want, from+k)
				}
			},
			"pin": func(*rapid.T) { views = append(views, taken{l.pin(), maps.Clone(want)}) },
			"unpin": func(t *rapid.T) {
				if len(views) > 0 {
					begin(rapid.IntRange(0, len(views)-1).Draw(t, "snapshot"))
				}
			},
			"go on": func(t *rapid.T) {
				if len(ending) > 0 {
					goOn(rapid.IntRange(0, len(ending)-1).Draw(t, "which"))
				}
			},
			"": func(t *rapid.T) {
				if l.len() != len(want) {
					t.Fatalf("len %d, want %d", l.len(), len(want))
				}
				for k := range 1101 {
					got, ok := l.get(k)
					if v, there := want[k]; got != v || ok != there {
						t.Fatalf("key %d has %d, %t, want %d, %t", k, got, ok, v, there)
					}
				}
			},
		})
		for len(views) > 0 {
			begin(0)
		}
		for len(ending) > 0 {
			goOn(0)
		}
		if len(l.over) > 0 || !maps.Equal(l.base, want) {
			t.Fatalf("without snapshots there are %d layers, and %d entries, want %d", len(l.over), len(l.base), len(want))
		}
	})
}

// TestOverlappingSnapshotsPileUpNothing has a snapshot at any time, but none for long:
// neither layers nor what is gone may pile up.
func TestOverlappingSnapshotsPileUpNothing(t *testing.T) {
	const live, most = 1000, 20
	l := newLayers(map[int]int{})
	last := l.pin()
	for i := range 50 * live {
		l.set(i, i)
		l.remove(i - live)
		next := l.pin()
		last.unpin(new(scripted))
		last = next
		if len(l.over) > most {
			t.Fatalf("%d layers after %d writes", len(l.over), i)
		}
	}
	slots := 0
	for _, layer := range l.over {
		slots += len(layer.slots)
	}
	if l.len() != live || slots > 10*live {
		t.Errorf("%d entries of %d, in %d slots", l.len(), live, slots)
	}
}
