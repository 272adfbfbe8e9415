package parquet_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"

	"github.com/dataelab/dataelab-go/formats/parquet"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// TestInt96 reads the timestamps of old programs into every target, and has pyarrow read the
// table that was made of them.
func TestInt96(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	path, far := filepath.Join(dir, "int96.parquet"), filepath.Join(dir, "far.parquet")
	py.Run(t, `
import sys, pyarrow as pa, pyarrow.parquet as pq
ns = [1712748153444555666, None, -1, 0, -2**63 + 1, 2**63 - 1]
table = pa.table({"t": pa.array(ns, pa.timestamp("ns")), "u": pa.array(ns[:1] * 6, pa.timestamp("ns", "Europe/Rome")),
    "l": pa.array([ns[:3], None, [], [0], [None], ns], pa.list_(pa.timestamp("ns")))})
pq.write_table(table, sys.argv[1], use_deprecated_int96_timestamps=True, row_group_size=4)
pq.write_table(pa.table({"t": pa.array([253402300799], pa.timestamp("s"))}), sys.argv[2], use_deprecated_int96_timestamps=True, coerce_timestamps=None)
`, path, far)
	ns := []int64{1712748153444555666, 0, -1, 0, -1<<63 + 1, 1<<63 - 1}

	columns, err := parquet.Load[parquet.Columns](path)
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range columns["t"].([]time.Time) {
		if want := time.Unix(0, ns[i]).UTC(); i != 1 && !got.Equal(want) || i == 1 && !got.IsZero() {
			t.Errorf("row %d: %v, want %v", i, got, want)
		}
	}
	table, err := parquet.Load[arrow.Table](path)
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for _, chunk := range table.Column(0).Data().Chunks() {
		for _, x := range chunk.(*array.Timestamp).TimestampValues() {
			got = append(got, int64(x))
		}
	}
	if !reflect.DeepEqual(got, ns) || table.Column(0).NullN() != 1 {
		t.Errorf("arrow.Table has %v, want %v", got, ns)
	}
	record, err := parquet.Load[arrow.Record](path)
	if err != nil {
		t.Fatal(err)
	}
	ours := []string{path}
	for i, v := range []any{table, record} {
		for _, c := range codecs {
			save := parquet.Save
			if c.name == "feather" {
				save = parquet.SaveFeather
			}
			ours = append(ours, filepath.Join(dir, fmt.Sprint("ours", i, ".", c.name)))
			if err := save(ours[len(ours)-1], v); err != nil {
				t.Fatal(err)
			}
		}
	}
	py.Run(t, `
import sys, pyarrow as pa, pyarrow.parquet as pq, pyarrow.feather as pf
want = pq.read_table(sys.argv[1])
for path in sys.argv[2:]:
    got = pq.read_table(path) if path.endswith("parquet") else pf.read_table(path)
    for name in want.column_names:
        ours = got[name].cast(want[name].type)  # which may have a zone besides
        assert want[name].combine_chunks().equals(ours.combine_chunks()), (name, want[name], ours)
`, ours...)

	// An instant that nanoseconds do not reach is read where there is room for it.
	if columns, err := parquet.Load[parquet.Columns](far); err != nil || !columns["t"].([]time.Time)[0].Equal(time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)) {
		t.Errorf("%v, %v", columns, err)
	}
	var mismatch *parquet.MismatchError
	if _, err := parquet.Load[arrow.Table](far); !errors.As(err, &mismatch) || mismatch.Column != "t" || !strings.Contains(err.Error(), "9999-12-31") {
		t.Errorf("arrow.Table: %v", err)
	}
}
