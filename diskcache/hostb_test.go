package diskcache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// hostbCacher is a method of the tag night with these options.
func hostbCacher(t *testing.T, o diskcache.Options, name string) *diskcache.DiskCacher[int] {
	t.Helper()
	c := new(diskcache.DiskCacher[int])
	if err := errors.Join(c.SetOptions(o), c.SetTag("night", name)); err != nil {
		t.Fatal(err)
	}
	return c
}

func hostbConst(n int) func(context.Context) (int, error) {
	return func(context.Context) (int, error) { return n, nil }
}

// A file whose name is no UTF-8, as older programs write it, is invalidated like others, or
// refused.
func TestHostbFileNameOfAnotherEncoding(t *testing.T) {
	raw := filepath.Join(t.TempDir(), "M\xfcller.dat")
	if err := os.WriteFile(raw, []byte("1"), 0o600); err != nil {
		t.Skip("skipped: such names cannot be here")
	}
	l := newLab(t, labComputes{"root.A.mean": func(ctx context.Context, l *lab) (int, error) {
		return 1, diskcache.UseFile(ctx, raw)
	}})
	l.want("root.A.mean", 1, "root.A.mean")
	l.want("root.A.mean", 1)
	if _, err := l.place().Invalidate(t.Context(), diskcache.Invalidation{Files: []string{raw}}); err != nil {
		t.Logf("it is refused: %v", err)
		return
	}
	l.want("root.A.mean", 1, "root.A.mean")
	l.again().want("root.A.mean", 1) // what is as it was is found
}

// The same with a directory: what was made of its entries is stale when they change.
func TestHostbDirectoryOfAnotherEncoding(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "M\xfcller")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Skip("skipped: such names cannot be here")
	}
	other := diskcache.Options{Tmpdir: dir}
	here := diskcache.Options{Tmpdir: t.TempDir()}
	top := func(base *diskcache.DiskCacher[int], n int) int {
		v, err := hostbCacher(t, here, "root.A.top").Execute(t.Context(), func(ctx context.Context) (int, error) {
			return base.Execute(ctx, hostbConst(n))
		})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	base := hostbCacher(t, other, "root.B.base")
	if v := top(base, 1); v != 1 {
		t.Fatal(v)
	}
	if _, err := diskcache.InvalidateAll(t.Context(), []diskcache.Cacher{base}, diskcache.Invalidation{}); err != nil {
		t.Fatal(err)
	}
	if v, err := base.Execute(t.Context(), hostbConst(2)); v != 2 || err != nil {
		t.Fatal(v, err)
	}
	if v := top(base, 2); v != 2 {
		t.Errorf("made of what was invalidated and is another now: %d, want 2", v)
	}
}

// lockless is a store as another process sees it: with a home of its own, and no locks.
type lockless struct {
	storage.Store
	put func(name string)
}

func (s *lockless) Put(ctx context.Context, name string, mode storage.Mode) (storage.Writer, error) {
	if s.put != nil {
		s.put(name)
	}
	return s.Store.Put(ctx, name, mode)
}

// Two processes invalidate at once, where nothing can be locked.
func TestHostbTwoInvalidateWithoutLocks(t *testing.T) {
	memory := storage.Memory()
	other, mine, worker := &lockless{Store: memory}, &lockless{Store: memory}, &lockless{Store: memory}
	place := func(s storage.Store) *diskcache.Place {
		p, err := diskcache.PlaceOf(diskcache.Options{Store: s}, "night")
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	done := false
	mine.put = func(name string) { // it has read the marks, and the other one is faster
		if strings.HasSuffix(name, "/invalidated") && !done {
			done = true
			if _, err := place(other).Invalidate(t.Context(), diskcache.Invalidation{Methods: []string{"root.A.base"}}); err != nil {
				t.Error(err)
			}
		}
	}
	c := hostbCacher(t, diskcache.Options{Store: worker}, "root.A.base")
	if _, err := c.Execute(t.Context(), func(context.Context) (int, error) {
		_, err := place(mine).Invalidate(t.Context(), diskcache.Invalidation{Methods: []string{"root.A.unrelated"}})
		return 1, err
	}); err != nil {
		t.Fatal(err)
	}
	if !done {
		t.Fatal("the other one did not come by")
	}
	if v, ok, err := hostbCacher(t, diskcache.Options{Store: &lockless{Store: memory}}, "root.A.base").Peek(t.Context()); ok || err != nil {
		t.Errorf("found %v, %v, which began before it was invalidated", v, err)
	}
}

// A value that is too large to be stored is invalidated, and with it what was made of it.
func TestHostbUnstoredUpstream(t *testing.T) {
	for name, o := range map[string]diskcache.Options{
		"over the limit":    {Tmpdir: t.TempDir(), TagLimits: diskcache.Limits{Bytes: 300_000}},
		"nothing is stored": {Store: failingPuts{storage.Memory(), ".npy", ".gob"}},
	} {
		t.Run(name, func(t *testing.T) {
			o.OnEvent = func(diskcache.Event) {}
			base := new(diskcache.DiskCacher[[]int])
			if err := errors.Join(base.SetOptions(o), base.SetTag("night", "root.A.base")); err != nil {
				t.Fatal(err)
			}
			top := hostbCacher(t, o, "root.A.top")
			right := 1
			get := func() int {
				v, err := top.Execute(t.Context(), func(ctx context.Context) (int, error) {
					v, err := base.Execute(ctx, func(context.Context) ([]int, error) {
						v := make([]int, 1_000_000)
						v[0] = right
						return v, nil
					})
					return v[0], err
				})
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			get()
			right = 2
			if _, err := diskcache.InvalidateAll(t.Context(), []diskcache.Cacher{base}, diskcache.Invalidation{Downstream: true}); err != nil {
				t.Fatal(err)
			}
			if v := get(); v != 2 {
				t.Errorf("what was made of it is still %d", v)
			}
		})
	}
}

// A value that is in memory only goes also where a filter is to be asked, which accepts all.
func TestHostbUnstoredWithFilter(t *testing.T) {
	o := diskcache.Options{Store: failingPuts{storage.Memory(), ".npy", ".gob"}, OnEvent: func(diskcache.Event) {}}
	c := hostbCacher(t, o, "root.A.base")
	_, _ = c.Execute(t.Context(), hostbConst(1))
	all := diskcache.Invalidation{Filter: func(diskcache.EntryInfo) bool { return true }}
	if _, err := diskcache.InvalidateAll(t.Context(), []diskcache.Cacher{c}, all); err != nil {
		t.Fatal(err)
	}
	if v, err := c.Execute(t.Context(), hostbConst(2)); v != 2 || err != nil {
		t.Errorf("got %d, %v, which was invalidated", v, err)
	}
}

// What was made of a file and is in memory only goes with the file, also where there is no
// directory to mark that in.
func TestHostbFileWithoutDirectory(t *testing.T) {
	tmpdir, raw := t.TempDir(), filepath.Join(t.TempDir(), "raw")
	if err := errors.Join(os.WriteFile(raw, []byte("1"), 0o600), os.WriteFile(filepath.Join(tmpdir, "cachenight"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	c := hostbCacher(t, diskcache.Options{Tmpdir: tmpdir, OnEvent: func(diskcache.Event) {}}, "root.A.base")
	get := func(n int) int {
		v, err := c.Execute(t.Context(), func(ctx context.Context) (int, error) { return n, diskcache.UseFile(ctx, raw) })
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	get(1)
	if err := os.Remove(filepath.Join(tmpdir, "cachenight")); err != nil {
		t.Fatal(err)
	}
	p, err := c.Place()
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.Invalidate(t.Context(), diskcache.Invalidation{Files: []string{raw}})
	if v := get(2); v != 2 && err == nil {
		t.Errorf("got %d, which was invalidated without an error", v)
	}
}

// failingPuts takes nothing under names that end so.
type failingPuts struct {
	storage.Store
	ext, ext2 string
}

func (s failingPuts) Put(ctx context.Context, name string, mode storage.Mode) (storage.Writer, error) {
	if strings.HasSuffix(name, s.ext) || strings.HasSuffix(name, s.ext2) {
		return nil, os.ErrPermission
	}
	return s.Store.Put(ctx, name, mode)
}

// An error that a function returns after it was invalidated, and began to find before, is not
// remembered.
func TestHostbErrorOfBefore(t *testing.T) {
	cache := &diskcache.Cache{Dir: t.TempDir()}
	bad := errors.New("the old program's mistake")
	fail := true
	var f *diskcache.Function[int, int]
	f = diskcache.Wrap(cache, "fit", func(ctx context.Context, a int) (int, error) {
		if !fail {
			return a, nil
		}
		_, err := cache.Invalidate(context.Background(), diskcache.Invalidation{})
		return 0, errors.Join(bad, err)
	}, diskcache.FuncOptions{Errors: 1 << 40})
	if _, err := f.Call(t.Context(), 1); !errors.Is(err, bad) {
		t.Fatal(err)
	}
	fail = false
	if v, err := f.Call(t.Context(), 1); err != nil || v != 1 {
		t.Errorf("%v, %v: an error from before it was invalidated", v, err)
	}
}

// A stored error of a function goes with the function's name.
func TestHostbStoredErrorByName(t *testing.T) {
	cache := &diskcache.Cache{Dir: t.TempDir()}
	fail := true
	f := diskcache.Wrap(cache, "fit", func(ctx context.Context, a int) (int, error) {
		if fail {
			return 0, errors.New("the old program's mistake")
		}
		return a, nil
	}, diskcache.FuncOptions{Errors: 1 << 40})
	_, _ = f.Call(t.Context(), 1)
	fail = false
	p, err := cache.Place()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Invalidate(t.Context(), diskcache.Invalidation{Methods: []string{"fit"}}); err != nil {
		t.Fatal(err)
	}
	if v, err := f.Call(t.Context(), 1); err != nil || v != 1 {
		t.Errorf("%v, %v: an error from before it was invalidated", v, err)
	}
}

// What an archive holds from before does not come back by importing it.
func TestHostbImportedAfterwards(t *testing.T) {
	o := diskcache.Options{Tmpdir: t.TempDir()}
	c := hostbCacher(t, o, "root.A.base")
	_, _ = c.Execute(t.Context(), hostbConst(1))
	p, err := c.Place()
	if err != nil {
		t.Fatal(err)
	}
	copied := diskcache.Options{Tmpdir: t.TempDir()}
	q, err := diskcache.PlaceOf(copied, "night")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := diskcache.CopyEntries(t.Context(), q, p, diskcache.CopyOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Invalidate(t.Context(), diskcache.Invalidation{All: true}); err != nil {
		t.Fatal(err)
	}
	report, err := diskcache.CopyEntries(t.Context(), p, q, diskcache.CopyOptions{})
	t.Logf("%+v, %v", report, err)
	if v, err := c.Execute(t.Context(), hostbConst(2)); v != 2 || err != nil {
		t.Errorf("got %d, %v, computed before it was invalidated", v, err)
	}
}

// The report has a line for each entry, whatever the names of files are.
func TestHostbReportLines(t *testing.T) {
	raw := filepath.Join(t.TempDir(), "a\nstays: passwd: \u202eevil\x1b[31m")
	if err := os.WriteFile(raw, []byte("1"), 0o600); err != nil {
		t.Skip("skipped: such names cannot be here")
	}
	l := newLab(t, labComputes{"root.A.mean": func(ctx context.Context, l *lab) (int, error) {
		return 1, diskcache.UseFile(ctx, raw)
	}})
	l.want("root.A.mean", 1, "root.A.mean")
	report, err := l.place().Invalidate(t.Context(), diskcache.Invalidation{Files: []string{raw}})
	if err != nil {
		t.Fatal(err)
	}
	if text := report.String(); strings.Count(text, "\n") != 2 || strings.ContainsAny(text, "\x1b\u202e") {
		t.Errorf("%q", text)
	}
}

// An entry that gets its present name while files are invalidated goes, too.
func TestHostbAdoptedMeanwhile(t *testing.T) {
	raw := filepath.Join(t.TempDir(), "raw")
	if err := os.WriteFile(raw, []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := diskcache.Options{Tmpdir: t.TempDir()}
	compute := func(n int) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) { return n, diskcache.UseFile(ctx, raw) }
	}
	if _, err := hostbCacher(t, o, "root.A.old").Execute(t.Context(), compute(1)); err != nil {
		t.Fatal(err)
	}
	renamed := func() *diskcache.DiskCacher[int] {
		c := new(diskcache.DiskCacher[int])
		err := errors.Join(c.SetOptions(o), diskcache.BindAll("night", []diskcache.Binding{{Cacher: c, Name: "root.A.new", Former: []string{"root.A.old"}}}, diskcache.Observer{}))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	p, err := diskcache.PlaceOf(o, "night")
	if err != nil {
		t.Fatal(err)
	}
	progress := func(at diskcache.InvalidationProgress) {
		if at.Looked == 1 && at.OfToRemove == 0 {
			if _, err := renamed().Execute(t.Context(), compute(1)); err != nil {
				t.Error(err)
			}
		}
	}
	report, err := p.Invalidate(t.Context(), diskcache.Invalidation{Files: []string{raw}, Progress: progress})
	if err != nil {
		t.Fatal(err)
	}
	if v, err := renamed().Execute(t.Context(), compute(2)); v != 2 || err != nil {
		t.Errorf("got %d, %v, which was invalidated: %v", v, err, report)
	}
}

// committing is a store that tells before and after a value is committed.
type committing struct {
	storage.Store
	before, after func()
}

func (s *committing) Put(ctx context.Context, name string, mode storage.Mode) (storage.Writer, error) {
	w, err := s.Store.Put(ctx, name, mode)
	if err == nil && strings.HasSuffix(name, ".gob") {
		w = &committed{w, s}
	}
	return w, err
}

type committed struct {
	storage.Writer
	s *committing
}

func (w *committed) Commit() error {
	w.s.before()
	defer w.s.after()
	return w.Writer.Commit()
}

// Where nothing can be locked, what is being published while it is invalidated is no file of
// another program.
func TestHostbPublishedWithoutLocks(t *testing.T) {
	memory := storage.Memory()
	reader := hostbCacher(t, diskcache.Options{Store: &lockless{Store: memory}}, "root.A.base")
	read := func(when string) {
		diskcache.Recheck()
		if v, err := reader.Execute(t.Context(), hostbConst(2)); v != 2 || err != nil {
			t.Errorf("%s: got %d, %v, which began before it was invalidated", when, v, err)
		}
	}
	worker := &committing{Store: memory, before: func() {
		p, err := diskcache.PlaceOf(diskcache.Options{Store: &lockless{Store: memory}}, "night")
		if err == nil {
			_, err = p.Invalidate(t.Context(), diskcache.Invalidation{All: true})
		}
		if err != nil {
			t.Error(err)
		}
	}, after: func() { read("while it is published") }}
	if _, err := hostbCacher(t, diskcache.Options{Store: worker}, "root.A.base").Execute(t.Context(), hostbConst(1)); err != nil {
		t.Fatal(err)
	}
	read("when it was taken back")
}

// What is being copied while it is invalidated does not come.
func TestHostbCopiedMeanwhile(t *testing.T) {
	from, to := storage.Memory(), &committing{Store: storage.Memory(), after: func() {}}
	if _, err := hostbCacher(t, diskcache.Options{Store: from}, "root.A.base").Execute(t.Context(), hostbConst(1)); err != nil {
		t.Fatal(err)
	}
	src, err := diskcache.PlaceOf(diskcache.Options{Store: from}, "night")
	if err != nil {
		t.Fatal(err)
	}
	dst, err := diskcache.PlaceOf(diskcache.Options{Store: to}, "night")
	if err != nil {
		t.Fatal(err)
	}
	to.before = func() {
		if _, err := dst.Invalidate(t.Context(), diskcache.Invalidation{All: true}); err != nil {
			t.Error(err)
		}
	}
	report, err := diskcache.CopyEntries(t.Context(), dst, src, diskcache.CopyOptions{})
	to.before = func() {}
	if err == nil || !strings.Contains(err.Error(), "invalidated") {
		t.Errorf("%+v, %v", report, err)
	}
	if v, err := hostbCacher(t, diskcache.Options{Store: to}, "root.A.base").Execute(t.Context(), hostbConst(2)); v != 2 || err != nil {
		t.Errorf("got %d, %v, which was there before it was invalidated", v, err)
	}
}
