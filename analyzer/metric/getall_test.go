package metric_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dataelab/dataelab-go/analyzer/metric"
	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

// orders are parameters 1, 0 to 1, n-1.
func orders(n int) metric.ParamList[Pair] {
	list := make(metric.ParamList[Pair], n)
	for i := range list {
		list[i] = Pair{1, i}
	}
	return list
}

// TestGetAllGoesOn ends the context in the middle, as Ctrl-C does, and begins again.
func TestGetAllGoesOn(t *testing.T) {
	dir := t.TempDir()
	var calls atomic.Int64
	collect := func(f func(context.Context, Pair) (float64, error)) *metric.Manager {
		m := metric.New(dir)
		metric.Collect1(m, "poly", func(ctx context.Context, p Pair) (float64, error) {
			calls.Add(1)
			return f(ctx, p)
		}, orders(20))
		return m
	}
	ctx, cancel := context.WithCancel(t.Context())
	m := collect(func(ctx context.Context, p Pair) (float64, error) {
		if p.Order < 7 {
			return computePoly(ctx, p)
		}
		cancel()
		<-ctx.Done()
		return 0, ctx.Err()
	})
	report, err := m.GetAll(ctx, metric.Run{Workers: 1, Quiet: true})
	var failed *metric.RunError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &failed) || report.Computed != 7 || report.Missing != 13 || len(report.Failed) != 0 {
		t.Fatalf("%v, %+v", err, report)
	}
	calls.Store(0)
	report, err = collect(computePoly).GetAll(t.Context(), metric.Run{Quiet: true})
	if err != nil || report.Computed != 13 || report.Loaded != 7 || calls.Load() != 13 {
		t.Errorf("%v, %+v, %d calls", err, report, calls.Load())
	}
	report, err = collect(computePoly).GetAll(t.Context(), metric.Run{Quiet: true, Refresh: true})
	if err != nil || report.Computed != 20 {
		t.Errorf("%v, %+v", err, report)
	}
}

// TestGetAllFailures has all errors, or the first one.
func TestGetAllFailures(t *testing.T) {
	errOdd := errors.New("odd")
	collect := func() (*metric.Manager, *metric.Family[Pair, float64]) {
		m := metric.New(t.TempDir())
		return m, metric.Collect1(m, "poly", func(ctx context.Context, p Pair) (float64, error) {
			if p.Order%2 == 1 {
				return 0, errOdd
			}
			return computePoly(ctx, p)
		}, orders(20))
	}
	m, poly := collect()
	report, err := m.GetAll(t.Context(), metric.Run{Quiet: true})
	if !errors.Is(err, errOdd) || report.Computed != 10 || len(report.Failed) != 10 || report.Failed[0].Name != "poly(1, 1)" {
		t.Errorf("%v, %+v", err, report)
	}
	if want := regexp.MustCompile(`^10 computed in [^,]+, 0 loaded, 10 failed: poly\(1, 1\): .*odd; .*; and 5 more$`); !want.MatchString(report.String()) {
		t.Error(report)
	}
	values, _, err := poly.GetAll(t.Context(), metric.Run{Quiet: true})
	if !errors.Is(err, errOdd) || values[0] != 10 || values[1] != 0 || values[18] != 28 {
		t.Errorf("%v, %v", values, err)
	}
	m, _ = collect()
	report, err = m.GetAll(t.Context(), metric.Run{Quiet: true, StopAtFirst: true, Workers: 1})
	if !errors.Is(err, errOdd) || len(report.Failed) == 0 || report.Missing == 0 { // a worker may be one ahead
		t.Errorf("%v, %+v", err, report)
	}
}

// TestProgress has lines where there is no terminal, row C17.
func TestProgress(t *testing.T) {
	m := metric.New(t.TempDir())
	metric.Collect1(m, "poly", computePoly, orders(20))
	var shown bytes.Buffer
	var done []int
	_, err := m.GetAll(t.Context(), metric.Run{Output: &shown, OnProgress: func(p diskcache.Progress) { done = append(done, p.Done()) }})
	ok(t, err)
	if lines := strings.Split(shown.String(), "\n"); len(lines) != 11 || !strings.HasPrefix(lines[0], "2 of 20 metrics, about ") || lines[9] != "20 of 20 metrics" {
		t.Errorf("shown:\n%s", &shown)
	}
	if len(done) != 20 || !slices.IsSorted(done) {
		t.Error(done)
	}
}

// TestPanic is an error of one metric.
func TestPanic(t *testing.T) {
	m := metric.New(t.TempDir())
	f, _ := counted(1)
	metric.Collect(m, "good", f)
	metric.Collect(m, "bad", func(context.Context) (int, error) { panic("bad") })
	report, err := m.GetAll(t.Context(), metric.Run{Quiet: true})
	var panicked *diskcache.PanicError
	if !errors.As(err, &panicked) || report.Computed != 1 {
		t.Errorf("%v, %+v", err, report)
	}
}

type night struct {
	Metrics metric.Manager
	flux    *metric.Metric[float64]
}

// TestUnderTag collects before and after the tag is set, and changes it.
func TestUnderTag(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	f, calls := counted(1.5)
	for round := range 2 {
		n := &night{}
		n.flux = metric.Collect(&n.Metrics, "flux", f)
		calls.Store(0)
		wants(t, 1.5)(n.flux.Get(ctx))
		wants(t, 1.5)(n.flux.Get(ctx))
		wants(t, int64(2))(calls.Load(), nil) // without a tag
		wants(t, false)(n.flux.Exists(ctx))
		if err := n.flux.Save(ctx); !errors.Is(err, diskcache.ErrTagNotSet) {
			t.Error(err)
		}
		for _, err := range n.Metrics.All(ctx) {
			ok(t, err)
		}
		ok(t, dataelab.SetTmpdir(n, dir))
		calls.Store(0)
		for _, tag := range []string{"LBTISX20240410_112233", "LBTISX20240411_112233", "LBTISX20240410_112233"} {
			ok(t, dataelab.SetTag(n, tag))
			wants(t, 1.5)(n.flux.Get(ctx))
			wants(t, 1.5)(n.flux.Get(ctx))
			wants(t, true)(n.flux.Exists(ctx))
			path, err := n.flux.Path()
			ok(t, err)
			if !strings.Contains(path, tag) || !strings.HasSuffix(path, "root.Metrics.Manager.metric.flux.npz") {
				t.Error(path)
			}
		}
		wants(t, int64(2-2*round))(calls.Load(), nil)
		late := metric.Collect1(&n.Metrics, "late", computePoly, metric.Params(Pair{1, 2}))
		wants(t, 12.0)(late.Get(ctx, Pair{1, 2}))
		ok(t, dataelab.SetTag(n, "LBTISX20240410_112233"))
		wants(t, 12.0)(late.Get(ctx, Pair{1, 2}))
		ok(t, late.Save(ctx, Pair{1, 2}))
		found := 0
		for i, err := range n.Metrics.All(ctx) {
			ok(t, err)
			if i.Stored {
				found++
			}
			if !i.Declared {
				t.Errorf("%+v", i)
			}
		}
		wants(t, 2)(found, nil)
	}
	n := &night{}
	n.flux = metric.Collect(&n.Metrics, "flux", f)
	ok(t, dataelab.SetTmpdir(n, dir))
	ok(t, dataelab.SetTag(n, "LBTISX20240410_112233"))
	wants(t, 1.5)(n.flux.Get(ctx))
	ok(t, dataelab.ClearCache(n))
	wants(t, false)(n.flux.Exists(ctx))
}

// TestLogged looks for metrics in the log of package dataelab.
func TestLogged(t *testing.T) {
	const info, warn = 1, 2 // levels of zerolog
	file := filepath.Join(t.TempDir(), "log")
	ok(t, dataelab.SetLogfile(file, info, "night"))
	t.Cleanup(func() { ok(t, dataelab.SetLogfile("", warn, "dataelab")) })
	n := &night{}
	f, _ := counted(1.5)
	n.flux = metric.Collect(&n.Metrics, "flux", f)
	ok(t, errors.Join(dataelab.SetTmpdir(n, t.TempDir()), dataelab.SetTag(n, "LBTISX20240410_112233")))
	wants(t, 1.5)(n.flux.Get(t.Context()))
	log, err := os.ReadFile(file)
	wants(t, 2)(bytes.Count(log, []byte("root.Metrics.Manager.metric.flux.npz")), err) // computed, saved
}

// TestComputeAndRenameUnderTag has what a tag makes different for them.
func TestComputeAndRenameUnderTag(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	open := func(name string) (*night, *atomic.Int64) {
		n := &night{}
		f, calls := counted(1.5)
		ok(t, n.Metrics.SetOptions(metric.Options{DateFiles: true}))
		n.flux = metric.Collect(&n.Metrics, name, f)
		ok(t, errors.Join(dataelab.SetTmpdir(n, dir), dataelab.SetTag(n, "LBTISX20240410_112233")))
		return n, calls
	}
	n, calls := open("flux.x")
	wants(t, 1.5)(n.flux.Compute(ctx))
	wants(t, false)(n.flux.Exists(ctx))
	ok(t, n.flux.Save(ctx))
	wants(t, true)(n.flux.Exists(ctx))
	wants(t, int64(1))(calls.Load(), nil)
	was := n.flux.Name()

	n, calls = open("mean")
	moved, err := n.Metrics.Rename(ctx, metric.Move{From: was, To: "mean"})
	wants(t, 1)(len(moved), err)
	wants(t, 1.5)(n.flux.Get(ctx))
	wants(t, int64(0))(calls.Load(), nil)
	ok(t, n.flux.Delete())
	place, err := n.Metrics.Place()
	ok(t, err)
	for e, err := range place.Entries(ctx) {
		t.Errorf("left: %s, %v", e.Name, err)
	}
}

// TestIsAPlace has what package diskcache does with a place.
func TestIsAPlace(t *testing.T) {
	ctx, m := t.Context(), metric.New(t.TempDir())
	f, calls := counted(1.5)
	one := metric.Collect(m, "m1", f)
	wants(t, 1.5)(one.Get(ctx))
	place, err := m.Place()
	ok(t, err)
	_, err = place.Invalidate(ctx, diskcache.Invalidation{Methods: []string{"m1"}})
	ok(t, err)
	var o diskcache.Outcome
	wants(t, 1.5)(one.Get(diskcache.WithOutcome(ctx, &o)))
	wants(t, int64(2))(calls.Load(), nil)
	wants(t, diskcache.WasInvalidated)(o.Why, nil)
}

// TestRename has rows E1 to E5.
func TestRename(t *testing.T) {
	for _, dated := range []bool{false, true} {
		t.Run(fmt.Sprint("dated=", dated), func(t *testing.T) {
			ctx, dir := t.Context(), t.TempDir()+"/a.dir"
			o := metric.Options{DateFiles: dated}
			old := metric.New(dir, o)
			poly := metric.Collect1(old, "foo", computePoly, orders(3))
			longer, _ := counted(7.0)
			wants(t, 7.0)(metric.Collect(old, "foobar", longer).Get(ctx))
			_, err := old.GetAll(ctx, metric.Run{Quiet: true})
			ok(t, err)
			when, err := poly.Date(ctx, Pair{1, 2})
			ok(t, err)

			m := metric.New(dir, o)
			fails := func(context.Context, Pair) (float64, error) { return 0, errors.New("computed") }
			next := metric.Collect1(m, "qux", fails, orders(4))
			moves, err := next.MovesFrom("foo")
			ok(t, err)
			would, err := m.DryRun(ctx, moves...)
			ok(t, err)
			wants(t, 3)(len(would), nil)
			wants(t, "foo_1_0 to qux_1_0")(would[0].String(), nil)
			wants(t, false)(next.Exists(ctx, Pair{1, 2}))

			if _, err := m.Rename(ctx, moves[0], metric.Move{From: "foo_1_1", To: moves[0].To}); err == nil {
				t.Error("two moves have one end")
			}
			moved, err := m.Rename(ctx, moves...)
			ok(t, err)
			wants(t, true)(slices.Equal(moved, would), nil)
			wants(t, 12.0)(next.Get(ctx, Pair{1, 2}))
			again, err := next.Date(ctx, Pair{1, 2})
			wants(t, true)(again.Equal(when), err)
			moved, err = m.Rename(ctx, moves...)
			wants(t, 0)(len(moved), err)
			for i, err := range m.All(ctx) {
				ok(t, err)
				if i.Stored != (i.Metric != "qux(1, 3)") || !i.Declared && i.Name != "foobar" {
					t.Errorf("%+v", i)
				}
			}
			wants(t, 12.0)(poly.Refresh(ctx, Pair{1, 2}))
			if _, err := m.Rename(ctx, moves...); err == nil || !strings.Contains(err.Error(), "in the way") {
				t.Error(err)
			}
			if _, err := m.Rename(ctx, metric.Move{From: "foo_1_2", To: "zz"}); !errors.Is(err, metric.ErrUnknown) {
				t.Error(err)
			}
		})
	}
}

// TestRenamedUpstream has a value that was made of one which was renamed.
func TestRenamedUpstream(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	var calls atomic.Int64
	collect := func(name string) (*metric.Manager, *metric.Metric[float64]) {
		m := metric.New(dir)
		up := metric.Collect(m, name, func(context.Context) (float64, error) { return 1, nil })
		return m, metric.Collect(m, "down", func(ctx context.Context) (float64, error) {
			calls.Add(1)
			return up.Get(ctx)
		})
	}
	_, down := collect("up")
	wants(t, 1.0)(down.Get(ctx))
	m, down := collect("above")
	_, err := m.Rename(ctx, metric.Move{From: "up", To: "above"})
	ok(t, err)
	wants(t, 1.0)(down.Get(ctx))
	wants(t, int64(1))(calls.Load(), nil)
}

// TestOwnNames has row C19, and the guard in the record: two programs give one name to two metrics.
func TestOwnNames(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	same := func(base string, _ ...any) (string, error) { return base, nil }
	for _, order := range []int{1, 2, 1} {
		m := metric.New(dir, metric.Options{Name: same})
		poly := metric.Collect1(m, "poly", computePoly, metric.Params(Pair{1, order}))
		wants(t, float64(10+order))(poly.Get(ctx, Pair{1, order}))
		wants(t, filepath.Join(dir, "poly.npz"))(must(poly.At(Pair{1, order})).Path())
	}
	m := metric.New(dir, metric.Options{Name: same})
	metric.Collect1(m, "poly", computePoly, orders(2))
	if err := m.Err(); !errors.Is(err, diskcache.ErrNameTaken) {
		t.Error(err)
	}
	if _, err := m.GetAll(ctx); !errors.Is(err, diskcache.ErrNameTaken) {
		t.Error(err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestGetAllWithoutTag returns the values.
func TestGetAllWithoutTag(t *testing.T) {
	var m metric.Manager
	poly := metric.Collect1(&m, "poly", computePoly, orders(2))
	values, report, err := poly.GetAll(t.Context(), metric.Run{Quiet: true})
	if err != nil || !slices.Equal(values, []float64{10, 11}) || report.Computed != 2 {
		t.Errorf("%v, %v, %v", values, report, err)
	}
}
