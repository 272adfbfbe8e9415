package formattest_test

import (
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/dataelab/dataelab-go/formats/formattest"
	"github.com/dataelab/dataelab-go/internal/testrun"
)

// inner is set in the environment of a test program that runs itself.
const inner = "FORMATTEST_INNER"

// TestRunReports runs itself as a program of its own, since Run makes its test fail.
func TestRunReports(t *testing.T) {
	if os.Getenv(inner) != "" {
		block := make(chan struct{})
		for _, b := range brokenDamage(block) {
			if b.name == os.Getenv(inner) {
				formattest.Run(t, b.f, b.o)
			}
		}
		return
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, says := range map[string][]string{
		"takes a short file": {
			"--- FAIL: TestRunReports/truncated", "--- PASS: TestRunReports/round_trip",
			"plain, truncated, []uint8: value ", " made with seed 0, a slice of length 9: Decode of a file with 8 of 17 bytes gives a value and no error",
			"the file, 8 bytes:\n        00000000  50 4c 4e 31 09 00 00 00                           |PLN1....|",
		},
		"hangs on a short file": {
			"did not return within 3s", "broken_damage_test.go:", "--- SKIP: TestRunReports/flipped",
		},
	} {
		cmd := testrun.Command(program, "-test.run=^TestRunReports$", "-test.v")
		cmd.Env = append(os.Environ(), inner+"="+name)
		out, err := cmd.CombinedOutput()
		if err == nil {
			t.Errorf("%s: the test passed", name)
		}
		for _, want := range says {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s: the test does not say %q:\n%s", name, want, out)
			}
		}
	}
}

// TestRunLeavesNothing checks the suite itself for goroutines.
func TestRunLeavesNothing(t *testing.T) {
	before := goleak.IgnoreCurrent()
	if problems := formattest.Check(plain{}, formattest.Options{Damages: 100}); len(problems) > 0 {
		t.Error(problems)
	}
	goleak.VerifyNone(t, before)
}

// TestOptionsExcuse has formats that are sound in their own way.
func TestOptionsExcuse(t *testing.T) {
	block := make(chan struct{})
	defer close(block)
	find := func(name string) broken {
		for _, all := range [][]broken{brokenTypes(), brokenWriting(), brokenDamage(block)} {
			for _, b := range all {
				if b.name == name {
					return b
				}
			}
		}
		t.Fatalf("no format %q", name)
		return broken{}
	}
	for name, excuse := range map[string]func(*formattest.Options){
		"varies":                             func(o *formattest.Options) { o.Varies = true },
		"writes what it does not accept":     func(o *formattest.Options) { o.WritesMore = true },
		"takes a short file":                 func(o *formattest.Options) { o.Lenient = true },
		"takes what is appended for its own": func(o *formattest.Options) { o.Lenient = true },
		"takes an empty file":                func(o *formattest.Options) { o.Lenient = true },
		"needs much memory":                  func(o *formattest.Options) { o.Memory = func(int64) int64 { return 64 << 20 } },
		"promises to find a flipped bit":     func(o *formattest.Options) { o.Exact = false },
		"refuses the type of a given value":  func(o *formattest.Options) { o.Values = nil },
		"panics on a large number in text":   nil,
	} {
		b := find(name)
		if excuse != nil {
			excuse(&b.o)
		}
		b.o.Damages = 2000
		if problems := formattest.Check(b.f, b.o); (len(problems) > 0) != (excuse == nil) {
			t.Errorf("%s: %d problems: %v", name, len(problems), problems)
		}
	}
}
