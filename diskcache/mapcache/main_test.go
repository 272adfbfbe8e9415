package mapcache_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/mapcache"
	"github.com/dataelab/dataelab-go/internal/testrun"
)

// TestMain lets the test binary be the other process that some tests need, and
// checks that no goroutine outlives the tests.
func TestMain(m *testing.M) {
	if job := os.Getenv(childJob); job != "" {
		os.Exit(runChild(job))
	}
	goleak.VerifyTestMain(testrun.New(m))
}

// heard collects events.
type heard struct {
	mu     sync.Mutex
	events []diskcache.Event
}

func (h *heard) hear(e diskcache.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, e)
}

func (h *heard) of(kind diskcache.EventKind) []diskcache.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	var found []diskcache.Event
	for _, e := range h.events {
		if e.Kind == kind {
			found = append(found, e)
		}
	}
	return found
}

// newManager returns a manager of a directory, and what it tells of. It is closed with
// the test.
func newManager(t *testing.T, dir string) (*mapcache.Manager, *heard) {
	t.Helper()
	h := &heard{}
	m := &mapcache.Manager{Dir: dir, OnEvent: h.hear}
	t.Cleanup(func() {
		if err := m.Close(context.Background()); err != nil {
			t.Logf("close: %v", err)
		}
	})
	return m, h
}

func register[K comparable, V any](t *testing.T, m *mapcache.Manager, name string, o mapcache.Options[K, V]) *mapcache.Cache[K, V] {
	t.Helper()
	c, err := mapcache.Register(m, name, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// saved loads a cache of another manager of the directory, as the next process would.
func saved[K comparable, V any](t *testing.T, dir, name string, o mapcache.Options[K, V]) map[K]V {
	t.Helper()
	m, _ := newManager(t, dir)
	c := register(t, m, name, o)
	check(t, c.Load(t.Context()))
	return collect(c)
}

func collect[K comparable, V any](c *mapcache.Cache[K, V]) map[K]V {
	return maps.Collect(c.All())
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantError checks an error by what it wraps and what it says.
func wantError(t *testing.T, err, wraps error, says string) {
	t.Helper()
	if err == nil || wraps != nil && !errors.Is(err, wraps) || !strings.Contains(err.Error(), says) {
		t.Fatalf("error %v, want one that wraps %v and says %q", err, wraps, says)
	}
}

// eventually waits until something is true.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Minute); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not after 5 minutes: %s", what)
		}
	}
}

// file is the path of a file in the directory of a manager without name.
func file(dir, name string) string { return filepath.Join(dir, "maps-general", name) }

// manually leaves saving to the test.
func manually() []mapcache.Rule { return []mapcache.Rule{} }
