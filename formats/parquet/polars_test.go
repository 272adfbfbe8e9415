package parquet_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v16/arrow"

	"github.com/dataelab/dataelab-go/formats/parquet"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// polarsRow is a row of the files in testdata/polars.
type polarsRow struct {
	I8     *int8          `parquet:"i8"`
	U64    *uint64        `parquet:"u64"`
	F32    *float32       `parquet:"f32"`
	F64    *float64       `parquet:"f64"`
	B      *bool          `parquet:"b"`
	S      *string        `parquet:"s"`
	Twelve string         `parquet:"twelve"`
	Bytes  []byte         `parquet:"bytes"`
	Cat    *string        `parquet:"cat"`
	Enum   *string        `parquet:"enum"`
	Date   time.Time      `parquet:"date"`
	Us     time.Time      `parquet:"us"`
	Rome   time.Time      `parquet:"rome"`
	Dur    *time.Duration `parquet:"dur"`
	Time   *time.Duration `parquet:"time"`
	L      []float64      `parquet:"l"`
	LS     []string       `parquet:"ls"`
	Arr    []int32        `parquet:"arr"`
}

func polarsRows() []polarsRow {
	start := time.Date(2024, 4, 10, 11, 22, 33, 444_555_000, time.UTC)
	rows := make([]polarsRow, 300)
	for i := range rows {
		r := &rows[i]
		r.Twelve = fmt.Sprintf("%012d", i)
		if i%7 == 3 {
			continue
		}
		r.I8, r.U64, r.F32, r.F64, r.B = to(int8(i%128)), to(uint64(i)*12345678901), to(float32(i)/8), to(float64(i)/3), to(i%2 == 0)
		r.S, r.Bytes = to(strings.Repeat("ä", i%30)+fmt.Sprint(i)), bytes.Repeat([]byte{byte(i)}, i%20)
		r.Cat, r.Enum = to(fmt.Sprintf("category %d, a long one", i%5)), to("ab"[i%2:i%2+1])
		r.Date = start.Truncate(24*time.Hour).AddDate(0, 0, i)
		r.Us, r.Rome = start.Add(time.Duration(i)*time.Microsecond), start.Add(time.Duration(i)*time.Second)
		r.Dur = to(time.Duration(i) * time.Millisecond)
		r.Time = to(time.Duration(i%24)*time.Hour + time.Minute + 2*time.Second + time.Duration(i)*time.Microsecond)
		r.L, r.LS = []float64{}, []string{}
		for k := range i % 4 {
			r.L, r.LS = append(r.L, float64(k)), append(r.LS, fmt.Sprint("long text number ", k))
		}
		r.Arr = []int32{int32(i), int32(i + 1), int32(i + 2)}
	}
	return rows
}

// TestPolars reads files that polars wrote, of views and LZ4, into structs, columns and
// tables, and writes the tables again.
func TestPolars(t *testing.T) {
	dir := t.TempDir()
	want := polarsRows()
	for _, name := range []string{"lz4", "zstd", "plain"} {
		path := filepath.Join("testdata", "polars", name+".arrow")
		got, err := parquet.LoadFeather[[]polarsRow](path)
		if err != nil || !same(t, got, want) {
			t.Errorf("%s: %d rows, %v", name, len(got), err)
		}
		columns, err := parquet.LoadFeather[parquet.Columns](path)
		if cat, ok := columns["cat"].([]*string); err != nil || !ok || *cat[299] != *want[299].Cat {
			t.Errorf("%s: %v", name, err)
		}
		table, err := parquet.LoadFeather[arrow.Table](path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := parquet.SaveFeather(filepath.Join(dir, name+".feather"), table, parquet.Options{RowGroup: 70}); err != nil {
			t.Error(err)
		}
		if err := parquet.Save(filepath.Join(dir, name+".parquet"), table); err != nil {
			t.Error(err)
		}
		again, err := parquet.LoadFeather[[]polarsRow](filepath.Join(dir, name+".feather"))
		if err != nil || !same(t, again, want) {
			t.Errorf("%s: written again as Feather: %d rows, %v", name, len(again), err)
		}
		again, err = parquet.Load[[]polarsRow](filepath.Join(dir, name+".parquet"))
		if err != nil || !same(t, again, want) {
			t.Errorf("%s: written again as Parquet: %d rows, %v", name, len(again), err)
		}
	}
	pythontest.Find(t).Run(t, `
import sys, os, pyarrow as pa, pyarrow.feather as pf, pyarrow.parquet as pq
for name in "lz4", "zstd", "plain":
    was = pf.read_table(os.path.join(sys.argv[1], name + ".arrow"))
    for now in pf.read_table(os.path.join(sys.argv[2], name + ".feather")), pq.read_table(os.path.join(sys.argv[2], name + ".parquet")):
        now.validate(full=True)
        for a, b in zip(now.schema, was.schema):
            if pa.types.is_dictionary(b.type):
                b = b.with_type(a.type)
                assert pa.types.is_dictionary(a.type), a
            assert a.equals(b) and a.metadata == b.metadata, (name, a, b)
        assert now.to_pylist() == was.to_pylist(), name
`, filepath.Join("testdata", "polars"), dir)
}
