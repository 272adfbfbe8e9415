package text_test

import (
	"encoding/base64"
	"errors"
	"io"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats/text"
)

type settings struct {
	Tag  string
	Gain float64
	N    int
	On   bool
	Raw  []byte
	When *time.Time
	M    map[string]int
}

// TestForeign reads files as people and other programs write them.
func TestForeign(t *testing.T) {
	for _, c := range []struct {
		format, file string
		want         any
	}{
		{"json", `{"N":1,"On":false,"Tag":"a","Gain":1e-3,"Raw":"AAEC","When":null,"M":{}}`, settings{"a", 1e-3, 1, false, []byte{0, 1, 2}, nil, map[string]int{}}},
		{"json", "\ufeff[NaN, -Infinity,\r\n\tInfinity, \"NaN\", 1E+2, 5]\n", []float64{nan, -inf, inf, nan, 100, 5}},
		{"json", `["\u00e9\ud83d\ude00\/\b\f\n\r\t\"\\", "é😀"]`, []string{"é😀/\b\f\n\r\t\"\\", "é😀"}},
		{"json", `{"18446744073709551615": "", "0": ""}`, map[uint64]string{1<<64 - 1: "", 0: ""}},
		{"json", `-0`, []any{0.0}[0].(float64) * -1},
		{"json", `[{"x": 1}, null]`, []map[string]int{{"x": 1}, nil}},
		{"json", ` 123456789012345678901234567890 `, *mustBig("123456789012345678901234567890")},
		{"yaml", "Tag: 20240101_120000\nGain: 1e-3\nN: 0\nOn: True\nRaw: !!binary |\n  AAEC\n  AwQ=\nWhen: 2024-04-10T11:22:33.123456789+02:00\nM: {a: 1, \"b\": 2}\n",
			settings{"20240101_120000", 1e-3, 0, true, []byte{0, 1, 2, 3, 4}, &instant, map[string]int{"a": 1, "b": 2}}},
		{"yaml", "---\n# comment\n- no\n- 12\n- 1.50\n- 0x1F\n- 2024-01-01\n- .nan\n- 'it''s'\n- |\n  two\n  lines\n- >-\n  folded\n  text\n- \"\\x41\\u00e9\\U0001F600\"\n- True\n...\n",
			[]string{"no", "12", "1.50", "0x1F", "2024-01-01", ".nan", "it's", "two\nlines\n", "folded text", "Aé😀", "True"}},
		{"yaml", "[.nan, .NaN, .inf, -.INF, +.inf, 1, -0, -0.0, +1.5, .5, 5., 1e3, 1.0e+3]", []float64{nan, nan, inf, -inf, inf, 1, negZero, negZero, 1.5, .5, 5, 1000, 1000}},
		{"yaml", "{1: a, -2: b}", map[int]string{1: "a", -2: "b"}},
		{"yaml", "1: a\n2024-01-01: b\nno: c\n", map[string]string{"1": "a", "2024-01-01": "b", "no": "c"}},
		{"yaml", "true: a\nfalse: b", map[bool]string{true: "a", false: "b"}},
		{"yaml", "- ~\n- null\n-\n- 3\n", []*int{nil, nil, nil, ptr(3)}},
		{"yaml", "&anchor 5", 5},
		{"yaml", "!!str 5", "5"},
		{"yaml", `{"span": [3, 100000, {}], "to": 4}`, window{3, 4}},
	} {
		got, err := decodeAs(codecs[c.format], reflect.TypeOf(c.want), []byte(c.file))
		if err != nil {
			t.Errorf("%s %q: %v", c.format, c.file, err)
		} else if d := difference(reflect.ValueOf(c.want), got, "value"); d != "" {
			t.Errorf("%s %q: %s", c.format, c.file, d)
		}
	}
}

var negZero = -floats[0]

func init() { negZero = floats[1] }

func mustBig(s string) *big.Int {
	n, _ := new(big.Int).SetString(s, 10)
	return n
}

// TestBadFiles: each is refused with line, field and reason, and changes nothing.
func TestBadFiles(t *testing.T) {
	var (
		point  = reflect.TypeFor[struct{ X, Y float64 }]()
		ints   = reflect.TypeFor[[]int]()
		number = reflect.TypeFor[float64]()
		str    = reflect.TypeFor[string]()
		dict   = reflect.TypeFor[map[string]int]()
	)
	for _, c := range []struct {
		format string
		typ    reflect.Type
		file   string
		line   int
		says   string
	}{
		{"json", point, "", 1, "line 1, column 1, value: the file ends where a value should stand: unexpected EOF"},
		{"json", point, "{\"X\": 1,\n \"Z\": 2}", 2, `line 2, column 2, value: struct { X float64; Y float64 } has no field named "Z"`},
		{"json", point, `{"x": 1}`, 1, `no field named "x"`},
		{"json", point, "{\"X\": 1,\n \"X\": 2}", 2, `value.X: "X" stands here for the second time`},
		{"json", point, "{\"X\": 1}", 1, `value.Y: "Y" is missing`},
		{"json", point, "{\"X\": 1, \"Y\": \"1\"}", 1, `value.Y: the string "1" where a number should stand`},
		{"json", point, "null", 1, "null where a map should stand"},
		{"json", point, "[1, 2]", 1, "a list where a map should stand"},
		{"json", point, `{"X": 1, "Y": 2,}`, 1, "'}' where a name in quotes should stand"},
		{"json", point, `{"X" 1}`, 1, "'1' where a colon should stand"},
		{"json", point, `{X: 1}`, 1, "'X' where a name in quotes should stand"},
		{"json", dict, `{"a": 1, "a": 1}`, 1, `value["a"]: this key stands here for the second time`},
		{"json", dict, `{"a": 1, "\u0061": 1}`, 1, "for the second time"},
		{"json", reflect.TypeFor[map[int]int](), `{"1": 1, "+1": 1}`, 1, `"+1" should be written as "1"`},
		{"json", reflect.TypeFor[map[int]int](), `{"01": 1}`, 1, `"01" should be written as "1"`},
		{"json", ints, "[1, 2] x", 1, "something follows the value"},
		{"json", ints, "[1, 2][3]", 1, "something follows the value"},
		{"json", ints, "[1, 2,]", 1, "']' where a value should stand"},
		{"json", ints, "[1 2]", 1, "'2' where a comma or ']' should stand"},
		{"json", ints, "[1}", 1, "'}' where a comma or ']' should stand"},
		{"json", ints, "[,1]", 1, "',' where a value should stand"},
		{"json", ints, "[01]", 1, "'1' where a comma or ']' should stand"},
		{"json", ints, "[+1]", 1, "'+' where a value should stand"},
		{"json", ints, "[1.0]", 1, `value[0]: "1.0" is not a whole number`},
		{"json", ints, "[1e2]", 1, `is not a whole number`},
		{"json", ints, "[1,\n\n99999999999999999999]", 3, `value[1]: "99999999999999999999" is out of the range of int`},
		{"json", ints, "[NaN]", 1, "is not a whole number"},
		{"json", ints, "[null]", 1, "null where a number should stand"},
		{"json", ints, "[true]", 1, `"true" where a number should stand`},
		{"json", ints, "[1] // no", 1, "something follows"},
		{"json", ints, "[1", 1, "the file ends where a comma or ']' should stand: unexpected EOF"},
		{"json", reflect.TypeFor[[]uint8](), "[1]", 1, "a list where bytes in base64 should stand"},
		{"json", reflect.TypeFor[[]uint8](), `"A"`, 1, "bytes that are not base64"},
		{"json", reflect.TypeFor[uint8](), "256", 1, "out of the range of uint8"},
		{"json", reflect.TypeFor[uint](), "-1", 1, "is not a whole number from 0"},
		{"json", reflect.TypeFor[float32](), "1e39", 1, "out of the range of float32"},
		{"json", number, "1e400", 1, "out of the range of float64"},
		{"json", number, "1.", 1, "where a value should stand"},
		{"json", number, ".5", 1, "where a value should stand"},
		{"json", number, "-", 1, "where a value should stand"},
		{"json", number, "1e", 1, "where a value should stand"},
		{"json", number, "0x10", 1, "something follows"},
		{"json", number, `"inf"`, 1, "where a number should stand"},
		{"json", number, "nul", 1, "where a value should stand"},
		{"json", reflect.TypeFor[bool](), `1`, 1, "where true or false should stand"},
		{"json", str, `1`, 1, `"1" where a string should stand`},
		{"json", str, `null`, 1, `null where a string should stand`},
		{"json", str, `"\ud800"`, 1, "half of a surrogate pair"},
		{"json", str, `"\ud800\u0041"`, 1, "half of a surrogate pair"},
		{"json", str, `"\x41"`, 1, "begins no escape"},
		{"json", str, `"\u12"`, 1, "begins no escape"},
		{"json", str, "\"a\nb\"", 1, "a control character in a string"},
		{"json", str, "\"a\xffb\"", 1, "line 1, column 3, value: the string is not UTF-8"},
		{"json", str, "\"a\xff\\n\"", 1, "not UTF-8"},
		{"json", str, "\"a", 1, "the file ends within a string"},
		{"json", reflect.TypeFor[[2]int](), `[1]`, 1, "a list of 1 where [2]int has 2 elements"},
		{"json", reflect.TypeFor[[2]int](), `[1, 2, 3]`, 1, "value[2]: an element too many; [2]int has 2"},
		{"json", reflect.TypeFor[complex128](), `[1]`, 1, "the end of a list where a number should stand"},
		{"json", reflect.TypeFor[complex128](), `[1, 2, 3]`, 1, "where the end of a complex number should stand"},
		{"json", reflect.TypeFor[complex128](), `1`, 1, "where a complex number [re, im] should stand"},
		{"json", reflect.TypeFor[time.Time](), `"2024-04-10"`, 1, "is not a time such as"},
		{"json", reflect.TypeFor[time.Duration](), `"5"`, 1, "is not a duration such as"},
		{"json", reflect.TypeFor[time.Duration](), `5`, 1, "where a string should stand"},
		{"json", reflect.TypeFor[color](), `"red"`, 1, "is no color"},
		{"json", reflect.TypeFor[panics](), `"x"`, 1, "a method of text_test.panics panics: boom"},
		{"json", reflect.TypeFor[map[sliceKey]int](), `{"a": 1}`, 1, "that cannot be compared"},
		{"json", reflect.TypeFor[window](), `[1,`, 1, "the file ends"},
		{"json", reflect.TypeFor[forest](), strings.Repeat(`{"a":`, 2000), 1, "more than 1000 lists and maps"},
		{"yaml", point, "", 0, "the file holds no value"},
		{"yaml", point, "# only\n", 0, "the file holds no value"},
		{"yaml", point, "X: 1\nZ: 2\n", 2, `has no field named "Z"`},
		{"yaml", point, "X: 1\n\nX: 2\n", 3, `value.X: "X" stands here for the second time`},
		{"yaml", point, "X: 1\n", 1, `value.Y: "Y" is missing`},
		{"yaml", point, "X: 1\nY: '2'\n", 2, `value.Y: the string "2" where a number should stand`},
		{"yaml", point, "X: 1\nY: 0x10\n", 2, `"0x10" where a number should stand`},
		{"yaml", point, "X: 1\nY: 1_000\n", 2, `"1_000" where a number should stand`},
		{"yaml", point, "X: 1\nY: 010\n", 2, `"010" where a number should stand`},
		{"yaml", point, "X: 1\nY: 1:30\n", 2, `"1:30" where a number should stand`},
		{"yaml", point, "X: [1\nY: 2\n", 1, "did not find expected"},
		{"yaml", point, "\tX: 1\n", 0, "cannot start any token"},
		{"yaml", point, "<<: {X: 1, Y: 2}\n", 1, `"!!merge"`},
		{"yaml", point, "a: &a 1\nX: *a\n", 1, `no field named "a"`},
		{"yaml", ints, "- &a 1\n- *a\n", 2, "value[1]: an alias, which is not followed"},
		{"yaml", ints, "- 1\n---\n- 2\n", 2, "a second document"},
		{"yaml", ints, "- 1\n- 2\nx\n", 3, "could not find"},
		{"yaml", ints, "- 1.5\n", 1, `"1.5" is not a whole number`},
		{"yaml", ints, "- !!python/object:os.system 1\n", 1, "which no Go type is known for"},
		{"yaml", ints, "- !mine 1\n", 1, `the tag "!mine"`},
		{"yaml", ints, "!!map [1]", 1, "the tag !!map on another kind of value"},
		{"yaml", ints, "!!str [1]", 1, "the tag !!str on another kind of value"},
		{"yaml", ints, "!!seq 1", 1, "the tag !!seq on another kind of value"},
		{"yaml", dict, "? [a]\n: 1\n", 1, "a key that is no plain name"},
		{"yaml", dict, "~: 1\n", 1, "a key that is no plain name"},
		{"yaml", dict, "a: 1\n'a': 2\n", 2, "for the second time"},
		{"yaml", reflect.TypeFor[bool](), "yes", 1, `"yes" where true or false should stand`},
		{"yaml", str, "null", 1, "null where a string should stand"},
		{"yaml", str, "!!binary AA==", 1, "bytes where a string should stand"},
		{"yaml", str, "\"a\xff\"", 0, "invalid"},
		{"yaml", str, "'\u2028  '", 1, "a line separator of Unicode"},
		{"yaml", reflect.TypeFor[forest](), strings.Repeat(`{a: `, 2000), 0, ""},
		{"yaml", reflect.TypeFor[forest](), strings.Repeat(`{a: `, 1500) + "{}" + strings.Repeat("}", 1500), 1, "more than 1000 lists and maps"},
	} {
		got, err := decodeAs(codecs[c.format], c.typ, []byte(c.file))
		var format *text.FormatError
		if !errors.As(err, &format) || c.line != 0 && format.Line != c.line || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %.80q:\ngot  %v\nwant line %d and %q", c.format, c.file, err, c.line, c.says)
		}
		if !got.IsZero() {
			t.Errorf("%s %.80q: half read: %v", c.format, c.file, got)
		}
	}
}

// TestDecodeUnchanged: what stands in dst is replaced as a whole or stays.
func TestDecodeUnchanged(t *testing.T) {
	for _, format := range trees {
		dst := map[string][]int{"old": {1}}
		if err := codecs[format].Decode(strings.NewReader(`{"a": [1], "b": [x]}`), 20, &dst); err == nil || len(dst) != 1 || dst["old"] == nil {
			t.Errorf("%s: %v, %v", format, dst, err)
		}
		if err := codecs[format].Decode(strings.NewReader(`{"a": [1]}`), 10, &dst); err != nil || len(dst) != 1 || dst["a"] == nil {
			t.Errorf("%s: %v, %v", format, dst, err)
		}
		for _, bad := range []any{nil, 1, (*int)(nil)} {
			if err := codecs[format].Decode(strings.NewReader("1"), 1, bad); err == nil || !strings.Contains(err.Error(), "non-nil pointer") {
				t.Errorf("%s into %T: %v", format, bad, err)
			}
		}
	}
}

// TestSizes gives sizes that are not the file's, and readers and writers that fail.
func TestSizes(t *testing.T) {
	sad := errors.New("disk on fire")
	for format, c := range codecs {
		file := encode(t, c, map[string][]int{"a": {1, 2}})
		for _, size := range []int64{-1, 0, int64(len(file)) - 1, int64(len(file)) + 1, 1 << 40, 1<<63 - 1} {
			var dst map[string][]int
			err := c.Decode(strings.NewReader(string(file)), size, &dst)
			var format *text.FormatError
			if !errors.As(err, &format) {
				t.Errorf("%v: size %d of %d: %v", c, size, len(file), err)
			}
		}
		var dst map[string][]int
		if err := c.Decode(io.MultiReader(strings.NewReader("{"), broken{sad}), 100, &dst); !errors.Is(err, sad) || errors.Is(err, text.ErrValue) {
			t.Errorf("%s: a reader that fails: %v", format, err)
		}
		if err := c.Encode(broken{sad}, dst); !errors.Is(err, sad) || errors.Is(err, text.ErrValue) {
			t.Errorf("%s: a writer that fails: %v", format, err)
		}
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error)  { return 0, b.err }
func (b broken) Write([]byte) (int, error) { return 0, b.err }

// TestBase64Lines: other programs break long base64 into lines.
func TestBase64Lines(t *testing.T) {
	want := []byte(strings.Repeat("0123456789", 30))
	b := base64.StdEncoding.EncodeToString(want)
	file := "!!binary |\n  " + b[:76] + "\n  " + b[76:152] + "\n  " + b[152:] + "\n"
	got, err := decodeAs(text.YAML{}, reflect.TypeFor[[]byte](), []byte(file))
	if err != nil || !reflect.DeepEqual(got.Bytes(), want) {
		t.Errorf("%q, %v", got, err)
	}
}
