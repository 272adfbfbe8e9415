package diskcache_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

const branches = 10

// methodsInBranch is how deep each of them is.
func methodsInBranch() int { return exhaustive.N(10, 100) }

// branchName is that of a method, and of the file of the branch.
func branchName(branch, i int) string { return fmt.Sprintf("b%d.m%d", branch, i) }

// deepLab is up to 1,000 methods: ten branches of a hundred, each of which stands on the one
// before it, and the first on a file.
func deepLab(t testing.TB) *lab {
	c, depth := labComputes{}, methodsInBranch()
	for b := range branches {
		c[branchName(b, 0)] = read(fmt.Sprint("file", b))
		for i := 1; i < depth; i++ {
			c[branchName(b, i)] = sum(branchName(b, i-1))
		}
	}
	l := newLab(t, c)
	for b := range branches {
		l.put(fmt.Sprint("file", b), b)
	}
	return l
}

// computedFor asks for the ends of all branches, and returns how many methods of each were
// computed.
func (l *lab) computedFor(want func(branch int) int) (counts [branches]int) {
	l.t.Helper()
	l.computed = nil
	depth := methodsInBranch()
	for b := range branches {
		before := len(l.computed)
		if got, err := l.get(context.Background(), branchName(b, depth-1)); err != nil || got != want(b) {
			l.t.Fatalf("branch %d is %d, error %v, want %d", b, got, err, want(b))
		}
		counts[b] = len(l.computed) - before
	}
	return counts
}

func TestThousandMethods(t *testing.T) {
	l, depth := deepLab(t), methodsInBranch()
	same := func(b int) int { return b }
	all := [branches]int{depth, depth, depth, depth, depth, depth, depth, depth, depth, depth}
	if got := l.computedFor(same); got != all {
		t.Fatalf("at first %v methods were computed, want %v", got, all)
	}
	none := [branches]int{}
	if got := l.again().computedFor(same); got != none {
		t.Fatalf("in a new process %v methods were computed", got)
	}
	l.put("file3", 3) // touched
	if got := l.again().computedFor(same); got != none {
		t.Fatalf("after a file was touched, %v methods were computed", got)
	}
	l.put("file3", 33)
	changed := func(b int) int {
		if b == 3 {
			return 33
		}
		return b
	}
	branch := [branches]int{3: depth}
	if got := l.again().computedFor(changed); got != branch {
		t.Fatalf("after a file changed, %v methods were computed, want %v", got, branch)
	}
	diskcache.Recheck()
	if got := l.computedFor(changed); got != none {
		t.Fatalf("with the former values in memory, %v methods were computed", got)
	}
}

// TestVeryDeep: a chain much deeper than any analysis is, asked for at its end.
func TestVeryDeep(t *testing.T) {
	deep := exhaustive.N(300, 3000)
	c := labComputes{"m0": read("file")}
	for i := 1; i < deep; i++ {
		c[fmt.Sprint("m", i)] = sum(fmt.Sprint("m", i-1))
	}
	l := newLab(t, c)
	l.put("file", 1)
	for i := range deep {
		if _, err := l.get(t.Context(), fmt.Sprint("m", i)); err != nil {
			t.Fatal(err)
		}
	}
	last := fmt.Sprint("m", deep-1)
	l.again().want(last, 1)
	l.put("file", 2)
	start := time.Now()
	next := l.again()
	if got, err := next.get(t.Context(), last); err != nil || got != 2 || len(next.computed) != deep {
		t.Errorf("%s is %d, error %v, after %d computations; want 2 after %d", last, got, err, len(next.computed), deep)
	}
	t.Logf("computing %d methods anew took %v", deep, time.Since(start))
}
