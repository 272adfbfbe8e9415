package mapcache_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache/mapcache"
)

// TestFolderInPlaceOfFile has a folder, with somebody's file in it, where the contents or their record
// belong. It is set aside as it is: by a builder, by a program that does without what is stored, and by one
// that had loaded its contents before.
func TestFolderInPlaceOfFile(t *testing.T) {
	type dictionary = *mapcache.Cache[string, int]
	ctx := t.Context()
	ways := map[string]struct {
		o      mapcache.Options[string, int]
		before func(t *testing.T, c dictionary) // the folder is there
		save   func(t *testing.T, c dictionary)
		want   map[string]int
	}{
		"builder": {
			mapcache.Options[string, int]{Hooks: mapcache.Hooks[string, int]{Build: buildOne}},
			func(*testing.T, dictionary) {},
			func(t *testing.T, c dictionary) { check(t, c.Load(ctx)) },
			map[string]int{"built": 1},
		},
		"cleared": {
			mapcache.Options[string, int]{},
			func(*testing.T, dictionary) {},
			func(t *testing.T, c dictionary) {
				wantError(t, c.Load(ctx), mapcache.ErrNotLoaded, "is a folder")
				c.Clear()
				c.Set("own", 1)
				check(t, c.Save(ctx))
			},
			map[string]int{"own": 1},
		},
		"loaded before": {
			mapcache.Options[string, int]{},
			func(t *testing.T, c dictionary) { check(t, c.Load(ctx)) },
			func(t *testing.T, c dictionary) {
				c.Set("own", 1)
				check(t, c.Save(ctx))
			},
			map[string]int{"saved": 1, "own": 1},
		},
	}
	for name, way := range ways {
		for _, place := range []string{"c.gob", ".dataelab/c.json"} {
			t.Run(name+" "+place, func(t *testing.T) {
				dir := t.TempDir()
				saveOne(t, dir, mapcache.Options[string, int]{})
				m, _ := newManager(t, dir)
				o := way.o
				o.Rules = manually()
				c := register(t, m, "c", o)
				way.before(t, c)
				path := file(dir, place)
				check(t, errors.Join(os.Remove(path), os.Mkdir(path, 0o700), os.WriteFile(filepath.Join(path, "precious"), []byte("only copy"), 0o600)))
				way.save(t, c)
				if got := saved(t, dir, "c", mapcache.Options[string, int]{}); !maps.Equal(got, way.want) {
					t.Errorf("the next process has %v, want %v", got, way.want)
				}
				aside, err := filepath.Glob(file(dir, ".dataelab/aside/*/precious"))
				if err != nil || len(aside) != 1 {
					t.Errorf("set aside %q, %v", aside, err)
				}
			})
		}
	}
}
