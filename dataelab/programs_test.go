package dataelab_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/internal/testrun"
)

// laboratory is a package that two programs import, in a module with a path of its own.
const laboratory = `package lab

import (
	"context"

	"github.com/dataelab/dataelab-go/diskcache"
)

type Slopes struct{ Mean diskcache.DiskCacher[int] }

type Mapped[T any] struct{ Mean diskcache.DiskCacher[int] }

func Fit(_ context.Context, degree int) (int, error) { return degree, nil }
`

// analysisProgram is the source of a program. Its module has a path that another one may have as well.
const analysisProgram = `package main

import (
	"context"
	"fmt"
	"os"

	"example.org/lab"
	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

const factor = FACTOR

type Frame struct{}

type Modes struct {
	power  diskcache.DiskCacher[int]
	slopes lab.Slopes
	frames lab.Mapped[Frame]
	inline struct{ power diskcache.DiskCacher[int] }
}

type Result struct{ N int }

var cache diskcache.Cache

func show(name string, source diskcache.Source, n int, err error) {
	fmt.Println(name, n, source, err)
}

func method(name string, c *diskcache.DiskCacher[int]) {
	var o diskcache.Outcome
	n, err := c.Execute(diskcache.WithOutcome(context.Background(), &o), func(context.Context) (int, error) { return factor, nil })
	show(name, o.Source, n, err)
	if o.Why == diskcache.OtherOwner {
		fmt.Println(name, "as", o.Reason)
	}
}

func function(name string, f *diskcache.Function[int, int]) {
	var o diskcache.Outcome
	n, err := f.Call(diskcache.WithOutcome(context.Background(), &o), 3)
	show(name, o.Source, n, err)
}

func main() {
	m := &Modes{}
	if err := dataelab.SetTmpdir(m, os.Args[1]); err != nil {
		panic(err)
	}
	if err := dataelab.SetTag(m, "night"); err != nil {
		panic(err)
	}
	method("power", &m.power)
	method("inline", &m.inline.power)
	method("frames", &m.frames.Mean)
	method("slopes", &m.slopes.Mean)
	alone := new(diskcache.DiskCacher[int])
	_ = alone.SetTmpdir(os.Args[1])
	_ = alone.SetTag("night", "alone")
	method("alone", alone)

	shared := &diskcache.Cache{Dir: os.Args[1] + "/functions"}
	same := func(n int) int { return n * 0 + factor }
	arg := func(f func(context.Context, int) (int, error)) func(context.Context, int) (int, error) {
		return func(ctx context.Context, _ int) (int, error) { return f(ctx, factor) }
	}
	one := func(_ context.Context, n int) (int, error) { return same(n), nil }
	for name, f := range map[string]*diskcache.Function[int, int]{
		"literal": diskcache.Wrap(shared, "literal", one),
		"plain":   diskcache.Wrap(shared, "plain", diskcache.Plain(same)),
		"nested":  diskcache.Wrap(shared, "nested", arg(one)),
	} {
		var o diskcache.Outcome
		n, err := f.Call(diskcache.WithOutcome(context.Background(), &o), 7)
		show(name, o.Source, n, err)
	}
	function("fit", diskcache.Wrap(shared, "fit", lab.Fit))
	dir, err := cache.Directory()
	fmt.Println("default", dir, err)
	diskcache.Wrap(&cache, "default", diskcache.Plain(same)).Call(context.Background(), 1)
}
`

// buildPrograms writes the module analysis into two folders, which differ in a number, and
// builds both.
func buildPrograms(t *testing.T, dir string) [2]string {
	t.Helper()
	goCommand, err := exec.LookPath("go")
	if err != nil {
		t.Skipf("skipped: two programs cannot be built: %v", err)
	}
	module, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	requirements, err := os.ReadFile(filepath.Join(module, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	_, requirements, _ = bytes.Cut(requirements, []byte("\nrequire"))
	sums, err := os.ReadFile(filepath.Join(module, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(path, text string) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(dir, "lab", "go.mod"), "module example.org/lab\n\ngo 1.24\n")
	write(filepath.Join(dir, "lab", "lab.go"), laboratory)
	var programs [2]string
	for i, name := range []string{"one", "two"} {
		folder := filepath.Join(dir, name)
		write(filepath.Join(folder, "go.mod"), fmt.Sprintf("module analysis\n\ngo 1.24\n\nrequire (\n%s v0.0.0\n%s v0.0.0\n)\nreplace %[1]s => %[3]q\nreplace %[2]s => ../lab\nrequire%[4]s",
			"github.com/dataelab/dataelab-go", "example.org/lab", module, requirements))
		write(filepath.Join(folder, "go.sum"), string(sums))
		write(filepath.Join(folder, "main.go"), strings.ReplaceAll(analysisProgram, "FACTOR", fmt.Sprint(i+1)))
		programs[i] = filepath.Join(folder, "analysis")
		if runtime.GOOS == "windows" {
			programs[i] += ".exe"
		}
		build := testrun.Command(goCommand, "build", "-mod=mod", "-buildvcs=false", "-ldflags=-s -w", "-o", programs[i], ".")
		build.Dir = folder
		build.Env = append(os.Environ(), "GOFLAGS=")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	return programs
}

// TestPrograms runs two programs whose modules have one path, with types and functions of
// one name, under one tag in one directory. What they have of their own is never taken for
// the other's. What both import from one package is shared.
func TestPrograms(t *testing.T) {
	dir := t.TempDir()
	programs := buildPrograms(t, dir)
	run := func(program int, workDir string) map[string]string {
		t.Helper()
		cmd := testrun.Command(programs[program], filepath.Join(dir, "tmp"))
		cmd.Dir = workDir
		home := filepath.Join(dir, "home")
		cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CACHE_HOME="+home, "LocalAppData="+home)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		lines := map[string]string{}
		for line := range strings.Lines(string(out)) {
			name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			lines[name] += rest + "\n"
		}
		return lines
	}
	own := []string{"power", "inline", "frames", "alone", "literal", "plain", "nested"}
	first := run(0, dir)
	for _, name := range own {
		if first[name] != "1 computed <nil>\n" {
			t.Errorf("first run, %s: %s", name, first[name])
		}
	}
	if again := run(0, filepath.Join(dir, "two")); again["power"] != "1 disk <nil>\n" || again["literal"] != "1 disk <nil>\n" || again["frames"] != "1 disk <nil>\n" {
		t.Errorf("again, elsewhere: %q", again)
	}
	second := run(1, dir)
	for _, name := range own {
		if !strings.HasPrefix(second[name], "2 computed <nil>\n") {
			t.Errorf("the other program, %s: %s", name, second[name])
		}
	}
	for _, part := range []string{"analysis.Modes in " + filepath.Join(dir, "one"), "analysis.Modes in " + filepath.Join(dir, "two")} {
		if !strings.Contains(second["power"], part) {
			t.Errorf("the reason does not name %q: %s", part, second["power"])
		}
	}
	if second["slopes"] != "1 disk <nil>\n" {
		t.Errorf("a method of a shared package: %s", second["slopes"])
	}
	if second["fit"] != "3 disk <nil>\n" {
		t.Errorf("a function of a shared package: %s", second["fit"])
	}
	if first["default"] == second["default"] {
		t.Errorf("both have %s", first["default"])
	}
	if third := run(0, dir); !strings.HasPrefix(third["power"], "1 computed <nil>\n") {
		t.Errorf("the first program then has power %s", third["power"])
	}
}
