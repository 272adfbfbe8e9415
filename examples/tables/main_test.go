package main

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

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
