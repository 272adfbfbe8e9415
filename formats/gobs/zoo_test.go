package gobs_test

import (
	"encoding/gob"
	"errors"
	"math"
	"math/big"
	"net/netip"
	"net/url"
	"reflect"
	"strconv"
	"time"
)

// The zoo: types of every kind, and values that plain gob does not keep.

type (
	myInt    int
	myFloat  float64
	myString string
	myByte   byte
	myBytes  []myByte
	myFlags  []bool
	myMap    map[myString]myInt
	myFunc   func()
	myPair   *pair

	list  []list
	table map[string]table
	web   map[string][]web
	ring  map[string]map[int]ring
	rings [1]map[string]rings

	pair  struct{ A, B float64 }
	inner struct {
		N  int
		Xs []float64
		M  map[string]int
	}
	scalars struct {
		B    bool
		I    int
		I8   int8
		I16  int16
		I32  int32
		I64  int64
		U    uint
		U8   uint8
		U16  uint16
		U32  uint32
		U64  uint64
		P    uintptr
		F32  float32
		F64  float64
		C64  complex64
		C128 complex128
		S    string
		MI   myInt
		MF   myFloat
		MS   myString
	}
	containers struct {
		Bytes   []byte
		MyBytes myBytes
		Ints    []int
		Flags   myFlags
		Strings []string
		Nested  [][]string
		Arr     [3]int16
		ByteArr [4]byte
		ArrSl   [2][]int
		Pairs   []pair
		Inner   inner
		Inners  []inner
		Map     map[string]int
		MyMap   myMap
		MapSl   map[string][]int
		MapMap  map[int]map[string]bool
		MapSt   map[string]inner
		MapArr  map[[2]int]string
		MapKey  map[pair]string
		Set     map[string]struct{}
		Nothing struct{}
		None    [0]int
	}
	pointers struct {
		I   *int
		B   *bool
		F   *float64
		S   *string
		St  *inner
		Sl  *[]int
		M   *map[string]int
		PP  **int
		PPP ***string
		Arr *[2]int
		Els []*inner
		Ins []*int
		ArP [3]*pair
		Mp  map[string]*pair
		PPs []**int
		T   *time.Time
		Ts  []*time.Time
		Big []*big.Int
	}
	dynamic struct {
		V    any
		Vs   []any
		M    map[string]any
		K    map[any]string
		Sh   shape
		Shs  []shape
		Err  error
		PAny *any
	}
	ownForm struct {
		T    time.Time
		Zero time.Time
		Big  *big.Int
		Val  big.Int
		Addr netip.Addr
		Sec  sealed
		Secs map[string]sealed
		Keys map[netip.Addr]int
	}
	node struct {
		Name string
		Next *node
		Kids []*node
		Quad [4]*node
		Down map[string]*node
		Any  any
	}
	embedding struct {
		inner0
		Base
		*Extra
		Own int
	}
	inner0 struct{} // holds nothing, though unexported
	Base   struct{ BaseField float32 }
	Extra  struct{ Extra []int }
	quiet  struct {
		_ int
		A int
	}

	shape  interface{ Area() float64 }
	square struct{ Side float64 }
	circle struct{ R float64 }
	level  int
	failed struct{ Why string }
)

func (s square) Area() float64  { return s.Side * s.Side }
func (c *circle) Area() float64 { return c.R }
func (l level) Area() float64   { return float64(l) }
func (f *failed) Error() string { return f.Why }

// sealed stores itself; both methods have pointer receivers.
type sealed struct{ secret string }

func (s *sealed) MarshalBinary() ([]byte, error) { return []byte("v1" + s.secret), nil }
func (s *sealed) UnmarshalBinary(data []byte) error {
	if len(data) < 2 || string(data[:2]) != "v1" {
		return errors.New("not a sealed value")
	}
	s.secret = string(data[2:])
	return nil
}

// signed stores itself and has a negative zero that is no zero.
type signed struct{ x float64 }

func (s signed) GobEncode() ([]byte, error) { return bits64(s.x), nil }
func (s *signed) GobDecode(b []byte) error {
	var bits uint64
	for _, c := range b {
		digit := uint64(c - '0')
		if c >= 'a' {
			digit = uint64(c-'a') + 10
		}
		bits = bits<<4 | digit
	}
	s.x = math.Float64frombits(bits)
	return nil
}

// crossed stores itself, and its zero only seems to be one.
type crossed struct {
	signs [2]struct{ c complex64 }
}

func (c crossed) MarshalBinary() ([]byte, error) {
	return append(memory(reflect.ValueOf(c.signs[0].c)), memory(reflect.ValueOf(c.signs[1].c))...), nil
}
func (c *crossed) UnmarshalBinary(b []byte) error {
	var parts [4]float32
	for i := range parts {
		bits, err := strconv.ParseUint(string(b[8*i:8*i+8]), 16, 32)
		if err != nil {
			return err
		}
		parts[i] = math.Float32frombits(uint32(bits))
	}
	c.signs[0].c, c.signs[1].c = complex(parts[0], parts[1]), complex(parts[2], parts[3])
	return nil
}

// code stores itself, except that gob writes a slice of it as bytes.
type code uint8

func (c code) MarshalBinary() ([]byte, error)     { return []byte{'c', byte(c)}, nil }
func (c *code) UnmarshalBinary(data []byte) error { *c = code(data[1]); return nil }

// stubborn stores itself, but not its zero value.
type stubborn struct{ n byte }

func (s stubborn) MarshalBinary() ([]byte, error) {
	if s.n == 0 {
		return nil, errors.New("no zero, please")
	}
	return []byte{s.n}, nil
}
func (s *stubborn) UnmarshalBinary(b []byte) error {
	s.n = b[0] // panics for a stand-in
	return nil
}

func init() {
	gob.Register(square{})
	gob.Register(&circle{})
	gob.Register(level(0))
	gob.Register(&failed{})
	gob.Register(inner{})
	gob.Register(pair{})
	gob.Register(&node{})
	gob.Register(time.Time{})
	gob.Register(&sealed{})
	gob.Register(stubborn{})
	gob.Register([]any{})
	gob.Register(map[string]any{})
	gob.Register([2]int{})
	gob.Register([]string{})
	gob.Register([][]float64{})
	gob.RegisterName("short", myBytes{})
	gob.Register(list{})
	gob.Register(containers{})
}

func ptr[T any](v T) *T { return &v }

var (
	minusZero   = math.Copysign(0, -1)
	oddNaN64    = math.Float64frombits(0x7ff0000000000001) // signals
	oddNaN32    = math.Float32frombits(0x7f800001)         // signals
	negNaN32    = math.Float32frombits(0xffc00000)         // what x86 makes of 0/0
	minusZero32 = math.Float32frombits(0x80000000)
)

// zoo holds pointers to the values to store.
var zoo = map[string]any{
	"bool":               ptr(true),
	"false":              ptr(false),
	"int":                ptr(-5),
	"zero":               ptr(0),
	"int8":               ptr(int8(-128)),
	"int64 min":          ptr(int64(math.MinInt64)),
	"uint64 max":         ptr(uint64(math.MaxUint64)),
	"uintptr":            ptr(uintptr(7)),
	"float64":            ptr(math.Pi),
	"-0":                 ptr(minusZero),
	"NaN":                ptr(math.NaN()),
	"signaling NaN":      ptr(oddNaN64),
	"inf":                ptr(math.Inf(-1)),
	"float32":            ptr(float32(0.1)),
	"float32 -0":         ptr(minusZero32),
	"float32 NaN":        ptr(oddNaN32),
	"float32 denormal":   ptr(math.Float32frombits(1)),
	"complex128":         ptr(complex(minusZero, oddNaN64)),
	"complex64":          ptr(complex(oddNaN32, minusZero32)),
	"complex64 NaNs":     &[]complex64{complex(negNaN32, oddNaN32), complex(1, float32(math.NaN()))},
	"string":             ptr("héllo\x00\xff"),
	"empty string":       ptr(""),
	"named":              ptr(myInt(3)),
	"named float":        ptr(myFloat(minusZero)),
	"bytes":              ptr([]byte{0, 1, 255}),
	"nil bytes":          ptr([]byte(nil)),
	"empty bytes":        ptr([]byte{}),
	"named bytes":        ptr(myBytes{1, 2}),
	"named empty bytes":  ptr(myBytes{}),
	"nil slice":          ptr([]int(nil)),
	"empty slice":        ptr([]int{}),
	"slice of slices":    ptr([][]string{nil, {}, {"a", ""}, {"b"}}),
	"slice of bytes":     ptr([][]byte{nil, {}, {0}}),
	"slice of maps":      ptr([]map[string]int{nil, {}, {"a": 0}}),
	"slice of arrays":    ptr([][2]float64{{minusZero, 1}, {}}),
	"nil map":            ptr(map[string]int(nil)),
	"empty map":          ptr(map[string]int{}),
	"map":                ptr(map[string]int{"a": 1, "b": 0, "": -1}),
	"map of slices":      ptr(map[string][]int{"nil": nil, "empty": {}, "full": {0}}),
	"map of maps":        ptr(map[int8]map[string]int{1: nil, 2: {}, 3: {"": 0}}),
	"map of NaN":         ptr(map[float64][]int{math.NaN(): {}, math.Inf(1): nil, oddNaN64: {3}}),
	"map of float32 NaN": ptr(map[float32]*int{oddNaN32: nil, negNaN32: ptr(0), float32(math.NaN()): ptr(1)}),
	"map of -0":          ptr(map[float64]float64{minusZero: minusZero}),
	"map of struct keys": ptr(map[pair]string{{minusZero, 1}: "", {2, 3}: "x"}),
	"set":                ptr(map[string]struct{}{"a": {}, "b": {}}),
	"nothing":            ptr(struct{}{}),
	"many nothings":      ptr(make([]struct{}, 1000)),
	"array":              ptr([3]float64{0, minusZero, 2}),
	"empty array":        ptr([0]int{}),
	"array of bytes":     ptr([4]byte{0, 200, 0, 1}),
	"struct":             ptr(pair{minusZero, math.NaN()}),
	"anonymous struct":   ptr(struct{ A, B *int }{B: ptr(0)}),
	"zero scalars":       ptr(scalars{}),
	"minus scalars": ptr(scalars{F32: minusZero32, F64: minusZero, C64: complex(minusZero32, 0),
		C128: complex(0, minusZero), MF: myFloat(minusZero)}),
	"scalars": ptr(scalars{true, -1, math.MinInt8, math.MinInt16, math.MinInt32, math.MinInt64, 1, math.MaxUint8, math.MaxUint16,
		math.MaxUint32, math.MaxUint64, 9, oddNaN32, oddNaN64, complex(oddNaN32, negNaN32), complex(oddNaN64, 1), "s", 2, 3, "ms"}),
	"zero containers": ptr(containers{}),
	"empty containers": ptr(containers{Bytes: []byte{}, MyBytes: myBytes{}, Ints: []int{}, Flags: myFlags{}, Strings: []string{},
		Nested: [][]string{}, ArrSl: [2][]int{{}, nil}, Pairs: []pair{}, Inner: inner{Xs: []float64{}, M: map[string]int{}},
		Inners: []inner{}, Map: map[string]int{}, MyMap: myMap{}, MapSl: map[string][]int{}, MapMap: map[int]map[string]bool{},
		MapSt: map[string]inner{}, MapArr: map[[2]int]string{}, MapKey: map[pair]string{}, Set: map[string]struct{}{}}),
	"containers": ptr(containers{Bytes: []byte("abc"), MyBytes: myBytes{7}, Ints: []int{0, 1}, Flags: myFlags{true, false},
		Strings: []string{"", "x"}, Nested: [][]string{{}, nil, {""}}, Arr: [3]int16{0, -1, 0}, ByteArr: [4]byte{1}, ArrSl: [2][]int{nil, {}},
		Pairs: []pair{{}, {minusZero, 2}}, Inner: inner{1, []float64{minusZero}, nil}, Inners: []inner{{}, {Xs: []float64{}}},
		Map: map[string]int{"": 0}, MyMap: myMap{"a": 1}, MapSl: map[string][]int{"a": {}, "b": nil},
		MapMap: map[int]map[string]bool{0: nil, 1: {}, 2: {"x": false}}, MapSt: map[string]inner{"e": {Xs: []float64{}}, "n": {}},
		MapArr: map[[2]int]string{{1, 2}: "x"}, MapKey: map[pair]string{{1, 2}: ""}, Set: map[string]struct{}{"": {}}}),
	"nil pointers": ptr(pointers{}),
	"zero pointers": ptr(pointers{I: new(int), B: new(bool), F: new(float64), S: new(string), St: new(inner), Sl: new([]int),
		M: new(map[string]int), PP: new(*int), PPP: new(**string), Arr: new([2]int), T: new(time.Time)}),
	"pointers": ptr(pointers{I: ptr(4), F: ptr(minusZero), St: &inner{Xs: []float64{}}, Sl: ptr([]int{}), M: ptr(map[string]int{}),
		PP: ptr(new(int)), PPP: ptr(new(*string)), Els: []*inner{nil, {}, {N: 1}, nil}, Ins: []*int{nil, new(int), ptr(1)},
		ArP: [3]*pair{nil, {}, {1, 2}}, Mp: map[string]*pair{"nil": nil, "zero": {}, "one": {1, 1}},
		PPs: []**int{nil, new(*int), ptr(new(int)), ptr(ptr(3))}, Ts: []*time.Time{nil, new(time.Time), ptr(time.Unix(1, 2).UTC())},
		Big: []*big.Int{nil, big.NewInt(0), big.NewInt(-7)}}),
	"nil top pointer":       ptr((*pair)(nil)),
	"nil second pointer":    ptr(new(*pair)),
	"pointer to zero":       ptr(new(pair)),
	"pointer to pointer":    ptr(ptr(ptr(minusZero))),
	"nil pointer to map":    ptr((*map[string]int)(nil)),
	"pointer to nil map":    ptr(new(map[string]int)),
	"pointer to time":       ptr(new(time.Time)),
	"nil pointer to array":  ptr([]*[3]complex64{nil, {}, {1: 2i}}),
	"nil pointer to struct": ptr([]*struct{ A [2]int }{nil, {}}),
	"nil any":               ptr(any(nil)),
	"any":                   ptr(any(3.5)),
	"any nil slice":         ptr(any([]int(nil))),
	"any empty slice":       ptr(any([]int{})),
	"any float32 NaN":       ptr(any(oddNaN32)),
	"typed nil":             ptr(any((*pair)(nil))),
	"typed nil circle":      ptr(shape((*circle)(nil))),
	"typed nil time":        ptr(any((*time.Time)(nil))),
	"typed nil behind":      ptr(any(new(*pair))),
	"pointer registered":    ptr(any(circle{2})),
	"pointers in any":       ptr(any(ptr(ptr(pair{1, 2})))),
	"any slice":             ptr([]any{nil, 1, "a", 2.5, []any{}, []any(nil), map[string]any{"x": nil}, true, int8(3), complex64(1i), oddNaN32}),
	"zero dynamic":          ptr(dynamic{}),
	"dynamic": ptr(dynamic{V: pair{minusZero, 0}, Vs: []any{inner{Xs: []float64{}}, &inner{}, (*inner)(nil), myBytes{}, [2]int{}, list{nil, {}}},
		M: map[string]any{"nil": nil, "slice": []string{}, "deep": map[string]any{"x": []any{[]float64{}}}, "m": [][]float64{nil, {}}},
		K: map[any]string{1: "int", "a": "string", 2.5: "float", pair{1, 2}: "pair", [2]int{1, 2}: "array", level(1): "level"}, Sh: square{2},
		Shs: []shape{nil, &circle{}, level(0), square{}, (*square)(nil), &square{1}}, Err: &failed{"x"}, PAny: ptr(any(nil))}),
	"large in any":  ptr([]any{string(make([]byte, 200)), make([]int, 40000), []any{make([]float64, 300)}}),
	"zero own form": ptr(ownForm{}),
	"own form": ptr(ownForm{T: time.Date(2024, 4, 10, 11, 22, 33, 44, time.FixedZone("x", 3600)), Big: big.NewInt(1 << 40), Val: *big.NewInt(-3),
		Addr: netip.MustParseAddr("fe80::1%eth0"), Sec: sealed{"s"},
		Secs: map[string]sealed{"a": {"b"}, "": {}}, Keys: map[netip.Addr]int{netip.MustParseAddr("10.0.0.1"): 1}}),
	"time":          ptr(time.Date(2024, 4, 10, 11, 22, 33, 44, time.UTC)),
	"zero time":     ptr(time.Time{}),
	"local time":    ptr(time.Unix(1e9, 5)),
	"time key":      ptr(map[time.Time]int{time.Unix(3, 4).UTC(): 1}),
	"times":         ptr([]time.Time{{}, time.Unix(1, 1)}),
	"big int":       ptr(big.NewInt(-12345678901234)),
	"big float":     ptr(big.NewFloat(1.5)),
	"url":           ptr([]*url.URL{nil, {Scheme: "https", Host: "example.org", Path: "/a b"}}),
	"own -0 within": ptr([]struct{ Zero, Minus crossed }{{Minus: crossed{[2]struct{ c complex64 }{1: {complex(0, minusZero32)}}}}}),
	"only a time":   ptr([]struct{ time.Time }{{time.Unix(5, 6).UTC()}, {}}),
	"codes": ptr(struct {
		One  code
		Some []code
		Two  [2]code
		By   map[code]*code
	}{1, []code{2, 0}, [2]code{3}, map[code]*code{4: ptr(code(5)), 6: nil}}),
	"nil big int":     ptr((*big.Int)(nil)),
	"named pointer":   ptr([]myPair{nil, {1, 2}}),
	"own -0":          ptr(struct{ S signed }{signed{minusZero}}),
	"stubborn":        ptr(struct{ A, B stubborn }{B: stubborn{3}}),
	"nil stubborn":    ptr([]*stubborn{nil, {1}, nil}),
	"stubborn in any": ptr(any(&stubborn{2})),
	"sealed in any":   ptr(any(sealed{"x"})),
	"list":            ptr(list{nil, {}, {nil, {{}}}}),
	"table":           ptr(table{"nil": nil, "empty": {}, "full": {"x": {}}}),
	"web":             ptr(web{"a": nil, "b": {}, "c": {nil, {}, {"d": {}}}}),
	"maps in a ring":  ptr(ring{"a": {1: nil, 2: {}}, "b": nil}),
	"array in a ring": ptr(rings{{"a": {nil}, "b": {{}}}}),
	"tree": ptr(node{Name: "root", Kids: []*node{nil, {}, {Name: "kid", Quad: [4]*node{1: {Name: "q"}}}}, Quad: [4]*node{{}, nil, {Kids: []*node{}}, nil},
		Down: map[string]*node{"nil": nil, "zero": {}}, Any: &node{Any: (*node)(nil)}}),
	"embedding":       ptr(embedding{inner0: inner0{}, Base: Base{minusZero32}, Extra: &Extra{[]int{}}, Own: 1}),
	"embedding nil":   ptr(embedding{}),
	"blank field":     ptr(quiet{A: 1}),
	"arrays in any":   ptr(any([2]int{0, 1})),
	"self-made graph": ptr(sharedPointers()),
}

// sharedPointers reaches one value twice: it comes back as two, equal ones.
func sharedPointers() []*inner {
	one := &inner{N: 1, Xs: []float64{}}
	return []*inner{one, one, nil}
}
