package text_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats/text"
)

// A codec is what the three formats have in common.
type codec interface {
	Accepts(t reflect.Type) error
	Encode(w io.Writer, v any) error
	Decode(r io.Reader, size int64, dst any) error
}

var codecs = map[string]codec{"json": text.JSON{}, "yaml": text.YAML{}, "csv": text.CSV{}}

// trees are the two that hold any shape.
var trees = []string{"json", "yaml"}

func encode(tb testing.TB, c codec, v any) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := c.Encode(&b, v); err != nil {
		tb.Fatalf("encode %T: %v", v, err)
	}
	return b.Bytes()
}

func decodeAs(c codec, t reflect.Type, file []byte) (reflect.Value, error) {
	dst := reflect.New(t)
	err := c.Decode(bytes.NewReader(file), int64(len(file)), dst.Interface())
	return dst.Elem(), err
}

// difference returns where two values differ, or "". Floats compare by their bits,
// NaNs as NaNs, times by instant and offset.
func difference(a, b reflect.Value, path string) string {
	if len(path) > 200 {
		path = path[:100] + "..."
	}
	differ := fmt.Sprintf("%s: %v and %v", path, a, b)
	if a.Type() != b.Type() {
		return differ
	}
	if !a.CanInterface() { // an embedded struct whose type is not exported
		return structDifference(a, b, path)
	}
	switch v := a.Interface().(type) {
	case time.Time:
		w := b.Interface().(time.Time)
		_, av := v.Zone()
		_, bv := w.Zone()
		if !v.Equal(w) || av != bv {
			return differ
		}
		return ""
	case color, window, netip.Addr:
		if !reflect.DeepEqual(v, b.Interface()) {
			return differ
		}
		return ""
	case big.Int:
		w := b.Interface().(big.Int)
		if v.Cmp(&w) != 0 {
			return differ
		}
		return ""
	}
	same := true
	switch a.Kind() {
	case reflect.Float32, reflect.Float64:
		same = sameFloat(a.Float(), b.Float())
	case reflect.Complex64, reflect.Complex128:
		same = sameFloat(real(a.Complex()), real(b.Complex())) && sameFloat(imag(a.Complex()), imag(b.Complex()))
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			same = a.IsNil() == b.IsNil()
			break
		}
		return difference(a.Elem(), b.Elem(), "*"+path)
	case reflect.Slice, reflect.Array:
		if a.Kind() == reflect.Slice && a.IsNil() != b.IsNil() || a.Len() != b.Len() {
			return differ
		}
		for i := range a.Len() {
			if d := difference(a.Index(i), b.Index(i), fmt.Sprintf("%s[%d]", path, i)); d != "" {
				return d
			}
		}
	case reflect.Map:
		if a.IsNil() != b.IsNil() || a.Len() != b.Len() {
			return differ
		}
		for _, k := range a.MapKeys() {
			if !b.MapIndex(k).IsValid() {
				return fmt.Sprintf("%s: no key %v", path, k)
			}
			if d := difference(a.MapIndex(k), b.MapIndex(k), fmt.Sprintf("%s[%v]", path, k)); d != "" {
				return d
			}
		}
	case reflect.Struct:
		return structDifference(a, b, path)
	default:
		same = reflect.DeepEqual(a.Interface(), b.Interface())
	}
	if !same {
		return differ
	}
	return ""
}

func structDifference(a, b reflect.Value, path string) string {
	for i := range a.NumField() {
		f := a.Type().Field(i)
		if d := difference(a.Field(i), b.Field(i), path+"."+f.Name); d != "" && (f.IsExported() || f.Anonymous) {
			return d
		}
	}
	return ""
}

func sameFloat(a, b float64) bool {
	return a != a && b != b || math.Float64bits(a) == math.Float64bits(b)
}

type (
	celsius float64
	name    string
	level   int8
	toggle  bool
	vector  []float64
	grid    [2][3]int
	labels  map[name]level

	// color writes itself as text, by a pointer.
	color struct{ r, g, b uint8 }
	// window writes itself as JSON only.
	window struct{ from, to int }
	// Base is embedded.
	Base struct {
		ID    int `json:"id"`
		Label name
	}
	// Site is embedded by a pointer.
	Site  struct{ Lat, Lon float64 }
	inner struct{ Depth int }
	// stamped embeds a type that writes itself: its methods are not this one's.
	stamped struct {
		time.Time
		Gain float64
	}
	tree struct {
		Value    int
		Children []*tree
	}
	chain   struct{ Next *chain }
	forest  map[string]forest
	nothing struct{}
	octet   uint8
	knot    *knot

	embedsPointer struct {
		*Site
		N int
	}

	everything struct {
		Bool    bool
		Int     int
		Int8    int8
		Int64   int64
		Uint8   uint8
		Uint64  uint64
		F32     float32
		F64     float64
		C64     complex64
		C128    complex128
		String  string
		Bytes   []byte
		Time    time.Time
		Took    time.Duration
		Color   color
		Window  window
		Big     *big.Int
		Addr    netip.Addr
		Temp    celsius
		Flag    toggle
		Vec     vector
		Grid    grid
		Labels  labels
		Floats  []float64
		Rows    [][]float64
		Halves  []float32
		Complex []complex128
		Names   []string
		Times   []time.Time
		Maybe   []*float64
		IntMap  map[int]string
		UintMap map[uint16]*Site
		BoolMap map[bool][]int
		KeyMap  map[netip.Addr]time.Duration
		Ptr     *everything
		Nested  struct{ A, B []int }
		Empty   nothing
		Colors  []color
		Windows map[string]window
		Base
		*Site
		inner
		Stamped stamped
	}
)

func (c *color) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "#%02x%02x%02x", c.r, c.g, c.b), nil
}

func (c *color) UnmarshalText(b []byte) error {
	if n, err := fmt.Sscanf(string(b), "#%02x%02x%02x", &c.r, &c.g, &c.b); n != 3 || len(b) != 7 {
		return fmt.Errorf("%q is no color: %w", b, err)
	}
	return nil
}

func (w window) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "{\"span\":[%d,1e5 , {}], \"to\": %d, \"n\": null}", w.from, w.to), nil
}

func (w *window) UnmarshalJSON(b []byte) error {
	n, err := fmt.Sscanf(strings.Join(strings.Fields(string(b)), ""), `{"span":[%d,`, &w.from)
	if _, to, ok := strings.Cut(string(b), `"to":`); ok && n == 1 {
		_, err = fmt.Sscanf(strings.TrimSpace(to), "%d", &w.to)
	} else if err == nil {
		err = errors.New("no window")
	}
	return err
}

func ptr[T any](v T) *T { return &v }

var (
	paris   = time.FixedZone("CEST", 2*3600)
	instant = time.Date(2024, 4, 10, 11, 22, 33, 123456789, paris)
	nan     = math.NaN()
	inf     = math.Inf(1)
	// oddText is text that looks like something else, or breaks careless writers.
	oddText = []string{
		"", " ", "a", "no", "Yes", "null", "~", "true", "20240101_120000", "2024-04-10", "1e-3", "0x1f", "1_000", "-", "- a", "a: b", "a #b", "#a", "a,b",
		"[", "{}", "&a", "*a", "!a", "|", ">", "%a", "@", "`", "'", `"`, `\`, "<<", "=", "---", "...", "\n", "\r", "\r\n", "a\r\nb", "\t", " lead", "trail ", "two\nlines\n",
		"\x00", "\x07", "\x7f", "\u0080", "\u0085", "\u2028", "\u2029", "\ufeff", "\ufffd", "\ufffe", "\uffff", "é", "温度", "😀", "\U0010ffff", "NaN", ".nan", ".inf", "Infinity", "190:20:30",
		"!!binary", "y", "on", "a b", "a  b", "x-1/2.3_4", "?", "? a", "a:", ":a", strings.Repeat("long ", 60), "</script>&",
	}
	floats = []float64{
		0, math.Copysign(0, -1), 1, -1, 1.5, 0.1, 1e-3, 1e-4, 9.999e-5, 1e-7, 123456789, 1e14, 1e15, 1e16, 1e21, 1e22, -1e300, math.MaxFloat64, math.SmallestNonzeroFloat64,
		2.2250738585072014e-308, 1 << 53, 1<<53 + 2, math.Pi, nan, inf, -inf, float64(float32(0.1)),
	}
)

// zoo has values of every kind that JSON and YAML take.
var zoo = map[string]any{
	"bool": true, "int": -5, "min": int64(math.MinInt64), "max": uint64(math.MaxUint64), "string": "text", "duration": 90 * time.Minute,
	"float": 1.0, "-0": math.Copysign(0, -1), "nan": nan, "inf": inf, "-inf": -inf, "float32": float32(0.1), "complex": complex(nan, -0.5), "complex64": complex64(1 - 2i),
	"time": instant, "utc": instant.UTC(), "zero time": time.Time{}, "year 0": time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
	"floats": floats, "no floats": []float64{}, "nil floats": []float64(nil), "rows": [][]float64{nil, {}, {1, nan}}, "bytes": []byte{0, 255, 7}, "no bytes": []byte{}, "nil bytes": []byte(nil),
	"strings": oddText, "array": [3]float32{1, 0.1, -2}, "no array": [0]int{}, "byte array": [4]byte{1, 2, 3, 4}, "named bytes": []toggle{true, false},
	"durations": []time.Duration{0, 1, -1, math.MaxInt64, math.MinInt64, 1500, time.Hour + time.Nanosecond},
	"times":     []time.Time{instant, {}, time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.FixedZone("", -12*3600+60))},
	"nil":       (*int)(nil), "pointer": ptr(0), "pointers": []*float64{nil, ptr(0.5), ptr(nan)}, "pointer pointer": ptr(ptr(1)), "pointer pointers": []**int{nil, ptr(ptr(1))},
	"empty map": map[string]int{}, "nil map": map[string]int(nil), "odd keys": oddMap(), "ints": map[int]int{-3: 1, 0: 2, 10: 3, 9: 4}, "bools": map[bool]string{true: "t", false: "f"},
	"uints": map[uint64]string{math.MaxUint64: "max", 0: ""}, "text keys": map[netip.Addr]int{netip.MustParseAddr("10.0.0.1"): 1, netip.MustParseAddr("::1"): 2},
	"maps": []map[string][]int{nil, {}, {"a": nil, "b": {}, "c": {1}}}, "labels": labels{"a": -1}, "lists": [][][]string{{{"a"}, {}}, nil, {nil}}, "grid": grid{{1, 2, 3}, {4, 5, 6}},
	"color": color{1, 2, 255}, "colors": map[string]*color{"a": {1, 2, 3}, "b": nil}, "window": window{1, 2}, "windows": []*window{nil, {3, 4}},
	"big":  *big.NewInt(0).Exp(big.NewInt(7), big.NewInt(99), nil),
	"tree": &tree{1, []*tree{nil, {2, nil}, {3, []*tree{}}}}, "forest": forest{"a": nil, "b": {"c": {}}}, "chain": chainOf(400), "nothing": nothing{}, "nothings": []nothing{{}, {}},
	"octets": []octet{1, 255}, "octet array": [2]octet{1, 255}, "embedded pointers": []embedsPointer{{}, {&Site{1, 2}, 3}}, "alone": struct{ T struct{ time.Time } }{struct{ time.Time }{instant}},
	"stamped": stamped{instant, 2}, "zero": everything{}, "full": full(), "structs": []Base{{1, "a"}, {}}, "struct list list": [][]Base{{{1, "a"}, {}}, {}, nil},
}

func oddMap() map[string]string {
	m := make(map[string]string)
	for i, s := range oddText {
		m[s] = oddText[len(oddText)-1-i]
	}
	return m
}

func chainOf(n int) *chain {
	var c *chain
	for range n {
		c = &chain{c}
	}
	return c
}

func full() everything {
	return everything{
		Bool: true, Int: 1, Int8: -128, Int64: math.MinInt64, Uint8: 255, Uint64: math.MaxUint64, F32: 0.1, F64: math.Copysign(0, -1), C64: 1i, C128: complex(inf, nan),
		String: "no", Bytes: []byte("bytes"), Time: instant, Took: time.Second, Color: color{9, 8, 7}, Window: window{5, 6}, Big: big.NewInt(-7), Addr: netip.MustParseAddr("::"),
		Temp: 36.6, Flag: true, Vec: vector{1, 2}, Grid: grid{{1}}, Labels: labels{"x": 1, "": 2}, Floats: floats, Rows: [][]float64{{1, 2}, {3}}, Halves: []float32{0.1, 0.2},
		Complex: []complex128{1, 2i}, Names: oddText, Times: []time.Time{instant}, Maybe: []*float64{nil, ptr(1.0)}, IntMap: map[int]string{-1: "a"}, UintMap: map[uint16]*Site{1: nil, 2: {1, 2}},
		BoolMap: map[bool][]int{true: nil, false: {1}}, KeyMap: map[netip.Addr]time.Duration{netip.MustParseAddr("1.2.3.4"): 5}, Ptr: &everything{}, Colors: []color{{1, 1, 1}},
		Windows: map[string]window{"w": {1, 2}}, Base: Base{7, "b"}, Site: &Site{1, 2}, inner: inner{3}, Stamped: stamped{instant, 1},
	}
}
