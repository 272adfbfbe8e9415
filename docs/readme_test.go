package docs_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/internal/testrun"
)

// TestReadmeProgram builds the program that README.md shows and compares what
// two runs of it print with what README.md says they print.
func TestReadmeProgram(t *testing.T) {
	readme := read(t, "../README.md")
	program := block(t, readme, "go")
	want := strings.Split(strings.TrimPrefix(block(t, readme, "text"), "$ go run .\n"), "$ go run .\n")
	if len(want) != 2 {
		t.Fatalf("the first text block of README.md shows %d runs, want 2", len(want))
	}

	dir := t.TempDir()
	source := filepath.Join(dir, "main.go")
	if err := os.WriteFile(source, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "program")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	build := testrun.Command("go", "build", "-o", binary, source)
	build.Dir = ".." // a module that has what the program imports
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build README.md's program: %v\n%s", err, out)
	}
	tmp := t.TempDir()
	for i := range want {
		run := testrun.Command(binary)
		run.Env = append(os.Environ(), "TMPDIR="+tmp, "TMP="+tmp, "TEMP="+tmp)
		out, err := run.CombinedOutput()
		if err != nil {
			t.Fatalf("run %d: %v\n%s", i+1, err, out)
		}
		if got := strings.ReplaceAll(filepath.ToSlash(string(out)), filepath.ToSlash(tmp), "/tmp"); got != want[i] {
			t.Errorf("run %d printed\n%s\nREADME.md says\n%s", i+1, got, want[i])
		}
	}
}

// block returns the first fenced block of a language.
func block(t *testing.T, text, language string) string {
	t.Helper()
	_, after, ok := strings.Cut(text, "\n```"+language+"\n")
	if !ok {
		t.Fatalf("no ```%s block", language)
	}
	inside, _, ok := strings.Cut(after, "\n```\n")
	if !ok {
		t.Fatalf("the ```%s block does not end", language)
	}
	return inside + "\n"
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}
