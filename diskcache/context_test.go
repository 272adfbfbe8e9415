package diskcache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// steps returns 1, 2, 3 … so that a value tells which computation it is from.
func steps() func(context.Context) (int, error) {
	n := 0
	return func(context.Context) (int, error) { n++; return n, nil }
}

func TestMaxAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		compute := steps()
		c, _ := newCacher[int](t, dir)
		mustExecute(t, c, compute)
		time.Sleep(time.Hour)
		hour := diskcache.WithMaxAge(context.Background(), time.Hour)
		wrapped, cancel := context.WithCancel(hour)
		defer cancel()
		for _, step := range []struct {
			name string
			ctx  context.Context
			wait time.Duration
			want int
		}{
			{"usual", context.Background(), 0, 1},
			{"just young enough", hour, 0, 1},
			{"too old", hour, time.Nanosecond, 2},
			{"young again", wrapped, 0, 2},
			{"too old through another context", wrapped, 2 * time.Hour, 3},
			{"the stricter one counts", diskcache.WithMaxAge(hour, 24*time.Hour), 2 * time.Hour, 4},
			{"in either order", diskcache.WithMaxAge(diskcache.WithMaxAge(context.Background(), 24*time.Hour), time.Hour), 2 * time.Hour, 5},
			{"age 0 takes nothing stored", diskcache.WithMaxAge(context.Background(), 0), time.Second, 6},
		} {
			time.Sleep(step.wait)
			for _, where := range []string{"in memory", "on disk"} {
				if got, err := c.Execute(step.ctx, compute); got != step.want || err != nil {
					t.Errorf("%s, %s: %d, %v, want %d", step.name, where, got, err, step.want)
				}
				if step.ctx != wrapped {
					c, _ = newCacher[int](t, dir)
				}
			}
		}
		time.Sleep(2 * time.Hour)
		if _, ok, err := c.Peek(hour); ok || err != nil {
			t.Errorf("Peek found a value that is too old: %v, %v", ok, err)
		}
		if v, ok, err := c.Peek(context.Background()); v != 6 || !ok || err != nil {
			t.Errorf("Peek: %v, %v, %v", v, ok, err)
		}
	})
}

// TestRefreshBelow: everything below is computed anew, once, though it is
// needed on two ways.
func TestRefreshBelow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		raw, _ := newCacherNamed[int](t, dir, "root.A.raw")
		left, _ := newCacherNamed[int](t, dir, "root.A.left")
		right, _ := newCacherNamed[int](t, dir, "root.A.right")
		sum, _ := newCacherNamed[int](t, dir, "root.A.sum")
		computed := steps()
		inner := func(ctx context.Context) (int, error) { return raw.Execute(ctx, computed) }
		outer := func(ctx context.Context) (int, error) {
			a, errA := left.Execute(ctx, inner)
			b, errB := right.Execute(ctx, inner)
			return a + b, errors.Join(errA, errB)
		}
		usual := context.Background()
		for want := 1; want <= 3; want++ {
			ctx := usual
			if want > 1 {
				time.Sleep(time.Second)
				ctx = diskcache.WithRefresh(usual)
				time.Sleep(time.Nanosecond)
			}
			for range 2 { // with the same context it is a hit then
				if got, err := sum.Execute(ctx, outer); got != 2*want || err != nil {
					t.Errorf("%d, %v, want %d", got, err, 2*want)
				}
			}
		}
		// The method refreshes one value only.
		if got, err := sum.Refresh(usual, outer); got != 6 || err != nil {
			t.Errorf("Refresh: %d, %v, want 6 from what is stored below", got, err)
		}
	})
}

// The same where the two ways are gone at once: the second one shares the
// computation that the first one began, as that is fresh.
func TestRefreshBelowAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		raw, _ := newCacherNamed[int](t, dir, "root.A.raw")
		var calls atomic.Int64
		slow := func(context.Context) (int, error) {
			time.Sleep(time.Second)
			return int(calls.Add(1)), nil
		}
		mustExecute(t, raw, slow)
		before := make(chan int)
		go func() { // computes already when the refresh is asked for
			v, err := raw.Refresh(context.Background(), slow)
			if err != nil {
				t.Error(err)
			}
			before <- v
		}()
		time.Sleep(time.Millisecond)
		ctx := diskcache.WithRefresh(context.Background())
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if got, err := raw.Execute(ctx, slow); got != 3 || err != nil {
					t.Errorf("%d, %v, want 3, which alone is fresh", got, err)
				}
			})
		}
		if v := <-before; v != 2 {
			t.Errorf("the one before got %d", v)
		}
		all.Wait()
	})
}

// A failure that began before the refresh was asked for is none of its callers'.
func TestRefreshBelowAfterFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCacher[int](t, t.TempDir())
		failed := make(chan error)
		go func() {
			_, err := c.Execute(context.Background(), func(context.Context) (int, error) {
				time.Sleep(time.Second)
				return 0, errors.New("old")
			})
			failed <- err
		}()
		synctest.Wait()
		go func() {
			v, err := c.Execute(diskcache.WithRefresh(context.Background()), func(context.Context) (int, error) { return 7, nil })
			if v != 7 || err != nil {
				t.Errorf("%d, %v", v, err)
			}
			failed <- err
		}()
		if err := <-failed; err == nil {
			t.Error("the first one did not fail")
		}
		<-failed
	})
}

func TestBypass(t *testing.T) {
	dir := t.TempDir()
	compute := steps()
	c, log := newCacher[int](t, dir)
	outer, _ := newCacherNamed[int](t, dir, "root.A.outer")
	ctx := diskcache.WithBypass(context.Background())
	for want := 1; want <= 3; want++ {
		got, err := outer.Execute(ctx, func(ctx context.Context) (int, error) { return c.Execute(ctx, compute) })
		if got != want || err != nil {
			t.Errorf("%d, %v, want %d", got, err, want)
		}
	}
	if _, ok, err := c.Peek(ctx); ok || err != nil {
		t.Errorf("Peek: %v, %v", ok, err)
	}
	if files, err := os.ReadDir(dir); len(files) > 0 || err != nil || log.kinds() != "" {
		t.Errorf("left %v, %v, events %q", files, err, log.kinds())
	}
	mustExecute(t, c, compute)
	if got, err := c.Execute(ctx, compute); got != 5 || err != nil {
		t.Errorf("%d, %v: took a stored value", got, err)
	}
	if got := mustExecute(t, c, compute); got != 4 {
		t.Errorf("got %d: a bypassing call stored its value", got)
	}
}

// A file of another program does not say how old it is: it is young enough for
// WithMaxAge, as it is for a time to live, and is no refreshed value.
func TestDemandsOnForeignFiles(t *testing.T) {
	dir := t.TempDir()
	c, _ := newCacher[[]float64](t, dir)
	f := &counted[[]float64]{value: []float64{1, 2}}
	mustExecute(t, c, f.compute)
	if err := os.Remove(filepath.Join(dir, "cache"+testTag, ".dataelab", "root.A.method.json")); err != nil {
		t.Fatal(err)
	}
	c, _ = newCacher[[]float64](t, dir)
	if _, err := c.Execute(diskcache.WithMaxAge(context.Background(), 1), f.compute); err != nil || f.runs != 1 {
		t.Errorf("max age: %d runs, %v", f.runs, err)
	}
	if _, err := c.Execute(diskcache.WithRefresh(context.Background()), f.compute); err != nil || f.runs != 2 {
		t.Errorf("refresh: %d runs, %v", f.runs, err)
	}
}

// A value whose record is of the future proves no youth.
func TestDemandsAndClockJumps(t *testing.T) {
	dir := t.TempDir()
	compute := steps()
	synctest.Test(t, func(t *testing.T) { // whose clock stands in the year 2000, and is put forward
		time.Sleep(100 * 365 * 24 * time.Hour)
		c, _ := newCacher[int](t, dir)
		mustExecute(t, c, compute)
	})
	c, _ := newCacher[int](t, dir)
	if got, err := c.Execute(diskcache.WithMaxAge(context.Background(), time.Hour), compute); got != 2 || err != nil {
		t.Errorf("%d, %v, want 2", got, err)
	}
}

// TestHitUnderDemandDoesNotAllocate: neither with nor without one.
func TestHitUnderDemandDoesNotAllocate(t *testing.T) {
	c, _ := newCacher[int](t, t.TempDir())
	compute := steps()
	mustExecute(t, c, compute)
	for name, ctx := range map[string]context.Context{
		"usual":   context.Background(),
		"max age": diskcache.WithMaxAge(context.Background(), time.Hour),
	} {
		if n := testing.AllocsPerRun(100, func() { _, _ = c.Execute(ctx, compute) }); n > 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkHitUnderContexts(b *testing.B) {
	c, _ := newCacher[int](b, b.TempDir())
	compute := steps()
	mustExecute(b, c, compute)
	run := func(name string, ctx context.Context) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = c.Execute(ctx, compute)
			}
		})
	}
	canceled, cancel := context.WithTimeout(context.WithoutCancel(context.Background()), time.Hour)
	defer cancel()
	run("before any demand", context.Background())
	run("before any demand, two deep", canceled)
	demanding := diskcache.WithMaxAge(context.Background(), time.Hour)
	run("after one, without", context.Background())
	run("after one, without, two deep", canceled)
	run("max age", demanding)
}
