package diskcache_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// TestUpstreamChangesMeanwhile: while top is computed, what it has used already comes out
// different. What top stores then is stale.
func TestUpstreamChangesMeanwhile(t *testing.T) {
	for name, change := range map[string]func(l *lab) error{
		"refreshed": func(l *lab) error {
			_, err := l.methods["raw"].cacher.Refresh(t.Context(), func(context.Context) (int, error) { return 20, nil })
			return err
		},
		"by another object": func(l *lab) error {
			_, err := l.again().methods["raw"].cacher.Refresh(t.Context(), func(context.Context) (int, error) { return 20, nil })
			return err
		},
		"its file": func(l *lab) error {
			l.put("file", 20)
			diskcache.Recheck()
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			once := true
			l := newLab(t, labComputes{"raw": read("file"), "top": func(ctx context.Context, l *lab) (int, error) {
				v, err := l.get(ctx, "raw")
				if err == nil && once {
					once = false
					err = change(l)
				}
				return v, err
			}})
			l.put("file", 10)
			l.want("top", 10, "top", "raw")
			diskcache.Recheck() // another process tells nobody
			got, err := l.get(t.Context(), "top")
			if err != nil || got != 20 {
				t.Errorf("afterwards top is %d, error %v, want 20", got, err)
			}
			l.again().want("top", 20)
		})
	}
}

// TestNoOldValues has readers ask while a file grows, of two objects. None gets a value of
// a file from before its call, and the computations see to it by themselves.
func TestNoOldValues(t *testing.T) {
	rounds := int64(exhaustive.N(20, 60))
	l := newLab(t, labComputes{"raw": read("file"), "a": sum("raw"), "b": sum("raw"), "top": sum("a", "b")})
	l.put("file", 1)
	var now atomic.Int64
	now.Store(1)
	var readers sync.WaitGroup
	for i := range 6 {
		mine := l
		if i%2 == 0 {
			mine = l.again()
		}
		readers.Go(func() {
			for now.Load() < rounds && !t.Failed() {
				least := now.Load()
				got, err := mine.get(t.Context(), "top")
				if err != nil || int64(got) < 2*least {
					t.Errorf("top is %d, error %v, and the file had %d before", got, err, least)
				}
			}
		})
	}
	for n := int64(2); n <= rounds; n++ {
		next := l.path("next")
		if err := os.WriteFile(next, fmt.Append(nil, n), 0o600); err != nil {
			t.Error(err)
		}
		if err := os.Rename(next, l.path("file")); err != nil {
			t.Error(err)
		}
		diskcache.Recheck()
		now.Store(n)
		if _, err := l.get(t.Context(), "top"); err != nil {
			t.Error(err)
		}
	}
	readers.Wait()
	l.again().want("top", 2*int(rounds))
}

func init() { childJobs["compute when told"] = computeWhenTold }

// childLab is what both processes of a test have.
func childLab(t testing.TB, dir string, used func() error) *lab {
	return newLabIn(t, filepath.Join(dir, "cache"), filepath.Join(dir, "raw"), labComputes{
		"raw": read("file"), "top": func(ctx context.Context, l *lab) (int, error) {
			v, err := l.get(ctx, "raw")
			if err == nil {
				err = used()
			}
			return v, err
		},
	})
}

// computeWhenTold tells when top has used raw, and goes on when it is told.
func computeWhenTold(dir string) error {
	l := childLab(childTB{}, dir, func() error {
		fmt.Println("used")
		_, err := bufio.NewReader(os.Stdin).ReadString('\n')
		return err
	})
	v, err := l.get(context.Background(), "top")
	fmt.Println("value", v)
	return err
}

// childTB lets a child use what tests use.
type childTB struct{ testing.TB }

func (childTB) Helper() {}
func (childTB) Fatal(args ...any) {
	fmt.Println(args...)
	os.Exit(1)
}

// TestUpstreamChangesInAnotherProcess is TestUpstreamChangesMeanwhile with two processes.
func TestUpstreamChangesInAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	l := childLab(t, dir, func() error { return nil })
	l.mkdir("")
	l.put("file", 10)
	cmd := child(t, "compute when told", dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out := bufio.NewReader(pipe)
	if line, err := out.ReadString('\n'); line != "used\n" {
		t.Fatalf("%q, %v", line, err)
	}
	l.put("file", 20)
	l.want("raw", 20, "raw")
	if _, err := io.WriteString(in, "go on\n"); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(out)
	if err := cmd.Wait(); err != nil || !strings.HasPrefix(string(rest), "value 10") {
		t.Fatalf("the child: %v, %q", err, rest)
	}
	if err != nil {
		t.Fatal(err)
	}
	if used := l.entry("top").Uses; used[0].Digest == l.entry("raw").Digest {
		t.Errorf("top is stored as made of what raw is now: %+v", used)
	}
	l.want("top", 20, "top")
}
