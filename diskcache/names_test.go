package diskcache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

const keyText = "0123456789abcdef0123456789abcdef"

// A nameCase is a name and a part of the error about it; empty for a good name.
type nameCase struct{ name, want string }

// Both tags and names have to keep these.
var anyNames = []nameCase{
	{"LBTISX20240410_112233", ""},
	{"a", ""},
	{"-", ""},
	{"a b", ""},
	{".hidden", ""},
	{"mélange-日本", ""},
	{"root.slopes.Slopes.mean", ""},
	{"", "is empty"},
	{".", "means the directory itself"},
	{"..", `holds ".."`},
	{"a..b", `holds ".."`},
	{"../../etc/passwd", `holds ".."`},
	{"a/b", `holds the path separator '/': use - or _`},
	{"/", `holds the path separator '/': use - or _`},
	{`a\b`, `holds the path separator '\\'`},
	{"a\x00b", "holds the control character U+0000"},
	{"a\nb", "holds the control character U+000A"},
	{"a\x7f", "holds the control character U+007F"},
	{"a\u0085", "holds the control character U+0085"},
	{"a\xff", "is not valid UTF-8"},
	{"\xed\xa0\x80", "is not valid UTF-8"},
	{strings.Repeat("x", 200), ""},
	{strings.Repeat("x", 201), "has 201 bytes, and 200 is the most"},
	{strings.Repeat("é", 100), ""},
	{strings.Repeat("é", 101), "has 202 bytes, and 200 is the most"},
	{strings.Repeat("x", 1<<20), "has 1048576 bytes, and 200 is the most"},
}

func checkNames(t *testing.T, check func(string) error, what string, cases []nameCase) {
	t.Helper()
	for _, c := range cases {
		err := check(c.name)
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%.40q: %v", c.name, err)
		case c.want == "":
		case err == nil || !errors.Is(err, diskcache.ErrName) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "the "+what):
			t.Errorf("%.40q: %v, want an ErrName about the %s: …%s", c.name, err, what, c.want)
		case len(err.Error()) > 400:
			t.Errorf("%.40q: the error has %d bytes", c.name, len(err.Error()))
		}
	}
}

func TestCheckTag(t *testing.T) {
	checkNames(t, diskcache.CheckTag, "tag", anyNames)
	checkNames(t, diskcache.CheckTag, "tag", []nameCase{{"x-" + keyText, ""}})
}

func TestCheckName(t *testing.T) {
	checkNames(t, diskcache.CheckName, "name", anyNames)
	checkNames(t, diskcache.CheckName, "name", []nameCase{
		{"x-" + keyText, "ends like the key of an argument list"},
		{"-" + keyText, "ends like the key of an argument list"},
		{"x" + keyText, ""},
		{keyText, ""},
		{"x-" + keyText[1:], ""},
		{"x-" + keyText + "0", ""},
		{"x-" + keyText[:31] + "g", ""},
		{"x-" + keyText + ".y", ""},
	})
}

func TestWindowsNames(t *testing.T) {
	for _, name := range []string{"a:b", "a*", "a?", `"a"`, "<a>", "a|b"} {
		if err := diskcache.CheckName(name); (err != nil) != (runtime.GOOS == "windows") {
			t.Errorf("%q on %s: %v", name, runtime.GOOS, err)
		}
	}
}

// Names are checked wherever one comes in, and a bad one changes nothing.
func TestBadNamesAreRefusedEverywhere(t *testing.T) {
	dir := t.TempDir()
	c, _ := newCacher[int](t, dir)
	before, err := c.FullPath()
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("p", diskcache.MaxDirectory-10)
	for what, set := range map[string]func() error{
		"tag":             func() error { return c.SetTag("../x", "root.A.method") },
		"name":            func() error { return c.SetTag("x", "root/A") },
		"prefix":          func() error { return c.SetPrefix("../x") },
		"prefix and tag":  func() error { return c.SetPrefix(long) },
		"prefix option":   func() error { return c.SetOptions(diskcache.Options{Tmpdir: dir, Prefix: "a\x00"}) },
		"prefix, tag set": func() error { return c.SetOptions(diskcache.Options{Tmpdir: dir, Prefix: long}) },
	} {
		var e *diskcache.Error
		if err := set(); !errors.Is(err, diskcache.ErrName) || !errors.As(err, &e) {
			t.Errorf("bad %s: %v, want an Error that wraps ErrName", what, err)
		}
		if after, err := c.FullPath(); after != before || err != nil {
			t.Errorf("bad %s: the path became %s, %v", what, after, err)
		}
	}
	var tagged diskcache.DiskCacher[int]
	if err := tagged.SetPrefix(long); err != nil {
		t.Fatal(err)
	}
	if err := tagged.SetTag("a tag that is too long", "name"); !errors.Is(err, diskcache.ErrName) || !strings.Contains(err.Error(), "together") {
		t.Errorf("prefix and tag too long together: %v", err)
	}
}

// The longest name with the longest key is stored, found again, set aside when
// damaged, and cleared.
func TestLongestNames(t *testing.T) {
	dir := t.TempDir()
	name := strings.Repeat("n", diskcache.MaxName)
	tag := strings.Repeat("t", diskcache.MaxDirectory-len(diskcache.DefaultPrefix))
	bind := func() *diskcache.DiskCacher[[]int] {
		c := new(diskcache.DiskCacher[[]int])
		if err := errors.Join(c.SetOptions(diskcache.Options{Tmpdir: dir, OnEvent: new(eventLog).add}), c.SetTag(tag, name)); err != nil {
			t.Fatal(err)
		}
		return c
	}
	f := &counted[[]int]{value: []int{1}}
	for i, want := range []diskcache.Stats{{Computed: 1, Saved: 1}, {Loaded: 1}, {Computed: 1, Saved: 1, SetAside: 2}} {
		c := bind()
		if i == 2 {
			damageAll(t, filepath.Join(dir, diskcache.DefaultPrefix+tag))
		}
		mustExecute(t, c, f.compute, "argument")
		s := c.Stats()
		got := diskcache.Stats{Computed: s.Computed, Saved: s.Saved, Loaded: s.Loaded, SetAside: s.SetAside}
		if got != want {
			t.Errorf("step %d: %+v, want %+v", i, got, want)
		}
	}
	if err := bind().ClearCache(); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := bind().Peek(context.Background(), "argument"); ok {
		t.Error("not cleared")
	}
}

// damageAll flips a bit at the end of each visible file of a tag's directory.
func damageAll(tb testing.TB, tagDir string) {
	tb.Helper()
	files, err := os.ReadDir(tagDir)
	if err != nil {
		tb.Fatal(err)
	}
	for _, f := range files {
		if f.Type().IsRegular() {
			flip(tb, filepath.Join(tagDir, f.Name()), -1, 0)
		}
	}
}
