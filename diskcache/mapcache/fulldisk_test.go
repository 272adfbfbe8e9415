package mapcache_test

import (
	"context"
	"errors"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache/mapcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// fullStore is a store on which nothing finds room any more.
type fullStore struct {
	storage.Store
	full bool
}

var errFull = errors.New("no space left on device")

func (s *fullStore) Put(ctx context.Context, name string, mode storage.Mode) (storage.Writer, error) {
	if s.full {
		return nil, errFull
	}
	return s.Store.Put(ctx, name, mode)
}

// A save that fails leaves what was saved before: it may be all there is.
func TestFailedSaveLeavesWhatWasSaved(t *testing.T) {
	disk := &fullStore{Store: storage.Memory()}
	open := func() (*mapcache.Manager, *mapcache.Cache[string, int]) {
		m := &mapcache.Manager{Dir: "maps", Store: disk}
		c, err := mapcache.Register(m, "stars", mapcache.Options[string, int]{Rules: []mapcache.Rule{}})
		if err != nil {
			t.Fatal(err)
		}
		return m, c
	}
	m, c := open()
	c.Set("Vega", 1)
	if err := c.Save(t.Context(), mapcache.Alone); err != nil {
		t.Fatal(err)
	}
	disk.full = true
	c.Set("Vega", 2)
	if err := m.Close(t.Context()); !errors.Is(err, errFull) {
		t.Errorf("Close: %v", err)
	}
	disk.full = false
	_, c = open()
	if v, ok := c.Get("Vega"); v != 1 || !ok {
		t.Errorf("the next program finds %d, %v; %v", v, ok, c.Err())
	}
}
