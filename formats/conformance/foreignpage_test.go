package conformance_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v16/arrow"

	"github.com/dataelab/dataelab-go/formats/parquet"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// foreignHeading begins the part of the page that needs Python.
const foreignHeading = "## Parquet and Feather files of other programs\n"

const foreignPage = foreignHeading + `
Written by a test (formats/conformance/foreignpage_test.go), which has pyarrow, and where that is said DuckDB, write a column of each
type, of which values are missing, and reads it. The values are compared with those that pyarrow reads by another test
(formats/parquet/values_test.go), in all page versions, encodings and compressions that pyarrow has.

` + "`parquet.Columns`" + ` has the type of the file. A struct or a ` + "`map[string][]T`" + ` may have any type that holds all values: ` + "`[]float64`" + ` where
none is missing, ` + "`int64`" + ` for ` + "`int8`" + `, ` + "`float64`" + ` for a decimal of 15 digits or ` + "`int64`" + ` for one without digits after the point, ` + "`[]byte`" + ` for a list of
uint8. A name before the type is that of a member. What is not read is an error with the column's name, for the reason below the table; the other columns of such a
file are read by ` + "`parquet.Open`" + ` and ` + "`Select`" + `.

| column | Parquet: Columns | Parquet: arrow.Table | Feather: Columns | Feather: arrow.Table |
|---|---|---|---|---|
`

// foreignScript writes a file for each row of the table, and prints how the row is called.
const foreignScript = `
import sys, decimal, duckdb, numpy as np, pyarrow as pa, pyarrow.parquet as pq, pyarrow.feather as pf
dir = sys.argv[1]
D = decimal.Decimal
rows = [(str(t), pa.array([v, None], t)) for t, v in [
    (pa.bool_(), True), (pa.int8(), 1), (pa.int16(), 1), (pa.int32(), 1), (pa.int64(), 1), (pa.uint8(), 1), (pa.uint16(), 1), (pa.uint32(), 1), (pa.uint64(), 1),
    (pa.float16(), np.float16(1.5)), (pa.float32(), 1.5), (pa.float64(), 1.5),
    (pa.string(), "x"), (pa.large_string(), "x"), (pa.string_view(), "x"), (pa.binary(), b"x"), (pa.large_binary(), b"x"), (pa.binary_view(), b"x"), (pa.binary(3), b"abc"),
    (pa.uuid(), bytes(16)), (pa.dictionary(pa.int32(), pa.string()), "x"), (pa.dictionary(pa.int32(), pa.int64()), 1), (pa.null(), None),
    (pa.date32(), 1), (pa.date64(), 86400000), (pa.timestamp("s"), 1), (pa.timestamp("ms"), 1), (pa.timestamp("us"), 1), (pa.timestamp("ns"), 1), (pa.timestamp("us", "UTC"), 1), (pa.timestamp("us", "Europe/Rome"), 1),
    (pa.time32("s"), 1), (pa.time32("ms"), 1), (pa.time64("us"), 1), (pa.time64("ns"), 1), (pa.duration("s"), 1), (pa.duration("us"), 1), (pa.month_day_nano_interval(), (1, 2, 3)),
    (pa.decimal32(9, 2), D("1.50")), (pa.decimal64(18, 2), D("1.50")), (pa.decimal128(38, 2), D("1.50")), (pa.decimal256(76, 2), D("1.50")),
    (pa.list_(pa.float64()), [1.5, None]), (pa.large_list(pa.float64()), [1.5]), (pa.list_view(pa.float64()), [1.5]), (pa.list_(pa.float64(), 2), [1.5, 2.5]),
    (pa.list_(pa.uint8()), [1]), (pa.list_(pa.field("item", pa.uint8(), False)), [1]), (pa.list_(pa.string()), ["x"]), (pa.list_(pa.decimal128(9, 2)), [D("1.50")]), (pa.list_(pa.list_(pa.float64())), [[1.5]]),
    (pa.struct([("x", pa.float64()), ("n", pa.int32())]), {"x": 1.5, "n": 1}), (pa.list_(pa.struct([("x", pa.float64()), ("n", pa.int32())])), [{"x": 1.5, "n": 1}]),
    (pa.map_(pa.string(), pa.float64()), [("x", 1.5)]), (pa.struct([("l", pa.list_(pa.list_(pa.int64()))), ("x", pa.float64())]), {"l": [[1]], "x": 1.5}),
]]
n = 0
def name(text):
    global n
    n += 1
    print(text.replace("extension<arrow.", "").removesuffix(">") if "extension" in text else text)
    return f"{dir}/{n:03d}"
for text, array in rows:
    path = name(text)
    table = pa.table({"a": array})
    try:
        pq.write_table(table, path + ".parquet")
    except pa.ArrowNotImplementedError:
        pass
    pf.write_feather(table, path + ".feather", compression="uncompressed")
pq.write_table(pa.table({"a": pa.array([1, None], pa.timestamp("us"))}), name("INT96, a timestamp of Spark, Impala or Hive") + ".parquet", use_deprecated_int96_timestamps=True)
for text, sql in [("HUGEINT", "1::hugeint"), ("DECIMAL(18, 3)", "1.5::decimal(18, 3)"), ("TIMESTAMPTZ", "timestamptz '2024-04-10 00:00:00+00'"), ("TIME", "time '01:00:00'"),
        ("ENUM", "'x'::enum('x', 'y')"), ("UUID", "uuid()"), ("BIT", "'101'::bit"), ("INTERVAL", "interval 1 day"), ("JSON", "'{}'::json"), ("DOUBLE[]", "[1.5::double, null]"), ("DOUBLE[2]", "[1.5, 2.5]::double[2]"),
        ("STRUCT(x DOUBLE)", "{'x': 1.5::double}"), ("MAP(VARCHAR, DOUBLE)", "map(['x'], [1.5::double])")]:
    duckdb.sql(f"copy (select {sql} as a) to '{name('DuckDB: ' + text)}.parquet' (format parquet)")
`

// TestForeignPage compares the part of docs/formats.md about files of other programs with what is read of them.
func TestForeignPage(t *testing.T) {
	dir := t.TempDir()
	names := strings.Split(pythontest.Find(t).Run(t, foreignScript, dir), "\n")
	var out strings.Builder
	out.WriteString(foreignPage)
	var why foreignReasons
	for i, name := range names {
		path := filepath.Join(dir, fmt.Sprintf("%03d", i+1))
		fmt.Fprintf(&out, "| %s |", strings.ReplaceAll(name, "|", `\|`))
		for _, ext := range []string{".parquet", ".feather"} {
			file, err := os.ReadFile(path + ext)
			if errors.Is(err, os.ErrNotExist) {
				out.WriteString("  |  |")
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			decode := parquet.Decode
			if ext == ".feather" {
				decode = parquet.DecodeFeather
			}
			for _, dst := range []any{new(parquet.Columns), new(arrow.Table)} {
				err := decode(bytes.NewReader(file), int64(len(file)), dst)
				if err != nil && !errors.Is(err, errors.ErrUnsupported) {
					t.Errorf("%s%s: the error is not that of an unsupported type: %v", name, ext, err)
				}
				out.WriteString(" " + why.cell(dst, err) + " |")
			}
		}
		out.WriteString("\n")
	}
	out.WriteString("\nReasons, in the words of the error:\n\n")
	for i, text := range why.texts {
		fmt.Fprintf(&out, "%d. %s\n", i+1, text)
	}
	comparePage(t, "TestForeignPage", true, out.String())
}

type foreignReasons struct{ texts []string }

var ofColumn = regexp.MustCompile(`^.*column "[^"]*"[^:]*: (unsupported operation: )?`)

var arrowType = regexp.MustCompile(`^Arrow type .* has`)

// cell says what a file became.
func (r *foreignReasons) cell(dst any, err error) string {
	if err != nil {
		text, _, _ := strings.Cut(ofColumn.ReplaceAllString(err.Error(), ""), "; to read the other")
		text = arrowType.ReplaceAllString(text, "the type has")
		at := slices.Index(r.texts, text)
		if at < 0 {
			at = len(r.texts)
			r.texts = append(r.texts, text)
		}
		return fmt.Sprintf("- (%d)", at+1)
	}
	var parts []string
	add := func(column, what string) {
		what = "`" + strings.ReplaceAll(what, "[]uint8", "[]byte") + "`"
		if column != "a" {
			what = strings.TrimPrefix(column, "a.") + ": " + what
		}
		parts = append(parts, what)
	}
	switch v := reflect.ValueOf(dst).Elem().Interface().(type) {
	case parquet.Columns:
		for name, column := range v {
			add(name, reflect.TypeOf(column).String())
		}
		slices.Sort(parts)
	case arrow.Table:
		for _, f := range v.Schema().Fields() {
			add(f.Name, f.Type.String())
		}
	}
	return strings.Join(parts, ", ")
}
