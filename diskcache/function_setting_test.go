package diskcache_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// scaling is a function that uses a setting, as those of a package do.
type scaling struct {
	cache diskcache.Cache
	scale diskcache.Setting[float64]
	call  *diskcache.Function[float64, float64]
	runs  int
}

func newScaling(tb testing.TB, scale float64, setUp func(*diskcache.Cache)) *scaling {
	tb.Helper()
	s := new(scaling)
	setUp(&s.cache)
	s.scale.Set(scale)
	if err := s.cache.Declare("scale", &s.scale); err != nil {
		tb.Fatal(err)
	}
	s.call = diskcache.Wrap(&s.cache, "scaled", func(ctx context.Context, x float64) (float64, error) {
		s.runs++
		return x * s.scale.Use(ctx), nil
	})
	return s
}

func (s *scaling) expect(tb testing.TB, scale float64, runs int) {
	tb.Helper()
	v, err := s.call.Call(tb.Context(), 3)
	if err != nil || v != 3*scale || s.runs != runs {
		tb.Errorf("got %v, %v after %d calls, want %v after %d", v, err, s.runs, 3*scale, runs)
	}
}

func TestFunctionWithSetting(t *testing.T) {
	dir, kept := t.TempDir(), storage.Memory()
	for name, setUp := range map[string]func(*diskcache.Cache){
		"directory": func(c *diskcache.Cache) { c.Dir = dir },
		"store":     func(c *diskcache.Cache) { c.Store = kept },
	} {
		t.Run(name, func(t *testing.T) {
			s := newScaling(t, 2, setUp)
			s.expect(t, 2, 1)
			s.scale.Set(2)
			s.expect(t, 2, 1)
			s.scale.Set(4)
			s.expect(t, 4, 2)

			next := newScaling(t, 4, setUp) // as another process would
			next.expect(t, 4, 0)
			next.scale.Set(5)
			next.expect(t, 5, 1)
		})
	}
	s := newScaling(t, 2, func(c *diskcache.Cache) { c.Off = true })
	s.expect(t, 2, 1)
	s.expect(t, 2, 2)
}

// caller has a method that uses the setting of a cache, itself or by calling the function.
type caller struct {
	*scaling
	sum  diskcache.DiskCacher[float64]
	sums int
}

func newCaller(tb testing.TB, tmpdir string, s *scaling) *caller {
	tb.Helper()
	c := &caller{scaling: s}
	if err := errors.Join(c.sum.SetTmpdir(tmpdir), c.sum.SetTag(testTag, "root.A.sum")); err != nil {
		tb.Fatal(err)
	}
	return c
}

func (c *caller) ask(tb testing.TB, itself bool) float64 {
	tb.Helper()
	return mustExecute(tb, &c.sum, func(ctx context.Context) (float64, error) {
		c.sums++
		if itself {
			return 3 * c.scale.Use(ctx), nil
		}
		return c.call.Call(ctx, 3)
	})
}

// In the next process the method is judged before a function of the cache was called.
func TestMethodWithSettingOfCache(t *testing.T) {
	for _, itself := range []bool{false, true} {
		tmpdir, dir := t.TempDir(), t.TempDir()
		process := func(scale float64, sums int) (ended chan bool) {
			c := newCaller(t, tmpdir, newScaling(t, scale, func(c *diskcache.Cache) { c.Dir = dir }))
			for range 2 {
				if v := c.ask(t, itself); v != 3*scale || c.sums != sums {
					t.Errorf("itself %v, scale %v: got %v after %d computations, want %d", itself, scale, v, c.sums, sums)
				}
				c.scale.Set(scale)
			}
			ended = make(chan bool, 1)
			runtime.AddCleanup(c.scaling, func(ended chan bool) { ended <- true }, ended)
			return ended
		}
		for _, test := range []struct {
			scale float64
			sums  int
		}{{2, 1}, {2, 0}, {4, 1}, {4, 0}} {
			ended := process(test.scale, test.sums)
			collected(t, "the cache is kept alive", func() bool { return len(ended) > 0 })
		}
	}
}

// A function may use the setting of a tree, as long as the tree is there.
func TestFunctionWithSettingOfTree(t *testing.T) {
	tmpdir, dir := t.TempDir(), t.TempDir()
	for _, test := range []struct {
		gain float64
		runs int
	}{{0.5, 1}, {0.5, 0}, {0.6, 1}} {
		a := newAmplifier(t, tmpdir, test.gain)
		cache := diskcache.Cache{Dir: dir}
		runs := 0
		gained := diskcache.Wrap(&cache, "gained", diskcache.NoArgument(func(ctx context.Context) (float64, error) {
			runs++
			return a.gain.Use(ctx), nil
		}))
		v, err := gained.Call(t.Context(), diskcache.None{})
		if err != nil || v != test.gain || runs != test.runs {
			t.Errorf("gain %v: got %v, %v after %d calls, want %d", test.gain, v, err, runs, test.runs)
		}
		a.gain.Set(7)
		if v, err := gained.Call(t.Context(), diskcache.None{}); err != nil || v != 7 {
			t.Errorf("got %v, %v, want 7", v, err)
		}
		a.gain.Set(test.gain)
		if v, err := gained.Call(t.Context(), diskcache.None{}); err != nil || v != test.gain {
			t.Errorf("got %v, %v, want %v", v, err, test.gain)
		}
	}
}

// What a Loader reads may depend on settings too.
func TestLoaderWithSetting(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		gain float64
		runs int
	}{{0.5, 1}, {0.5, 0}, {0.6, 1}} {
		a := newAmplifier(t, dir, test.gain)
		var loader diskcache.Loader[float64]
		runs := 0
		ask := func() float64 {
			return mustExecute(t, &a.signal, func(ctx context.Context) ([]float64, error) {
				runs++
				v, err := loader.Load(ctx, func(ctx context.Context) (float64, error) { return a.gain.Use(ctx), nil })
				return []float64{v}, err
			})[0]
		}
		if v := ask(); v != test.gain || runs != test.runs {
			t.Errorf("got %v after %d computations, want %v after %d", v, runs, test.gain, test.runs)
		}
		a.gain.Set(7)
		if v := ask(); v != 7 || runs != test.runs+1 {
			t.Errorf("got %v after %d computations, want 7 after %d", v, runs, test.runs+1)
		}
		a.gain.Set(test.gain)
		ask()
	}
}

func TestWrongDeclare(t *testing.T) {
	var cache diskcache.Cache
	cache.Dir = t.TempDir()
	var number, other diskcache.Setting[int]
	var function diskcache.Setting[func()]
	diskcache.Wrap(&cache, "fit", diskcache.Plain(func(x int) int { return x }))
	for range 2 { // which is no mistake
		if err := cache.Declare("number", &number); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name    string
		setting diskcache.AnySetting
		tell    string
		is      error
	}{
		{"nil", nil, "nil", nil},
		{"", &other, "empty", diskcache.ErrName},
		{"a/b", &other, "a/b", diskcache.ErrName},
		{"function", &function, "func()", diskcache.ErrArgument},
		{"fit", &other, "the function fit", diskcache.ErrNameTaken},
		{"FIT", &other, "the function fit", diskcache.ErrNameTaken},
		{"number", &other, "two settings", diskcache.ErrNameTaken},
		{"Number", &other, "the setting number", diskcache.ErrNameTaken},
		{"second", &number, "number", nil},
	} {
		err := cache.Declare(test.name, test.setting)
		if err == nil || !strings.Contains(err.Error(), test.tell) || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s: got %v, want an error that tells %q and wraps %v", test.name, err, test.tell, test.is)
		}
	}
	clash := diskcache.Wrap(&cache, "NUMBER", diskcache.Plain(func(x int) int { return x }))
	if err := clash.Check(); !errors.Is(err, diskcache.ErrNameTaken) || !strings.Contains(err.Error(), "the setting number") {
		t.Errorf("got %v, want that the name is taken", err)
	}
}
