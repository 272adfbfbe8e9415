package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// madeOf writes into the record of an entry of what its value was made: lines as records have
// them.
func (d disk) madeOf(base string, lines ...string) {
	d.Helper()
	path := filepath.Join(d.tag, ".dataelab", base+".json")
	text := strings.NewReplacer(`"layout": 1`, `"layout": 2`, "\n \"file\": ", fmt.Sprintf("\n \"uses\": %d,\n \"file\": ", len(lines)),
		"\n \"check\": ", "\n \"used\": ["+strings.Join(lines, ",")+"],\n \"check\": ").Replace(string(d.read(path)))
	d.write(path, resealed(text))
}

func usedEntry(name string) string { return fmt.Sprintf(`{"entry": %q, "digest": "x"}`, name) }

func usedFile(path string) string { return fmt.Sprintf(`{"file": %q, "digest": "x"}`, path) }

// storedChain stores the entries a, b, c, d, lone and of each is made what stands before it: b of a, c
// of b, d of c and of itself in a circle with a. The entry f was made of a file, and g inherited that.
func storedChain(t *testing.T, o diskcache.Options, d disk) *diskcache.Place {
	t.Helper()
	for _, name := range []string{"root.A.a", "root.A.b", "root.A.c", "root.A.d", "root.A.lone", "root.A.f", "root.A.g"} {
		storeIn(t, o, testTag, name, []int{1})
	}
	d.madeOf("root.A.a", usedEntry("root.A.d"))
	d.madeOf("root.A.b", usedEntry("root.A.a"))
	d.madeOf("root.A.c", usedEntry("root.A.b"), `{"entry": "root.A.a", "digest": "x", "inherited": true}`)
	d.madeOf("root.A.d", usedEntry("root.A.c"), usedEntry("root.A.d"))
	d.madeOf("root.A.f", usedFile(filepath.Join(d.tmpdir, "raw", "one.fits")))
	d.madeOf("root.A.g", usedEntry("root.A.f"), `{"file": `+fmt.Sprintf("%q", filepath.Join(d.tmpdir, "raw", "one.fits"))+`, "digest": "x", "inherited": true}`)
	return placeOf(t, o)
}

// namesOf returns the methods in a report, in one line.
func namesOf(r diskcache.InvalidationReport) string {
	var names []string
	for _, e := range r.Entries {
		names = append(names, strings.TrimPrefix(e.Name, "root.A."))
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// What goes for each way to choose; a dry run says so, and touches nothing.
func TestInvalidateChoice(t *testing.T) {
	for name, c := range map[string]struct {
		o    diskcache.Invalidation
		want string
	}{
		"method":            {diskcache.Invalidation{Methods: []string{"root.A.lone"}}, "lone"},
		"two methods":       {diskcache.Invalidation{Methods: []string{"root.A.lone", "root.A.b"}}, "b lone"},
		"unknown method":    {diskcache.Invalidation{Methods: []string{"root.A"}}, ""},
		"entry":             {diskcache.Invalidation{Entries: []diskcache.EntryInfo{{Name: "root.A.b"}}}, "b"},
		"of another tag":    {diskcache.Invalidation{Entries: []diskcache.EntryInfo{{Name: "root.A.b", Tag: "other"}}}, ""},
		"all":               {diskcache.Invalidation{All: true}, "a b c d f g lone"},
		"filter":            {diskcache.Invalidation{All: true, Filter: func(e diskcache.EntryInfo) bool { return strings.HasSuffix(e.Name, "e") }}, "lone"},
		"downstream":        {diskcache.Invalidation{Methods: []string{"root.A.f"}, Downstream: true}, "f g"},
		"upstream":          {diskcache.Invalidation{Methods: []string{"root.A.g"}, Upstream: true}, "f g"},
		"circle downstream": {diskcache.Invalidation{Methods: []string{"root.A.b"}, Downstream: true}, "a b c d"},
		"circle upstream":   {diskcache.Invalidation{Methods: []string{"root.A.b"}, Upstream: true}, "a b c d"},
		"downstream, filtered": {diskcache.Invalidation{All: true, Filter: func(e diskcache.EntryInfo) bool { return e.Name == "root.A.f" },
			Downstream: true}, "f g"},
		"file":           {diskcache.Invalidation{Files: []string{"raw/one.fits"}}, "f g"},
		"directory":      {diskcache.Invalidation{Files: []string{"raw"}}, "f g"},
		"another file":   {diskcache.Invalidation{Files: []string{"raw/two.fits"}}, ""},
		"not its prefix": {diskcache.Invalidation{Files: []string{"ra", "raw/one.fit"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			p := storedChain(t, diskcache.Options{Tmpdir: d.tmpdir}, d)
			for i := range c.o.Files {
				c.o.Files[i] = filepath.Join(d.tmpdir, filepath.FromSlash(c.o.Files[i]))
			}
			before := d.contents()
			dry := c.o
			dry.DryRun = true
			would, err := p.Invalidate(t.Context(), dry)
			if err != nil || namesOf(would) != c.want || !would.DryRun {
				t.Errorf("dry run: %v, %v, want %q", would, err, c.want)
			}
			if after := d.contents(); !maps.Equal(after, before) {
				t.Errorf("a dry run left %v, before there was %v", after, before)
			}
			did, err := p.Invalidate(t.Context(), c.o)
			if err != nil || namesOf(did) != c.want || did.Bytes != would.Bytes || did.ComputeTime != would.ComputeTime {
				t.Errorf("%v, %v, want %q and what the dry run said: %v", did, err, c.want, would)
			}
			left := entriesAt(t, p)
			for _, name := range strings.Fields("a b c d f g lone") {
				_, is := left["root.A."+name]
				if goes := slices.Contains(strings.Fields(c.want), name); is == goes {
					t.Errorf("%s is there: %v, and goes: %v", name, is, goes)
				}
			}
		})
	}
}

func TestInvalidateNothing(t *testing.T) {
	d := newDisk(t)
	p := placeOf(t, diskcache.Options{Tmpdir: d.tmpdir})
	if _, err := p.Invalidate(t.Context(), diskcache.Invalidation{}); err == nil || !strings.Contains(err.Error(), "nothing is chosen") {
		t.Errorf("an empty choice: %v", err)
	}
	if _, err := p.Invalidate(t.Context(), diskcache.Invalidation{Files: []string{""}}); !errors.Is(err, diskcache.ErrName) {
		t.Errorf("an empty path: %v", err)
	}
	report, err := p.Invalidate(t.Context(), diskcache.Invalidation{All: true})
	if err != nil || len(report.Entries) > 0 || d.exists(d.tag) {
		t.Errorf("where nothing was stored: %v, %v; the directory was made: %v", report, err, d.exists(d.tag))
	}
	var c diskcache.DiskCacher[int]
	if report, err := c.Invalidate(t.Context()); err != nil || len(report.Entries) > 0 {
		t.Errorf("without a tag: %v, %v", report, err)
	}
}

// Invalidate removes what it should and nothing else.
func TestInvalidateLeavesOthers(t *testing.T) {
	d := newDisk(t)
	o := diskcache.Options{Tmpdir: d.tmpdir}
	storeIn(t, o, testTag, "root.A.method", []int{1})
	storeIn(t, o, testTag, "root.A.method", []int{1}, 3)
	storeIn(t, o, testTag, "root.A.method2", []int{1})
	storeIn(t, o, testTag, "root.A.grown", []int{1})
	storeIn(t, o, "other", "root.A.method", []int{1})
	foreign := filepath.Join(d.tag, "root.A.method-"+keyText+".npy")
	d.write(foreign, d.read(d.value("npy")))
	d.write(filepath.Join(d.tag, "root.A.method.csv"), []byte("a user's export"))
	newer := filepath.Join(d.tag, ".dataelab", "root.A.newer.json")
	d.write(newer, resealed(strings.Replace(string(d.read(d.record())), `"layout": 1`, `"layout": 99`, 1)))
	grown := []byte("longer than its record says, by another program")
	d.write(filepath.Join(d.tag, "root.A.grown.npy"), grown)

	report, err := placeOf(t, o).Invalidate(t.Context(), diskcache.Invalidation{Methods: []string{"root.A.method", "root.A.newer", "root.A.grown"}})
	if err != nil || namesOf(report) != "grown method method" || len(report.Stays) != 2 {
		t.Errorf("%v, %v", report, err)
	}
	for name, want := range map[string]bool{
		d.value("npy"): false, d.record(): false, foreign: true, newer: true,
		filepath.Join(d.tag, "root.A.method.csv"): true, filepath.Join(d.tag, "root.A.method2.npy"): true,
		filepath.Join(d.tmpdir, "cacheother", "root.A.method.npy"):     true,
		filepath.Join(d.tag, ".dataelab", "root.A.grown.json"):         false,
		filepath.Join(d.tmpdir, "cacheother", ".dataelab/invalidated"): false,
	} {
		if d.exists(name) != want {
			t.Errorf("%s is there: %v", name, !want)
		}
	}
	if !holds(t, d.tag, grown) {
		t.Error("a value that another program replaced is lost")
	}
}

// An entry is looked up anew, on disk and in memory, in all objects of this process.
func TestInvalidateMemory(t *testing.T) {
	for name, invalidate := range map[string]func(t *testing.T, c *diskcache.DiskCacher[int]) error{
		"of a value": func(t *testing.T, c *diskcache.DiskCacher[int]) error {
			_, err := c.Invalidate(t.Context())
			return errors.Join(err, second(c.Invalidate(t.Context(), 7)))
		},
		"of the cacher": func(t *testing.T, c *diskcache.DiskCacher[int]) error {
			return second(diskcache.InvalidateAll(t.Context(), []diskcache.Cacher{c}, diskcache.Invalidation{}))
		},
		"of the method": func(t *testing.T, c *diskcache.DiskCacher[int]) error {
			p, err := c.Place()
			return errors.Join(err, second(p.Invalidate(t.Context(), diskcache.Invalidation{Methods: []string{"root.A.method"}})))
		},
		"of everything": func(t *testing.T, c *diskcache.DiskCacher[int]) error {
			p, err := c.Place()
			return errors.Join(err, second(p.Invalidate(t.Context(), diskcache.Invalidation{All: true})))
		},
		"filtered": func(t *testing.T, c *diskcache.DiskCacher[int]) error {
			p, err := c.Place()
			return errors.Join(err, second(p.Invalidate(t.Context(), diskcache.Invalidation{All: true, Filter: func(diskcache.EntryInfo) bool { return true }})))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			a, _ := newCacher[int](t, dir)
			b, _ := newCacher[int](t, dir)
			var n atomic.Int64
			count := func(context.Context) (int, error) { return int(n.Add(1)), nil }
			get := func(args ...any) (both [2]int) {
				for i, c := range []*diskcache.DiskCacher[int]{a, b} {
					both[i] = mustExecute(t, c, count, args...)
				}
				return both
			}
			if v, w := get(), get(7); v != [2]int{1, 1} || w != [2]int{2, 2} {
				t.Fatal(v, w)
			}
			if err := invalidate(t, a); err != nil {
				t.Fatal(err)
			}
			if v, w := get(), get(7); v != [2]int{3, 3} || w != [2]int{4, 4} {
				t.Errorf("got %v and %v, want 3 and 4 of both objects", v, w)
			}
			var o diskcache.Outcome
			if _, err := a.Invalidate(t.Context(), 7); err != nil {
				t.Fatal(err)
			}
			v, err := a.Execute(diskcache.WithOutcome(t.Context(), &o), count, 7)
			if v != 5 || err != nil || o.Why != diskcache.WasInvalidated {
				t.Errorf("%v, %v: %v", v, err, o)
			}
			if again := get(7); again != [2]int{5, 5} {
				t.Errorf("then %v", again)
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

// A computation under way is not stored, nor given to those who come later, whoever
// invalidates: this object's home, or another process, for which a store of its own stands.
func TestInvalidateWhileComputing(t *testing.T) {
	for name, c := range map[string]struct {
		o     diskcache.Invalidation
		found bool
	}{
		"its method":   {diskcache.Invalidation{Methods: []string{"root.A.method"}}, false},
		"its entry":    {diskcache.Invalidation{Entries: []diskcache.EntryInfo{{Name: "root.A.method"}}}, false},
		"all":          {diskcache.Invalidation{All: true}, false},
		"another one":  {diskcache.Invalidation{Methods: []string{"root.A.other"}}, true},
		"of arguments": {diskcache.Invalidation{Entries: []diskcache.EntryInfo{{Name: "root.A.method", Key: keyText}}}, true},
		"dry":          {diskcache.Invalidation{All: true, DryRun: true}, true},
	} {
		for _, same := range []bool{true, false} {
			for _, begin := range []string{"execute", "refresh", "no disk"} {
				t.Run(fmt.Sprintf("%s, same process %v, %s", name, same, begin), func(t *testing.T) {
					dir := t.TempDir()
					cacher, log := newCacher[int](t, dir)
					o := diskcache.Options{Tmpdir: dir}
					if !same {
						o = diskcache.Options{Store: storage.Dir(dir, storage.DirOptions{})}
					}
					computing, goOn := make(chan struct{}), make(chan struct{})
					slow := func(context.Context) (int, error) {
						close(computing)
						<-goOn
						return 1, nil
					}
					if begin != "execute" {
						mustExecute(t, cacher, func(context.Context) (int, error) { return 0, nil })
					}
					var all sync.WaitGroup
					all.Go(func() {
						call := cacher.Execute
						if begin != "execute" {
							call = cacher.Refresh
						}
						if v, err := call(context.Background(), slow); v != 1 || err != nil {
							t.Errorf("the caller gets %v, %v", v, err)
						}
					})
					<-computing
					if _, err := placeOf(t, o).Invalidate(t.Context(), c.o); err != nil {
						t.Error(err)
					}
					if begin == "no disk" { // it cannot be saved, and is in memory only
						name := "root.A.method.gob"
						if err := errors.Join(os.RemoveAll(filepath.Join(dir, "cache"+testTag, name)),
							os.MkdirAll(filepath.Join(dir, "cache"+testTag, name, "in the way"), 0o700)); err != nil {
							t.Fatal(err)
						}
					}
					close(goOn)
					all.Wait()
					v, err := cacher.Execute(context.Background(), func(context.Context) (int, error) { return 2, nil })
					if want := map[bool]int{true: 1, false: 2}[c.found]; v != want || err != nil {
						t.Errorf("the next call gets %v, %v, want %d; %s", v, err, want, log.kinds())
					}
					if begin != "no disk" {
						w, ok := found[int](t, diskcache.Options{Tmpdir: dir}, testTag, "root.A.method")
						if w != v || !ok {
							t.Errorf("stored is %v, %v, want %d", w, ok, v)
						}
					}
				})
			}
		}
	}
}

// Who waits for a computation that is invalidated computes.
func TestInvalidateWhileOthersWait(t *testing.T) {
	dir := t.TempDir()
	c, _ := newCacher[int](t, dir)
	var runs atomic.Int64
	computing, goOn := make(chan struct{}), make(chan struct{})
	compute := func(context.Context) (int, error) {
		n := int(runs.Add(1))
		if n == 1 {
			close(computing)
			<-goOn
		}
		return n, nil
	}
	var all sync.WaitGroup
	all.Go(func() { _, _ = c.Execute(context.Background(), compute) })
	<-computing
	if _, err := c.Invalidate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 10 { // begin after the invalidation, while the first computes on
		all.Go(func() {
			if v, err := c.Execute(context.Background(), compute); v != 2 || err != nil {
				t.Errorf("got %v, %v, want 2", v, err)
			}
		})
	}
	close(goOn)
	all.Wait()
}

func TestInvalidateProgressAndStop(t *testing.T) {
	const n = 600
	d := newDisk(t)
	o := diskcache.Options{Store: storage.Dir(d.tmpdir, storage.DirOptions{Durability: storage.Fast})}
	var c diskcache.DiskCacher[int]
	if err := errors.Join(c.SetOptions(o), c.SetTag(testTag, "root.A.method")); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		mustExecute(t, &c, func(context.Context) (int, error) { return i, nil }, i)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	report, err := placeOf(t, o).Invalidate(ctx, diskcache.Invalidation{All: true, Progress: func(p diskcache.InvalidationProgress) {
		if p.Removed > 0 {
			stop()
		}
	}})
	left := len(entriesAt(t, placeOf(t, o)))
	if !errors.Is(err, context.Canceled) || len(report.Entries)+left != n || left == 0 || left == n {
		t.Errorf("stopped: %d reported, %d left, %v", len(report.Entries), left, err)
	}
	var seen []diskcache.InvalidationProgress
	report, err = placeOf(t, o).Invalidate(t.Context(), diskcache.Invalidation{All: true, Progress: func(p diskcache.InvalidationProgress) { seen = append(seen, p) }})
	if err != nil || len(report.Entries) != left {
		t.Errorf("again: %d reported, %v", len(report.Entries), err)
	}
	last := seen[len(seen)-1]
	if want := (diskcache.InvalidationProgress{Looked: int64(left), Removed: int64(left), OfToRemove: int64(left)}); last != want || seen[0].Looked != 0 || len(seen) != 2*left+2 {
		t.Errorf("%d calls, the first %v, the last %v, want %v", len(seen), seen[0], last, want)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := placeOf(t, o).Invalidate(gone, diskcache.Invalidation{All: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
}

// No call that begins after an invalidation gets a value whose computation began before, with
// one object tree or several, with locks or without.
func TestInvalidateBesideCalls(t *testing.T) {
	for name, o := range map[string]diskcache.Options{
		"files":         {Store: storage.Dir(t.TempDir(), storage.DirOptions{Durability: storage.Fast})},
		"without locks": {Store: storage.Memory()},
	} {
		t.Run(name, func(t *testing.T) {
			o.OnEvent = func(diskcache.Event) {}
			var clock, invalidated atomic.Int64 // the value is when its computation began
			compute := func(context.Context) (int64, error) {
				began := clock.Add(1)
				time.Sleep(time.Duration(began%7) * 50 * time.Microsecond)
				return began, nil
			}
			cachers := make([]*diskcache.DiskCacher[int64], 3)
			for i := range cachers {
				cachers[i] = new(diskcache.DiskCacher[int64])
				if err := errors.Join(cachers[i].SetOptions(o), cachers[i].SetTag(testTag, "root.A.method")); err != nil {
					t.Fatal(err)
				}
			}
			var all sync.WaitGroup
			stop := make(chan struct{})
			var calls atomic.Int64
			for i := range 9 {
				all.Go(func() {
					c := cachers[i%3]
					args := [][]any{nil, {1}}[i%2]
					for n := 0; ; n++ {
						select {
						case <-stop:
							return
						default:
						}
						since := invalidated.Load()
						var v int64
						var err error
						if n%5 == 4 {
							var ok bool
							if v, ok, err = c.Peek(context.Background(), args...); !ok {
								continue
							}
						} else {
							v, err = c.Execute(context.Background(), compute, args...)
						}
						if err != nil || v <= since {
							t.Errorf("got %v, %v, after an invalidation at %d", v, err, since)
							return
						}
						calls.Add(1)
						if n%50 == 0 {
							time.Sleep(time.Microsecond)
						}
					}
				})
			}
			p := placeOf(t, o)
			for i := 0; !t.Failed() && (i < exhaustive.N(20, 60) || calls.Load() < 100 || clock.Load() < 30); i++ {
				at := clock.Load() // what begins until now must not be seen afterwards
				if _, err := p.Invalidate(t.Context(), []diskcache.Invalidation{
					{All: true}, {Methods: []string{"root.A.method"}}, {All: true, Downstream: true},
				}[i%3]); err != nil {
					t.Error(err)
				}
				invalidated.Store(at)
				time.Sleep(time.Duration(i%4) * 300 * time.Microsecond)
			}
			close(stop)
			all.Wait()
			t.Logf("%d calls, %d computations", calls.Load(), clock.Load())
		})
	}
}
