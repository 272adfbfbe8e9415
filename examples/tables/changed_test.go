package main

import (
	"context"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// TestColumnAdded: a table whose rows gained a field is computed again, as its type has
// changed, and its file is not taken for damaged.
func TestColumnAdded(t *testing.T) {
	for _, format := range []string{"", "feather"} {
		dir := t.TempDir()
		starsBefore(t, dir, format)
		starsAfter(t, dir, format)
	}
}

func starsBefore(t *testing.T, dir, format string) {
	type Star struct {
		Name      string
		Magnitude float64
	}
	list(t, dir, format, []Star{{"Vega", 0.03}})
}

func starsAfter(t *testing.T, dir, format string) {
	type Star struct {
		Name      string
		Magnitude float32
		Distance  float64
	}
	if o := list(t, dir, format, []Star{{"Vega", 0.03, 7.68}}); o.Why != diskcache.TypeChanged {
		t.Errorf("%q: %v: %s", format, o.Why, o.Reason)
	}
}

func list[T any](t *testing.T, dir, format string, rows []T) (o diskcache.Outcome) {
	t.Helper()
	cache := &diskcache.Cache{Dir: dir, Format: format, OnEvent: func(e diskcache.Event) {
		if e.Kind == diskcache.SetAside {
			t.Errorf("set aside: %s", e.Reason)
		}
	}}
	stars := diskcache.Wrap(cache, "stars", func(context.Context, int) ([]T, error) { return rows, nil })
	if _, err := stars.Call(diskcache.WithOutcome(t.Context(), &o), 1); err != nil {
		t.Fatal(err)
	}
	return o
}
