package table_test

import (
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats/table"
)

type (
	volts  float64
	filter string
	raw    []byte
)

type Pose struct {
	Angle float32
	When  time.Time `parquet:"when,us"`
}

type hidden struct{ Inner int16 }

type row struct {
	B   bool
	I   int
	I8  int8
	I16 int16
	I32 int32
	I64 int64
	U   uint
	U8  uint8
	U16 uint16
	U32 uint32
	U64 uint64
	F32 float32
	V   volts
	S   filter `parquet:"s,dict"`
	R   raw
	Pose
	hidden
	D  time.Duration
	P  *float64 `parquet:"opt"`
	PS *string  `parquet:",dict"`
	T  *time.Time
	L  []string
	LB [][]byte
	LT []time.Time `parquet:",ms"`
}

func TestColumns(t *testing.T) {
	columns, err := table.Columns(reflect.TypeFor[row]())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range columns {
		line := fmt.Sprintf("%s %s %v", c.Name, c.Field, c.Kind)
		for _, mark := range []struct {
			on   bool
			word string
		}{{c.Optional, "optional"}, {c.List, "list"}, {c.Dict, "dict"}, {c.Unit != 0, c.Unit.String()}} {
			if mark.on {
				line += " " + mark.word
			}
		}
		got = append(got, line)
		f := reflect.TypeFor[row]().FieldByIndex(c.Index)
		if f.Type != c.Type {
			t.Errorf("%s: index %v leads to a %v, want %v", c.Name, c.Index, f.Type, c.Type)
		}
		var r row
		v := reflect.ValueOf(&r).Elem()
		if at := v.FieldByIndex(c.Index).UnsafeAddr() - v.UnsafeAddr(); at != c.Offset {
			t.Errorf("%s: offset %d, want %d", c.Name, c.Offset, at)
		}
	}
	want := []string{
		"B B bool", "I I int64", "I8 I8 int8", "I16 I16 int16", "I32 I32 int32", "I64 I64 int64",
		"U U uint64", "U8 U8 uint8", "U16 U16 uint16", "U32 U32 uint32", "U64 U64 uint64",
		"F32 F32 float32", "V V float64", "s S string dict", "R R bytes",
		"Angle Pose.Angle float32", "when Pose.When time 1µs", "Inner hidden.Inner int16",
		"D D duration", "opt P float64 optional", "PS PS string optional dict", "T T time optional 1ns",
		"L L string list", "LB LB bytes list", "LT LT time list 1ms",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("columns\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestRefusedTypes(t *testing.T) {
	type twice struct {
		Pose
		Angle float64
	}
	tests := []struct {
		v          any
		path, want string
	}{
		{nil, "", "no type"},
		{5, "", "not a slice"},
		{[]int{}, "", "not structs"},
		{[]*Pose{}, "", "pointers"},
		{[2]Pose{}, "", "not a slice"},
		{map[string][]int{}, "", "not a slice"},
		{[]struct{}{}, "", "no fields"},
		{[]time.Time{}, "", "not a row"},
		{[]struct{ a int }{}, "a", "not exported"},
		{[]struct{ _ int }{}, "_", "not exported"},
		{[]struct {
			A int `parquet:"-"`
		}{}, "A", "would not come back"},
		{[]struct{ M map[string]int }{}, "M", "not flat"},
		{[]struct{ M []map[string]int }{}, "M", "not flat"},
		{[]struct{ P Pose }{}, "P", "embed it"},
		{[]struct {
			Pose `parquet:"pose"`
		}{}, "Pose", "embed it"},
		{[]struct{ *Pose }{}, "Pose", "not flat"},
		{[]struct{ A any }{}, "A", "not flat"},
		{[]struct{ C complex128 }{}, "C", "not flat"},
		{[]struct{ U uintptr }{}, "U", "not flat"},
		{[]struct{ A [3]float64 }{}, "A", "not flat"},
		{[]struct{ F func() }{}, "F", "not flat"},
		{[]struct{ L [][]float64 }{}, "L", "not flat"},
		{[]struct{ L []*float64 }{}, "L", "not flat"},
		{[]struct{ P **float64 }{}, "P", "not flat"},
		{[]struct{ P *[]float64 }{}, "P", "without one"},
		{[]struct{ P *[]byte }{}, "P", "without one"},
		{[]struct{ B big.Int }{}, "B", "hidden"},
		{[]twice{}, "Angle", "field Pose.Angle"},
		{[]struct {
			A int
			B int `parquet:"a"`
		}{}, "B", "case does not count"},
		{[]struct {
			A int `parquet:"name=a"`
		}{}, "A", `parquet:"a"`},
		{[]struct {
			A int `parquet:"a,zip"`
		}{}, "A", "unknown option"},
		{[]struct {
			A int `parquet:"a,dict"`
		}{}, "A", "for strings"},
		{[]struct {
			A int `parquet:"a,us"`
		}{}, "A", "for time.Time"},
		{[]struct {
			A int `parquet:"a\xff"`
		}{}, "A", "UTF-8"},
	}
	for _, test := range tests {
		err := table.Accepts(reflect.TypeOf(test.v))
		var refused *table.TypeError
		if !errors.As(err, &refused) {
			t.Errorf("%T: error %v, want a *TypeError", test.v, err)
			continue
		}
		if refused.Path != test.path || !strings.Contains(refused.Reason, test.want) || refused.Type != reflect.TypeOf(test.v) {
			t.Errorf("%T: %+v, want path %q and %q", test.v, refused, test.path, test.want)
		}
		if !strings.Contains(err.Error(), test.path) {
			t.Errorf("%T: %v does not name the field", test.v, err)
		}
	}
	if _, err := table.Columns(reflect.TypeFor[int]()); err == nil {
		t.Error("an int has columns")
	}
}

// The same names in another package are no tables.
type (
	Table  interface{ NumRows() int64 }
	Record interface{ NumRows() int64 }
)

func TestAcceptsSlices(t *testing.T) {
	type named []row
	for _, typ := range []reflect.Type{reflect.TypeFor[[]row](), reflect.TypeFor[named](), reflect.TypeFor[[]Pose]()} {
		if err := table.Accepts(typ); err != nil {
			t.Error(err)
		}
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[Table](), reflect.TypeFor[Record](), reflect.TypeFor[*Table]()} {
		if table.Accepts(typ) == nil {
			t.Errorf("%v is taken for one of arrow", typ)
		}
	}
}

// TestColumnsAreCopies changes what Columns returned and asks again.
func TestColumnsAreCopies(t *testing.T) {
	first, err := table.Columns(reflect.TypeFor[Pose]())
	if err != nil {
		t.Fatal(err)
	}
	first[0].Name = "changed"
	if again, err := table.Columns(reflect.TypeFor[Pose]()); err != nil || again[0].Name != "Angle" {
		t.Errorf("%v, %v", again, err)
	}
}
