package diskcache_test

import (
	"context"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// collected waits until the garbage collector has brought about a condition.
func collected(tb testing.TB, what string, condition func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(5 * time.Minute); !condition(); {
		if time.Now().After(deadline) {
			tb.Fatal(what)
		}
		runtime.GC()
	}
}

// A Memory keeps no cacher alive, and gives the bytes of those that are gone back.
func TestCollectedCachers(t *testing.T) {
	for _, limited := range []bool{true, false} {
		m := new(diskcache.Memory)
		if limited {
			m.SetLimit(1 << 30)
		}
		gone := make(chan bool, 10)
		for range cap(gone) {
			c := newNumbers(t, t.TempDir(), m, "a", "")
			c.get(t, 1000)
			c.get(t, 1000, 1)
			runtime.AddCleanup(c, func(gone chan bool) { gone <- true }, gone)
		}
		if s := m.Stats(); limited && (s.Values == 0 || s.Used == 0) {
			t.Error(s)
		}
		collected(t, "cachers are kept alive", func() bool { return len(gone) == cap(gone) })
		m.SetLimit(1 << 30) // now it would count
		collected(t, "bytes of cachers that are gone count", func() bool { return m.Stats() == diskcache.MemoryStats{Limit: 1 << 30} })
	}
}

// forgetful is a store that takes everything and has nothing.
type forgetful struct{ storage.Store }

func (forgetful) Put(context.Context, string, storage.Mode) (storage.Writer, error) {
	return forgetfulWriter{io.Discard}, nil
}

type forgetfulWriter struct{ io.Writer }

func (forgetfulWriter) Close() error   { return nil }
func (forgetfulWriter) Commit() error  { return nil }
func (forgetfulWriter) Discard() error { return nil }

// Programs that run for long: what is gone leaves nothing behind.
func TestMemoryStaysBounded(t *testing.T) {
	calls := exhaustive.N(8_000, 100_000)
	m := diskcache.NewMemory(100 * (diskcache.Overhead + 8))
	c := diskcache.DiskCacher[int]{}
	if err := c.SetOptions(diskcache.Options{Store: &forgetful{storage.Memory()}, Memory: m, OnEvent: func(diskcache.Event) {}}); err != nil {
		t.Fatal(err)
	}
	if err := c.SetTag(testTag, "a"); err != nil {
		t.Fatal(err)
	}
	compute := func(context.Context) (int, error) { return 1, nil }
	most := 0
	for i := range calls {
		if _, err := c.Execute(t.Context(), compute, i); err != nil {
			t.Fatal(err)
		}
		most = max(most, diskcache.Slots(&c))
	}
	if s := m.Stats(); s.Values > 100 || s.Values < 50 || most > 1024 {
		t.Errorf("after %d values there are %d, in a table of %d", calls, s.Values, most)
	}
}

// Cachers that come and go, with and without a limit.
func TestMemoryForgetsCachers(t *testing.T) {
	tags := exhaustive.N(2_000, 10_000)
	for _, m := range []*diskcache.Memory{new(diskcache.Memory), diskcache.NewMemory(1 << 20)} {
		backing := storage.Memory()
		c := diskcache.DiskCacher[int]{}
		if err := c.SetOptions(diskcache.Options{Store: backing, Memory: m}); err != nil {
			t.Fatal(err)
		}
		for range tags {
			if err := c.SetTag(testTag, "a"); err != nil {
				t.Fatal(err)
			}
			mustExecute(t, &c, func(context.Context) (int, error) { return 1, nil })
		}
		if room := diskcache.Room(m); room > 100 {
			t.Errorf("after %d tags the Memory has room for %d cachers", tags, room)
		}
	}
}
