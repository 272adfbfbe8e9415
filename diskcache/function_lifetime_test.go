package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

func TestTTLOfFunction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		next := steps()
		wrap := func(o diskcache.FuncOptions) *diskcache.Function[diskcache.None, int] {
			return diskcache.Wrap(&diskcache.Cache{Dir: dir, TTL: time.Hour}, "f", diskcache.NoArgument(next), o)
		}
		for i, step := range []struct {
			wait time.Duration
			o    diskcache.FuncOptions
			want int
		}{
			{0, diskcache.FuncOptions{}, 1},
			{59 * time.Minute, diskcache.FuncOptions{}, 1},
			{time.Minute, diskcache.FuncOptions{}, 2},
			{2 * time.Hour, diskcache.FuncOptions{TTL: 3 * time.Hour}, 2},
			{0, diskcache.FuncOptions{TTL: diskcache.Forever}, 2},
			{0, diskcache.FuncOptions{TTL: time.Minute}, 3},
		} {
			time.Sleep(step.wait)
			if got := mustCall(t, wrap(step.o), diskcache.None{}); got != step.want {
				t.Errorf("step %d: %d, want %d", i, got, step.want)
			}
		}
	})
}

// TestMaxAgeOfFunction: what a context asks for holds for functions and methods
// alike, also inside of each other.
func TestMaxAgeOfFunction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		next := steps()
		cache := diskcache.Cache{Dir: dir}
		inner := diskcache.Wrap(&cache, "inner", diskcache.NoArgument(next))
		method, _ := newCacher[int](t, dir)
		call := func(ctx context.Context) (int, error) {
			return method.Execute(ctx, func(ctx context.Context) (int, error) { return inner.Call(ctx, diskcache.None{}) })
		}
		for want, ctx := range []context.Context{context.Background(), diskcache.WithMaxAge(context.Background(), time.Minute)} {
			time.Sleep(time.Hour)
			for range 2 {
				if got, err := call(ctx); got != want+1 || err != nil {
					t.Errorf("%d, %v, want %d", got, err, want+1)
				}
			}
		}
	})
}

// TestValid: a result made of a file is good while the file is older.
func TestValid(t *testing.T) {
	dir := t.TempDir()
	raw := filepath.Join(t.TempDir(), "raw")
	written := time.Now().Add(-time.Hour)
	write := func(text string, when time.Time) {
		t.Helper()
		if err := errors.Join(os.WriteFile(raw, []byte(text), 0o600), os.Chtimes(raw, when, when)); err != nil {
			t.Fatal(err)
		}
	}
	write("first", written)
	asked := 0
	wrap := func() *diskcache.Function[string, string] {
		return diskcache.Wrap(&diskcache.Cache{Dir: dir}, "read",
			diskcache.NoContext(func(name string) (string, error) { text, err := os.ReadFile(name); return string(text), err }),
			diskcache.FuncOptions{Valid: func(s diskcache.Stored) bool {
				asked++
				info, err := os.Stat(s.Args[0].(string))
				if _, isText := s.Value.(string); !isText || s.ComputeTime < 0 {
					t.Errorf("asked about %+v", s)
				}
				return err == nil && info.ModTime().Before(s.Computed)
			}})
	}
	read := wrap()
	for _, step := range []struct {
		name, text string
		asked      int
	}{
		{"computed", "first", 0},
		{"in memory", "first", 1},
		{"on disk", "first", 1},
	} {
		asked = 0
		if step.name == "on disk" {
			read = wrap()
		}
		if got := mustCall(t, read, raw); got != step.text || asked != step.asked {
			t.Errorf("%s: %q after %d questions, want %q after %d", step.name, got, asked, step.text, step.asked)
		}
	}
	write("second", time.Now().Add(time.Hour))
	for _, f := range []*diskcache.Function[string, string]{read, wrap()} {
		if _, ok, err := f.Peek(context.Background(), raw); ok || err != nil {
			t.Errorf("Peek found what is not valid: %v, %v", ok, err)
		}
	}
	if got := mustCall(t, read, raw); got != "second" {
		t.Errorf("got %q", got)
	}
}

// A hook that always says no makes each caller compute, and a panic in it is
// the caller's and leaves nobody waiting.
func TestValidNeverAndPanics(t *testing.T) {
	next := steps()
	var fault any
	f := diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir()}, "f", diskcache.NoArgument(next),
		diskcache.FuncOptions{Copy: true, Valid: func(diskcache.Stored) bool {
			if fault != nil {
				panic(fault)
			}
			return false
		}})
	for want := 1; want <= 3; want++ {
		if got := mustCall(t, f, diskcache.None{}); got != want {
			t.Errorf("got %d, want %d", got, want)
		}
	}
	fault = "boom"
	func() {
		defer func() {
			if r := recover(); r != fault {
				t.Errorf("recovered %v", r)
			}
		}()
		mustCall(t, f, diskcache.None{})
	}()
	fault = nil
	if got := mustCall(t, f, diskcache.None{}); got != 4 {
		t.Errorf("got %d, want 4", got)
	}
}

func TestStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		var calls atomic.Int64
		slow := func(context.Context) (int64, error) {
			n := calls.Add(1)
			time.Sleep(time.Second)
			return n, nil
		}
		wrap := func() (*diskcache.Function[diskcache.None, int64], *diskcache.Cache) {
			cache := &diskcache.Cache{Dir: dir, TTL: time.Hour}
			return diskcache.Wrap(cache, "f", diskcache.NoArgument(slow), diskcache.FuncOptions{Stale: time.Hour}), cache
		}
		for _, where := range []string{"in memory", "on disk"} {
			calls.Store(0)
			f, cache := wrap()
			if err := f.ClearAll(); err != nil {
				t.Fatal(err)
			}
			call := func(name string, want int64, took time.Duration) {
				t.Helper()
				begin := time.Now()
				if got := mustCall(t, f, diskcache.None{}); got != want || time.Since(begin) != took {
					t.Errorf("%s, %s: %d after %v, want %d after %v", where, name, got, time.Since(begin), want, took)
				}
			}
			call("first", 1, time.Second)
			call("fresh", 1, 0)
			time.Sleep(90 * time.Minute)
			if where == "on disk" {
				f, cache = wrap()
			}
			for range 5 {
				call("stale", 1, 0)
			}
			time.Sleep(time.Minute)
			call("renewed", 2, 0)
			if calls.Load() != 2 {
				t.Errorf("%s: %d computations, want 2", where, calls.Load())
			}
			time.Sleep(2*time.Hour + time.Minute)
			call("too old", 3, time.Second)
			time.Sleep(90 * time.Minute)
			if got, err := f.Call(diskcache.WithMaxAge(context.Background(), time.Hour), diskcache.None{}); got != 4 || err != nil {
				t.Errorf("%s: %d, %v: max age does not count", where, got, err)
			}
			if err := cache.Close(); err != nil {
				t.Error(err)
			}
		}
	})
}

// Close ends what is computed in the background; a panic there ends nothing else.
func TestStaleEndsWithClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &eventLog{}
		cache := diskcache.Cache{Dir: t.TempDir(), TTL: time.Hour, OnEvent: log.add}
		var calls, ended atomic.Int64
		f := diskcache.Wrap(&cache, "f", func(ctx context.Context, n int) (int, error) {
			switch calls.Add(1) {
			case 1, 3:
				return n, nil
			case 2:
				panic("boom")
			}
			<-ctx.Done()
			ended.Add(1)
			return 0, ctx.Err()
		}, diskcache.FuncOptions{Stale: 24 * time.Hour})
		for range 3 {
			mustCall(t, f, 1)
			time.Sleep(2 * time.Hour)
		}
		if e, ok := log.find(diskcache.Failed); !ok || !strings.Contains(fmt.Sprint(e.Err), "boom") {
			t.Errorf("nobody heard of the panic: %s", log.kinds())
		}
		if got := mustCall(t, f, 1); got != 1 { // starts another computation, which waits for Close
			t.Errorf("got %d", got)
		}
		synctest.Wait()
		if err := cache.Close(); err != nil {
			t.Error(err)
		}
		if ended.Load() != 1 {
			t.Errorf("%d computations ended by Close, want 1", ended.Load())
		}
		if got := mustCall(t, f, 1); got != 1 {
			t.Errorf("after Close: got %d", got)
		}
	})
}

// A result is never stored for an argument that was changed under it.
func TestStaleAndChangedArgument(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &eventLog{}
		cache := diskcache.Cache{Dir: t.TempDir(), TTL: time.Hour, OnEvent: log.add}
		gate := make(chan struct{}, 1)
		gate <- struct{}{} // for the first call
		sum := func(values []int) (n int) {
			<-gate
			for _, v := range values {
				n += v
			}
			return n
		}
		f := diskcache.Wrap(&cache, "sum", diskcache.Plain(sum), diskcache.FuncOptions{Stale: time.Hour})
		mustCall(t, f, []int{1, 2})
		time.Sleep(90 * time.Minute)
		values := []int{1, 2}
		mustCall(t, f, values)
		synctest.Wait()
		values[0] = 100
		close(gate)
		time.Sleep(time.Minute)
		if e, ok := log.find(diskcache.Failed); !ok || !strings.Contains(fmt.Sprint(e.Err), "changed") {
			t.Errorf("events %s", log.kinds())
		}
		for range 2 {
			if got := mustCall(t, f, []int{1, 2}); got != 3 {
				t.Errorf("got %d, want 3", got)
			}
			time.Sleep(time.Minute)
		}
		if err := cache.Close(); err != nil {
			t.Error(err)
		}
	})
}

var (
	errNotFound = errors.New("not found")
	errBusy     = errors.New("busy")
)

func TestStoredErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		calls := 0
		var fails error = fmt.Errorf("star 7: %w", errNotFound)
		wrap := func() *diskcache.Function[int, string] {
			return diskcache.Wrap(&diskcache.Cache{Dir: dir}, "look", diskcache.NoContext(func(int) (string, error) { calls++; return "found", fails }),
				diskcache.FuncOptions{Errors: time.Hour, ErrorKinds: []error{errBusy, errNotFound}})
		}
		look := wrap()
		if _, err := look.Call(context.Background(), 7); !errors.Is(err, fails) {
			t.Errorf("the first call: %v", err)
		}
		for _, f := range []*diskcache.Function[int, string]{look, wrap()} { // in another process, too
			_, err := f.Call(context.Background(), 7)
			var remembered *diskcache.RememberedError
			if !errors.As(err, &remembered) || remembered.Text != fails.Error() || !errors.Is(err, errNotFound) || errors.Is(err, errBusy) ||
				!strings.HasPrefix(err.Error(), "diskcache: compute look: star 7: not found (remembered from 2000-01-01 ") {
				t.Errorf("got %v", err)
			}
		}
		if calls != 1 {
			t.Errorf("%d calls, want 1", calls)
		}
		if _, err := look.Call(context.Background(), 8); !errors.Is(err, fails) || calls != 2 {
			t.Errorf("another argument: %v, %d calls", err, calls)
		}
		if _, err := look.Refresh(context.Background(), 7); !errors.Is(err, fails) || calls != 3 {
			t.Errorf("Refresh: %v, %d calls", err, calls)
		}
		time.Sleep(time.Nanosecond)
		if _, err := look.Call(diskcache.WithRefresh(context.Background()), 7); !errors.Is(err, fails) || calls != 4 {
			t.Errorf("WithRefresh: %v, %d calls", err, calls)
		}
		time.Sleep(time.Hour)
		fails = nil
		if got := mustCall(t, look, 7); got != "found" || calls != 5 {
			t.Errorf("after an hour: %q, %d calls", got, calls)
		}
		if got, err := look.Refresh(context.Background(), 8); got != "found" || err != nil {
			t.Errorf("Refresh: %q, %v", got, err)
		}
		if err := errors.Join(look.Clear(7)); err != nil {
			t.Fatal(err)
		}
		if got := mustCall(t, look, 7); got != "found" || calls != 7 {
			t.Errorf("after Clear: %q, %d calls", got, calls)
		}
	})
}

// The end of the caller's context is no error of the function's.
func TestStoredErrorsAndContexts(t *testing.T) {
	dir := t.TempDir()
	f := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "f", func(ctx context.Context, n int) (int, error) { return n, ctx.Err() },
		diskcache.FuncOptions{Errors: time.Hour})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.Call(ctx, 5); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := mustCall(t, f, 5); got != 5 {
		t.Errorf("got %d", got)
	}
}

// A stored error is removed by a result, by Clear, and by ClearAll.
func TestStoredErrorsAreForgotten(t *testing.T) {
	dir := t.TempDir()
	fails := true
	f := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "f", diskcache.NoContext(func(n int) (int, error) {
		if fails {
			return 0, errBusy
		}
		return n, nil
	}), diskcache.FuncOptions{Errors: time.Hour})
	for name, forget := range map[string]func() error{
		"a result":  func() error { fails = false; _, err := f.Refresh(context.Background(), 1); return err },
		"Clear":     func() error { return f.Clear(1) },
		"Clear all": f.ClearAll,
	} {
		fails = true
		if _, err := f.Refresh(context.Background(), 1); err == nil {
			t.Fatal("no error")
		}
		if stored, err := filepath.Glob(filepath.Join(dir, "f.error-*")); len(stored) != 1 || err != nil {
			t.Errorf("%s: before: %v, %v", name, stored, err)
		}
		if err := forget(); err != nil {
			t.Error(err)
		}
		if stored, err := filepath.Glob(filepath.Join(dir, "f.error-*")); len(stored) > 0 || err != nil {
			t.Errorf("%s: left %v, %v", name, stored, err)
		}
	}
}

// A stored error is no computation.
func TestStoredErrorIsTold(t *testing.T) {
	cache := diskcache.Cache{Dir: t.TempDir()}
	runs := 0
	f := diskcache.Wrap(&cache, "f", diskcache.NoContext(func(int) (int, error) { runs++; return 0, errors.New("no data") }),
		diskcache.FuncOptions{Errors: time.Hour})
	var o diskcache.Outcome
	for range 3 {
		if _, err := f.Call(diskcache.WithOutcome(t.Context(), &o), 1); err == nil {
			t.Error("the error is lost")
		}
	}
	if s := f.Stats(); runs != 1 || s.Failed != 1 || s.Misses.Total() != 1 {
		t.Errorf("%d calls, counted %+v", runs, s)
	}
	if text := o.String(); o.Source != diskcache.NoValue || o.Why != diskcache.NoReason || strings.Contains(text, "comput") || strings.Contains(text, "called") {
		t.Errorf("%v, %v: %s", o.Source, o.Why, text)
	}
}
