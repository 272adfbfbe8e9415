//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/internal/testrun"
)

// TestCtrlC interrupts the program while it works on its second tag, and runs it
// again: what was finished comes from disk, the rest is computed.
func TestCtrlC(t *testing.T) {
	data := shortArchive(t)
	whole := must(fs.Sub(embedded, "telescope/"+allTags[1]))(t)
	if err := os.CopyFS(filepath.Join(data, allTags[1]), whole); err != nil {
		t.Fatal(err)
	}
	args := []string{"-data", data, "-tmpdir", t.TempDir()}
	child := testrun.Command(os.Args[0], args...)
	child.Env = append(os.Environ(), "QUICKSTART_CHILD=1")
	child.Stderr = os.Stderr
	pipe, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var printed strings.Builder
	lines := bufio.NewReader(io.TeeReader(pipe, &printed))
	for { // until the first tag is done
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("the program ended too early: %v\n%s", err, printed.String())
		}
		if strings.HasPrefix(line, "  files: ") {
			break
		}
	}
	if err := child.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, lines); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // its exit code is looked at below
	if code := child.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit code %d, want %d", code, exitInterrupted)
	}
	found := regexp.MustCompile(`stopped: what was finished is kept \((\d+) results computed, 0 from disk\)`).FindStringSubmatch(printed.String())
	if found == nil {
		t.Fatalf("does not say what is kept:\n%s", printed.String())
	}
	var kept int
	if _, err := fmt.Sscan(found[1], &kept); err != nil {
		t.Fatal(err)
	}
	steps := len(NewAnalyzer(&Snapshot{}).Steps())
	if kept < steps || kept >= 2*steps {
		t.Errorf("kept %d results, want at least the %d of the first tag and not all %d", kept, steps, 2*steps)
	}

	code, out, errs := execute(t.Context(), t, args...)
	if code != exitOK || errs != "" {
		t.Fatalf("run again: code %d, errors %q", code, errs)
	}
	if want := fmt.Sprintf("\ncomputed %d results in ", 2*steps-kept); !strings.Contains(out, want) || !strings.Contains(out, fmt.Sprintf("; %d from disk in ", kept)) {
		t.Errorf("run again: want %d results from disk:\n%s", kept, out)
	}
}
