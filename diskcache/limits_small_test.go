package diskcache_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// valueBytes is what values and records of a tag take, in blocks of 4 KiB.
func valueBytes(t *testing.T, l *limited) (sum int64) {
	t.Helper()
	dir := filepath.Dir(l.file(1))
	for _, pattern := range []string{"root.A.*", ".dataelab/root.A.*"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			sum += (info.Size() + 4095) / 4096 * 4096
		}
	}
	return sum
}

// Limits of any size are kept, and no call fails for them.
func TestSmallLimits(t *testing.T) {
	for name, c := range map[string]struct {
		limits diskcache.Limits
		stored string // of eight entries of 4 KiB and a record, in the order in which they were computed
	}{
		"one byte":             {diskcache.Limits{Bytes: 1}, ""},
		"less than one entry":  {diskcache.Limits{Bytes: 8*kib - 1}, ""},
		"one entry in bytes":   {diskcache.Limits{Bytes: 8 * kib}, "8"},
		"three entries":        {diskcache.Limits{Bytes: 26 * kib}, "6 7 8"},
		"the former least":     {diskcache.Limits{Bytes: 256 * kib}, "1 2 3 4 5 6 7 8"},
		"a byte less":          {diskcache.Limits{Bytes: 256*kib - 1}, "1 2 3 4 5 6 7 8"},
		"one entry":            {diskcache.Limits{Entries: 1}, "8"},
		"one entry, few bytes": {diskcache.Limits{Entries: 1, Bytes: 20 * kib}, "8"},
		"no free space":        {diskcache.Limits{FreeSpace: math.MaxInt64}, ""},
		"one free byte":        {diskcache.Limits{FreeSpace: 1}, "1 2 3 4 5 6 7 8"},
		"a nanosecond":         {diskcache.Limits{Age: 1}, "8"},
	} {
		for scope, options := range map[string]diskcache.Options{
			"all tags": {Limits: c.limits}, "each tag": {TagLimits: c.limits}, "both": {Limits: c.limits, TagLimits: c.limits},
		} {
			if c.limits.Bytes == 0 && scope != "both" {
				continue
			}
			t.Run(name+"/"+scope, func(t *testing.T) {
				l := newLimited(t, newDisk(t), options, diskcache.FieldOptions{})
				all := []any{1, 2, 3, 4, 5, 6, 7, 8}
				for _, arg := range all {
					l.saves(4, arg)
					if most := c.limits.Bytes; most > 0 && valueBytes(t, l) > most {
						t.Fatalf("%d bytes under a limit of %d", valueBytes(t, l), most)
					}
				}
				if got := l.has(all...); got != c.stored && c.limits.Age == 0 {
					t.Errorf("stored: %q, want %q", got, c.stored)
				}
				e, failed := l.log.find(diskcache.SaveFailed)
				if failed != (c.stored == "") || failed && !errors.Is(e.Err, diskcache.ErrLimit) {
					t.Errorf("a save failed: %v, %v", failed, e.Err)
				}
				for _, arg := range all { // what is not stored is still in memory
					v, err := l.Execute(t.Context(), nil, arg)
					if err != nil || len(v) != 4*kib-128 {
						t.Errorf("%v: %d bytes, %v", arg, len(v), err)
					}
				}
			})
		}
	}
}

// The cache of a function takes the same limits.
func TestSmallLimitsOfFunctions(t *testing.T) {
	cache := &diskcache.Cache{Dir: t.TempDir(), Limits: diskcache.Limits{Bytes: 100_000}, OnEvent: func(e diskcache.Event) {
		if e.Kind == diskcache.SaveFailed {
			t.Error(e.Err)
		}
	}}
	f := diskcache.Wrap(cache, "f", func(_ context.Context, n int) ([]float64, error) { return make([]float64, n), nil })
	for n := range 50 {
		if v := mustCall(t, f, n); len(v) != n {
			t.Errorf("%d: %v", n, v)
		}
	}
	for _, limits := range []diskcache.Limits{{Bytes: -1}, {Entries: -1}, {Age: -time.Second}, {FreeSpace: -1}} {
		c := new(diskcache.DiskCacher[int])
		for _, o := range []diskcache.Options{{Limits: limits}, {TagLimits: limits}} {
			if err := c.SetOptions(o); err == nil || !strings.Contains(err.Error(), "none can be negative") {
				t.Errorf("%+v: %v", limits, err)
			}
		}
		g := diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir(), Limits: limits}, "g", func(_ context.Context, n int) (int, error) { return n, nil })
		if err := g.Check(); err == nil {
			t.Errorf("%+v of a Cache: no error", limits)
		}
	}
}
