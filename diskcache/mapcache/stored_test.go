package mapcache_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/mapcache"
	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/digest"
)

// unusableScene makes a file that a cache of map[string]float64 cannot load.
type unusableScene struct {
	name   string
	format string
	file   string // which has the contents
	make   func(t *testing.T, dir string)
	why    diskcache.Reason
	says   string
}

func unusableScenes() []unusableScene {
	write := func(name, text string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			check(t, os.MkdirAll(file(dir, ""), 0o700))
			check(t, os.WriteFile(file(dir, name), []byte(text), 0o600))
		}
	}
	integers := func(format string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { saveOne(t, dir, mapcache.Options[string, int]{Format: format}) }
	}
	return []unusableScene{
		{"another type", "gob", "c.gob", integers("gob"), diskcache.TypeChanged, "it is a map[string]int, and the cache a map[string]float64"},
		{"another type in JSON", "json", "c.json", integers("json"), diskcache.TypeChanged, "it is a map[string]int"},
		{"another format", "gob", "c.csv", integers("csv"), diskcache.TypeChanged, "it is a map[string]int"},
		{"another format of this type", "gob", "c.csv", func(t *testing.T, dir string) {
			m, _ := newManager(t, dir)
			register(t, m, "c", mapcache.Options[string, float64]{Format: "csv"}).Set("saved", 1)
			check(t, m.Close(t.Context()))
		}, diskcache.FormatGone, "csv"},
		{"a header of another program", "csv", "c.csv", write("c.csv", "name,gain\nsaved,1\n"), diskcache.Damaged, "line 1"},
		{"a cut file", "gob", "c.gob", func(t *testing.T, dir string) {
			m, _ := newManager(t, dir)
			register(t, m, "c", mapcache.Options[string, float64]{}).Set("saved", 1)
			check(t, m.Close(t.Context()))
			check(t, os.Truncate(file(dir, "c.gob"), 3))
		}, diskcache.Damaged, "3 bytes"},
		{"a damaged record", "gob", "c.gob", func(t *testing.T, dir string) {
			saveOne(t, dir, mapcache.Options[string, int]{})
			check(t, os.WriteFile(file(dir, ".dataelab/c.json"), []byte("{"), 0o600))
		}, diskcache.Damaged, "record"},
	}
}

// TestStoredButUnusable has a cache without a builder: what it cannot load stays where it
// is, in this process and in the next one, until the program says that it does without.
func TestStoredButUnusable(t *testing.T) {
	for _, scene := range unusableScenes() {
		t.Run(scene.name, func(t *testing.T) {
			dir, ctx := t.TempDir(), t.Context()
			scene.make(t, dir)
			path := file(dir, scene.file)
			before, err := os.ReadFile(path)
			check(t, err)
			for range 2 {
				m, heard := newManager(t, dir)
				c := register(t, m, "c", mapcache.Options[string, float64]{Format: scene.format, Rules: []mapcache.Rule{{Changes: 1}}})
				err := c.Load(ctx)
				wantError(t, err, mapcache.ErrNotLoaded, scene.says)
				var why *mapcache.NotLoadedError
				if !errors.As(err, &why) || why.Why != scene.why || why.Path != path {
					t.Errorf("why %+v, want %v of %s", why, scene.why, path)
				}
				wantError(t, c.Err(), mapcache.ErrNotLoaded, scene.says)
				c.Set("new", 2)
				if v, ok := c.Get("new"); v != 2 || !ok {
					t.Error("it is no map in memory")
				}
				wantError(t, c.Err(), mapcache.ErrNotLoaded, scene.says)
				told := slices.DeleteFunc(heard.of(diskcache.LookedUp), func(e diskcache.Event) bool { return e.Why != scene.why })
				if len(told) == 0 || !strings.Contains(told[0].Reason, scene.says) || len(heard.of(diskcache.Failed)) != 1 {
					t.Errorf("told of %+v", heard.events)
				}
				wantError(t, c.Save(ctx), mapcache.ErrNotLoaded, "mapcache: save c: ")
				wantError(t, m.Close(ctx), mapcache.ErrNotLoaded, "changes that are lost when the program ends now: 1")
				if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
					t.Fatalf("the file was %q and is %q, %v", before, after, err)
				}
			}
		})
	}
}

// TestBeginWithoutWhatIsStored clears a cache that could not be loaded: what is saved then
// takes no file away.
func TestBeginWithoutWhatIsStored(t *testing.T) {
	for _, scene := range unusableScenes() {
		t.Run(scene.name, func(t *testing.T) {
			dir, ctx := t.TempDir(), t.Context()
			scene.make(t, dir)
			before, err := os.ReadFile(file(dir, scene.file))
			check(t, err)
			m, heard := newManager(t, dir)
			o := mapcache.Options[string, float64]{Format: scene.format, Rules: manually()}
			c := register(t, m, "c", o)
			c.Set("lost", 1)
			c.Clear()
			if c.Err() != nil || c.Len() != 0 {
				t.Errorf("error %v, %d entries", c.Err(), c.Len())
			}
			check(t, c.Load(ctx))
			c.Set("new", 2)
			check(t, m.Close(ctx))
			if got := saved(t, dir, "c", o); !maps.Equal(got, map[string]float64{"new": 2}) {
				t.Errorf("the next process has %v", got)
			}
			aside, err := filepath.Glob(file(dir, ".dataelab/aside/*-"+scene.file))
			if err != nil || len(aside) != 1 {
				t.Fatalf("set aside %q, %v", aside, err)
			}
			if after, err := os.ReadFile(aside[0]); err != nil || string(after) != string(before) {
				t.Errorf("set aside %q, want %q, %v", after, before, err)
			}
			told := heard.of(diskcache.SetAside)
			if len(told) != 1 || told[0].Path != file(dir, scene.file) || told[0].Why != scene.why || !strings.Contains(told[0].Reason, filepath.Base(aside[0])) {
				t.Errorf("told of %+v", told)
			}
		})
	}
}

// TestClearSavesByRule has changes that no rule counted as long as nothing could be saved.
func TestClearSavesByRule(t *testing.T) {
	dir := t.TempDir()
	saveOne(t, dir, mapcache.Options[string, int]{})
	m, heard := newManager(t, dir)
	c := register(t, m, "c", mapcache.Options[string, float64]{Rules: []mapcache.Rule{{Changes: 1}}})
	c.Set("a", 1)
	c.Set("b", 1)
	c.Clear()
	eventually(t, "a save by the rule", func() bool { return len(heard.of(diskcache.Saved)) > 0 })
}

// TestDeletedWhereUnusable has the other ways to say that what is stored is not wanted.
func TestDeletedWhereUnusable(t *testing.T) {
	ctx := t.Context()
	for name, do := range map[string]func(c *mapcache.Cache[string, float64]) error{
		"Rebuild":     func(c *mapcache.Cache[string, float64]) error { return c.Rebuild(ctx) },
		"Invalidate":  func(c *mapcache.Cache[string, float64]) error { return c.Invalidate(ctx) },
		"DeleteSaved": func(c *mapcache.Cache[string, float64]) error { return c.DeleteSaved(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			saveOne(t, dir, mapcache.Options[string, int]{})
			m, _ := newManager(t, dir)
			c := register(t, m, "c", mapcache.Options[string, float64]{})
			wantError(t, c.Load(ctx), mapcache.ErrNotLoaded, "")
			c.Set("early", 1)
			check(t, do(c))
			check(t, c.Load(ctx))
			c.Set("new", 2)
			check(t, m.Close(ctx))
			if got := saved(t, dir, "c", mapcache.Options[string, float64]{}); got["new"] != 2 {
				t.Errorf("the next process has %v", got)
			}
		})
	}
}

// TestBuiltWhereUnusable has a builder. It learns why it builds, and the file of another
// type does not vanish.
func TestBuiltWhereUnusable(t *testing.T) {
	for _, scene := range unusableScenes() {
		t.Run(scene.name, func(t *testing.T) {
			dir := t.TempDir()
			scene.make(t, dir)
			m, heard := newManager(t, dir)
			var loaded error
			c := register(t, m, "c", mapcache.Options[string, float64]{Format: scene.format, Hooks: mapcache.Hooks[string, float64]{
				Build: func(context.Context, string) (map[string]float64, error) { return map[string]float64{"built": 1}, nil },
				After: func(_ context.Context, op mapcache.Op, _ string, err error) {
					if op == mapcache.OpLoad {
						loaded = err
					}
				},
			}})
			check(t, c.Load(t.Context()))
			if got := collect(c); !maps.Equal(got, map[string]float64{"built": 1}) || c.Err() != nil {
				t.Errorf("there is %v, error %v", got, c.Err())
			}
			wantError(t, loaded, mapcache.ErrNotLoaded, scene.says)
			if told := heard.of(diskcache.LookedUp); len(told) != 1 || told[0].Why != scene.why {
				t.Errorf("told of %+v", told)
			}
			aside, err := filepath.Glob(file(dir, ".dataelab/aside/*"+filepath.Ext(scene.file)))
			if err != nil || len(aside) != 1 {
				t.Errorf("set aside %q, %v", aside, err)
			}
		})
	}
}

// TestChangedVersion is what the program asks for: it begins empty, and hears of it.
func TestChangedVersion(t *testing.T) {
	dir := t.TempDir()
	saveOne(t, dir, mapcache.Options[string, int]{Version: "1", Format: "json"})
	m, heard := newManager(t, dir)
	o := mapcache.Options[string, int]{Version: "2", Format: "json"}
	c := register(t, m, "c", o)
	check(t, c.Load(t.Context()))
	told := heard.of(diskcache.LookedUp)
	if c.Len() != 0 || c.Err() != nil || len(told) != 1 || told[0].Why != diskcache.VersionChanged || !strings.Contains(told[0].Reason, `from "1" to "2"`) {
		t.Errorf("%d entries, error %v, told of %+v", c.Len(), c.Err(), told)
	}
	c.Set("new", 2)
	check(t, m.Close(t.Context()))
	if got := saved(t, dir, "c", o); !maps.Equal(got, map[string]int{"new": 2}) {
		t.Errorf("the next process has %v", got)
	}
	if aside, err := filepath.Glob(file(dir, ".dataelab/aside/*-c.json")); err != nil || len(aside) != 1 {
		t.Errorf("set aside %q, %v", aside, err)
	}
}

// TestFieldAdded has values that gained a field since they were saved.
func TestFieldAdded(t *testing.T) {
	for _, format := range []string{"gob", "json"} {
		dir := t.TempDir()
		saveStars(t, dir, format)
		type star struct{ Magnitude, Parallax float64 }
		m, _ := newManager(t, dir)
		c := register(t, m, "c", mapcache.Options[string, star]{Format: format})
		if err := c.Load(t.Context()); err != nil {
			wantError(t, err, mapcache.ErrNotLoaded, "c."+format)
		} else if v, ok := c.Get("Vega"); v.Magnitude != 0.03 || !ok {
			t.Errorf("%s: no error, and Vega is %v, %t", format, v, ok)
		}
	}
}

func saveStars(t *testing.T, dir, format string) {
	t.Helper()
	type star struct{ Magnitude float64 }
	m, _ := newManager(t, dir)
	register(t, m, "c", mapcache.Options[string, star]{Format: format}).Set("Vega", star{0.03})
	check(t, m.Close(t.Context()))
}

// TestRefusedWithoutBuilder has contents that Validate refuses.
func TestRefusedWithoutBuilder(t *testing.T) {
	dir, errNegative := t.TempDir(), errors.New("negative")
	saveOne(t, dir, mapcache.Options[string, int]{})
	m, _ := newManager(t, dir)
	c := register(t, m, "c", mapcache.Options[string, int]{Hooks: mapcache.Hooks[string, int]{
		Validate: func(map[string]int) error { return errNegative },
	}})
	err := c.Load(t.Context())
	wantError(t, err, mapcache.ErrNotLoaded, "negative")
	wantError(t, err, errNegative, file(dir, "c.gob"))
	c.Set("new", 1)
	wantError(t, c.Save(t.Context()), mapcache.ErrNotLoaded, "negative")
	if got := saved(t, dir, "c", mapcache.Options[string, int]{}); got["saved"] != 1 {
		t.Errorf("the file has %v", got)
	}
}

// TestWishesDoNotEmpty has contexts that ask cached calls for younger values.
func TestWishesDoNotEmpty(t *testing.T) {
	dir := t.TempDir()
	saveOne(t, dir, mapcache.Options[string, int]{})
	for name, ctx := range map[string]context.Context{
		"bypass": diskcache.WithBypass(t.Context()), "refresh": diskcache.WithRefresh(t.Context()), "age": diskcache.WithMaxAge(t.Context(), 1),
	} {
		m, _ := newManager(t, dir)
		c := register(t, m, "c", mapcache.Options[string, int]{})
		check(t, c.Load(ctx))
		if c.Len() != 1 {
			t.Errorf("%s: %d entries, want the one that was saved", name, c.Len())
		}
	}
}

// checkField begins the last field of a record, the digest of what comes before.
const checkField = "\n \"check\": \""

// TestNewerRelease has contents that a later release stored. The engine does not replace
// them, so they are not set aside for a save either.
func TestNewerRelease(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	saveOne(t, dir, mapcache.Options[string, int]{})
	record := file(dir, ".dataelab/c.json")
	text, err := os.ReadFile(record)
	check(t, err)
	newer := strings.Replace(string(text), `"layout": 1`, `"layout": 99`, 1)
	newer, _, ok := strings.Cut(newer, checkField)
	if !ok {
		t.Fatalf("no check in %s", text)
	}
	newer += checkField + digest.Of([]byte(newer)) + "\"\n}\n"
	check(t, os.WriteFile(record, []byte(newer), 0o600))
	m, _ := newManager(t, dir)
	c := register(t, m, "c", mapcache.Options[string, int]{Rules: manually()})
	var why *mapcache.NotLoadedError
	if err := c.Load(ctx); !errors.As(err, &why) || why.Why != diskcache.NewerRelease || strings.Contains(err.Error(), "Clear") {
		t.Errorf("loaded with error %v", err)
	}
	c.Clear()
	c.Set("new", 1)
	wantError(t, c.Save(ctx), nil, "mapcache: save c: ")
	if _, err := os.Stat(file(dir, "c.gob")); err != nil {
		t.Error(err)
	}
	check(t, c.DeleteSaved(ctx)) // says it clearly
	check(t, c.Save(ctx))
	if got := saved(t, dir, "c", mapcache.Options[string, int]{}); got["new"] != 1 {
		t.Errorf("the next process has %v", got)
	}
}

// brokenStore does not let a file be read, for a time.
type brokenStore struct {
	store.Store
	broken *atomic.Bool
}

func (s brokenStore) Open(ctx context.Context, name string) (store.Object, error) {
	if s.broken.Load() && strings.HasSuffix(name, "c.gob") {
		return nil, errDisk
	}
	return s.Store.Open(ctx, name)
}

// TestUnreadable has a disk that fails for a time.
func TestUnreadable(t *testing.T) {
	s := brokenStore{store.Memory(), new(atomic.Bool)}
	ctx := t.Context()
	first := &mapcache.Manager{Store: s}
	register(t, first, "c", mapcache.Options[string, int]{}).Set("saved", 1)
	check(t, first.Close(ctx))

	s.broken.Store(true)
	m := &mapcache.Manager{Store: s, OnEvent: new(heard).hear}
	c := register(t, m, "c", mapcache.Options[string, int]{Rules: manually()})
	var why *mapcache.NotLoadedError
	if err := c.Load(ctx); !errors.As(err, &why) || why.Why != diskcache.Unreadable || !strings.Contains(err.Error(), errDisk.Error()) {
		t.Errorf("loaded with error %v", err)
	}
	c.Set("new", 1)
	wantError(t, c.Save(ctx), mapcache.ErrNotLoaded, errDisk.Error())
	s.broken.Store(false)
	check(t, c.Load(ctx))
	if got := collect(c); !maps.Equal(got, map[string]int{"saved": 1}) || c.Err() != nil {
		t.Errorf("then there is %v, error %v", got, c.Err())
	}
	check(t, m.Close(ctx))
}

// TestLogOfWhatIsNotUsed has a manager without OnEvent.
func TestLogOfWhatIsNotUsed(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	dir, ctx := t.TempDir(), t.Context()
	saveOne(t, dir, mapcache.Options[string, int]{Version: "1"})

	m := &mapcache.Manager{Dir: dir}
	check(t, register(t, m, "c", mapcache.Options[string, int]{Version: "2"}).Load(ctx))
	if said := log.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "level=INFO") || !strings.Contains(said, "the version changed") {
		t.Errorf("for another version the log has %q", said)
	}
	log.Reset()
	m = &mapcache.Manager{Dir: dir}
	register(t, m, "c", mapcache.Options[string, float64]{Version: "1"}).Len()
	if said := log.String(); !strings.Contains(said, "level=WARN") || !strings.Contains(said, "it is a map[string]int") || !strings.Contains(said, "c.gob") {
		t.Errorf("for another type the log has %q", said)
	}
}

// rounded writes itself with two digits after the point.
type rounded struct{ magnitude float64 }

func (r rounded) MarshalBinary() ([]byte, error) { return fmt.Appendf(nil, "%.2f", r.magnitude), nil }

func (r *rounded) UnmarshalBinary(b []byte) error {
	_, err := fmt.Sscan(string(b), &r.magnitude)
	return err
}

// TestNoCheck: values that do not come back equal are saved where the program says so.
func TestNoCheck(t *testing.T) {
	dir := t.TempDir()
	m, _ := newManager(t, dir)
	strict := register(t, m, "strict", mapcache.Options[string, rounded]{Rules: manually()})
	strict.Set("Vega", rounded{0.026})
	if err := strict.Save(t.Context()); err == nil || !strings.Contains(err.Error(), `["Vega"].magnitude: want 0.026, got 0.03`) {
		t.Error(err)
	}
	lax := mapcache.Options[string, rounded]{Rules: manually(), NoCheck: true}
	c := register(t, m, "lax", lax)
	c.Set("Vega", rounded{0.026})
	check(t, c.Save(t.Context()))
	m, _ = newManager(t, dir)
	if v, ok := register(t, m, "lax", lax).Get("Vega"); !ok || v.magnitude != 0.03 {
		t.Error(v, ok)
	}
}
