package dataelab_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

func TestStats(t *testing.T) {
	dir := t.TempDir()
	newPipeline(t, dir).call(t)
	p := newPipeline(t, dir)
	before, err := dataelab.Stats(p)
	if err != nil || before.Total != (diskcache.Stats{}) || len(before.Cachers) == 0 {
		t.Errorf("before any call: %+v, %v", before, err)
	}
	p.call(t)
	_, _ = p.label.Execute(context.Background(), func(context.Context) (string, error) { return "", errors.New("no data") }, "new")
	s, err := dataelab.Stats(p)
	if err != nil {
		t.Fatal(err)
	}
	if s.Total.Loaded != all || s.Total.Computed != 0 || s.Total.Failed != 1 || s.Total.Misses.Total() != 1 {
		t.Errorf("%+v, want %d loaded", s.Total, all)
	}
	i := 0
	var sum diskcache.Stats
	for name, c := range dataelab.Cachers(p) {
		if s.Cachers[i].Name != name || s.Cachers[i].Stats != c.Stats() {
			t.Errorf("%d: %+v, want %s %+v", i, s.Cachers[i], name, c.Stats())
		}
		sum = sum.Add(c.Stats())
		i++
	}
	if i != len(s.Cachers) || sum != s.Total {
		t.Errorf("%d cachers of %d, total %+v, want %+v", i, len(s.Cachers), s.Total, sum)
	}
	text, err := json.Marshal(s)
	var back dataelab.Statistics
	if err = errors.Join(err, json.Unmarshal(text, &back)); err != nil || back.Total != s.Total || back.Cachers[0] != s.Cachers[0] {
		t.Errorf("%v: %s", err, text)
	}
	if _, err := dataelab.Stats(3); err == nil || !strings.HasPrefix(err.Error(), "dataelab: stats: ") {
		t.Error(err)
	}
}

func TestStatsTable(t *testing.T) {
	s := dataelab.Statistics{
		Total: diskcache.Stats{Loaded: 12, BytesLoaded: 128e6, Computed: 3, BytesSaved: 8192, ComputeTime: 3 * time.Second, TimeSaved: 2 * time.Hour,
			Misses: diskcache.Misses{diskcache.NotStored: 2, diskcache.Expired: 1}},
		Cachers: []dataelab.CacherStats{
			{Name: "root.frames.Frames.dark", Stats: diskcache.Stats{Loaded: 12, BytesLoaded: 128e6, TimeSaved: 2 * time.Hour}},
			{Name: "root.slopes.Slopes.mean", Stats: diskcache.Stats{Computed: 3, BytesSaved: 8192, ComputeTime: 3 * time.Second, Misses: diskcache.Misses{diskcache.NotStored: 2, diskcache.Expired: 1}}},
			{Name: "root.slopes.Slopes.rms"},
		},
	}
	const want = `
method                   loaded  computed  failed  not saved  evicted  read     written  computing took  time saved  why it was computed
root.frames.Frames.dark  12      0         0       0          0        128 MB   0 bytes  0 s             2 h         
root.slopes.Slopes.mean  0       3         0       0          0        0 bytes  8.2 kB   3 s             0 s         2 not stored, 1 expired
total                    12      3         0       0          0        128 MB   8.2 kB   3 s             2 h         2 not stored, 1 expired
1 more did nothing that is counted
`
	if got := "\n" + s.String(); got != want {
		t.Errorf("got%s\nwant%s", got, want)
	}
}

// Functions log as methods do, and the lines say why.
func TestLogEvents(t *testing.T) {
	var out bytes.Buffer
	cache := diskcache.Cache{Dir: t.TempDir(), OnEvent: dataelab.LogEvents(zerolog.New(&out).Level(zerolog.DebugLevel))}
	square := func(version string) *diskcache.Function[int, int] {
		return diskcache.Wrap(&cache, "square"+version, diskcache.Plain(func(x int) int { return x * x }))
	}
	one := square("")
	for range 2 {
		if _, err := one.Call(t.Context(), 3); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := one.Refresh(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	type line struct {
		Level, Message, Name, Why, Reason string
		ComputeTime                       float64 `json:"compute_time"`
	}
	var got []string
	for text := range strings.Lines(out.String()) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(text, err)
		}
		if (l.ComputeTime > 0) != (l.Message == "compute" || l.Message == "save") || l.Name != "square" {
			t.Errorf("%+v", l)
		}
		got = append(got, strings.Join([]string{l.Level, l.Message, l.Why, l.Reason}, "|"))
	}
	want := "debug|look-up|not stored|nothing is stored info|compute|not stored|nothing is stored info|save|| " +
		"info|compute|refreshed|Refresh was called info|save||"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
}
