package mapcache_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/dataelab/dataelab-go/diskcache/mapcache"
)

// family is caches that note what is done to them.
type family struct {
	manager *mapcache.Manager
	done    []string
	fails   string // the cache whose build fails
	caches  map[string]*mapcache.Cache[string, int]
}

var errFamily = errors.New("cannot be built")

// newFamily makes caches that depend on each other. "a>b,c" says that b and c are
// dependents of a.
func newFamily(t *testing.T, dir string, lines ...string) *family {
	t.Helper()
	f := &family{caches: map[string]*mapcache.Cache[string, int]{}}
	f.manager, _ = newManager(t, dir)
	for _, line := range lines {
		name, dependents, _ := strings.Cut(line, ">")
		o := mapcache.Options[string, int]{Rules: manually(), Hooks: mapcache.Hooks[string, int]{
			Build: func(context.Context, string) (map[string]int, error) {
				if f.fails == name {
					return nil, errFamily
				}
				return map[string]int{"built": 1}, nil
			},
			Before: func(_ context.Context, op mapcache.Op, _ string) error {
				f.done = append(f.done, op.String()+" "+name)
				return nil
			},
		}}
		if dependents != "" {
			o.Dependents = strings.Split(dependents, ",")
		}
		f.caches[name] = register(t, f.manager, name, o)
	}
	return f
}

func (f *family) did() []string {
	done := f.done
	f.done = nil
	return done
}

func each(op string, names ...string) []string {
	var all []string
	for _, name := range names {
		all = append(all, op+" "+name)
	}
	return all
}

func TestDependents(t *testing.T) {
	ctx := t.Context()
	f := newFamily(t, t.TempDir(), "raw>slopes,mean", "slopes>power", "mean>power", "power", "other")
	raw, order := f.caches["raw"], []string{"raw", "mean", "slopes", "power"}
	if got := raw.Dependents(); !slices.Equal(got, order[1:]) {
		t.Errorf("dependents %q, want %q", got, order[1:])
	}
	check(t, f.manager.LoadAll(ctx))
	for _, c := range f.caches {
		c.Set("own", 2)
	}
	f.did()

	check(t, raw.Save(ctx))
	if got := f.did(); !slices.Equal(got, each("save", order...)) {
		t.Errorf("Save did %q", got)
	}
	check(t, raw.Reload(ctx))
	if got := f.did(); !slices.Equal(got, each("load", order...)) {
		t.Errorf("Reload did %q", got)
	}
	check(t, raw.DeleteSaved(ctx))
	if got := f.did(); !slices.Equal(got, each("delete", order...)) {
		t.Errorf("DeleteSaved did %q", got)
	}
	if v, ok := f.caches["power"].Get("own"); v != 2 || !ok {
		t.Error("DeleteSaved deleted what is in memory")
	}
	check(t, raw.Invalidate(ctx))
	if got := f.did(); !slices.Equal(got, each("delete", order...)) {
		t.Errorf("Invalidate did %q", got)
	}
	if _, ok := f.caches["power"].Get("own"); ok {
		t.Error("Invalidate left what was in memory")
	}
	f.did()
	check(t, raw.Rebuild(ctx))
	var want []string
	for _, name := range order {
		want = append(want, "build "+name, "save "+name)
	}
	if got := f.did(); !slices.Equal(got, want) {
		t.Errorf("Rebuild did %q, want %q", got, want)
	}
	raw.Set("own", 3)
	check(t, raw.Rebuild(ctx, mapcache.Alone))
	if got := f.did(); !slices.Equal(got, want[:2]) {
		t.Errorf("Rebuild alone did %q", got)
	}
	if v, ok := f.caches["other"].Get("own"); v != 2 || !ok {
		t.Error("a cache that depends on nothing was changed")
	}
}

// TestInvalidated has the trap of derived values: they are in memory, in the file, or
// made by another cache's hook.
func TestInvalidated(t *testing.T) {
	dir := t.TempDir()
	m, _ := newManager(t, dir)
	root := register(t, m, "root", mapcache.Options[string, int]{Dependents: []string{"edge"}, Contents: map[string]int{"raw": 1}})
	edge := register(t, m, "edge", mapcache.Options[string, int]{Hooks: mapcache.Hooks[string, int]{
		Build: func(context.Context, string) (map[string]int, error) {
			raw, _ := root.Get("raw")
			return map[string]int{"processed": 5 * raw}, nil
		},
	}})
	processed := func(want int) {
		t.Helper()
		if got, _ := edge.Get("processed"); got != want {
			t.Errorf("processed is %d, want %d", got, want)
		}
	}
	processed(5)
	check(t, edge.Save(t.Context()))
	root.Set("raw", 2)
	processed(5) // nobody said that it is not valid
	check(t, edge.Invalidate(t.Context()))
	processed(10)
	check(t, root.Invalidate(t.Context()))
	root.Set("raw", 3)
	processed(15)
	check(t, m.Close(t.Context()))
	if got := saved(t, dir, "edge", mapcache.Options[string, int]{}); got["processed"] != 15 {
		t.Errorf("the next process finds %v", got)
	}
}

func TestDependentsInACircle(t *testing.T) {
	for _, lines := range [][]string{{"a>a"}, {"a>b", "b>a"}, {"a>b", "b>c", "c>a,b"}} {
		f := newFamily(t, t.TempDir(), lines...)
		check(t, f.caches["a"].Rebuild(t.Context()))
		var want []string
		for i := range lines {
			want = append(want, each("build", string(rune('a'+i)))...)
		}
		builds := slices.DeleteFunc(f.did(), func(s string) bool { return !strings.HasPrefix(s, "build") })
		if !slices.Equal(builds, want) {
			t.Errorf("%q: %q, want %q", lines, builds, want)
		}
	}
}

func TestDependentsNotRegisteredYet(t *testing.T) {
	f := newFamily(t, t.TempDir(), "a>Later")
	check(t, f.caches["a"].Invalidate(t.Context()))
	later := register(t, f.manager, "later", mapcache.Options[string, int]{Contents: map[string]int{"x": 1}})
	check(t, f.caches["a"].Invalidate(t.Context()))
	if later.Len() != 0 {
		t.Error("a dependent that was registered later was not invalidated")
	}
	wantError(t, f.caches["a"].AddDependents("../x"), nil, "add dependents to a")
	check(t, later.AddDependents("a"))
	if got := later.Dependents(); !slices.Equal(got, []string{"a"}) {
		t.Errorf("dependents %q", got)
	}
}

// TestRebuildThatFails has a failure in the middle of dependents. What fails, and what depends
// on that, stays what it was, in memory and in the file, and the error names it; the
// others are built.
func TestRebuildThatFails(t *testing.T) {
	for name, rebuild := range map[string]func(f *family) error{
		"Rebuild":    func(f *family) error { return f.caches["a"].Rebuild(t.Context()) },
		"RebuildAll": func(f *family) error { return f.manager.RebuildAll(t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			f := newFamily(t, dir, "a>b,d", "b>c", "c", "d")
			check(t, f.manager.LoadAll(t.Context()))
			for _, c := range f.caches {
				c.Set("saved", 1)
			}
			check(t, f.manager.SaveAll(t.Context()))
			for _, c := range f.caches {
				c.Set("unsaved", 1)
			}
			f.fails = "b"
			err := rebuild(f)
			wantError(t, err, errFamily, "rebuild b")
			wantError(t, err, mapcache.ErrNotBuilt, "rebuild c: the contents could not be built, as it depends on b, which failed")
			built := map[string]int{"built": 1}
			stored := map[string]int{"built": 1, "saved": 1}
			for name, c := range f.caches {
				inMemory, inFile := built, built
				if name == "b" || name == "c" {
					inMemory, inFile = map[string]int{"built": 1, "saved": 1, "unsaved": 1}, stored
				}
				if got := collect(c); !maps.Equal(got, inMemory) {
					t.Errorf("%s has %v, want %v", name, got, inMemory)
				}
				if got := saved(t, dir, name, mapcache.Options[string, int]{}); !maps.Equal(got, inFile) {
					t.Errorf("the file of %s has %v, want %v", name, got, inFile)
				}
			}
			f.fails = ""
			check(t, rebuild(f))
			for name, c := range f.caches {
				if got := collect(c); !maps.Equal(got, built) {
					t.Errorf("then %s has %v", name, got)
				}
			}
		})
	}
}

// TestOrderOfDependents looks at random graphs without circles.
func TestOrderOfDependents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "caches")
		name := func(i int) string { return fmt.Sprintf("c%02d", (i*7)%n) } // names are in another order
		if n%7 == 0 {
			name = func(i int) string { return fmt.Sprintf("c%02d", n-i) }
		}
		m := &mapcache.Manager{}
		direct := map[string][]string{}
		for i := range n {
			for j := i + 1; j < n; j++ {
				if rapid.Bool().Draw(t, "edge") {
					direct[name(i)] = append(direct[name(i)], name(j))
				}
			}
		}
		caches := map[string]*mapcache.Cache[int, int]{}
		for i := range n {
			c, err := mapcache.Register(m, name(i), mapcache.Options[int, int]{InMemory: true, Dependents: direct[name(i)]})
			if err != nil {
				t.Fatal(err)
			}
			caches[name(i)] = c
		}
		for start, c := range caches {
			order := append([]string{start}, c.Dependents()...)
			at := map[string]int{}
			for i, name := range order {
				if _, twice := at[name]; twice {
					t.Fatalf("%s is there twice in %q", name, order)
				}
				at[name] = i
			}
			for _, from := range order {
				for _, to := range direct[from] {
					if i, ok := at[to]; !ok || i < at[from] {
						t.Fatalf("%s depends on %s, but the order is %q", to, from, order)
					}
				}
			}
		}
	})
}
