package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/memory"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/formats/parquet"
	"github.com/dataelab/dataelab-go/internal/pythontest"
	"github.com/dataelab/dataelab-go/internal/testrun"
)

// TestMain runs the tests in a temporary folder that nothing is left of.
func TestMain(m *testing.M) { os.Exit(testrun.New(m).Run()) }

// With the import a table is a .parquet file, or what the struct tag says, and
// Python opens each.
func TestTables(t *testing.T) {
	tmpdir := t.TempDir()
	var want [][]Star
	for run := range 2 {
		c := &Catalog{}
		if err := dataelab.SetTmpdir(c, tmpdir); err != nil {
			t.Fatal(err)
		}
		if err := dataelab.SetTag(c, "20240410_112233"); err != nil {
			t.Fatal(err)
		}
		got, err := c.tables(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if run == 0 {
			want = got
		}
		if !reflect.DeepEqual(got, want) || c.computed != 6*(1-run) {
			t.Errorf("run %d: %d computed, %v", run, c.computed, got)
		}
	}
	dir := filepath.Join(tmpdir, "cache20240410_112233")
	for _, name := range []string{"stars.parquet", "small.parquet", "quick.feather", "lines.csv", "notes.json.zst", "plain.yaml"} {
		if _, err := os.Stat(filepath.Join(dir, "root.Catalog."+name)); err != nil {
			t.Error(err)
		}
	}
	const script = `
import sys, json, pandas as pd, yaml, zstandard
at = sys.argv[1] + "/root.Catalog."
frames = [pd.read_parquet(at + "stars.parquet"), pd.read_parquet(at + "small.parquet"),
    pd.read_feather(at + "quick.feather"), pd.read_csv(at + "lines.csv"),
    pd.DataFrame(json.load(zstandard.open(at + "notes.json.zst", "rt"))), pd.DataFrame(yaml.safe_load(open(at + "plain.yaml")))]
for f in frames:
    assert list(f.columns) == ["Name", "Flux", "Color"], f
    assert list(f.Name) == ["Vega", "Deneb"] and list(f.Flux) == [1, 0.3] and f.Color[0] == 0.25 and pd.isna(f.Color[1]), f
print(len(frames))`
	if got := pythontest.Find(t).Run(t, script, dir); got != "6" {
		t.Errorf("Python says %q", got)
	}
}

// An Arrow table is a result, too: its type is an interface, which Parquet is made for.
func TestArrowTable(t *testing.T) {
	tmpdir := t.TempDir()
	type holder struct {
		table   diskcache.DiskCacher[arrow.Table]
		columns diskcache.DiskCacher[parquet.Columns]
		names   diskcache.DiskCacher[map[string][]string]
	}
	computed := 0
	for range 2 {
		h := &holder{}
		if err := errors.Join(dataelab.SetTmpdir(h, tmpdir), dataelab.SetTag(h, "20240410_112233")); err != nil {
			t.Fatal(err)
		}
		table, err := h.table.Execute(t.Context(), func(context.Context) (arrow.Table, error) {
			computed++
			b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{{Name: "x", Type: arrow.PrimitiveTypes.Float64}}, nil))
			b.Field(0).(*array.Float64Builder).AppendValues([]float64{1, 2, 3}, nil)
			return array.NewTableFromRecords(b.Schema(), []arrow.Record{b.NewRecord()}), nil
		})
		if err != nil || table.NumRows() != 3 || table.Schema().Field(0).Name != "x" {
			t.Fatalf("%v, %v", table, err)
		}
		columns, err := h.columns.Execute(t.Context(), func(context.Context) (parquet.Columns, error) {
			computed++
			return parquet.Columns{"x": []float64{1, 2}, "name": []string{"a", "b"}}, nil
		})
		if want := (parquet.Columns{"x": []float64{1, 2}, "name": []string{"a", "b"}}); err != nil || !reflect.DeepEqual(columns, want) {
			t.Fatalf("%v, %v, want %v", columns, err, want)
		}
		names, err := h.names.Execute(t.Context(), func(context.Context) (map[string][]string, error) {
			computed++
			return map[string][]string{"a": {"b", "c", "d"}, "e": {"f"}}, nil
		})
		if err != nil || len(names["a"]) != 3 {
			t.Fatalf("%v, %v", names, err)
		}
	}
	if computed != 3 {
		t.Errorf("computed %d times, want each once", computed)
	}
	for _, name := range []string{"table.parquet", "columns.parquet", "names.gob"} {
		if _, err := os.Stat(filepath.Join(tmpdir, "cache20240410_112233", "root.holder."+name)); err != nil {
			t.Error(err)
		}
	}
}

// A nil table is a result, too, which gob keeps.
func TestNilArrowTable(t *testing.T) {
	tmpdir := t.TempDir()
	computed := 0
	for range 2 {
		var h struct {
			table diskcache.DiskCacher[arrow.Table]
		}
		if err := errors.Join(dataelab.SetTmpdir(&h, tmpdir), h.table.SetTag("20240410_112233", "root.table")); err != nil {
			t.Fatal(err)
		}
		table, err := h.table.Execute(t.Context(), func(context.Context) (arrow.Table, error) { computed++; return nil, nil })
		if table != nil || err != nil {
			t.Errorf("%v, %v", table, err)
		}
		if n := h.table.Stats().SaveFailed; n != 0 {
			t.Errorf("%d saves failed", n)
		}
	}
	if computed != 1 {
		t.Errorf("computed %d times", computed)
	}
}
