package mapcache_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/mapcache"
	"github.com/dataelab/dataelab-go/diskcache/store"
)

// two are caches of two managers with one file, as two processes have them.
type two[V any] struct {
	a, b           *mapcache.Cache[string, V]
	heardA, heardB *heard
}

func newTwo[V any](t *testing.T, dir string, o mapcache.Options[string, V]) two[V] {
	t.Helper()
	if o.Rules == nil {
		o.Rules = manually()
	}
	ma, ha := newManager(t, dir)
	mb, hb := newManager(t, dir)
	return two[V]{register(t, ma, "c", o), register(t, mb, "c", o), ha, hb}
}

// TestTwoFillOneMap has two programs that fill one map, each with entries of its own.
func TestTwoFillOneMap(t *testing.T) {
	dir := t.TempDir()
	m1, _ := newManager(t, dir)
	m2, heard := newManager(t, dir)
	a := register(t, m1, "catalog", mapcache.Options[string, int]{Rules: manually()})
	b := register(t, m2, "catalog", mapcache.Options[string, int]{Rules: manually()})
	a.Set("x", 1)
	b.Set("y", 2)
	check(t, errors.Join(m1.Close(t.Context()), m2.Close(t.Context())))
	want := map[string]int{"x": 1, "y": 2}
	if got := saved(t, dir, "catalog", mapcache.Options[string, int]{}); !maps.Equal(got, want) {
		t.Errorf("saved %v, want %v", got, want)
	}
	if got := collect(b); !maps.Equal(got, want) {
		t.Errorf("the one who saved last has %v, want %v", got, want)
	}
	told := heard.of(diskcache.Merged)
	if len(told) != 1 || told[0].Name != "catalog" || told[0].Path != file(dir, "catalog.gob") || !strings.Contains(told[0].Reason, "its 1 entries were taken in, under the 1 ") {
		t.Errorf("told of %+v", told)
	}
	if conflicts := heard.of(diskcache.Conflict); len(conflicts) != 0 {
		t.Errorf("conflicts %+v", conflicts)
	}
}

// TestMerged changes a map of three entries in two caches, and saves both.
func TestMerged(t *testing.T) {
	type cache = *mapcache.Cache[string, int]
	set := func(key string, v int) func(cache) { return func(c cache) { c.Set(key, v) } }
	remove := func(key string) func(cache) { return func(c cache) { c.Delete(key) } }
	update := func(key string) func(cache) {
		return func(c cache) { c.Update(key, func(old int, _ bool) (int, bool) { return old + 10, true }) }
	}
	all := func(do ...func(cache)) func(cache) {
		return func(c cache) {
			for _, d := range do {
				d(c)
			}
		}
	}
	tests := []struct {
		name     string
		a, b     func(cache) // b is saved last
		want     map[string]int
		conflict string
	}{
		{"each sets its own", set("x", 1), set("y", 2), map[string]int{"k": 0, "l": 0, "m": 0, "x": 1, "y": 2}, ""},
		{"one sets, one deletes another", set("k", 1), remove("l"), map[string]int{"k": 1, "m": 0}, ""},
		{"one deletes, one sets another", remove("k"), set("l", 1), map[string]int{"l": 1, "m": 0}, ""},
		{"both set one key", set("k", 1), set("k", 2), map[string]int{"k": 2, "l": 0, "m": 0}, `"k"`},
		{"both set one key to one value", set("k", 1), set("k", 1), map[string]int{"k": 1, "l": 0, "m": 0}, ""},
		{"both set a new key", set("x", 1), set("x", 2), map[string]int{"k": 0, "l": 0, "m": 0, "x": 2}, `"x"`},
		{"both update one key", update("k"), all(update("k"), update("k")), map[string]int{"k": 20, "l": 0, "m": 0}, `"k"`},
		{"both delete one key", remove("k"), remove("k"), map[string]int{"l": 0, "m": 0}, ""},
		{"one deletes what the other sets", remove("k"), set("k", 2), map[string]int{"k": 2, "l": 0, "m": 0}, `"k"`},
		{"one sets what the other deletes", set("k", 2), remove("k"), map[string]int{"l": 0, "m": 0}, `"k"`},
		{"set and deleted again", set("x", 1), all(set("y", 2), remove("y")), map[string]int{"k": 0, "l": 0, "m": 0, "x": 1}, ""},
		{"set and set back", set("k", 1), all(set("k", 2), set("k", 0)), map[string]int{"k": 0, "l": 0, "m": 0}, `"k"`},
		{"one clears, one adds", set("x", 1), cache.Clear, map[string]int{"x": 1}, ""},
		{"one adds, one clears", cache.Clear, set("x", 1), map[string]int{"x": 1}, ""},
		{"one clears what the other sets", set("k", 1), all(cache.Clear, set("y", 2)), map[string]int{"y": 2}, `"k"`},
	}
	for _, format := range []string{"gob", "json", "csv"} {
		for _, test := range tests {
			t.Run(format+"/"+test.name, func(t *testing.T) {
				dir, ctx := t.TempDir(), t.Context()
				o := mapcache.Options[string, int]{Format: format, Rules: manually()}
				first, _ := newManager(t, dir)
				c := register(t, first, "c", o)
				for _, key := range []string{"k", "l", "m"} {
					c.Set(key, 0)
				}
				check(t, first.Close(ctx))

				two := newTwo(t, dir, o)
				check(t, errors.Join(two.a.Load(ctx), two.b.Load(ctx)))
				test.a(two.a)
				test.b(two.b)
				check(t, errors.Join(two.a.Save(ctx), two.b.Save(ctx)))
				if got := saved(t, dir, "c", o); !maps.Equal(got, test.want) {
					t.Errorf("saved %v, want %v", got, test.want)
				}
				if got := collect(two.b); !maps.Equal(got, test.want) {
					t.Errorf("in memory there is %v, want %v", got, test.want)
				}
				told := two.heardB.of(diskcache.Conflict)
				if (len(told) > 0) != (test.conflict != "") || len(told) > 0 && !strings.Contains(told[0].Reason, "elsewhere: "+test.conflict+"; ") {
					t.Errorf("conflicts %+v, want %s", told, test.conflict)
				}
				// What a missed comes in with its next save, and nothing that was merged is a conflict then.
				two.a.Set("last", 1)
				check(t, two.a.Save(ctx))
				want := maps.Clone(test.want)
				want["last"] = 1
				if got := collect(two.a); !maps.Equal(got, want) || len(two.heardA.of(diskcache.Conflict)) != 0 {
					t.Errorf("then the first has %v, want %v, told of %+v", got, want, two.heardA.of(diskcache.Conflict))
				}
			})
		}
	}
}

// TestMergedAgainAndAgain lets two caches take turns.
func TestMergedAgainAndAgain(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	two := newTwo(t, dir, mapcache.Options[string, int]{})
	want := map[string]int{}
	for i := range 10 {
		for who, c := range []*mapcache.Cache[string, int]{two.a, two.b} {
			key := fmt.Sprintf("%d of %d", i, who)
			c.Set(key, i)
			want[key] = i
			check(t, c.Save(ctx))
		}
	}
	check(t, two.a.Reload(ctx))
	if !maps.Equal(collect(two.a), want) || !maps.Equal(collect(two.b), want) {
		t.Errorf("there are %v and %v", collect(two.a), collect(two.b))
	}
	if told := len(two.heardA.of(diskcache.Conflict)) + len(two.heardB.of(diskcache.Conflict)); told != 0 {
		t.Errorf("%d conflicts", told)
	}
}

// TestNothingMergedWhereNobodyElseSaves reads the file once.
func TestNothingMergedWhereNobodyElseSaves(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	saveOne(t, dir, mapcache.Options[string, int]{})
	m, heard := newManager(t, dir)
	c := register(t, m, "c", mapcache.Options[string, int]{Rules: manually()})
	for i := range 5 {
		c.Set("a", i)
		check(t, c.Save(ctx))
	}
	if loads, merges := len(heard.of(diskcache.Loaded)), len(heard.of(diskcache.Merged)); loads != 1 || merges != 0 {
		t.Errorf("%d loads and %d merges", loads, merges)
	}
}

// TestMergeAndFailedSave has a save that fails after others saved: it is tried again with all
// that was changed, and tells the conflict once.
func TestMergeAndFailedSave(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	fails := false
	o := mapcache.Options[string, int]{Hooks: mapcache.Hooks[string, int]{
		Prepare: func(contents map[string]int) (map[string]int, error) {
			if fails {
				return nil, errDisk
			}
			return contents, nil
		},
	}}
	two := newTwo(t, dir, o)
	two.a.Set("k", 1)
	two.a.Set("gone", 1)
	check(t, two.a.Save(ctx))
	check(t, two.b.Reload(ctx))
	two.b.Set("k", 2)
	two.b.Delete("gone")
	two.a.Set("k", 3)
	two.a.Set("x", 3)
	check(t, two.a.Save(ctx))
	fails = true
	wantError(t, two.b.Save(ctx), errDisk, "save c")
	two.b.Set("y", 4)
	wantError(t, two.b.Save(ctx), errDisk, "save c")
	fails = false
	check(t, two.b.Save(ctx))
	want := map[string]int{"k": 2, "x": 3, "y": 4}
	if got := saved(t, dir, "c", mapcache.Options[string, int]{}); !maps.Equal(got, want) {
		t.Errorf("saved %v, want %v", got, want)
	}
	if told := two.heardB.of(diskcache.Conflict); len(told) != 1 {
		t.Errorf("conflicts %+v, want one", told)
	}
}

// TestHooksOfMerges has hooks around the file: what others saved goes through Validate and
// Finish.
func TestHooksOfMerges(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	refuse := false
	o := mapcache.Options[string, int]{Hooks: mapcache.Hooks[string, int]{
		Prepare: func(contents map[string]int) (map[string]int, error) {
			delete(contents, "derived")
			return contents, nil
		},
		Finish: func(contents map[string]int) (map[string]int, error) {
			contents["derived"] = len(contents)
			return contents, nil
		},
		Validate: func(map[string]int) error {
			if refuse {
				return errDisk
			}
			return nil
		},
	}}
	two := newTwo(t, dir, o)
	check(t, errors.Join(two.a.Load(ctx), two.b.Load(ctx)))
	two.a.Set("x", 1)
	two.b.Set("y", 1)
	check(t, errors.Join(two.a.Save(ctx), two.b.Save(ctx)))
	if got, want := collect(two.b), (map[string]int{"x": 1, "y": 1, "derived": 1}); !maps.Equal(got, want) {
		t.Errorf("there is %v, want %v", got, want)
	}
	refuse = true
	two.a.Set("z", 1)
	check(t, two.a.Save(ctx)) // what the other one saved is refused, and set aside
	if told := two.heardA.of(diskcache.SetAside); len(told) == 0 || told[0].Why != diskcache.Invalid {
		t.Errorf("told of %+v", told)
	}
}

// TestUnusableMeanwhile has others leave something in the file that the cache cannot use, after it
// loaded what was there before. The cache saves what it has, and takes away nothing.
func TestUnusableMeanwhile(t *testing.T) {
	for _, scene := range unusableScenes() {
		if scene.format != "gob" {
			continue // the cache below has saved another format, which is replaced
		}
		t.Run(scene.name, func(t *testing.T) {
			dir, ctx := t.TempDir(), t.Context()
			m, heard := newManager(t, dir)
			o := mapcache.Options[string, float64]{Rules: manually()}
			c := register(t, m, "c", o)
			check(t, c.Load(ctx))
			scene.make(t, dir)
			before, err := os.ReadFile(file(dir, scene.file))
			check(t, err)
			c.Set("new", 2)
			check(t, c.Save(ctx))
			if got := saved(t, dir, "c", o); !maps.Equal(got, map[string]float64{"new": 2}) {
				t.Errorf("saved %v", got)
			}
			aside, err := filepath.Glob(file(dir, ".dataelab/aside/*-"+scene.file))
			check(t, err)
			if len(aside) != 1 {
				t.Fatalf("set aside %q", aside)
			}
			if after, err := os.ReadFile(aside[0]); err != nil || string(after) != string(before) {
				t.Errorf("set aside %q, want %q, %v", after, before, err)
			}
			if told := heard.of(diskcache.SetAside); len(told) != 1 || told[0].Why != scene.why {
				t.Errorf("told of %+v", told)
			}
		})
	}
}

// TestUnreadableMeanwhile has a disk that fails when the file of others is to be merged:
// nothing is saved over it.
func TestUnreadableMeanwhile(t *testing.T) {
	s, ctx := brokenStore{store.Memory(), new(atomic.Bool)}, t.Context()
	open := func() (*mapcache.Manager, *mapcache.Cache[string, int]) {
		m := &mapcache.Manager{Store: s, OnEvent: new(heard).hear}
		return m, register(t, m, "c", mapcache.Options[string, int]{Rules: manually()})
	}
	ma, a := open()
	mb, b := open()
	a.Set("x", 1)
	b.Set("y", 2)
	check(t, ma.Close(ctx))
	s.broken.Store(true)
	wantError(t, b.Save(ctx), mapcache.ErrNotLoaded, errDisk.Error())
	s.broken.Store(false)
	check(t, mb.Close(ctx))
	_, c := open()
	if got := collect(c); !maps.Equal(got, map[string]int{"x": 1, "y": 2}) {
		t.Errorf("saved %v", got)
	}
}

// TestEditedByHand has a user who edits the file of a running program.
func TestEditedByHand(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	o := mapcache.Options[string, int]{Format: "json", Rules: manually()}
	check(t, os.MkdirAll(file(dir, ""), 0o700))
	write := func(text string) { check(t, os.WriteFile(file(dir, "c.json"), []byte(text), 0o600)) }
	write(`{"hand": 1}`)
	m, heard := newManager(t, dir)
	c := register(t, m, "c", o)
	c.Set("own", 1)
	write(`{"hand": 2, "more": 3}`)
	check(t, c.Save(ctx))
	if got, want := saved(t, dir, "c", o), (map[string]int{"hand": 2, "more": 3, "own": 1}); !maps.Equal(got, want) {
		t.Errorf("saved %v, want %v", got, want)
	}
	write(`{"hand": 4444}`) // and the record does not know
	c.Set("own", 2)
	check(t, c.Save(ctx))
	if told := heard.of(diskcache.SetAside); len(told) != 1 || told[0].Path != file(dir, "c.json") {
		t.Errorf("told of %+v", told)
	}
	path := file(dir, "c.json")
	text, err := os.ReadFile(path)
	check(t, err)
	edited := strings.Replace(string(text), "2", "7", 1) // of the same size
	write(edited)
	later := time.Now().Add(time.Minute)
	check(t, os.Chtimes(path, later, later))
	c.Set("own", 3)
	check(t, c.Save(ctx))
	if told := heard.of(diskcache.SetAside); len(told) != 2 || told[1].Path != path {
		t.Errorf("told of %+v", told)
	}
	aside, err := filepath.Glob(file(dir, ".dataelab/aside/*-c.json"))
	check(t, err)
	kept := false
	for _, name := range aside {
		text, err := os.ReadFile(name)
		kept = kept || err == nil && string(text) == edited
	}
	if !kept {
		t.Errorf("%q is not among %q", edited, aside)
	}
	check(t, os.Chtimes(path, later, later)) // only touched
	c.Set("own", 4)
	check(t, c.Save(ctx))
	if told, merged := heard.of(diskcache.SetAside), heard.of(diskcache.Merged); len(told) != 2 || len(merged) != 1 {
		t.Errorf("told of %+v and %+v", told, merged)
	}
}

// TestReplacedOnPurpose has contents that take the place of what is stored.
func TestReplacedOnPurpose(t *testing.T) {
	ctx := t.Context()
	given := map[string]int{"given": 1}
	for name, o := range map[string]mapcache.Options[string, int]{
		"Contents": {Contents: given},
		"Rebuild":  {Hooks: mapcache.Hooks[string, int]{Build: func(context.Context, string) (map[string]int, error) { return given, nil }}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			o.Rules = manually()
			m, _ := newManager(t, dir)
			c := register(t, m, "c", o)
			check(t, c.Load(ctx))
			saveOne(t, dir, mapcache.Options[string, int]{})
			if name == "Rebuild" {
				check(t, c.Rebuild(ctx))
			}
			check(t, c.Save(ctx))
			if got := saved(t, dir, "c", mapcache.Options[string, int]{}); !maps.Equal(got, given) {
				t.Errorf("saved %v", got)
			}
			saveTwo, _ := newManager(t, dir) // and from then on it is a file of several
			register(t, saveTwo, "c", mapcache.Options[string, int]{}).Set("other", 2)
			check(t, saveTwo.Close(ctx))
			c.Set("own", 3)
			check(t, c.Save(ctx))
			if got, want := saved(t, dir, "c", mapcache.Options[string, int]{}), (map[string]int{"given": 1, "other": 2, "own": 3}); !maps.Equal(got, want) {
				t.Errorf("then saved %v, want %v", got, want)
			}
		})
	}
}

// TestValuesThatAreNoConflict have no == of their own.
func TestValuesThatAreNoConflict(t *testing.T) {
	type star struct {
		Magnitude float64
		Names     []string
	}
	dir, ctx := t.TempDir(), t.Context()
	two := newTwo(t, dir, mapcache.Options[string, star]{})
	two.a.Set("k", star{math.NaN(), nil})
	check(t, two.a.Save(ctx))
	check(t, two.b.Load(ctx))
	two.a.Set("x", star{1, nil})
	check(t, two.a.Save(ctx))
	two.b.Set("k", star{2, []string{"Vega"}}) // which only this one changed
	check(t, two.b.Save(ctx))
	if merged, conflicts := two.heardB.of(diskcache.Merged), two.heardB.of(diskcache.Conflict); len(merged) != 1 || len(conflicts) != 0 {
		t.Errorf("told of %+v and %+v", merged, conflicts)
	}
}

// TestWritersWhileMerging has writers, loops and saves of two caches at the same time: in the
// end each has the entries of both.
func TestWritersWhileMerging(t *testing.T) {
	const n, saves = 300, 8
	dir, ctx := t.TempDir(), t.Context()
	two := newTwo(t, dir, mapcache.Options[string, int]{})
	var w sync.WaitGroup
	want := map[string]int{}
	for who, c := range []*mapcache.Cache[string, int]{two.a, two.b} {
		for i := range n {
			want[fmt.Sprint(who, " ", i)] = i
		}
		w.Go(func() {
			for i := range n {
				c.Set(fmt.Sprint(who, " ", i), i)
				c.Set("mine", who)
				c.Delete("mine")
			}
		})
		w.Go(func() {
			for range saves {
				if err := c.Save(ctx); err != nil {
					t.Error(err)
				}
				collect(c)
			}
		})
	}
	w.Wait()
	for _, c := range []*mapcache.Cache[string, int]{two.a, two.b, two.a} {
		c.Set("last", 1)
		check(t, c.Save(ctx))
	}
	want["last"] = 1
	if !maps.Equal(collect(two.a), want) || !maps.Equal(collect(two.b), want) {
		t.Errorf("there are %d and %d entries, want %d", two.a.Len(), two.b.Len(), len(want))
	}
	if got := saved(t, dir, "c", mapcache.Options[string, int]{}); !maps.Equal(got, want) {
		t.Errorf("%d entries were saved, want %d", len(got), len(want))
	}
}

// TestProcessesFillOneMap has three processes that fill one map, and save it often.
func TestProcessesFillOneMap(t *testing.T) {
	const processes = 3
	dir := t.TempDir()
	var all []*exec.Cmd
	for n := range processes {
		cmd := child(t, "fill", dir, n)
		check(t, cmd.Start())
		all = append(all, cmd)
	}
	for _, cmd := range all {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	got := saved(t, dir, "shared", mapcache.Options[int, int]{})
	for n := range processes {
		for i := range fillSaves {
			if v, ok := got[n*fillSaves+i]; !ok || v != n {
				t.Errorf("entry %d of process %d is %d, %t", i, n, v, ok)
			}
		}
	}
	if len(got) != processes*fillSaves {
		t.Errorf("%d entries, want %d", len(got), processes*fillSaves)
	}
}

const fillSaves = 8

// fill saves after each entry.
func fill(dir string, n int) error {
	m := &mapcache.Manager{Dir: dir, OnEvent: func(diskcache.Event) {}}
	c, err := mapcache.Register(m, "shared", mapcache.Options[int, int]{Rules: manually()})
	if err != nil {
		return err
	}
	for i := range fillSaves {
		c.Set(n*fillSaves+i, n)
		if err := c.Save(context.Background()); err != nil {
			return err
		}
	}
	return m.Close(context.Background())
}

// TestSavedAfterFailedReload has a file that cannot be read for a time: the reload fails, and the
// save after it takes in what is there.
func TestSavedAfterFailedReload(t *testing.T) {
	s, ctx := brokenStore{store.Memory(), new(atomic.Bool)}, t.Context()
	open := func() *mapcache.Cache[string, int] {
		m := &mapcache.Manager{Store: s, OnEvent: new(heard).hear}
		return register(t, m, "c", mapcache.Options[string, int]{Rules: manually()})
	}
	a, b := open(), open()
	a.Set("x", 1)
	b.Set("y", 2)
	check(t, a.Save(ctx))
	s.broken.Store(true)
	wantError(t, b.Reload(ctx), mapcache.ErrNotLoaded, errDisk.Error())
	s.broken.Store(false)
	want := map[string]int{"x": 1, "y": 2}
	check(t, b.Save(ctx))
	if got := collect(open()); !maps.Equal(got, want) || !maps.Equal(collect(b), want) {
		t.Errorf("saved %v, and in memory there is %v, want %v", got, collect(b), want)
	}
}

// TestUsableMeanwhile clears a cache that could not be loaded. Before it saves, another process
// puts something into the file that can be used.
func TestUsableMeanwhile(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	saveOne(t, dir, mapcache.Options[string, int]{})
	o := mapcache.Options[string, float64]{Rules: manually()}
	two := newTwo(t, dir, o)
	two.a.Clear()
	two.a.Set("x", 1)
	two.b.Clear()
	two.b.Set("y", 2)
	check(t, errors.Join(two.a.Save(ctx), two.b.Save(ctx)))
	if got, want := saved(t, dir, "c", o), (map[string]float64{"x": 1, "y": 2}); !maps.Equal(got, want) {
		t.Errorf("saved %v, want %v", got, want)
	}
	aside, err := filepath.Glob(file(dir, ".dataelab/aside/*-c.gob"))
	if err != nil || len(aside) != 1 {
		t.Errorf("set aside %q, %v", aside, err)
	}
}
