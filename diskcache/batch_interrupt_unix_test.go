//go:build unix

package diskcache_test

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestBatchCtrlC interrupts a process in the middle of a batch and starts it
// again: what was done comes from disk, and only the rest is computed.
func TestBatchCtrlC(t *testing.T) {
	dir := t.TempDir()
	first := child(t, "batch", dir)
	out, err := first.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	first.Stderr = os.Stderr
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	computed := 0
	last := ""
	for lines := bufio.NewScanner(out); lines.Scan(); {
		last = lines.Text()
		if last == "computed" {
			if computed++; computed == 5 {
				if err := first.Process.Signal(os.Interrupt); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := first.Wait(); err == nil {
		t.Errorf("the interrupted batch ended without an error, having computed %d", computed)
	}
	if computed < 5 || computed >= batchLength || !strings.Contains(last, "not computed (context canceled)") {
		t.Errorf("%d computed, at last it said %q", computed, last)
	}

	second, err := child(t, "batch", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, second)
	}
	want := fmt.Sprintf("found %d, computed %d of %d\n", computed, batchLength-computed, batchLength)
	if again := strings.Count(string(second), "computed\n"); again != batchLength-computed || !strings.HasSuffix(string(second), want) {
		t.Errorf("%d computed before, %d after, and it said\n%s", computed, again, second)
	}
	left, err := os.ReadDir(dir + "/.dataelab/work")
	if err != nil || len(left) > 0 {
		t.Errorf("work files left: %v, %v", left, err)
	}
}
