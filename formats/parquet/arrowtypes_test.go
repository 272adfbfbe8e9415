package parquet_test

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/memory"

	"github.com/dataelab/dataelab-go/formats/parquet"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// writeArrowTypes writes a table of types that only Arrow has, as odd.parquet and odd.feather:
// a null among the values of a dictionary, lists of one length, zones, views.
const writeArrowTypes = `
import sys, os, pyarrow as pa, pyarrow.parquet as pq, pyarrow.feather as pf
dictionary = lambda values, index: pa.DictionaryArray.from_arrays(pa.array(index, pa.int16()), pa.array(values))
fixed = lambda values, type, n=2: pa.array(values, pa.list_(type, n))
nested = pa.ListArray.from_arrays(pa.array([0, 2, 2, 4]), dictionary(["a", None], [0, 1, None, 0]))
zone = lambda unit, tz: pa.array([1, None, -2], pa.timestamp(unit, tz))
table = pa.table({
    "dict": dictionary(["a", None, "b"], [2, 1, None]), "dictb": dictionary([None, b"x"], [0, 1, 1]), "lists": nested,
    "f64": fixed([[1.5, 2], None, [None, 4]], pa.float64()), "fs": fixed([["a", "bc"], ["d", None], None], pa.string()), "ft": fixed([[1, 2], None, [3, None]], pa.timestamp("us", "Europe/Rome")),
    "fb": fixed([[True, False], [False, None], None], pa.bool_()), "full": fixed([[1, 2], [3, 4], [5, 6]], pa.int16()),
    "rome_s": zone("s", "Europe/Rome"), "rome_ms": zone("ms", "Europe/Rome"), "rome_us": zone("us", "Europe/Rome"), "rome_ns": zone("ns", "Europe/Rome"), "offset": zone("us", "+05:30"),
    "naive": zone("us", None), "lrome": pa.array([[1], None, []], pa.list_(pa.timestamp("s", "Europe/Rome"))), "t32": pa.array([1, None, 2], pa.time32("s")),
    "view": pa.array(["short", None, "longer than twelve"], pa.string_view()), "bview": pa.array([b"exactly 12 b", None, b""], pa.binary_view()),
})
table = table.replace_schema_metadata({"by": "us"})
at = lambda name: os.path.join(sys.argv[1], name)
pq.write_table(table.drop_columns(["dict", "dictb", "lists"]), at("odd.parquet"), row_group_size=2) # which Arrow cannot write
pf.write_feather(table, at("odd.feather"), chunksize=2)
pf.write_feather(table.select(["dict", "dictb", "full", "rome_s", "lrome", "view", "bview"]), at("some.feather"), chunksize=2)
`

func TestArrowTypes(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	py.Run(t, writeArrowTypes, dir)
	at := func(name string) string { return filepath.Join(dir, name) }
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	table, err := parquet.Load[arrow.Table](at("odd.parquet"))
	check(err)
	record, err := parquet.Load[arrow.Record](at("odd.parquet"))
	check(err)
	fast, err := parquet.LoadFeather[arrow.Table](at("odd.feather"))
	check(err)
	check(parquet.Save(at("table.parquet"), table))
	check(parquet.Save(at("record.parquet"), record, parquet.Options{RowGroup: 2}))
	check(parquet.SaveFeather(at("table.feather"), table))
	check(parquet.SaveFeather(at("fast.feather"), fast))
	dictionaries := array.NewTable(arrow.NewSchema(fast.Schema().Fields()[:3], nil), []arrow.Column{*fast.Column(0), *fast.Column(1), *fast.Column(2)}, 3)
	check(parquet.Save(at("dictionaries.parquet"), dictionaries))
	py.Run(t, `
import sys, os, pyarrow as pa, pyarrow.parquet as pq, pyarrow.feather as pf
at = lambda name: os.path.join(sys.argv[1], name)
for now, was in (pq.read_table(at("table.parquet")), pq.read_table(at("odd.parquet"))), (pq.read_table(at("record.parquet")), pq.read_table(at("odd.parquet"))), \
        (pf.read_table(at("table.feather")), pq.read_table(at("odd.parquet"))), (pf.read_table(at("fast.feather")), pf.read_table(at("odd.feather"))):
    now.validate(full=True)
    assert now.schema.metadata == was.schema.metadata
    for name in was.column_names:
        a, b = now.field(name), was.field(name)
        assert a.equals(b), (a, b)
        assert now[name].to_pylist() == was[name].to_pylist(), (name, now[name], was[name])
`, dir)
	py.Run(t, `
import sys, pyarrow.parquet as pq
table = pq.read_table(sys.argv[1])
table.validate(full=True)
assert table.to_pydict() == {"dict": ["b", None, None], "dictb": [None, b"x", b"x"], "lists": [["a", None], [], [None, "a"]]}, table.to_pydict()
`, at("dictionaries.parquet"))

	// What Go's types make of it.
	for _, columns := range []func() (parquet.Columns, error){
		func() (parquet.Columns, error) { return parquet.Load[parquet.Columns](at("table.parquet")) },
		func() (parquet.Columns, error) { return parquet.LoadFeather[parquet.Columns](at("table.feather")) },
	} {
		c, err := columns()
		if want := [][]*float64{{to(1.5), to(2.0)}, nil, {nil, to(4.0)}}; err != nil || !reflect.DeepEqual(c["f64"], want) {
			t.Errorf("an element that is missing: %v, %v", c["f64"], err)
		}
	}
	type row struct {
		Dict  *string     `parquet:"dict"`
		Dictb []byte      `parquet:"dictb"`
		Full  []int16     `parquet:"full"`
		Rome  time.Time   `parquet:"rome_s"`
		LRome []time.Time `parquet:"lrome"`
		View  *string     `parquet:"view"`
		BView []byte      `parquet:"bview"`
	}
	want := []row{
		{to("b"), nil, []int16{1, 2}, time.Unix(1, 0).UTC(), []time.Time{time.Unix(1, 0).UTC()}, to("short"), []byte("exactly 12 b")},
		{nil, []byte("x"), []int16{3, 4}, time.Time{}, nil, nil, nil},
		{nil, []byte("x"), []int16{5, 6}, time.Unix(-2, 0).UTC(), []time.Time{}, to("longer than twelve"), []byte{}},
	}
	if got, err := parquet.LoadFeather[[]row](at("some.feather")); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

// A column that says that nothing is missing, and misses something in its dictionary or among
// the elements of its lists, is refused before anything is written.
func TestMissingWhereNothingMayBe(t *testing.T) {
	mem := memory.DefaultAllocator
	texts := array.NewStringBuilder(mem)
	texts.AppendValues([]string{"a", ""}, []bool{true, false})
	index := array.NewInt8Builder(mem)
	index.AppendValues([]int8{0, 1}, nil)
	dictType := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}
	lists := array.NewListBuilderWithField(mem, arrow.Field{Name: "item", Type: arrow.PrimitiveTypes.Int64})
	for range 2 {
		lists.Append(true)
		lists.ValueBuilder().(*array.Int64Builder).AppendNull()
	}
	for _, column := range []arrow.Array{array.NewDictionaryArray(dictType, index.NewArray(), texts.NewArray()), lists.NewArray()} {
		schema := arrow.NewSchema([]arrow.Field{{Name: "x", Type: column.DataType()}}, nil)
		var out strings.Builder
		err := parquet.Encode(&out, array.NewRecord(schema, []arrow.Array{column}, 2))
		if !isValue(err) || !strings.Contains(err.Error(), `"x"`) || out.Len() > 0 {
			t.Errorf("%v: %v, %d bytes", column.DataType(), err, out.Len())
		}
	}
}

// Each chunk of a column may have a dictionary of its own, with a null in it.
func TestDictionariesOfChunks(t *testing.T) {
	t.Run("utf8", func(t *testing.T) {
		testDictionariesOfChunks(t, arrow.BinaryTypes.String, array.NewStringBuilder(memory.DefaultAllocator))
	})
	t.Run("large utf8", func(t *testing.T) {
		testDictionariesOfChunks(t, arrow.BinaryTypes.LargeString, array.NewLargeStringBuilder(memory.DefaultAllocator))
	})
}

func testDictionariesOfChunks(t *testing.T, values arrow.DataType, texts interface {
	array.StringLikeBuilder
	AppendValues(values []string, valid []bool)
}) {
	dictType := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: values}
	var chunks []arrow.Array
	for _, values := range [][]string{{"a", "", "b"}, {"c", "", "a"}, {"", "", "c"}} {
		texts.AppendValues(values, []bool{values[0] != "", false, true})
		index := array.NewInt8Builder(memory.DefaultAllocator)
		index.AppendValues([]int8{2, 1, 0, 0}, []bool{true, true, true, false})
		chunks = append(chunks, array.NewDictionaryArray(dictType, index.NewArray(), texts.NewArray()))
	}
	field := arrow.Field{Name: "x", Type: dictType, Nullable: true}
	table := array.NewTable(arrow.NewSchema([]arrow.Field{field}, nil), []arrow.Column{*arrow.NewColumn(field, arrow.NewChunked(dictType, chunks))}, 12)
	type row struct {
		X *string `parquet:"x"`
	}
	want := []row{{to("b")}, {}, {to("a")}, {}, {to("a")}, {}, {to("c")}, {}, {to("c")}, {}, {}, {}}
	for _, c := range codecs {
		file := c.encoded(t, table)
		var rows []row
		if err := c.decodeError(file, &rows); err != nil || !reflect.DeepEqual(rows, want) {
			t.Errorf("%s: %v, %v", c.name, rows, err)
		}
		var back arrow.Table
		if err := c.decodeError(file, &back); err != nil || !arrow.TypeEqual(back.Column(0).DataType(), dictType) {
			t.Errorf("%s: %v, %v", c.name, back, err)
		}
	}
}
