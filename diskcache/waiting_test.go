package diskcache_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// Computations that come back to themselves with another context than they were given
// get the circle's error, and no deadlock.
func TestCircleWithoutContext(t *testing.T) {
	lost := context.Background()
	type fn = *diskcache.Function[int, int]
	for name, build := range map[string]func(a, b *diskcache.Cache) fn{
		"directly": func(a, _ *diskcache.Cache) (f fn) {
			f = diskcache.Wrap(a, "f", func(context.Context, int) (int, error) { return f.Call(lost, 1) })
			return f
		},
		"by way of another": func(a, _ *diskcache.Cache) (f fn) {
			g := diskcache.Wrap(a, "g", func(context.Context, int) (int, error) { return f.Call(lost, 1) })
			f = diskcache.Wrap(a, "f", func(context.Context, int) (int, error) { return g.Call(lost, 2) })
			return f
		},
		"by way of another cache of the directory": func(a, b *diskcache.Cache) (f fn) {
			g := diskcache.Wrap(b, "f", func(context.Context, int) (int, error) { return 1, nil })
			f = diskcache.Wrap(a, "f", func(context.Context, int) (int, error) { return g.Call(lost, 1) })
			return f
		},
		"by way of a goroutine with the context": func(a, _ *diskcache.Cache) (f fn) {
			g := diskcache.Wrap(a, "g", func(ctx context.Context, n int) (int, error) { return f.Call(ctx, 1) })
			f = diskcache.Wrap(a, "f", func(ctx context.Context, _ int) (n int, err error) {
				var done sync.WaitGroup
				done.Go(func() { n, err = g.Call(ctx, 2) })
				done.Wait()
				return n, err
			})
			return f
		},
		"by Refresh": func(a, _ *diskcache.Cache) (f fn) {
			f = diskcache.Wrap(a, "f", func(context.Context, int) (int, error) { return f.Refresh(lost, 1) })
			return f
		},
		"by way of a Loader": func(a, _ *diskcache.Cache) (f fn) {
			var l diskcache.Loader[int]
			f = diskcache.Wrap(a, "f", func(context.Context, int) (int, error) {
				return l.Load(lost, func(context.Context) (int, error) { return f.Call(lost, 1) })
			})
			return f
		},
		"of a Loader": func(a, _ *diskcache.Cache) (f fn) {
			var l diskcache.Loader[int]
			var load func(context.Context) (int, error)
			load = func(context.Context) (int, error) { return l.Load(lost, load) }
			return diskcache.Wrap(a, "f", func(context.Context, int) (int, error) { return load(lost) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			f := build(&diskcache.Cache{Dir: dir}, &diskcache.Cache{Dir: dir})
			if v, err := f.Call(context.Background(), 1); !errors.Is(err, diskcache.ErrCircle) {
				t.Errorf("%d, %v; want the circle's error", v, err)
			}
		})
	}
}

// Two goroutines that wait for each other, each with a lost context: one of them sees it.
func TestCircleOfGoroutinesWithoutContext(t *testing.T) {
	for name, caches := range map[string]func(t *testing.T) (a, b *diskcache.Cache){
		"one cache": func(*testing.T) (a, b *diskcache.Cache) {
			c := &diskcache.Cache{Store: storage.Memory()}
			return c, c
		},
		"two caches of a directory": func(t *testing.T) (a, b *diskcache.Cache) {
			dir := t.TempDir()
			return &diskcache.Cache{Dir: dir}, &diskcache.Cache{Dir: dir}
		},
	} {
		t.Run(name, func(t *testing.T) {
			lost := context.Background()
			a, b := caches(t)
			var begun atomic.Int64
			var inside sync.WaitGroup
			inside.Add(2)
			call := map[string]func() (int, error){} // by cache and name
			wrap := func(cache *diskcache.Cache, in, name, next string) *diskcache.Function[int, int] {
				f := diskcache.Wrap(cache, name, func(context.Context, int) (int, error) {
					if begun.Add(1) <= 2 { // later ones compute what the error left
						inside.Done()
						inside.Wait()
					}
					return call[in+next]()
				})
				call[in+name] = func() (int, error) { return f.Call(lost, 1) }
				return f
			}
			f, g := wrap(a, "a", "f", "g"), (*diskcache.Function[int, int])(nil)
			if a == b {
				g = wrap(a, "a", "g", "f")
			} else {
				wrap(a, "a", "g", "f")
				wrap(b, "b", "f", "g")
				g = wrap(b, "b", "g", "f")
			}
			var all sync.WaitGroup
			errs := make([]error, 2)
			all.Go(func() { _, errs[0] = f.Call(lost, 1) })
			all.Go(func() { _, errs[1] = g.Call(lost, 1) })
			all.Wait()
			if err := errors.Join(errs...); !errors.Is(err, diskcache.ErrCircle) {
				t.Errorf("%v; want the circle's error", err)
			}
		})
	}
}

// A call that waits says so after some seconds, once for all who wait, and the error of a
// context that ends says the same.
func TestWaitIsTold(t *testing.T) {
	for name, second := range map[string]bool{"one tree": false, "two trees": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				c, log := newCacherNamed[int](t, dir, "root.T.slow")
				waiting := c
				if second {
					waiting, log = newCacherNamed[int](t, dir, "root.T.slow")
				}
				ctx := t.Context()
				leading := make(chan struct{})
				var all sync.WaitGroup
				all.Go(func() {
					_, _ = c.Execute(ctx, func(context.Context) (int, error) {
						close(leading)
						time.Sleep(time.Minute)
						return 1, nil
					}, 7)
				})
				<-leading
				for range 3 {
					all.Go(func() {
						if v, err := waiting.Execute(ctx, nil, 7); v != 1 || err != nil {
							t.Errorf("%d, %v", v, err)
						}
					})
				}
				short, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				_, err := waiting.Execute(short, nil, 7)
				const says = "waits for root.T.slow(7), which goroutine "
				if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "(for 1 s)") {
					t.Errorf("the deadline's error: %v", err)
				}
				time.Sleep(2 * time.Second)
				if e, ok := log.find(diskcache.Waiting); ok {
					t.Errorf("told after three seconds: %v", e)
				}
				all.Wait()
				if n := strings.Count(log.kinds(), diskcache.Waiting.String()); n != 1 {
					t.Errorf("told %d times, want once", n)
				}
				e, _ := log.find(diskcache.Waiting)
				if !strings.Contains(e.Reason, says) || !strings.Contains(e.Reason, "(for ") || e.Elapsed < 5*time.Second || e.Name != "root.T.slow" {
					t.Errorf("%+v", e)
				}
			})
		})
	}
}

// A goroutine that a computation started, and that asks for its value with another
// context: whether the computation waits for it cannot be known, but it is said.
func TestWaitOfStartedGoroutine(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		c, log := newCacher[int](t, dir)
		lost, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		_, err := c.Execute(t.Context(), func(context.Context) (n int, err error) {
			var done sync.WaitGroup
			done.Go(func() { n, err = c.Execute(lost, nil) })
			done.Wait()
			return n, err
		})
		const says = "that goroutine started this one"
		if e, _ := log.find(diskcache.Waiting); !strings.Contains(e.Reason, says) {
			t.Errorf("%q", e.Reason)
		}
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), says) {
			t.Errorf("%v", err)
		}
	})
}

// A Loader that is read elsewhere.
func TestWaitForLoader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l diskcache.Loader[int]
		reading := make(chan struct{})
		var all sync.WaitGroup
		all.Go(func() {
			_, _ = l.Load(t.Context(), func(context.Context) (int, error) {
				close(reading)
				time.Sleep(time.Minute)
				return 1, nil
			})
		})
		<-reading
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.Load(short, nil); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "which goroutine ") {
			t.Errorf("%v", err)
		}
		all.Wait()
	})
}

// Who waits for another process learns which one it is.
func TestWaitForProcess(t *testing.T) {
	defer diskcache.SetWaitNotice(20 * time.Millisecond)()
	dir := t.TempDir()
	hanging := child(t, "hang", dir)
	out, err := hanging.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := hanging.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = hanging.Process.Kill()
		_ = hanging.Wait()
	}()
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "computing\n" {
		t.Fatalf("%q, %v", line, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var told diskcache.Event
	c := new(diskcache.DiskCacher[[]int])
	err = errors.Join(c.SetOptions(diskcache.Options{Tmpdir: dir, OnEvent: func(e diskcache.Event) {
		if e.Kind == diskcache.Waiting {
			told = e
			cancel()
		}
	}}), c.SetTag(testTag, "root.A.first"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Execute(ctx, nil)
	host, _ := os.Hostname()
	says := fmt.Sprintf("of process %d on host %s has been computing since 2", hanging.Process.Pid, host)
	if !strings.Contains(told.Reason, says) {
		t.Errorf("told %q, want %q in it", told.Reason, says)
	}
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), says) {
		t.Errorf("the error is %v, want %q in it", err, says)
	}
}

// askForParents is a child process that asks for what its parent computes.
func askForParents(dir string, again bool) error {
	diskcache.SetWaitNotice(20 * time.Millisecond)
	c := new(diskcache.DiskCacher[[]int])
	err := errors.Join(c.SetOptions(diskcache.Options{Tmpdir: dir, OnEvent: func(e diskcache.Event) {
		if e.Kind == diskcache.Waiting {
			fmt.Println("waiting:", e.Reason)
		}
	}}), c.SetTag(testTag, "root.A.first"))
	if err != nil {
		return err
	}
	v, err := c.Execute(context.Background(), func(context.Context) ([]int, error) {
		fmt.Println("computing")
		if !again {
			return []int{os.Getpid()}, nil
		}
		out, err := child(new(testing.T), "ask and start another one", dir).CombinedOutput()
		fmt.Printf("%s", out)
		return []int{os.Getpid()}, err
	})
	fmt.Println("value", v)
	return err
}

// A child process that asks for what its parent computes, and that the parent waits for,
// computes by itself. One that starts the next one in the same way ends with an error.
func TestChildAsksForWhatItsParentComputes(t *testing.T) {
	for job, want := range map[string]func(out string, err error) bool{
		"ask for what the parent computes": func(out string, err error) bool {
			return err == nil && strings.Count(out, "computing\n") == 1
		},
		"ask and start another one": func(out string, err error) bool {
			return err != nil && strings.Count(out, "computing\n") == 1 && strings.Contains(out, diskcache.ErrCircle.Error())
		},
	} {
		t.Run(job, func(t *testing.T) {
			dir := t.TempDir()
			c, _ := newCacherNamed[[]int](t, dir, "root.A.first")
			v, err := c.Execute(context.Background(), func(context.Context) ([]int, error) {
				out, err := child(t, job, dir).CombinedOutput()
				if !want(string(out), err) || !strings.Contains(string(out), fmt.Sprintf("of process %d on host", os.Getpid())) {
					t.Errorf("%v\n%s", err, out)
				}
				return []int{1}, nil
			})
			if len(v) != 1 || v[0] != 1 || err != nil {
				t.Errorf("the parent: %v, %v", v, err)
			}
		})
	}
}
