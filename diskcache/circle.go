package diskcache

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// A call inside a call is known by the context that compute was given. From
// that follow two ways to see that a method waits for itself:
//
//  1. The chain of calls that led here holds the same entry. This is a method
//     that reaches itself on one goroutine.
//  2. Every flight notes for which other flights the calls made inside it wait.
//     Before a call waits for a flight, it follows these notes; where they lead
//     back to the flight it is part of, two or more goroutines would wait for
//     each other. Each notes first and looks then, so the last one sees it.
//
// The same between processes is in lockwait.go.

type callKey struct{}

// callOf returns the computation under way that ctx belongs to, or nil. One that
// is over does not count, though its context may live on, in a goroutine it
// started or a variable.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	for c != nil && c.landed.Load() {
		c = c.parent
	}
	return c
}

// checkChain is way 1.
func (k *call) checkChain() error {
	for p := k.parent; p != nil; p = p.parent {
		if !p.landed.Load() && p.key == k.key && p.cell.stem == k.cell.stem && p.cell.dir.id() == k.cell.dir.id() {
			var names []string
			for q := k; q != p; q = q.parent {
				names = append(names, q.describe())
			}
			names = append(names, p.describe())
			slices.Reverse(names)
			return fmt.Errorf("%w: %s", ErrCircle, strings.Join(names, " -> "))
		}
	}
	return nil
}

// describe shows the call as in root.Slopes.power(512).
func (k *call) describe() string {
	texts := k.texts
	if texts == nil {
		texts = argumentTexts(k.args)
	}
	if len(texts) == 0 {
		return k.cell.stem
	}
	return k.cell.stem + "(" + strings.Join(texts, ", ") + ")"
}

// waitSet is the notes of way 2.
type waitSet struct {
	mu sync.Mutex
	on map[*flight]int // guarded by mu; how many calls inside wait for each
}

func (s *waitSet) add(f *flight, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on == nil {
		s.on = map[*flight]int{}
	}
	if s.on[f] += n; s.on[f] == 0 {
		delete(s.on, f)
	}
}

func (s *waitSet) list() []*flight {
	s.mu.Lock()
	defer s.mu.Unlock()
	flights := make([]*flight, 0, len(s.on))
	for f := range s.on {
		flights = append(flights, f)
	}
	return flights
}

// joins notes that k, made inside another computation, waits for f or computes
// it; the function returned takes the note back.
func (k *call) joins(f *flight) (leave func()) {
	if k.parent == nil || k.parent.flight == nil {
		return func() {}
	}
	inside := &k.parent.flight.waits
	inside.add(f, 1)
	return func() { inside.add(f, -1) }
}

// checkWait is way 2, after joins.
func (k *call) checkWait(f *flight) error {
	if k.parent == nil || k.parent.flight == nil {
		return nil
	}
	seen := map[*flight]bool{}
	var leadsBack func(*flight) bool
	leadsBack = func(g *flight) bool {
		if g == k.parent.flight {
			return true
		}
		if seen[g] {
			return false
		}
		seen[g] = true
		return slices.ContainsFunc(g.waits.list(), leadsBack)
	}
	if leadsBack(f) {
		return fmt.Errorf("%w: %s waits for %s, which another goroutine computes and which waits for %s",
			ErrCircle, k.parent.describe(), k.describe(), k.parent.describe())
	}
	return nil
}
