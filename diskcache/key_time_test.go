package diskcache_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// Times are one argument where instant and offset from UTC are the same, whatever the zone
// is called; and where they are not, their texts show it.
func TestKeyOfTimes(t *testing.T) {
	at := time.Date(2024, 1, 10, 11, 22, 33, 0, time.UTC)
	in := func(name string, seconds int) time.Time { return at.In(time.FixedZone(name, seconds)) }
	groups := [][]time.Time{ // those of one group are one argument
		{at, at.In(time.UTC), in("", 0), in("UTC", 0), in("GMT", 0), at.Add(time.Hour).Add(-time.Hour)},
		{in("CET", 3600), in("", 3600)},
		{in("", -3600)}, {in("", 60)}, {in("", 61)}, {in("", 90)}, {in("", -1)},
		{in("LMT", -60), in("", -60)}, {in("LMT", -75)}, {in("LMT", -119)}, {in("", -120)}, // which MarshalBinary refuses in part
		{at.Add(1)}, {at.Add(30 * time.Second).In(time.FixedZone("", 60))},
		{time.Time{}, time.Time{}.In(time.FixedZone("", 0))},
	}
	keys, texts := map[diskcache.Key]int{}, map[string]int{}
	for n, group := range groups {
		for _, v := range group {
			for _, arg := range []any{v, &v, []time.Time{v}, struct{ At time.Time }{v}} {
				key := mustKey(t, arg)
				if other, taken := keys[key]; taken && other != n {
					t.Errorf("%v has the key of group %d", arg, other)
				}
				keys[key] = n
			}
			if mustKey(t, v) != mustKey(t, group[0]) {
				t.Errorf("%v and %v have two keys", v, group[0])
			}
			text := fmt.Sprint(diskcache.ArgumentTexts([]any{v}))
			if other, taken := texts[text]; taken && other != n {
				t.Errorf("%s is the text of group %d, too, whose key is another one", text, other)
			}
			texts[text] = n
		}
	}
	now := time.Now() // with the monotonic clock
	if mustKey(t, now) != mustKey(t, now.Round(0)) {
		t.Error("the reading of the monotonic clock counts")
	}
}

// The explanation of a miss says in what zones differ.
func TestDifferenceOfZonesIsShown(t *testing.T) {
	f := diskcache.Wrap(&diskcache.Cache{Store: storage.Memory()}, "f", func(_ context.Context, at time.Time) (int, error) { return at.Hour(), nil })
	at := time.Date(2024, 1, 10, 11, 22, 33, 0, time.UTC)
	mustCall(t, f, at)
	var o diskcache.Outcome
	if _, err := f.Call(diskcache.WithOutcome(t.Context(), &o), at.In(time.FixedZone("CET", 3600))); err != nil {
		t.Fatal(err)
	}
	if text := o.String(); !strings.Contains(text, "2024-01-10T11:22:33Z") || !strings.Contains(text, "2024-01-10T12:22:33+01:00") {
		t.Errorf("%s", text)
	}
	mustCall(t, f, at.In(time.FixedZone("GMT", 0)))
	if n := f.Stats().Computed; n != 2 {
		t.Errorf("computed %d times, want 2", n)
	}
}
