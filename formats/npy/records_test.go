package npy_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats/npy"
)

// rows returns a file of one axis of rows.
func rows(descr string, n int, payload []byte) []byte {
	return makeFile(1, fmt.Sprintf("{'descr': %s, 'fortran_order': False, 'shape': (%d,), }", descr, n), payload)
}

type (
	hidden    struct{ a int }
	Exported  struct{ A int8 }
	deepest   struct{ A [2][3]int8 }
	cycle     struct{ Next *cycle }
	stamp     time.Time
	manyTexts struct {
		A, B, C, D, E, F, G, H, I, J string
	}
)

func TestAcceptsWide(t *testing.T) {
	type embeds struct {
		Exported
		X float64
	}
	for _, v := range []any{
		[]string{}, [][]string{}, [2][]string{}, [][3]volume{}, []time.Time{}, [][]time.Time{}, [3]time.Time{},
		[]star{}, [][]star{}, [2]star{}, []nested{}, []embeds{}, []deepest{}, []manyTexts{}, []struct {
			A [0]int8
			B string
		}{},
		npy.Scalar[string]{}, npy.Scalar[time.Time]{}, npy.Scalar[star]{}, npy.Scalar[float64]{},
	} {
		typ := reflect.TypeOf(v)
		if err := npy.Accepts(typ); err != nil {
			t.Errorf("Accepts(%T) = %v", v, err)
		}
		var bad *npy.TypeError
		if err := npy.AcceptsNumbers(typ); !errors.As(err, &bad) || bad.Type != typ {
			t.Errorf("AcceptsNumbers(%T) = %v, want a TypeError", v, err)
		}
	}
	for _, v := range []any{[]bool{}, []time.Duration{}, [][3]npy.Float16{}, npy.Array[time.Duration]{}, slopes{}} {
		if err := npy.AcceptsNumbers(reflect.TypeOf(v)); err != nil {
			t.Errorf("AcceptsNumbers(%T) = %v", v, err)
		}
	}

	for _, test := range []struct {
		typ  reflect.Type
		text string
	}{
		{reflect.TypeFor[[]hidden](), "field a: not exported"},
		{reflect.TypeFor[[]struct{ hidden }](), "field hidden: not exported"},
		{reflect.TypeFor[[]struct{ In struct{ b int } }](), "field In.b: not exported"},
		{reflect.TypeFor[[]struct {
			A int8
			_ int8
		}](), "field _: not exported"},
		{reflect.TypeFor[[]struct {
			A int8 `npy:"-"`
		}](), "field A: the tag npy:\"-\" would leave it out"},
		{reflect.TypeFor[[]struct {
			A int8
			B int8 `npy:"A"`
		}](), `field B: named "A", as field A is`},
		{reflect.TypeFor[[]struct {
			A int8 `npy:"it's"`
		}](), "no quotes"},
		{reflect.TypeFor[[]struct {
			A int8 `npy:"a\nb"`
		}](), "no quotes, backslashes or control characters"},
		{reflect.TypeFor[[]struct{ A []int8 }](), "field A: a slice"},
		{reflect.TypeFor[[]struct{ A [2][]int8 }](), "field A: a slice"},
		{reflect.TypeFor[[]struct{ A *int8 }](), "field A: not a bool"},
		{reflect.TypeFor[[]struct{ A any }](), "field A: not a bool"},
		{reflect.TypeFor[[]struct{ A npy.Array[int8] }](), "field A.Shape: a slice"},
		{reflect.TypeFor[[]cycle](), "field Next: not a bool"},
		{reflect.TypeFor[[]stamp](), "not exported"},
		{reflect.TypeFor[[]struct{}](), "holds nothing"},
		{reflect.TypeFor[[]struct{ A [0]int8 }](), "holds nothing"},
		{reflect.TypeFor[[]*star](), "not a bool"},
		{reflect.TypeFor[star](), "slices of structs"},
		{reflect.TypeFor[time.Time](), "a struct"},
		{reflect.TypeFor[*star](), "a pointer"},
		{reflect.TypeFor[npy.Scalar[[]int8]](), "not a bool"},
		{nestedDeep(17), "nested more than 16 deep"},
		{manyFields(1000), "numpy does not read such a header"},
	} {
		var bad *npy.TypeError
		if err := npy.Accepts(test.typ); !errors.As(err, &bad) || bad.Type != test.typ || !strings.Contains(err.Error(), test.text) {
			t.Errorf("Accepts(%.60v) = %v; want a TypeError with %q", test.typ, err, test.text)
		}
	}
}

type volume string

// nestedDeep is a slice of structs within structs.
func nestedDeep(depth int) reflect.Type {
	t := reflect.TypeFor[int8]()
	for range depth {
		t = reflect.StructOf([]reflect.StructField{{Name: "A", Type: t}})
	}
	return reflect.SliceOf(t)
}

func manyFields(n int) reflect.Type {
	fields := make([]reflect.StructField, n)
	for i := range fields {
		fields[i] = reflect.StructField{Name: fmt.Sprint("F", i), Type: reflect.TypeFor[string]()}
	}
	return reflect.SliceOf(reflect.StructOf(fields))
}

// TestLargestRow writes and reads what Accepts only just takes.
func TestLargestRow(t *testing.T) {
	for _, typ := range []reflect.Type{nestedDeep(16), manyFields(300)} {
		v := reflect.MakeSlice(typ, 3, 3)
		file := encoded(t, v.Interface())
		if length := header(t, file).DataOffset; length > 10_000 {
			t.Errorf("a header of %d bytes, and numpy reads 10,000", length)
		}
		back := reflect.New(typ)
		if err := decodeError(file, back.Interface()); err != nil || !reflect.DeepEqual(back.Elem().Interface(), v.Interface()) {
			t.Errorf("%.60v: came back otherwise (%v)", typ, err)
		}
	}
}

func TestFieldsThatDoNotFit(t *testing.T) {
	type xy struct {
		X float64
		Y int16 `npy:"y"`
	}
	const good = "[('X', '<f8'), ('y', '<i2')]"
	for _, test := range []struct {
		descr string
		dst   any
		want  string
	}{
		{"[('x', '<f8')]", new([]xy), `it has no field "y"`},
		{"[('x', '<f8'), ('z', '<i2')]", new([]xy), `it has no field "y"`},
		{"[('x', '<f8'), ('y', '<i2'), ('z', '|b1')]", new([]xy), `npy_test.xy has no field for its "z"`},
		{"[('y', '<i2'), ('x', '<f8'), ('\\u03a9', '|b1')]", new([]xy), `no field for its "Ω"`},
		{"[('x', '<f8'), ('y', '<i2'), ('Y', '<i2')]", new([]xy), `no field for its "Y"`},
		{"[('aB', '<f8'), ('Ab', '<i2')]", new([]struct{ AB, C int }), `"aB" and "Ab" differ in case only`},
		{"[('x', '<f8', (1,)), ('y', '<i2')]", new([]xy), "field X: its shape is (1,) in the file, () in the type"},
		{"[('x', '<f8'), ('y', '<f4')]", new([]xy), "field Y: <f4 into <i2 may change values"},
		{"[('x', '|b1'), ('y', '<i2')]", new([]xy), "field X: |b1 into <f8 may change values"},
		{"[('x', '<U3'), ('y', '<i2')]", new([]xy), "field X: texts are no numbers"},
		{"[('x', [('a', '<f8')]), ('y', '<i2')]", new([]xy), "field X: rows of fields are no numbers"},
		{good, new([]float64), "rows of fields are no numbers; read them into structs"},
		{good, new([]string), "is no text"},
		{good, new([]time.Time), "is no datetime64"},
		{"'<f8'", new([]xy), "<f8 has no fields"},
		{"[('In', [('A', '<f8')])]", new([]struct{ In Exported }), "field In.A: <f8 into |i1 may change values"},
		{"[('A', '|i1', (3, 2))]", new([]deepest), "shape is (3, 2) in the file, (2, 3) in the type"},
		{"[('A', '|i1', (6,))]", new([]deepest), "shape is (6,) in the file, (2, 3) in the type"},
	} {
		var bad *npy.MismatchError
		if err := decodeError(rows(test.descr, 0, nil), test.dst); !errors.As(err, &bad) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s into %T: %v; want a MismatchError with %q", test.descr, test.dst, err, test.want)
		}
	}

	// By name exactly, and only then whatever the case.
	type cased struct{ AB, Ab, C int8 }
	got := decode[[]cased](t, rows("[('c', '|i1'), ('Ab', '|i1'), ('AB', '|i1')]", 1, []byte{3, 2, 1}))
	if got[0] != (cased{1, 2, 3}) {
		t.Errorf("fields by name: %v", got)
	}
}

func TestBadRows(t *testing.T) {
	for _, test := range []struct {
		descr string
		want  string
	}{
		{"[]", "a row without fields is not supported"},
		{"[('', '|V4')]", "a row without fields is not supported"},
		{"[('x', '<f8'), ('x', '<i4')]", `two fields are named "x"`},
		{"[('', '<f8')]", "field 0 has no name"},
		{"['x', '<f8']", `field 0: "x" instead of (name, dtype)`},
		{"[('x',)]", "a tuple of 1 instead of"},
		{"[('x', '<f8', (2,), 3)]", "a tuple of 4 instead of"},
		{"[(3, '<f8')]", "3 instead of a name"},
		{"[(('t', 'x', 'y'), '<f8')]", "a tuple of 3 instead of a name"},
		{"[('x', 'q8')]", `field "x": "q8" is not a dtype`},
		{"[('x', '|O')]", `field "x": dtype "|O": object array`},
		{"[('x', [('y', [('z', '|O')])])]", `field "x": field "y": field "z": dtype "|O": object array`},
		{"[('x', '|V4')]", `field "x": raw bytes (void)`},
		{"'|V4'", "raw bytes (void)"},
		{"[('x', '<f8', (-1,))]", "negative length"},
		{"[('x', '<f8', 'a')]", "instead of a tuple"},
		{"[('x', '<f8', (4611686018427387904, 4))]", "larger than any memory"},
		{"[('x', '<f8', (4611686018427387904,))]", "larger than any memory"},
		{"[('x', '|u1', (9223372036854775807,)), ('y', '|u1')]", "larger than any memory"},
		{"[('x', '|u1', (9223372036854775807,)), ('', '|V1')]", "larger than any memory"},
		{"[('x', '<U536870912')]", "more than 2 GiB"},
		{"'<U99999999999'", "is not a dtype"},
		{strings.Repeat("[('a', ", 17) + "'<f8'" + strings.Repeat(")]", 17), "nested more than 16 deep"},
		{strings.Repeat("[('a', ", 5000) + "'<f8'" + strings.Repeat(")]", 5000), "nested more than 64 deep"},
		{"('<f8', (2,))", "subarray dtype"},
		{"{'names': ['x'], 'formats': ['<f8']}", "a dict is not a dtype"},
	} {
		var bad *npy.FormatError
		if err := decodeError(rows(test.descr, 0, nil), new([]star)); !errors.As(err, &bad) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.60s: %v; want a FormatError with %q", test.descr, err, test.want)
		}
	}
}

// TestNamesAsPython shows names that a file may have, as numpy would.
func TestNamesAsPython(t *testing.T) {
	const descr = `[('it\'s', '|i1'), ('a"b\'c', '<U2'), ('\x1b[31m\n', '>i2', (2,)), ('\u2028\U000e0001', '<M8[25us]'), ('\\', '|S3')]`
	const want = `[("it's", '|i1'), ('a"b\'c', '<U2'), ('\x1b[31m\x0a', '>i2', (2,)), ('\u2028\U000e0001', '<M8[25us]'), ('\\', '|S3')]`
	if got := header(t, rows(descr, 0, nil)).DType; got != want {
		t.Errorf("%s is shown as %s, want %s", descr, got, want)
	}
}

func TestOneByteHasNoOrder(t *testing.T) {
	for _, descr := range []string{"'>i1'", "'<i1'", "'|i1'", "'=i1'", "'i1'"} {
		if got := header(t, rows(descr, 0, nil)).DType; got != "|i1" {
			t.Errorf("%s is shown as %s", descr, got)
		}
	}
}

func TestBadBoolInRow(t *testing.T) {
	type row struct {
		A int16
		B [2]bool
	}
	file := rows("[('A', '<i2'), ('B', '|b1', (2,))]", 2, []byte{1, 0, 0, 1, 2, 0, 1, 7})
	var bad *npy.FormatError
	err := decodeError(file, new([]row))
	if !errors.As(err, &bad) || bad.Offset != int64(len(file)-4) || !strings.Contains(err.Error(), "element (1,) field B(1,) is the byte 0x07; a bool is 0 or 1") {
		t.Errorf("%v", err)
	}
}

// TestLongRows has rows that do not fit a block, and more elements in a row than rows.
func TestLongRows(t *testing.T) {
	type long struct {
		Wave [50_000]float64
		Good [300]bool
		Tags [300]string
		Name string
	}
	v := make([]long, 3)
	for i := range v {
		for k := range v[i].Wave {
			v[i].Wave[k] = float64(i*k) / 3
		}
		for k := range v[i].Good {
			v[i].Good[k] = k%3 == i
			v[i].Tags[k] = strings.Repeat("é", (k+i)%5)
		}
		v[i].Name = strings.Repeat("x", 40_000*i)
	}
	file := encoded(t, v)
	if got := decode[[]long](t, file); !reflect.DeepEqual(got, v) {
		t.Error("came back otherwise")
	}
	other := bytes.Replace(file, []byte("'<f8'"), []byte("'>f8'"), 1)
	start := int(header(t, file).DataOffset)
	width := (len(file) - start) / 3
	for row := range 3 {
		for at := start + row*width; at < start+row*width+8*50_000; at += 8 {
			slices.Reverse(other[at : at+8])
		}
	}
	if got := decode[[]long](t, other); !reflect.DeepEqual(got, v) {
		t.Error("came back otherwise from the other byte order")
	}
}

func TestRowsOfARange(t *testing.T) {
	v := make([]star, 5000)
	for i := range v {
		v[i] = star{ID: int32(i), Name: fmt.Sprint("star ", i), Seen: time.Unix(int64(i), 0).UTC(), Pos: [3]float64{0, float64(i)}}
	}
	file := encoded(t, v)
	r, err := npy.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var got []star
	for _, span := range [][2]int{{0, 5000}, {4999, 1}, {17, 3000}, {5, 0}} {
		if err := r.ReadRows(span[0], span[1], &got); err != nil || !reflect.DeepEqual(got, v[span[0]:][:span[1]]) {
			t.Errorf("rows %v came back otherwise (%v)", span, err)
		}
	}
	file[len(file)-3] = 2 // the bool of the last row
	if err := r.ReadRows(4998, 2, &got); err == nil || !strings.Contains(err.Error(), "element (4999,) field Good is the byte 0x02") {
		t.Errorf("damaged row: %v", err)
	}
	if err := npy.Fill(r, 0, make([]float64, 10)); err == nil {
		t.Error("numbers were filled from rows of fields")
	}

	words := encoded(t, [][]string{{"a", "b"}, {"c", "d"}})
	if r, err = npy.NewReader(bytes.NewReader(words), int64(len(words))); err != nil {
		t.Fatal(err)
	}
	var one [1][2]string
	if err := r.ReadRows(1, 1, &one); err != nil || one != [1][2]string{{"c", "d"}} {
		t.Errorf("%v (%v)", one, err)
	}
}

func TestShapesOfWideThatDoNotFit(t *testing.T) {
	file := encoded(t, [][]string{{"a", "b"}})
	for _, dst := range []any{new([]string), new([][3]string), new([][][]string), new(npy.Scalar[string])} {
		var bad *npy.MismatchError
		if err := decodeError(file, dst); !errors.As(err, &bad) {
			t.Errorf("%T: %v, want a MismatchError", dst, err)
		}
	}
	if _, err := npy.Encode(io.Discard, [][]string{{"a"}, {"b", "c"}}); !errors.Is(err, npy.ErrValue) {
		t.Errorf("ragged: %v", err)
	}
	if _, err := npy.Encode(io.Discard, [][]star{{}, nil}); !errors.Is(err, npy.ErrValue) {
		t.Errorf("nil row: %v", err)
	}
}
