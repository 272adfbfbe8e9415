package mapcache_test

import (
	"errors"
	"os"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/mapcache"
)

func saveStar(t *testing.T, dir, format string) {
	type star struct{ Magnitude float64 }
	m, _ := newManager(t, dir)
	register(t, m, "c", mapcache.Options[string, star]{Format: format}).Set("Vega", star{0.03})
	check(t, m.Close(t.Context()))
}

// TestFieldGained: contents whose values gained a field are of another type. They stay
// where they are, and the reason says so.
func TestFieldGained(t *testing.T) {
	type star struct{ Magnitude, Distance float64 }
	for _, format := range []string{"gob", "json"} {
		dir := t.TempDir()
		saveStar(t, dir, format)
		m, heard := newManager(t, dir)
		c := register(t, m, "c", mapcache.Options[string, star]{Format: format})
		err := c.Load(t.Context())
		wantError(t, err, mapcache.ErrNotLoaded, "the result type map[string]github.com/dataelab/dataelab-go/diskcache/mapcache_test.star has changed")
		var why *mapcache.NotLoadedError
		if !errors.As(err, &why) || why.Why != diskcache.TypeChanged || len(heard.of(diskcache.SetAside)) > 0 {
			t.Errorf("%s: %+v, set aside %v", format, why, heard.of(diskcache.SetAside))
		}
		if _, err := os.Stat(file(dir, "c."+format)); err != nil {
			t.Error(err)
		}
	}
}
