package pythontest

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/internal/testrun"
)

// Python is an interpreter that has numpy.
type Python struct {
	path   string
	server *server // nil on Windows
}

// Find returns the interpreter, or skips the test where there is none (and
// fails it when CI=true).
func Find(tb testing.TB) Python {
	tb.Helper()
	path := os.Getenv("DATAELAB_PYTHON")
	if path == "" {
		path = filepath.Join(moduleRoot(tb), ".venv", "bin", "python")
		if runtime.GOOS == "windows" {
			path = filepath.Join(moduleRoot(tb), ".venv", "Scripts", "python.exe")
		}
	}
	server, err := start(path)
	if err != nil {
		const advice = "run `make venv`, or set DATAELAB_PYTHON to a python that has numpy"
		if os.Getenv("CI") == "true" {
			tb.Fatalf("no python with numpy at %s: %v: %s", path, err, advice)
		}
		tb.Skipf("skipped, not checked against Python: no python with numpy at %s: %s", path, advice)
	}
	return Python{path, server}
}

// Path returns the interpreter's path.
func (p Python) Path() string { return p.path }

// Run executes script with args as sys.argv[1:] and returns what it printed,
// without the last newline. A non-zero exit fails the test with the traceback.
func (p Python) Run(tb testing.TB, script string, args ...string) string {
	tb.Helper()
	if p.server != nil {
		a, err := p.server.run(script, args)
		if err != nil || a.Code != 0 {
			tb.Fatalf("python: exit status %d, %v\n%s%s", a.Code, err, a.Out, a.Err)
		}
		return strings.TrimRight(a.Out, "\n")
	}
	cmd := testrun.Command(p.path, append([]string{"-c", script}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		tb.Fatalf("python: %v\n%s%s", err, stdout.String(), stderr.String())
	}
	return strings.TrimRight(stdout.String(), "\n")
}

// moduleRoot is the folder of go.mod, above the folder the test runs in.
func moduleRoot(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			tb.Fatal("no go.mod above the test's folder")
		}
		dir = up
	}
}
