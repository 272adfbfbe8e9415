package faultfs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/dataelab/dataelab-go/internal/faultfs"
	"github.com/dataelab/dataelab-go/internal/rootfs"
)

// place is a directory with two files, and the file system under test.
type place struct {
	*testing.T
	dir   string
	files *faultfs.FS
	root  rootfs.Root
}

func newPlace(t *testing.T) *place {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"old": "old content", "folder/inner": "inner content"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	files, err := faultfs.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	root, err := files.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return &place{t, dir, files, root}
}

func (p *place) do(errs ...error) {
	p.Helper()
	if err := errors.Join(errs...); err != nil {
		p.Fatal(err)
	}
}

// write makes a file, which is flushed or not.
func (p *place) write(name, content string, flush bool) {
	p.Helper()
	f, err := p.root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	p.do(err)
	_, err = f.Write([]byte(content))
	p.do(err)
	if flush {
		p.do(f.Sync())
	}
	p.do(f.Close())
}

func (p *place) flush(folder string) {
	p.Helper()
	f, err := p.root.OpenFile(folder, os.O_RDONLY, 0)
	p.do(err)
	p.do(f.Sync(), f.Close())
}

// contents are those of a directory, one per line.
func contents(tb testing.TB, dir string) string {
	tb.Helper()
	var lines []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		if e.IsDir() {
			lines = append(lines, filepath.ToSlash(rel)+"/")
			return nil
		}
		content, err := os.ReadFile(path)
		lines = append(lines, fmt.Sprintf("%s=%s", filepath.ToSlash(rel), content))
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// Every kind of operation fails when it is told to, and changes nothing then.
func TestEachOperationFails(t *testing.T) {
	for kind, do := range map[string]func(p *place) error{
		"Lstat":    func(p *place) error { _, err := p.files.Lstat(p.dir); return err },
		"Mkdir":    func(p *place) error { return p.files.Mkdir(filepath.Join(p.dir, "new"), 0o700) },
		"Chmod":    func(p *place) error { return p.files.Chmod(filepath.Join(p.dir, "old"), 0o400) },
		"OpenRoot": func(p *place) error { _, err := p.files.OpenRoot(p.dir); return err },
		"OpenFile": func(p *place) error { _, err := p.root.OpenFile("new", os.O_CREATE|os.O_WRONLY, 0o600); return err },
		"Stat":     func(p *place) error { _, err := p.root.Stat("old"); return err },
		"Rename":   func(p *place) error { return p.root.Rename("old", "new") },
		"Link":     func(p *place) error { return p.root.Link("old", "new") },
		"Remove":   func(p *place) error { return p.root.Remove("old") },
		"Write": func(p *place) error {
			f, err := p.root.OpenFile("old", os.O_WRONLY|os.O_APPEND, 0)
			p.do(err)
			defer f.Close()
			_, err = f.Write([]byte("more"))
			return err
		},
		"ReadAt": func(p *place) error {
			return p.with("old", func(f rootfs.File) error { _, err := f.ReadAt(make([]byte, 1), 0); return err })
		},
		"ReadDir": func(p *place) error {
			return p.with(".", func(f rootfs.File) error { _, err := f.ReadDir(-1); return err })
		},
		"Sync":  func(p *place) error { return p.with("old", rootfs.File.Sync) },
		"Close": func(p *place) error { return p.with("old", rootfs.File.Close) },
	} {
		t.Run(kind, func(t *testing.T) {
			p := newPlace(t)
			var ops []faultfs.Op
			p.files.After(func(op faultfs.Op) { ops = append(ops, op) })
			p.do(do(p)) // without a fault it succeeds
			if i := slices.IndexFunc(ops, func(op faultfs.Op) bool { return op.Kind == kind }); i < 0 || ops[i].N != i+2 {
				t.Fatalf("operations %v, want one of kind %s", ops, kind)
			}

			p = newPlace(t)
			before := contents(t, p.dir)
			for n := 2; ; n++ { // which of them it is
				p.files.Inject(n, faultfs.Fault{Err: syscall.ENOSPC})
				if ops[n-2].Kind == kind {
					break
				}
			}
			if err := do(p); !errors.Is(err, syscall.ENOSPC) || p.files.Injected() != 1 {
				t.Errorf("got %v after %d faults, want ENOSPC after one", err, p.files.Injected())
			}
			if after := contents(t, p.dir); after != before {
				t.Errorf("changed\n%s\nto\n%s", before, after)
			}
		})
	}
}

func (p *place) with(name string, do func(rootfs.File) error) error {
	f, err := p.root.OpenFile(name, os.O_RDONLY, 0)
	p.do(err)
	defer f.Close()
	return do(f)
}

func TestShortWrite(t *testing.T) {
	p := newPlace(t)
	f, err := p.root.OpenFile("new", os.O_CREATE|os.O_WRONLY, 0o600) // 2
	p.do(err)
	p.files.Inject(3, faultfs.Fault{Err: syscall.ENOSPC, Short: true})
	if n, err := f.Write([]byte("0123456789")); n != 5 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("wrote %d, %v, want 5 and ENOSPC", n, err)
	}
	p.do(f.Close())
	if got := contents(t, p.dir); !strings.Contains(got, "new=01234\n") || p.files.Injected() != 1 {
		t.Errorf("%s\nafter %d faults", got, p.files.Injected())
	}
	p.files.Inject(p.files.Ops()+1, faultfs.Fault{Err: syscall.EIO, Short: true})
	if err := p.root.Remove("new"); err != nil || p.files.Injected() != 1 {
		t.Errorf("what does not write was cut short: %v", err)
	}
}

func TestFaultThatStays(t *testing.T) {
	p := newPlace(t)
	p.files.Inject(2, faultfs.Fault{Err: syscall.EROFS, Stays: true})
	for range 3 {
		if err := p.root.Remove("old"); !errors.Is(err, syscall.EROFS) {
			t.Errorf("Remove: %v, want EROFS", err)
		}
	}
	p.do(p.root.Rename("old", "new"))
	if p.files.Injected() != 3 || p.files.Ops() != 5 {
		t.Errorf("%d faults in %d operations, want 3 in 5", p.files.Injected(), p.files.Ops())
	}
}

func TestCrash(t *testing.T) {
	p := newPlace(t)
	before := contents(t, p.dir)
	p.files.Inject(2, faultfs.Fault{Crash: true})
	func() {
		defer func() {
			if c, ok := recover().(faultfs.Crashed); !ok || c.Op.String() != "2 Remove old" {
				t.Errorf("recovered %v, want a crash at the removal", c)
			}
		}()
		_ = p.root.Remove("old")
	}()
	if err := p.root.Remove("old"); !errors.Is(err, faultfs.ErrCrashed) {
		t.Errorf("after the crash: %v", err)
	}
	if after := contents(t, p.dir); after != before {
		t.Errorf("changed\n%s\nto\n%s", before, after)
	}
}

// What a power cut leaves, by hand.
func TestClones(t *testing.T) {
	for name, c := range map[string]struct {
		do      func(p *place)
		inOrder []string // what it may leave, besides what was there
		more    []string // and in any order
	}{
		"nothing": {func(*place) {}, []string{""}, nil},
		"a file that was not flushed": {func(p *place) { p.write("new", "01234567", false) },
			[]string{"", "new=", "new=0123", "new=\x00\x00\x00\x00\x00\x00\x00\x00", "new=0123a567", "new=01234567"}, nil},
		"a file whose folder was not flushed": {func(p *place) { p.write("new", "content", true) }, []string{"", "new=content"}, nil},
		"a file that was flushed":             {func(p *place) { p.write("new", "content", true); p.flush(".") }, []string{"new=content"}, nil},
		"a file that was flushed in a folder that was not": {func(p *place) {
			p.do(p.root.Mkdir("made", 0o700))
			p.write("made/new", "content", true)
			p.flush("made")
		}, []string{"", "made/ made/new=content"}, nil},
		"a removal":                  {func(p *place) { p.do(p.root.Remove("old")) }, []string{"", "-old"}, nil},
		"a removal that was flushed": {func(p *place) { p.do(p.root.Remove("old")); p.flush(".") }, []string{"-old"}, nil},
		"two changes": {func(p *place) {
			p.write("a", "A", true)
			p.write("folder/b", "B", true)
		}, []string{"", "a=A", "a=A folder/b=B"}, []string{"folder/b=B"}},
		"a second change that was flushed": {func(p *place) {
			p.write("a", "A", true)
			p.write("folder/b", "B", true)
			p.flush("folder")
		}, []string{"folder/b=B", "a=A folder/b=B"}, nil},
		"a rename": {func(p *place) {
			p.write("a", "B", true)
			p.flush(".")
			p.do(p.root.Rename("a", "folder/b"))
		}, []string{"a=B", "folder/b=B"}, []string{"", "a=B folder/b=B"}},
		"a link": {func(p *place) {
			p.write("a", "A", true)
			p.do(p.root.Link("a", "b"))
			p.flush(".")
		}, []string{"a=A b=A"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			c.do(p)
			want := func(all []string) []string {
				var texts []string
				for _, s := range all {
					s = strings.ReplaceAll(s, "folder/b=B", "folder/ folder/b=B")
					texts = append(texts, s)
				}
				return texts
			}
			p.checkClones(faultfs.InOrder, want(c.inOrder))
			p.checkClones(faultfs.AnyOrder, want(append(slices.Clone(c.inOrder), c.more...)))
		})
	}
}

// checkClones compares with what of a clone differs from the beginning.
func (p *place) checkClones(order faultfs.Order, want []string) {
	p.Helper()
	found := map[string]bool{}
	for c := range p.files.Clones(order) {
		dir := p.TempDir()
		p.do(c.Write(dir))
		var diff []string
		lines := strings.Split(contents(p, dir), "\n")
		changed := slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "folder/b") })
		for _, line := range lines {
			if line != "old=old content" && line != "folder/inner=inner content" && (line != "folder/" || changed) {
				diff = append(diff, line)
			}
		}
		if !slices.Contains(lines, "old=old content") {
			diff = append(diff, "-old")
		}
		found[strings.Join(diff, " ")] = true
	}
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, want) {
		p.Errorf("order %d: a power cut may leave %q, want %q", order, got, want)
	}
}

// Equal clones have one key, others not.
func TestCloneKey(t *testing.T) {
	p := newPlace(t)
	p.write("new", "content", false)
	keys, states := map[string]bool{}, map[string]bool{}
	for c := range p.files.Clones(faultfs.AnyOrder) {
		dir := t.TempDir()
		p.do(c.Write(dir))
		keys[c.Key()] = true
		states[contents(t, dir)] = true
	}
	if len(keys) != len(states) || len(keys) < 5 {
		t.Errorf("%d keys for %d states", len(keys), len(states))
	}
}
