package parquetfiles_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/dataelab/dataelab-go/analyzer/stream"
	"github.com/dataelab/dataelab-go/analyzer/stream/sink/parquetfiles"
	"github.com/dataelab/dataelab-go/formats/parquet"
	"github.com/dataelab/dataelab-go/internal/pythontest"
	"github.com/dataelab/dataelab-go/internal/testrun"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(testrun.New(m)) }

var noon = time.Date(2024, 4, 10, 12, 0, 0, 123456789, time.UTC)

func element(value float64, label string) stream.Element {
	return stream.Element{Name: "flux.mean", Value: value, Start: noon, Time: noon.Add(time.Second), Labels: stream.Labels{"axis": label}}
}

func elements(from, to int) (all []stream.Element) {
	for i := from; i < to; i++ {
		all = append(all, element(float64(i), fmt.Sprint(i%2)))
	}
	return all
}

// stored returns the values in the files, file by file.
func stored(t *testing.T, dir string) (all [][]float64) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(paths)
	for _, path := range paths {
		rows, err := parquet.Load[[]parquetfiles.Row](path)
		if err != nil {
			t.Fatal(err)
		}
		var values []float64
		for _, r := range rows {
			values = append(values, r.Value)
		}
		all = append(all, values)
	}
	return all
}

func TestRolled(t *testing.T) {
	for want, o := range map[string]parquetfiles.Options{
		"[[0 1 2] [3 4 5] [6]]":         {Rows: 3},
		"[[0 1 2 3 4 5 6]]":             {},
		"[[0] [1] [2] [3] [4] [5] [6]]": {Every: time.Nanosecond}, // each is too old when the next one comes
	} {
		dir := filepath.Join(t.TempDir(), "new")
		s, err := parquetfiles.New(dir, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range [][]stream.Element{elements(0, 5), elements(5, 6), nil, elements(6, 7)} {
			if n, err := s.Write(t.Context(), part); n != len(part) || err != nil {
				t.Fatal(n, err)
			}
		}
		for range 2 { // the second time nothing is left
			if err := s.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := fmt.Sprint(stored(t, dir)); got != want {
			t.Errorf("%+v: %s, want %s", o, got, want)
		}
	}
}

func TestPandasReadsFolder(t *testing.T) {
	dir := t.TempDir()
	s, err := parquetfiles.New(dir, parquetfiles.Options{Rows: 40})
	if err != nil {
		t.Fatal(err)
	}
	var c stream.Coordinator
	if err := c.AddSink(s, stream.SinkOptions{}); err != nil {
		t.Fatal(err)
	}
	source, err := c.Stream("flux", stream.Options{Batch: 2, Aggregations: []stream.Aggregation{stream.Mean}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		if err := source.Send(float64(i/2), stream.Labels{"axis": "x|y"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	out := pythontest.Find(t).Run(t, `
import sys, os, numpy as np, pandas as pd
table = pd.read_parquet(sys.argv[1]).sort_values("value")
assert len(os.listdir(sys.argv[1])) == 3, os.listdir(sys.argv[1])
assert list(table.columns) == ["time", "start", "name", "labels", "value", "correction"], table.columns
np.testing.assert_array_equal(table["value"], np.arange(100))
assert set(table["labels"]) == {"axis:x\\|y"} and set(table["name"]) == {"flux.mean"} and not table["correction"].any()
assert (table["time"] >= table["start"]).all() and str(table["time"].dtype).startswith("datetime64")
print("ok")
`, dir)
	if out != "ok" {
		t.Error(out)
	}
}

// What cannot be written is not taken, and not lost when it can be again.
func TestFolderThatIsGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a")
	s, err := parquetfiles.New(dir, parquetfiles.Options{Rows: 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	all := elements(0, 5)
	n, err := s.Write(t.Context(), all)
	if n != 2 || err == nil || errors.Is(err, stream.ErrRefused) || !strings.Contains(err.Error(), dir) {
		t.Fatal(n, err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Write(t.Context(), all[n:]); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(stored(t, dir)); got != "[[0 1] [2 3] [4]]" {
		t.Error(got)
	}
}

func TestMistakes(t *testing.T) {
	for _, o := range []parquetfiles.Options{{Rows: -1}, {Every: -1}} {
		if _, err := parquetfiles.New(t.TempDir(), o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := parquetfiles.New(file, parquetfiles.Options{}); err == nil || !strings.Contains(err.Error(), file) {
		t.Error(err)
	}
	s, err := parquetfiles.New(t.TempDir(), parquetfiles.Options{})
	if err != nil {
		t.Fatal(err)
	}
	n, err := s.Write(t.Context(), []stream.Element{element(math.NaN(), "a"), element(1, "\xff")})
	if n != 1 || !errors.Is(err, stream.ErrRefused) {
		t.Error(n, err)
	}
}
