package diskcache_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// typed is a method of a type under a name that others have as well.
func typed[Type any](t *testing.T, o diskcache.Options) *diskcache.DiskCacher[int] {
	t.Helper()
	c := new(diskcache.DiskCacher[int])
	err := errors.Join(c.SetOptions(o), diskcache.BindAll("night", []diskcache.Binding{
		{Cacher: c, Name: "root.Reader.size", Former: []string{"root.Reader.length"}, Type: reflect.TypeFor[Type]()},
	}, diskcache.Observer{}))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type readerOf[T any] struct{ _ T }

// TestOwners: types of one name, under one tag in one directory, have nothing in common.
func TestOwners(t *testing.T) {
	type newCacher = func(*testing.T, diskcache.Options) *diskcache.DiskCacher[int]
	for name, c := range map[string]struct {
		one, other newCacher
		owner      string // as the reason names it
	}{
		"types":          {typed[bytes.Reader], typed[strings.Reader], "bytes.Reader"},
		"type arguments": {typed[readerOf[bytes.Reader]], typed[readerOf[strings.Reader]], "diskcache_test.readerOf[bytes.Reader]"},
		"without a type": {typed[bytes.Reader], func(t *testing.T, o diskcache.Options) *diskcache.DiskCacher[int] {
			return newMethod(t, o, "root.Reader.size")
		}, "bytes.Reader"},
		"without a name":  {typed[struct{ A int }], typed[strings.Reader], "diskcache.struct"},
		"of this package": {typed[struct{ a int }], typed[strings.Reader], "diskcache_test.struct"},
	} {
		t.Run(name, func(t *testing.T) {
			log := &eventLog{}
			o := diskcache.Options{Tmpdir: t.TempDir(), OnEvent: log.add}
			want := func(c *diskcache.DiskCacher[int], compute, want int) {
				t.Helper()
				if got, err := c.Execute(t.Context(), returns(compute)); got != want || err != nil {
					t.Errorf("%d, %v, want %d", got, err, want)
				}
			}
			one := c.one(t, o)
			want(one, 1, 1)
			want(c.one(t, o), 0, 1)
			other := c.other(t, o)
			if _, ok, err := other.Peek(t.Context()); ok || err != nil {
				t.Errorf("Peek finds it: %v, %v", ok, err)
			}
			var out diskcache.Outcome
			if got, err := other.Execute(diskcache.WithOutcome(t.Context(), &out), returns(2)); got != 2 || err != nil {
				t.Errorf("%d, %v", got, err)
			}
			if out.Why != diskcache.OtherOwner || !strings.Contains(out.Reason, c.owner+",") {
				t.Errorf("computed as %v: %s; want the owner %s", out.Why, out.Reason, c.owner)
			}
			if e, ok := log.find(diskcache.Warned); !ok || e.Reason != out.Reason {
				t.Errorf("heard of %s: %+v", log.kinds(), e)
			}
			want(c.other(t, o), 0, 2)
			diskcache.Recheck()
			want(one, 0, 1) // in memory it is what it was
			want(c.one(t, o), 3, 3)
		})
	}
}

// TestOwnersOfFormerNames: what stands under a former name may be somebody else's, too.
func TestOwnersOfFormerNames(t *testing.T) {
	o := diskcache.Options{Tmpdir: t.TempDir()}
	former := new(diskcache.DiskCacher[int])
	if err := errors.Join(former.SetOptions(o), diskcache.BindAll("night", []diskcache.Binding{
		{Cacher: former, Name: "root.Reader.length", Type: reflect.TypeFor[bytes.Reader]()},
	}, diskcache.Observer{})); err != nil {
		t.Fatal(err)
	}
	if _, err := former.Execute(t.Context(), returns(1)); err != nil {
		t.Fatal(err)
	}
	if got, err := typed[strings.Reader](t, o).Execute(t.Context(), returns(2)); got != 2 || err != nil {
		t.Errorf("another type has %d, %v", got, err)
	}
	if got, err := typed[bytes.Reader](t, o).Execute(t.Context(), returns(3)); got != 3 || err != nil {
		t.Errorf("the type has %d, %v: the present name is that of another one", got, err)
	}
	if err := former.Close(); err != nil {
		t.Fatal(err)
	}
	if got, ok, err := former.Peek(t.Context()); ok || err != nil { // superseded by 3
		t.Errorf("under the former name there is %d, %v, %v", got, ok, err)
	}
}

// TestOldRecordsHaveNoOwner: what was stored before records had one stays good.
func TestOldRecordsHaveNoOwner(t *testing.T) {
	dir := t.TempDir()
	o := diskcache.Options{Tmpdir: dir}
	if _, err := typed[bytes.Reader](t, o).Execute(t.Context(), returns(1)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "cachenight", ".dataelab", "root.Reader.size.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	old := regexp.MustCompile(`(?m)^ "(owner|source|place)": .*\n`).ReplaceAllString(string(text), "")
	if err := os.WriteFile(path, resealed(old), 0o600); err != nil || old == string(text) {
		t.Fatal(err)
	}
	if got, err := typed[strings.Reader](t, o).Execute(t.Context(), returns(2)); got != 1 || err != nil {
		t.Errorf("%d, %v, want 1", got, err)
	}
}

// TestOwnersThatMoved: sources of one path are the same where they moved with the cache.
func TestOwnersThatMoved(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths of another kind")
	}
	for name, c := range map[string]struct {
		source, was, stored, dir string
		others                   bool
	}{
		"in place":              {"/home/a", "/home/a", "/tmp/cachenight", "/tmp/cachenight", false},
		"another program":       {"/home/b", "/home/a", "/tmp/cachenight", "/tmp/cachenight", true},
		"moved with the cache":  {"/home/b", "/home/a", "/home/a/cache/cachenight", "/home/b/cache/cachenight", false},
		"moved elsewhere":       {"/data/x/b", "/home/a", "/home/a/cache/cachenight", "/data/x/b/cache/cachenight", false},
		"the cache moved alone": {"/home/a", "/home/a", "/home/a/cache/cachenight", "/data/cache/cachenight", false},
		"only the source moved": {"/home/c", "/home/a", "/home/a/cache/cachenight", "/home/b/cache/cachenight", true},
		"a module, now unique":  {"", "/home/a", "/tmp/cachenight", "/tmp/cachenight", true},
	} {
		if got := diskcache.OwnedByOthers(c.source, c.was, c.stored, c.dir); got != c.others {
			t.Errorf("%s: of others %v, want %v", name, got, c.others)
		}
	}
}

func TestPackageOf(t *testing.T) {
	for function, want := range map[string]string{
		"main.main":                         "main",
		"main.main.func1":                   "main",
		"main.init":                         "main",
		"example.org/lab.(*Slopes).Mean-fm": "example.org/lab",
		"example.org/lab.Fit[...]":          "example.org/lab",
		"example.org/lab.Fit[go.shape.int,a.org/b.C]": "example.org/lab",
		"gopkg.in/yaml%2ev3.Unmarshal":                "gopkg.in/yaml.v3",
		"example.org/lab_test.TestX":                  "example.org/lab_test",
		"example.org/lab.glob..func1":                 "example.org/lab",
		"analysis/cmd/fit.Fit":                        "analysis/cmd/fit",
		"":                                            "",
	} {
		if got := diskcache.PackageOf(function); got != want {
			t.Errorf("%s: %q, want %q", function, got, want)
		}
	}
}

func TestSourceRoot(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths of another kind")
	}
	module := t.TempDir()
	if err := errors.Join(os.WriteFile(filepath.Join(module, "go.mod"), []byte("// a module\nmodule analysis\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ path, module, pkg, file, root, main string }{
		"main":               {"analysis", "analysis", "main", "/home/a/main.go", "/home/a", "analysis"},
		"a command":          {"analysis/cmd/fit", "analysis", "main", "/home/a/cmd/fit/main.go", "/home/a", "analysis/cmd/fit"},
		"a package":          {"analysis/cmd/fit", "analysis", "analysis/modes", "/home/a/modes/m.go", "/home/a", "analysis/cmd/fit"},
		"a test":             {"analysis/modes", "analysis", "analysis/modes_test", "/home/a/modes/m_test.go", "/home/a", "analysis/modes"},
		"a major version":    {"analysis/v2/cmd", "analysis/v2", "main", "/home/a/cmd/main.go", "/home/a", "analysis/v2/cmd"},
		"of another module":  {"analysis", "analysis", "analysis2", "/home/b/main.go", "", "analysis"},
		"trimmed":            {"analysis", "analysis", "main", "analysis/main.go", "", "analysis"},
		"generated":          {"analysis", "analysis", "main", "_cgo_gotypes.go", "", "analysis"},
		"files":              {"", "", "main", "/none/main.go", "/none", "main"},
		"files of a module":  {"", "", "main", filepath.Join(module, "main.go"), module, "analysis"},
		"files of a command": {"", "", "main", filepath.Join(module, "cmd", "main.go"), module, "analysis/cmd"},
	} {
		root, main := diskcache.SourceRoot(c.path, c.module, c.pkg, c.file)
		if root != c.root || main != c.main {
			t.Errorf("%s: %q, %q; want %q, %q", name, root, main, c.root, c.main)
		}
	}
}

// TestOwnersOfFunctions: a function that is declared belongs to its package, whoever wraps it.
// What others made of one belongs to who wraps it.
func TestOwnersOfFunctions(t *testing.T) {
	dir := t.TempDir()
	for name, f := range map[string]func(context.Context, int) (int, error){
		"declared": doubled,
		"method":   doubler{}.double,
		"literal":  func(_ context.Context, n int) (int, error) { return 2 * n, nil },
		"adapted":  diskcache.Plain(func(n int) int { return 2 * n }),
	} {
		mustCall(t, diskcache.Wrap(&diskcache.Cache{Dir: dir}, name, f), 1)
		records, err := filepath.Glob(filepath.Join(dir, ".dataelab", name+"-*.json"))
		if err != nil || len(records) != 1 {
			t.Fatal(records, err)
		}
		text, err := os.ReadFile(records[0])
		if want := `"owner": "github.com/dataelab/dataelab-go/diskcache_test",`; err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: want %s in %s", name, want, text)
		}
	}
}

func doubled(_ context.Context, n int) (int, error) { return 2 * n, nil }

type doubler struct{}

func (doubler) double(_ context.Context, n int) (int, error) { return 2 * n, nil }
