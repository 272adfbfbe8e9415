package diskcache_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// sizes of the values in TestKills: some are read whole, some while they are verified.
var killSizes = []int{1, 1000, diskcache.SmallFile/8 + 1000}

// killValue says in each element which entry it is of, and which of its values.
func killValue(entry, n int) []int {
	v := make([]int, killSizes[entry])
	for i := range v {
		v[i] = n*len(killSizes) + entry
	}
	return v
}

// wrongValue says what is wrong with a value that was found.
func wrongValue(entry int, v []int) error {
	if len(v) != killSizes[entry] || v[0]%len(killSizes) != entry {
		return fmt.Errorf("entry %d has %d elements, the first is %d", entry, len(v), v[0])
	}
	for _, x := range v {
		if x != v[0] {
			return fmt.Errorf("entry %d mixes %d and %d", entry, v[0], x)
		}
	}
	return nil
}

func killCacher(dir string) (*diskcache.DiskCacher[[]int], error) {
	c := new(diskcache.DiskCacher[[]int])
	return c, errors.Join(c.SetOptions(diskcache.Options{Tmpdir: dir, OnEvent: func(diskcache.Event) {}}), c.SetTag(testTag, "root.A.method"))
}

// writeUntilKilled is the process that dies.
func writeUntilKilled(dir string) error {
	fmt.Println("writing")
	c, err := killCacher(dir)
	for n := 0; err == nil; n++ {
		entry := n % len(killSizes)
		_, err = c.Refresh(context.Background(), func(context.Context) ([]int, error) { return killValue(entry, rand.IntN(1<<20)), nil }, entry)
		if n%50 == 49 {
			err = errors.Join(err, c.ClearCache())
		}
	}
	return err
}

// readUntilTold is one of those who read meanwhile, until its input ends. It says when it has
// found something.
func readUntilTold(dir string) error {
	told := make(chan struct{})
	go func() {
		_, _ = os.Stdin.Read(make([]byte, 1))
		close(told)
	}()
	found := false
	for n := 0; ; n++ {
		select {
		case <-told:
			return nil
		case <-time.After(time.Millisecond): // or the writer would get nowhere
		}
		c, err := killCacher(dir)
		if err != nil {
			return err
		}
		entry := n % len(killSizes)
		v, ok, err := c.Peek(context.Background(), entry)
		if err == nil && ok {
			if !found {
				found = true
				fmt.Println("found")
			}
			err = wrongValue(entry, v)
		}
		if err != nil {
			return err
		}
	}
}

// TestKills kills a process that writes, at random moments, while others read.
func TestKills(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: there a file that is open cannot be replaced, so readers keep the writer from writing")
	}
	least := exhaustive.N(5, 500)
	d := newDisk(t)
	var readers sync.WaitGroup
	var finding atomic.Int64 // readers that have found something
	var stop []func()
	for range 4 {
		cmd := child(t, "read until told", d.tmpdir)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		stop = append(stop, func() { _ = in.Close() })
		out, err := cmd.StdoutPipe()
		if err := errors.Join(err, cmd.Start()); err != nil {
			t.Fatal(err)
		}
		readers.Go(func() {
			lines := bufio.NewReader(out)
			if line, _ := lines.ReadString('\n'); line == "found\n" {
				finding.Add(1)
			} else {
				t.Errorf("reader: %q", line)
			}
			rest, err := io.ReadAll(lines)
			if err := errors.Join(err, cmd.Wait()); err != nil || len(rest) > 0 {
				t.Errorf("reader: %v, %s", err, rest)
			}
		})
	}
	kills, inTheMiddle := 0, 0
	for ; (kills < least || inTheMiddle == 0 || finding.Load() < 4) && !t.Failed(); kills++ {
		killWriter(t, child(t, "write until killed", d.tmpdir))
		work, err := filepath.Glob(filepath.Join(d.tag, ".dataelab", "work", "*"))
		if err != nil {
			t.Fatal(err)
		}
		if len(work) > 0 {
			inTheMiddle++
		}
	}
	for _, end := range stop {
		end()
	}
	readers.Wait()

	c, err := killCacher(d.tmpdir) // the next one sweeps
	if err != nil {
		t.Fatal(err)
	}
	for entry := range killSizes {
		v, err := c.Execute(t.Context(), func(context.Context) ([]int, error) { return killValue(entry, 0), nil }, entry)
		if err := errors.Join(err, wrongValue(entry, v)); err != nil {
			t.Error(err)
		}
	}
	mustExecute(t, c, func(context.Context) ([]int, error) { return []int{1}, nil }, "swept")
	if work, err := filepath.Glob(filepath.Join(d.tag, ".dataelab", "work", "*")); err != nil || len(work) > 0 {
		t.Errorf("work files left: %q, %v", work, err)
	}
	t.Logf("%d kills, %d of them while a file was written", kills, inTheMiddle)
}

// killWriter gives a process a moment that differs each time.
func killWriter(tb testing.TB, cmd *exec.Cmd) {
	tb.Helper()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		tb.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); line != "writing\n" {
		tb.Errorf("writer: %q, %v", line, err)
	}
	<-time.After(time.Duration(rand.IntN(30_000)) * time.Microsecond)
	if err := cmd.Process.Kill(); err != nil {
		tb.Error(err)
	}
	if rest, err := lines.ReadString('\n'); rest != "" {
		tb.Errorf("writer: %q, %v", rest, err)
	}
	_ = cmd.Wait()
}
