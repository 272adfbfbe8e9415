package diskcache_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// fileLab is one method, which returns how often it was computed.
func fileLab(t *testing.T, use func(ctx context.Context, l *lab) error) *lab {
	count := 0
	return newLab(t, labComputes{"m": func(ctx context.Context, l *lab) (int, error) {
		count++
		return count, use(ctx, l)
	}})
}

func (l *lab) mkdir(path string) {
	l.t.Helper()
	if err := os.MkdirAll(l.path(path), 0o700); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) rename(from, to string) {
	l.t.Helper()
	if err := os.Rename(l.path(from), l.path(to)); err != nil {
		l.t.Fatal(err)
	}
}

func TestInputFiles(t *testing.T) {
	type step struct {
		what     string
		do       func(l *lab)
		computes bool
	}
	put := func(file string, number int) func(*lab) { return func(l *lab) { l.put(file, number) } }
	remove := func(file string) func(*lab) { return func(l *lab) { l.remove(l.path(file)) } }
	for name, c := range map[string]struct {
		use   func(ctx context.Context, l *lab) error
		steps []step
	}{
		"ReadFile": {func(ctx context.Context, l *lab) error {
			_, err := diskcache.ReadFile(ctx, l.path("dir/a"))
			return err
		}, []step{
			{"nothing happened", func(*lab) {}, false},
			{"another file", put("dir/b", 1), false},
			{"same content", put("dir/a", 1), false},
			{"other content", put("dir/a", 2), true},
			{"same content under its name", func(l *lab) { l.put("dir/c", 2); l.rename("dir/c", "dir/a") }, false},
			{"other content under its name", func(l *lab) { l.put("dir/c", 3); l.rename("dir/c", "dir/a") }, true},
			{"all data are elsewhere", func(l *lab) { l.rename("dir", "elsewhere") }, false},
			{"back again", func(l *lab) { l.rename("elsewhere", "dir") }, false},
		}},
		"UseFile of what may be there": {func(ctx context.Context, l *lab) error { return diskcache.UseFile(ctx, l.path("dir/z")) }, []step{
			{"nothing happened", func(*lab) {}, false},
			{"another file", put("dir/b", 1), false},
			{"it appeared", put("dir/z", 1), true},
			{"it is gone", remove("dir/z"), true},
		}},
		"UseFile of a directory": {func(ctx context.Context, l *lab) error { return diskcache.UseFile(ctx, l.path("dir")) }, []step{
			{"nothing happened", func(*lab) {}, false},
			{"same content", put("dir/a", 1), false},
			{"other content", put("dir/a", 2), true},
			{"another file", put("dir/b", 1), true},
			{"a directory below", func(l *lab) { l.mkdir("dir/sub") }, true},
			{"a file in it", put("dir/sub/a", 1), true},
			{"a link to nowhere", func(l *lab) { _ = os.Symlink("nowhere", l.path("dir/link")) }, false},
			{"renamed", func(l *lab) { l.rename("dir/b", "dir/c") }, true},
			{"gone", remove("dir/c"), true},
		}},
		"UseNames": {func(ctx context.Context, l *lab) error { return diskcache.UseNames(ctx, l.path("dir")) }, []step{
			{"other content", put("dir/a", 2), false},
			{"another file", put("dir/b", 1), true},
			{"gone", remove("dir/b"), true},
		}},
		"DirFS": {func(ctx context.Context, l *lab) error {
			fsys := diskcache.DirFS(ctx, l.path("dir"))
			names, err := fs.Glob(fsys, "*.fits")
			for _, name := range names {
				_, readErr := fs.ReadFile(fsys, name)
				err = errors.Join(err, readErr)
			}
			return err
		}, []step{
			{"other content of what was not read", put("dir/a", 2), false},
			{"a new one", put("dir/n.fits", 1), true},
			{"other content", put("dir/n.fits", 2), true},
			{"same content", put("dir/n.fits", 2), false},
			{"renamed", func(l *lab) { l.rename("dir/n.fits", "dir/o.fits") }, true},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			l := fileLab(t, c.use)
			l.mkdir("dir")
			l.put("dir/a", 1)
			count := 1
			l.want("m", count, "m")
			for _, s := range c.steps {
				s.do(l)
				if !s.computes {
					l.again().want("m", count)
					continue
				}
				count++
				l.again().want("m", count, "m")
			}
		})
	}
}

// TestChangedWhileInUse: what was computed may be neither of the former content nor of the
// present one.
func TestChangedWhileInUse(t *testing.T) {
	change := true
	l := fileLab(t, func(ctx context.Context, l *lab) error {
		f, err := diskcache.OpenFile(ctx, l.path("file"))
		if err != nil {
			return err
		}
		defer f.Close()
		if change {
			l.put("file", 2)
		}
		_, err = io.ReadAll(f)
		return err
	})
	l.put("file", 1)
	l.want("m", 1, "m")
	if why, reason := l.place().Validity(t.Context(), l.entry("m")); why != diskcache.InputChanged {
		t.Errorf("validity %v, %q", why, reason)
	}
	l.put("file", 1) // as it was declared
	change = false
	l.again().want("m", 2, "m")
	l.again().want("m", 2)
}

// TestSameSizeAndTime: a file that was changed without a trace in its size and time.
func TestSameSizeAndTime(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("skipped: only on Linux does the system tell more of a file than size and time")
	}
	l := newLab(t, labComputes{"raw": read("file")})
	when := time.Now().Add(-time.Hour)
	put := func(number int) {
		t.Helper()
		l.put("file", number)
		if err := os.Chtimes(l.path("file"), when, when); err != nil {
			t.Fatal(err)
		}
	}
	put(1)
	l.want("raw", 1, "raw")
	l.again().want("raw", 1)
	put(2)
	l.again().want("raw", 2, "raw")
}

func TestRefusedInputs(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct {
		use  func(ctx context.Context, l *lab) error
		want error
	}{
		"ReadFile of nothing": {func(ctx context.Context, l *lab) error {
			_, err := diskcache.ReadFile(ctx, l.path("none"))
			return err
		}, fs.ErrNotExist},
		"OpenFile of nothing": {func(ctx context.Context, l *lab) error {
			_, err := diskcache.OpenFile(ctx, l.path("none"))
			return err
		}, fs.ErrNotExist},
		"UseNames of nothing": {func(ctx context.Context, l *lab) error { return diskcache.UseNames(ctx, l.path("none")) }, fs.ErrNotExist},
		"DirFS and a way out": {func(ctx context.Context, l *lab) error {
			_, err := diskcache.DirFS(ctx, l.path("dir")).Open("../file")
			return err
		}, fs.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			l := fileLab(t, c.use)
			if _, err := l.get(t.Context(), "m"); !errors.Is(err, c.want) {
				t.Errorf("in a computation: error %v, want %v", err, c.want)
			}
			if err := c.use(t.Context(), l); !errors.Is(err, c.want) {
				t.Errorf("outside: error %v, want %v", err, c.want)
			}
		})
	}
	if err := diskcache.UseFile(t.Context(), filepath.Join(dir, "none")); err != nil {
		t.Errorf("outside of a computation, a file that is not there: %v", err)
	}
}

// TestLoader: what is read once for all is a use of each that needs it, as it was read.
func TestLoader(t *testing.T) {
	var loader diskcache.Loader[int]
	loads := 0
	load := func(ctx context.Context, l *lab) (int, error) {
		return loader.Load(ctx, func(ctx context.Context) (int, error) {
			loads++
			return read("file")(ctx, l)
		})
	}
	l := newLab(t, labComputes{"a": load, "b": load})
	l.put("file", 1)
	l.want("a", 1, "a")
	l.put("file", 2) // nobody looked yet
	l.want("b", 1, "b")
	if loads != 1 {
		t.Errorf("loaded %d times, want once", loads)
	}
	diskcache.Recheck()
	l.want("b", 2, "b")
	l.want("a", 2, "a")
	if loads != 2 {
		t.Errorf("loaded %d times, want twice", loads)
	}
	l.again().want("a", 2)

	if _, err := loader.Load(t.Context(), nil); err != nil {
		t.Errorf("outside of a computation: %v", err)
	}
	var itself diskcache.Loader[int]
	var circle func(ctx context.Context) (int, error)
	circle = func(ctx context.Context) (int, error) { return itself.Load(ctx, circle) }
	if _, err := itself.Load(t.Context(), circle); !errors.Is(err, diskcache.ErrCircle) {
		t.Errorf("a circle: error %v", err)
	}
	if v, err := itself.Load(t.Context(), func(context.Context) (int, error) { return 7, nil }); v != 7 || err != nil {
		t.Errorf("after an error: %v, %v", v, err)
	}
}

// TestLoaderOfMethods: a loader may ask cached methods, too.
func TestLoaderOfMethods(t *testing.T) {
	var loader diskcache.Loader[int]
	l := newLab(t, labComputes{"raw": read("file"), "a": func(ctx context.Context, l *lab) (int, error) {
		return loader.Load(ctx, func(ctx context.Context) (int, error) { return l.get(ctx, "raw") })
	}})
	l.put("file", 1)
	l.want("a", 1, "a", "raw")
	if got := uses(l.entry("a")); got != "entry raw, file file inherited" {
		t.Errorf("a used %s", got)
	}
	if u := l.entry("a").Uses[0]; u.Directory != "" {
		t.Errorf("recorded as in %s", u.Directory)
	}
	l.again().want("a", 1)
	l.put("file", 2)
	diskcache.Recheck()
	l.want("a", 2, "a", "raw")
}

// TestTouchedLargeFile: a large file with another time is read once, and not by each
// process.
func TestTouchedLargeFile(t *testing.T) {
	l := fileLab(t, func(ctx context.Context, l *lab) error { return diskcache.UseFile(ctx, l.path("file")) })
	put := func(b byte) {
		t.Helper()
		if err := os.WriteFile(l.path("file"), bytes.Repeat([]byte{b}, 2<<20), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	touch := func(ago time.Duration) {
		t.Helper()
		when := time.Now().Add(-ago)
		if err := os.Chtimes(l.path("file"), when, when); err != nil {
			t.Fatal(err)
		}
	}
	memo := filepath.Join(l.dir, "cachenight", ".dataelab", "inputs")
	put('a')
	touch(time.Hour)
	l.want("m", 1, "m")
	if _, err := os.Stat(memo); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("written before there is anything to tell: %v", err)
	}
	touch(2 * time.Hour)
	l.again().want("m", 1)
	text, err := os.ReadFile(memo)
	if err != nil || !bytes.Contains(text, []byte(l.path("file"))) {
		t.Fatalf("%q, error %v", text, err)
	}
	diskcache.ForgetDigests()
	l.again().want("m", 1)

	// It is what spares reading the file: with another digest in it the file seems to have changed.
	digest := l.entry("m").Uses[0].Digest
	content, _, _ := bytes.Cut(text, []byte("\n \"check\": "))
	forged := diskcache.Seal(bytes.ReplaceAll(content, []byte(digest), []byte("of another content")))
	if err := os.WriteFile(memo, forged, 0o600); err != nil {
		t.Fatal(err)
	}
	diskcache.ForgetDigests()
	if why, reason := l.place().Validity(t.Context(), l.entry("m")); why != diskcache.InputChanged {
		t.Errorf("the list was not looked at: %v, %q", why, reason)
	}
	diskcache.ForgetDigests()
	put('b')
	touch(3 * time.Hour)
	l.again().want("m", 2, "m")
	touch(4 * time.Hour)
	l.again().want("m", 2)
	text, err = os.ReadFile(memo)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte(digest)) {
		t.Errorf("the former content is still listed: %s", text)
	}
	for name, damage := range map[string]string{"empty": "", "cut": string(text[:len(text)/2]), "other": "{}"} {
		diskcache.ForgetDigests()
		if err := os.WriteFile(memo, []byte(damage), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Log(name)
		l.again().want("m", 2)
	}
}

// TestCanceledExamination: that a call was given up says nothing of what it looked at.
func TestCanceledExamination(t *testing.T) {
	l := newLab(t, three)
	l.put("file", 10)
	l.want("top", 5, "top", "half", "raw")
	l.put("file", 10) // touched
	for _, fresh := range []bool{false, true} {
		if fresh {
			l = l.again()
		}
		diskcache.Recheck()
		diskcache.ForgetDigests()
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		for _, name := range []string{"top", "raw"} {
			if v, err := l.get(canceled, name); !errors.Is(err, context.Canceled) && (err != nil || fresh) {
				t.Errorf("%s is %d, error %v", name, v, err)
			}
		}
		l.want("top", 5)
	}
}

// TestOneReadsForAll: many methods use one large file at once.
func TestOneReadsForAll(t *testing.T) {
	c := labComputes{}
	for i := range 20 {
		c[fmt.Sprint("m", i)] = func(ctx context.Context, l *lab) (int, error) {
			return i, diskcache.UseFile(ctx, l.path("file"))
		}
	}
	l := newLab(t, c)
	if err := os.WriteFile(l.path("file"), make([]byte, 4<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(l.path("file"), old, old); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for name := range c {
		all.Go(func() {
			if _, err := l.get(t.Context(), name); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	first := l.entry("m0").Uses[0]
	for name := range c {
		if u := l.entry(name).Uses[0]; u != first {
			t.Errorf("%s used %+v, and m0 %+v", name, u, first)
		}
	}
}

// A Loader takes a nil context, as calls do.
func TestLoaderWithoutContext(t *testing.T) {
	var l diskcache.Loader[int]
	var none context.Context
	for range 2 {
		if v, err := l.Load(none, func(context.Context) (int, error) { return 1, nil }); v != 1 || err != nil {
			t.Fatal(v, err)
		}
	}
}
