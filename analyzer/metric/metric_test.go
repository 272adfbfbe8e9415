package metric_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/analyzer/metric"
	"github.com/dataelab/dataelab-go/diskcache"
)

// counted returns a function that returns its value and counts its calls.
func counted[T any](v T) (f func(context.Context) (T, error), calls *atomic.Int64) {
	calls = new(atomic.Int64)
	return func(context.Context) (T, error) { calls.Add(1); return v, nil }, calls
}

func wants[T comparable](t *testing.T, want T) func(got T, err error) {
	t.Helper()
	return func(got T, err error) {
		t.Helper()
		if err != nil || got != want {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestGet has memory, disk, function: rows A12 to A15, and a second program.
func TestGet(t *testing.T) {
	ctx, dir := t.Context(), filepath.Join(t.TempDir(), "made", "when.needed")
	f, calls := counted(3.5)
	for range 2 {
		m := metric.New(dir)
		seeing := metric.Collect(m, "seeing", f)
		wants(t, 3.5)(seeing.Get(ctx))
		wants(t, 3.5)(seeing.Get(ctx))
		wants(t, any(3.5))(m.Get(ctx, "seeing"))
		wants(t, int64(1))(calls.Load(), m.Err())
		wants(t, filepath.Join(dir, "seeing.npz"))(seeing.Path())
	}
	m := metric.New(dir)
	seeing := metric.Collect(m, "seeing", f)
	wants(t, 3.5)(seeing.Refresh(ctx))
	wants(t, any(3.5))(m.Refresh(ctx, "seeing"))
	wants(t, int64(3))(calls.Load(), nil)
}

// TestUnknownName has rows A5 and A11.
func TestUnknownName(t *testing.T) {
	ctx, m := t.Context(), metric.New(t.TempDir())
	f, _ := counted(1)
	one := metric.Collect(m, "m1", f)
	if _, err := m.Get(ctx, "zz"); !errors.Is(err, metric.ErrUnknown) || !strings.Contains(err.Error(), "zz") || !strings.Contains(err.Error(), "m1") {
		t.Error(err)
	}
	for _, load := range []func() error{
		func() error { _, err := one.Load(ctx); return err },
		func() error { _, err := m.Load(ctx, "m1"); return err },
		func() error { _, err := one.Date(ctx); return err },
	} {
		if err := load(); !errors.Is(err, metric.ErrNotStored) || !strings.Contains(err.Error(), "m1") {
			t.Error(err)
		}
	}
}

// TestComputeAndSave has rows A3, A4, A7 and B1.
func TestComputeAndSave(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	m := metric.New(dir)
	f, calls := counted([]float64{1, 2})
	flux := metric.Collect(m, "flux", f)
	for range 2 {
		v, err := flux.Compute(ctx)
		ok(t, err)
		wants(t, true)(slices.Equal(v, []float64{1, 2}), nil)
	}
	wants(t, false)(flux.Exists(ctx))
	if files, _ := os.ReadDir(dir); len(files) > 0 {
		t.Errorf("stored: %v", files)
	}
	ok(t, flux.Save(ctx))
	wants(t, int64(1))(calls.Load(), nil)
	wants(t, true)(flux.Exists(ctx))
	wants(t, true)(m.Exists(ctx, "flux"))
	ok(t, m.Save(ctx, "flux"))
	_, err := flux.Load(ctx)
	ok(t, err)
	wants(t, int64(1))(calls.Load(), nil)

	again := metric.Collect(metric.New(dir), "flux", f)
	_, err = again.Load(ctx)
	ok(t, err)
	when, err := again.Date(ctx)
	if err != nil || time.Since(when) > time.Hour || time.Since(when) < 0 {
		t.Errorf("date %v, %v", when, err)
	}
	// get after compute stores what was computed
	other := metric.Collect(m, "other", f)
	_, err = m.Compute(ctx, "other")
	ok(t, err)
	_, err = other.Get(ctx)
	ok(t, err)
	wants(t, int64(2))(calls.Load(), nil)
}

// TestComputedKeepsLineage saves what was computed before, and makes its upstream another one.
func TestComputedKeepsLineage(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	up := 1.0
	collect := func() (upstream, downstream *metric.Metric[float64], calls *atomic.Int64) {
		m := metric.New(dir)
		calls = new(atomic.Int64)
		upstream = metric.Collect(m, "up", func(context.Context) (float64, error) { return up, nil })
		downstream = metric.Collect(m, "down", func(ctx context.Context) (float64, error) {
			calls.Add(1)
			v, err := upstream.Get(ctx)
			return 10 * v, err
		})
		return upstream, downstream, calls
	}
	for _, obtain := range []func(*metric.Metric[float64]) error{
		func(h *metric.Metric[float64]) error { _, err := h.Get(ctx); return err },
		func(h *metric.Metric[float64]) error { _, err := h.Compute(ctx); return errors.Join(err, h.Save(ctx)) },
	} {
		upstream, downstream, calls := collect()
		ok(t, downstream.Delete())
		ok(t, obtain(downstream))
		wants(t, int64(1))(calls.Load(), nil)
		wants(t, 10*up)(downstream.Get(ctx))
		wants(t, int64(1))(calls.Load(), nil)

		_, later, calls := collect() // another program finds it valid
		wants(t, 10*up)(later.Get(ctx))
		wants(t, int64(0))(calls.Load(), nil)

		up++
		_, err := upstream.Refresh(ctx)
		ok(t, err)
		wants(t, false)(downstream.Exists(ctx))
		wants(t, 10*up)(downstream.Get(ctx))
		upstream, later, calls = collect()
		wants(t, up)(upstream.Get(ctx))
		wants(t, 10*up)(later.Get(ctx))
		wants(t, int64(0))(calls.Load(), nil)
	}
}

// TestMessages has rows A6, A8 and A10.
func TestMessages(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	f, _ := counted(1.5)
	var said bytes.Buffer
	for range 2 {
		m := metric.New(dir, metric.Options{Messages: &said})
		one := metric.Collect(m, "m1", f)
		wants(t, 1.5)(one.Get(ctx))
		wants(t, 1.5)(one.Get(ctx))
	}
	want := regexp.MustCompile(`^Compute m1\nCompleted m1 in [^\n]+\nSave m1\nLoad m1 pulled on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}\n$`)
	if !want.MatchString(said.String()) {
		t.Errorf("said:\n%s", &said)
	}
}

// TestFailure has row A19.
func TestFailure(t *testing.T) {
	ctx, m := t.Context(), metric.New(t.TempDir())
	errNoData := errors.New("no data")
	one := metric.Collect(m, "m1", func(context.Context) (float64, error) { return 0, errNoData })
	for _, call := range []func(context.Context) (float64, error){one.Get, one.Compute, one.Refresh} {
		if _, err := call(ctx); !errors.Is(err, errNoData) {
			t.Error(err)
		}
	}
	if err := one.Save(ctx); !errors.Is(err, errNoData) {
		t.Error(err)
	}
	wants(t, false)(one.Exists(ctx))
}

// TestClearAndDelete has rows A16 and A21.
func TestClearAndDelete(t *testing.T) {
	ctx, m := t.Context(), metric.New(t.TempDir())
	f, calls := counted(1.5)
	one, two := metric.Collect(m, "m1", f), metric.Collect(m, "m2", f)
	wants(t, 1.5)(one.Get(ctx))
	wants(t, 1.5)(two.Get(ctx))
	ok(t, m.Clear())
	wants(t, 1.5)(one.Get(ctx))
	wants(t, int64(2))(calls.Load(), nil)

	path, err := one.Path()
	ok(t, err)
	ok(t, os.Remove(path))
	ok(t, one.Save(ctx))
	_, err = os.Stat(path)
	ok(t, err)

	ok(t, m.Delete("m1"))
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is there: %v", err)
	}
	wants(t, true)(two.Exists(ctx))
	ok(t, m.Delete())
	wants(t, false)(two.Exists(ctx))
	if err := m.Clear("m3"); !errors.Is(err, metric.ErrUnknown) {
		t.Error(err)
	}
}

// TestDamaged has row A18.
func TestDamaged(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	f, calls := counted(1.5)
	wants(t, 1.5)(metric.Collect(metric.New(dir), "m1", f).Get(ctx))
	ok(t, os.WriteFile(filepath.Join(dir, "m1.npz"), []byte("no archive"), 0o600))
	quiet := metric.Options{Cache: diskcache.Options{OnEvent: func(diskcache.Event) {}}}
	wants(t, 1.5)(metric.Collect(metric.New(dir, quiet), "m1", f).Get(ctx))
	wants(t, int64(2))(calls.Load(), nil)
}

// TestMaxAge has row A25.
func TestMaxAge(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ctx := context.Background()
		f, calls := counted(1.5)
		one := metric.Collect(metric.New(dir, metric.Options{MaxAge: time.Hour}), "m1", f)
		wants(t, 1.5)(one.Get(ctx))
		time.Sleep(59 * time.Minute) // of the bubble
		wants(t, 1.5)(one.Get(ctx))
		wants(t, int64(1))(calls.Load(), nil)
		time.Sleep(2 * time.Minute)
		wants(t, false)(one.Exists(ctx))
		wants(t, 1.5)(one.Get(ctx))
		wants(t, int64(2))(calls.Load(), nil)
	})
}

// TestParameters has rows C1 to C3, C9, C10, C12, C16 and C18.
func TestParameters(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	m := metric.New(dir)
	poly := metric.Collect1(m, "poly", computePoly, metric.Params(Pair{1, 2}, Pair{1, 3}))
	ok(t, m.Err())
	wants(t, 12.0)(poly.Get(ctx, Pair{1, 2}))
	wants(t, 13.0)(poly.Get(ctx, Pair{1, 3}))
	wants(t, any(13.0))(m.Get(ctx, "poly_1_3"))
	wants(t, true)(poly.Exists(ctx, Pair{1, 2}))
	_, err := poly.Get(ctx, Pair{4, 5})
	if !errors.Is(err, metric.ErrUnknown) || !strings.Contains(err.Error(), "Degree:1 Order:3") {
		t.Error(err)
	}
	wants(t, true)(slices.Equal(m.Names(), []string{"poly_1_2", "poly_1_3"}), nil)
	values, report, err := poly.GetAll(ctx, metric.Run{Quiet: true})
	if err != nil || !slices.Equal(values, []float64{12, 13}) || report.Loaded != 2 {
		t.Errorf("%v, %v, %v", values, report, err)
	}

	dynamic := metric.Collect1(metric.New(dir, metric.Options{Dynamic: true}), "poly", computePoly)
	wants(t, 45.0)(dynamic.Get(ctx, Pair{4, 5}))
	wants(t, true)(slices.Equal(dynamic.Params(), []Pair{{4, 5}}), nil)
	_, err = os.Stat(filepath.Join(dir, "poly_4_5.npz"))
	ok(t, err)
}

// TestParametersThatGaveOneName has row C6: each gets its own value.
func TestParametersThatGaveOneName(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	type texts struct{ A, B string }
	for range 2 {
		m := metric.New(dir, metric.Options{Dynamic: true})
		f := metric.Collect1(m, "f", func(_ context.Context, p texts) (string, error) { return p.A + "|" + p.B, nil })
		g := metric.Collect1(m, "g", func(_ context.Context, p any) (string, error) {
			if s, isText := p.(string); isText {
				return "text " + s, nil
			}
			return "number", nil
		})
		h := metric.Collect1(m, "h", func(_ context.Context, p float64) (bool, error) { return math.IsNaN(p), nil })
		wants(t, "a_b|c")(f.Get(ctx, texts{"a_b", "c"}))
		wants(t, "a|b_c")(f.Get(ctx, texts{"a", "b_c"}))
		wants(t, "number")(g.Get(ctx, 1))
		wants(t, "text 1")(g.Get(ctx, "1"))
		wants(t, "text a/b")(g.Get(ctx, "a/b"))
		wants(t, true)(h.Get(ctx, math.NaN()))
		wants(t, true)(h.Get(ctx, math.NaN()))
		ok(t, m.Err())
		if _, err := g.Get(ctx, []int{1}); err == nil {
			t.Error("a slice is a parameter")
		}
	}
}

// TestNamesTaken has row C14, and what two metrics must not share.
func TestNamesTaken(t *testing.T) {
	ctx := t.Context()
	f, calls := counted(1.5)
	m := metric.New(t.TempDir())
	for _, c := range []struct {
		base string
		want error
	}{{"get", nil}, {"cache", nil}, {"get", diskcache.ErrNameTaken}, {"Get", diskcache.ErrNameTaken}, {"a/b", diskcache.ErrName}, {"", diskcache.ErrName}} {
		h := metric.Collect(m, c.base, f)
		_, err := h.Get(ctx)
		if !errors.Is(err, c.want) || !errors.Is(h.Err(), c.want) || c.want != nil && !errors.Is(m.Err(), c.want) {
			t.Errorf("%q: %v, %v, want %v", c.base, err, h.Err(), c.want)
		}
		if c.want != nil && h.Save(ctx) == nil {
			t.Errorf("%q is saved", c.base)
		}
	}
	wants(t, int64(2))(calls.Load(), nil)

	same := metric.New(t.TempDir(), metric.Options{Name: metric.PlainName})
	one := metric.Collect1(same, "f", func(_ context.Context, p any) (any, error) { return p, nil }, metric.Params[any](1, "1"))
	if err := same.Err(); !errors.Is(err, diskcache.ErrNameTaken) || !strings.Contains(err.Error(), `f("1")`) {
		t.Error(err)
	}
	if len(one.Params()) != 1 {
		t.Error(one.Params())
	}
	for _, dir := range []string{"", "~/x", string(filepath.Separator)} {
		m := metric.New(dir)
		if _, err := metric.Collect(m, "m1", f).Get(ctx); err == nil || m.Err() == nil {
			t.Errorf("%q: no error", dir)
		}
	}
	if err := m.SetOptions(metric.Options{}); err == nil {
		t.Error("options are set late")
	}
}

// TestConcurrently has row A26: one computation for all, in two managers, while all is listed.
func TestConcurrently(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	var calls atomic.Int64
	collect := func() (*metric.Manager, *metric.Family[Pair, float64]) {
		m := metric.New(dir, metric.Options{Dynamic: true, DateFiles: true})
		return m, metric.Collect1(m, "poly", func(ctx context.Context, p Pair) (float64, error) {
			calls.Add(1)
			return computePoly(ctx, p)
		})
	}
	m, poly := collect()
	_, other := collect()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for order := range 10 {
				h := poly
				if i%2 == 0 {
					h = other
				}
				wants(t, float64(10+order))(h.Get(ctx, Pair{1, order}))
			}
			for _, err := range m.All(ctx) {
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	wants(t, int64(10))(calls.Load(), nil)
}

// TestListed has dates, sizes and states of all metrics.
func TestListed(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	f, _ := counted(1.5)
	wants(t, 1.5)(metric.Collect(metric.New(dir, metric.Options{DateFiles: true}), "before", f).Get(ctx))
	m := metric.New(dir)
	wants(t, 1.5)(metric.Collect(m, "flux_2024", f).Get(ctx))
	metric.Collect(m, "never", f)
	wants(t, any(1.5))(m.Get(ctx, "flux_2024"))
	var lines []string
	for i, err := range m.All(ctx) {
		ok(t, err)
		if i.Stored != (i.Bytes > 0) || i.Stored == i.Date.IsZero() {
			t.Errorf("%+v", i)
		}
		lines = append(lines, strings.Join([]string{i.Name[:5], i.Metric, i.State.String()}, " "))
	}
	wants(t, "flux_ flux_2024 none;never never not stored;befor  none")(strings.Join(lines, ";"), nil)
}

// TestShared has row A20: with the option copy callers have values of their own.
func TestShared(t *testing.T) {
	ctx := t.Context()
	m := metric.New(t.TempDir(), metric.Options{Adjust: func(_ string, o *diskcache.FieldOptions) { o.Copy = true }})
	flux := metric.Collect(m, "flux", func(context.Context) ([]float64, error) { return []float64{1}, nil })
	_, err := flux.Get(ctx)
	ok(t, err)
	v, err := flux.Get(ctx)
	ok(t, err)
	v[0] = 7
	v, err = flux.Get(ctx)
	wants(t, 1.0)(v[0], err)
}

// TestTable has rows A2 and C15.
func TestTable(t *testing.T) {
	ctx, m := t.Context(), metric.New(t.TempDir())
	f, _ := counted(1.5)
	g, _ := counted("text")
	ok(t, m.SetTable(metric.Table{"m1": metric.Of(f), "m2": metric.Of(f)}))
	wants(t, any(1.5))(m.Get(ctx, "m1"))
	ok(t, m.SetTable(metric.Table{"m2": metric.Of(g)}))
	wants(t, any("text"))(m.Get(ctx, "m2"))
	if _, err := m.Get(ctx, "m1"); !errors.Is(err, metric.ErrUnknown) {
		t.Error(err)
	}
	if err := m.SetTable(metric.Table{"a/b": metric.Of(g), "c": {}}); !errors.Is(err, diskcache.ErrName) {
		t.Error(err)
	}
}

// TestCannotBeSaved has a limit that leaves no room: Get returns the value, and Save the error.
func TestCannotBeSaved(t *testing.T) {
	ctx := t.Context()
	o := metric.Options{Cache: diskcache.Options{TagLimits: diskcache.Limits{Bytes: 1}, OnEvent: func(diskcache.Event) {}}}
	flux := metric.Collect(metric.New(t.TempDir(), o), "flux", func(context.Context) ([]float64, error) { return make([]float64, 1000), nil })
	v, err := flux.Get(ctx)
	wants(t, 1000)(len(v), err)
	if err := flux.Save(ctx); !errors.Is(err, diskcache.ErrLimit) {
		t.Error(err)
	}
	wants(t, false)(flux.Exists(ctx))
}
