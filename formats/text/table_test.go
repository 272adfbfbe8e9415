package text_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats/text"
)

type (
	row struct {
		Time  time.Time `csv:"time"`
		Name  string    `json:"name"`
		Gain  float64   `csv:"gain,omitempty" json:"other"`
		Count int32
		Ok    bool
		Took  time.Duration
		Base
		Color color
		Temp  celsius
		F32   float32
		Big   uint64
		Addr  netip.Addr
	}
	optional struct {
		Text  *string
		Num   *float64
		Flag  *bool
		Time  *time.Time
		Color *color
		Took  *time.Duration
		Name  *name
	}
	oneText  struct{ S string }
	oneFloat struct{ F *float64 }
	oneWord  struct{ S *string }
)

func oddRows() (rows []oneText) {
	for _, s := range oddText {
		if s != "\x00" {
			rows = append(rows, oneText{s})
		}
	}
	return rows
}

func oddColumns() map[string][]string {
	m := make(map[string][]string)
	for i, s := range oddText {
		if s != "\x00" {
			m[s] = []string{s, oddText[(i+1)%len(oddText)]}
		}
	}
	for k := range m {
		if m[k][1] == "\x00" {
			m[k][1] = ""
		}
	}
	return m
}

func floatRows() (rows []struct{ F float64 }) {
	for _, f := range floats {
		rows = append(rows, struct{ F float64 }{f})
	}
	return rows
}

// tables is the zoo of CSV.
var tables = map[string]any{
	"rows": []row{
		{instant, "a", -0.5, -1, true, time.Second, Base{1, "b"}, color{1, 2, 3}, 36.6, 0.1, 1<<64 - 1, netip.MustParseAddr("::1")},
		{Time: instant.UTC(), Name: "a\r\nb,\"c\"\n", Gain: nan, Addr: netip.MustParseAddr("1.2.3.4")},
		{},
	},
	"no rows":  []row{},
	"optional": []optional{{}, {ptr("x"), ptr(1.5), ptr(false), ptr(instant), ptr(color{}), ptr(time.Second), ptr(name("n"))}, {Text: ptr(""), Num: ptr(nan), Name: ptr(name(""))}},
	"one text": oddRows(), "one float": []oneFloat{{nil}, {ptr(1.0)}, {nil}}, "one word": []oneWord{{ptr("")}, {ptr(" ")}, {ptr("a")}}, "floats": floatRows(),
	"columns": map[string][]float64{"x": floats, "y,\"z\"": floats, "": floats}, "text columns": oddColumns(), "no columns": map[string][]int{}, "empty columns": map[string][]int{"a": {}, "b": {}},
	"one column": map[string][]string{"": {"", "a", ""}}, "optional columns": map[name][]*int{"a": {nil, ptr(1)}, "b": {ptr(2), nil}}, "bom": map[string][]string{"\ufeff": {"\ufeffx"}},
	"vectors": map[string]vector{"v": {1, 2}},
}

func TestTables(t *testing.T) {
	c := text.CSV{}
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		t.Run(name, func(t *testing.T) {
			want := reflect.ValueOf(tables[name])
			if err := c.Accepts(want.Type()); err != nil {
				t.Fatal(err)
			}
			file := encode(t, c, tables[name])
			got, err := decodeAs(c, want.Type(), file)
			if err != nil {
				t.Fatalf("%v in\n%s", err, file)
			}
			if d := difference(want, got, "value"); d != "" {
				t.Errorf("%s in\n%s", d, file)
			}
			// As written on Windows: other line ends, and a byte order mark.
			if !bytes.ContainsAny(file, "\"") {
				windows := "\ufeff" + strings.ReplaceAll(string(file), "\n", "\r\n") + "\r\n\r\n"
				if got, err := decodeAs(c, want.Type(), []byte(windows)); err != nil {
					t.Errorf("on Windows: %v", err)
				} else if d := difference(want, got, "value"); d != "" {
					t.Errorf("on Windows: %s", d)
				}
			}
		})
	}
}

// TestOutermostNil: a nil table is written as an empty one.
func TestOutermostNil(t *testing.T) {
	for v, want := range map[string]any{"slice": []row{}, "map": map[string][]int{}} {
		null := reflect.Zero(reflect.TypeOf(want)).Interface()
		file := encode(t, text.CSV{}, null)
		got, err := decodeAs(text.CSV{}, reflect.TypeOf(want), file)
		if err != nil || got.IsNil() || got.Len() != 0 {
			t.Errorf("nil %s: %v, %v", v, got, err)
		}
	}
}

type point struct {
	X float64
	N int
	S string
	O *float64
}

// TestForeignTables reads files as other programs write them.
func TestForeignTables(t *testing.T) {
	one := []point{{1, 2, "a", nil}}
	for file, want := range map[string]any{
		"X,N,S,O\n1,2,a,\n":                       one,
		"O,S,N,X\n,a,2,1":                         one,
		"\n\nX,N,S,O\r\n1,2,a,\r\n\r\n":           one,
		"\"X\",\"N\",S,O\n\"1.0\",\"2\",a,\"\"\n": one,
		"X,N,S,O\n 1 ,+2, a ,\t\n":                []point{{1, 2, " a ", nil}},
		"X,N,S,O\ninf,007,NaN,nan\n":              []point{{inf, 7, "NaN", ptr(nan)}},
		"X,N,S,O\n-Inf,-0,\"a\"\"b\",1E3\n":       []point{{-inf, 0, `a"b`, ptr(1000.0)}},
		"X,N,S,O\n":                               []point{},
	} {
		got, err := decodeAs(text.CSV{}, reflect.TypeFor[[]point](), []byte(file))
		if err != nil {
			t.Errorf("%q: %v", file, err)
		} else if d := difference(reflect.ValueOf(want), got, "value"); d != "" {
			t.Errorf("%q: %s", file, d)
		}
	}
}

func TestForeignBools(t *testing.T) {
	got, err := decodeAs(text.CSV{}, reflect.TypeFor[map[string][]bool](), []byte("a\nTrue\nFALSE\ntrue\n"))
	if err != nil || !reflect.DeepEqual(got.Interface(), map[string][]bool{"a": {true, false, true}}) {
		t.Errorf("%v, %v", got, err)
	}
}

// TestBadTables: each file is refused with line, column, field and reason.
func TestBadTables(t *testing.T) {
	for _, c := range []struct {
		file string
		line int
		says string
	}{
		{"", 0, "value: the file has no header"},
		{"\n\n", 0, "value: the file has no header"},
		{"X,N,S\n", 1, `value[].O: column "O" is missing`},
		{"X,N,S,O,P\n", 1, `line 1, column 9, value: text_test.point has no field for column "P"`},
		{"X,N,S,O,X\n", 1, `column "X" stands here for the second time`},
		{"x,N,S,O\n", 1, `no field for column "x"`},
		{"X;N;S;O\n", 1, `no field for column "X;N;S;O"`},
		{"X,N,S,O\n1,2,a,\n1,2,a\n", 3, "the row has 3 cells where the header has 4"},
		{"X,N,S,O\n1,2,a,,\n", 2, "the row has more cells than the header, which has 4"},
		{"X,N,S,O\n1,2.0,a,\n", 2, `line 2, column 3, value[0].N: "2.0" is not a whole number`},
		{"X,N,S,O\n,2,a,\n", 2, "value[0].X: an empty cell; a field that may be empty is a pointer"},
		{"X,N,S,O\n1,99999999999999999999,a,\n", 2, `out of the range of int`},
		{"X,N,S,O\n1e999,2,a,\n", 2, "out of the range of float64"},
		{"X,N,S,O\n0x1p3,2,a,\n", 2, "is not a number"},
		{"X,N,S,O\n1_0,2,a,\n", 2, "is not a number"},
		{"X,N,S,O\n1,2,\"a,\n", 2, "the file ends within the quotes that begin here"},
		{"X,N,S,O\n1,2,\"a\"b,\n", 2, "quotes should stand around the whole cell"},
		{"X,N,S,O\n1,2,a\"b,\n", 2, "quotes should stand around the whole cell"},
		{"X,N,S,O\n1,2,a\rb,\n", 2, "a carriage return without a line feed"},
		{"X,N,S,O\n\"\n\n\n1\",2,a,\n1,b,a,\n", 6, `value[1].N: "b" is not a whole number`},
		{"X,N,S,O\n1,2,\xff,\n", 2, "not UTF-8"},
		{"X,N,S,O\n1,2,\"\xff\",\n", 2, "not UTF-8"},
	} {
		_, err := decodeAs(text.CSV{}, reflect.TypeFor[[]point](), []byte(c.file))
		var format *text.FormatError
		if !errors.As(err, &format) || format.Line != c.line || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: got %v\nwant line %d and %q", c.file, err, c.line, c.says)
		}
	}
}

func ExampleCSV() {
	type Exposure struct {
		Tag    string   `csv:"tag"`
		Seeing float64  `csv:"seeing"`
		Wind   *float64 `csv:"wind"` // not always measured
	}
	wind := 7.25
	var file bytes.Buffer
	err := text.CSV{}.Encode(&file, []Exposure{{"20240410_112233", 0.8, &wind}, {"20240410_114502", 1, nil}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(file.String())

	var back []Exposure
	err = text.CSV{}.Decode(&file, int64(file.Len()), &back)
	fmt.Println(len(back), back[1].Tag, back[1].Wind, err)
	// Output:
	// tag,seeing,wind
	// 20240410_112233,0.8,7.25
	// 20240410_114502,1.0,
	// 2 20240410_114502 <nil> <nil>
}

// TestInfinities: CSV has the words of pandas and polars, and reads others.
func TestInfinities(t *testing.T) {
	v := map[string][]float64{"x": {inf, -inf, 1}}
	if file := string(encode(t, text.CSV{}, v)); file != "x\ninf\n-inf\n1.0\n" {
		t.Errorf("%q", file)
	}
	for _, file := range []string{"x\ninf\n-inf\n1.0\n", "x\nInfinity\n-Infinity\n1.0\n", "x\n+Inf\n-INF\n1.0\n", "x\n+Infinity\n-infinity\n1.0\n"} {
		got, err := decodeAs(codecs["csv"], reflect.TypeOf(v), []byte(file))
		if err != nil || !reflect.DeepEqual(got.Interface(), v) {
			t.Errorf("%q: %v, %v", file, got, err)
		}
	}
	got, err := decodeAs(codecs["csv"], reflect.TypeOf(v), []byte("x\n-nan\n"))
	if err != nil || !math.IsNaN(got.Interface().(map[string][]float64)["x"][0]) {
		t.Errorf("-nan: %v, %v", got, err)
	}
	narrow := []struct{ X *float32 }{{ptr(float32(-inf))}}
	if file := string(encode(t, text.CSV{}, narrow)); file != "X\n-inf\n" {
		t.Errorf("%q", file)
	}
}
