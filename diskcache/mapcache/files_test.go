package mapcache_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/mapcache"
	"github.com/dataelab/dataelab-go/diskcache/store"
)

func buildOne(context.Context, string) (map[string]int, error) {
	return map[string]int{"built": 1}, nil
}

// saveOne stores a cache with one entry.
func saveOne(t *testing.T, dir string, o mapcache.Options[string, int]) {
	t.Helper()
	m, _ := newManager(t, dir)
	c := register(t, m, "c", o)
	c.Set("saved", 1)
	check(t, m.Close(t.Context()))
}

func TestDamagedFileIsSetAside(t *testing.T) {
	for _, format := range []string{"gob", "json", "csv"} {
		t.Run(format, func(t *testing.T) {
			dir := t.TempDir()
			o := mapcache.Options[string, int]{Format: format}
			saveOne(t, dir, o)
			path := file(dir, "c."+format)
			text, err := os.ReadFile(path)
			check(t, err)
			text[len(text)/2] ^= 0x10
			check(t, os.WriteFile(path, text, 0o600))

			m, heard := newManager(t, dir)
			o.Hooks.Build = buildOne
			c := register(t, m, "c", o)
			if got := collect(c); !maps.Equal(got, map[string]int{"built": 1}) {
				t.Errorf("loaded %v from a damaged file", got)
			}
			told := heard.of(diskcache.SetAside) // the file, and its record
			if len(told) != 2 || told[0].Path != path || told[0].Reason == "" {
				t.Errorf("told of %v", told)
			}
			aside, err := filepath.Glob(file(dir, ".dataelab/aside/*.reason.json"))
			if err != nil || len(aside) != 2 {
				t.Errorf("set aside %q, %v", aside, err)
			}
			if got := saved(t, dir, "c", o); !maps.Equal(got, map[string]int{"built": 1}) {
				t.Errorf("the next process has %v", got)
			}
		})
	}
}

// TestFileOfOtherTypes was saved by a program in which the cache had other types.
func TestFileOfOtherTypes(t *testing.T) {
	dir := t.TempDir()
	saveOne(t, dir, mapcache.Options[string, int]{})
	got := saved(t, dir, "c", mapcache.Options[string, string]{Hooks: mapcache.Hooks[string, string]{
		Build: func(context.Context, string) (map[string]string, error) { return map[string]string{"a": "b"}, nil },
	}})
	if !maps.Equal(got, map[string]string{"a": "b"}) {
		t.Errorf("loaded %v", got)
	}
}

func TestVersion(t *testing.T) {
	dir := t.TempDir()
	saveOne(t, dir, mapcache.Options[string, int]{Version: "1"})
	o := mapcache.Options[string, int]{Version: "2", Hooks: mapcache.Hooks[string, int]{Build: buildOne}}
	if got := saved(t, dir, "c", o); !maps.Equal(got, map[string]int{"built": 1}) {
		t.Errorf("version 2 has %v", got)
	}
}

// TestFilesByHand reads files that no cache wrote.
func TestFilesByHand(t *testing.T) {
	tests := []struct {
		format, text string
		want         map[string]int
	}{
		{"json", `{"a": 1, "b": 2}`, map[string]int{"a": 1, "b": 2}},
		{"json", `null`, map[string]int{}},
		{"json", `{"a": "x"}`, map[string]int{"built": 1}},
		{"json", `{"a": 1, "a": 2}`, map[string]int{"built": 1}},
		{"csv", "a,1\nb,2\n", map[string]int{"a": 1, "b": 2}},
		{"csv", "", map[string]int{}},
		{"csv", "a,1\na,2\n", map[string]int{"built": 1}},
		{"csv", "a\n", map[string]int{"built": 1}},
		{"csv", "a,1,2\n", map[string]int{"built": 1}},
		{"csv", "a,x\n", map[string]int{"built": 1}},
		{"csv", "a,99999999999999999999\n", map[string]int{"built": 1}},
		{"csv", "\"a,1\n", map[string]int{"built": 1}},
		{"gob", "no gob", map[string]int{"built": 1}},
	}
	for _, test := range tests {
		t.Run(test.format+" "+test.text, func(t *testing.T) {
			dir := t.TempDir()
			check(t, os.Mkdir(file(dir, ""), 0o700))
			check(t, os.WriteFile(file(dir, "c."+test.format), []byte(test.text), 0o600))
			o := mapcache.Options[string, int]{Format: test.format, Hooks: mapcache.Hooks[string, int]{Build: buildOne}}
			if got := saved(t, dir, "c", o); !maps.Equal(got, test.want) {
				t.Errorf("loaded %v, want %v", got, test.want)
			}
		})
	}
}

// TestSaveThatFails has a directory that is a file.
func TestSaveThatFails(t *testing.T) {
	dir := t.TempDir()
	m, _ := newManager(t, dir)
	c := register(t, m, "c", mapcache.Options[string, int]{Rules: manually()})
	c.Set("a", 1)
	blocker := strings.TrimSuffix(file(dir, ""), "/")
	check(t, os.RemoveAll(blocker))
	check(t, os.WriteFile(blocker, nil, 0o600))
	wantError(t, c.Save(t.Context()), nil, "mapcache: save c")
	check(t, os.Remove(blocker))
	check(t, c.Save(t.Context()))
	if got := saved(t, dir, "c", mapcache.Options[string, int]{}); got["a"] != 1 {
		t.Errorf("saved %v", got)
	}
}

// TestContextThatBypasses must not pass for a save.
func TestContextThatBypasses(t *testing.T) {
	m, _ := newManager(t, t.TempDir())
	c := register(t, m, "c", mapcache.Options[string, int]{Rules: manually()})
	c.Set("a", 1)
	wantError(t, c.Save(diskcache.WithBypass(t.Context())), nil, "pass the cache by")
	check(t, c.Save(t.Context()))
}

func TestInOtherStores(t *testing.T) {
	s := store.Memory()
	for i := range 2 {
		m := &mapcache.Manager{Store: s}
		c := register(t, m, "c", mapcache.Options[string, int]{Rules: manually()})
		if c.Len() != i {
			t.Errorf("manager %d finds %d entries", i, c.Len())
		}
		c.Set("a", 1)
		check(t, m.Close(t.Context()))
		if where, err := m.Directory(); err != nil || where != "maps-general" {
			t.Errorf("directory %q, %v", where, err)
		}
	}
}

// TestOneBuildForAll has two managers of one directory, as two processes are.
func TestOneBuildForAll(t *testing.T) {
	dir := t.TempDir()
	started, builds := make(chan struct{}), 0
	o := mapcache.Options[string, int]{Hooks: mapcache.Hooks[string, int]{
		Build: func(context.Context, string) (map[string]int, error) {
			builds++ // the race detector would tell of two at once
			close(started)
			return map[string]int{"built": builds}, nil
		},
	}}
	first, _ := newManager(t, dir)
	second, _ := newManager(t, dir)
	a, b := register(t, first, "c", o), register(t, second, "c", o)
	loaded := make(chan error)
	go func() { loaded <- a.Load(context.Background()) }()
	<-started
	check(t, b.Load(t.Context()))
	check(t, <-loaded)
	if builds != 1 || !maps.Equal(collect(a), collect(b)) {
		t.Errorf("%d builds, contents %v and %v", builds, collect(a), collect(b))
	}
}

// TestKeysThatAreOneInTheFile would lose an entry, or come back as other keys.
func TestKeysThatAreOneInTheFile(t *testing.T) {
	for _, format := range []string{"gob", "csv"} {
		dir := t.TempDir()
		m, _ := newManager(t, dir)
		c := register(t, m, "c", mapcache.Options[label, int]{Format: format, Rules: manually()})
		c.Set(label{"a", 1}, 1)
		c.Set(label{"a", 2}, 2)
		err := c.Save(t.Context())
		if err == nil {
			t.Errorf("%s: saved, and the next process has %v", format, saved(t, dir, "c", mapcache.Options[label, int]{Format: format}))
		}
		if c.Len() != 2 {
			t.Errorf("%s: in memory there is %v", format, collect(c))
		}
		c.Clear()
	}
}

// label has texts that do not tell all labels apart.
type label struct {
	Name    string
	variant int
}

func (l label) MarshalText() ([]byte, error)     { return []byte(l.Name), nil }
func (l *label) UnmarshalText(text []byte) error { l.Name = string(text); return nil }
func (l label) GobEncode() ([]byte, error)       { return l.MarshalText() }
func (l *label) GobDecode(text []byte) error     { return l.UnmarshalText(text) }

// TestContentsThatTheFormatRefuses are kept in another one, as all values are.
func TestContentsThatTheFormatRefuses(t *testing.T) {
	dir := t.TempDir()
	o := mapcache.Options[string, float64]{Format: "json", Rules: manually()}
	m, _ := newManager(t, dir)
	c := register(t, m, "c", o)
	want := map[string]float64{"a": 1, "b\xff": 2} // no text of JSON
	for k, v := range want {
		c.Set(k, v)
		check(t, c.Save(t.Context()))
	}
	if got := saved(t, dir, "c", o); !maps.Equal(got, want) {
		t.Errorf("the next process has %v, want %v", got, want)
	}
	if now, err := filepath.Glob(file(dir, "c.*")); err != nil || len(now) != 1 || filepath.Ext(now[0]) != ".gob" {
		t.Errorf("files %q, %v, want c.gob alone", now, err)
	}
	c.Delete("b\xff")
	check(t, c.Save(t.Context()))
	if got := saved(t, dir, "c", o); !maps.Equal(got, map[string]float64{"a": 1}) {
		t.Errorf("then the next process has %v", got)
	}
	if _, err := os.Stat(file(dir, "c.json")); err != nil {
		t.Error(err)
	}
}

// TestDirectoryVanishes removes it under a cache in use. Nothing is an error: what is in
// memory stays, and the next change is saved with all the others.
func TestDirectoryVanishes(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	m, _ := newManager(t, dir)
	c := register(t, m, "c", mapcache.Options[string, int]{Rules: manually()})
	c.Set("a", 1)
	check(t, c.Save(ctx))
	check(t, os.RemoveAll(dir))
	c.Set("b", 2)
	check(t, c.Save(ctx))
	want := map[string]int{"a": 1, "b": 2}
	if got := saved(t, dir, "c", mapcache.Options[string, int]{}); !maps.Equal(got, want) {
		t.Errorf("the next process has %v, want %v", got, want)
	}
	check(t, os.RemoveAll(dir))
	check(t, c.DeleteSaved(ctx))
	check(t, m.Close(ctx)) // which saves all, as nothing is saved any more
	if got := saved(t, dir, "c", mapcache.Options[string, int]{}); !maps.Equal(got, want) {
		t.Errorf("after Close the next process has %v, want %v", got, want)
	}
	check(t, os.RemoveAll(dir))
	check(t, c.Reload(ctx))
	check(t, c.Invalidate(ctx))
	if c.Len() != 0 {
		t.Errorf("from no directory there came %v", collect(c))
	}
}
