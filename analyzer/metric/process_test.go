package metric_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/analyzer/metric"
	"github.com/dataelab/dataelab-go/internal/testrun"
)

const (
	childDirectory = "DATAELAB_TEST_METRICS"
	childWaits     = "DATAELAB_TEST_METRICS_WAIT"
)

// runOverNight is a program as users write it. Its eighth metric waits for Ctrl-C, if it is to.
func runOverNight(dir string, waits bool) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	m := metric.New(dir)
	metric.Collect1(m, "poly", func(ctx context.Context, p Pair) (float64, error) {
		if waits && p.Order == 7 {
			fmt.Println("waiting")
			<-ctx.Done()
			return 0, ctx.Err()
		}
		return computePoly(ctx, p)
	}, orders(20))
	report, err := m.GetAll(ctx, metric.Run{Workers: 1, Quiet: true})
	fmt.Printf("%d computed, %d loaded, %d not done\n", report.Computed, report.Loaded, report.Missing)
	if err != nil {
		return 1
	}
	return 0
}

func overNight(dir, waits string) *exec.Cmd {
	cmd := testrun.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDirectory+"="+dir, childWaits+"="+waits)
	cmd.Stderr = os.Stderr
	return cmd
}

// TestCtrlC interrupts a process and begins again, in the next one.
func TestCtrlC(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: a process cannot be interrupted from outside on Windows")
	}
	dir := t.TempDir()
	first := overNight(dir, "yes")
	out, err := first.StdoutPipe()
	ok(t, err)
	ok(t, first.Start())
	var said []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said = append(said, lines.Text())
		if lines.Text() == "waiting" {
			ok(t, first.Process.Signal(os.Interrupt))
		}
	}
	if err := first.Wait(); err == nil {
		t.Error("the process that was interrupted ended without an error")
	}
	wants(t, "waiting;7 computed, 0 loaded, 13 not done")(strings.Join(said, ";"), nil)

	for _, want := range []string{"13 computed, 7 loaded, 0 not done", "0 computed, 20 loaded, 0 not done"} {
		said, err := overNight(dir, "").Output()
		wants(t, want)(string(bytes.TrimSpace(said)), err)
	}
}
