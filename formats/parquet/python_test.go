package parquet_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats/parquet"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// known is a row whose values Python knows, too, one for each sort of column.
type known struct {
	B   bool
	I8  int8
	I16 int16
	I32 int32
	I64 int64
	U8  uint8
	U16 uint16
	U32 uint32
	U64 uint64
	F32 float32
	F64 float64
	S   string
	DS  string `parquet:"ds,dict"`
	R   []byte
	Tns time.Time
	Tus time.Time `parquet:",us"`
	Tms time.Time `parquet:",ms"`
	D   time.Duration
	P   *float64
	PS  *string
	PT  *time.Time
	L   []float64
	LS  []string
	LB  [][]byte
	LT  []time.Time `parquet:",us"`
}

func knownRows() []known {
	at := time.Date(2024, 4, 10, 11, 22, 33, 444555666, time.UTC)
	us, ms := at.Truncate(time.Microsecond), at.Truncate(time.Millisecond)
	return []known{
		{true, -128, -32768, -1 << 31, -1 << 63, 255, 65535, 1<<32 - 1, 1<<64 - 1, 1.5, -0.1, "äx", "J", []byte{0, 255}, at, us, ms, 1500,
			to(2.5), to("p"), to(at), []float64{1, 2}, []string{"a", ""}, [][]byte{nil, {}, {1}}, []time.Time{us, {}}},
		{S: "", DS: "K", L: []float64{}, LS: []string{}, LB: [][]byte{}, LT: []time.Time{}, R: []byte{}, Tns: at},
		{DS: "J"},
	}
}

// expected is knownRows as pyarrow writes them.
const expected = `
import sys, pyarrow as pa, pyarrow.parquet as pq, pyarrow.feather as pf, numpy as np
ns = 1712748153444555666
us, ms = ns // 1000, ns // 1000000
schema = pa.schema([
    pa.field("B", pa.bool_(), False), pa.field("I8", pa.int8(), False), pa.field("I16", pa.int16(), False),
    pa.field("I32", pa.int32(), False), pa.field("I64", pa.int64(), False), pa.field("U8", pa.uint8(), False),
    pa.field("U16", pa.uint16(), False), pa.field("U32", pa.uint32(), False), pa.field("U64", pa.uint64(), False),
    pa.field("F32", pa.float32(), False), pa.field("F64", pa.float64(), False), pa.field("S", pa.string(), False),
    pa.field("ds", pa.dictionary(pa.int32(), pa.string()), False), pa.field("R", pa.binary()),
    pa.field("Tns", pa.timestamp("ns", "UTC")), pa.field("Tus", pa.timestamp("us", "UTC")), pa.field("Tms", pa.timestamp("ms", "UTC")),
    pa.field("D", pa.duration("ns"), False), pa.field("P", pa.float64()), pa.field("PS", pa.string()), pa.field("PT", pa.timestamp("ns", "UTC")),
    pa.field("L", pa.list_(pa.field("element", pa.float64(), False))), pa.field("LS", pa.list_(pa.field("element", pa.string(), False))),
    pa.field("LB", pa.list_(pa.field("element", pa.binary()))), pa.field("LT", pa.list_(pa.field("element", pa.timestamp("us", "UTC")))),
])
columns = [
    [True, False, False], [-128, 0, 0], [-32768, 0, 0], [-2**31, 0, 0], [-2**63, 0, 0], [255, 0, 0], [65535, 0, 0], [2**32-1, 0, 0], [2**64-1, 0, 0],
    [1.5, 0, 0], [-0.1, 0, 0], ["äx", "", ""], ["J", "K", "J"], [b"\x00\xff", b"", None],
    [ns, ns, None], [us, None, None], [ms, None, None], [1500, 0, 0], [2.5, None, None], ["p", None, None], [ns, None, None],
    [[1, 2], [], None], [["a", ""], [], None], [[None, b"", b"\x01"], [], None], [[us, None], [], None],
]
want = pa.table([pa.array(c, f.type) for c, f in zip(columns, schema)], schema=schema)
`

// TestPythonReads has pyarrow, pandas and DuckDB read what we write.
func TestPythonReads(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	for _, compression := range []string{"zstd", "snappy", "gzip", "brotli", "none"} {
		path := filepath.Join(dir, compression+".parquet")
		if err := parquet.Save(path, knownRows(), parquet.Options{Compression: compression, RowGroup: 2}); err != nil {
			t.Fatal(err)
		}
		py.Run(t, expected+`
got = pq.read_table(sys.argv[1])
got.validate(full=True)
assert got.schema.equals(schema), (got.schema, schema)
assert got.combine_chunks().unify_dictionaries().to_pylist() == want.to_pylist(), (got.to_pylist(), want.to_pylist())

meta = pq.ParquetFile(sys.argv[1]).metadata
assert meta.num_row_groups == 2 and meta.num_rows == 3
stats = meta.row_group(0).column(4).statistics
assert (stats.min, stats.max, stats.null_count) == (-2**63, 0, 0), stats
stats = meta.row_group(0).column(8).statistics
assert (stats.min, stats.max) == (0, 2**64-1), stats
stats = meta.row_group(0).column(13).statistics
assert (stats.min, stats.max, stats.null_count) == (b"", b"\x00\xff", 0), stats

import pandas as pd
frame = pd.read_parquet(sys.argv[1])
assert str(frame["ds"].dtype) == "category" and str(frame["D"].dtype) == "timedelta64[ns]", frame.dtypes
assert frame["F64"].tolist() == [-0.1, 0, 0]

import duckdb
rows = duckdb.sql(f"select I8, U64, S, ds, R, P, L, LS, epoch_us(Tus), epoch_ms(Tms), epoch_ns(Tns), epoch_us(LT[1]) from '{sys.argv[1]}'").fetchall()
assert rows[0] == (-128, 2**64-1, "äx", "J", b"\x00\xff", 2.5, [1, 2], ["a", ""], us, ms, ns, us), rows[0]
assert rows[1][3:8] == ("K", b"", None, [], []), rows[1]
assert rows[2][4:8] == (None, None, None, None), rows[2]
assert duckdb.sql(f"select count(*) from '{sys.argv[1]}' where I64 < 0").fetchall() == [(1,)]
`, path)
	}
	for _, compression := range []string{"zstd", "none"} {
		path := filepath.Join(dir, compression+".feather")
		if err := parquet.SaveFeather(path, knownRows(), parquet.Options{Compression: compression, RowGroup: 2}); err != nil {
			t.Fatal(err)
		}
		py.Run(t, expected+`
got = pf.read_table(sys.argv[1])
got.validate(full=True)
assert got.schema.equals(schema), (got.schema, schema)
assert got.to_pylist() == want.to_pylist(), (got.to_pylist(), want.to_pylist())
import pandas as pd
assert str(pd.read_feather(sys.argv[1])["ds"].dtype) == "category"
`, path)
	}
}

// TestReadsPython reads what pyarrow writes, in all the ways it can.
func TestReadsPython(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	out := py.Run(t, expected+`
dir = sys.argv[1]
n = 0
def save(table, **options):
    global n
    pq.write_table(table, f"{dir}/{n}.parquet", **options)
    n += 1
for compression in ["none", "snappy", "gzip", "brotli", "zstd"]:
    for version in ["1.0", "2.0"]:
        for dictionary in [True, False]:
            save(want, compression=compression, data_page_version=version, use_dictionary=dictionary, row_group_size=2)
delta = {"I32": "DELTA_BINARY_PACKED", "I64": "DELTA_BINARY_PACKED", "I8": "DELTA_BINARY_PACKED", "U64": "DELTA_BINARY_PACKED",
    "S": "DELTA_BYTE_ARRAY", "R": "DELTA_LENGTH_BYTE_ARRAY", "PS": "DELTA_LENGTH_BYTE_ARRAY", "F64": "BYTE_STREAM_SPLIT", "F32": "BYTE_STREAM_SPLIT", "B": "RLE"}
for version in ["1.0", "2.0"]:
    save(want, data_page_version=version, use_dictionary=False, column_encoding=delta)
save(want, write_page_index=True, write_page_checksum=True, data_page_size=1)
save(want, store_schema=True, use_compliant_nested_type=False)
for compression in ["lz4", "zstd", "uncompressed"]:
    pf.write_feather(want, f"{dir}/{compression}.feather", compression=compression, chunksize=2)
print(n)
`, dir)
	paths, err := filepath.Glob(filepath.Join(dir, "*.parquet"))
	if err != nil || len(paths) < 20 {
		t.Fatalf("%s files written, found %v, %v", out, paths, err)
	}
	for _, path := range paths {
		got, err := parquet.Load[[]known](path)
		if err != nil || !same(t, got, knownRows()) {
			t.Errorf("%s: %+v, %v", path, got, err)
		}
	}
	for _, name := range []string{"lz4", "zstd", "uncompressed"} {
		got, err := parquet.LoadFeather[[]known](filepath.Join(dir, name+".feather"))
		if err != nil || !same(t, got, knownRows()) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
