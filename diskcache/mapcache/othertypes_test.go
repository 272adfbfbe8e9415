package mapcache_test

import (
	"context"
	"errors"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/mapcache"
)

// saveOfType saves maps of all keys with one value. What others left there in another type
// is no contents of its own.
func saveOfType[V any](dir string, value V) error {
	for range shareSaves {
		m := &mapcache.Manager{Dir: dir, OnEvent: func(diskcache.Event) {}}
		c, err := mapcache.Register(m, "shared", mapcache.Options[int, V]{Rules: manually()})
		if err != nil {
			return err
		}
		if err := c.Load(context.Background()); err != nil && !errors.Is(err, mapcache.ErrNotLoaded) {
			return err
		}
		c.Clear()
		for k := range shareSize {
			c.Set(k, value)
		}
		if err := m.Close(context.Background()); err != nil {
			return err
		}
	}
	return nil
}

// TestTwoProcessesOfOtherTypes has two processes that save one cache, each with another type of
// value, while this one loads it as both: it finds the whole of what was saved in the type it
// asks for, or learns that there is another type, and never finds damage.
func TestTwoProcessesOfOtherTypes(t *testing.T) {
	dir := t.TempDir()
	ended := make(chan error, 2)
	for _, job := range []string{"save numbers", "save texts"} {
		cmd := child(t, job, dir, 1)
		go func() { ended <- cmd.Run() }()
	}
	found := 0
	look := func() { found += lookAs(t, dir, 1) + lookAs(t, dir, "1") }
	for left := 2; left > 0; {
		select {
		case err := <-ended:
			check(t, err)
			left--
		default:
			look()
		}
	}
	found = 0
	look()
	if found != 1 {
		t.Errorf("in the end %d of the types can be loaded, want one", found)
	}
}

// lookAs returns 1 where there are contents of the value's type.
func lookAs[V comparable](t *testing.T, dir string, value V) int {
	t.Helper()
	m := &mapcache.Manager{Dir: dir, OnEvent: func(diskcache.Event) {}}
	c := register(t, m, "shared", mapcache.Options[int, V]{Rules: manually()})
	var not *mapcache.NotLoadedError
	err := c.Load(t.Context())
	switch {
	case errors.As(err, &not) && not.Why == diskcache.TypeChanged, err == nil && c.Len() == 0:
		return 0
	case err != nil:
		t.Errorf("as %T: %v", value, err)
	case c.Len() != shareSize:
		t.Errorf("as %T: %d entries, want none or %d", value, c.Len(), shareSize)
	}
	for k, v := range c.All() {
		if v != value {
			t.Fatalf("as %T: entry %d is %v", value, k, v)
		}
	}
	return 1
}
