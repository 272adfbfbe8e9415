package diskcache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

const testTag = "LBTISX20240410_112233"

// newCacher returns a cacher in dir whose events go to the log returned.
func newCacher[T any](tb testing.TB, dir string) (*diskcache.DiskCacher[T], *eventLog) {
	tb.Helper()
	return newCacherNamed[T](tb, dir, "root.A.method")
}

func newCacherNamed[T any](tb testing.TB, dir, name string) (*diskcache.DiskCacher[T], *eventLog) {
	tb.Helper()
	log := &eventLog{}
	c := new(diskcache.DiskCacher[T])
	if err := c.SetOptions(diskcache.Options{Tmpdir: dir, OnEvent: log.add}); err != nil {
		tb.Fatal(err)
	}
	if err := c.SetTag(testTag, name); err != nil {
		tb.Fatal(err)
	}
	return c, log
}

type eventLog struct {
	mu     sync.Mutex
	events []diskcache.Event
}

func (l *eventLog) add(e diskcache.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
}

// kinds returns what happened, in order.
func (l *eventLog) kinds() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var words []string
	for _, e := range l.events {
		words = append(words, e.Kind.String())
	}
	return strings.Join(words, ", ")
}

func (l *eventLog) find(kind diskcache.EventKind) (diskcache.Event, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.events {
		if e.Kind == kind {
			return e, true
		}
	}
	return diskcache.Event{}, false
}

// counted is a computation that counts how often it ran.
type counted[T any] struct {
	value T
	err   error
	runs  int
}

func (c *counted[T]) compute(context.Context) (T, error) {
	c.runs++
	return c.value, c.err
}

func mustExecute[T any](tb testing.TB, c *diskcache.DiskCacher[T], f func(context.Context) (T, error), args ...any) T {
	tb.Helper()
	v, err := c.Execute(context.Background(), f, args...)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func TestExecuteComputesOnce(t *testing.T) {
	dir := t.TempDir()
	f := &counted[[]float64]{value: []float64{1, 2, 3}}
	for instance := range 3 {
		c, log := newCacher[[]float64](t, dir)
		for range 3 {
			if got := mustExecute(t, c, f.compute); !reflect.DeepEqual(got, f.value) {
				t.Fatalf("instance %d: got %v, want %v", instance, got, f.value)
			}
		}
		want := "look-up, load"
		if instance == 0 {
			want = "look-up, compute, save"
		}
		if got := log.kinds(); got != want {
			t.Errorf("instance %d: events %q, want %q", instance, got, want)
		}
	}
	if f.runs != 1 {
		t.Errorf("computed %d times, want once", f.runs)
	}
}

func TestExecuteByArguments(t *testing.T) {
	dir := t.TempDir()
	runs := 0
	for range 2 {
		c, _ := newCacher[int](t, dir)
		for range 2 {
			for n := range 100 {
				got := mustExecute(t, c, func(context.Context) (int, error) { runs++; return n * n, nil }, n, "square")
				if got != n*n {
					t.Fatalf("square of %d: got %d", n, got)
				}
			}
		}
	}
	if runs != 100 {
		t.Errorf("computed %d times, want 100", runs)
	}
}

func TestUntaggedOnlyComputes(t *testing.T) {
	var c diskcache.DiskCacher[int]
	f := &counted[int]{value: 7}
	for range 2 {
		if got := mustExecute(t, &c, f.compute, "argument"); got != 7 {
			t.Fatalf("got %d", got)
		}
	}
	if f.runs != 2 {
		t.Errorf("computed %d times, want 2", f.runs)
	}
	if _, err := c.FullPath(); !errors.Is(err, diskcache.ErrTagNotSet) {
		t.Errorf("FullPath: %v, want ErrTagNotSet", err)
	}
	if _, ok, err := c.Peek(context.Background()); ok || err != nil {
		t.Errorf("Peek: %v, %v, want nothing", ok, err)
	}
	if err := c.ClearCache(); err != nil {
		t.Errorf("ClearCache: %v", err)
	}
}

func TestRefreshOverwrites(t *testing.T) {
	dir := t.TempDir()
	c, _ := newCacher[int](t, dir)
	mustExecute(t, c, (&counted[int]{value: 1}).compute)
	if got, err := c.Refresh(context.Background(), (&counted[int]{value: 2}).compute); got != 2 || err != nil {
		t.Fatalf("Refresh: %d, %v", got, err)
	}
	never := &counted[int]{value: 3}
	if got := mustExecute(t, c, never.compute); got != 2 {
		t.Errorf("same instance: got %d, want 2", got)
	}
	again, _ := newCacher[int](t, dir)
	if got := mustExecute(t, again, never.compute); got != 2 || never.runs != 0 {
		t.Errorf("new instance: got %d, want 2 without computing", got)
	}
}

func TestPeek(t *testing.T) {
	dir := t.TempDir()
	c, _ := newCacher[string](t, dir)
	if _, ok, err := c.Peek(context.Background(), 5); ok || err != nil {
		t.Fatalf("before: %v, %v", ok, err)
	}
	mustExecute(t, c, (&counted[string]{value: "x"}).compute, 5)
	for _, where := range []string{"memory", "disk"} {
		if v, ok, err := c.Peek(context.Background(), 5); v != "x" || !ok || err != nil {
			t.Errorf("in %s: %q, %v, %v", where, v, ok, err)
		}
		c, _ = newCacher[string](t, dir)
	}
	if _, _, err := c.Peek(context.Background(), func() {}); !errors.Is(err, diskcache.ErrArgument) {
		t.Errorf("function as argument: %v", err)
	}
}

func TestErrorsAreNotStored(t *testing.T) {
	c, log := newCacher[int](t, t.TempDir())
	broken := errors.New("broken")
	if _, err := c.Execute(context.Background(), (&counted[int]{err: broken}).compute); !errors.Is(err, broken) {
		t.Fatalf("got %v, want compute's own error", err)
	}
	if got := mustExecute(t, c, (&counted[int]{value: 4}).compute); got != 4 {
		t.Errorf("after an error: got %d, want 4", got)
	}
	if want := "look-up, failed, look-up, compute, save"; log.kinds() != want {
		t.Errorf("events %q, want %q", log.kinds(), want)
	}
}

func TestPanicAndGoexitFreeTheKey(t *testing.T) {
	c, _ := newCacher[int](t, t.TempDir())
	func() {
		defer func() {
			if r := recover(); r != "boom" {
				t.Errorf("recovered %v, want the panic of compute", r)
			}
		}()
		_, _ = c.Execute(context.Background(), func(context.Context) (int, error) { panic("boom") })
	}()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		_, _ = c.Execute(context.Background(), func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
	}()
	<-gone
	if got := mustExecute(t, c, (&counted[int]{value: 5}).compute); got != 5 {
		t.Errorf("got %d, want 5", got)
	}
}

func TestUnhashableArgument(t *testing.T) {
	c, _ := newCacher[int](t, t.TempDir())
	f := &counted[int]{}
	_, err := c.Execute(context.Background(), f.compute, 1, func() {})
	var e *diskcache.Error
	if !errors.Is(err, diskcache.ErrArgument) || !errors.As(err, &e) || e.Name != "root.A.method" || e.Tag != testTag {
		t.Errorf("got %v, want an Error that wraps ErrArgument with name and tag", err)
	}
	if f.runs != 0 {
		t.Error("computed without a key")
	}
}

// A nil context is a mistake, but not one that should cost a night's run.
func TestNilContext(t *testing.T) {
	c, _ := newCacher[int](t, t.TempDir())
	var none context.Context
	v, err := c.Execute(none, func(ctx context.Context) (int, error) { return 3, ctx.Err() })
	if v != 3 || err != nil {
		t.Errorf("got %d, %v", v, err)
	}
}

func TestTagChange(t *testing.T) {
	dir := t.TempDir()
	c, _ := newCacher[int](t, dir)
	mustExecute(t, c, (&counted[int]{value: 1}).compute)
	for i, tag := range []string{"other", testTag} {
		if err := c.SetTag(tag, "root.A.method"); err != nil {
			t.Fatal(err)
		}
		f := &counted[int]{value: 2}
		got := mustExecute(t, c, f.compute)
		if want := 2 - i; got != want || f.runs != want-1 {
			t.Errorf("tag %s: got %d after %d computations", tag, got, f.runs)
		}
	}
	full, err := c.FullPath()
	if want := filepath.Join(dir, "cache"+testTag, "root.A.method"); full != want || err != nil {
		t.Errorf("FullPath %q, %v, want %q", full, err, want)
	}
}

// A computation that began under the old tag is stored there, and not in the
// memory of the new one.
func TestTagChangeWhileComputing(t *testing.T) {
	c, _ := newCacher[int](t, t.TempDir())
	got := mustExecute(t, c, func(context.Context) (int, error) {
		return 1, c.SetTag("other", "root.A.method")
	})
	if got != 1 {
		t.Fatalf("got %d", got)
	}
	if _, ok, _ := c.Peek(context.Background()); ok {
		t.Error("the value of the old tag is in the new one")
	}
	if err := c.SetTag(testTag, "root.A.method"); err != nil {
		t.Fatal(err)
	}
	if v, ok, _ := c.Peek(context.Background()); !ok || v != 1 {
		t.Error("the value was not stored under the tag it was computed for")
	}
}

func TestTTL(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		log := &eventLog{}
		bind := func() *diskcache.DiskCacher[int] {
			c := new(diskcache.DiskCacher[int])
			if err := c.SetOptions(diskcache.Options{Tmpdir: dir, OnEvent: log.add}); err != nil {
				t.Fatal(err)
			}
			field, err := diskcache.ParseFieldOptions(",ttl=1h")
			if err != nil {
				t.Fatal(err)
			}
			if err := diskcache.BindAll(testTag, []diskcache.Binding{{Cacher: c, Name: "root.A.x", Field: &field}}, diskcache.Observer{}); err != nil {
				t.Fatal(err)
			}
			return c
		}
		c, f := bind(), &counted[int]{value: 1}
		mustExecute(t, c, f.compute)
		time.Sleep(59 * time.Minute)
		mustExecute(t, c, f.compute)      // memory
		mustExecute(t, bind(), f.compute) // disk
		if f.runs != 1 {
			t.Fatalf("computed %d times within the ttl, want once", f.runs)
		}
		loaded := bind()
		mustExecute(t, loaded, f.compute)
		time.Sleep(time.Minute)
		mustExecute(t, bind(), f.compute) // the disk's has expired
		if f.runs != 2 {
			t.Errorf("computed %d times after the ttl, want twice", f.runs)
		}
		mustExecute(t, c, f.compute)      // so has memory's, but the disk has a new one
		mustExecute(t, loaded, f.compute) // the ttl of a loaded value counts from its computation
		if f.runs != 2 {
			t.Errorf("computed %d times after another one renewed it, want twice", f.runs)
		}
	})
}

// A clock that once was wrong makes no value last: what comes from the future is
// computed again where there is a ttl, and as good as any where there is none.
func TestClockJumps(t *testing.T) {
	dir := t.TempDir()
	const year = 365 * 24 * time.Hour
	execute := func(t *testing.T, options string, value, want int) {
		t.Helper()
		c := new(diskcache.DiskCacher[int])
		field, err := diskcache.ParseFieldOptions(options)
		if err := errors.Join(err, c.SetTmpdir(dir)); err != nil {
			t.Fatal(err)
		}
		if err := diskcache.BindAll(testTag, []diskcache.Binding{{Cacher: c, Name: "root.A.x", Field: &field}}, diskcache.Observer{}); err != nil {
			t.Fatal(err)
		}
		if got := mustExecute(t, c, (&counted[int]{value: value}).compute); got != want {
			t.Errorf("options %q: got %d, want %d", options, got, want)
		}
	}
	later := func(by time.Duration, what func(t *testing.T)) {
		synctest.Test(t, func(t *testing.T) { // begins at the same time each time
			time.Sleep(by)
			what(t)
		})
	}
	later(year, func(t *testing.T) { execute(t, ",ttl=1h", 1, 1) })
	later(0, func(t *testing.T) { execute(t, "", 2, 1) })
	later(year-time.Minute, func(t *testing.T) { execute(t, ",ttl=1h", 2, 1) }) // clocks differ by that
	later(0, func(t *testing.T) { execute(t, ",ttl=1h", 3, 3) })
	later(30*time.Minute, func(t *testing.T) { execute(t, ",ttl=1h", 4, 3) })
	later(year, func(t *testing.T) { execute(t, ",ttl=1h", 5, 5) })
}

func TestStoreFailureReturnsTheResult(t *testing.T) {
	file := filepath.Join(t.TempDir(), "results")
	c, log := newCacher[int](t, file)
	if err := os.WriteFile(file, nil, 0o600); err != nil { // where the directory was to be
		t.Fatal(err)
	}
	f := &counted[int]{value: 9}
	for range 2 {
		if got := mustExecute(t, c, f.compute); got != 9 {
			t.Fatalf("got %d", got)
		}
	}
	if f.runs != 1 {
		t.Errorf("computed %d times, want once: memory works without a disk", f.runs)
	}
	e, ok := log.find(diskcache.SaveFailed)
	if !ok || !strings.Contains(e.Err.Error(), file) || c.Stats().SaveFailed != 1 {
		t.Errorf("event %+v, stats %+v: want one failure that names the path", e, c.Stats())
	}
}
