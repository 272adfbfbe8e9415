package formattest

import (
	"math"
	"reflect"
	"strings"
)

// floatEdges are floats that files lose: signs of zero, payloads of NaN, the
// ends of the range, and numbers whose shortest text is long.
var floatEdges = []float64{
	math.Copysign(0, -1), 1, -1, 0.1, 1.0 / 3, math.Pi, 1e21, -1e-7, 1 << 53, 1<<53 + 2,
	math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, -math.SmallestNonzeroFloat64, 2.2250738585072014e-308,
	math.MaxFloat32, math.SmallestNonzeroFloat32, 16777217,
	math.Inf(1), math.Inf(-1), math.NaN(),
	math.Float64frombits(0x7ff8000000000000), // the plain quiet NaN
	math.Float64frombits(0xfff8000000000000), // what x86 makes of 0/0
	math.Float64frombits(0x7ff80000deadbeef), // a quiet NaN with a payload
	math.Float64frombits(0x7ff0000000000001), // a signaling NaN
	math.Float64frombits(0xffffffffffffffff),
}

var float32Edges = []float32{
	float32(math.Copysign(0, -1)), 1, -1, 0.1, 1.0 / 3, math.Pi, 1e21, -1e-7, 1 << 24,
	math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, 1.17549435e-38,
	float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()),
	math.Float32frombits(0xffc00000), math.Float32frombits(0x7fc0beef),
	math.Float32frombits(0x7f800001), math.Float32frombits(0xffffffff), // the first one signals
}

var intEdges = []int64{
	1, -1, 2, 7, 10, 127, 128, -128, -129, 255, 256, math.MaxInt16, math.MinInt16, math.MaxUint16, math.MaxInt32, math.MinInt32,
	math.MaxUint32, 1<<53 + 1, -1<<53 - 1, math.MaxInt64, math.MinInt64, 999_999_999_999,
}

var uintEdges = []uint64{
	1, 2, 7, 10, 127, 128, 255, 256, math.MaxInt16, math.MaxUint16, math.MaxInt32, math.MaxUint32, 1<<53 + 1,
	math.MaxInt64, math.MaxInt64 + 1, math.MaxUint64,
}

// stringEdges are strings that text formats take for something else, or cut.
var stringEdges = []string{
	"a", " ", " a ", "two words", "\n", "a\nb", "\r\n", "a\r\nb", "\r", "\t", "a,b", ";", `"`, `""`, `a"b`, "'", "''", `\`, `\n`, "`",
	"null", "nil", "~", "true", "yes", "no", "NaN", "nan", ".inf", "Inf", "0", "007", "-0", "1e3", "0x10", "1_000", "2024-04-10", "20240410_112233",
	"=1+1", "#", "# a", "- a", "a: b", "a:", "{}", "[]", "{a", "&a", "*a", "!a", "|", ">", "%", "@", "---", "...", "<a>&amp;",
	"\x00", "a\x00b", "a\x00", "\x1b", "\x7f", "\u0085", "\u00a0", "\u2028", "\ufeff", "\ufeffa", "\ufffd", "é", "e\u0301", "日本語", "🔭",
	"\xff", "a\xc3", "\xed\xa0\x80", // not UTF-8
}

// leafEdges returns the edges of a type without parts.
func leafEdges(t reflect.Type) []reflect.Value {
	var all []reflect.Value
	add := func(set func(v reflect.Value)) {
		v := reflect.New(t).Elem()
		set(v)
		all = append(all, v)
	}
	switch t.Kind() {
	case reflect.Bool:
		add(func(v reflect.Value) { v.SetBool(true) })
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		for _, x := range intEdges {
			if !reflect.Zero(t).OverflowInt(x) {
				add(func(v reflect.Value) { v.SetInt(x) })
			}
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		for _, x := range uintEdges {
			if !reflect.Zero(t).OverflowUint(x) {
				add(func(v reflect.Value) { v.SetUint(x) })
			}
		}
	case reflect.Float64:
		for _, x := range floatEdges {
			add(func(v reflect.Value) { v.SetFloat(x) })
		}
	case reflect.Float32: // SetFloat would turn a signaling NaN into a quiet one
		for _, x := range float32Edges {
			all = append(all, reflect.ValueOf(&x).Convert(reflect.PointerTo(t)).Elem())
		}
	case reflect.Complex128:
		for i, x := range floatEdges {
			add(func(v reflect.Value) { v.SetComplex(complex(x, floatEdges[(i+3)%len(floatEdges)])) })
		}
	case reflect.Complex64:
		for i, x := range float32Edges {
			c := complex(x, float32Edges[(i+3)%len(float32Edges)])
			all = append(all, reflect.ValueOf(&c).Convert(reflect.PointerTo(t)).Elem())
		}
	case reflect.String:
		for _, s := range stringEdges {
			add(func(v reflect.Value) { v.SetString(s) })
		}
		add(func(v reflect.Value) { v.SetString(strings.Repeat("long ", 2000)) })
	default:
		all = holderEdges(t)
	}
	return all
}

// holderEdges are values of interfaces, and of types that no file holds.
func holderEdges(t reflect.Type) []reflect.Value {
	switch {
	case t.Kind() == reflect.Interface && t.NumMethod() == 0:
		var all []reflect.Value
		for _, x := range []any{
			1, int64(1), uint8(1), "1", 1.0, 1.5, math.Copysign(0, -1), float32(0.1), true, "", []float64{1, 2}, []string{}, []byte(nil), complex(1, 2),
			[]any{1, "a"}, map[string]any{"a": 1}, struct{ A int }{1}, new(int), make(chan int),
		} {
			v := reflect.New(t).Elem()
			v.Set(reflect.ValueOf(x))
			all = append(all, v)
		}
		return all
	case t.Kind() == reflect.Chan && t.ChanDir() == reflect.BothDir:
		return []reflect.Value{reflect.MakeChan(t, 1)}
	case t.Kind() == reflect.Func:
		return []reflect.Value{reflect.MakeFunc(t, func([]reflect.Value) (out []reflect.Value) {
			for i := range t.NumOut() {
				out = append(out, reflect.Zero(t.Out(i)))
			}
			return out
		})}
	default:
		return nil
	}
}

// leaf sets v, of a type without parts, to an edge or a random value.
func (m *maker) leaf(v reflect.Value, size int) {
	if m.random.IntN(3) == 0 {
		if edges := leafEdges(v.Type()); len(edges) > 0 {
			v.Set(edges[m.random.IntN(len(edges))])
		}
		return
	}
	r := m.random
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(r.Uint64()) >> r.IntN(64)) // SetInt drops the upper bits
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.SetUint(r.Uint64() >> r.IntN(64))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(r.NormFloat64())
	case reflect.Complex64, reflect.Complex128:
		v.SetComplex(complex(r.NormFloat64(), r.NormFloat64()))
	case reflect.String:
		letters := []rune("abcXYZ019 _-.,:;\"'\n\\éß日🔭")
		var s strings.Builder
		for range r.IntN(2*size + 2) {
			s.WriteRune(letters[r.IntN(len(letters))])
		}
		v.SetString(s.String())
	default:
	}
}
