package diskcache_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// TestClearOneWhileComputing: what is under way then is returned and not kept.
func TestClearOneWhileComputing(t *testing.T) {
	cache := diskcache.Cache{Dir: t.TempDir()}
	started, goOn := make(chan struct{}), make(chan struct{})
	var calls atomic.Int64
	slow := diskcache.Wrap(&cache, "slow", diskcache.Plain(func(int) int64 {
		n := calls.Add(1)
		if n == 1 {
			close(started)
			<-goOn
		}
		return n
	}))
	got := make(chan int64)
	go func() { got <- mustCall(t, slow, 5) }()
	<-started
	if err := slow.Clear(5); err != nil {
		t.Error(err)
	}
	close(goOn)
	if v := <-got; v != 1 {
		t.Errorf("the one that computed got %d", v)
	}
	if v := mustCall(t, slow, 5); v != 2 {
		t.Errorf("got %d, which was computed before it was cleared", v)
	}
}

// TestCallAfterClear: a call that begins after Clear has returned gets nothing that was
// begun before, as those do who wait for it already.
func TestCallAfterClear(t *testing.T) {
	for name, wipe := range map[string]func(*diskcache.Cache, *diskcache.Function[int, int64]) error{
		"Clear":       func(_ *diskcache.Cache, f *diskcache.Function[int, int64]) error { return f.Clear(5) },
		"ClearAll":    func(_ *diskcache.Cache, f *diskcache.Function[int, int64]) error { return f.ClearAll() },
		"Cache.Clear": func(c *diskcache.Cache, _ *diskcache.Function[int, int64]) error { return c.Clear() },
	} {
		for _, noMemory := range []bool{false, true} {
			cache := &diskcache.Cache{Dir: t.TempDir()}
			started, goOn := make(chan struct{}), make(chan struct{})
			var calls atomic.Int64
			slow := diskcache.Wrap(cache, "slow", diskcache.Plain(func(int) int64 {
				n := calls.Add(1)
				if n == 1 {
					close(started)
					<-goOn
				}
				return n
			}), diskcache.FuncOptions{NoMemory: noMemory})
			call := func() (waits chan struct{}, got chan int64) {
				ctx := &waitingContext{Context: t.Context(), waits: make(chan struct{})}
				got = make(chan int64, 1)
				go func() {
					v, err := slow.Call(ctx, 5)
					if err != nil {
						t.Error(err)
					}
					got <- v
				}()
				return ctx.waits, got
			}
			_, first := call()
			<-started
			waits, before := call()
			<-waits
			if err := wipe(cache, slow); err != nil {
				t.Error(err)
			}
			waits, after := call()
			<-waits
			close(goOn)
			if v := []int64{<-first, <-before, <-after, mustCall(t, slow, 5)}; !slices.Equal(v, []int64{1, 1, 2, 2}) {
				t.Errorf("%s, no memory: %v: calls before it, while waiting, after it and later got %d, want 1 1 2 2", name, noMemory, v)
			}
		}
	}
}

// TestFunctionsShareComputations: one computation, however many ask at once.
func TestFunctionsShareComputations(t *testing.T) {
	dir := t.TempDir()
	var calls atomic.Int64
	release := make(chan struct{})
	slow := func(int) int64 { <-release; return calls.Add(1) }
	functions := []*diskcache.Function[int, int64]{
		diskcache.Wrap(&diskcache.Cache{Dir: dir}, "slow", diskcache.Plain(slow)),
		diskcache.Wrap(&diskcache.Cache{Dir: dir}, "slow", diskcache.Plain(slow)), // another program
	}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if got := mustCall(t, functions[i%2], 1); got != 1 {
				t.Errorf("got %d", got)
			}
		})
	}
	close(release)
	all.Wait()
	if calls.Load() != 1 {
		t.Errorf("%d computations", calls.Load())
	}
}

// A function that reaches itself gets an error that shows how.
func TestFunctionCircle(t *testing.T) {
	var f *diskcache.Function[int, int]
	f = diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir()}, "f", func(ctx context.Context, n int) (int, error) { return f.Call(ctx, n) })
	if _, err := f.Call(context.Background(), 5); !errors.Is(err, diskcache.ErrCircle) || !strings.Contains(err.Error(), "f(5) -> f(5)") {
		t.Errorf("got %v", err)
	}
}

// Recursion over arguments is no circle.
func TestFunctionRecursion(t *testing.T) {
	var fib *diskcache.Function[int, int]
	calls := 0
	fib = diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir()}, "fib", func(ctx context.Context, n int) (int, error) {
		calls++
		if n < 2 {
			return n, nil
		}
		a, errA := fib.Call(ctx, n-1)
		b, errB := fib.Call(ctx, n-2)
		return a + b, errors.Join(errA, errB)
	})
	if got := mustCall(t, fib, 30); got != 832040 || calls != 31 {
		t.Errorf("%d in %d calls, want 832040 in 31", got, calls)
	}
}

// TestFunctionsUnderFire does everything at once to two programs' functions of one
// directory: no call gets a value that is not its own, and none fails.
func TestFunctionsUnderFire(t *testing.T) {
	dir := t.TempDir()
	square := func(n int) []int { return []int{n, n * n} }
	var functions []*diskcache.Function[int, []int]
	for range 2 {
		cache := &diskcache.Cache{Dir: dir, TTL: 20 * time.Millisecond, OnEvent: func(e diskcache.Event) {
			if e.Kind == diskcache.SetAside || e.Kind == diskcache.SaveFailed {
				t.Errorf("%v: %s, %v", e.Kind, e.Reason, e.Err)
			}
		}}
		defer func() {
			if err := cache.Close(); err != nil {
				t.Error(err)
			}
		}()
		functions = append(functions, diskcache.Wrap(cache, "square", diskcache.Plain(square),
			diskcache.FuncOptions{Stale: 20 * time.Millisecond, Errors: time.Second, Valid: func(s diskcache.Stored) bool { return len(s.Value.([]int)) == 2 }}))
	}
	check := func(n int, v []int, err error) {
		if err != nil || !slices.Equal(v, square(n)) {
			t.Errorf("%d: %v, %v", n, v, err)
		}
	}
	ctx := context.Background()
	var all sync.WaitGroup
	for i := range 8 {
		f := functions[i%2]
		all.Go(func() {
			for n := range 40 {
				n %= 5
				v, err := f.Call(ctx, n)
				check(n, v, err)
				switch i {
				case 0:
					v, err = f.Refresh(ctx, n)
					check(n, v, err)
				case 1, 2:
					err = f.Clear(n)
				case 3:
					v, err = f.Call(diskcache.WithRefresh(ctx), n)
					check(n, v, err)
				case 4:
					_, err = f.Batch(ctx, upTo(5), diskcache.BatchOptions{})
				case 5:
					err = f.ClearAll()
				case 6:
					if v, ok, peekErr := f.Peek(ctx, n); ok {
						check(n, v, peekErr)
					}
				}
				if err != nil {
					t.Errorf("%d: %v", i, err)
				}
			}
		})
	}
	all.Wait()
}
