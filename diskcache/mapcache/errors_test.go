package mapcache_test

import (
	"os"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/mapcache"
)

func TestNilManager(t *testing.T) {
	_, err := mapcache.Register[string, int](nil, "q", mapcache.Options[string, int]{})
	wantError(t, err, nil, "mapcache: register q: the manager is nil: pass the address of a Manager")
	_, _, err = mapcache.Retrieve[string, int](nil, "q")
	wantError(t, err, nil, "mapcache: retrieve q: the manager is nil")
	_, err = mapcache.RetrieveOrRegister[string, int](nil, "q", mapcache.Options[string, int]{})
	wantError(t, err, nil, "the manager is nil")
}

// TestZeroCache calls methods of a Cache that is in no manager.
func TestZeroCache(t *testing.T) {
	c, ctx := new(mapcache.Cache[string, int]), t.Context()
	for name, err := range map[string]error{
		"load": c.Load(ctx), "save": c.Save(ctx), "reload": c.Reload(ctx), "rebuild": c.Rebuild(ctx),
		"invalidate": c.Invalidate(ctx), "delete": c.DeleteSaved(ctx), "add dependents to": c.AddDependents("d"),
	} {
		wantError(t, err, nil, "mapcache: "+name+` "": a Cache was used that Register did not make`)
	}
	if c.Err() != nil || c.Name() != "" || c.Dependents() != nil {
		t.Errorf("Err %v, name %q, dependents %q", c.Err(), c.Name(), c.Dependents())
	}
	for name, use := range map[string]func(){
		"Get": func() { c.Get("a") }, "Set": func() { c.Set("a", 1) }, "Delete": func() { c.Delete("a") }, "Len": func() { c.Len() },
		"Clear": c.Clear, "All": func() { collect(c) },
		"Update": func() { c.Update("a", func(int, bool) (int, bool) { return 0, true }) },
	} {
		func() {
			defer func() {
				if said, _ := recover().(string); said != "mapcache: a Cache was used that Register did not make" {
					t.Errorf("%s panics with %q", name, said)
				}
			}()
			use()
		}()
	}
}

// TestErrorsSpeakOfMaps has errors of the engine, which knows tags and results.
func TestErrorsSpeakOfMaps(t *testing.T) {
	dir := t.TempDir()
	m, heard := newManager(t, dir)
	_, err := mapcache.Register(m, "x", mapcache.Options[string, int]{Format: "xml"})
	wantError(t, err, nil, `mapcache: register x: no format is named "xml"`)
	_, err = mapcache.Register(m, "", mapcache.Options[string, int]{})
	wantError(t, err, diskcache.ErrName, `mapcache: register "": `)

	c := register(t, m, "c", mapcache.Options[string, int]{Rules: manually()})
	c.Set("a", 1)
	c.Set("b", 1)
	blocker := strings.TrimSuffix(file(dir, ""), "/")
	check(t, os.RemoveAll(blocker))
	check(t, os.WriteFile(blocker, nil, 0o600))
	err = c.Save(t.Context())
	wantError(t, err, nil, "mapcache: save c: in "+blocker+": ")
	closed := m.Close(t.Context())
	wantError(t, closed, nil, "; changes that are lost when the program ends now: 2")
	for _, said := range []string{err.Error(), closed.Error()} {
		for _, word := range []string{" tag ", "result", "diskcache"} {
			if strings.Contains(said, word) {
				t.Errorf("%q has nothing to do with a map: %s", word, said)
			}
		}
	}
	if failed := heard.of(diskcache.SaveFailed); len(failed) != 0 {
		t.Errorf("told of %v, which the program was told of by errors", failed)
	}
	check(t, os.Remove(blocker))
	check(t, m.Close(t.Context()))
}
