package diskcache_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/testrun"
)

// live is an object that its own methods change, under its lock.
type live struct {
	mu     sync.Mutex
	Any    any
	Items  []*string
	ByName map[string]string
}

func (l *live) GobEncode() ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return make([]byte, 1000), nil
}

func (*live) GobDecode([]byte) error { return nil }

func (l *live) change(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := "text"
	l.Any, l.Items = n, nil
	if n%2 == 0 {
		l.Any, l.Items = [4]*string{&text}, make([]*string, 1000)
	}
	l.ByName[fmt.Sprint(n%1000)] = text
}

const liveVariable = "DISKCACHE_TEST_LIVE"

// A value that others change under a lock of their own ends no program because it is
// measured. Go cannot recover from that, so it happens in another process.
func TestMemoryOfLiveValues(t *testing.T) {
	cmd := testrun.Command(os.Args[0], "-test.run=^TestMeasureLive$")
	cmd.Env = append(os.Environ(), liveVariable+"="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS") {
		t.Errorf("%v\n%.2000s", err, out)
	}
}

// TestMeasureLive is what TestMemoryOfLiveValues runs.
func TestMeasureLive(t *testing.T) {
	dir := os.Getenv(liveVariable)
	if dir == "" {
		return
	}
	const values = 100
	l := &live{ByName: map[string]string{}}
	var done atomic.Bool
	var changing sync.WaitGroup
	changing.Go(func() {
		for n := 0; !done.Load(); n++ {
			l.change(n)
		}
	})
	defer changing.Wait()
	defer done.Store(true)
	for _, early := range []bool{true, false} {
		m := new(diskcache.Memory)
		if early {
			m.SetLimit(1 << 30)
		}
		c := new(diskcache.DiskCacher[*live])
		if err := c.SetOptions(diskcache.Options{Tmpdir: dir, Durability: storage.Fast, Memory: m}); err != nil {
			t.Fatal(err)
		}
		if err := c.SetTag(testTag, fmt.Sprint("early", early)); err != nil {
			t.Fatal(err)
		}
		for n := range values {
			mustExecute(t, c, func(context.Context) (*live, error) { return l, nil }, n)
			if !early {
				m.SetLimit(1 << 30)
				m.SetLimit(0)
			}
		}
		m.SetLimit(1 << 30)
		if used := m.Used(); used < values*2000 || used > values*4000 {
			t.Errorf("a limit set early (%v): %d values, of which each has a file of 1,000 bytes, count %d", early, values, used)
		}
	}
}

// A value that is read back counts as one that was computed.
func TestMemoryOfOpaqueValues(t *testing.T) {
	dir := t.TempDir()
	for _, what := range []string{"computed", "loaded"} {
		m := diskcache.NewMemory(1 << 30)
		c := new(diskcache.DiskCacher[map[string][]float64])
		if err := c.SetOptions(diskcache.Options{Tmpdir: dir, Durability: storage.Fast, Memory: m}); err != nil {
			t.Fatal(err)
		}
		if err := c.SetTag(testTag, "columns"); err != nil {
			t.Fatal(err)
		}
		mustExecute(t, c, func(context.Context) (map[string][]float64, error) {
			return map[string][]float64{"a": make([]float64, 10_000), "b": make([]float64, 10_000)}, nil
		})
		if used := m.Used(); used < 160_000 || used > 2*170_000 {
			t.Errorf("%s: two columns of 80,000 bytes count %d", what, used)
		}
	}
}
