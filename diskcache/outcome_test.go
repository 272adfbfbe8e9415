package diskcache_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// A scientist who forgot the tag, or has switched the cache off, should learn it.
func TestOutcomeWithoutCache(t *testing.T) {
	var o diskcache.Outcome
	ctx := diskcache.WithOutcome(t.Context(), &o)
	compute := func(context.Context) (int, error) { return 1, nil }
	check := func(what string, source diskcache.Source, words string) {
		t.Helper()
		if o.Source != source || !strings.HasSuffix(o.String(), words) {
			t.Errorf("%s: %v, %q, want %v, %q", what, o.Source, o, source, words)
		}
	}
	check("before any call", diskcache.NoSource, "nothing happened yet: no cached call with this context has returned")
	var c diskcache.DiskCacher[int]
	_, _ = c.Execute(ctx, compute)
	check("no tag", diskcache.Uncached, ", and not stored, as no tag is set")
	_, _, _ = c.Peek(ctx)
	check("no tag, peek", diskcache.NotFound, "not found: no tag is set")
	tagged, _ := newCacher[int](t, t.TempDir())
	_, _ = tagged.Execute(diskcache.WithBypass(ctx), compute)
	check("bypass", diskcache.Uncached, ", and not stored, as that was asked for (WithBypass)")
	_, _ = tagged.Execute(diskcache.WithBypass(ctx), func(context.Context) (int, error) { return 0, errors.New("no data") })
	check("bypass and error", diskcache.NoValue, ": no data")
	off := diskcache.Wrap(&diskcache.Cache{Off: true}, "one", diskcache.NoArgument(compute))
	_, _ = off.Call(ctx, diskcache.None{})
	check("off", diskcache.Uncached, ", and not stored, as the cache is off")
	broken := diskcache.Wrap(nil, "one", diskcache.NoArgument(compute))
	_, _ = broken.Call(ctx, diskcache.None{})
	check("broken", diskcache.NoValue, "the cache is nil: pass the address of a Cache")
}

func TestOutcomeOfErrors(t *testing.T) {
	var o diskcache.Outcome
	ctx := diskcache.WithOutcome(t.Context(), &o)
	c, _ := newCacher[int](t, t.TempDir())
	noData := errors.New("no data")
	if _, err := c.Execute(ctx, func(context.Context) (int, error) { return 0, noData }); !errors.Is(err, noData) || o.Err != err || o.Source != diskcache.NoValue || o.Why != diskcache.NotStored {
		t.Errorf("%v, %+v", err, o)
	}
	if text := o.String(); !strings.HasSuffix(text, ": no data (it was computed, as nothing is stored)") || strings.Contains(text, "compute root") {
		t.Error(text)
	}
	if _, err := c.Execute(ctx, nil, func() {}); err == nil || o.Err != err || o.Why != diskcache.NoReason {
		t.Errorf("%v, %+v", err, o)
	}
	if _, _, err := c.Peek(ctx, func() {}); err == nil || o.Err != err {
		t.Errorf("%v, %+v", err, o)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := c.Peek(ended); !errors.Is(err, context.Canceled) || o.Err != err {
		t.Errorf("%v, %+v", err, o)
	}
	mustExecute(t, c, func(context.Context) (int, error) { return 1, nil })
	if _, err := c.Execute(ctx, nil); err != nil || o.Err != nil || o.Source != diskcache.FromMemory {
		t.Errorf("an outcome that was used before: %v, %+v", err, o)
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = c.Execute(ctx, func(context.Context) (int, error) { panic("bug") }, 1)
	}()
	if o.Source != diskcache.NoSource || o.Err != nil {
		t.Errorf("after a panic: %+v", o)
	}
}

// The outcome is that of the call made with the context, not of calls inside it.
func TestOutcomeOfNestedCalls(t *testing.T) {
	dir := t.TempDir()
	var o, inner diskcache.Outcome
	for name, base := range map[string]context.Context{"cached": t.Context(), "bypassing": diskcache.WithBypass(t.Context())} {
		t.Run(name, func(t *testing.T) {
			raw, _ := newCacherNamed[int](t, dir, "root.A.raw")
			sum, _ := newCacherNamed[int](t, dir, "root.A.sum")
			v, err := sum.Execute(diskcache.WithOutcome(base, &o), func(ctx context.Context) (int, error) {
				before := o
				_, _ = raw.Execute(ctx, func(context.Context) (int, error) { return 1, nil }, "silent")
				_, _, _ = raw.Peek(ctx, "none")
				if o != before {
					t.Errorf("a call inside wrote to the outcome: %+v", o)
				}
				return raw.Execute(diskcache.WithOutcome(ctx, &inner), func(context.Context) (int, error) { return 7, nil })
			})
			want := diskcache.FromCompute
			if name == "bypassing" {
				want = diskcache.Uncached
			}
			if v != 7 || err != nil || o.Source != want || inner.Source != want || want == diskcache.FromCompute && (o.Path == inner.Path || o.Path == "") {
				t.Errorf("%v, %v\nouter %+v\ninner %+v", v, err, o, inner)
			}
		})
	}
}

func TestOutcomeOfSharedComputation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCacher[int](t, t.TempDir())
		var outcomes [5]diskcache.Outcome
		var all sync.WaitGroup
		for i := range outcomes {
			all.Go(func() {
				_, err := c.Execute(diskcache.WithOutcome(t.Context(), &outcomes[i]), func(context.Context) (int, error) {
					time.Sleep(3 * time.Second)
					return 1, nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		count := map[diskcache.Source]int{}
		for _, o := range outcomes {
			count[o.Source]++
			if o.ComputeTime != 3*time.Second || o.Elapsed != 3*time.Second {
				t.Errorf("%+v", o)
			}
			if o.Source == diskcache.FromOther && o.String() != "computed by another goroutine, for which this call waited 3 s" {
				t.Error(o)
			}
		}
		if count[diskcache.FromCompute] != 1 || count[diskcache.FromOther] != 4 || c.Stats().Shared != 4 {
			t.Errorf("%v, %+v", count, c.Stats())
		}
	})
}

// Another tree, as another process, computes the value while this one waits for its lock.
func TestOutcomeOfValueStoredMeanwhile(t *testing.T) {
	dir := t.TempDir()
	one, _ := newCacher[int](t, dir)
	two, log := newCacher[int](t, dir)
	computing := make(chan struct{})
	var o diskcache.Outcome
	waiter := &waitingContext{Context: diskcache.WithOutcome(t.Context(), &o), waits: make(chan struct{})}
	var other sync.WaitGroup
	defer other.Wait()
	other.Go(func() {
		_, _ = one.Execute(context.Background(), func(context.Context) (int, error) {
			close(computing)
			<-waiter.waits
			return 1, nil
		})
	})
	<-computing
	if v, err := two.Execute(waiter, func(context.Context) (int, error) { return 2, nil }); v != 1 || err != nil {
		t.Fatal(v, err, log.kinds())
	}
	if o.Source != diskcache.FromDisk || !strings.HasSuffix(o.String(), ": another process or object computed it meanwhile") {
		t.Errorf("%+v", o)
	}
}

func TestOutcomeOfForeignFile(t *testing.T) {
	s := store(t, "npy", []float64{1, 2, 3})
	s.foreign([]float64{4, 5})
	c, _ := newCacher[[]float64](t, s.tmpdir)
	var o diskcache.Outcome
	v, err := c.Execute(diskcache.WithOutcome(t.Context(), &o), nil)
	if len(v) != 2 || err != nil || o.Source != diskcache.FromDisk || !o.Computed.IsZero() || o.Path != s.file() ||
		!strings.HasSuffix(o.String(), "144 bytes: a file of another program, as no record stands beside it") {
		t.Errorf("%v, %v, %q, %+v", v, err, o, o)
	}
}

func TestOutcomeOfFailedSave(t *testing.T) {
	d := newDisk(t)
	d.fileForDirectory()
	c, _ := newCacher[int](t, d.tmpdir)
	var o diskcache.Outcome
	v, err := c.Execute(diskcache.WithOutcome(t.Context(), &o), func(context.Context) (int, error) { return 3, nil })
	if v != 3 || err != nil || o.Source != diskcache.FromCompute || o.SaveErr == nil || !strings.Contains(o.String(), "; it is not on disk") {
		t.Errorf("%v, %v, %v", v, err, o)
	}
}

func TestOutcomeOfWhatIsNotKept(t *testing.T) {
	var o diskcache.Outcome
	ctx := diskcache.WithOutcome(t.Context(), &o)
	c := new(diskcache.DiskCacher[int])
	if err := errors.Join(c.SetOptions(diskcache.Options{Store: fullStore{storage.Memory()}, OnEvent: new(eventLog).add}), c.SetTag(testTag, "root.A.method")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Execute(ctx, func(context.Context) (int, error) { return 3, nil }); err != nil ||
		!strings.HasSuffix(o.String(), ", as nothing is stored; it is not on disk: gob: gobs: writing: no space left") {
		t.Errorf("%v, %v", err, o)
	}
	c, _ = newCacher[int](t, t.TempDir())
	if _, err := c.Execute(ctx, func(context.Context) (int, error) { return 3, c.ClearCache() }); err != nil ||
		!strings.HasSuffix(o.String(), "; it is not on disk: the cache was cleared while this was computed") {
		t.Errorf("%v, %v", err, o)
	}
}

func TestOutcomesOfBatch(t *testing.T) {
	f := diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir()}, "square", diskcache.Plain(func(x int) int { return x * x }))
	mustCall(t, f, 1)
	var aside diskcache.Outcome
	ctx := diskcache.WithOutcome(t.Context(), &aside)
	n := 0
	for r := range f.BatchResults(ctx, []int{0, 1, 2, 2}, diskcache.BatchOptions{Outcomes: true}) {
		want := diskcache.FromCompute
		if r.Arg == 1 {
			want = diskcache.FromMemory
		}
		if r.Outcome == nil || r.Outcome.Source != want {
			t.Errorf("%d: %v, want %v", r.Arg, r.Outcome, want)
		}
		n++
	}
	for r := range f.BatchResults(ctx, []int{0, 1, 2}, diskcache.BatchOptions{}) {
		if r.Outcome != nil {
			t.Errorf("%d: %v", r.Arg, r.Outcome)
		}
		n++
	}
	if n != 7 || aside != (diskcache.Outcome{}) {
		t.Errorf("%d results, the context's outcome is %+v", n, aside)
	}
}

func BenchmarkOutcome(b *testing.B) {
	c, _ := newCacher[int](b, b.TempDir())
	compute := steps()
	mustExecute(b, c, compute)
	var o diskcache.Outcome
	ctx := diskcache.WithOutcome(context.Background(), &o)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = c.Execute(ctx, compute)
	}
}

// An argument whose function panicked has an outcome, too.
func TestOutcomeOfPanicInBatch(t *testing.T) {
	f := diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir()}, "f", func(_ context.Context, n int) (int, error) {
		if n == 2 {
			panic("no 2")
		}
		return n, nil
	})
	results := 0
	for r := range f.BatchResults(t.Context(), []int{1, 2}, diskcache.BatchOptions{Outcomes: true}) {
		results++
		if o := r.Outcome; r.Arg == 2 && (o.Source != diskcache.NoValue || !errors.Is(o.Err, r.Err) || !strings.Contains(o.String(), "failed after") || !strings.Contains(o.String(), "the function panicked: no 2")) {
			t.Errorf("%v: %v", r.Err, o)
		}
	}
	if results != 2 {
		t.Errorf("%d results", results)
	}
}

// After a panic an outcome does not say that there was no call.
func TestOutcomeOfPanic(t *testing.T) {
	f := diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir()}, "f", func(context.Context, int) (int, error) { panic("no") })
	var o diskcache.Outcome
	func() {
		defer func() { _ = recover() }()
		_, _ = f.Call(diskcache.WithOutcome(t.Context(), &o), 1)
	}()
	if text := o.String(); text != "the call has not returned: it is under way, or it panicked" {
		t.Error(text)
	}
}

// A value that could not be saved is not on disk later either.
func TestOutcomeOfUnsavedInMemory(t *testing.T) {
	c := new(diskcache.DiskCacher[int])
	o := diskcache.Options{Store: &takesNothing{storage.Memory()}, OnEvent: func(diskcache.Event) {}}
	if err := errors.Join(c.SetOptions(o), c.SetTag(testTag, "root.A.method")); err != nil {
		t.Fatal(err)
	}
	compute := func(context.Context) (int, error) { return 1, nil }
	for _, source := range []diskcache.Source{diskcache.FromCompute, diskcache.FromMemory} {
		var o diskcache.Outcome
		if _, err := c.Execute(diskcache.WithOutcome(t.Context(), &o), compute); err != nil || o.Source != source || o.SaveErr == nil || !strings.Contains(o.String(), "it is not on disk: ") {
			t.Errorf("%v, %v: %v", err, o.SaveErr, o)
		}
	}
}
