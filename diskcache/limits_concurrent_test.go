package diskcache_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Goroutines save, read, clear and prune below one limit.
func TestConcurrentLimits(t *testing.T) {
	d := newDisk(t)
	o := diskcache.Options{Limits: diskcache.Limits{Bytes: 700 * kib}, TagLimits: diskcache.Limits{Entries: 20}}
	var all sync.WaitGroup
	for g := range 6 {
		l := newLimited(t, d, o, diskcache.FieldOptions{})
		all.Go(func() {
			for i := range 40 {
				v, err := l.Refresh(context.Background(), func(context.Context) ([]byte, error) { return make([]byte, 1000*(1+i)), nil }, (g+i)%30)
				if err != nil || len(v) != 1000*(1+i) {
					t.Error(len(v), err)
				}
				if _, _, err := l.Peek(context.Background(), i%30); err != nil {
					t.Error(err)
				}
				switch {
				case g == 0 && i%10 == 0:
					_, err = l.Prune(context.Background(), diskcache.PruneOptions{})
				case g == 1 && i%10 == 0:
					err = l.ClearCache()
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if bytes, _ := size(t, d.tmpdir); bytes > 700*kib {
		t.Errorf("%d bytes", bytes)
	}
}

func TestFunctionLimits(t *testing.T) {
	c := diskcache.Cache{Dir: t.TempDir() + "/functions", Limits: diskcache.Limits{Entries: 3}, OnEvent: func(diskcache.Event) {}}
	square := diskcache.Wrap(&c, "square", func(_ context.Context, i int) (int, error) { return i * i, nil })
	keep := diskcache.Wrap(&c, "keep", func(_ context.Context, i int) (int, error) { return i, nil }, diskcache.FuncOptions{Pin: true})
	if _, err := keep.Call(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		if _, err := square.Call(t.Context(), i); err != nil {
			t.Fatal(err)
		}
	}
	if n := square.Stats().Evicted; n != 4 {
		t.Errorf("%d evictions, want 4", n)
	}
	other := diskcache.Cache{Dir: c.Dir, OnEvent: func(diskcache.Event) {}}
	again := diskcache.Wrap(&other, "keep", func(context.Context, int) (int, error) { return 0, fmt.Errorf("called") })
	if v, err := again.Call(t.Context(), 1); v != 1 || err != nil {
		t.Errorf("the pinned result: %d, %v", v, err)
	}
	if report, err := c.Prune(t.Context(), diskcache.PruneOptions{}); err != nil || len(report.Removed) > 0 {
		t.Errorf("%+v, %v", report, err)
	}
	wrong := diskcache.Cache{Limits: diskcache.Limits{Entries: -1}}
	if err := diskcache.Wrap(&wrong, "f", func(context.Context, int) (int, error) { return 1, nil }).Check(); err == nil {
		t.Error("negative limits were taken")
	}
}
