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

// TestDuckDB reads what DuckDB writes, pages of version 2 and its encodings among
// them, and has it read what we write.
func TestDuckDB(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	py.Run(t, `
import sys, duckdb
query = """select i::bigint as i, (i * 7919 % 100003)::integer as j, (i / 8)::double as x, 'text ' || (i % 1000) as s, 't' || i as u,
    case when i % 3 = 0 then null else i::float end as p, case when i % 5 = 0 then null else [i::double, 2] end as l,
    make_timestamp(i * 1000001) as ts, date '2024-04-10' + (i % 100)::integer as d, i % 2 = 0 as b, null::varchar as nothing
    from range(30000) t(i)"""
n = 0
for version in ["V1", "V2"]:
    for codec in ["zstd", "snappy", "gzip", "uncompressed", "brotli"]:
        duckdb.sql(f"copy ({query}) to '{sys.argv[1]}/{n}.parquet' (format parquet, codec '{codec}', parquet_version '{version}', row_group_size 10000)")
        n += 1
`, dir)
	type row struct {
		I       *int64    `parquet:"i"`
		J       *int32    `parquet:"j"`
		X       *float64  `parquet:"x"`
		S       *string   `parquet:"s"`
		U       *string   `parquet:"u"`
		P       *float32  `parquet:"p"`
		L       []float64 `parquet:"l"`
		TS      time.Time `parquet:"ts,us"`
		D       time.Time `parquet:"d"`
		B       *bool     `parquet:"b"`
		Nothing *string   `parquet:"nothing"`
	}
	day := time.Date(2024, 4, 10, 0, 0, 0, 0, time.UTC)
	want := make([]row, 30_000)
	for k := range want {
		i := int64(k)
		want[k] = row{I: &i, J: to(int32(i * 7919 % 100_003)), X: to(float64(i) / 8), S: to(fmt.Sprint("text ", i%1000)), U: to(fmt.Sprint("t", i)),
			TS: time.UnixMicro(i * 1_000_001).UTC(), D: day.AddDate(0, 0, int(i%100)), B: to(i%2 == 0)}
		if i%3 != 0 {
			want[k].P = to(float32(i))
		}
		if i%5 != 0 {
			want[k].L = []float64{float64(i), 2}
		}
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.parquet"))
	if err != nil || len(paths) != 10 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		got, err := parquet.Load[[]row](path)
		if err != nil || !same(t, got, want) {
			t.Errorf("%s: %d rows, %v", path, len(got), err)
		}
	}

	path := filepath.Join(dir, "ours.parquet")
	if err := parquet.Save(path, want); err != nil {
		t.Fatal(err)
	}
	out := py.Run(t, `
import sys, duckdb
print(duckdb.sql(f"""select count(*), count(p), sum(i), sum(j), sum(x), count(distinct s), count(distinct u), sum(l[1]), sum(len(l)),
    max(epoch_us(ts)), count(distinct d), count(*) filter (b), count(nothing) from '{sys.argv[1]}'""").fetchall())
print(duckdb.sql(f"select u from '{sys.argv[1]}' where i = 27777 and s = 'text 777'").fetchall())
`, path)
	if wanted := "[(30000, 20000, 449985000, 1500060271, 56248125.0, 1000, 30000, 360000000.0, 48000, 29999029999, 100, 15000, 0)]\n[('t27777',)]"; out != wanted {
		t.Errorf("DuckDB says %s", out)
	}
}

// TestForeignTypes reads types that Go has no column for.
func TestForeignTypes(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	py.Run(t, `
import sys, datetime, pyarrow as pa, pyarrow.parquet as pq, pyarrow.feather as pf, numpy as np, pandas as pd
dir = sys.argv[1]
at = datetime.datetime(2024, 4, 10, 11, 22, 33, 444000)
table = pa.table({
    "s": pa.array([at, None], pa.timestamp("s")), "ms": pa.array([at, None], pa.timestamp("ms")), "us": pa.array([at, None], pa.timestamp("us", "Europe/Rome")),
    "ns": pa.array([at, None], pa.timestamp("ns", "UTC")), "date": pa.array([at.date(), None]), "time": pa.array([at.time(), None], pa.time64("us")),
    "time32": pa.array([at.time(), None], pa.time32("ms")),
    "half": pa.array([np.float16(1.5), None], pa.float16()), "fixed": pa.array([b"abc", None], pa.binary(3)),
    "large": pa.array(["x", None], pa.large_string()), "dict": pa.array(["x", None]).dictionary_encode(), "dus": pa.array([5, None], pa.duration("us")),
    "view": pa.array([[1.5], None], pa.large_list(pa.float32())),
})
pq.write_table(table, dir + "/types.parquet")
pf.write_feather(table, dir + "/types.feather")
pq.write_table(table.select(["us", "ns"]), dir + "/int96.parquet", use_deprecated_int96_timestamps=True)
pd.DataFrame({"x": [1.5, 2.5], "name": ["a", None], "when": pd.to_datetime(["2024-04-10", None])}, index=[7, 8]).to_parquet(dir + "/pandas.parquet")
`, dir)
	type types struct {
		S      time.Time      `parquet:"s"`
		Ms     time.Time      `parquet:"ms"`
		Us     time.Time      `parquet:"us"`
		Ns     *time.Time     `parquet:"ns"`
		Date   time.Time      `parquet:"date"`
		Time   *time.Duration `parquet:"time"`
		Time32 *time.Duration `parquet:"time32"`
		Half   *float32       `parquet:"half"`
		Fixed  []byte         `parquet:"fixed"`
		Large  *string        `parquet:"large"`
		Dict   *string        `parquet:"dict"`
		Dus    *time.Duration `parquet:"dus"`
		View   []float64      `parquet:"view"`
	}
	at := time.Date(2024, 4, 10, 11, 22, 33, 444e6, time.UTC)
	clock := 11*time.Hour + 22*time.Minute + 33*time.Second + 444*time.Millisecond
	want := []types{{at.Truncate(time.Second), at, at, &at, at.Truncate(24 * time.Hour), &clock, &clock, to(float32(1.5)), []byte("abc"), to("x"), to("x"),
		to(5 * time.Microsecond), []float64{1.5}}, {}}
	if got, err := parquet.Load[[]types](dir + "/types.parquet"); err != nil || !same(t, got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := parquet.LoadFeather[[]types](dir + "/types.feather"); err != nil || !same(t, got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	columns, err := parquet.Load[parquet.Columns](dir + "/types.parquet")
	if got, ok := columns["half"].([]*float32); err != nil || !ok || *got[0] != 1.5 || got[1] != nil {
		t.Errorf("%v, %v", columns, err)
	}
	type int96 struct {
		Us time.Time `parquet:"us"`
		Ns time.Time `parquet:"ns"`
	}
	if got, err := parquet.Load[[]int96](dir + "/int96.parquet"); err != nil || !same(t, got, []int96{{at, at}, {}}) {
		t.Errorf("%+v, %v", got, err)
	}
	type pandas struct {
		X     *float64  `parquet:"x"`
		Name  *string   `parquet:"name"`
		When  time.Time `parquet:"when"`
		Index *int64    `parquet:"__index_level_0__"`
	}
	if got, err := parquet.Load[[]pandas](dir + "/pandas.parquet"); err != nil || !same(t, got, []pandas{
		{to(1.5), to("a"), at.Truncate(24 * time.Hour), to(int64(7))}, {to(2.5), nil, time.Time{}, to(int64(8))}}) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestEncodings reads large random columns in each encoding that pyarrow has.
func TestEncodings(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	py.Run(t, `
import sys, numpy as np, pyarrow as pa, pyarrow.parquet as pq
r = np.random.default_rng(5)
n = 50000
def nulls(a, p):
    return pa.array(a, mask=r.random(len(a)) < p)
words = np.array(["w" * (k % 50) + str(k) for k in range(3000)])
columns = {
    "i64": (nulls(r.integers(-2**63, 2**63 - 1, n), .1), "int"), "i64s": (nulls(np.cumsum(r.integers(-5, 100, n)), 0), "int"),
    "i32": (nulls(r.integers(-2**31, 2**31, n).astype("i4"), .5), "int"), "i32c": (nulls(np.full(n, -7, "i4"), .999), "int"),
    "i8": (nulls(r.integers(-128, 128, n).astype("i1"), .01), "int"), "u64": (nulls(r.integers(0, 2**64 - 1, n, "u8"), .1), "int"),
    "f64": (nulls(r.normal(size=n), .2), "float"), "f32": (nulls(r.integers(0, 9, n).astype("f4"), .2), "float"),
    "b": (nulls(r.random(n) < .01, .3), "bool"), "s": (nulls(words[r.integers(0, 3000, n)], .3), "text"), "ss": (nulls(np.sort(words[r.integers(0, 3000, n)]), 0), "text"),
    "l": (pa.array([None if k % 7 == 0 else list(range(k % 5)) for k in range(n)], pa.list_(pa.int32())), "int"),
}
table = pa.table({k: v[0] for k, v in columns.items()})
encodings = {"int": ["DELTA_BINARY_PACKED", "PLAIN", "BYTE_STREAM_SPLIT"], "float": ["BYTE_STREAM_SPLIT", "PLAIN"], "bool": ["RLE", "PLAIN"], "text": ["DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY", "PLAIN"]}
k = 0
for version in ["1.0", "2.0"]:
    for e in range(3):
        chosen = {("l.list.element" if c == "l" else c): encodings[v[1]][e % len(encodings[v[1]])] for c, v in columns.items()}
        pq.write_table(table, f"{sys.argv[1]}/{k}.parquet", use_dictionary=False, column_encoding=chosen, data_page_version=version, row_group_size=20001)
        k += 1
    pq.write_table(table, f"{sys.argv[1]}/{k}.parquet", use_dictionary=True, data_page_version=version, data_page_size=5000, compression="none")
    k += 1
`, dir)
	var first parquet.Columns
	for k := range 8 {
		path := filepath.Join(dir, fmt.Sprint(k, ".parquet"))
		got, err := parquet.Load[parquet.Columns](path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if first == nil {
			first = got
			ours := filepath.Join(dir, "ours.parquet")
			if err := parquet.Save(ours, got); err != nil {
				t.Fatal(err)
			}
			py.Run(t, `
import sys, pyarrow.parquet as pq
a, b = pq.read_table(sys.argv[1]), pq.read_table(sys.argv[2])
for name in a.column_names:
    assert a[name].combine_chunks().to_pylist() == b[name].combine_chunks().to_pylist(), name
assert set(a.column_names) == set(b.column_names)
`, ours, path)
		} else if !same(t, got, first) {
			t.Errorf("%s differs from the first file", path)
		}
	}
}

// TestArrowTables keeps tables and records, with types that only Arrow has.
func TestArrowTables(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	py.Run(t, expected+`
import datetime
extra = pa.table({
    "large": pa.array(["x", None, ""], pa.large_string()), "lb": pa.array([b"x", None, b""], pa.large_binary()), "half": pa.array(np.array([1.5, 0, 2], "f2")),
    "date": pa.array([1, None, 2], pa.date32()), "time": pa.array([1, None, 2], pa.time64("us")), "t32": pa.array([1, None, 2], pa.time32("ms")),
    "fixed": pa.array([b"abc", None, b"xyz"], pa.binary(3)), "d8": pa.array(["a", "b", None]).dictionary_encode().cast(pa.dictionary(pa.int8(), pa.string())),
    "ll": pa.array([[1], None, []], pa.large_list(pa.field("element", pa.int16()))), "tz": pa.array([1, None, 2], pa.timestamp("ms", "Europe/Rome")), "naive": pa.array([1, None, 2], pa.timestamp("us")),
    "dms": pa.array([1, None, 2], pa.duration("ms")),
}, metadata={"who": "we"})
for f in extra.schema:
    want = want.append_column(f, extra[f.name])
want = want.replace_schema_metadata({"who": "we"})
pq.write_table(want, sys.argv[1] + "/t.parquet", row_group_size=2)
pf.write_feather(want, sys.argv[1] + "/t.feather", chunksize=2)
`, dir)
	const compare = `
import sys, pyarrow.parquet as pq, pyarrow.feather as pf
def read(path):
    return pq.read_table(path) if path.endswith("parquet") else pf.read_table(path)
a, b = read(sys.argv[1]), read(sys.argv[2])
b.validate(full=True)
for x, y in zip(a.schema, b.schema):
    assert x.equals(y, check_metadata=True), (x, y, x.metadata, y.metadata)
assert a.schema.metadata == b.schema.metadata, (a.schema.metadata, b.schema.metadata)
assert a.to_pylist() == b.to_pylist(), (a.to_pylist(), b.to_pylist())
`
	for _, ext := range []string{"parquet", "feather"} {
		path := filepath.Join(dir, "t."+ext)
		load, loadRecord := parquet.Load[arrow.Table], parquet.Load[arrow.Record]
		if ext == "feather" {
			load, loadRecord = parquet.LoadFeather[arrow.Table], parquet.LoadFeather[arrow.Record]
		}
		table, err := load(path)
		if err != nil || table.NumRows() != 3 || table.NumCols() != 37 {
			t.Fatalf("%s: %v, %v", ext, table, err)
		}
		record, err := loadRecord(path)
		if err != nil || record.NumRows() != 3 {
			t.Fatalf("%s: %v, %v", ext, record, err)
		}
		for i, v := range []any{table, record} {
			ours := filepath.Join(dir, fmt.Sprint(ext, i))
			if err := parquet.Save(ours+".parquet", v); err != nil {
				t.Fatal(err)
			}
			py.Run(t, compare, path, ours+".parquet")
			if err := parquet.SaveFeather(ours+".feather", v); err != nil {
				t.Fatal(err)
			}
			py.Run(t, compare, path, ours+".feather")
		}
	}
	var none arrow.Table
	for _, c := range codecs {
		if err := c.encode(&bytes.Buffer{}, &none); err == nil || !strings.Contains(err.Error(), "table") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
