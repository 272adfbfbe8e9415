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
)

// catalog builds the lengths of the words in a file.
func catalog(path string, builds *int) mapcache.Options[string, int] {
	return mapcache.Options[string, int]{Rules: manually(), Hooks: mapcache.Hooks[string, int]{
		Build: func(ctx context.Context, _ string) (map[string]int, error) {
			*builds++
			text, err := diskcache.ReadFile(ctx, path)
			contents := map[string]int{}
			for _, word := range strings.Fields(string(text)) {
				contents[word] = len(word)
			}
			return contents, err
		},
	}}
}

// TestBuiltFromFiles builds contents from a file. What was built is good as long as the file
// is what it was; once contents were changed by hand and saved, they are nobody's but the
// program's.
func TestBuiltFromFiles(t *testing.T) {
	dir := t.TempDir()
	input := filepath.Join(dir, "words")
	builds := 0
	o := catalog(input, &builds)
	write := func(text string) { check(t, os.WriteFile(input, []byte(text), 0o600)) }
	load := func(wantBuilds int, want map[string]int) *mapcache.Cache[string, int] {
		t.Helper()
		m, heard := newManager(t, dir)
		c := register(t, m, "c", o)
		check(t, c.Load(t.Context()))
		if got := collect(c); !maps.Equal(got, want) || builds != wantBuilds {
			t.Errorf("loaded %v after %d builds, want %v after %d", got, builds, want, wantBuilds)
		}
		if aside := heard.of(diskcache.SetAside); len(aside) != 0 {
			t.Errorf("set aside %+v", aside)
		}
		return c
	}
	write("a bb")
	load(1, map[string]int{"a": 1, "bb": 2})
	load(1, map[string]int{"a": 1, "bb": 2})
	write("a ccc")
	c := load(2, map[string]int{"a": 1, "ccc": 3})
	c.Set("own", 7)
	check(t, c.Save(t.Context()))
	write("dddd")
	c = load(2, map[string]int{"a": 1, "ccc": 3, "own": 7})
	check(t, c.Rebuild(t.Context()))
	load(3, map[string]int{"dddd": 4})

	// Without the builder there is no other source: what is stored stays where it is.
	write("e")
	m, _ := newManager(t, dir)
	bare := register(t, m, "c", mapcache.Options[string, int]{Rules: manually()})
	wantError(t, bare.Load(t.Context()), mapcache.ErrNotLoaded, "words")
	bare.Set("lost", 1)
	wantError(t, bare.Save(t.Context()), mapcache.ErrNotLoaded, "words")
	load(4, map[string]int{"e": 1})
}

// TestUsedByAMethod has a cached function that reads a map which is built: when that is built
// anew and comes out different, the function computes.
func TestUsedByAMethod(t *testing.T) {
	dir := t.TempDir()
	input := filepath.Join(dir, "words")
	builds, runs := 0, 0
	ask := func() int {
		m, _ := newManager(t, dir)
		c := register(t, m, "c", catalog(input, &builds))
		longest := diskcache.Wrap(&diskcache.Cache{Dir: dir}, "longest", func(ctx context.Context, _ string) (int, error) {
			runs++
			if err := c.Load(ctx); err != nil {
				return 0, err
			}
			most := 0
			for _, n := range c.All() {
				most = max(most, n)
			}
			return most, nil
		})
		got, err := longest.Call(t.Context(), "words")
		check(t, err)
		return got
	}
	for i, want := range []struct {
		text string
		most int
		runs int
	}{{"a bb", 2, 1}, {"a bb", 2, 1}, {"a ccc", 3, 2}} {
		check(t, os.WriteFile(input, []byte(want.text), 0o600))
		if got := ask(); got != want.most || runs != want.runs {
			t.Errorf("step %d: %d after %d runs, want %d after %d", i, got, runs, want.most, want.runs)
		}
	}
}

// TestBuiltFromMovedFiles moves a folder that holds the file and what was built from it.
func TestBuiltFromMovedFiles(t *testing.T) {
	dir := t.TempDir()
	builds := 0
	load := func(folder string, want map[string]int) {
		t.Helper()
		o := catalog(filepath.Join(dir, folder, "words"), &builds)
		m, _ := newManager(t, filepath.Join(dir, folder))
		c := register(t, m, "c", o)
		check(t, c.Load(t.Context()))
		if got := collect(c); !maps.Equal(got, want) {
			t.Errorf("%s: loaded %v, want %v", folder, got, want)
		}
	}
	write := func(folder, text string) {
		check(t, os.WriteFile(filepath.Join(dir, folder, "words"), []byte(text), 0o600))
	}
	check(t, os.Mkdir(filepath.Join(dir, "a"), 0o700))
	write("a", "a bb")
	load("a", map[string]int{"a": 1, "bb": 2})
	check(t, os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, "b")))
	load("b", map[string]int{"a": 1, "bb": 2})
	if builds != 1 {
		t.Errorf("%d builds, want 1", builds)
	}
	write("b", "ccc")
	load("b", map[string]int{"ccc": 3})
}
