package parquet_test

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats/parquet"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// TestOddFilesOfPyarrow reads what pyarrow writes in corners: a long text, of which it
// notes no greatest value; no rows; times of day in seconds.
func TestOddFilesOfPyarrow(t *testing.T) {
	dir := t.TempDir()
	const script = `
import sys, os, pyarrow as pa, pyarrow.parquet as pq, pyarrow.feather as pf, pandas as pd
at = lambda name: os.path.join(sys.argv[1], name)
pq.write_table(pa.table({"s": ["a", "b", "x" * 5000], "n": [1, 2, 3]}), at("long.parquet"))
pd.DataFrame({"a": pd.Series([], dtype="f8")}).to_parquet(at("empty.parquet"))
with pq.ParquetWriter(at("batches.parquet"), pa.schema([("a", pa.float64())])) as w:
    for values in [[1.0], [], [2.0]]:
        w.write_table(pa.table({"a": pa.array(values, pa.float64())}))
pf.write_feather(pa.table({"a": pa.array([1, None] * 4, pa.int32()).cast(pa.time32("s"))}), at("clock.feather"))`
	pythontest.Find(t).Run(t, script, dir)

	r, err := parquet.Open(filepath.Join(dir, "long.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var columns parquet.Columns
	if err := r.Read(&columns, parquet.Select("n"), parquet.Where("s", "==", "b")); err != nil || reflect.ValueOf(columns["n"]).Len() != 1 {
		t.Errorf("the row of b: %v, %v", columns, err)
	}
	type row struct {
		A *float64 `parquet:"a"`
	}
	if rows, err := parquet.Load[[]row](filepath.Join(dir, "empty.parquet")); err != nil || len(rows) != 0 {
		t.Errorf("no rows: %v, %v", rows, err)
	}
	if rows, err := parquet.Load[[]row](filepath.Join(dir, "batches.parquet")); err != nil || len(rows) != 2 || *rows[1].A != 2 {
		t.Errorf("an empty batch between: %v, %v", rows, err)
	}
	clock, err := parquet.LoadFeather[parquet.Columns](filepath.Join(dir, "clock.feather"))
	got, ok := clock["a"].([]*time.Duration)
	if err != nil || !ok || len(got) != 8 {
		t.Fatalf("times of day: %v, %v", clock, err)
	}
	for i, d := range got {
		if (d == nil) != (i%2 == 1) || d != nil && *d != time.Second {
			t.Errorf("time of day %d is %v", i, d)
		}
	}
}

// What is refused must not empty the file that is there.
func TestCreateRefusesBeforeItEmpties(t *testing.T) {
	type row struct{ A int }
	path := filepath.Join(t.TempDir(), "a.parquet")
	if err := parquet.Save(path, []row{{1}, {2}}); err != nil {
		t.Fatal(err)
	}
	if _, err := parquet.Create[row](path, parquet.Options{Compression: "lz4"}); err == nil {
		t.Error("lz4 is no error")
	}
	if got, err := parquet.Load[[]row](path); err != nil || len(got) != 2 {
		t.Errorf("the file holds %v, %v", got, err)
	}
}
