package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache/store"
)

// Run tests the stores that open makes. Each must be empty, and apart from those
// before.
func Run(t *testing.T, open func() store.Store) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(kit)
	}{
		{"RoundTrip", roundTrip},
		{"ReadAt", readAt},
		{"InvisibleUntilCommit", invisibleUntilCommit},
		{"Discard", discard},
		{"WriterOrder", writerOrder},
		{"Replace", replace},
		{"CreateOnly", createOnly},
		{"List", list},
		{"Delete", deleteNames},
		{"Missing", missing},
		{"Names", names},
		{"BadNames", badNames},
		{"OneCreates", oneCreates},
		{"WholeUnderFire", wholeUnderFire},
		{"Sub", sub},
		{"Move", move},
		{"Session", session},
		{"Lock", lock},
		{"LockPublishing", lockPublishing},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(kit{t, open()}) })
	}
}

// kit is a store under test, with methods that end the test when they fail.
type kit struct {
	*testing.T
	store.Store
}

func (k kit) ctx() context.Context { return k.Context() }

func (k kit) stage(name, content string, mode store.Mode) store.Writer {
	k.Helper()
	w, err := k.Put(k.ctx(), name, mode)
	if err != nil {
		k.Fatalf("Put(%q): %v", name, err)
	}
	if n, err := io.WriteString(w, content); n != len(content) || err != nil {
		k.Fatalf("Write of %s: %d, %v", name, n, err)
	}
	return w
}

func (k kit) put(name, content string) {
	k.Helper()
	w := k.stage(name, content, store.Replace)
	if err := errors.Join(w.Close(), w.Commit()); err != nil {
		k.Fatalf("put %s: %v", name, err)
	}
}

func (k kit) open(name string) store.Object {
	k.Helper()
	o, err := k.Open(k.ctx(), name)
	if err != nil {
		k.Fatalf("Open(%q): %v", name, err)
	}
	return o
}

func (k kit) read(o store.Object) string {
	k.Helper()
	content, err := io.ReadAll(io.NewSectionReader(o, 0, o.Size()))
	if err != nil || int64(len(content)) != o.Size() {
		k.Fatalf("read %d of %d bytes: %v", len(content), o.Size(), err)
	}
	return string(content)
}

func (k kit) close(o io.Closer) {
	k.Helper()
	if err := o.Close(); err != nil {
		k.Errorf("Close: %v", err)
	}
}

// wants checks what a name has.
func (k kit) wants(name, content string) {
	k.Helper()
	o := k.open(name)
	defer k.close(o)
	if got := k.read(o); got != content {
		k.Errorf("%s has %.50q (%d bytes), want %.50q (%d bytes)", name, got, len(got), content, len(content))
	}
	info, err := k.Stat(k.ctx(), name)
	if err != nil || info.Size != int64(len(content)) || info.Version != o.Version() || info.Modified.IsZero() {
		k.Errorf("Stat(%q): %+v, %v, want %d bytes of version %s", name, info, err, len(content), o.Version())
	}
}

// wantsNone checks that names have nothing.
func (k kit) wantsNone(names ...string) {
	k.Helper()
	for _, name := range names {
		if o, err := k.Open(k.ctx(), name); !errors.Is(err, fs.ErrNotExist) {
			k.Errorf("Open(%q): %v, %v, want fs.ErrNotExist", name, o, err)
		}
		if info, err := k.Stat(k.ctx(), name); !errors.Is(err, fs.ErrNotExist) {
			k.Errorf("Stat(%q): %+v, %v, want fs.ErrNotExist", name, info, err)
		}
	}
}

// lists checks what begins with prefix.
func (k kit) lists(prefix string, want ...string) {
	k.Helper()
	got := []string{}
	for name, err := range k.List(k.ctx(), prefix) {
		if err != nil {
			k.Errorf("List(%q): %v", prefix, err)
		}
		got = append(got, name)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		k.Errorf("List(%q): %q, want %q", prefix, got, want)
	}
}

func roundTrip(k kit) {
	for _, n := range []int{0, 1, 1000, 1 << 16, 3<<20 + 1} {
		content := strings.Repeat("0123456789abcde", n/15+1)[:n]
		name := fmt.Sprint("folder/", n)
		k.put(name, content)
		k.wants(name, content)
	}
	w := k.stage("parts", "first ", store.Replace)
	if _, err := io.WriteString(w, "second"); err != nil {
		k.Fatal(err)
	}
	if err := w.Commit(); err != nil { // closes
		k.Fatal(err)
	}
	k.wants("parts", "first second")
}

func readAt(k kit) {
	k.put("digits", "0123456789")
	o := k.open("digits")
	defer k.close(o)
	for _, c := range []struct {
		at   int64
		n    int
		want string
		err  error
	}{
		{0, 10, "0123456789", nil}, {3, 4, "3456", nil}, {9, 1, "9", nil},
		{8, 5, "89", io.EOF}, {10, 1, "", io.EOF}, {99, 1, "", io.EOF},
	} {
		p := make([]byte, c.n)
		n, err := o.ReadAt(p, c.at)
		if string(p[:n]) != c.want || !errors.Is(err, c.err) && (err != io.EOF || n != c.n) {
			k.Errorf("ReadAt(%d bytes, %d): %q, %v, want %q, %v", c.n, c.at, p[:n], err, c.want, c.err)
		}
	}
}

func invisibleUntilCommit(k kit) {
	const name = "folder/new"
	w := k.stage(name, "content", store.Replace)
	k.wantsNone(name)
	if err := w.Close(); err != nil {
		k.Fatal(err)
	}
	k.wantsNone(name)
	k.lists("folder/")
	k.lists("")
	if err := w.Commit(); err != nil {
		k.Fatal(err)
	}
	k.wants(name, "content")
	k.lists("folder/", name)
}

func discard(k kit) {
	for _, closed := range []bool{false, true} {
		w := k.stage("dropped", "content", store.Replace)
		if closed {
			k.close(w)
		}
		for range 2 {
			if err := w.Discard(); err != nil {
				k.Errorf("Discard: %v", err)
			}
		}
		if err := w.Commit(); err == nil {
			k.Error("Commit after Discard: no error")
		}
		k.wantsNone("dropped")
		k.lists("")
	}
	k.put("kept", "old")
	w := k.stage("kept", "new", store.Replace)
	if err := errors.Join(w.Commit(), w.Discard()); err != nil {
		k.Error(err)
	}
	k.wants("kept", "new")
}

func writerOrder(k kit) {
	w := k.stage("name", "content", store.Replace)
	k.close(w)
	if n, err := w.Write([]byte("more")); n != 0 || err == nil {
		k.Errorf("Write after Close: %d, %v, want an error", n, err)
	}
	if err := w.Commit(); err != nil {
		k.Fatal(err)
	}
	k.put("name", "other")
	if err := w.Commit(); err == nil {
		k.Error("second Commit: no error")
	}
	k.wants("name", "other")
}

func replace(k kit) {
	k.put("name", "old content")
	old := k.open("name")
	defer k.close(old)
	version := old.Version()
	for _, content := range []string{"new", "old content"} {
		k.put("name", content)
		k.wants("name", content)
		if info, err := k.Stat(k.ctx(), "name"); err != nil || info.Version == version || version == "" {
			k.Errorf("version %q of %q, %v; want another one than %q", info.Version, content, err, version)
		}
	}
	if err := k.Delete(k.ctx(), "name"); err != nil {
		k.Fatal(err)
	}
	if got := k.read(old); got != "old content" || old.Version() != version {
		k.Errorf("what was opened before reads %q of version %s, was version %s", got, old.Version(), version)
	}
}

func createOnly(k kit) {
	w := k.stage("new/name", "first", store.CreateOnly)
	if err := w.Commit(); err != nil {
		k.Fatal(err)
	}
	w = k.stage("new/name", "second", store.CreateOnly)
	if err := w.Commit(); !errors.Is(err, fs.ErrExist) {
		k.Errorf("Commit over another: %v, want fs.ErrExist", err)
	}
	if err := w.Discard(); err != nil {
		k.Error(err)
	}
	k.wants("new/name", "first")
	if err := k.Delete(k.ctx(), "new/name"); err != nil {
		k.Fatal(err)
	}
	w = k.stage("new/name", "third", store.CreateOnly)
	if err := w.Commit(); err != nil {
		k.Fatal(err)
	}
	k.wants("new/name", "third")
	k.lists("new/", "new/name")
}

func list(k kit) {
	k.lists("")
	k.lists("none/")
	for _, name := range []string{"a", "ab", "b", "folder/a", "folder/ab", "folder/deep/a", "folder2/a"} {
		k.put(name, name)
	}
	k.lists("", "a", "ab", "b")
	k.lists("a", "a", "ab")
	k.lists("ab", "ab")
	k.lists("x")
	k.lists("folder")
	k.lists("folder/", "folder/a", "folder/ab")
	k.lists("folder/ab", "folder/ab")
	k.lists("folder/deep/", "folder/deep/a")
	k.lists("a/")
	n := 0
	for _, err := range k.List(k.ctx(), "") {
		if n++; n == 2 || err != nil {
			break
		}
	}
	if n != 2 {
		k.Errorf("a list that was left early gave %d names", n)
	}
	for name, err := range k.List(k.ctx(), "") { // the store may be changed meanwhile
		if err := errors.Join(err, k.Delete(k.ctx(), name)); err != nil {
			k.Error(err)
		}
	}
	k.lists("")
	k.lists("folder/", "folder/a", "folder/ab")
}

func deleteNames(k kit) {
	for _, name := range []string{"a", "b", "folder/c", "d"} {
		k.put(name, name)
	}
	if err := k.Delete(k.ctx(), "a", "folder/c", "none", "none/at/all", "b"); err != nil {
		k.Errorf("Delete: %v", err)
	}
	k.wantsNone("a", "folder/c", "b")
	k.wants("d", "d")
	if err := k.Delete(k.ctx()); err != nil {
		k.Errorf("Delete of nothing: %v", err)
	}
	if err := k.Delete(k.ctx(), "../d", "d"); !errors.Is(err, fs.ErrInvalid) {
		k.Errorf("Delete of a bad name: %v, want fs.ErrInvalid", err)
	}
	k.wantsNone("d") // it went on
}

func missing(k kit) {
	k.wantsNone("none", "no/folder/either")
	if err := k.Delete(k.ctx(), "none", "no/folder/either"); err != nil {
		k.Errorf("Delete in an empty store: %v", err)
	}
	k.put("folder/name", "content")
	k.wantsNone("none", "folder/none")
	if o, err := k.Open(k.ctx(), "folder"); err == nil {
		k.Errorf("Open of a folder: %v", o)
	}
}

func names(k kit) {
	all := []string{
		"root.slopes.Slopes.mean-0123456789abcdef0123456789abcdef.npy", "blank in it", "ümläut", "日本語", "a..b", "-", "~", "%2F", "a=b&c,d;e'f",
		strings.Repeat("long", 50), ".dataelab/record.json", "f/" + strings.Repeat("long", 50),
	}
	for _, name := range all {
		k.put(name, "content of "+name)
	}
	for _, name := range all {
		k.wants(name, "content of "+name)
	}
	k.lists("", slices.DeleteFunc(slices.Clone(all), func(s string) bool { return strings.Contains(s, "/") })...)
}

func badNames(k kit) {
	k.put("name", "content")
	for _, name := range []string{"", ".", "..", "../name", "/name", "name/", "a//b", "a/../name", "./name", `a\name`, `..\name`, "a\x00b", "\xff"} {
		_, errOpen := k.Open(k.ctx(), name)
		_, errStat := k.Stat(k.ctx(), name)
		w, errPut := k.Put(k.ctx(), name, store.Replace)
		if errPut == nil {
			errPut = errors.Join(w.Commit(), w.Discard())
		}
		for op, err := range map[string]error{"Open": errOpen, "Stat": errStat, "Put": errPut, "Delete": k.Delete(k.ctx(), name)} {
			if !errors.Is(err, fs.ErrInvalid) {
				k.Errorf("%s(%q): %v, want fs.ErrInvalid", op, name, err)
			}
		}
	}
	for _, prefix := range []string{"../", "/", "a/../"} {
		for name, err := range k.List(k.ctx(), prefix) {
			if name != "" || !errors.Is(err, fs.ErrInvalid) {
				k.Errorf("List(%q): %q, %v, want fs.ErrInvalid", prefix, name, err)
			}
		}
	}
	k.wants("name", "content")
}

// same makes a content from which a mixture can be told.
func same(b byte, n int) string { return string(bytes.Repeat([]byte{b}, n)) }
