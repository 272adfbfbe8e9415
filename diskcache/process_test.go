package diskcache_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/testrun"
)

const (
	childJob = "DATAELAB_TEST_CHILD"
	childDir = "DATAELAB_TEST_DIR"
)

// childJobs are those of other files.
var childJobs = map[string]func(dir string) error{
	"write until killed": writeUntilKilled,
	"read until told":    readUntilTold,

	"import until killed": importUntilKilled,
	"import and tell":     importAndTell,

	"refresh a giant": refreshGiant,

	"invalidate until killed": invalidateUntilKilled,
	"compute what is wrong":   computeWhatIsWrong,

	"ask for what the parent computes": func(dir string) error { return askForParents(dir, false) },
	"ask and start another one":        func(dir string) error { return askForParents(dir, true) },
}

// runChild is the main function of a child process. What it does and returns is
// printed, a word a line.
func runChild(job string) int {
	dir := os.Getenv(childDir)
	if job == "batch" {
		return runBatch(dir)
	}
	if run := childJobs[job]; run != nil {
		if err := run(dir); err != nil {
			fmt.Println(err)
			return 1
		}
		return 0
	}
	first, second := &diskcache.DiskCacher[[]int]{}, &diskcache.DiskCacher[[]int]{}
	for name, c := range map[string]*diskcache.DiskCacher[[]int]{"root.A.first": first, "root.A.second": second} {
		if err := errors.Join(c.SetTmpdir(dir), c.SetTag(testTag, name)); err != nil {
			fmt.Println(err)
			return 1
		}
	}
	slow := func(context.Context) ([]int, error) {
		fmt.Println("computing")
		time.Sleep(300 * time.Millisecond)
		return []int{os.Getpid()}, nil
	}
	var v []int
	var err error
	switch job {
	case "execute":
		v, err = first.Execute(context.Background(), slow)
	case "hang":
		v, err = first.Execute(context.Background(), func(context.Context) ([]int, error) {
			fmt.Println("computing")
			time.Sleep(time.Hour) // until it is killed
			return nil, nil
		})
	case "first needs second", "second needs first":
		outer, inner := first, second
		if job == "second needs first" {
			outer, inner = second, first
		}
		v, err = outer.Execute(context.Background(), func(ctx context.Context) ([]int, error) {
			time.Sleep(200 * time.Millisecond)
			return inner.Execute(ctx, func(ctx context.Context) ([]int, error) {
				return outer.Execute(ctx, slow)
			})
		})
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("value", v[0])
	return 0
}

// child starts this test binary as another process.
func child(tb testing.TB, job, dir string) *exec.Cmd {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := testrun.Command(self)
	cmd.Env = append(os.Environ(), childJob+"="+job, childDir+"="+dir)
	return cmd
}

func TestEightProcessesOneComputation(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	outputs := make([]string, 8)
	for i := range outputs {
		all.Go(func() {
			out, err := child(t, "execute", dir).CombinedOutput()
			if err != nil {
				t.Errorf("child %d: %v\n%s", i, err, out)
			}
			outputs[i] = string(out)
		})
	}
	all.Wait()
	values := map[string]bool{}
	computed := 0
	for _, out := range outputs {
		computed += strings.Count(out, "computing")
		values[out[strings.Index(out, "value"):]] = true
	}
	if computed != 1 || len(values) != 1 {
		t.Errorf("%d processes computed, %d different values; want 1 and 1:\n%s", computed, len(values), strings.Join(outputs, ""))
	}
}

// When the one that computes is killed, another takes over at once.
func TestTakeoverFromKilledProcess(t *testing.T) {
	dir := t.TempDir()
	hanging := child(t, "hang", dir)
	out, err := hanging.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := hanging.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "computing\n" {
		t.Fatalf("%q, %v", line, err)
	}

	c, _ := newCacherNamed[[]int](t, dir, "root.A.first")
	waiting, got := make(chan struct{}), make(chan []int, 1)
	go func() {
		close(waiting)
		v, err := c.Execute(context.Background(), func(context.Context) ([]int, error) { return []int{1}, nil })
		if err != nil {
			t.Error(err)
		}
		got <- v
	}()
	<-waiting
	select {
	case v := <-got:
		t.Fatalf("did not wait for the other process: %v", v)
	case <-time.After(200 * time.Millisecond):
	}
	killed := time.Now()
	if err := hanging.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = hanging.Wait()
	select {
	case v := <-got:
		if len(v) != 1 || v[0] != 1 {
			t.Errorf("got %v", v)
		}
		t.Logf("taken over %v after the kill", time.Since(killed).Round(time.Millisecond))
	case <-time.After(5 * time.Minute):
		t.Fatal("nobody took over from a killed process")
	}
	left, err := filepath.Glob(filepath.Join(dir, "cache"+testTag, ".dataelab", "locks", "*.lock"))
	if err != nil || len(left) > 0 {
		t.Errorf("locks left: %v, %v", left, err)
	}
}

// A circle whose two halves run in two processes ends with an error in each.
func TestCircleAcrossProcesses(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for _, job := range []string{"first needs second", "second needs first"} {
		all.Go(func() {
			cmd := child(t, job, dir)
			stop := time.AfterFunc(5*time.Minute, func() { _ = cmd.Process.Kill() })
			defer stop.Stop()
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), diskcache.ErrCircle.Error()) {
				t.Errorf("%s: %v, %s; want the circle's error", job, err, out)
			}
		})
	}
	all.Wait()
}

// A reader never sees half a value while another process replaces it.
func TestRefreshWhileOthersRead(t *testing.T) {
	dir := t.TempDir()
	const n = 200_000 // above the size that is read in one piece
	value := func(k int) []int {
		v := make([]int, n)
		for i := range v {
			v[i] = k
		}
		return v
	}
	writer, _ := newCacher[[]int](t, dir)
	mustExecute(t, writer, func(context.Context) ([]int, error) { return value(0), nil })
	stop := make(chan struct{})
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				c, log := newCacher[[]int](t, dir)
				v := mustExecute(t, c, func(context.Context) ([]int, error) {
					t.Error("computed although a value was there all the time")
					return value(-1), nil
				})
				for _, x := range v {
					if x != v[0] {
						t.Errorf("mixed values %d and %d", v[0], x)
						break
					}
				}
				if e, bad := log.find(diskcache.SetAside); bad {
					t.Errorf("set aside: %s: %s", e.Path, e.Reason)
				}
			}
		})
	}
	for k := range 50 {
		if _, err := writer.Refresh(context.Background(), func(context.Context) ([]int, error) { return value(k), nil }); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	all.Wait()
}
