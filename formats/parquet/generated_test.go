package parquet_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dataelab/dataelab-go/formats/parquet"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// generatedTypes are those of single values, of which columns are made.
var generatedTypes = []reflect.Type{
	reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[int16](), reflect.TypeFor[int32](), reflect.TypeFor[int64](),
	reflect.TypeFor[uint](), reflect.TypeFor[uint8](), reflect.TypeFor[uint16](), reflect.TypeFor[uint32](), reflect.TypeFor[uint64](),
	reflect.TypeFor[float32](), reflect.TypeFor[float64](), reflect.TypeFor[volts](), reflect.TypeFor[string](), reflect.TypeFor[filter](),
	reflect.TypeFor[[]byte](), reflect.TypeFor[raw](), reflect.TypeFor[time.Time](), reflect.TypeFor[time.Duration](),
}

// generatedColumn is a field of a generated struct.
type generatedColumn struct {
	field reflect.StructField
	value reflect.Type  // of one value
	unit  time.Duration // of a time
}

// generateColumn draws a type, a form (value, pointer, list), a name and options.
func generateColumn(t *rapid.T, i int) generatedColumn {
	value := rapid.SampledFrom(generatedTypes).Draw(t, "type")
	isBytes := value.Kind() == reflect.Slice
	forms := []reflect.Type{value, reflect.SliceOf(value)}
	if !isBytes {
		forms = append(forms, reflect.PointerTo(value))
	}
	if value.Kind() == reflect.Uint8 {
		forms = []reflect.Type{value, reflect.PointerTo(value)} // a slice of them is bytes
	}
	c := generatedColumn{value: value, unit: time.Nanosecond}
	c.field = reflect.StructField{Name: fmt.Sprint("F", i), Type: rapid.SampledFrom(forms).Draw(t, "form")}
	tag := rapid.SampledFrom([]string{"", fmt.Sprint("column ", i), fmt.Sprintf("ä\"\\日.%d", i)}).Draw(t, "name")
	switch isList := c.field.Type.Kind() == reflect.Slice && !isBytes; {
	case value.Kind() == reflect.String && !isList && rapid.Bool().Draw(t, "dict"):
		tag += ",dict"
	case value == reflect.TypeFor[time.Time]():
		unit := rapid.SampledFrom([]string{"ns", "us", "ms"}).Draw(t, "unit")
		c.unit = map[string]time.Duration{"ns": time.Nanosecond, "us": time.Microsecond, "ms": time.Millisecond}[unit]
		tag += "," + unit
	}
	c.field.Tag = reflect.StructTag("parquet:" + strconv.Quote(tag))
	return c
}

// generatedTable is a slice of structs of a type that nobody wrote.
type generatedTable struct {
	columns []generatedColumn
	rows    reflect.Value
	options parquet.Options
}

var generatedTables = rapid.Custom(func(t *rapid.T) *generatedTable {
	g := &generatedTable{}
	var fields []reflect.StructField
	for i := range rapid.IntRange(1, 6).Draw(t, "columns") {
		c := generateColumn(t, i)
		g.columns = append(g.columns, c)
		fields = append(fields, c.field)
	}
	n := rapid.IntRange(0, 20).Draw(t, "rows")
	g.rows = reflect.MakeSlice(reflect.SliceOf(reflect.StructOf(fields)), n, n)
	for i := range n {
		for k, c := range g.columns {
			c.fill(t, g.rows.Index(i).Field(k))
		}
	}
	g.options = parquet.Options{
		Compression: rapid.SampledFrom([]string{"zstd", "none", "snappy", "gzip", "brotli"}).Draw(t, "compression"),
		RowGroup:    rapid.SampledFrom([]int{0, 1, 3, 7}).Draw(t, "row group"),
	}
	return g
})

// fill sets a field, to nil at times.
func (c *generatedColumn) fill(t *rapid.T, v reflect.Value) {
	switch {
	case v.Type() == c.value:
		c.fillValue(t, v, true)
	case rapid.IntRange(0, 3).Draw(t, "nil") == 0:
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(c.value))
		c.fillValue(t, v.Elem(), false)
	default:
		n := rapid.IntRange(0, 4).Draw(t, "elements")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			c.fillValue(t, v.Index(i), true)
		}
	}
}

// The bits of floats of all sorts: NaNs with a payload, infinities, both zeros, the smallest.
var (
	oddFloats32 = []uint32{0x7fa00001, 0xffc00000, 0x7f800000, 0xff800000, 0x80000000, 0, 1, 0x7f7fffff}
	oddFloats64 = []uint64{0x7ff0000000000001, 0xfff8000000000000, 0x7ff0000000000000, 0xfff0000000000000, 1 << 63, 0, 1, 0x7fefffffffffffff}
)

// fillValue sets one value. A missing one, which some types have of their own, is allowed
// only where it comes back.
func (c *generatedColumn) fillValue(t *rapid.T, v reflect.Value, missing bool) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		most := int64(math.MaxInt64) >> (64 - v.Type().Bits())
		least := -most - 1
		if v.Type() == reflect.TypeFor[time.Duration]() {
			least++ // below it is NaT
		}
		v.SetInt(rapid.OneOf(rapid.SampledFrom([]int64{least, most, -1, 0, 1}), rapid.Int64Range(least, most)).Draw(t, "int"))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		most := uint64(math.MaxUint64) >> (64 - v.Type().Bits())
		v.SetUint(rapid.OneOf(rapid.SampledFrom([]uint64{0, 1, most}), rapid.Uint64Range(0, most)).Draw(t, "uint"))
	case reflect.Float32:
		bits := rapid.OneOf(rapid.SampledFrom(oddFloats32), rapid.Uint32()).Draw(t, "float32")
		*v.Addr().Interface().(*float32) = math.Float32frombits(bits) // SetFloat would change a NaN
	case reflect.Float64:
		bits := rapid.OneOf(rapid.SampledFrom(oddFloats64), rapid.Uint64()).Draw(t, "float64")
		v.SetFloat(math.Float64frombits(bits))
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.SampledFrom([]string{"", "\x00", "H", "H", "K", "\U0010ffff", strings.Repeat("long", 500)}), rapid.String()).Draw(t, "string"))
	case reflect.Slice:
		if !missing || rapid.IntRange(0, 3).Draw(t, "no bytes") > 0 {
			v.SetBytes(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		}
	default:
		v.Set(reflect.ValueOf(c.instant(t, missing)))
	}
}

func (c *generatedColumn) instant(t *rapid.T, missing bool) time.Time {
	if missing && rapid.IntRange(0, 3).Draw(t, "no time") == 0 {
		return time.Time{}
	}
	const least = math.MinInt64 + 1 // below it is NaT
	n := rapid.OneOf(rapid.SampledFrom([]int64{least, math.MaxInt64, -1, 0, 1}), rapid.Int64Range(least, math.MaxInt64)).Draw(t, "time")
	switch c.unit {
	case time.Millisecond:
		return time.UnixMilli(n / 1e6).UTC() // the years that others can show
	case time.Microsecond:
		return time.UnixMicro(n / 1e3).UTC()
	}
	return time.Unix(0, n).UTC()
}

// Whatever flat struct somebody writes, and whatever is in it: it comes back equal, and
// equal tables make equal files.
func TestGeneratedTablesComeBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g := generatedTables.Draw(rt, "table")
		for _, c := range codecs {
			var file, again bytes.Buffer
			if err := c.encode(&file, g.rows.Interface(), g.optionsOf(c)); err != nil {
				rt.Fatalf("%s: %v", c.name, err)
			}
			back := reflect.New(g.rows.Type())
			if err := c.decodeError(file.Bytes(), back.Interface()); err != nil {
				rt.Fatalf("%s: %v", c.name, err)
			}
			if !same(t, back.Elem().Interface(), g.rows.Interface()) {
				rt.Fatalf("%s: came back as\n%+v, want\n%+v", c.name, back.Elem(), g.rows)
			}
			if err := c.encode(&again, g.rows.Interface(), g.optionsOf(c)); err != nil || !bytes.Equal(file.Bytes(), again.Bytes()) {
				rt.Fatalf("%s: the same table made another file, %v", c.name, err)
			}
			var columns parquet.Columns
			if err := c.decodeError(file.Bytes(), &columns); err != nil || len(columns) != len(g.columns) {
				rt.Fatalf("%s: as columns: %v, %v", c.name, columns, err)
			}
		}
	})
}

func (g *generatedTable) optionsOf(c codec) parquet.Options {
	o := g.options
	if c.name == "feather" && !slices.Contains([]string{"zstd", "none"}, o.Compression) {
		o.Compression = "zstd"
	}
	return o
}

// plainly shows a value in a form that JSON has in both languages: numbers as texts, floats
// by their bits, times as numbers of the column's unit.
func (c *generatedColumn) plainly(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return c.plainly(v.Elem())
	case reflect.Bool:
		return v.Bool()
	case reflect.Float32:
		return fmt.Sprint(math.Float32bits(*v.Addr().Interface().(*float32)))
	case reflect.Float64:
		return fmt.Sprint(math.Float64bits(v.Float()))
	case reflect.String:
		return v.String()
	case reflect.Struct:
		return c.plainTime(v.Interface().(time.Time))
	case reflect.Slice:
		if v.IsNil() {
			return nil
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return hex.EncodeToString(v.Bytes())
		}
		list := []any{}
		for i := range v.Len() {
			list = append(list, c.plainly(v.Index(i)))
		}
		return list
	}
	if v.CanInt() {
		return fmt.Sprint(v.Int())
	}
	return fmt.Sprint(v.Uint())
}

func (c *generatedColumn) plainTime(at time.Time) any {
	switch {
	case at.IsZero():
		return nil
	case c.unit == time.Millisecond:
		return fmt.Sprint(at.UnixMilli())
	case c.unit == time.Microsecond:
		return fmt.Sprint(at.UnixMicro())
	}
	return fmt.Sprint(at.UnixNano())
}

// TestPythonReadsGeneratedTables has pyarrow look at every value of many generated tables.
func TestPythonReadsGeneratedTables(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	tables, cells := exhaustive.N(20, 150), 0
	for seed := range tables {
		g := generatedTables.Example(seed)
		name := filepath.Join(dir, strconv.Itoa(seed))
		want := make([][]any, len(g.columns))
		for k, c := range g.columns {
			want[k] = []any{}
			for i := range g.rows.Len() {
				want[k] = append(want[k], c.plainly(g.rows.Index(i).Field(k)))
				cells++
			}
		}
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name+".json", text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := parquet.Save(name+".parquet", g.rows.Interface(), g.options); err != nil {
			t.Fatal(err)
		}
		if err := parquet.SaveFeather(name+".feather", g.rows.Interface(), g.optionsOf(codecs[1])); err != nil {
			t.Fatal(err)
		}
	}
	out := py.Run(t, `
import json, os, sys
import pyarrow as pa, pyarrow.feather as pf, pyarrow.parquet as pq

def plainly(array):
    t = array.type
    if pa.types.is_list(t):
        return [plainly(x.values) if x.is_valid else None for x in array]
    if pa.types.is_dictionary(t):
        return plainly(array.dictionary_decode())
    if pa.types.is_floating(t):
        array = array.view(pa.uint32() if t.bit_width == 32 else pa.uint64())
    if pa.types.is_timestamp(t) or pa.types.is_duration(t):
        array = array.view(pa.int64())
    values = array.to_pylist()
    if pa.types.is_boolean(t) or pa.types.is_string(t):
        return values
    if pa.types.is_binary(t):
        return [None if v is None else v.hex() for v in values]
    return [None if v is None else str(v) for v in values]

cells = 0
for i in range(int(sys.argv[2])):
    name = os.path.join(sys.argv[1], str(i))
    want = json.load(open(name + ".json"))
    for table in pq.read_table(name + ".parquet"), pf.read_table(name + ".feather"):
        table.validate(full=True)
        got = [[v for chunk in column.chunks for v in plainly(chunk)] for column in table.columns]
        assert got == want, (i, table.schema, got, want)
    cells += sum(len(column) for column in want)
print(cells)
`, dir, strconv.Itoa(tables))
	if out != strconv.Itoa(cells) || cells < 10*tables {
		t.Errorf("Python looked at %s values, and there are %d", out, cells)
	}
}
