package main

import (
	"bytes"
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/testrun"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(testrun.New(m)) }

// memo runs the program on short loops, with a cache of its own as every run has.
func memo(ctx context.Context, t *testing.T, args ...string) (code int, out, messages string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args = append([]string{"-frames", "1000", "-delays", "2", "-gains", "10"}, args...)
	code = run(ctx, new(diskcache.Cache), args, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func TestSecondRunSimulatesNothing(t *testing.T) {
	dir := t.TempDir()
	ctx := context.Background()
	var table string
	for _, step := range []struct {
		says string
		args []string
	}{
		{"20 simulated, 0 from the cache", nil},
		{"0 simulated, 20 from the cache", nil},
		{"20 simulated, 20 from the cache", []string{"-gains", "20"}}, // half of the gains are new
		{"20 simulated, 0 from the cache", []string{"-refresh"}},
	} {
		code, out, messages := memo(ctx, t, append([]string{"-dir", dir}, step.args...)...)
		if code != exitOK || !strings.Contains(out, "\n"+step.says) {
			t.Errorf("%v: exit code %d\n%s%s\nwant %s", step.args, code, out, messages, step.says)
		}
		rows, _, _ := strings.Cut(out, step.says)
		switch {
		case table == "":
			table = rows
		case rows != table && step.args == nil:
			t.Errorf("the second run found\n%s\nand the first\n%s", rows, table)
		}
	}
}

func TestSwitchedOff(t *testing.T) {
	t.Setenv(diskcache.NoCacheVariable, "1")
	for range 2 {
		if code, out, _ := memo(context.Background(), t, "-dir", t.TempDir()); code != exitOK || !strings.Contains(out, "20 simulated") {
			t.Errorf("exit code %d\n%s", code, out)
		}
	}
}

func TestExitCodes(t *testing.T) {
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, test := range []struct {
		ctx  context.Context
		args []string
		want int
		says string
	}{
		{canceled, nil, exitInterrupted, "stopped: 0 of 20 are done"},
		{context.Background(), []string{"-frames", "1"}, exitFailed, "20 failed"},
		{context.Background(), []string{"-nonsense"}, exitUsage, "nonsense"},
		{context.Background(), []string{"-h"}, exitOK, "-refresh"},
	} {
		code, out, messages := memo(test.ctx, t, append([]string{"-dir", t.TempDir()}, test.args...)...)
		if code != test.want || !strings.Contains(out+messages, test.says) {
			t.Errorf("%v: exit code %d, want %d and %q:\n%s%s", test.args, code, test.want, test.says, out, messages)
		}
	}
}

// TestSimulate compares with the variance that theory gives for a delay of one frame:
// a random walk that an integrator follows.
func TestSimulate(t *testing.T) {
	const gain = 0.4
	got, err := Simulate(context.Background(), Loop{Gain: gain, Delay: 1, Frames: 1_000_000, Seed: 3})
	if err != nil || !got.Closed {
		t.Fatalf("%+v, %v", got, err)
	}
	// r' = (1-g) r + step - g noise
	want := math.Sqrt((turbulenceStep*turbulenceStep + gain*gain*noise*noise) / (gain * (2 - gain)))
	if math.Abs(got.RMS/want-1) > 0.01 {
		t.Errorf("residual %.2f nm, want %.2f", got.RMS, want)
	}
	if got, err := Simulate(context.Background(), Loop{Gain: 1, Delay: 3, Frames: 100_000, Seed: 3}); got.Closed || err != nil {
		t.Errorf("an unstable loop: %+v, %v", got, err)
	}
}

func TestLines(t *testing.T) {
	var out bytes.Buffer
	show := newLines(&out)
	for done := 5; done <= 20; done++ {
		show(diskcache.Progress{Total: 20, Found: 5, Computed: done - 5, Elapsed: time.Duration(done-5) * time.Second})
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 9 || lines[0] != "5 of 20 done, 5 of them stored before" || lines[1] != "6 of 20 done, 5 of them stored before, 14s to go" {
		t.Errorf("%d lines:\n%s", len(lines), out.String())
	}
	out.Reset()
	newLines(&out)(diskcache.Progress{Total: 20, Found: 20})
	if out.Len() > 0 {
		t.Errorf("said %q although nothing is to be computed", out.String())
	}
}

// A bar is there while a batch runs, also one that ends early, and gone then: no
// goroutine of its stays, see TestMain.
func TestBar(t *testing.T) {
	var out bytes.Buffer
	show, end := newBar(&out, 3)
	for done := range 3 {
		show(diskcache.Progress{Total: 3, Computed: done})
	}
	end()
	if text := out.String(); !strings.Contains(text, " of 3") {
		t.Errorf("the bar drew %q", text)
	}
}
