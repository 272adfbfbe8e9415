package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/formats"
)

// fill stores some values in each of the named cachers.
func fill(tb testing.TB, tmpdir string, names ...string) []diskcache.Cacher {
	tb.Helper()
	var cachers []diskcache.Cacher
	for i, name := range names {
		c, _ := newCacherNamed[[]int](tb, tmpdir, name)
		for _, args := range [][]any{nil, {1}, {"a", 2.5}} {
			mustExecute(tb, c, (&counted[[]int]{value: []int{i}}).compute, args...)
		}
		cachers = append(cachers, c)
	}
	return cachers
}

// filesOf returns what of list belongs to a cacher of that name.
func filesOf(list []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(file string) bool {
		base := filepath.Base(file)
		return base != name+".npy" && base != name+".json" && !strings.HasPrefix(base, name+"-")
	})
}

// ClearCache takes away exactly what is its own.
// TestClearedIsTold: one event for each method, with how many results it had.
func TestClearedIsTold(t *testing.T) {
	dir := t.TempDir()
	mean, log := newCacherNamed[int](t, dir, "root.A.mean")
	idle, idleLog := newCacherNamed[int](t, dir, "root.A.idle")
	f := &counted[int]{}
	for _, args := range [][]any{nil, {1}, {2}} {
		mustExecute(t, mean, f.compute, args...)
	}
	if err := diskcache.ClearAll([]diskcache.Cacher{mean, idle}); err != nil {
		t.Fatal(err)
	}
	path, _ := mean.FullPath()
	if e, ok := log.find(diskcache.Cleared); !ok || e.Name != "root.A.mean" || e.Tag != testTag || e.Path != path || e.Reason != "removed results: 3" {
		t.Errorf("%+v", e)
	}
	if idleLog.kinds() != "" {
		t.Errorf("of a method without results: %s", idleLog.kinds())
	}
}

func TestClearCache(t *testing.T) {
	d := newDisk(t)
	names := []string{"root.A.method", "root.A.method2", "root.A.metho", "root.A.method-x", "root.A.method.npy", "root.A", "ROOT.A.METHOD"}
	cachers := fill(t, d.tmpdir, names...)
	foreign := []string{
		"root.A.method.txt", "root.A.method.npy.bak", "root.A.method", "root.A.method-.npy", "root.A.method-" + keyText[1:] + ".npy",
		"root.A.method-" + keyText[:31] + "G.npy", "root.A.method-" + keyText + "-" + keyText + ".npy", "notes.json",
		".dataelab/root.A.method.json.bak", ".dataelab/root.A.method.npy", ".dataelab/aside/root.A.method.npy", ".dataelab/work/root.A.method.json",
	}
	for _, name := range foreign {
		d.write(filepath.Join(d.tag, name), []byte("foreign"))
	}
	other := filepath.Join(d.tmpdir, "cacheother")
	d.write(filepath.Join(other, npyFile), []byte("of another tag"))

	for i, name := range names {
		before := d.list()
		own := slices.DeleteFunc(filesOf(before, name), func(file string) bool {
			return slices.Contains(foreign, file) || name == "root.A.method" && strings.Contains(file, "method-x")
		})
		if len(own) != 6 {
			t.Fatalf("%s has %q, want three values and three records", name, own)
		}
		if err := cachers[i].ClearCache(); err != nil {
			t.Fatal(err)
		}
		want := slices.DeleteFunc(before, func(file string) bool { return slices.Contains(own, file) })
		if after := d.list(); !slices.Equal(after, want) {
			t.Errorf("cleared %s: files\n%q, want\n%q", name, after, want)
		}
		c := cachers[i].(*diskcache.DiskCacher[[]int])
		for _, args := range [][]any{nil, {1}} {
			if v, ok, _ := c.Peek(t.Context(), args...); ok {
				t.Errorf("%s%v is still there: %v", name, args, v)
			}
		}
	}
	if got := d.list(); len(got) != len(foreign) {
		t.Errorf("left: %q, want %q", got, foreign)
	}
	if !d.exists(filepath.Join(other, npyFile)) {
		t.Error("another tag was cleared")
	}
}

// Values of every format go, also those of another program, and what a crash
// left half.
func TestClearAllKinds(t *testing.T) {
	d := newDisk(t)
	for _, name := range []string{npyFile, gobFile, recordFile, "root.A.method-" + keyText + ".gob", ".dataelab/root.A.method-" + keyText + ".json", "root.A.method.txt"} {
		d.write(filepath.Join(d.tag, name), []byte("anything"))
	}
	c, log := newCacher[goldenPoint](t, d.tmpdir)
	text := formats.Func[goldenPoint]("note", "txt", nil, nil)
	if err := c.SetOptions(diskcache.Options{Tmpdir: d.tmpdir, OnEvent: log.add, Formats: formats.Set{}.With(text)}); err != nil {
		t.Fatal(err)
	}
	if err := c.ClearCache(); err != nil {
		t.Fatal(err)
	}
	if left := d.list(); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

func TestClearNothing(t *testing.T) {
	d := newDisk(t)
	c, _ := newCacher[int](t, d.tmpdir)
	for range 2 {
		if err := c.ClearCache(); err != nil {
			t.Error(err)
		}
	}
	if d.exists(d.tag) {
		t.Error("clearing made a directory")
	}
	if f := (&counted[int]{value: 1}); mustExecute(t, c, f.compute) != 1 || f.runs != 1 {
		t.Error("not usable afterwards")
	}
}

// Counting goes on over a clear, as the tag is the same.
func TestClearKeepsStats(t *testing.T) {
	c, _ := newCacher[int](t, t.TempDir())
	for range 2 {
		mustExecute(t, c, (&counted[int]{value: 1}).compute)
		if err := c.ClearCache(); err != nil {
			t.Fatal(err)
		}
	}
	if s := c.Stats(); s.Computed != 2 || s.Saved != 2 {
		t.Errorf("%+v, want two computations", s)
	}
}

// What was begun before a clear is returned, and not stored.
func TestClearWhileComputing(t *testing.T) {
	d := newDisk(t)
	c, log := newCacher[[]int](t, d.tmpdir)
	f := func(context.Context) ([]int, error) { return []int{1}, c.ClearCache() }
	if got := mustExecute(t, c, f); !slices.Equal(got, []int{1}) {
		t.Errorf("got %v", got)
	}
	if _, ok, err := c.Peek(t.Context()); ok || err != nil {
		t.Errorf("the value of before the clear is there: %v", err)
	}
	if left := d.list(); len(left) > 0 {
		t.Errorf("stored: %q", left)
	}
	if e, ok := log.find(diskcache.SaveFailed); ok {
		t.Errorf("what was asked for is told as a failure: %+v", e)
	}
	if f := (&counted[[]int]{value: []int{2}}); mustExecute(t, c, f.compute)[0] != 2 {
		t.Error("not computed anew")
	}
	d.checkConsistent()
}

// Clearing at any moment leaves whole entries: a value that lost its record would
// be taken for another program's, and its version and nil forgotten.
func TestClearUnderFire(t *testing.T) {
	d := newDisk(t)
	c, _ := newCacher[[]int](t, d.tmpdir)
	work := func(n int) {
		for i := range 200 {
			v, err := c.Execute(t.Context(), func(context.Context) ([]int, error) { return []int{i % 5}, nil }, i%5, n%2)
			if err != nil || v[0] != i%5 {
				t.Errorf("got %v, %v", v, err)
			}
		}
	}
	done := make(chan struct{})
	var all sync.WaitGroup
	for n := range 3 {
		all.Go(func() { work(n) })
	}
	go func() {
		defer close(done)
		all.Wait()
	}()
	for clearing := true; clearing; {
		select {
		case <-done:
			clearing = false
		default:
			if err := c.ClearCache(); err != nil {
				t.Error(err)
			}
		}
	}
	work(0)
	d.checkConsistent()
	if s := c.Stats(); s.SetAside > 0 {
		t.Errorf("%+v: nothing was damaged", s)
	}
}

// The same where another one clears, who knows nothing of the saves under way.
func TestClearByAnother(t *testing.T) {
	d := newDisk(t)
	saving, _ := newCacher[[]int](t, d.tmpdir)
	clearing, _ := newCacher[[]int](t, d.tmpdir)
	for round := range 300 {
		var all sync.WaitGroup
		start := make(chan struct{})
		for n := range 3 {
			all.Go(func() {
				<-start
				if _, err := saving.Refresh(t.Context(), (&counted[[]int]{value: []int{round}}).compute, n); err != nil {
					t.Error(err)
				}
			})
		}
		all.Go(func() {
			<-start
			for range round % 8 {
				if err := clearing.ClearCache(); err != nil {
					t.Error(err)
				}
			}
		})
		close(start)
		all.Wait()
		for _, name := range d.list() {
			record := filepath.Join(d.tag, ".dataelab", strings.TrimSuffix(name, ".npy")+".json")
			if filepath.Ext(name) == ".npy" && !d.exists(record) {
				t.Fatalf("round %d: %s lost its record", round, name)
			}
		}
	}
}

func TestClearAll(t *testing.T) {
	d := newDisk(t)
	var names []string
	for i := range 50 {
		names = append(names, fmt.Sprintf("root.member.%d.A.method", i))
	}
	cachers := fill(t, d.tmpdir, names...)
	kept := cachers[49]
	elsewhere := newDisk(t)
	cleared := slices.Concat(cachers[:49], fill(t, elsewhere.tmpdir, "root.A.method"), []diskcache.Cacher{new(diskcache.DiskCacher[int]), cachers[0]})
	if err := diskcache.ClearAll(cleared); err != nil {
		t.Fatal(err)
	}
	if left := d.list(); len(left) != 6 || len(filesOf(left, names[49])) != 6 {
		t.Errorf("left: %q, want the six files of %s", left, names[49])
	}
	if left := elsewhere.list(); len(left) > 0 {
		t.Errorf("left elsewhere: %q", left)
	}
	if v, ok, err := kept.(*diskcache.DiskCacher[[]int]).Peek(t.Context(), 1); !ok || err != nil || v[0] != 49 {
		t.Errorf("the one that was not cleared: %v, %v, %v", v, ok, err)
	}
}

// One directory that cannot be cleared does not keep the others from it.
func TestClearAllGoesOn(t *testing.T) {
	good, bad := newDisk(t), newDisk(t)
	cachers := append(fill(t, bad.tmpdir, "root.A.method"), fill(t, good.tmpdir, "root.A.method")...)
	bad.remove(bad.tag)
	bad.write(bad.tag, []byte("a file where the directory was"))
	var e *diskcache.Error
	if err := diskcache.ClearAll(cachers); !errors.As(err, &e) || e.Path != bad.tag || e.Op != "clear cache" {
		t.Errorf("%v, want an Error about %s", err, bad.tag)
	}
	if left := good.list(); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
	if _, ok, _ := cachers[0].(*diskcache.DiskCacher[[]int]).Peek(t.Context()); ok {
		t.Error("memory was not cleared")
	}
}

// BenchmarkClearAll: a directory is listed once for all cachers, so the time per
// cacher does not grow with their number.
func BenchmarkClearAll(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprint(n, " cachers"), func(b *testing.B) {
			dir := b.TempDir()
			cachers := make([]diskcache.Cacher, n)
			for i := range cachers {
				cachers[i], _ = newCacherNamed[[]int](b, dir, fmt.Sprintf("root.member.%d.A.method", i))
			}
			mustExecute(b, cachers[0].(*diskcache.DiskCacher[[]int]), (&counted[[]int]{}).compute)
			d := disk{b, dir, filepath.Join(dir, "cache"+testTag)}
			for i := range 10_000 {
				d.write(filepath.Join(d.tag, fmt.Sprintf("root.other-%d.npy", i)), nil)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := diskcache.ClearAll(cachers); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
