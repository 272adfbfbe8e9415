package mapcache

import (
	"maps"
	"testing"
)

// stack makes layers with keys 0 to n, of which each is in a layer of its own, and returns
// the snapshots of which each has one of them as its top, but for the uppermost.
func stack(n int) (l *layers[int, int], views []view[int, int]) {
	l = newLayers(map[int]int{0: 0})
	for k := 1; k <= n; k++ {
		views = append(views, l.pin())
		l.set(k, k)
	}
	return l, views
}

// TestMergeWhileOthersMerge merges layers while others below are merged.
func TestMergeWhileOthersMerge(t *testing.T) {
	l, views := stack(6)
	views[4].release()
	lock := &scripted{at: 2, do: func() {
		views[1].release()
		views[2].unpin(new(scripted))
	}}
	views[5].unpin(lock)
	if len(l.over) != 3 { // one of two, one that is pinned, and one of two into which the top went
		t.Errorf("of 6 layers there are %d, want 3", len(l.over))
	}
	want := map[int]int{0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6}
	if got := l.pin().copied(); !maps.Equal(got, want) {
		t.Errorf("there is %v, want %v", got, want)
	}
}

// TestMergeKeepsWhatIsGone sets a key that is gone in one of two merged layers.
func TestMergeKeepsWhatIsGone(t *testing.T) {
	l := newLayers(map[int]int{0: 0})
	l.pin() // keeps the base as it is
	l.remove(0)
	one := l.pin()
	l.set(1, 1)
	two := l.pin()
	l.set(2, 2)
	one.release()
	two.unpin(new(scripted))
	if _, ok := l.get(0); ok || l.len() != 2 || len(l.over) != 1 {
		t.Fatalf("key 0 is there: %t, len %d, %d layers", ok, l.len(), len(l.over))
	}
	l.set(0, 10)
	if v, ok := l.get(0); v != 10 || !ok || l.len() != 3 {
		t.Errorf("key 0 has %d, %t, len %d, want 3", v, ok, l.len())
	}
}
