package diskcache_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/mapcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// Names that are one file, or none, on some system and not on all are refused alike
// everywhere.
func TestNamesAreOneFileOnEverySystem(t *testing.T) {
	cacher := func() *diskcache.DiskCacher[int] { return new(diskcache.DiskCacher[int]) }
	never := func(context.Context, int) (int, error) { return 0, nil }
	places := map[string]func(name string) error{
		"tag":           func(name string) error { return cacher().SetTag(name, "root.A.method") },
		"name":          func(name string) error { return cacher().SetTag("t", name) },
		"prefix":        func(name string) error { return cacher().SetPrefix(name) },
		"prefix option": func(name string) error { return cacher().SetOptions(diskcache.Options{Prefix: name}) },
		"function": func(name string) error {
			return diskcache.Wrap(&diskcache.Cache{Store: storage.Memory()}, name, never).Check()
		},
		"folder in a store": func(name string) error {
			return diskcache.Wrap(&diskcache.Cache{Store: storage.Memory(), Dir: name}, "f", never).Check()
		},
		"struct tag": func(name string) error { _, err := diskcache.ParseFieldOptions(name + ",version=2"); return err },
		"setting":    func(name string) error { return (&diskcache.Cache{}).Declare(name, new(diskcache.Setting[int])) },
		"dictionary": func(name string) error {
			_, err := mapcache.Register(new(mapcache.Manager), name, mapcache.Options[string, int]{})
			return err
		},
	}
	for name, says := range map[string]string{
		"e\u0301": `write it as "\u00e9"`, "a\u200bb": "U+200B", "\u202eab": "U+202E", "\ufeffa": "U+FEFF", "a.": "ends in a dot", "a ": "ends in a dot or a blank",
		"CON": "a device on Windows", "com1": "a device on Windows", "nul.x": "a device on Windows",
	} {
		for place, give := range places {
			err, says := give(name), says
			if strings.Contains(name, ".") && place == "struct tag" { // a dot is another mistake there
				says = ""
			}
			if !errors.Is(err, diskcache.ErrName) || !strings.Contains(err.Error(), says) {
				t.Errorf("%s %+q: %v, want an ErrName that says %q", place, name, err, says)
			}
		}
	}
	for _, name := range []string{"\u00e9", "a b", "2024-04-10", "日本", "con1", "q\u0301"} {
		for place, give := range places {
			if err := give(name); errors.Is(err, diskcache.ErrName) {
				t.Errorf("%s %+q: %v", place, name, err)
			}
		}
	}
	// Each of two parts keeps the rules, and both together do not.
	for prefix, tag := range map[string]string{"e": "\u0301x", "co": "n", "com": "1.x"} {
		c := cacher()
		if err := errors.Join(c.SetOptions(diskcache.Options{Tmpdir: t.TempDir(), Prefix: prefix}), c.SetTag(tag, "root.A.method")); !errors.Is(err, diskcache.ErrName) {
			t.Errorf("prefix %+q and tag %+q: %v", prefix, tag, err)
		}
		c = cacher()
		if err := errors.Join(c.SetTag(tag, "root.A.method"), c.SetPrefix(prefix)); !errors.Is(err, diskcache.ErrName) {
			t.Errorf("tag %+q, then prefix %+q: %v", tag, prefix, err)
		}
	}
	// Names that differ in case only, in letters that a lower case does not make equal.
	cache := &diskcache.Cache{Store: storage.Memory()}
	diskcache.Wrap(cache, "\u03c3", never)
	if err := diskcache.Wrap(cache, "\u03c2", never).Check(); !errors.Is(err, diskcache.ErrNameTaken) {
		t.Errorf("σ and ς: %v", err)
	}
}

// restored changes the name or the tag in a record.
func restored(t *testing.T, path, old, now string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	end := bytes.LastIndex(text, []byte("\n \"check\": "))
	if end < 0 {
		t.Fatalf("no check in\n%s", text)
	}
	if err := os.WriteFile(path, diskcache.Seal(bytes.ReplaceAll(text[:end], []byte(old), []byte(now))), 0o600); err != nil {
		t.Fatal(err)
	}
}

// What was stored under names that are refused now is listed, copied to another tag, and
// taken over by another name.
func TestFormerFormsOfNames(t *testing.T) {
	const oldTag, newTag, oldName, newName = "me\u0301lange", "m\u00e9lange", "root.A.e\u0301", "root.A.\u00e9"
	dir := t.TempDir()
	c, _ := newCacherNamed[[]int](t, dir, "root.A.plain")
	mustExecute(t, c, func(context.Context) ([]int, error) { return []int{7}, nil })
	now, then := filepath.Join(dir, "cache"+testTag), filepath.Join(dir, "cache"+oldTag)
	record := filepath.Join(then, ".dataelab", "root.A.plain.json")
	if err := os.Rename(now, then); err != nil {
		t.Fatal(err)
	}
	restored(t, record, testTag, oldTag)
	restored(t, record, "root.A.plain", oldName)
	for _, name := range []string{"root.A.plain.npy", ".dataelab/root.A.plain.json"} {
		path := filepath.Join(then, filepath.FromSlash(name))
		if err := os.Rename(path, strings.Replace(path, "root.A.plain", oldName, 1)); err != nil {
			t.Fatal(err)
		}
	}
	o := diskcache.Options{Tmpdir: dir}
	var tags []string
	for p, err := range diskcache.Places(t.Context(), o) {
		if err != nil {
			t.Fatal(err)
		}
		for e, err := range p.Entries(t.Context()) {
			if err != nil {
				t.Errorf("%+v, %v", e, err)
			}
			tags = append(tags, e.Tag+" "+e.Name)
		}
	}
	if want := []string{oldTag + " " + oldName}; !slices.Equal(tags, want) {
		t.Errorf("listed %+q, want %+q", tags, want)
	}
	src, err1 := diskcache.PlaceOf(o, oldTag)
	dst, err2 := diskcache.PlaceOf(o, newTag)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if report, err := diskcache.CopyEntries(t.Context(), dst, src, diskcache.CopyOptions{}); err != nil || report.Copied != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	options, err := diskcache.ParseFieldOptions(",aka=e\u0301")
	if err != nil || len(options.Aka) != 1 {
		t.Fatalf("%+v, %v", options, err)
	}
	d := new(diskcache.DiskCacher[[]int])
	binding := diskcache.Binding{Cacher: d, Name: newName, Former: []string{oldName}}
	if err := errors.Join(d.SetOptions(o), diskcache.BindAll(newTag, []diskcache.Binding{binding}, diskcache.Observer{})); err != nil {
		t.Fatal(err)
	}
	if v := mustExecute(t, d, never[[]int](t)); !slices.Equal(v, []int{7}) {
		t.Errorf("%v", v)
	}
}
