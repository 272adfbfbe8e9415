package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// fitParams is an argument as users write it.
type fitParams struct {
	Degree  int
	Weights []float64
	Solver  solver
	Verbose bool       `cache:"-"`
	Log     func(any)  `cache:"-"` // which no key could hold
	mu      sync.Mutex `cache:"-"`
}

// solver is nested in it.
type solver struct {
	Name    string
	Threads int `cache:"-"`
}

// fitter counts its calls.
type fitter struct{ calls atomic.Int64 }

func (f *fitter) fit(_ context.Context, p *fitParams) ([]float64, error) {
	f.calls.Add(1)
	if p.Degree < 0 {
		return nil, fmt.Errorf("degree %d", p.Degree)
	}
	return make([]float64, p.Degree+1), nil
}

func (f *fitter) want(t *testing.T, calls int64) {
	t.Helper()
	if got := f.calls.Load(); got != calls {
		t.Errorf("the function was called %d times, want %d", got, calls)
	}
}

func mustCall[A, T any](tb testing.TB, f *diskcache.Function[A, T], a A) T {
	tb.Helper()
	v, err := f.Call(context.Background(), a)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// filesIn returns the names of the files in a cache's directory.
func filesIn(tb testing.TB, dir string) []string {
	tb.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		tb.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.Name() != ".dataelab" {
			names = append(names, e.Name())
		}
	}
	return names
}

func TestFunctionComputesOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "results")
	f := &fitter{}
	for range 3 { // three programs
		cache := diskcache.Cache{Dir: dir}
		fit := diskcache.Wrap(&cache, "fit", f.fit)
		for range 3 {
			if got := mustCall(t, fit, &fitParams{Degree: 2}); len(got) != 3 {
				t.Errorf("got %v", got)
			}
		}
		path, err := fit.Path(&fitParams{Degree: 2})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
		if names := filesIn(t, dir); len(names) != 1 || filepath.Join(dir, names[0]) != path {
			t.Errorf("files %v, want %s", names, path)
		}
		if base := filepath.Base(path); !strings.HasPrefix(base, "fit-") || len(base) != len("fit-")+32+len(".npy") {
			t.Errorf("the file is named %s", base)
		}
	}
	f.want(t, 1)
}

func TestWrappingTouchesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "results")
	cache := diskcache.Cache{Dir: dir}
	f := &fitter{}
	fit := diskcache.Wrap(&cache, "fit", f.fit)
	if err := fit.Check(); err != nil {
		t.Error(err)
	}
	if _, ok, err := fit.Peek(context.Background(), &fitParams{}); ok || err != nil {
		t.Errorf("Peek: %v, %v", ok, err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was made: %v", err)
	}
	f.want(t, 0)
}

// Fields tagged cache:"-" count nowhere: neither in the argument nor in a struct
// inside it, nor in the record, as such a field may be a password.
func TestIgnoredFields(t *testing.T) {
	dir := t.TempDir()
	cache := diskcache.Cache{Dir: dir}
	f := &fitter{}
	fit := diskcache.Wrap(&cache, "fit", f.fit)
	for _, p := range []*fitParams{
		{Degree: 1, Solver: solver{"lm", 1}},
		{Degree: 1, Solver: solver{"lm", 8}, Verbose: true, Log: func(any) {}},
	} {
		mustCall(t, fit, p)
	}
	f.want(t, 1)
	mustCall(t, fit, &fitParams{Degree: 1, Solver: solver{"qr", 1}})
	f.want(t, 2)
	records, err := filepath.Glob(filepath.Join(dir, ".dataelab", "fit-*.json"))
	if err != nil || len(records) != 2 {
		t.Fatal(records, err)
	}
	text, err := os.ReadFile(records[0])
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "Degree: 1") || strings.Contains(string(text), "Verbose") || strings.Contains(string(text), "Threads") {
		t.Errorf("the record says\n%s", text)
	}
}

func TestKeysOfIgnoredFields(t *testing.T) {
	type same struct{ Name string }
	type inMap struct {
		ByName map[string]solver
		List   []solver
		Any    any
	}
	keyOf := func(v any) diskcache.Key {
		t.Helper()
		key, err := diskcache.KeyOf(v)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	values := func(threads int) inMap {
		s := solver{"lm", threads}
		return inMap{map[string]solver{"a": s}, []solver{s, s}, s}
	}
	if keyOf(values(1)) != keyOf(values(2)) {
		t.Error("an ignored field counts inside of maps, slices or interfaces")
	}
	if keyOf(solver{"lm", 1}) == keyOf(same{"lm"}) {
		t.Error("two types have one key")
	}
	var hidden struct {
		when time.Time
		Note string `cache:"-"`
	}
	if _, err := diskcache.KeyOf(struct{ T markedMarshaler }{}); !errors.Is(err, diskcache.ErrArgument) || !strings.Contains(err.Error(), ".T.Note") {
		t.Errorf("a type that writes itself: %v", err)
	}
	if _, err := diskcache.KeyOf(hidden); !errors.Is(err, diskcache.ErrArgument) {
		t.Errorf("an unexported field: %v", err)
	}
}

// markedMarshaler writes itself, so none of its fields can be left out.
type markedMarshaler struct {
	hidden int
	Note   string `cache:"-"`
}

func (m markedMarshaler) MarshalText() ([]byte, error) { return []byte(fmt.Sprint(m.hidden)), nil }

func TestForms(t *testing.T) {
	dir := t.TempDir()
	ctx := context.Background()
	calls := map[string]int{}
	double := func(form string, x float64) float64 { calls[form]++; return 2 * x }
	for range 2 {
		cache := diskcache.Cache{Dir: dir}
		plain := diskcache.Wrap(&cache, "plain", diskcache.Plain(func(x float64) float64 { return double("plain", x) }))
		noContext := diskcache.Wrap(&cache, "nocontext", diskcache.NoContext(func(x float64) (float64, error) { return double("no context", x), nil }))
		noError := diskcache.Wrap(&cache, "noerror", diskcache.NoError(func(_ context.Context, x float64) float64 { return double("no error", x) }))
		for _, f := range []*diskcache.Function[float64, float64]{plain, noContext, noError} {
			for range 2 {
				if got := mustCall(t, f, 21); got != 42 {
					t.Errorf("got %v", got)
				}
			}
			if got, err := f.Original(ctx, 4); got != 8 || err != nil {
				t.Errorf("the original: %v, %v", got, err)
			}
		}
		noArgument := diskcache.Wrap(&cache, "load", diskcache.NoArgument(func(context.Context) ([]float64, error) { return []float64{double("no argument", 1)}, nil }))
		for range 2 {
			if got := mustCall(t, noArgument, diskcache.None{}); !reflect.DeepEqual(got, []float64{2}) {
				t.Errorf("got %v", got)
			}
		}
	}
	want := map[string]int{"plain": 3, "no context": 3, "no error": 3, "no argument": 1} // with the originals
	if !reflect.DeepEqual(calls, want) {
		t.Errorf("calls %v, want %v", calls, want)
	}
	if names := filesIn(t, dir); !slices.Contains(names, "load.npy") {
		t.Errorf("no load.npy among %v", names)
	}
	failing := diskcache.NoContext(func(int) (int, error) { return 0, os.ErrExist })
	if _, err := failing(ctx, 1); err != os.ErrExist {
		t.Errorf("the error is lost: %v", err)
	}
}

func TestPeekRefreshClear(t *testing.T) {
	dir := t.TempDir()
	ctx := context.Background()
	next := steps()
	wrap := func() *diskcache.Function[string, int] {
		return diskcache.Wrap(&diskcache.Cache{Dir: dir}, "count", func(ctx context.Context, _ string) (int, error) { return next(ctx) })
	}
	count := wrap()
	for want, a := range []string{"a", "b"} {
		if got := mustCall(t, count, a); got != want+1 {
			t.Errorf("%s: %d", a, got)
		}
	}
	if got, err := count.Refresh(ctx, "a"); got != 3 || err != nil {
		t.Errorf("Refresh: %d, %v", got, err)
	}
	peek := func(a string, want int) {
		t.Helper()
		for _, c := range []*diskcache.Function[string, int]{count, wrap()} {
			if got, ok, err := c.Peek(ctx, a); got != want || ok != (want > 0) || err != nil {
				t.Errorf("Peek %s: %d, %v, %v, want %d", a, got, ok, err, want)
			}
		}
	}
	peek("a", 3)
	if err := count.Clear("a"); err != nil {
		t.Fatal(err)
	}
	peek("a", 0)
	peek("b", 2)
	if got := mustCall(t, count, "a"); got != 4 {
		t.Errorf("after Clear: %d", got)
	}
	peek("a", 4)
	if err := count.ClearAll(); err != nil {
		t.Fatal(err)
	}
	peek("a", 0)
	peek("b", 0)
	if names := filesIn(t, dir); len(names) > 0 {
		t.Errorf("left %v", names)
	}
	stats := count.Stats()
	if stats.Computed != 4 || stats.Saved != 4 {
		t.Errorf("%+v", stats)
	}
}

// calculator is an object whose methods are kept: sums by itself, products
// together with all other calculators.
type calculator struct {
	sums     diskcache.DiskCacher[int]
	products *diskcache.Function[[2]int, int]
	calls    int
}

func (c *calculator) Sum(ctx context.Context, a, b int) (int, error) {
	return c.sums.Execute(ctx, func(context.Context) (int, error) { c.calls++; return a + b, nil }, a, b)
}

func (c *calculator) Product(ctx context.Context, a, b int) (int, error) {
	return c.products.Call(ctx, [2]int{a, b})
}

// TestMethodsByInstanceOrShared: a DiskCacher keeps what belongs to one object, a
// Function what all objects share.
func TestMethodsByInstanceOrShared(t *testing.T) {
	dir := t.TempDir()
	products := 0
	shared := diskcache.Wrap(&diskcache.Cache{Dir: filepath.Join(dir, "shared")}, "product", diskcache.Plain(func(p [2]int) int { products++; return p[0] * p[1] }))
	ctx := context.Background()
	for _, name := range []string{"root.first", "root.second"} {
		c := &calculator{products: shared}
		if err := errors.Join(c.sums.SetTmpdir(dir), c.sums.SetTag(testTag, name)); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			sum, errSum := c.Sum(ctx, 3, 4)
			product, errProduct := c.Product(ctx, 3, 4)
			if sum != 7 || product != 12 || errSum != nil || errProduct != nil {
				t.Errorf("%d, %v, %d, %v", sum, errSum, product, errProduct)
			}
		}
		if c.calls != 1 {
			t.Errorf("%s: %d sums computed, want 1 of its own", name, c.calls)
		}
	}
	if products != 1 {
		t.Errorf("%d products computed, want 1 for both", products)
	}
}

// A function without argument has its one result at hand in yet another place.
func TestClearWithoutArgument(t *testing.T) {
	runs := 0
	cache := diskcache.Cache{Dir: t.TempDir()}
	f := diskcache.Wrap(&cache, "f", diskcache.NoArgument(func(context.Context) (int, error) { runs++; return runs, nil }))
	for want := 1; want <= 2; want++ {
		for range 3 {
			if got := mustCall(t, f, diskcache.None{}); got != want {
				t.Errorf("got %d, want %d", got, want)
			}
		}
		if err := f.Clear(diskcache.None{}); err != nil {
			t.Fatal(err)
		}
	}
}
