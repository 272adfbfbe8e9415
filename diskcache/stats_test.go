package diskcache_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Whatever goroutines do at once, each call is counted once, as what it was.
func TestStatsAreExactUnderConcurrency(t *testing.T) {
	const goroutines, arguments = 8, 30
	dir := t.TempDir()
	c, _ := newCacher[int](t, dir)
	var computed, failed atomic.Int64
	noData := errors.New("no data")
	var outcomes [goroutines * arguments]diskcache.Outcome
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() {
			for i := range arguments {
				_, err := c.Execute(diskcache.WithOutcome(t.Context(), &outcomes[g*arguments+i]), func(context.Context) (int, error) {
					if i%5 == 0 {
						failed.Add(1)
						return 0, noData
					}
					computed.Add(1)
					return i, nil
				}, i)
				if err != nil && !errors.Is(err, noData) {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	var want diskcache.Stats
	for _, o := range outcomes {
		switch o.Source {
		case diskcache.FromOther:
			want.Shared++
		case diskcache.FromCompute:
			want.ComputeTime += o.ComputeTime
			want.BytesSaved += o.Bytes
		}
	}
	want.Computed, want.Failed, want.Saved = computed.Load(), failed.Load(), computed.Load()
	want.Misses[diskcache.NotStored] = want.Computed + want.Failed
	if got := c.Stats(); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if want.Computed != arguments-arguments/5 || want.Failed < arguments/5 {
		t.Errorf("%d computed, %d failed", want.Computed, want.Failed)
	}

	// The next process loads all of it.
	once := want.ComputeTime
	c, log := newCacher[int](t, dir)
	for i := range arguments {
		if i%5 != 0 {
			mustExecute(t, c, nil, i)
			mustExecute(t, c, nil, i) // which is not counted
		}
	}
	got := c.Stats()
	loading := time.Duration(0)
	for _, e := range log.events {
		loading += e.Elapsed
	}
	want = diskcache.Stats{Loaded: want.Saved, BytesLoaded: want.BytesSaved, LoadTime: loading, TimeSaved: got.TimeSaved}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if off := (got.TimeSaved + got.LoadTime - once).Abs(); off > time.Microsecond { // records have seconds as floats
		t.Errorf("computing once took %v, loading %v, and %v were saved", once, got.LoadTime, got.TimeSaved)
	}
}

func TestStatsOfTraceSharedAndSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		traced := func() *diskcache.DiskCacher[int] {
			c, _ := newCacher[int](t, dir)
			observer := diskcache.Observer{TraceHits: true, Tell: func(diskcache.Event) {}}
			if err := diskcache.BindAll(testTag, []diskcache.Binding{{Cacher: c, Name: "root.A.method"}}, observer); err != nil {
				t.Fatal(err)
			}
			return c
		}
		c := traced()
		slow := func(context.Context) (int, error) { time.Sleep(time.Minute); return 1, nil }
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { mustExecute(t, c, slow) })
		}
		all.Wait()
		for range 4 {
			mustExecute(t, c, slow)
		}
		s := c.Stats()
		if s.MemoryHits != 4 || s.Shared != 2 || s.Computed != 1 || s.ComputeTime != time.Minute || s.TimeSaved != 0 {
			t.Errorf("%+v", s)
		}
		c = traced()
		mustExecute(t, c, slow)
		if s := c.Stats(); s.Loaded != 1 || s.TimeSaved != time.Minute || s.ComputeTime != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// filled returns Stats whose every number is another one.
func filled(tb testing.TB, from int64) diskcache.Stats {
	tb.Helper()
	var s diskcache.Stats
	v := reflect.ValueOf(&s).Elem()
	for i := range v.NumField() {
		if v.Field(i).CanInt() {
			v.Field(i).SetInt(from + int64(i))
		}
	}
	for reason := range s.Misses {
		s.Misses[reason] = from + 100 + int64(reason)
	}
	return s
}

// A field that Add or the JSON form forgets would go unnoticed.
func TestStatsAddAndJSON(t *testing.T) {
	a, b := filled(t, 1000), filled(t, 1)
	sum := reflect.ValueOf(a.Add(b))
	for i := range sum.NumField() {
		if f := sum.Field(i); f.CanInt() && f.Int() != 1001+2*int64(i) {
			t.Errorf("%s: %d", sum.Type().Field(i).Name, f.Int())
		}
	}
	for reason, n := range a.Add(b).Misses {
		if n != 1201+2*int64(reason) {
			t.Errorf("misses %v: %d", diskcache.Reason(reason), n)
		}
	}
	text, err := json.Marshal(a)
	var back diskcache.Stats
	if err = errors.Join(err, json.Unmarshal(text, &back)); err != nil || back != a {
		t.Errorf("%v: %s became %+v", err, text, back)
	}
	var few diskcache.Misses
	few[diskcache.Expired], few[diskcache.VersionChanged] = 2, 1
	if text, err := json.Marshal(few); string(text) != `{"expired":2,"version changed":1}` || err != nil || few.String() != "2 expired, 1 version changed" || few.Total() != 3 {
		t.Errorf("%s, %v, %v, %d", text, err, few, few.Total())
	}
	if err := json.Unmarshal([]byte(`{"bad luck":1}`), &few); err == nil || !strings.Contains(err.Error(), `"bad luck" is not the name of a reason`) {
		t.Error(err)
	}
}

func TestNamesOfReasonsAndSources(t *testing.T) {
	seen := map[string]bool{}
	for reason := range len(diskcache.Misses{}) {
		r := diskcache.Reason(reason)
		text, err := r.MarshalText()
		var back diskcache.Reason
		if err = errors.Join(err, back.UnmarshalText(text)); err != nil || back != r || seen[string(text)] || len(text) == 0 {
			t.Errorf("%d: %s, %v, back %d", reason, text, err, back)
		}
		seen[string(text)] = true
	}
	for s := diskcache.NoSource; s <= diskcache.NoValue; s++ {
		text, err := s.MarshalText()
		var back diskcache.Source
		if err = errors.Join(err, back.UnmarshalText(text)); err != nil || back != s || len(text) == 0 {
			t.Errorf("%d: %s, %v, back %d", s, text, err, back)
		}
	}
	if got := diskcache.Reason(200).String() + diskcache.Source(200).String(); got != "unknownunknown" {
		t.Error(got)
	}
	var s diskcache.Source
	if err := s.UnmarshalText([]byte("moon")); err == nil {
		t.Error("a source named moon")
	}
}

func TestTotals(t *testing.T) {
	dir := t.TempDir()
	one, _ := newCacherNamed[int](t, dir, "root.A.one")
	two, _ := newCacherNamed[int](t, dir, "root.A.two")
	compute := func(context.Context) (int, error) { return 1, nil }
	mustExecute(t, one, compute)
	mustExecute(t, two, compute, 1)
	mustExecute(t, two, compute, 2)
	total := diskcache.Total(one, two)
	if total != one.Stats().Add(two.Stats()) || total.Computed != 3 || diskcache.Total() != (diskcache.Stats{}) {
		t.Errorf("%+v", total)
	}

	cache := diskcache.Cache{Dir: dir}
	square := diskcache.Wrap(&cache, "square", diskcache.Plain(func(x int) int { return x * x }), diskcache.FuncOptions{Errors: time.Hour})
	double := diskcache.Wrap(&cache, "double", diskcache.Plain(func(x int) int { return 2 * x }))
	if got := cache.Stats(); got != (diskcache.Stats{}) {
		t.Errorf("before any call: %+v", got)
	}
	mustCall(t, square, 1)
	mustCall(t, square, 2)
	mustCall(t, double, 1)
	if got := cache.Stats(); got != square.Stats().Add(double.Stats()) || got.Computed != 3 || got.Misses[diskcache.NotStored] != 3 {
		t.Errorf("%+v", got)
	}
}

// A save that fails is counted as that, and changes nothing else.
func TestStatsOfFailedSave(t *testing.T) {
	d := newDisk(t)
	c, _ := newCacher[int](t, d.tmpdir)
	if err := os.WriteFile(d.tag, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	mustExecute(t, c, func(context.Context) (int, error) { return 1, nil })
	s := c.Stats()
	if s.Computed != 1 || s.SaveFailed != 1 || s.Saved != 0 || s.BytesSaved != 0 || s.Misses[diskcache.Unreadable] != 1 {
		t.Errorf("%+v", s)
	}
}
