package diskcache_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// project is a folder that holds raw data and the cache of what is made of them.
type project struct {
	*lab
	folder string
}

// projectIn is an analysis in a folder, as a new process finds it.
func projectIn(t *testing.T, folder string, c labComputes) *project {
	t.Helper()
	for _, sub := range []string{"raw", "cache"} {
		if err := os.MkdirAll(filepath.Join(folder, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return &project{newLabIn(t, filepath.Join(folder, "cache"), filepath.Join(folder, "raw"), c), folder}
}

// The ways in which a project can come to another folder.
func moveFolder(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	err := os.CopyFS(to, os.DirFS(from))
	if err == nil {
		err = os.Chmod(filepath.Join(to, "cache", "cachenight"), 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func moveAndLink(t *testing.T, from, to string) {
	t.Helper()
	moveFolder(t, from, to)
	if err := os.Symlink(to, from); err != nil {
		t.Skip(err)
	}
}

// exportFolder takes the raw data along, and the results by an archive.
func exportFolder(t *testing.T, from, to string) {
	t.Helper()
	o := diskcache.Options{Tmpdir: filepath.Join(from, "cache")}
	p, err := diskcache.PlaceOf(o, "night")
	if err != nil {
		t.Fatal(err)
	}
	archive := exported(t, diskcache.CopyOptions{}, p)
	a, err := diskcache.ReadArchive(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	moveFolder(t, from, to)
	if err := os.RemoveAll(filepath.Join(to, "cache")); err != nil {
		t.Fatal(err)
	}
	o.Tmpdir = filepath.Join(to, "cache")
	if r, err := a.Import(t.Context(), o, diskcache.CopyOptions{}); err != nil || r.Copied == 0 {
		t.Fatal(r, err)
	}
}

// copyEntries copies the entries by CopyEntries, and the raw data.
func copyEntries(t *testing.T, from, to string) {
	t.Helper()
	copyFolder(t, from, to)
	if err := os.RemoveAll(filepath.Join(to, "cache")); err != nil {
		t.Fatal(err)
	}
	src, err := diskcache.PlaceOf(diskcache.Options{Tmpdir: filepath.Join(from, "cache")}, "night")
	if err != nil {
		t.Fatal(err)
	}
	dst, err := diskcache.PlaceOf(diskcache.Options{Tmpdir: filepath.Join(to, "cache")}, "night")
	if err != nil {
		t.Fatal(err)
	}
	if r, err := diskcache.CopyEntries(t.Context(), dst, src, diskcache.CopyOptions{}); err != nil || r.Copied == 0 {
		t.Fatal(r, err)
	}
}

var movings = map[string]func(t *testing.T, from, to string){
	"moved": moveFolder, "copied": copyFolder, "moved, with a link": moveAndLink, "by archive": exportFolder, "by CopyEntries": copyEntries,
}

// number reads that of a file, which may not be there.
func number(content []byte, err error) (int, error) {
	if errors.Is(err, fs.ErrNotExist) {
		return -1, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(content))
}

// TestMovedInputs moves a project, and changes its raw data there, in all ways in which a
// computation can read them.
func TestMovedInputs(t *testing.T) {
	for name, computes := range map[string]labComputes{
		"ReadFile": {"m": read("x")},
		"UseFile of the folder": {"m": func(ctx context.Context, l *lab) (int, error) {
			err := diskcache.UseFile(ctx, l.raw)
			content, readErr := os.ReadFile(l.path("x"))
			if err != nil {
				return 0, err
			}
			return number(content, readErr)
		}},
		"DirFS": {"m": func(ctx context.Context, l *lab) (int, error) {
			return number(fs.ReadFile(diskcache.DirFS(ctx, l.raw), "x"))
		}},
		"UseNames": {"m": func(ctx context.Context, l *lab) (int, error) {
			if err := diskcache.UseNames(ctx, l.raw); err != nil {
				return 0, err
			}
			return read("x")(ctx, l)
		}},
		"Loader": {"m": func(ctx context.Context, l *lab) (int, error) {
			var loader diskcache.Loader[int]
			return loader.Load(ctx, func(ctx context.Context) (int, error) { return read("x")(ctx, l) })
		}},
	} {
		for how, moving := range movings {
			t.Run(name+", "+how, func(t *testing.T) {
				dir := t.TempDir()
				a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
				p := projectIn(t, a, computes)
				p.put("x", 1)
				p.want("m", 1, "m")
				moving(t, a, b)
				p = projectIn(t, b, computes)
				p.want("m", 1) // no night of computing is lost
				p.put("x", 2)
				p.again().want("m", 2, "m")
				p.again().want("m", 2)
				p.remove(p.path("x"))
				p.again().want("m", -1, "m")
			})
		}
	}
}

// TestMovedAndGone: a file that did not come along is a change, also where the former one is
// there still. Of data that are nowhere nothing is known, as ever.
func TestMovedAndGone(t *testing.T) {
	computes := labComputes{"m": read("x")}
	for name, c := range map[string]struct {
		moving func(t *testing.T, from, to string)
		change func(p *project)
		want   int
	}{
		"gone after a move":             {moveFolder, func(p *project) { p.remove(p.path("x")) }, -1},
		"gone after a copy":             {copyFolder, func(p *project) { p.remove(p.path("x")) }, -1},
		"the data are on no machine":    {moveFolder, func(p *project) { p.remove(p.path("x"), p.raw) }, 1},
		"only the cache was copied":     {copyFolder, func(p *project) { p.remove(p.path("x"), p.raw) }, 1},
		"the former one changed, too":   {copyFolder, func(p *project) { p.put("x", 2); p.put("../../a/raw/x", 3) }, 2},
		"an unknown one may be meant":   {copyFolder, func(p *project) { p.put("../../a/raw/x", 3); p.put("y", 2) }, 1},
		"the file lies beside the rest": {copyFolder, func(p *project) { p.put("y", 2) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
			p := projectIn(t, a, computes)
			p.put("x", 1)
			p.want("m", 1, "m")
			c.moving(t, a, b)
			p = projectIn(t, b, computes)
			c.change(p)
			got, err := p.again().get(t.Context(), "m")
			if err != nil || got != c.want {
				t.Errorf("%d, %v, want %d", got, err, c.want)
			}
		})
	}
}

// TestMovedThroughUpstreams: what was inherited from an entry that is gone moves, too, also
// where it was inherited after a first move.
func TestMovedThroughUpstreams(t *testing.T) {
	computes := labComputes{"m": read("x"), "sum": sum("m")}
	dir := t.TempDir()
	a, b, c := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c")
	p := projectIn(t, a, computes)
	p.put("x", 1)
	p.want("m", 1, "m")
	moveFolder(t, a, b)
	p = projectIn(t, b, computes)
	p.want("sum", 1, "sum")
	p.remove(p.value("m"), p.record("m"))
	copyFolder(t, b, c)
	p.again().want("sum", 1)
	p.put("x", 2)
	p.again().want("sum", 2, "sum", "m")
	p = projectIn(t, c, computes)
	p.want("sum", 1, "sum", "m") // the file in b has changed, and may be meant
	p.again().want("sum", 1)
	p.put("x", 3)
	p.again().want("sum", 3, "sum", "m")
}

// TestMovedTags: entries of another tag that were used move, too.
func TestMovedTags(t *testing.T) {
	analysis := func(folder string) func() int {
		night, flat := new(diskcache.DiskCacher[int]), new(diskcache.DiskCacher[int])
		for tag, c := range map[string]*diskcache.DiskCacher[int]{"night": night, "flat": flat} {
			if err := errors.Join(c.SetTmpdir(filepath.Join(folder, "cache")), c.SetTag(tag, "m")); err != nil {
				t.Fatal(err)
			}
		}
		return func() int {
			v, err := night.Execute(t.Context(), func(ctx context.Context) (int, error) {
				return flat.Execute(ctx, func(ctx context.Context) (int, error) {
					return number(diskcache.ReadFile(ctx, filepath.Join(folder, "x")))
				})
			})
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	put := func(folder, text string) {
		if err := errors.Join(os.MkdirAll(folder, 0o700), os.WriteFile(filepath.Join(folder, "x"), []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	put(a, "1")
	if got := analysis(a)(); got != 1 {
		t.Fatal(got)
	}
	if err := os.CopyFS(b, os.DirFS(a)); err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{"night", "flat"} {
		if err := os.Chmod(filepath.Join(b, "cache", "cache"+tag), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	put(b, "2")
	if got := analysis(b)(); got != 2 {
		t.Errorf("the copy has %d, and its file says 2", got)
	}
}

// TestRelativeInputs: a relative path means a file in the working directory.
func TestRelativeInputs(t *testing.T) {
	for name, use := range map[string]func(ctx context.Context) (int, error){
		"ReadFile": func(ctx context.Context) (int, error) { return number(diskcache.ReadFile(ctx, "x")) },
		"UseFile of the folder": func(ctx context.Context) (int, error) {
			if err := diskcache.UseFile(ctx, "."); err != nil {
				return 0, err
			}
			return number(os.ReadFile("x"))
		},
		"DirFS": func(ctx context.Context) (int, error) { return number(fs.ReadFile(diskcache.DirFS(ctx, "."), "x")) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			l := newLabIn(t, t.TempDir(), dir, labComputes{"m": func(ctx context.Context, _ *lab) (int, error) { return use(ctx) }, "sum": sum("m")})
			for folder, n := range map[string]int{"a": 1, "b": 2, "same": 1} {
				l.mkdir(folder)
				l.put(folder+"/x", n)
			}
			l.mkdir("empty")
			t.Chdir(l.path("a"))
			l.want("sum", 1, "sum", "m")
			t.Chdir(l.path("same"))
			l.again().want("sum", 1)
			t.Chdir(l.path("b"))
			l.again().want("sum", 2, "sum", "m")
			l.again().want("sum", 2)
			t.Chdir(l.path("empty"))
			l.again().want("sum", -1, "sum", "m")
		})
	}
}

// TestRelativeInputsOfComputations: where the computation itself has changed the working
// directory, the path is of no use to others.
func TestRelativeInputsOfComputations(t *testing.T) {
	l := newLab(t, labComputes{"m": func(ctx context.Context, l *lab) (int, error) {
		was, err := os.Getwd()
		if err == nil {
			err = os.Chdir(l.raw) //nolint:usetesting // the computation does it, and takes it back
		}
		if err != nil {
			return 0, err
		}
		n, err := number(diskcache.ReadFile(ctx, "x"))
		return n, errors.Join(err, os.Chdir(was)) //nolint:usetesting // as above
	}})
	l.put("x", 1)
	l.want("m", 1, "m")
	l.again().want("m", 1)
	l.put("x", 2)
	l.again().want("m", 2, "m")
}

// TestMovedOldRecords: records from before they said where they were written are compared by
// the old path, and where nothing is there, with what lies beside them.
func TestMovedOldRecords(t *testing.T) {
	computes := labComputes{"m": read("x")}
	for name, c := range map[string]struct {
		change func(p *project)
		want   int
		hit    bool
	}{
		"nothing changed":   {func(*project) {}, 1, true},
		"changed":           {func(p *project) { p.put("x", 2) }, 2, false},
		"the data are gone": {func(p *project) { p.remove(p.path("x"), p.raw) }, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
			p := projectIn(t, a, computes)
			p.put("x", 1)
			p.want("m", 1, "m")
			text, err := os.ReadFile(p.record("m"))
			if err != nil {
				t.Fatal(err)
			}
			old := regexp.MustCompile(`(?m)^ "place": .*\n`).ReplaceAllString(string(text), "")
			if err := os.WriteFile(p.record("m"), resealed(old), 0o600); err != nil || old == string(text) {
				t.Fatal(err)
			}
			p.again().want("m", 1)
			moveFolder(t, a, b)
			p = projectIn(t, b, computes)
			c.change(p)
			if c.hit {
				p.again().want("m", c.want)
			} else {
				p.again().want("m", c.want, "m")
			}
		})
	}
}

// TestMovedIsTold: who lists, judges and invalidates is told of the file that counts, and may
// name it.
func TestMovedIsTold(t *testing.T) {
	computes := labComputes{"m": read("x")}
	for _, named := range []string{"a/raw/x", "b/raw/x", "b/raw"} {
		dir := t.TempDir()
		a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
		p := projectIn(t, a, computes)
		p.put("x", 1)
		p.want("m", 1, "m")
		moveFolder(t, a, b)
		p = projectIn(t, b, computes)
		e := p.entry("m")
		if len(e.Uses) != 1 || e.Uses[0].Path != p.path("x") {
			t.Errorf("uses %+v, want of %s", e.Uses, p.path("x"))
		}
		if why, reason := p.place().Validity(t.Context(), e); why != diskcache.NoReason {
			t.Errorf("validity %v: %s", why, reason)
		}
		p.want("m", 1)
		r, err := p.place().Invalidate(t.Context(), diskcache.Invalidation{Files: []string{filepath.Join(dir, named)}})
		if err != nil || len(r.Entries) != 1 {
			t.Errorf("invalidating %s: %+v, %v", named, r, err)
		}
		p.want("m", 1, "m") // also from memory
	}
}

// TestMovedByLinks: cache and raw data are named by different ways to one folder.
func TestMovedByLinks(t *testing.T) {
	for _, names := range [][2]string{{"real", "links"}, {"links", "real"}} {
		dir := t.TempDir()
		path := func(parts ...string) string { return filepath.Join(append([]string{dir}, parts...)...) }
		computes := labComputes{"m": read("x")}
		in := func(folder string) *lab {
			return newLabIn(t, path(names[0], folder, "cache"), path(names[1], folder, "raw"), computes)
		}
		if err := errors.Join(os.MkdirAll(path("real", "a", "raw"), 0o700), os.Mkdir(path("links"), 0o700)); err != nil {
			t.Fatal(err)
		}
		for _, folder := range []string{"a", "b"} {
			if err := os.Symlink(path("real", folder), path("links", folder)); err != nil {
				t.Skip(err)
			}
		}
		l := in("a")
		l.put("x", 1)
		l.want("m", 1, "m")
		copyFolder(t, path("real", "a"), path("real", "b"))
		l = in("b")
		l.want("m", 1)
		l.put("x", 2)
		l.again().want("m", 2, "m")
	}
}

// TestMovedFunctions moves a folder with the cache of functions.
func TestMovedFunctions(t *testing.T) {
	for how, moving := range map[string]func(t *testing.T, from, to string){"moved": moveFolder, "copied": func(t *testing.T, from, to string) {
		if err := errors.Join(os.CopyFS(to, os.DirFS(from)), os.Chmod(filepath.Join(to, "cache"), 0o700)); err != nil {
			t.Fatal(err)
		}
	}} {
		t.Run(how, func(t *testing.T) {
			dir := t.TempDir()
			want := func(folder string, want int) {
				t.Helper()
				cache := &diskcache.Cache{Dir: filepath.Join(dir, folder, "cache")}
				f := diskcache.Wrap(cache, "f", diskcache.NoArgument(func(ctx context.Context) (int, error) {
					return number(diskcache.ReadFile(ctx, filepath.Join(dir, folder, "x")))
				}))
				if got, err := f.Call(t.Context(), diskcache.None{}); got != want || err != nil {
					t.Errorf("%s: %d, %v, want %d", folder, got, err, want)
				}
			}
			put := func(folder, text string) {
				err := errors.Join(os.MkdirAll(filepath.Join(dir, folder), 0o700), os.WriteFile(filepath.Join(dir, folder, "x"), []byte(text), 0o600))
				if err != nil {
					t.Fatal(err)
				}
			}
			put("a", "1")
			want("a", 1)
			moving(t, filepath.Join(dir, "a"), filepath.Join(dir, "b"))
			put("b", "2")
			want("b", 2)
		})
	}
}
