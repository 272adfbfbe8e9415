package diskcache_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

func TestThousandGoroutinesOneComputation(t *testing.T) {
	c, _ := newCacher[[]float64](t, t.TempDir())
	var runs atomic.Int64
	var all sync.WaitGroup
	start := make(chan struct{})
	for range 1000 {
		all.Go(func() {
			<-start
			v, err := c.Execute(context.Background(), func(context.Context) ([]float64, error) {
				runs.Add(1)
				time.Sleep(20 * time.Millisecond) // long enough that all arrive
				return []float64{42}, nil
			}, "argument")
			if err != nil || len(v) != 1 || v[0] != 42 {
				t.Errorf("got %v, %v", v, err)
			}
		})
	}
	close(start)
	all.Wait()
	if n := runs.Load(); n != 1 {
		t.Errorf("computed %d times, want once", n)
	}
}

func TestErrorGoesToThoseWhoWait(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCacher[int](t, dir)
		broken := errors.New("broken")
		var runs atomic.Int64
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				_, err := c.Execute(t.Context(), func(context.Context) (int, error) {
					runs.Add(1)
					time.Sleep(time.Second)
					return 0, broken
				})
				if !errors.Is(err, broken) {
					t.Errorf("got %v", err)
				}
			})
		}
		all.Wait()
		if n := runs.Load(); n != 1 {
			t.Errorf("computed %d times, want once", n)
		}
	})
}

// The context of a waiter ends its own wait; that of the one who computes, or
// its panic, makes the next waiter compute.
func TestWaitersOutliveTheLeader(t *testing.T) {
	for name, end := range map[string]func(ctx context.Context) error{
		"canceled": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"panicked": func(context.Context) error { time.Sleep(time.Second); panic("boom") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				c, _ := newCacher[int](t, dir)
				leaderCtx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				leading := make(chan struct{})
				var all sync.WaitGroup
				all.Go(func() {
					defer func() { _ = recover() }()
					_, _ = c.Execute(leaderCtx, func(ctx context.Context) (int, error) {
						close(leading)
						return 0, end(ctx)
					})
				})
				<-leading
				impatient, cancelImpatient := context.WithTimeout(t.Context(), time.Millisecond)
				defer cancelImpatient()
				if _, err := c.Execute(impatient, nil); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("impatient waiter: %v", err)
				}
				var runs atomic.Int64
				for range 5 {
					all.Go(func() {
						v, err := c.Execute(t.Context(), func(context.Context) (int, error) {
							runs.Add(1)
							time.Sleep(time.Second)
							return 8, nil
						})
						if v != 8 || err != nil {
							t.Errorf("waiter: %d, %v", v, err)
						}
					})
				}
				all.Wait()
				if n := runs.Load(); n != 1 {
					t.Errorf("%d waiters computed, want one", n)
				}
			})
		})
	}
}

func TestRefreshDoesNotShareAnOlderComputation(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCacher[int](t, dir)
		leading := make(chan struct{})
		var all sync.WaitGroup
		all.Go(func() {
			mustExecute(t, c, func(context.Context) (int, error) {
				close(leading)
				time.Sleep(time.Second)
				return 1, nil
			})
		})
		<-leading
		if v, err := c.Refresh(t.Context(), func(context.Context) (int, error) { return 2, nil }); v != 2 || err != nil {
			t.Errorf("Refresh: %d, %v", v, err)
		}
		all.Wait()
		if v := mustExecute(t, c, nil); v != 2 {
			t.Errorf("afterwards: %d, want 2", v)
		}
	})
}

// Two object trees of one process that hold the same entry share a computation
// through the entry's lock.
func TestTwoTreesOneComputation(t *testing.T) {
	dir := t.TempDir()
	var runs atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		c, _ := newCacher[int](t, dir)
		all.Go(func() {
			v := mustExecute(t, c, func(context.Context) (int, error) {
				runs.Add(1)
				time.Sleep(20 * time.Millisecond)
				return 6, nil
			})
			if v != 6 {
				t.Errorf("got %d", v)
			}
		})
	}
	all.Wait()
	if n := runs.Load(); n != 1 {
		t.Errorf("computed %d times, want once", n)
	}
}

// pair holds two methods that call each other.
type pair struct {
	a, b diskcache.DiskCacher[int]
}

func newPair(t *testing.T, dir string) *pair {
	t.Helper()
	p := &pair{}
	for _, c := range []*diskcache.DiskCacher[int]{&p.a, &p.b} {
		if err := c.SetTmpdir(dir); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.a.SetTag(testTag, "root.Pair.a"); err != nil {
		t.Fatal(err)
	}
	if err := p.b.SetTag(testTag, "root.Pair.b"); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *pair) callA(ctx context.Context, pause time.Duration) (int, error) {
	return p.a.Execute(ctx, func(ctx context.Context) (int, error) {
		time.Sleep(pause)
		return p.callB(ctx, pause)
	}, "once")
}

func (p *pair) callB(ctx context.Context, pause time.Duration) (int, error) {
	return p.b.Execute(ctx, func(ctx context.Context) (int, error) {
		time.Sleep(pause)
		return p.callA(ctx, pause)
	})
}

func TestCircleIsAnError(t *testing.T) {
	p := newPair(t, t.TempDir())
	_, err := p.callA(context.Background(), 0)
	if !errors.Is(err, diskcache.ErrCircle) {
		t.Fatalf("got %v, want ErrCircle", err)
	}
	if want := `root.Pair.a("once") -> root.Pair.b -> root.Pair.a("once")`; !strings.Contains(err.Error(), want) {
		t.Errorf("error %q does not show the circle %q", err, want)
	}
	// Other arguments are another entry: recursion is fine.
	var c diskcache.DiskCacher[int]
	if err := c.SetTmpdir(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if err := c.SetTag(testTag, "root.Factorial"); err != nil {
		t.Fatal(err)
	}
	var factorial func(ctx context.Context, n int) (int, error)
	factorial = func(ctx context.Context, n int) (int, error) {
		return c.Execute(ctx, func(ctx context.Context) (int, error) {
			if n == 0 {
				return 1, nil
			}
			f, err := factorial(ctx, n-1)
			return n * f, err
		}, n)
	}
	if v, err := factorial(context.Background(), 10); v != 3628800 || err != nil {
		t.Errorf("10! = %d, %v", v, err)
	}
}

// Two goroutines that start at the two ends of a circle would wait for each
// other: in one tree by flights, in two trees by locks.
func TestCircleAcrossGoroutines(t *testing.T) {
	for name, trees := range map[string]int{"one tree": 1, "two trees": 2} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			first := newPair(t, dir)
			second := first
			if trees == 2 {
				second = newPair(t, dir)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
			defer cancel()
			var all sync.WaitGroup
			var errA, errB error
			all.Go(func() { _, errA = first.callA(ctx, 50*time.Millisecond) })
			all.Go(func() { _, errB = second.callB(ctx, 50*time.Millisecond) })
			all.Wait()
			if !errors.Is(errA, diskcache.ErrCircle) || !errors.Is(errB, diskcache.ErrCircle) {
				t.Errorf("got %v and %v, want ErrCircle from both", errA, errB)
			}
		})
	}
}

// Branches that share a value are no circle, however they are scheduled.
func TestDiamondIsNoCircle(t *testing.T) {
	for range 20 {
		dir := t.TempDir()
		cachers := map[string]*diskcache.DiskCacher[int]{}
		for _, name := range []string{"top", "left", "right", "bottom"} {
			c := new(diskcache.DiskCacher[int])
			if err := c.SetTmpdir(dir); err != nil {
				t.Fatal(err)
			}
			if err := c.SetTag(testTag, "root."+name); err != nil {
				t.Fatal(err)
			}
			cachers[name] = c
		}
		bottom := func(ctx context.Context) (int, error) {
			return cachers["bottom"].Execute(ctx, func(context.Context) (int, error) { time.Sleep(time.Millisecond); return 1, nil })
		}
		v, err := cachers["top"].Execute(context.Background(), func(ctx context.Context) (int, error) {
			var sum atomic.Int64
			var both sync.WaitGroup
			for _, side := range []string{"left", "right"} {
				both.Go(func() {
					v, err := cachers[side].Execute(ctx, bottom)
					if err != nil {
						t.Errorf("%s: %v", side, err)
					}
					sum.Add(int64(v))
				})
			}
			both.Wait()
			return int(sum.Load()), nil
		})
		if v != 2 || err != nil {
			t.Fatalf("got %d, %v", v, err)
		}
	}
}
