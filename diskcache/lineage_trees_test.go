package diskcache_test

import (
	"context"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// gained is a tree with a setting, and with all that can stand between a method and one that
// uses the setting.
type gained struct {
	testing.TB
	gain     diskcache.Setting[int]
	raw, top diskcache.DiskCacher[int] // in two directories
	loader   diskcache.Loader[int]
	function *diskcache.Function[int, int]
	by       func(context.Context, *gained) (int, error)
	computed int // top
}

func newGained(t testing.TB, gain int, dirs [3]string, by func(context.Context, *gained) (int, error)) *gained {
	t.Helper()
	x := &gained{TB: t, by: by}
	x.gain.Set(gain)
	x.function = diskcache.Wrap(&diskcache.Cache{Dir: dirs[2]}, "f", func(ctx context.Context, a int) (int, error) { return a * x.gain.Use(ctx), nil })
	for i, c := range []diskcache.Cacher{&x.top, &x.raw} {
		if err := diskcache.UpdateAll([]diskcache.Cacher{c}, diskcache.WithTmpdir(dirs[i])); err != nil {
			t.Fatal(err)
		}
	}
	bindings := []diskcache.Binding{{Cacher: &x.top, Name: "top"}, {Cacher: &x.raw, Name: "raw"}}
	if err := diskcache.BindAll("night", bindings, diskcache.Observer{}, diskcache.Declaration{Setting: &x.gain, Name: "gain"}); err != nil {
		t.Fatal(err)
	}
	return x
}

func (x *gained) times100(ctx context.Context) (int, error) { return 100 * x.gain.Use(ctx), nil }

// want compares the number of the tree.
func (x *gained) want(number int) {
	x.Helper()
	v, err := x.top.Execute(x.Context(), func(ctx context.Context) (int, error) {
		x.computed++
		return x.by(ctx, x)
	})
	if err != nil || v != number {
		x.Errorf("with gain %s it is %d, %v; want %d", x.gain.Text(), v, err, number)
	}
}

// Each of two trees with one directory is judged by its own settings, whatever stands between.
func TestSettingsOfTwoTreesThrough(t *testing.T) {
	type treeKey struct{}
	type chain = func(context.Context, *gained) (int, error)
	shared := func(t *testing.T) chain {
		f := diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir()}, "shared", func(ctx context.Context, a int) (int, error) {
			return a * ctx.Value(treeKey{}).(*gained).gain.Use(ctx), nil
		})
		return func(ctx context.Context, x *gained) (int, error) {
			return f.Call(context.WithValue(ctx, treeKey{}, x), 100)
		}
	}
	each := func(c chain) func(*testing.T) chain { return func(*testing.T) chain { return c } }
	for name, c := range map[string]struct {
		by   func(*testing.T) chain
		kept bool // not so where a function uses another setting than that of the tree bound last
	}{
		"a loader":            {each(func(ctx context.Context, x *gained) (int, error) { return x.loader.Load(ctx, x.times100) }), true},
		"another directory":   {each(func(ctx context.Context, x *gained) (int, error) { return x.raw.Execute(ctx, x.times100) }), true},
		"a function of each":  {each(func(ctx context.Context, x *gained) (int, error) { return x.function.Call(ctx, 100) }), false},
		"one function of all": {shared, false},
	} {
		t.Run(name, func(t *testing.T) {
			by, dirs := c.by(t), [3]string{t.TempDir(), t.TempDir(), t.TempDir()}
			a, b := newGained(t, 1, dirs, by), newGained(t, 1, dirs, by)
			a.want(100)
			b.want(100)
			a.gain.Set(2)
			a.want(200)
			a.computed = 0
			if a.want(200); c.kept == (a.computed != 0) {
				t.Errorf("computed %d times when asked again", a.computed)
			}
			b.want(100)
			a.want(200)
		})
		t.Run(name+", from the beginning", func(t *testing.T) {
			by, dirs := c.by(t), [3]string{t.TempDir(), t.TempDir(), t.TempDir()}
			a, b := newGained(t, 1, dirs, by), newGained(t, 2, dirs, by)
			for range 2 {
				a.want(100)
				b.want(200)
			}
		})
	}
}
