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

// TestClearOneWhileComputing: what is under way then is returned and not kept.
func TestClearOneWhileComputing(t *testing.T) {
	cache := diskcache.Cache{Dir: t.TempDir()}
	started, goOn := make(chan struct{}), make(chan struct{})
	var calls atomic.Int64
	slow := diskcache.Wrap(&cache, "slow", diskcache.Plain(func(int) int64 {
		n := calls.Add(1)
		if n == 1 {
			close(started)
			<-goOn
		}
		return n
	}))
	got := make(chan int64)
	go func() { got <- mustCall(t, slow, 5) }()
	<-started
	if err := slow.Clear(5); err != nil {
		t.Error(err)
	}
	close(goOn)
	if v := <-got; v != 1 {
		t.Errorf("the one that computed got %d", v)
	}
	if v := mustCall(t, slow, 5); v != 2 {
		t.Errorf("got %d, which was computed before it was cleared", v)
	}
}

func TestOff(t *testing.T) {
	for name, off := range map[string]func(*testing.T, *diskcache.Cache){
		"by value":       func(_ *testing.T, c *diskcache.Cache) { c.Off = true },
		"by environment": func(t *testing.T, _ *diskcache.Cache) { t.Setenv(diskcache.NoCacheVariable, "1") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "results")
			cache := diskcache.Cache{Dir: dir}
			f := &fitter{}
			fit := diskcache.Wrap(&cache, "fit", f.fit)
			off(t, &cache) // after wrapping: package variables are wrapped before flags are read
			mustCall(t, fit, &fitParams{})
			mustCall(t, fit, &fitParams{})
			f.want(t, 2)
			if _, err := fit.Path(&fitParams{}); !errors.Is(err, diskcache.ErrOff) {
				t.Errorf("Path: %v", err)
			}
			if err := errors.Join(fit.Clear(&fitParams{}), fit.ClearAll(), cache.Clear(), cache.Close()); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("something was made: %v", err)
			}
		})
	}
	for value, off := range map[string]bool{"": false, "0": false, "false": false, "1": true, "yes": true, "TRUE": true} {
		t.Setenv(diskcache.NoCacheVariable, value)
		cache := diskcache.Cache{Dir: t.TempDir()}
		fit := diskcache.Wrap(&cache, "fit", (&fitter{}).fit)
		mustCall(t, fit, &fitParams{})
		if _, ok, _ := fit.Peek(context.Background(), &fitParams{}); ok == off {
			t.Errorf("%s=%q: stored %v", diskcache.NoCacheVariable, value, ok)
		}
	}
}

// TestWrapMistakes: each is an error of every call, and of Check, and the
// function is not called.
func TestWrapMistakes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	never := func(context.Context, int) (int, error) { t.Error("called"); return 0, nil }
	cache := func() *diskcache.Cache { return &diskcache.Cache{Dir: t.TempDir()} }
	taken := cache()
	_ = diskcache.Wrap(taken, "Fit", (&fitter{}).fit)
	for name, test := range map[string]struct {
		f    *diskcache.Function[int, int]
		says string
	}{
		"nil cache":         {diskcache.Wrap(nil, "f", never), "the cache is nil"},
		"nil function":      {diskcache.Wrap[int, int](cache(), "f", nil), "the function is nil"},
		"bad name":          {diskcache.Wrap(cache(), "a/b", never), "separator"},
		"name of errors":    {diskcache.Wrap(cache(), "f.error", never), ".error"},
		"name taken":        {diskcache.Wrap(taken, "fit", never), "taken in this cache by Fit"},
		"directory":         {diskcache.Wrap(&diskcache.Cache{Dir: file}, "f", never), "is a file"},
		"unknown format":    {diskcache.Wrap(cache(), "f", never, diskcache.FuncOptions{Format: "nonsense"}), "nonsense"},
		"default format":    {diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir(), Format: "npz"}, "f", never), "npz"},
		"negative ttl":      {diskcache.Wrap(cache(), "f", never, diskcache.FuncOptions{TTL: -1}), "negative"},
		"stale for ever":    {diskcache.Wrap(cache(), "f", never, diskcache.FuncOptions{Stale: time.Hour}), "without TTL"},
		"mmap of no array":  {diskcache.Wrap(cache(), "f", never, diskcache.FuncOptions{Mmap: true}), "mmap"},
		"mmap and compress": {diskcache.Wrap(cache(), "f", never, diskcache.FuncOptions{Mmap: true, Compress: "zstd"}), "exclude each other"},
	} {
		_, called := test.f.Call(context.Background(), 1)
		_, refreshed := test.f.Refresh(context.Background(), 1)
		_, _, peeked := test.f.Peek(context.Background(), 1)
		for what, err := range map[string]error{"Call": called, "Refresh": refreshed, "Peek": peeked,
			"Check": test.f.Check(), "Clear": test.f.Clear(1), "ClearAll": test.f.ClearAll()} {
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s: %s: %v, want an error that says %q", name, what, err, test.says)
			}
		}
	}
	unhashable := diskcache.Wrap(cache(), "f", func(context.Context, struct{ F func() }) (int, error) { t.Error("called"); return 0, nil })
	if err := unhashable.Check(); !errors.Is(err, diskcache.ErrArgument) {
		t.Errorf("unhashable argument: %v", err)
	}
	unstorable := diskcache.Wrap(cache(), "f", func(context.Context, int) (chan int, error) { t.Error("called"); return nil, nil })
	if err := unstorable.Check(); err == nil {
		t.Error("a channel as a result is no error")
	}
	inside := diskcache.Wrap(cache(), "f", func(context.Context, any) (int, error) { t.Error("called"); return 0, nil })
	if _, err := inside.Call(context.Background(), func() {}); !errors.Is(err, diskcache.ErrArgument) {
		t.Errorf("a function inside an interface: %v", err)
	}
}

// Two caches of one directory stand for two programs. Functions of one name are
// one function there, unless the types say otherwise.
func TestOneNameInTwoPrograms(t *testing.T) {
	dir := t.TempDir()
	first := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "f", diskcache.Plain(func(int) int { return 1 }))
	other := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "f", diskcache.Plain(func(int) string { return "two" }))
	argument := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "f", diskcache.Plain(func(int64) int { return 3 }))
	for range 2 {
		if a, b, c := mustCall(t, first, 5), mustCall(t, other, 5), mustCall(t, argument, 5); a != 1 || b != "two" || c != 3 {
			t.Errorf("%v, %v, %v", a, b, c)
		}
	}
}

func TestOptionsOverDefaults(t *testing.T) {
	dir := t.TempDir()
	cache := diskcache.Cache{Dir: dir, Compress: "zstd", TTL: time.Hour}
	constant := func(context.Context, diskcache.None) ([]float64, error) { return []float64{1}, nil }
	wrapped := map[string]*diskcache.Function[diskcache.None, []float64]{
		"defaults.npy.zst": diskcache.Wrap(&cache, "defaults", constant),
		"gob.gob.zst":      diskcache.Wrap(&cache, "gob", constant, diskcache.FuncOptions{Format: "gob"}),
		"both.gob.zst":     diskcache.Wrap(&cache, "both", constant, diskcache.FuncOptions{Format: "npy", TTL: diskcache.Forever}, diskcache.FuncOptions{Format: "gob"}),
	}
	for name, f := range wrapped {
		mustCall(t, f, diskcache.None{})
		if path, err := f.Path(diskcache.None{}); filepath.Base(path) != name || err != nil {
			t.Errorf("%s, %v, want %s", path, err, name)
		}
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestVersionOfFunction(t *testing.T) {
	dir := t.TempDir()
	next := steps()
	for want, version := range []string{"", "2", "3"} {
		for range 2 {
			f := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "f", diskcache.NoArgument(next), diskcache.FuncOptions{Version: version})
			if got := mustCall(t, f, diskcache.None{}); got != want+1 {
				t.Errorf("version %q: %d, want %d", version, got, want+1)
			}
		}
	}
}

func TestCopyOfFunction(t *testing.T) {
	f := diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir()}, "f", (&fitter{}).fit, diskcache.FuncOptions{Copy: true})
	for range 3 {
		v := mustCall(t, f, &fitParams{Degree: 1})
		if !reflect.DeepEqual(v, []float64{0, 0}) {
			t.Fatalf("got what another caller wrote: %v", v)
		}
		v[0] = 7
	}
}

// TestFunctionsShareComputations: one computation, however many ask at once.
func TestFunctionsShareComputations(t *testing.T) {
	dir := t.TempDir()
	var calls atomic.Int64
	release := make(chan struct{})
	slow := func(int) int64 { <-release; return calls.Add(1) }
	functions := []*diskcache.Function[int, int64]{
		diskcache.Wrap(&diskcache.Cache{Dir: dir}, "slow", diskcache.Plain(slow)),
		diskcache.Wrap(&diskcache.Cache{Dir: dir}, "slow", diskcache.Plain(slow)), // another program
	}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if got := mustCall(t, functions[i%2], 1); got != 1 {
				t.Errorf("got %d", got)
			}
		})
	}
	close(release)
	all.Wait()
	if calls.Load() != 1 {
		t.Errorf("%d computations", calls.Load())
	}
}

// A function that reaches itself gets an error that shows how.
func TestFunctionCircle(t *testing.T) {
	var f *diskcache.Function[int, int]
	f = diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir()}, "f", func(ctx context.Context, n int) (int, error) { return f.Call(ctx, n) })
	if _, err := f.Call(context.Background(), 5); !errors.Is(err, diskcache.ErrCircle) || !strings.Contains(err.Error(), "f(5) -> f(5)") {
		t.Errorf("got %v", err)
	}
}

// Recursion over arguments is no circle.
func TestFunctionRecursion(t *testing.T) {
	var fib *diskcache.Function[int, int]
	calls := 0
	fib = diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir()}, "fib", func(ctx context.Context, n int) (int, error) {
		calls++
		if n < 2 {
			return n, nil
		}
		a, errA := fib.Call(ctx, n-1)
		b, errB := fib.Call(ctx, n-2)
		return a + b, errors.Join(errA, errB)
	})
	if got := mustCall(t, fib, 30); got != 832040 || calls != 31 {
		t.Errorf("%d in %d calls, want 832040 in 31", got, calls)
	}
}

// TestFunctionsUnderFire does everything at once to two programs' functions of one
// directory: no call gets a value that is not its own, and none fails.
func TestFunctionsUnderFire(t *testing.T) {
	dir := t.TempDir()
	square := func(n int) []int { return []int{n, n * n} }
	var functions []*diskcache.Function[int, []int]
	for range 2 {
		cache := &diskcache.Cache{Dir: dir, TTL: 20 * time.Millisecond, OnEvent: func(e diskcache.Event) {
			if e.Kind == diskcache.SetAside || e.Kind == diskcache.SaveFailed {
				t.Errorf("%v: %s, %v", e.Kind, e.Reason, e.Err)
			}
		}}
		defer func() {
			if err := cache.Close(); err != nil {
				t.Error(err)
			}
		}()
		functions = append(functions, diskcache.Wrap(cache, "square", diskcache.Plain(square),
			diskcache.FuncOptions{Stale: 20 * time.Millisecond, Errors: time.Second, Valid: func(s diskcache.Stored) bool { return len(s.Value.([]int)) == 2 }}))
	}
	check := func(n int, v []int, err error) {
		if err != nil || !slices.Equal(v, square(n)) {
			t.Errorf("%d: %v, %v", n, v, err)
		}
	}
	ctx := context.Background()
	var all sync.WaitGroup
	for i := range 8 {
		f := functions[i%2]
		all.Go(func() {
			for n := range 40 {
				n %= 5
				v, err := f.Call(ctx, n)
				check(n, v, err)
				switch i {
				case 0:
					v, err = f.Refresh(ctx, n)
					check(n, v, err)
				case 1, 2:
					err = f.Clear(n)
				case 3:
					v, err = f.Call(diskcache.WithRefresh(ctx), n)
					check(n, v, err)
				case 4:
					_, err = f.Batch(ctx, upTo(5), diskcache.BatchOptions{})
				case 5:
					err = f.ClearAll()
				case 6:
					if v, ok, peekErr := f.Peek(ctx, n); ok {
						check(n, v, peekErr)
					}
				}
				if err != nil {
					t.Errorf("%d: %v", i, err)
				}
			}
		})
	}
	all.Wait()
}

func TestDefaultDirectory(t *testing.T) {
	home := t.TempDir()
	for _, variable := range []string{"HOME", "XDG_CACHE_HOME", "LocalAppData"} {
		t.Setenv(variable, home)
	}
	var cache diskcache.Cache
	f := diskcache.Wrap(&cache, "f", diskcache.Plain(func(int) int { return 1 }))
	mustCall(t, f, 1)
	dir, err := cache.Directory()
	if err != nil || !strings.HasPrefix(dir, home) || !strings.Contains(filepath.Base(dir), "diskcache") || filepath.Base(filepath.Dir(dir)) != "dataelab" {
		t.Errorf("%s, %v", dir, err)
	}
	if names := filesIn(t, dir); len(names) != 1 {
		t.Errorf("files %v", names)
	}
}

func TestProgramName(t *testing.T) {
	if got := diskcache.ProgramName("example.org/lab/fit", "/tmp/fit", "/home"); got != "example.org.lab.fit" {
		t.Errorf("got %s", got)
	}
	seen := map[string]bool{}
	for _, name := range []string{
		diskcache.ProgramName("command-line-arguments", "/tmp/go-build1/fit", "/home/a"),
		diskcache.ProgramName("command-line-arguments", "/tmp/go-build1/fit", "/home/b"),
		diskcache.ProgramName("command-line-arguments", "/tmp/go-build1/load", "/home/a"),
		diskcache.ProgramName("a/../b", "/tmp/x", "/"),
	} {
		if seen[name] || diskcache.CheckName(name+"x") != nil {
			t.Errorf("%s is taken, or no name", name)
		}
		seen[name] = true
	}
	if !seen[diskcache.ProgramName("", "/tmp/go-build2/fit.exe", "/home/a")] {
		t.Error("another run of one file has another name")
	}
}

// One function that was wrapped wrongly does not keep the others from being
// cleared and closed.
func TestCacheWithAWrongFunction(t *testing.T) {
	dir := t.TempDir()
	cache := diskcache.Cache{Dir: dir}
	good := diskcache.Wrap(&cache, "good", diskcache.Plain(func(n int) int { return n }))
	_ = diskcache.Wrap(&cache, "bad", diskcache.Plain(func(n int) chan int { return nil }))
	mustCall(t, good, 1)
	if err := cache.Clear(); err == nil || !strings.Contains(err.Error(), "bad") {
		t.Errorf("Clear: %v", err)
	}
	if names := filesIn(t, dir); len(names) > 0 {
		t.Errorf("left %v", names)
	}
	if err := cache.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	mustCall(t, good, 1) // goes on
	if _, err := good.Path(1); err != nil {
		t.Error(err)
	}
}

// The directory may be a link: whoever made the cache named it.
func TestDirectoryMayBeALink(t *testing.T) {
	target, link := t.TempDir(), filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(target, link); err != nil {
		t.Skipf("no links here: %v", err)
	}
	mustCall(t, diskcache.Wrap(&diskcache.Cache{Dir: link}, "f", diskcache.Plain(func(int) int { return 1 })), 1)
	if names := filesIn(t, target); len(names) != 1 {
		t.Errorf("files %v", names)
	}
}

func TestUnwritableDirectoryLosesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "results")
	if err := os.WriteFile(dir, nil, 0o600); err != nil { // a file lies where a folder above should be
		t.Fatal(err)
	}
	log := &eventLog{}
	cache := diskcache.Cache{Dir: t.TempDir(), OnEvent: log.add}
	f := diskcache.Wrap(&cache, "f", diskcache.Plain(func(int) int { return 1 }))
	if err := f.Check(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(cache.Dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cache.Dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := mustCall(t, f, 1); got != 1 {
		t.Errorf("got %d", got)
	}
	if e, ok := log.find(diskcache.SaveFailed); !ok || e.Err == nil {
		t.Errorf("nobody heard of the failure: %s", log.kinds())
	}
}

func TestFunctionHitAllocations(t *testing.T) {
	cache := diskcache.Cache{Dir: t.TempDir()}
	ctx := context.Background()
	load := diskcache.Wrap(&cache, "load", diskcache.NoArgument(func(context.Context) ([]float64, error) { return []float64{1}, nil }))
	mustCall(t, load, diskcache.None{})
	if n := testing.AllocsPerRun(100, func() { _, _ = load.Call(ctx, diskcache.None{}) }); n > 0 {
		t.Errorf("a hit without argument makes %v allocations", n)
	}
}

func BenchmarkFunctionHit(b *testing.B) {
	cache := diskcache.Cache{Dir: b.TempDir()}
	ctx := context.Background()
	load := diskcache.Wrap(&cache, "load", diskcache.NoArgument(func(context.Context) ([]float64, error) { return []float64{1}, nil }))
	square := diskcache.Wrap(&cache, "square", diskcache.Plain(func(x int) int { return x * x }))
	fit := diskcache.Wrap(&cache, "fit", (&fitter{}).fit)
	b.Run("no argument", func(b *testing.B) {
		mustCall(b, load, diskcache.None{})
		b.ReportAllocs()
		for b.Loop() {
			_, _ = load.Call(ctx, diskcache.None{})
		}
	})
	b.Run("number", func(b *testing.B) {
		mustCall(b, square, 1000)
		b.ReportAllocs()
		for b.Loop() {
			_, _ = square.Call(ctx, 1000)
		}
	})
	b.Run("struct", func(b *testing.B) {
		p := &fitParams{Degree: 3, Weights: make([]float64, 100)}
		mustCall(b, fit, p)
		b.ReportAllocs()
		for b.Loop() {
			_, _ = fit.Call(ctx, p)
		}
	})
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
