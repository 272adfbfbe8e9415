package dataelab_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/dataelab"
)

type (
	segment  string
	channel  uint8
	celsius  float32
	enabled  bool
	position struct{ X, Y int }
)

// The methods of these keys must not be what names them.
func (segment) String() string { panic("user code") }
func (channel) String() string { panic("user code") }

func TestMapKeys(t *testing.T) {
	for _, test := range []struct {
		name string
		root any
		want string // names the key
	}{
		{"plain", &struct{ A map[string]*leaf }{map[string]*leaf{"left_1-x": {}}}, "left_1-x"},
		{"empty", &struct{ A map[string]*leaf }{map[string]*leaf{"": {}}}, "%"},
		{"percent", &struct{ A map[string]*leaf }{map[string]*leaf{"%": {}}}, "%25"},
		{"dot", &struct{ A map[string]*leaf }{map[string]*leaf{".": {}}}, "%2E"},
		{"dots", &struct{ A map[string]*leaf }{map[string]*leaf{"..": {}}}, "%2E%2E"},
		{"a path out of here", &struct{ A map[string]*leaf }{map[string]*leaf{"../../etc": {}}}, "%2E%2E%2F%2E%2E%2Fetc"},
		{"slash", &struct{ A map[string]*leaf }{map[string]*leaf{"/": {}}}, "%2F"},
		{"backslash", &struct{ A map[string]*leaf }{map[string]*leaf{`\`: {}}}, "%5C"},
		{"NUL and newline", &struct{ A map[string]*leaf }{map[string]*leaf{"a\x00\n": {}}}, "a%00%0A"},
		{"what is escaped already", &struct{ A map[string]*leaf }{map[string]*leaf{"%2E": {}}}, "%252E"},
		{"unicode", &struct{ A map[string]*leaf }{map[string]*leaf{"µm": {}}}, "%C2%B5m"},
		{"invalid UTF-8", &struct{ A map[string]*leaf }{map[string]*leaf{"\xff": {}}}, "%FF"},
		{"named string", &struct{ A map[segment]*leaf }{map[segment]*leaf{"a.b": {}}}, "a%2Eb"},
		{"int", &struct{ A map[int]*leaf }{map[int]*leaf{-12: {}}}, "-12"},
		{"least int64", &struct{ A map[int64]*leaf }{map[int64]*leaf{math.MinInt64: {}}}, "-9223372036854775808"},
		{"named uint8", &struct{ A map[channel]*leaf }{map[channel]*leaf{255: {}}}, "255"},
		{"uint64", &struct{ A map[uint64]*leaf }{map[uint64]*leaf{math.MaxUint64: {}}}, "18446744073709551615"},
		{"float", &struct{ A map[float64]*leaf }{map[float64]*leaf{-0.5: {}}}, "-0%2E5"},
		{"large float", &struct{ A map[float64]*leaf }{map[float64]*leaf{1e300: {}}}, "1e%2B300"},
		{"float32 as short as it can be", &struct{ A map[celsius]*leaf }{map[celsius]*leaf{0.1: {}}}, "0%2E1"},
		{"infinity", &struct{ A map[float64]*leaf }{map[float64]*leaf{math.Inf(-1): {}}}, "-Inf"},
		{"NaN", &struct{ A map[float64]*leaf }{map[float64]*leaf{math.NaN(): {}}}, "NaN"},
		{"bool", &struct{ A map[enabled]*leaf }{map[enabled]*leaf{true: {}}}, "true"},
		{"any with a string", &struct{ A map[any]*leaf }{map[any]*leaf{"a b": {}}}, "a%20b"},
		{"any with a named int", &struct{ A map[any]*leaf }{map[any]*leaf{channel(3): {}}}, "3"},
		{"nil key", &struct{ A map[any]*leaf }{map[any]*leaf{nil: {}}}, "nil"},
	} {
		t.Run(test.name, func(t *testing.T) { expectNames(t, test.root, "root.A."+test.want+".leaf.Mean") })
	}
}

// Keys that are one only after escaping, or before, stay two.
func TestMapKeysStayApart(t *testing.T) {
	keys := []string{"", "%", "%%", "%25", ".", "%2E", "a.b", "a%2Eb", "a/b", "a b", "a+b", "nil", "-", "_"}
	root := &struct{ A map[string]*leaf }{map[string]*leaf{}}
	for _, key := range keys {
		root.A[key] = &leaf{}
	}
	if err := dataelab.SetTag(root, testTag); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, key := range keys {
		name := pathOf(t, &root.A[key].Mean)
		if key := strings.TrimSuffix(strings.TrimPrefix(name, "root.A."), ".leaf.Mean"); !filepath.IsLocal(key) || strings.ContainsAny(key, `./\`) {
			t.Errorf("%q is no single element of a path", key)
		}
		names[name] = true
	}
	if len(names) != len(keys) {
		t.Errorf("%d keys have %d names: %v", len(keys), len(names), names)
	}
}

// The values of a map come in the order of their keys, numbers by value.
func TestMapOrder(t *testing.T) {
	root := &struct{ A map[int]*leaf }{map[int]*leaf{10: {}, 9: {}, -1: {}, 100: {}}}
	var got []string
	for name := range dataelab.Cachers(root) {
		got = append(got, strings.Split(name, ".")[2])
	}
	if text := strings.Join(got, " "); text != "-1 9 10 100" {
		t.Errorf("order %s, want -1 9 10 100", text)
	}
	floats := &struct{ A map[float64]*leaf }{map[float64]*leaf{10: {}, 9.5: {}, -1: {}, math.NaN(): {}, math.Inf(1): {}}}
	got = nil
	for name := range dataelab.Cachers(floats) {
		got = append(got, strings.Split(name, ".")[2])
	}
	if text := strings.Join(got, " "); text != "NaN -1 9%2E5 10 %2BInf" {
		t.Errorf("order %s, want that of the numbers", text)
	}
	mixed := &struct{ A map[any]*leaf }{map[any]*leaf{
		nil: {}, true: {}, false: {}, 2: {}, -1: {}, uint(7): {}, uint(70): {}, 2.5: {}, "b": {}, "a": {}}}
	first := ""
	for range 20 {
		var got []string
		for name := range dataelab.Cachers(mixed) {
			got = append(got, strings.Split(name, ".")[2])
		}
		text := strings.Join(got, " ")
		if first == "" {
			first = text
		}
		if text != first || len(got) != 10 {
			t.Fatalf("order %s, before %s", text, first)
		}
	}
}

type (
	pair[K comparable, V any] struct {
		First K
		Last  V
		Sum   cacher
	}
	base[T any]  struct{ Base cacher }
	heir[T any]  struct{ base[T] }
	group[T any] struct{ Members []T }
	Größe        struct{ Länge cacher }
)

func TestTypeNames(t *testing.T) {
	type local struct{ M cacher }
	type renamed = pair[int, string]
	for _, test := range []struct {
		name string
		root any
		want []string
	}{
		{"generic", &pair[int, string]{}, []string{"root.pair[int,string].Sum"}},
		{"alias", &struct{ A renamed }{}, []string{"root.A.pair[int,string].Sum"}},
		{"type arguments lose their packages", &pair[position, map[string]dataelab.Tag]{},
			[]string{"root.pair[position,map[string]Tag].Sum"}},
		{"pointer as argument", &base[*leaf]{}, []string{"root.base[%2Aleaf].Base"}},
		{"generic as argument", &base[base[[]position]]{}, []string{"root.base[base[[]position]].Base"}},
		{"struct as argument", &base[struct{ X int }]{}, []string{"root.base[struct%20%7B%20X%20int%20%7D].Base"}},
		{"function as argument", &base[func(int) error]{}, []string{"root.base[func%28int%29%20error].Base"}},
		{"embedded generic", &heir[int]{}, []string{"root.base[int].Base"}},
		{"members of a generic", &group[leaf]{make([]leaf, 1)}, []string{"root.Members.0.leaf.Mean"}},
		{"local to a function", &struct{ A local }{}, []string{"root.A.local.M"}},
		{"without a name", &struct{ A struct{ M cacher } }{}, []string{"root.A.struct.M"}},
		{"root without a name", &struct{ M cacher }{}, []string{"root.struct.M"}},
		{"unicode", &struct{ A Größe }{}, []string{"root.A.Größe.Länge"}},
	} {
		t.Run(test.name, func(t *testing.T) { expectNames(t, test.root, test.want...) })
	}
}

// A name of a type from a function, as an argument, says which it is in a way of
// the compiler's that must not break a file name.
func TestLocalTypeAsArgument(t *testing.T) {
	type local struct{}
	root := &base[local]{}
	if err := dataelab.SetTag(root, testTag); err != nil {
		t.Fatal(err)
	}
	name := pathOf(t, &root.Base)
	if !strings.HasPrefix(name, "root.base[local") || strings.ContainsAny(name, "/\\*·") {
		t.Errorf("name %q", name)
	}
}
