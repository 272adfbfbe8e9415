package source_test

import (
	"context"
	"fmt"
	"testing"

	"go.uber.org/goleak"

	"github.com/dataelab/dataelab-go/analyzer/stream"
	"github.com/dataelab/dataelab-go/analyzer/stream/source"
	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/testrun"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(testrun.New(m)) }

func TestEventsAndStats(t *testing.T) {
	got := map[string]float64{}
	var c stream.Coordinator
	err := c.AddSink(stream.Each(func(_ context.Context, e stream.Element) error {
		got[fmt.Sprintf("%s{%s}", e.Name, e.Key())] = e.Value
		return nil
	}), stream.SinkOptions{})
	if err != nil {
		t.Fatal(err)
	}
	streams := map[string]*stream.Stream{}
	for name, a := range map[string]stream.Aggregation{"events": stream.Count, "stats": stream.Last} {
		if streams[name], err = c.Stream(name, stream.Options{Batch: 1000, Aggregations: []stream.Aggregation{a}}); err != nil {
			t.Fatal(err)
		}
	}
	cache := &diskcache.Cache{Dir: t.TempDir(), OnEvent: source.Events(streams["events"])}
	square := diskcache.Wrap(cache, "square", func(_ context.Context, x float64) (float64, error) { return x * x, nil })
	for _, x := range []float64{1, 2, 2} {
		if _, err := square.Call(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
	if err := source.Stats(streams["stats"], cache.Stats()); err != nil {
		t.Error(err)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{"events.count{kind:compute|name:square}": 2, "stats.last{count:computed}": 2, "stats.last{count:failed}": 0} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s is %v, want %v; there are %v", name, v, want, got)
		}
	}
	if got["stats.last{count:compute_seconds}"] <= 0 {
		t.Error("computing took no time")
	}
	if err := source.Stats(streams["stats"], diskcache.Stats{}); err == nil {
		t.Error("a closed stream takes values")
	}
}
