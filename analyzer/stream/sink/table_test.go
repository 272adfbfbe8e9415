package sink_test

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/analyzer/stream"
	"github.com/dataelab/dataelab-go/analyzer/stream/sink"
	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

type loop struct {
	Telemetry sink.Table
}

const tag = "LBTISX20240410_112233"

func tagged(t *testing.T, dir string) *loop {
	t.Helper()
	l := new(loop)
	if err := errors.Join(dataelab.SetTmpdir(l, dir), dataelab.SetTag(l, tag)); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestTable(t *testing.T) {
	dir := t.TempDir()
	l := tagged(t, dir)
	if _, ok, err := l.Telemetry.Load(t.Context()); ok || err != nil {
		t.Error(ok, err)
	}
	var c stream.Coordinator
	if err := c.AddSink(&l.Telemetry, stream.SinkOptions{}); err != nil {
		t.Fatal(err)
	}
	s, err := c.Stream("flux", stream.Options{Window: 10 * time.Second, EventTime: true, Aggregations: []stream.Aggregation{stream.Mean, stream.Count}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if err := s.SendAt(noon.Add(time.Duration(i)*time.Second), float64(i), stream.Labels{"axis": fmt.Sprint(i % 2)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, ok, err := tagged(t, dir).Telemetry.Load(t.Context())
	if err != nil || !ok || len(got.Value) != 40 {
		t.Fatalf("%d elements, %v, %v", len(got.Value), ok, err)
	}
	last := sink.Columns{got.Time[39:], got.Start[39:], got.Name[39:], got.Labels[39:], got.Value[39:], got.Correction[39:]}
	end := noon.Add(100 * time.Second)
	if want := (sink.Columns{[]time.Time{end}, []time.Time{end.Add(-10 * time.Second)}, []string{"flux.count"}, []string{"axis:1"}, []float64{5}, []bool{false}}); !reflect.DeepEqual(last, want) {
		t.Errorf("last element %+v, want %+v", last, want)
	}
	out := pythontest.Find(t).Run(t, `
import sys, numpy as np, pandas as pd
table = pd.DataFrame(dict(np.load(sys.argv[1])))
means = table[table["name"] == "flux.mean"].pivot(index="time", columns="labels", values="value")
assert means.shape == (10, 2) and means.index[0] == pd.Timestamp("2024-04-10T12:00:10"), means
np.testing.assert_array_equal(means["axis:0"], np.arange(10) * 10 + 4)
assert (table["time"] - table["start"] == pd.Timedelta("10s")).all()
print("ok")
`, filepath.Join(dir, "cache"+tag, "root.Telemetry.Table.columns.npz"))
	if out != "ok" {
		t.Error(out)
	}
}

func TestTableIsBounded(t *testing.T) {
	l := tagged(t, t.TempDir())
	l.Telemetry.Max = 2
	if err := l.Telemetry.Save(t.Context()); err != nil {
		t.Errorf("an empty table: %v", err)
	}
	n, err := l.Telemetry.Write(t.Context(), []stream.Element{element("a", 1, nil), element("a", math.NaN(), nil), element("a", 3, nil)})
	if n != 2 || !errors.Is(err, stream.ErrRefused) {
		t.Error(n, err)
	}
	if err := l.Telemetry.Save(t.Context()); err != nil {
		t.Error(err)
	}
	if got, _, err := l.Telemetry.Load(t.Context()); err != nil || len(got.Value) != 2 {
		t.Error(got, err)
	}
}
