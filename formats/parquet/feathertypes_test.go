package parquet_test

import (
	"errors"
	"math"
	"math/bits"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"
	"github.com/apache/arrow/go/v16/arrow/decimal128"
	"github.com/apache/arrow/go/v16/arrow/endian"
	"github.com/apache/arrow/go/v16/arrow/ipc"
	"github.com/apache/arrow/go/v16/arrow/memory"

	"github.com/dataelab/dataelab-go/formats/parquet"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// TestFeatherOfOtherWriters reads dictionaries in parts, and refuses columns that have no Go type, whatever stands before and after them.
func TestFeatherOfOtherWriters(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	py.Run(t, `
import sys, os, decimal, pyarrow as pa, pyarrow.feather as pf
at = lambda name: os.path.join(sys.argv[1], name)
batch = lambda values, index: pa.record_batch({"d": pa.DictionaryArray.from_arrays(pa.array(index, pa.int8()), pa.array(values)), "n": pa.array(index, pa.int32())})
batches = [batch(["a"], [0, 0]), batch(["a", "bc"], [1, 0]), batch(["a", "bc", "d"], [2, None])]
for codec in None, "lz4":
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True, compression=codec)
    with pa.ipc.new_file(at("deltas" + ("" if codec is None else codec)), batches[0].schema, options=options) as w:
        for b in batches:
            w.write_batch(b)
money = [decimal.Decimal("1.23"), None]
kinds = {
    "money": pa.array(money), "small": pa.array(money, pa.decimal32(5, 2)), "wide": pa.array(money, pa.decimal256(50, 2)), "struct": pa.array([{"a": 1, "b": ["x"]}, None]),
    "map": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())), "null": pa.nulls(2), "union": pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["a", "b"])]),
    "dense": pa.UnionArray.from_dense(pa.array([0, 1], pa.int8()), pa.array([0, 0], pa.int32()), [pa.array([1]), pa.array(["b"])]), "runs": pa.RunEndEncodedArray.from_arrays([1, 2], ["a", "b"]),
    "nested": pa.array([[[1]], None]), "views": pa.array([[1], None], pa.list_view(pa.int64())), "months": pa.array([(1, 2, 3), None], pa.month_day_nano_interval()), "cat": pa.array([7, None]).dictionary_encode(), "catfixed": pa.array([b"abc", None], pa.binary(3)).dictionary_encode(),
    "cats": pa.ListArray.from_arrays([0, 2, 2], pa.array([7, 8], pa.int16()).dictionary_encode()), "day": pa.array([19823, None], pa.date32()).cast(pa.date64()),
    "moneys": pa.array([[money[0], None], None], pa.list_(pa.decimal128(5, 2))),
    "uuid": pa.array([b"0123456789abcdef", None], pa.uuid()),
}
for name, array in kinds.items():
    pf.write_feather(pa.table({"a": [1, 2], "s": pa.array(["x", "y"], pa.string_view()), name: array, "z": ["a", None], "v": pa.array(["longer than twelve", "y"], pa.string_view())}), at(name))
`, dir)
	type row struct {
		D *string `parquet:"d"`
		N *int32  `parquet:"n"`
	}
	want := []row{{to("a"), to(int32(0))}, {to("a"), to(int32(0))}, {to("bc"), to(int32(1))}, {to("a"), to(int32(0))}, {to("d"), to(int32(2))}, {}}
	for _, name := range []string{"deltas", "deltaslz4"} {
		if rows, err := parquet.LoadFeather[[]row](filepath.Join(dir, name)); err != nil || !reflect.DeepEqual(rows, want) {
			t.Errorf("%s: %+v, %v", name, rows, err)
		}
	}
	for _, name := range []string{"small", "struct", "map", "union", "dense", "runs", "nested", "views", "months", "catfixed"} {
		for _, load := range []func(string) error{
			func(path string) error { _, err := parquet.LoadFeather[parquet.Columns](path); return err },
			func(path string) error { _, err := parquet.LoadFeather[arrow.Table](path); return err },
		} {
			var format *parquet.FormatError
			if err := load(filepath.Join(dir, name)); !errors.Is(err, errors.ErrUnsupported) || !errors.As(err, &format) || format.Column != name {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for name, want := range map[string]any{
		"uuid": [][]byte{[]byte("0123456789abcdef"), nil}, "money": []*string{to("1.23"), nil}, "wide": []*string{to("1.23"), nil}, "null": []*int32{nil, nil},
		"cat": []*int64{to(int64(7)), nil}, "cats": [][]*int16{{to(int16(7)), to(int16(8))}, {}}, "day": []time.Time{time.Date(2024, 4, 10, 0, 0, 0, 0, time.UTC), {}},
		"moneys": [][]*string{{to("1.23"), nil}, nil},
	} {
		columns, err := parquet.LoadFeather[parquet.Columns](filepath.Join(dir, name))
		if err != nil || !reflect.DeepEqual(columns[name], want) || !reflect.DeepEqual(columns["z"], []*string{to("a"), nil}) || !reflect.DeepEqual(columns["v"], []*string{to("longer than twelve"), to("y")}) {
			t.Errorf("%s: %v, %v; want %v", name, columns, err, want)
		}
		table, err := parquet.LoadFeather[arrow.Table](filepath.Join(dir, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := parquet.SaveFeather(filepath.Join(dir, name+".again"), table); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	py.Run(t, `
import sys, os, datetime, pyarrow.feather as pf
for name in "uuid", "money", "wide", "null", "cat", "cats", "day", "moneys":
    now, was = pf.read_table(os.path.join(sys.argv[1], name + ".again")), pf.read_table(os.path.join(sys.argv[1], name))
    now.validate(full=True)
    a, b = now.to_pydict(), was.to_pydict()
    if name == "day":
        b[name] = [None if d is None else datetime.datetime(d.year, d.month, d.day) for d in b[name]]
    assert a == b, (a, b)
`, dir)
}

// A file of the other byte order has the same values.
func TestFeatherOfOtherByteOrder(t *testing.T) {
	mem := memory.DefaultAllocator
	long, short, float, text := array.NewInt64Builder(mem), array.NewInt16Builder(mem), array.NewFloat32Builder(mem), array.NewStringBuilder(mem)
	money := array.NewDecimal128Builder(mem, &arrow.Decimal128Type{Precision: 10, Scale: 2})
	cents := int64(-123)
	money.Append(decimal128.New(int64(bits.ReverseBytes64(uint64(cents))), math.MaxUint64))
	long.Append(int64(bits.ReverseBytes64(1 << 40)))
	x := uint16(300)
	short.Append(int16(bits.ReverseBytes16(x)))
	float.Append(math.Float32frombits(bits.ReverseBytes32(math.Float32bits(1.5))))
	text.Append("")
	columns := []arrow.Array{long.NewArray(), short.NewArray(), float.NewArray(), text.NewArray(), money.NewArray()}
	fields := make([]arrow.Field, len(columns))
	for i, name := range []string{"long", "short", "float", "text", "money"} {
		fields[i] = arrow.Field{Name: name, Type: columns[i].DataType()}
	}
	schema := arrow.NewSchema(fields, nil)
	other := endian.BigEndian
	if schema.Endianness() == other {
		other = endian.LittleEndian
	}
	path := filepath.Join(t.TempDir(), "other.feather")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	w, err := ipc.NewFileWriter(out, ipc.WithSchema(schema.WithEndianness(other)))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(array.NewRecord(schema.WithEndianness(other), columns, 1)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := parquet.Columns{"long": []int64{1 << 40}, "short": []int16{300}, "float": []float32{1.5}, "text": []string{""}, "money": []string{"-1.23"}}
	if got, err := parquet.LoadFeather[parquet.Columns](path); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if table, err := parquet.LoadFeather[arrow.Table](path); err != nil || !table.Schema().IsNativeEndian() {
		t.Errorf("%v, %v", table, err)
	}
}
