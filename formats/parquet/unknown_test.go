package parquet_test

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v16/arrow"

	"github.com/dataelab/dataelab-go/formats/parquet"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// TestUnknownColumns reads the other columns of files in which one has a type that is new, or
// unknown, or that is forged.
func TestUnknownColumns(t *testing.T) {
	logical := func(id int, fields *thriftStruct) *thriftStruct {
		union := &thriftStruct{}
		union.data = append(union.data, 12, byte(id*2)) // a field far from the one before has its number in full
		union.data = append(append(union.data, fields.data...), 0)
		return union
	}
	none := &thriftStruct{}
	number := func(values ...byte) []byte {
		var b []byte
		for _, x := range values {
			b = append(b, x, 0, 0, 0, 0, 0, 0, 0)
		}
		return b
	}
	known := madeColumn{element: madeElement("a", 2), physical: 2, values: 2, plain: 16, stored: number(1, 2)}
	for _, test := range []struct {
		name        string
		element     *thriftStruct
		codec       int
		unsupported bool
		want        string
	}{
		{"geometry", madeElement("odd", 2).nested(10, logical(17, none)), 0, true, "GEOMETRY"},
		{"variant", madeElement("odd", 2).nested(10, logical(16, none)), 0, true, "VARIANT"},
		{"of the future", madeElement("odd", 2).nested(10, logical(60, none)), 0, true, "number 60"},
		{"of the future, converted", madeElement("odd", 2).int32(6, 99), 0, true, "not known"},
		{"an interval", madeElement("odd", 2).int32(6, 21), 0, true, "INTERVAL"},
		{"a decimal of 90 digits", madeElement("odd", 2).int32(6, 5).int32(7, 2).int32(8, 90), 0, true, "decimal(90, 2)"},
		{"a decimal of no digits", madeElement("odd", 2).int32(6, 5), 0, false, "decimal(0, 0)"},
		{"a text of 64 bits", madeElement("odd", 2).int32(6, 0), 0, false, "logical type"},
		{"a physical type of the future", madeElement("odd", 9), 0, true, "physical type 9"},
		{"a codec of the future", madeElement("odd", 2), 12, true, "compression"},
		{"in another file", madeElement("odd", 2), 0, true, "part-1.parquet"},
		{"encrypted", madeElement("odd", 2), 0, true, "encrypted"},
	} {
		odd := madeColumn{element: test.element, physical: 2, codec: test.codec, values: 2, plain: 16, stored: number(3, 4),
			elsewhere: test.name == "in another file", encrypted: test.name == "encrypted"}
		file := madeFile(known, odd)
		r, err := parquet.NewReader(strings.NewReader(string(file)), int64(len(file)))
		if err != nil {
			t.Errorf("%s: the whole file is refused: %v", test.name, err)
			continue
		}
		if infos := r.Columns(); len(infos) != 2 || infos[0].Err != nil || infos[1].Err == nil || infos[1].Name != "odd" {
			t.Errorf("%s: columns %+v", test.name, infos)
		}
		var some parquet.Columns
		if err := r.Read(&some, parquet.Select("a")); err != nil || !reflect.DeepEqual(some["a"], []int64{1, 2}) {
			t.Errorf("%s: the other column: %v, %v", test.name, some, err)
		}
		type row struct {
			A int64 `parquet:"a"`
		}
		var rows []row
		if err := r.Read(&rows, parquet.Select(), parquet.Where("a", ">", 1)); err != nil || !reflect.DeepEqual(rows, []row{{2}}) {
			t.Errorf("%s: rows of the other column: %v, %v", test.name, rows, err)
		}
		for what, err := range map[string]error{
			"by name": r.Read(&some, parquet.Select("odd")), "a filter": r.Read(&some, parquet.Select("a"), parquet.Where("odd", "==", 3)),
			"all": codecs[0].decodeError(file, &some), "an Arrow table": codecs[0].decodeError(file, new(arrow.Table)),
		} {
			var format *parquet.FormatError
			if !errors.As(err, &format) || format.Column != "odd" || errors.Is(err, errors.ErrUnsupported) != test.unsupported || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s, %s: %v", test.name, what, err)
			}
			if all := what == "all" || what == "an Arrow table"; test.unsupported && strings.Contains(err.Error(), "Select") != all {
				t.Errorf("%s, %s: the advice: %v", test.name, what, err)
			}
		}
	}
}

// A type that arrow does not know must not make other columns lose what Arrow's schema says
// of them.
func TestNewArrowTypes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.parquet")
	pythontest.Find(t).Run(t, `
import sys, decimal, pyarrow as pa, pyarrow.parquet as pq
one = decimal.Decimal("1.23")
pq.write_table(pa.table({"d32": pa.array([one, None], pa.decimal32(5, 2)), "d64": pa.array([one, None], pa.decimal64(15, 2)),
    "view": pa.array(["a", None], pa.string_view()), "list view": pa.array([[1], None], pa.list_view(pa.int32())),
    "in": pa.array([{"d": one, "t": 7}, None], pa.struct([("d", pa.decimal32(5, 2)), ("t", pa.duration("ms"))])),
    "t": pa.array([5, None], pa.duration("us")), "large": pa.array(["x", None], pa.large_string())}), sys.argv[1])
`, path)
	columns, err := parquet.Load[parquet.Columns](path)
	want := parquet.Columns{
		"d32": []*string{to("1.23"), nil}, "d64": []*string{to("1.23"), nil}, "view": []*string{to("a"), nil}, "list view": [][]*int32{{to(int32(1))}, nil},
		"in.d": []*string{to("1.23"), nil}, "in.t": []*time.Duration{to(7 * time.Millisecond), nil},
		"t": []*time.Duration{to(5 * time.Microsecond), nil}, "large": []*string{to("x"), nil},
	}
	if err != nil || !reflect.DeepEqual(columns, want) {
		t.Errorf("%v, %v, want %v", columns, err, want)
	}
	table, err := parquet.Load[arrow.Table](path)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"d32": "decimal(5, 2)", "view": "string_view", "t": "duration[us]", "in.t": "duration[ms]", "large": "large_utf8"} {
		if fields, ok := table.Schema().FieldsByName(name); !ok || fields[0].Type.String() != want {
			t.Errorf("%s: %v", name, fields)
		}
	}
}
