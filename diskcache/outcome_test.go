package diskcache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// missScene is an entry that was stored, and what a call in the next process finds of it.
type missScene struct {
	why     diskcache.Reason
	field   string                                    // the struct tag then; at first it has no options
	happens func(d disk)                              // in between
	asks    func(ctx context.Context) context.Context // of the call
	args    []any                                     // of the call; at first 512, "hann"
	reason  string                                    // which the words contain
	nearest bool                                      // one is found
	differs []diskcache.Difference
}

var stored512 = []any{512, "hann"}

func (s *missScene) arguments() []any {
	if s.args == nil {
		return stored512
	}
	return s.args
}

// missScenes has every reason but those that only functions know.
var missScenes = map[string]missScene{
	"nothing stored":   {why: diskcache.NotStored, happens: func(d disk) { d.remove(d.tag) }, reason: "nothing is stored"},
	"entry removed":    {why: diskcache.NotStored, happens: func(d disk) { d.remove(d.only("root")); d.remove(d.only(".dataelab/root")) }, reason: "nothing is stored"},
	"another argument": {why: diskcache.OtherArguments, args: []any{512, "flat"}, nearest: true, differs: []diskcache.Difference{{2, "", `"hann"`, `"flat"`}}, reason: `argument 2 differs from the nearest stored entry: "hann" there, "flat" here (computed 20`},
	"another type":     {why: diskcache.OtherArguments, args: []any{int64(512), "hann"}, nearest: true, differs: []diskcache.Difference{{1, "", "512", "int64(512)"}}, reason: "512 there, int64(512) here"},
	"one more":         {why: diskcache.OtherArguments, args: []any{512, "hann", 1}, nearest: true, differs: []diskcache.Difference{{3, "", "", "1"}}, reason: "argument 3 differs from the nearest stored entry: nothing there, 1 here"},
	"none":             {why: diskcache.OtherArguments, args: []any{}, nearest: true, differs: []diskcache.Difference{{1, "", "512", ""}, {2, "", `"hann"`, ""}}, reason: `2 arguments differ from the nearest stored entry: argument 1 is 512 there, nothing here; argument 2 is "hann" there, nothing here (`},
	"expired":          {why: diskcache.Expired, field: ",ttl=1ns", nearest: true, reason: "the stored value has expired: it was computed 20"},
	"version":          {why: diskcache.VersionChanged, field: ",version=2", nearest: true, reason: `the version changed from "" to "2"`},
	"type":             {why: diskcache.TypeChanged, happens: func(d disk) { d.inRecord(`"go_type": "[]float64"`, `"go_type": "[]float32"`) }, nearest: true, reason: "the result type changed from []float32 to []float64"},
	"format":           {why: diskcache.FormatGone, happens: func(d disk) { d.inRecord(`"format": "npy"`, `"format": "zarr"`) }, nearest: true, reason: "it is stored as zarr, which does not serve []float64 now"},
	"damaged value":    {why: diskcache.Damaged, happens: func(d disk) { d.write(d.only("root"), []byte("damaged")) }, reason: "has 7 bytes, its record says"},
	"flipped bit":      {why: diskcache.Damaged, happens: func(d disk) { flip(d, d.only("root"), 130, 0) }, reason: "the file was damaged, or another program replaced it"},
	"damaged record":   {why: diskcache.Damaged, happens: func(d disk) { d.write(d.only(".dataelab/root"), []byte("damaged")) }, reason: "record has no check"},
	"no array":         {why: diskcache.Damaged, happens: func(d disk) { d.write(d.only("root"), []byte("no")); d.remove(d.only(".dataelab/root")) }, reason: ".npy: "},
	"value gone":       {why: diskcache.ValueGone, happens: func(d disk) { d.remove(d.only("root")) }, nearest: true, reason: ".npy is gone"},
	"unreadable":       {why: diskcache.Unreadable, happens: func(d disk) { d.fileForDirectory() }, reason: "cannot be read: "},
	"newer":            {why: diskcache.NewerRelease, happens: func(d disk) { d.inRecord(`"layout": 1`, `"layout": 9`) }, reason: "stored by a newer dataelab"},
	"too old": {why: diskcache.TooOld, asks: func(ctx context.Context) context.Context { return diskcache.WithMaxAge(ctx, time.Nanosecond) },
		nearest: true, reason: "the stored value is older than 1 ns, the most that was asked for (WithMaxAge)"},
	"refreshed": {why: diskcache.Refreshed, asks: diskcache.WithRefresh, reason: "a newer value was asked for (WithRefresh)"},
}

// only returns the one file that begins so.
func (d disk) only(prefix string) string {
	d.Helper()
	files, err := filepath.Glob(filepath.Join(d.tag, prefix+"*"))
	if err != nil || len(files) != 1 {
		d.Fatalf("%s: %v, %v, want one file", prefix, files, err)
	}
	return files[0]
}

// inRecord changes the one record, and seals it again.
func (d disk) inRecord(old, replacement string) {
	d.Helper()
	record := d.only(".dataelab/root")
	text := string(d.read(record))
	if strings.Count(text, old) != 1 {
		d.Fatalf("the record has %d %s:\n%s", strings.Count(text, old), old, text)
	}
	d.write(record, resealed(strings.Replace(text, old, replacement, 1)))
}

// fileForDirectory lets the tag's directory be a file.
func (d disk) fileForDirectory() {
	d.remove(d.tag)
	if err := os.WriteFile(d.tag, nil, 0o600); err != nil {
		d.Fatal(err)
	}
}

func TestEveryReason(t *testing.T) {
	for name, s := range missScenes {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			f := &counted[[]float64]{value: []float64{1, 2, 3}}
			c, _ := bindField[[]float64](t, d.tmpdir, "")
			mustExecute(t, c, f.compute, stored512...)
			if s.happens != nil {
				s.happens(d)
			}
			var peeked, executed, again diskcache.Outcome
			c, log := bindField[[]float64](t, d.tmpdir, s.field)
			asking := func(o *diskcache.Outcome) context.Context {
				ctx := diskcache.WithOutcome(t.Context(), o)
				if s.asks != nil {
					ctx = s.asks(ctx)
				}
				return ctx
			}
			if _, ok, err := c.Peek(asking(&peeked), s.arguments()...); ok || err != nil {
				t.Fatal(ok, err)
			}
			if peeked.Source != diskcache.NotFound {
				t.Errorf("Peek: %v, want not found", peeked.Source)
			}
			s.check(t, "Peek", &peeked)
			ctx := asking(&executed)
			if _, err := c.Execute(ctx, f.compute, s.arguments()...); err != nil || f.runs != 2 {
				t.Fatal(f.runs, err)
			}
			s.check(t, "Execute", &executed)
			if executed.Source != diskcache.FromCompute || executed.Elapsed < executed.ComputeTime || executed.Computed.IsZero() {
				t.Errorf("%+v", executed)
			}
			saved := s.why != diskcache.NewerRelease && s.why != diskcache.Unreadable
			if saved != (executed.SaveErr == nil) || saved != (executed.Bytes > 0) {
				t.Errorf("saved %d bytes, %v", executed.Bytes, executed.SaveErr)
			}
			counted := s.why
			if counted == diskcache.OtherArguments {
				counted = diskcache.NotStored
			}
			if e, _ := log.find(diskcache.Computed); e.Why != counted || e.Reason == "" {
				t.Errorf("the event says %v, %s", e.Why, e.Reason)
			}
			want := diskcache.Misses{}
			want[counted] = 1
			if got := c.Stats().Misses; got != want {
				t.Errorf("misses: %v, want %v", got, want)
			}
			if _, err := c.Execute(diskcache.WithOutcome(t.Context(), &again), f.compute, s.arguments()...); err != nil {
				t.Fatal(err)
			}
			if (again.Source != diskcache.FromMemory || again.Why != diskcache.NoReason || again.Path != executed.Path) && s.field != ",ttl=1ns" {
				t.Errorf("again: %+v", again)
			}
		})
	}
}

func (s *missScene) check(t *testing.T, call string, o *diskcache.Outcome) {
	t.Helper()
	if o.Why != s.why || !strings.Contains(o.Reason, s.reason) || o.Err != nil {
		t.Errorf("%s: %v, %q, %v; want %v, %q", call, o.Why, o.Reason, o.Err, s.why, s.reason)
	}
	if !strings.Contains(o.String(), s.reason) || strings.Contains(o.String(), "\n") {
		t.Errorf("%s: %q, want one line with %q", call, o, s.reason)
	}
	if (o.Nearest != nil) != s.nearest {
		t.Fatalf("%s: nearest %+v, want one: %v", call, o.Nearest, s.nearest)
	}
	if s.nearest && (!equalDifferences(o.Nearest.Differences, s.differs) || len(o.Nearest.Arguments) != 2 || time.Since(o.Nearest.Computed) > time.Hour) {
		t.Errorf("%s: nearest %+v, want differences %+v", call, o.Nearest, s.differs)
	}
}

func equalDifferences(a, b []diskcache.Difference) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func TestReasonsOfFunctions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		good := true
		var o diskcache.Outcome
		ctx := diskcache.WithOutcome(t.Context(), &o)
		var f *diskcache.Function[int, int]
		wrap := func(options diskcache.FuncOptions) {
			f = diskcache.Wrap(&diskcache.Cache{Dir: dir, OnEvent: new(eventLog).add}, "square", diskcache.Plain(func(x int) int { return x * x }), options)
		}
		step := func(what string, source diskcache.Source, why diskcache.Reason, words string) {
			t.Helper()
			if v, err := f.Call(ctx, 3); v != 9 || err != nil {
				t.Errorf("%s: %v, %v", what, v, err)
			}
			if o.Source != source || o.Why != why || !strings.Contains(o.String(), words) {
				t.Errorf("%s: %v, %v, %q; want %v, %v, %q", what, o.Source, o.Why, o, source, why, words)
			}
		}
		wrap(diskcache.FuncOptions{Valid: func(diskcache.Stored) bool { return good }})
		step("first", diskcache.FromCompute, diskcache.NotStored, "as nothing is stored")
		step("second", diskcache.FromMemory, diskcache.NoReason, "found in memory (computed 2000-01-01 00:00:00 UTC in 0 s)")
		good = false
		step("invalid", diskcache.FromCompute, diskcache.Invalid, "as the stored value is not valid any more")
		good = true
		if _, err := f.Refresh(ctx, 3); err != nil || o.Why != diskcache.Refreshed || !strings.HasSuffix(o.String(), ", as Refresh was called") {
			t.Errorf("refresh: %v, %v", err, o)
		}
		if err := f.Clear(3); err != nil {
			t.Fatal(err)
		}
		step("cleared", diskcache.FromCompute, diskcache.WasCleared, "as the stored value was cleared")
		wrap(diskcache.FuncOptions{})
		step("from disk", diskcache.FromDisk, diskcache.NoReason, "read from disk in 0 s, ")

		wrap(diskcache.FuncOptions{TTL: time.Hour, Stale: time.Hour})
		time.Sleep(90 * time.Minute)
		step("stale", diskcache.FromDisk, diskcache.Expired, ": it has expired, and a new one is being computed in the background")
		synctest.Wait()
		time.Sleep(3 * time.Hour)
		step("expired", diskcache.FromCompute, diskcache.Expired, "and its time to live is 1 h")
	})
}

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
	if _, err := c.Execute(ctx, func(context.Context) (int, error) { return 0, noData }); err != noData || o.Err != err || o.Source != diskcache.NoValue || o.Why != diskcache.NotStored {
		t.Errorf("%v, %+v", err, o)
	}
	if text := o.String(); !strings.HasSuffix(text, ": no data (it was computed, as nothing is stored)") {
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
