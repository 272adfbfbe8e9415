package parquet_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v16/arrow"
	"github.com/apache/arrow/go/v16/arrow/array"

	"github.com/dataelab/dataelab-go/formats/parquet"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// TestValuesOfPyarrow reads tables of every type, null pattern, page version, encoding and
// codec into Columns, structs, maps and Arrow, and compares each value with the one that
// pyarrow reads. A few files have each choice once, and half of the columns; with DATAELAB_TEST_FULL=1 there are
// all combinations of page version, encoding, codec and size of pages.
func TestValuesOfPyarrow(t *testing.T) {
	py := pythontest.Find(t)
	script, err := os.ReadFile("testdata/tables.py")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	args := []string{dir}
	if exhaustive.Run() {
		args = append(args, "full")
	}
	out := py.Run(t, string(script), args...)
	paths, err := filepath.Glob(filepath.Join(dir, "*.parquet"))
	if err != nil || len(paths) < 6 {
		t.Fatal(out, paths, err)
	}
	cells := 0
	for _, path := range paths {
		cells += compareWithPyarrow(t, path)
	}
	if want := fmt.Sprint(len(paths), " ", cells); out != want {
		t.Errorf("Python wrote %s files and values, and %s were compared", out, want)
	}
}

// compareWithPyarrow reads one file into everything and returns how many rows of columns it compared.
func compareWithPyarrow(t *testing.T, path string) (cells int) {
	t.Helper()
	options, _ := os.ReadFile(path + ".txt")
	var want map[string][]any
	text, err := os.ReadFile(path + ".json")
	if err == nil {
		err = json.Unmarshal(text, &want)
	}
	if err != nil {
		t.Fatal(err)
	}
	columns, err := parquet.Load[parquet.Columns](path)
	if err != nil {
		t.Fatalf("%s: %v", options, err)
	}
	if len(columns) != len(want) {
		t.Errorf("%s: %d columns, want %d", options, len(columns), len(want))
	}
	wrong := func(target, name string, got, want []any) {
		for i := range want {
			if i >= len(got) || !reflect.DeepEqual(got[i], want[i]) {
				t.Errorf("%s %s, column %q, row %d of %d: %v; pyarrow has %v", strings.TrimSpace(string(options)), target, name, i, len(got), got[i:min(i+1, len(got))], want[i])
				return
			}
		}
	}
	r, err := parquet.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var exact, wide structOf
	for name := range want {
		cells += len(want[name])
		v := reflect.ValueOf(columns[name])
		if !v.IsValid() {
			t.Errorf("%s: no column %q", options, name)
			continue
		}
		wrong("Columns", name, plainly(v), want[name])
		elem := v.Type().Elem()
		if parquet.Accepts(reflect.MapOf(reflect.TypeFor[string](), v.Type())) != nil { // lists in lists
			continue
		}
		if elem.Kind() == reflect.Slice && elem.Elem().Kind() == reflect.Pointer {
			if !hasMissing(want[name]) { // []T does as well
				exact.add(name, reflect.SliceOf(elem.Elem().Elem()))
			}
			m := reflect.New(reflect.MapOf(reflect.TypeFor[string](), v.Type()))
			if err := r.Read(m.Interface(), parquet.Select(name)); err != nil {
				t.Errorf("%s: %v: %v", options, m.Type(), err)
				continue
			}
			wrong("a map", name, plainly(m.Elem().MapIndex(reflect.ValueOf(name))), want[name])
			continue
		}
		exact.add(name, elem)
		if w := widened(elem); w != elem {
			wide.add(name, w)
		}
	}
	for target, s := range map[string]structOf{"a struct": exact, "a wider struct": wide} {
		if len(s.fields) == 0 {
			continue
		}
		rows := reflect.New(reflect.SliceOf(reflect.StructOf(s.fields)))
		if err := r.Read(rows.Interface(), parquet.Select()); err != nil {
			t.Errorf("%s: %s: %v", options, target, err)
			continue
		}
		for k, name := range s.names {
			column := reflect.MakeSlice(reflect.SliceOf(s.fields[k].Type), rows.Elem().Len(), rows.Elem().Len())
			for i := range rows.Elem().Len() {
				column.Index(i).Set(rows.Elem().Index(i).Field(k))
			}
			switch {
			case target != "a struct":
				wrong(target, name, numbersOf(column), numbersOf(reflect.ValueOf(columns[name])))
			case strings.HasPrefix(name, "list of uint8"):
				wrong(target, name, plainly(column), bytesOfNumbers(want[name]))
			default:
				wrong(target, name, plainly(column), want[name])
			}
		}
	}
	table, err := parquet.Load[arrow.Table](path)
	if err != nil {
		t.Fatalf("%s: %v", options, err)
	}
	record, err := parquet.Load[arrow.Record](path)
	if err != nil {
		t.Fatalf("%s: %v", options, err)
	}
	for i, f := range table.Schema().Fields() {
		var got []any
		for _, chunk := range table.Column(i).Data().Chunks() {
			got = append(got, plainArray(chunk)...)
		}
		wrong("an Arrow table", f.Name, got, want[f.Name])
		wrong("an Arrow record", f.Name, plainArray(record.Column(i)), want[f.Name])
	}
	return cells
}

// A structOf is a struct that nobody wrote.
type structOf struct {
	fields []reflect.StructField
	names  []string
}

func (s *structOf) add(name string, t reflect.Type) {
	tag := reflect.StructTag("parquet:" + strconv.Quote(name))
	s.fields = append(s.fields, reflect.StructField{Name: fmt.Sprint("F", len(s.fields)), Type: t, Tag: tag})
	s.names = append(s.names, name)
}

// widened is a type that has all numbers of another.
func widened(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return reflect.PointerTo(widened(t.Elem()))
	}
	switch t.Kind() {
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return reflect.TypeFor[int64]()
	case reflect.Float32:
		return reflect.TypeFor[float64]()
	}
	return t
}

// numbersOf shows numbers alike, whatever their widths.
func numbersOf(slice reflect.Value) []any {
	out := make([]any, slice.Len())
	for i := range out {
		v := slice.Index(i)
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				continue
			}
			v = v.Elem()
		}
		if out[i] = plainValue(v); v.CanFloat() {
			out[i] = fmt.Sprint(v.Float())
		}
	}
	return out
}

// bytesOfNumbers is hex of lists of numbers.
func bytesOfNumbers(lists []any) []any {
	out := make([]any, len(lists))
	for i, v := range lists {
		if list, ok := v.([]any); ok {
			text := ""
			for _, x := range list {
				n, _ := strconv.Atoi(x.(string))
				text += fmt.Sprintf("%02x", n)
			}
			out[i] = text
		}
	}
	return out
}

// hasMissing looks for missing elements of lists.
func hasMissing(lists []any) bool {
	for _, v := range lists {
		list, _ := v.([]any)
		for _, element := range list {
			if element == nil {
				return true
			}
		}
	}
	return false
}

// plainly shows the values of a slice in the form in which the other language wrote them.
func plainly(slice reflect.Value) []any {
	out := make([]any, slice.Len())
	for i := range out {
		out[i] = plainValue(slice.Index(i))
	}
	return out
}

func plainValue(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case bool:
		return x
	case string:
		return x
	case []byte:
		if x == nil {
			return nil
		}
		return hex.EncodeToString(x)
	case time.Time:
		if x.IsZero() {
			return nil
		}
		return nanoseconds(x)
	case time.Duration:
		return fmt.Sprint(int64(x))
	case float32:
		return fmt.Sprint(math.Float32bits(x))
	case float64:
		return fmt.Sprint(math.Float64bits(x))
	}
	switch {
	case v.Kind() == reflect.Pointer && v.IsNil(), v.Kind() == reflect.Slice && v.IsNil():
		return nil
	case v.Kind() == reflect.Pointer:
		return plainValue(v.Elem())
	case v.Kind() == reflect.Slice:
		return plainly(v)
	}
	return fmt.Sprint(v.Interface())
}

func nanoseconds(t time.Time) string {
	x := new(big.Int).Mul(big.NewInt(t.Unix()), big.NewInt(1e9))
	return x.Add(x, big.NewInt(int64(t.Nanosecond()))).String()
}

// plainArray does the same with the values of an array.
func plainArray(arr arrow.Array) []any {
	out := make([]any, arr.Len())
	for i := range out {
		if arr.IsValid(i) {
			out[i] = plainElement(arr, i)
		}
	}
	return out
}

func plainElement(arr arrow.Array, i int) any {
	switch a := arr.(type) {
	case *array.Boolean:
		return a.Value(i)
	case *array.String:
		return a.Value(i)
	case *array.LargeString:
		return a.Value(i)
	case *array.Dictionary:
		return plainElement(a.Dictionary(), a.GetValueIndex(i))
	case *array.Binary:
		return hex.EncodeToString(a.Value(i))
	case *array.LargeBinary:
		return hex.EncodeToString(a.Value(i))
	case *array.BinaryView:
		return hex.EncodeToString(a.Value(i))
	case *array.FixedSizeBinary:
		return hex.EncodeToString(a.Value(i))
	case *array.Float16:
		return fmt.Sprint(math.Float32bits(half(a.Value(i).Uint16())))
	case *array.Float32:
		return fmt.Sprint(math.Float32bits(a.Value(i)))
	case *array.Float64:
		return fmt.Sprint(math.Float64bits(a.Value(i)))
	case *array.Date32:
		return nanoseconds(a.Value(i).ToTime())
	case *array.Timestamp:
		return nanoseconds(a.Value(i).ToTime(a.DataType().(*arrow.TimestampType).Unit))
	case *array.Time32:
		return fmt.Sprint(int64(a.Value(i)) * int64(a.DataType().(*arrow.Time32Type).Unit.Multiplier()))
	case *array.Time64:
		return fmt.Sprint(int64(a.Value(i)) * int64(a.DataType().(*arrow.Time64Type).Unit.Multiplier()))
	case *array.Duration:
		return fmt.Sprint(int64(a.Value(i)) * int64(a.DataType().(*arrow.DurationType).Unit.Multiplier()))
	case *array.Decimal128:
		return withPoint(a.Value(i).BigInt(), a.DataType().(*arrow.Decimal128Type).Scale)
	case *array.Decimal256:
		return withPoint(a.Value(i).BigInt(), a.DataType().(*arrow.Decimal256Type).Scale)
	case array.ListLike:
		from, to := a.ValueOffsets(i)
		return plainArray(array.NewSlice(a.ListValues(), from, to))
	}
	return arr.ValueStr(i)
}

// half returns the value of a float of 16 bits, as arrow takes the smallest for others.
func half(x uint16) float32 {
	sign := math.Float32frombits(uint32(x&0x8000) << 16) // 0 or -0
	switch fraction, exponent := float64(x&1023), int(x>>10&31); exponent {
	case 31:
		return math.Float32frombits(math.Float32bits(sign) | 255<<23 | uint32(fraction)<<13)
	case 0:
		return float32(math.Copysign(math.Ldexp(fraction, -24), float64(sign)))
	default:
		return float32(math.Copysign(math.Ldexp(1024+fraction, exponent-25), float64(sign)))
	}
}

func withPoint(x *big.Int, scale int32) string {
	text := fmt.Sprintf("%0*d", int(scale)+1, new(big.Int).Abs(x))
	if at := len(text) - int(scale); scale > 0 {
		text = text[:at] + "." + text[at:]
	}
	if x.Sign() < 0 {
		text = "-" + text
	}
	return text
}
