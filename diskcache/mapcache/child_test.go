package mapcache_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/mapcache"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
	"github.com/dataelab/dataelab-go/internal/testrun"
)

// childJob is the variable that makes the test binary another process: what it is to do,
// a directory, and a number.
const childJob = "DATAELAB_MAPCACHE_CHILD"

func child(t *testing.T, job, dir string, n int) *exec.Cmd {
	t.Helper()
	cmd := testrun.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s|%s|%d", childJob, job, dir, n))
	cmd.Stderr = os.Stderr
	return cmd
}

func runChild(job string) int {
	parts := strings.Split(job, "|")
	n, err := strconv.Atoi(parts[2])
	if err == nil {
		switch parts[0] {
		case "write until killed":
			err = writeUntilKilled(parts[1], n)
		case "fill":
			err = fill(parts[1], n)
		case "save often":
			err = saveOften(parts[1], n)
		case "write bursts":
			err = writeBursts(parts[1], n)
		case "save numbers":
			err = saveOfType(parts[1], n)
		case "save texts":
			err = saveOfType(parts[1], strconv.Itoa(n))
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// burst is the rule of the process that is killed.
const burst = 25

func numberOptions() mapcache.Options[int, int] {
	return mapcache.Options[int, int]{Rules: []mapcache.Rule{{Changes: burst}}}
}

// writeUntilKilled sets 0, 1, 2 … up to n, and never asks for a save. It prints how many
// entries each save had.
func writeUntilKilled(dir string, n int) error {
	m := &mapcache.Manager{Dir: dir}
	o := numberOptions()
	var entries atomic.Int64 // of the last snapshot
	o.Hooks.Prepare = func(contents map[int]int) (map[int]int, error) {
		entries.Store(int64(len(contents)))
		return contents, nil
	}
	o.Hooks.After = func(_ context.Context, op mapcache.Op, _ string, err error) {
		if op == mapcache.OpSave && err == nil {
			fmt.Println("saved", entries.Load())
		}
	}
	c, err := mapcache.Register(m, "numbers", o)
	if err != nil {
		return err
	}
	tick := time.NewTicker(time.Millisecond)
	for k := range n {
		c.Set(k, 7*k)
		for int64(k)-entries.Load() > 2000 { // or a slow machine would save ever larger maps
			<-tick.C
		}
	}
	_, err = os.Stdin.Read(make([]byte, 1)) // until it is killed
	return err
}

// killAfter kills a process that writes when it has told of some saves, and returns how
// many entries the last of them had.
func killAfter(t *testing.T, cmd *exec.Cmd, saves int) int {
	t.Helper()
	out, err := cmd.StdoutPipe()
	check(t, err)
	in, err := cmd.StdinPipe()
	check(t, err)
	defer func() { _ = in.Close() }()
	check(t, cmd.Start())
	safe, lines := -1, bufio.NewScanner(out)
	for lines.Scan() {
		if _, err := fmt.Sscanf(lines.Text(), "saved %d", &safe); err != nil {
			t.Errorf("the process printed %q", lines.Text())
		}
		if saves--; saves <= 0 {
			break
		}
	}
	check(t, cmd.Process.Kill())
	_ = cmd.Wait() // it was killed
	if safe < 0 {
		t.Fatal("the process saved nothing")
	}
	return safe
}

// TestKilled kills a process that writes while saves are under way. What is found is of
// one instant, and has all that a save had when it began.
func TestKilled(t *testing.T) {
	kills := exhaustive.N(3, 15)
	for range kills {
		dir := t.TempDir()
		safe := killAfter(t, child(t, "write until killed", dir, 1_000_000_000), 1+rand.IntN(8))
		found := saved(t, dir, "numbers", numberOptions())
		if len(found) < safe {
			t.Errorf("%d entries survived, the last save had %d", len(found), safe)
		}
		for k := range len(found) {
			if v, ok := found[k]; !ok || v != 7*k {
				t.Fatalf("of %d entries %d is %d, %t", len(found), k, v, ok)
			}
		}
	}
}

// writeBursts sets 0, 1, 2 … up to n, prints that, and never asks for a save. Each time that
// its rule does, it waits until that has been saved.
func writeBursts(dir string, n int) error {
	m := &mapcache.Manager{Dir: dir}
	o := numberOptions()
	saved := make(chan error)
	o.Hooks.After = func(_ context.Context, op mapcache.Op, _ string, err error) {
		if op == mapcache.OpSave {
			saved <- err
		}
	}
	c, err := mapcache.Register(m, "numbers", o)
	if err != nil {
		return err
	}
	for k := range n {
		c.Set(k, 7*k)
		if (k+1)%burst == 0 {
			if err := <-saved; err != nil {
				return err
			}
		}
	}
	fmt.Println("saved", n/burst*burst)
	_, err = os.Stdin.Read(make([]byte, 1)) // until it is killed
	return err
}

// TestKilledLosesWhatTheRuleAllows kills processes that never asked for a save: their rule
// did. Fewer changes are lost than it counts.
func TestKilledLosesWhatTheRuleAllows(t *testing.T) {
	for _, n := range []int{1, burst - 1, burst, burst + 1, 3*burst - 1, 3 * burst, 5*burst + 7} {
		dir := t.TempDir()
		safe := killAfter(t, child(t, "write bursts", dir, n), 1)
		if found := saved(t, dir, "numbers", numberOptions()); len(found) != safe || n-safe >= burst {
			t.Errorf("of %d changes %d survived, want %d", n, len(found), safe)
		}
	}
}

const (
	shareSize  = 500
	shareSaves = 30
)

// saveOften saves maps in which each value is n, and reports how often others came first.
func saveOften(dir string, n int) error {
	m := &mapcache.Manager{Dir: dir}
	c, err := mapcache.Register(m, "shared", mapcache.Options[int, int]{Rules: manually()})
	if err != nil {
		return err
	}
	for range shareSaves {
		c.Clear()
		for k := range shareSize {
			c.Set(k, n)
		}
		if err := c.Save(context.Background()); err != nil {
			return err
		}
	}
	return nil
}

// TestTwoProcesses has two processes that save one cache, while this one loads it: it finds
// the whole of what one of them saved, and in the end what was saved last.
func TestTwoProcesses(t *testing.T) {
	dir := t.TempDir()
	ended := make(chan error, 2)
	for n := range 2 {
		cmd := child(t, "save often", dir, n+1)
		go func() { ended <- cmd.Run() }()
	}
	look := func() int {
		m := &mapcache.Manager{Dir: dir, OnEvent: func(e diskcache.Event) {
			if e.Kind == diskcache.SetAside {
				t.Errorf("set aside %s: %s", e.Path, e.Reason)
			}
		}}
		c := register(t, m, "shared", mapcache.Options[int, int]{Rules: manually()})
		check(t, c.Load(t.Context()))
		first, _ := c.Get(0)
		if n := c.Len(); n != 0 && n != shareSize {
			t.Fatalf("%d entries, want none or %d", n, shareSize)
		}
		for k, v := range c.All() {
			if v != first {
				t.Fatalf("entry %d is of process %d, entry 0 of %d", k, v, first)
			}
		}
		return first
	}
	for left := 2; left > 0; {
		select {
		case err := <-ended:
			check(t, err)
			left--
		default:
			look()
		}
	}
	if last := look(); last != 1 && last != 2 {
		t.Errorf("in the end there is what process %d saved", last)
	}
}
