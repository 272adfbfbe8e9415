//go:build unix

package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// What the processes of TestLimitHoldsForProcesses may keep.
const (
	processBytes    = 6 << 20
	processTagBytes = 4 << 20
)

func init() { childJobs["write below a limit"] = writeBelowLimit }

// writeBelowLimit writes values of all sizes until it is killed, or its input ends.
func writeBelowLimit(dir string) error {
	told := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(told)
	}()
	c := new(diskcache.DiskCacher[[]byte])
	o := diskcache.Options{
		Tmpdir: dir, OnEvent: func(diskcache.Event) {},
		Limits: diskcache.Limits{Bytes: processBytes}, TagLimits: diskcache.Limits{Bytes: processTagBytes},
	}
	tag := fmt.Sprint(testTag, os.Getpid()%2)
	if err := errors.Join(c.SetOptions(o), c.SetTag(tag, "root.A.method")); err != nil {
		return err
	}
	fmt.Println("writing")
	for {
		select {
		case <-told:
			s := c.Stats()
			fmt.Println("saved", s.Saved, "failed", s.SaveFailed, "evicted", s.Evicted)
			return nil
		default:
		}
		size := 1 << rand.IntN(20) // most are small, some have a MiB
		v, err := c.Refresh(context.Background(), func(context.Context) ([]byte, error) { return make([]byte, size+rand.IntN(size)), nil }, rand.IntN(200))
		if err != nil || len(v) < size {
			return fmt.Errorf("got %d bytes, %w", len(v), err)
		}
	}
}

// TestLimitHoldsForProcesses lets eight processes write, kills some of them, and stops
// all of them now and then to add up what is on disk: while they run, a file could be
// seen in two places, or one that went for another one beside that.
func TestLimitHoldsForProcesses(t *testing.T) {
	d := newDisk(t)
	looks, most := 0, int64(0)
	type writer struct {
		cmd *exec.Cmd
		in  io.Closer
		out strings.Builder
	}
	start := func() *writer {
		w := &writer{cmd: child(t, "write below a limit", d.tmpdir)}
		in, err := w.cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		w.in, w.cmd.Stdout, w.cmd.Stderr = in, &w.out, &w.out
		if err := w.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return w
	}
	writers := make([]*writer, 8)
	for i := range writers {
		writers[i] = start()
	}
	least := exhaustive.N(4, 60)
	signal := func(s syscall.Signal) {
		for _, w := range writers {
			if err := w.cmd.Process.Signal(s); err != nil {
				t.Error(err)
			}
		}
	}
	stop := func() {
		signal(syscall.SIGSTOP)
		for _, w := range writers { // one that renames a file or waits for the disk stops after that
			var status syscall.WaitStatus
			for {
				_, err := syscall.Wait4(w.cmd.Process.Pid, &status, syscall.WUNTRACED, nil)
				if errors.Is(err, syscall.EINTR) {
					continue
				}
				if err != nil || !status.Stopped() {
					t.Fatalf("process %d does not stop: status %#x, %v: %s", w.cmd.Process.Pid, status, err, w.out.String())
				}
				break
			}
		}
	}
	look := func() {
		stop()
		defer signal(syscall.SIGCONT)
		bytes, allocated := size(t, d.tmpdir)
		looks++
		most = max(most, bytes, allocated)
		if bytes > processBytes || allocated > processBytes {
			t.Errorf("%d bytes, %d allocated, and the limit is %d", bytes, allocated, int64(processBytes))
		}
	}
	kills := 0
	for ; kills < least || most < processBytes/2; kills++ { // or the limit says nothing
		for range 10 {
			<-time.After(time.Duration(rand.IntN(12)) * time.Millisecond)
			look()
		}
		i := rand.IntN(len(writers))
		if err := writers[i].cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = writers[i].cmd.Wait()
		writers[i] = start()
	}
	for _, w := range writers {
		if err := w.in.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, w := range writers {
		if err := w.cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, w.out.String())
		}
		t.Log(strings.TrimSpace(w.out.String()))
	}
	t.Logf("%d kills, %d looks, at most %d bytes of %d", kills, looks, most, int64(processBytes))

	c := new(diskcache.DiskCacher[[]byte])
	o := diskcache.Options{Tmpdir: d.tmpdir, Limits: diskcache.Limits{Bytes: processBytes}}
	if err := errors.Join(c.SetOptions(o), c.SetTag(testTag+"0", "root.A.method")); err != nil {
		t.Fatal(err)
	}
	if _, err := diskcache.PruneAll(t.Context(), []diskcache.Cacher{c}, diskcache.PruneOptions{}); err != nil {
		t.Error(err)
	}
	if work, err := filepath.Glob(filepath.Join(d.tmpdir, "*", ".dataelab", "work", "*")); err != nil || len(work) > 0 {
		t.Errorf("work files after a prune: %q, %v", work, err)
	}
}
