package parquet_test

import (
	"errors"
	"math/big"
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

// TestNested reads structures, maps and lists of structures member by member.
func TestNested(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nested.parquet")
	pythontest.Find(t).Run(t, `
import sys, pyarrow as pa, pyarrow.parquet as pq
point = pa.struct([("x", pa.float64()), ("tags", pa.list_(pa.string())), ("in", pa.struct([("k", pa.int32())]))])
pq.write_table(pa.table({
    "p": pa.array([{"x": 1.5, "tags": ["a", None], "in": {"k": 7}}, None, {"x": None, "tags": None, "in": None}, {"x": 2, "tags": [], "in": {"k": None}}], point),
    "m": pa.array([[("a", 1), ("b", None)], None, [], [("c", 3)]], pa.map_(pa.string(), pa.int64())),
    "hits": pa.array([[{"e": 1, "t": 5}, None], None, [], [{"e": None, "t": 6}]], pa.list_(pa.struct([("e", pa.float32()), ("t", pa.duration("ms"))]))),
    "deep": pa.array([[[1]], None, [], [None]], pa.list_(pa.list_(pa.int32()))),
}), sys.argv[1], row_group_size=3)
`, path)
	r, err := parquet.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var names []string
	for _, c := range r.Columns() {
		if names = append(names, c.Name); c.Err != nil || c.Name == "deep" && c.Type != "list of list of int32" {
			t.Errorf("%+v", c)
		}
	}
	var columns parquet.Columns
	if err := r.Read(&columns, parquet.Select(names...)); err != nil {
		t.Fatal(err)
	}
	want := parquet.Columns{
		"p.x": []*float64{to(1.5), nil, nil, to(2.0)}, "p.tags": [][]*string{{to("a"), nil}, nil, nil, {}}, "p.in.k": []*int32{to(int32(7)), nil, nil, nil},
		"m.key": [][]string{{"a", "b"}, nil, {}, {"c"}}, "m.value": [][]*int64{{to(int64(1)), nil}, nil, {}, {to(int64(3))}},
		"deep":   [][][]*int32{{{to(int32(1))}}, nil, {}, {nil}},
		"hits.e": [][]*float32{{to(float32(1)), nil}, nil, {}, {nil}},
		"hits.t": [][]*time.Duration{{to(5 * time.Millisecond), nil}, nil, {}, {to(6 * time.Millisecond)}},
	}
	for name := range want {
		if !reflect.DeepEqual(columns[name], want[name]) {
			t.Errorf("%s: %v, want %v", name, columns[name], want[name])
		}
	}
	if len(columns) != len(want) {
		t.Errorf("columns %v", names)
	}

	type row struct {
		X    *float64 `parquet:"p.x"`
		K    *int32   `parquet:"p.in.k"`
		Keys []string `parquet:"m.key"`
	}
	var rows []row
	if err := r.Read(&rows, parquet.Select(), parquet.Where("p.x", ">", 1.75)); err != nil || !reflect.DeepEqual(rows, []row{{to(2.0), nil, []string{"c"}}}) {
		t.Errorf("%+v, %v", rows, err)
	}
	if stats, err := r.Statistics(0, "p.x"); err != nil || stats.Max != 1.5 || stats.Nulls != 2 {
		t.Errorf("%+v, %v", stats, err)
	}
	if err := parquet.Encode(&strings.Builder{}, columns); !isValue(err) {
		t.Errorf("lists in lists are written: %v", err)
	}
}

// TestListItems keeps lists whose elements are missing, and lists of uint8, which are bytes
// where none is.
func TestListItems(t *testing.T) {
	for _, c := range codecs {
		c.roundTrip(t, parquet.Columns{"a": [][]*float64{{to(1.5), nil}, nil, {}, {nil}}, "s": [][]*string{{nil, to("")}, {}, nil, {to("x")}}, "u": [][]*uint8{{to(uint8(7)), nil}, nil, {}, {}}})
		c.roundTrip(t, map[string][][]*int{"a": {{to(-1), nil}, nil, {}}})
		c.roundTrip(t, map[string][][]*time.Time{"a": {{to(time.Unix(1, 0).UTC()), nil}, nil, {}}})
		for _, v := range []any{map[string][][]*time.Time{"a": {{nil, {}}}}, map[string][][]*string{"a": {{nil, to("\xff")}}}} {
			if err := c.encode(&strings.Builder{}, v); !isValue(err) {
				t.Errorf("%s: %v is written: %v", c.name, v, err)
			}
		}
	}

	path := filepath.Join(t.TempDir(), "lists.parquet")
	pythontest.Find(t).Run(t, `
import sys, pyarrow as pa, pyarrow.parquet as pq
u8 = pa.list_(pa.field("element", pa.uint8(), False))
pq.write_table(pa.table({"bytes": pa.array([[1, 255], None, []], u8), "holes": pa.array([[1, None], None, []], pa.list_(pa.uint8())),
    "full": pa.array([[1, 2], None, []], pa.list_(pa.uint8())), "f": pa.array([[1.5, None], None, []], pa.list_(pa.float64()))}), sys.argv[1])
`, path)
	columns, err := parquet.Load[parquet.Columns](path)
	u8 := func(x uint8) *uint8 { return &x }
	want := parquet.Columns{"bytes": [][]byte{{1, 255}, nil, {}}, "holes": [][]*uint8{{u8(1), nil}, nil, {}},
		"full": [][]*uint8{{u8(1), u8(2)}, nil, {}}, "f": [][]*float64{{to(1.5), nil}, nil, {}}}
	if err != nil || !reflect.DeepEqual(columns, want) {
		t.Errorf("%v, %v, want %v", columns, err, want)
	}
	type row struct {
		Bytes []byte `parquet:"bytes"`
		Full  []byte `parquet:"full"`
	}
	r, err := parquet.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var rows []row
	if err := r.Read(&rows, parquet.Select()); err != nil || !reflect.DeepEqual(rows, []row{{[]byte{1, 255}, []byte{1, 2}}, {}, {[]byte{}, []byte{}}}) {
		t.Errorf("%v, %v", rows, err)
	}
	var mismatch *parquet.MismatchError
	var holes map[string][][]byte
	if err := r.Read(&holes, parquet.Select("holes")); !errors.As(err, &mismatch) || mismatch.Row != 0 || mismatch.Column != "holes" {
		t.Errorf("%v, %v", holes, err)
	}
	infos := r.Columns()
	if infos[0].NullableItems || !infos[1].NullableItems || infos[1].Type != "list of uint8" {
		t.Errorf("%+v", infos)
	}
}

// TestDecimals reads decimals of each width into texts, and into numbers where these have them all.
func TestDecimals(t *testing.T) {
	dir := t.TempDir()
	py := pythontest.Find(t)
	py.Run(t, `
import sys, decimal, pyarrow as pa, pyarrow.parquet as pq
decimal.getcontext().prec = 100
D = decimal.Decimal
def column(digits, scale, t=pa.decimal128):
    most = (10**digits - 1)
    return pa.array([D(most).scaleb(-scale), D(-most).scaleb(-scale), D(0).scaleb(-scale), D(5).scaleb(-scale), D(-5).scaleb(-scale), None], t(digits, scale))
table = pa.table({"d5": column(5, 2), "d9": column(9, 9), "d15": column(15, 3), "d18": column(18, 0), "d19": column(19, 0), "d38": column(38, 20),
    "d76": column(76, 40, pa.decimal256), "l": pa.array([[D("1.5"), None], None, [], [], [], []], pa.list_(pa.decimal128(5, 1)))})
for name, options in {"fixed": {}, "ints": {"store_decimal_as_integer": True}, "plain": {"use_dictionary": False}}.items():
    pq.write_table(table, f"{sys.argv[1]}/{name}.parquet", **options)
with open(sys.argv[1] + "/want", "w") as f:
    for name in table.column_names[:-1]:
        print(*[format(x, "f") if x is not None else "-" for x in table[name].to_pylist()], file=f)
`, dir)
	for _, name := range []string{"fixed", "ints", "plain"} {
		path := filepath.Join(dir, name+".parquet")
		columns, err := parquet.Load[parquet.Columns](path)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Split(strings.TrimSpace(py.Run(t, "import sys; print(open(sys.argv[1]).read())", filepath.Join(dir, "want"))), "\n")
		for i, column := range []string{"d5", "d9", "d15", "d18", "d19", "d38", "d76"} {
			var got []string
			for _, p := range columns[column].([]*string) {
				if p == nil {
					p = to("-")
				}
				got = append(got, *p)
			}
			if strings.Join(got, " ") != want[i] {
				t.Errorf("%s, %s: %v, want %s", name, column, got, want[i])
			}
		}
		if got := columns["l"]; !reflect.DeepEqual(got, [][]*string{{to("1.5"), nil}, nil, {}, {}, {}, {}}) {
			t.Errorf("%s: lists: %v", name, got)
		}
		type row struct {
			D5  *float64 `parquet:"d5"`
			D9  *float64 `parquet:"d9"`
			D15 *float64 `parquet:"d15"`
			D18 *int64   `parquet:"d18"`
		}
		r, err := parquet.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		var rows []row
		if err := r.Read(&rows, parquet.Select(), parquet.Where("d15", ">", 0.004)); err != nil || !reflect.DeepEqual(rows, []row{
			{to(999.99), to(0.999999999), to(999999999999.999), to(int64(1e18 - 1))}, {to(0.05), to(5e-9), to(0.005), to(int64(5))}}) {
			t.Errorf("%s: %+v, %v", name, rows, err)
		}
		for what, dst := range map[string]any{"d38": new(map[string][]*float64), "d18": new(map[string][]*float64), "d5": new(map[string][]*int64)} {
			var mismatch *parquet.MismatchError
			if err := r.Read(dst, parquet.Select(what)); !errors.As(err, &mismatch) {
				t.Errorf("%s: %s into %T: %v", name, what, dst, err)
			}
		}
		var ints map[string][]*int64
		if err := r.Read(&ints, parquet.Select("d19")); err == nil || !strings.Contains(err.Error(), "9999999999999999999") {
			t.Errorf("%s: a decimal of 64 bits and more into int64: %v, %v", name, ints, err)
		}
		var unsigned map[string][]*uint64
		if err := r.Read(&unsigned, parquet.Select("d18")); err == nil {
			t.Errorf("%s: a negative decimal into uint64: %v", name, unsigned)
		}

		table, err := parquet.Load[arrow.Table](path)
		if err != nil {
			t.Fatal(err)
		}
		for i, column := range []string{"d5", "d9", "d15", "d18", "d19", "d38", "d76"} {
			arr := table.Column(i).Data().Chunk(0)
			words := strings.Fields(want[i])
			for k := range words {
				if arr.IsNull(k) != (words[k] == "-") {
					t.Errorf("%s, %s, row %d: missing or not", name, column, k)
				}
			}
			for k, word := range words {
				want, _ := new(big.Int).SetString(strings.Replace(word, ".", "", 1), 10)
				if got := unscaled(arr, k); word != "-" && got.Cmp(want) != 0 {
					t.Errorf("%s, %s: Arrow has %v, want %s", name, column, got, word)
				}
			}
		}
	}
}

// TestArrowDecimals writes decimals of Arrow, as Parquet and as Feather, and reads those of both.
func TestArrowDecimals(t *testing.T) {
	dir := t.TempDir()
	py := pythontest.Find(t)
	py.Run(t, `
import sys, decimal, pyarrow as pa, pyarrow.parquet as pq, pyarrow.feather as pf
decimal.getcontext().prec = 100
D = decimal.Decimal
values = lambda digits, scale: [D(10**digits - 1).scaleb(-scale), D(1 - 10**digits).scaleb(-scale), D(-1).scaleb(-scale), None, D(0).scaleb(-scale), D(7).scaleb(-scale)]
types = [pa.decimal128(5, 2), pa.decimal128(38, 38), pa.decimal256(20, 3), pa.decimal256(76, 0)]
table = pa.table({str(t): pa.array(values(t.precision, t.scale), t) for t in types} | {"l256": pa.array([values(9, 2), None, [], [None], [D("1.25")], []], pa.list_(pa.decimal256(9, 2))), "l": pa.array([values(9, 2), None, [], [None], [D("1.25")], []], pa.list_(pa.decimal128(9, 2)))})
pq.write_table(table, sys.argv[1] + "/a.parquet")
pf.write_feather(table, sys.argv[1] + "/a.feather")
`, dir)
	var columns [2]parquet.Columns
	files := []string{filepath.Join(dir, "a.feather")}
	for i, name := range []string{"a.parquet", "a.feather"} {
		path := filepath.Join(dir, name)
		load, loadTable := parquet.Load[parquet.Columns], parquet.Load[arrow.Table]
		if i == 1 {
			load, loadTable = parquet.LoadFeather[parquet.Columns], parquet.LoadFeather[arrow.Table]
		}
		var err error
		if columns[i], err = load(path); err != nil {
			t.Fatal(err)
		}
		table, err := loadTable(path)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, path+".ours.parquet", path+".ours.feather")
		if err := parquet.Save(files[len(files)-2], table, parquet.Options{RowGroup: 4}); err != nil {
			t.Fatal(err)
		}
		if err := parquet.SaveFeather(files[len(files)-1], table); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(columns[0], columns[1]) || *columns[1]["decimal128(5, 2)"].([]*string)[1] != "-999.99" {
		t.Errorf("%v of Parquet, %v of Feather", columns[0], columns[1])
	}
	py.Run(t, `
import sys, pyarrow.parquet as pq, pyarrow.feather as pf
want = pf.read_table(sys.argv[1])
for path in sys.argv[2:]:
    got = pq.read_table(path) if path.endswith("parquet") else pf.read_table(path)
    got.validate(full=True)
    for name in want.column_names:
        assert got.field(name).type == want.field(name).type, (path, name, got.field(name))
        assert got[name].to_pylist() == want[name].to_pylist(), (path, name, got[name], want[name])
`, files...)
}

// unscaled is a decimal without its point.
func unscaled(arr arrow.Array, k int) *big.Int {
	if a, ok := arr.(*array.Decimal128); ok {
		return a.Value(k).BigInt()
	}
	return arr.(*array.Decimal256).Value(k).BigInt()
}
