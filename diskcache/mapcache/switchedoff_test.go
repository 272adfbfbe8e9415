package mapcache_test

import (
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/mapcache"
)

// TestSavedWithCachesOff: a map is data, not only a cache; it is saved and loaded while the
// caches are off.
func TestSavedWithCachesOff(t *testing.T) {
	t.Setenv(diskcache.NoCacheVariable, "1")
	dir := t.TempDir()
	open := func() (*mapcache.Manager, *mapcache.Cache[string, int]) {
		m := &mapcache.Manager{Dir: dir}
		c, err := mapcache.Register(m, "catalog", mapcache.Options[string, int]{})
		if err != nil {
			t.Fatal(err)
		}
		return m, c
	}
	m, c := open()
	c.Set("x", 1)
	if err := m.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	m, c = open()
	if v, ok := c.Get("x"); v != 1 || !ok {
		t.Errorf("%d, %v", v, ok)
	}
	if err := m.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
