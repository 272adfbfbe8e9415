package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// amplifier has a method that uses a setting, and one that uses the first.
type amplifier struct {
	gain          diskcache.Setting[float64]
	signal, twice diskcache.DiskCacher[[]float64]
	runs, twiceN  int
}

func (a *amplifier) tag(tag string) error {
	return diskcache.BindAll(tag, []diskcache.Binding{{Cacher: &a.signal, Name: "root.A.signal"}, {Cacher: &a.twice, Name: "root.A.twice"}},
		diskcache.Observer{}, diskcache.Declaration{Setting: &a.gain, Name: "root.A.gain"})
}

func (a *amplifier) update(option diskcache.Option) error {
	return diskcache.UpdateAll([]diskcache.Cacher{&a.signal, &a.twice}, option, &a.gain)
}

func newAmplifier(tb testing.TB, dir string, gain float64) *amplifier {
	tb.Helper()
	a := new(amplifier)
	a.gain.Set(gain)
	if err := errors.Join(a.update(diskcache.WithTmpdir(dir)), a.tag(testTag)); err != nil {
		tb.Fatal(err)
	}
	return a
}

func (a *amplifier) Signal(ctx context.Context) ([]float64, error) {
	return a.signal.Execute(ctx, func(ctx context.Context) ([]float64, error) {
		a.runs++
		return []float64{10 * a.gain.Use(ctx)}, nil
	})
}

func (a *amplifier) Twice(ctx context.Context) ([]float64, error) {
	return a.twice.Execute(ctx, func(ctx context.Context) ([]float64, error) {
		a.twiceN++
		v, err := a.Signal(ctx)
		if err != nil {
			return nil, err
		}
		return []float64{2 * v[0]}, nil
	})
}

// expect calls both methods, and compares how often they were computed so far.
func (a *amplifier) expect(tb testing.TB, gain float64, runs, twice int) {
	tb.Helper()
	ctx := tb.Context()
	for range 2 {
		signal, err := a.Signal(ctx)
		if err != nil || signal[0] != 10*gain {
			tb.Errorf("signal %v, %v; want %v", signal, err, 10*gain)
		}
		v, err := a.Twice(ctx)
		if err != nil || v[0] != 20*gain {
			tb.Errorf("twice %v, %v; want %v", v, err, 20*gain)
		}
	}
	if a.runs != runs || a.twiceN != twice {
		tb.Errorf("computed %d and %d times, want %d and %d", a.runs, a.twiceN, runs, twice)
	}
}

func TestSettingDecides(t *testing.T) {
	dir := t.TempDir()
	a := newAmplifier(t, dir, 0.5)
	a.expect(t, 0.5, 1, 1)
	a.gain.Set(0.5)
	a.expect(t, 0.5, 1, 1)
	a.gain.Set(0.6)
	a.expect(t, 0.6, 2, 2)

	next := newAmplifier(t, dir, 0.6) // as another process would
	next.expect(t, 0.6, 0, 0)
	next.gain.Set(0.5)
	next.expect(t, 0.5, 1, 1)
}

// A value is found again where the setting is set back before anything else was stored.
func TestSettingSetBack(t *testing.T) {
	dir := t.TempDir()
	a := newAmplifier(t, dir, 0.5)
	a.expect(t, 0.5, 1, 1)
	a.gain.Set(0.6)
	if _, ok, err := a.signal.Peek(t.Context()); ok || err != nil {
		t.Errorf("found %v, %v, want nothing", ok, err)
	}
	a.gain.Set(0.5)
	a.expect(t, 0.5, 1, 1)
}

func TestSettingTellsWhy(t *testing.T) {
	dir := t.TempDir()
	newAmplifier(t, dir, 0.5).expect(t, 0.5, 1, 1)
	a := newAmplifier(t, dir, 0.6)
	var o diskcache.Outcome
	if _, err := a.Twice(diskcache.WithOutcome(t.Context(), &o)); err != nil {
		t.Fatal(err)
	}
	want := "the setting root.A.gain, which it used, was 0.5 and is 0.6 now"
	if o.Why != diskcache.UpstreamChanged || !strings.Contains(o.Reason, want) {
		t.Errorf("got %v, %q, want %v, %q", o.Why, o.Reason, diskcache.UpstreamChanged, want)
	}
	a.gain.Set(0.7)
	if _, err := a.Signal(diskcache.WithOutcome(t.Context(), &o)); err != nil {
		t.Fatal(err)
	}
	want = "the setting root.A.gain, which it used, was 0.6 and is 0.7 now"
	if o.Why != diskcache.InputChanged || o.Reason != want {
		t.Errorf("got %v, %q, want %v, %q", o.Why, o.Reason, diskcache.InputChanged, want)
	}
}

// usesOfEntry returns what the record of an entry tells.
func usesOfEntry(tb testing.TB, c diskcache.Cacher, name string) []diskcache.Use {
	tb.Helper()
	p, err := c.Place()
	if err != nil {
		tb.Fatal(err)
	}
	return entriesAt(tb, p)[name].Uses
}

func TestSettingInRecord(t *testing.T) {
	a := newAmplifier(t, t.TempDir(), 0.5)
	a.expect(t, 0.5, 1, 1)
	key, err := diskcache.KeyOf(0.5)
	if err != nil {
		t.Fatal(err)
	}
	direct := diskcache.Use{Kind: diskcache.UsedSetting, Name: "root.A.gain", Text: "0.5", Digest: key.String()}
	if uses := usesOfEntry(t, &a.signal, "root.A.signal"); len(uses) != 1 || uses[0] != direct {
		t.Errorf("got %+v, want %+v", uses, direct)
	}
	inherited := direct
	inherited.Inherited = true
	if uses := usesOfEntry(t, &a.twice, "root.A.twice"); len(uses) != 2 || uses[1] != inherited {
		t.Errorf("got %+v, want %+v last", uses, inherited)
	}
}

// Where an upstream entry is gone, what was inherited from it decides.
func TestSettingInherited(t *testing.T) {
	dir := t.TempDir()
	newAmplifier(t, dir, 0.5).expect(t, 0.5, 1, 1)
	for gain, want := range map[float64]int{0.5: 0, 0.6: 1} {
		for _, name := range []string{"root.A.signal.npy", ".dataelab/root.A.signal.json"} {
			if err := os.Remove(filepath.Join(dir, "cache"+testTag, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
		}
		a := newAmplifier(t, dir, gain)
		if v, err := a.Twice(t.Context()); err != nil || a.twiceN != want || v[0] != 20*gain {
			t.Errorf("gain %v: got %v, %v after %d computations, want %d", gain, v, err, a.twiceN, want)
		}
		newAmplifier(t, dir, 0.5).expect(t, 0.5, 1, want)
	}
}

// The zero value holds the zero T, and what was computed with that is good as long.
func TestZeroSetting(t *testing.T) {
	dir := t.TempDir()
	var s diskcache.Setting[[]string]
	if v := s.Use(t.Context()); v != nil {
		t.Errorf("got %v", v)
	}
	var none context.Context // as Execute takes it, too
	if v := s.Use(none); v != nil {
		t.Errorf("got %v", v)
	}
	if text := s.Text(); text != "[]string(nil)" {
		t.Errorf("got %s", text)
	}
	newAmplifier(t, dir, 0).expect(t, 0, 1, 1)
	a := new(amplifier)
	if err := errors.Join(a.update(diskcache.WithTmpdir(dir)), a.tag(testTag)); err != nil {
		t.Fatal(err)
	}
	a.expect(t, 0, 0, 0)
	a.gain.Set(math.Copysign(0, -1)) // which is not zero, as for arguments
	a.expect(t, 0, 1, 1)
}

// What the value holds is not copied: a change in place is noticed by Use.
func TestSettingChangedInPlace(t *testing.T) {
	type limits struct{ Low, High []float64 }
	var s diskcache.Setting[limits]
	var c diskcache.DiskCacher[[]float64]
	err := errors.Join(c.SetTmpdir(t.TempDir()), diskcache.BindAll(testTag, []diskcache.Binding{{Cacher: &c, Name: "root.A.method"}},
		diskcache.Observer{}, diskcache.Declaration{Setting: &s, Name: "root.A.limits"}))
	if err != nil {
		t.Fatal(err)
	}
	value := limits{High: []float64{1}}
	s.Set(value)
	compute := func(ctx context.Context) ([]float64, error) { return []float64{s.Use(ctx).High[0]}, nil }
	for high := 1.0; high < 4; high++ {
		value.High[0] = high
		if v, err := c.Refresh(t.Context(), compute); err != nil || v[0] != high {
			t.Fatal(v, err)
		}
		if v := mustExecute(t, &c, never[[]float64](t)); v[0] != high {
			t.Errorf("got %v, want %v", v, high)
		}
		text := fmt.Sprintf("diskcache_test.limits{Low: []float64(nil), High: {%v}}", high)
		if uses := usesOfEntry(t, &c, "root.A.method"); len(uses) != 1 || uses[0].Text != text {
			t.Errorf("got %+v, want %s", uses, text)
		}
	}
	value.High[0] = 9
	s.Set(value) // the same slices
	if v := mustExecute(t, &c, compute); v[0] != 9 {
		t.Errorf("got %v, want 9", v)
	}
}

// What cannot be told from other values is good at no later time.
func TestSettingsThatCannotBeCompared(t *testing.T) {
	for _, test := range []struct {
		name   string
		reason string
		set    func(named, unnamed *diskcache.Setting[any])
		use    func(ctx context.Context, named, unnamed *diskcache.Setting[any])
	}{
		{"function in an interface", "cannot be compared",
			func(named, _ *diskcache.Setting[any]) { named.Set(func() {}) },
			func(ctx context.Context, named, _ *diskcache.Setting[any]) { named.Use(ctx) }},
		{"no name", "had no name",
			func(_, unnamed *diskcache.Setting[any]) { unnamed.Set(0.5) },
			func(ctx context.Context, _, unnamed *diskcache.Setting[any]) { unnamed.Use(ctx) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for range 3 {
				var named, unnamed diskcache.Setting[any]
				test.set(&named, &unnamed)
				var c diskcache.DiskCacher[int]
				err := errors.Join(c.SetTmpdir(dir), diskcache.BindAll(testTag, []diskcache.Binding{{Cacher: &c, Name: "root.A.method"}},
					diskcache.Observer{}, diskcache.Declaration{Setting: &named, Name: "root.A.setting"}))
				if err != nil {
					t.Fatal(err)
				}
				runs := 0
				compute := func(ctx context.Context) (int, error) {
					runs++
					test.use(ctx, &named, &unnamed)
					return runs, nil
				}
				mustExecute(t, &c, compute)
				if runs != 1 {
					t.Fatalf("computed %d times, want once", runs)
				}
				named.Set(1) // a value that can
				unnamed.Set(1)
				var o diskcache.Outcome
				if _, err := c.Execute(diskcache.WithOutcome(t.Context(), &o), compute); err != nil {
					t.Fatal(err)
				}
				if runs != 2 || o.Why != diskcache.InputChanged || !strings.Contains(o.Reason, test.reason) {
					t.Errorf("computed %d times, %v, %q; want twice, %q", runs, o.Why, o.Reason, test.reason)
				}
				test.set(&named, &unnamed)
				mustExecute(t, &c, compute) // so that the next round finds that
			}
		})
	}
}

func TestWrongDeclarations(t *testing.T) {
	var number diskcache.Setting[int]
	var function diskcache.Setting[func()]
	var other diskcache.Setting[int]
	for _, test := range []struct {
		name     string
		settings []diskcache.Declaration
		tell     string
		is       error
	}{
		{"nil", []diskcache.Declaration{{Name: "root.A.s"}}, "nil", nil},
		{"nil pointer", []diskcache.Declaration{{Name: "root.A.s", Setting: (*diskcache.Setting[int])(nil)}}, "nil", nil},
		{"no name", []diskcache.Declaration{{Setting: &number}}, "empty", diskcache.ErrName},
		{"wrong name", []diskcache.Declaration{{Name: "a/b", Setting: &number}}, "a/b", diskcache.ErrName},
		{"function", []diskcache.Declaration{{Name: "root.A.s", Setting: &function}}, "func()", diskcache.ErrArgument},
		{"one name", []diskcache.Declaration{{Name: "root.A.s", Setting: &number}, {Name: "root.A.s", Setting: &other}}, "two settings", diskcache.ErrNameTaken},
	} {
		c, _ := newCacher[int](t, t.TempDir())
		before, err := c.FullPath()
		if err != nil {
			t.Fatal(err)
		}
		err = diskcache.BindAll("20250101_000000", []diskcache.Binding{{Cacher: c, Name: "root.A.other"}}, diskcache.Observer{}, test.settings...)
		if err == nil || !strings.Contains(err.Error(), test.tell) || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s: got %v, want an error that tells %q and wraps %v", test.name, err, test.tell, test.is)
		}
		if after, err := c.FullPath(); err != nil || after != before {
			t.Errorf("%s: tagged on error: %s, %v", test.name, after, err)
		}
	}
}

// Setting beside use, from many goroutines: a value and what is recorded of it are of one
// moment, so what is found at the end fits the setting.
func TestSettingConcurrently(t *testing.T) {
	dir := t.TempDir()
	o := diskcache.Options{Tmpdir: dir, Store: storage.Memory()}
	o.Tmpdir = ""
	var s diskcache.Setting[[2]int]
	var c diskcache.DiskCacher[[]int]
	if err := diskcache.UpdateAll([]diskcache.Cacher{&c}, diskcache.WithOptions(o), &s); err != nil {
		t.Fatal(err)
	}
	err := diskcache.BindAll(testTag, []diskcache.Binding{{Cacher: &c, Name: "root.A.method"}}, diskcache.Observer{},
		diskcache.Declaration{Setting: &s, Name: "root.A.setting"})
	if err != nil {
		t.Fatal(err)
	}
	compute := func(ctx context.Context) ([]int, error) {
		v := s.Use(ctx)
		return []int{v[0], v[1]}, nil
	}
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				v, err := c.Execute(context.Background(), compute)
				if err != nil || v[0] != v[1] {
					t.Errorf("got %v, %v", v, err)
					return
				}
				_ = s.Text()
			}
		})
	}
	deadline := time.Now().Add(300 * time.Millisecond)
	for i := 1; time.Now().Before(deadline); i++ {
		s.Set([2]int{i, i})
		v, err := c.Execute(t.Context(), compute)
		if err != nil || v[0] != i {
			t.Fatalf("got %v, %v after Set(%d)", v, err, i)
		}
	}
	close(stop)
	wg.Wait()
}
