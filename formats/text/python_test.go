package text_test

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats/text"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// shared is what Python has a meaning for, and the same in all.
type shared struct {
	Tag    string            `json:"tag"`
	Texts  []string          `json:"texts"`
	Floats []float64         `json:"floats"`
	F32    []float32         `json:"f32"`
	Rows   [][]float64       `json:"rows"`
	Ints   []int64           `json:"ints"`
	Uint   uint64            `json:"uint"`
	On     bool              `json:"on"`
	None   *int              `json:"none"`
	Empty  []int             `json:"empty"`
	Dict   map[string]string `json:"dict"`
	Bytes  []byte            `json:"bytes"`
	Time   time.Time         `json:"time"`
}

func aShared() shared {
	return shared{
		"20240101_120000", oddText, floats, []float32{0.1, 16777216, 1e-30}, [][]float64{{1, 2}, {}, {nan}}, []int64{math.MinInt64, -1, 0, 1<<53 + 1, math.MaxInt64}, math.MaxUint64,
		true, nil, []int{}, oddMap(), []byte{0, 1, 254, 255}, instant.Truncate(time.Microsecond),
	}
}

// checkTree is what Python must find. The odd texts come in a file of their own,
// written by Python's json.
const checkTree = `
import sys, json, yaml, math, base64, datetime, struct
path, inputs, out = sys.argv[1:]
is_yaml = path.endswith("yaml")
def strict(pairs):
    d = dict(pairs)
    assert len(d) == len(pairs)
    return d
with open(path, encoding="utf-8", newline="") as f:
    v = yaml.safe_load(f) if is_yaml else json.load(f, object_pairs_hook=strict, parse_constant=lambda c: 1/0)
with open(inputs, encoding="utf-8") as f:
    want = json.load(f)
bits = lambda x: struct.pack("<d", x)
num = lambda x: float(x) if isinstance(x, str) and not is_yaml else x
assert v["tag"] == "20240101_120000", v["tag"]
assert v["texts"] == want["texts"], [(a, b) for a, b in zip(v["texts"], want["texts"]) if a != b]
assert v["dict"] == want["dict"]
assert len(v["floats"]) == len(want["hex"])
for x, h in zip(v["floats"], want["hex"]):
    x = num(x)
    assert type(x) is float, (x, h)
    assert (x != x and h == "nan") or x.hex() == float.fromhex(h).hex(), (x, h)
assert [struct.unpack("<f", struct.pack("<f", x))[0] for x in v["f32"]] == [struct.unpack("<f", struct.pack("<f", y))[0] for y in (0.1, 16777216, 1e-30)]
assert v["rows"][:2] == [[1.0, 2.0], []] and math.isnan(num(v["rows"][2][0]))
assert v["ints"] == [-2**63, -1, 0, 2**53 + 1, 2**63 - 1], v["ints"]
assert v["uint"] == 2**64 - 1 and v["on"] is True and v["none"] is None and v["empty"] == []
raw = v["bytes"] if is_yaml else base64.b64decode(v["bytes"], validate=True)
assert raw == bytes([0, 1, 254, 255]), raw
when = v["time"] if is_yaml else datetime.datetime.fromisoformat(v["time"])
assert when == datetime.datetime(2024, 4, 10, 11, 22, 33, 123456, datetime.timezone(datetime.timedelta(hours=2))), when
assert when.utcoffset() == datetime.timedelta(hours=2)
# And back, as these libraries write it.
if not is_yaml:
    v["floats"] = [float(x) for x in v["floats"]]
v["time"] = when.isoformat()
with open(out, "w", encoding="utf-8", newline="") as f:
    if is_yaml:
        yaml.safe_dump(v, f)
    else:
        json.dump(v, f)
print("equal")
`

// TestPythonTrees has Python's json and PyYAML read what we write, and reads what
// they write of it.
func TestPythonTrees(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	hex := make([]string, len(floats))
	for i, f := range floats {
		hex[i] = strings.TrimPrefix(strings.ToLower(hexFloat(f)), "+")
	}
	inputs := filepath.Join(dir, "inputs.json")
	save(t, inputs, encode(t, text.JSON{}, struct {
		Texts []string          `json:"texts"`
		Dict  map[string]string `json:"dict"`
		Hex   []string          `json:"hex"`
	}{oddText, oddMap(), hex}))
	for _, format := range trees {
		path, out := filepath.Join(dir, "a."+format), filepath.Join(dir, "out."+format)
		save(t, path, encode(t, codecs[format], aShared()))
		if got := py.Run(t, checkTree, path, inputs, out); got != "equal" {
			t.Errorf("%s: Python says %q", format, got)
		}
		file, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeAs(codecs[format], reflect.TypeFor[shared](), file)
		if err != nil {
			t.Fatalf("%s: %v in\n%s", format, err, file)
		}
		if d := difference(reflect.ValueOf(aShared()), got, "value"); d != "" {
			t.Errorf("%s: what Python wrote: %s", format, d)
		}
	}
}

func hexFloat(f float64) string {
	switch {
	case f != f:
		return "nan"
	case math.IsInf(f, 0):
		return strings.TrimPrefix(map[bool]string{true: "inf", false: "-inf"}[f > 0], "+")
	}
	return strconv.FormatFloat(f, 'x', -1, 64)
}

func save(t *testing.T, path string, file []byte) {
	t.Helper()
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
}

// cells is a table that pandas and DuckDB know all of.
type cells struct {
	Name  string
	F     float64
	Count int64
	Big   uint64
	On    bool
	Time  time.Time
	Took  time.Duration
	Maybe *float64
}

func aTable() []cells {
	var rows []cells
	for i, f := range floats {
		c := cells{"n" + oddText[i], f, math.MinInt64 + int64(i), math.MaxUint64, i%2 == 0, instant.Truncate(time.Microsecond).UTC().Add(time.Duration(i) * time.Hour), 1500 * time.Duration(i) * time.Microsecond, nil}
		if i%3 == 0 {
			c.Maybe = ptr(float64(i) / 7)
		}
		rows = append(rows, c)
	}
	rows[0].Name = "a\r\nb,\"c\"\n,d\re"
	return rows
}

const checkTable = `
import sys, math, pandas as pd, duckdb, json, struct
path, inputs, by_pandas, by_duckdb, json_path = sys.argv[1:]
with open(inputs, encoding="utf-8") as f:
    want = json.load(f)
eq = lambda a, b: (a != a and b != b) or (a == b and math.copysign(1, a) == math.copysign(1, b))
def check(name, f, count, big, on, time, maybe, who):
    for i, w in enumerate(want):
        assert name[i] == w["Name"], (who, name[i], w["Name"])
        assert eq(float(f[i]), float(w["F"])), (who, f[i], w["F"])
        assert count[i] == w["Count"] and big[i] == w["Big"] and bool(on[i]) is w["On"], (who, w)
        assert pd.Timestamp(time[i]) == pd.Timestamp(w["Time"]), (who, time[i], w["Time"])
        assert (maybe[i] is None or maybe[i] != maybe[i]) if w["Maybe"] is None else maybe[i] == w["Maybe"], (who, maybe[i], w)
d = pd.read_csv(path, dtype={"Big": "uint64"}, keep_default_na=True, float_precision="round_trip", parse_dates=["Time"])
assert d.F.dtype == "float64" and d.Count.dtype == "int64" and d.On.dtype == "bool" and str(d.Time.dtype).startswith("datetime64"), d.dtypes
check(list(d.Name), list(d.F), list(d.Count), list(d.Big), list(d.On), list(d.Time), list(d.Maybe), "pandas")
for i, w in enumerate(want):
    assert pd.Timedelta(d.Took[i]) == pd.Timedelta(w["Took"]), d.Took[i]
q = "select Name, F, Count, Big, \"On\", epoch_us(Time), Maybe from "
for source in (f"read_csv('{path}')", f"read_json('{json_path}', columns={{Name: 'VARCHAR', F: 'DOUBLE', Count: 'BIGINT', Big: 'UBIGINT', \"On\": 'BOOLEAN', Time: 'TIMESTAMPTZ', Maybe: 'DOUBLE'}})"):
    types = [str(t) for t in duckdb.sql("select F, Count, \"On\" from " + source).types]
    assert types == ["DOUBLE", "BIGINT", "BOOLEAN"], types
    cols = list(zip(*duckdb.sql(q + source).fetchall()))
    check(*cols[:5], [pd.Timestamp(us, unit="us", tz="UTC") for us in cols[5]], cols[6], source)
# And back. pandas keeps a NaN and None apart only if told how to write the first.
d["Time"] = [t.isoformat() for t in d.Time]
d["F"] = [repr(float(x)) for x in d.F]
d.to_csv(by_pandas, index=False)
duckdb.sql(f"copy (select * from read_csv('{path}', types={{'Time': 'VARCHAR', 'F': 'DOUBLE'}})) to '{by_duckdb}' (header)")
print("equal")
`

// TestPythonTables has pandas and DuckDB read our tables, and DuckDB our JSON, and
// reads what they write of them.
func TestPythonTables(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	save(t, at("a.csv"), encode(t, text.CSV{}, aTable()))
	save(t, at("a.json"), encode(t, text.JSON{}, aTable()))
	if got := py.Run(t, checkTable, at("a.csv"), at("a.json"), at("pandas.csv"), at("duckdb.csv"), at("a.json")); got != "equal" {
		t.Errorf("Python says %q", got)
	}
	for _, name := range []string{"pandas.csv", "duckdb.csv"} {
		file, err := os.ReadFile(at(name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeAs(text.CSV{}, reflect.TypeFor[[]cells](), file)
		if err != nil {
			t.Fatalf("%s: %v in\n%s", name, err, file)
		}
		if d := difference(reflect.ValueOf(aTable()), got, "value"); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}
