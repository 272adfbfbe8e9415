package diskcache_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/diskcache"
)

var update = flag.Bool("update", false, "add what is new to the golden files")

// Types of the golden vectors. Their names and fields are part of the keys.
type (
	goldenInt    int
	goldenString string
	goldenSlice  []int
	goldenPoint  struct{ X, Y float64 }
	goldenTwin   struct{ X, Y float64 } // of equal shape
	goldenOther  struct{ X, Z float64 } // a field renamed
	goldenEmpty  struct{}
	goldenNested struct {
		Name   string
		Points []goldenPoint
		Next   *goldenNested
		Extra  any
		ByName map[string]goldenPoint
	}
	goldenEmbeds struct {
		goldenEmbedded
		N int
	}
	goldenEmbedded struct{ A int } // unexported and embedded: see its marshaler
	GoldenBase     struct{ A int }
	goldenBoth     struct {
		GoldenBase
		N int
	}
	goldenStamped struct {
		time.Time
		Gain float64
	}
	goldenGrid[T any] struct{ Cells [][]T }
	goldenSecret      struct{ secret string }
	goldenIgnores     struct {
		Degree int
		Log    func(string) `cache:"-"`
		Inner  goldenInner
		notes  string `cache:"-"`
	}
	goldenHook  func() string // which its methods can write
	goldenSet   map[string]struct{ n int }
	goldenBlank struct {
		_ int
		A int
		_ [0]func()
	}
	goldenInner struct {
		Threads int `cache:"-"`
		Name    string
	}
)

func (g goldenEmbeds) MarshalBinary() ([]byte, error) {
	return fmt.Appendf(nil, "%d/%d", g.A, g.N), nil
}
func (s *goldenSecret) GobEncode() ([]byte, error) { return []byte(s.secret), nil }
func (h goldenHook) MarshalText() ([]byte, error) {
	if h == nil {
		return nil, nil
	}
	return []byte(h()), nil
}
func (s goldenSet) GobEncode() ([]byte, error) { return fmt.Appendf(nil, "%d", len(s)), nil }
func (i goldenInt) Hash() int                  { return int(i) }

func pointer[T any](v T) *T { return &v }

type goldenVector struct {
	name string
	args []any
}

func goldenVectors() []goldenVector {
	ramp := make([]float64, 1000) // 8000 bytes: over the writer's buffer
	long := make([]int32, 50_000)
	points := make([]goldenPoint, 500)
	byName := map[string]int{}
	for i := range long {
		long[i] = int32(i)
	}
	for i := range ramp {
		ramp[i] = float64(i) / 7
		byName[fmt.Sprint(i)] = i
		points[i/2] = goldenPoint{float64(i), 1}
	}
	withNaN := append([]float64{math.NaN()}, ramp...)
	rome := time.FixedZone("somewhere", 7200)
	at := time.Date(2024, 4, 10, 11, 22, 33, 123456789, time.UTC)
	deep := &goldenNested{Name: "a", Points: []goldenPoint{{1, 2}}, Next: &goldenNested{Extra: goldenPoint{3, 4}}, ByName: map[string]goldenPoint{"b": {5, 6}}}
	huge, _ := new(big.Int).SetString("-123456789012345678901234567890", 10)

	var all []goldenVector
	add := func(name string, args ...any) { all = append(all, goldenVector{name, args}) }
	count := map[string]int{}
	addEach := func(values ...any) { // numbered by type: new ones go to the end
		for _, v := range values {
			typ := strings.ReplaceAll(fmt.Sprintf("%T", v), "diskcache_test.", "")
			count[typ]++
			add(fmt.Sprintf("%s %d", typ, count[typ]), v)
		}
	}
	add("no arguments")
	add("nil", nil)
	add("two nils", nil, nil)
	addEach(
		false, true, 0, 1, -1, math.MaxInt32, int64(math.MinInt64), int8(1), int16(1), int32(1), int64(1),
		uint(1), uint8(1), uint16(1), uint32(1), uint64(1), uintptr(1), uint64(math.MaxUint64),
		float32(1), 1.0, float32(0.1), 0.1, complex64(1), complex128(1), complex(0, 1),
		0.0, math.Copysign(0, -1), float32(0), float32(math.Copysign(0, -1)),
		math.Inf(1), math.Inf(-1), math.NaN(), float32(math.NaN()), complex(math.NaN(), 0), complex(0, math.NaN()),
		math.SmallestNonzeroFloat64, "", "1", "a", "\x00", "\xff", "é", "e\u0301", "ab\x00c",
		goldenInt(1), goldenString("1"), time.Second,
		[0]int{}, [1]int{1}, [2]int{1, 2}, [1][2]int{{1, 2}}, [2][1]int{{1}, {2}},
		[]int(nil), []int{}, []int{0}, []int{1}, []int{1, 2}, []int64{1}, []any(nil), []any{}, []any{1}, []any{nil}, []any{[]any{}},
		[]bool{true}, []uint8{1}, []string{"a"}, []string{"a", ""}, []string{"", "a"}, []string{"ab"}, []string{},
		[]float64{0}, []float64{math.Copysign(0, -1)}, []float64{math.NaN()}, []float32{1}, []complex64{1i}, []complex128{1i},
		[][]int{{1}, {2}}, [][]int{{1, 2}, {}}, [][]int{{1, 2}}, [][]int{{1, 2}, nil}, [][]int{{}, {1, 2}}, [][2]float64{{1, 2}},
		goldenSlice{1}, goldenSlice(nil), []goldenInt{1}, []error(nil), []fmt.Stringer(nil),
		[]interface{ Hash() int }{goldenInt(1)}, []any{goldenInt(1)},
		map[string]int(nil), map[string]int{}, map[string]int{"a": 1}, map[string]int{"a": 1, "b": 2}, map[string]int{"a": 2, "b": 1},
		map[int]string{1: "a"}, map[any]any{1: "a", "a": 1}, map[float64]bool{math.NaN(): true}, map[string]map[string]int{"a": {"b": 1}},
		goldenPoint{}, goldenPoint{1, 2}, goldenTwin{1, 2}, goldenOther{1, 2}, struct{ X, Y float64 }{1, 2}, goldenEmpty{}, struct{}{},
		goldenBoth{GoldenBase{1}, 2}, struct{ GoldenBase }{}, struct{ GoldenBase GoldenBase }{},
		(*int)(nil), pointer(0), pointer(1), pointer(pointer(1)), pointer((*int)(nil)), (*goldenPoint)(nil), &goldenPoint{1, 2}, pointer(any(1)),
		goldenNested{}, deep, *deep, &goldenNested{Next: &goldenNested{}}, []*goldenNested{nil, {}},
		goldenGrid[int]{[][]int{{1}}}, goldenGrid[int8]{[][]int8{{1}}}, goldenEmbeds{N: 1}, &goldenSecret{"a"}, goldenSecret{"a"}, goldenSecret{},
		at, at.In(rome), &at, time.Time{}, []time.Time{at}, goldenStamped{at, 1}, goldenStamped{at, 2},
		big.NewInt(0), big.NewInt(1), huge, *huge, (*big.Int)(nil), big.NewRat(1, 3), big.NewFloat(0.5),
		netip.Addr{}, netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("::ffff:10.0.0.1"), netip.MustParseAddr("fe80::1%eth0"), netip.MustParsePrefix("10.0.0.0/8"),
		mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6}), mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, 6}), *mat.NewDense(1, 1, nil), mat.NewVecDense(2, []float64{1, 2}),
	)
	address := func(text string) *url.URL {
		u, err := url.Parse(text)
		if err != nil {
			panic(err)
		}
		return u
	}
	six := []float64{1, 2, 3, 4, 5, 6}
	view := mat.NewDense(3, 4, []float64{0, 0, 0, 0, 0, 1, 2, 3, 0, 4, 5, 6})
	addEach(
		address("https://example.org/data?x=1"), address("https://me@example.org/"), *address(""), (*url.URL)(nil), []*url.URL{nil, address("a")},
		goldenHook(nil), goldenHook(func() string { return "a" }), goldenSet{"a": {1}}, goldenBlank{A: 1},
		mat.NewSymDense(2, []float64{1, 2, 2, 3}), mat.NewSymDense(2, []float64{1, 2, 9, 4}), &mat.SymDense{}, (*mat.SymDense)(nil), *mat.NewSymDense(1, nil),
		mat.NewTriDense(2, mat.Upper, []float64{1, 2, 0, 3}), mat.NewTriDense(2, mat.Lower, []float64{1, 0, 2, 3}),
		mat.NewTriDense(1, mat.Upper, []float64{1}), mat.NewTriDense(1, mat.Lower, []float64{1}),
		mat.NewDiagDense(3, []float64{1, 2, 3}), mat.NewDiagDense(3, []float64{1, 2, 4}),
		mat.NewBandDense(3, 3, 1, 0, six), mat.NewBandDense(3, 3, 0, 1, six), mat.NewSymBandDense(3, 1, six), mat.NewTriBandDense(3, 1, mat.Upper, six), mat.NewTriBandDense(3, 1, mat.Lower, six),
		mat.NewTridiag(3, []float64{1, 2}, []float64{3, 4, 5}, []float64{6, 7}),
		mat.NewCDense(1, 2, []complex128{1, 2i}), mat.NewCDense(2, 1, []complex128{1, 2i}), mat.NewCDense(1, 1, []complex128{complex(0, math.NaN())}), mat.NewCDense(1, 1, nil).H(),
		view.T(), mat.NewTriDense(2, mat.Upper, []float64{1, 2, 0, 3}).TTri(), mat.NewVecDense(2, six[:2]).TVec(),
	)
	add("1000 floats", ramp)
	add("999 floats", ramp[1:])
	add("1001 floats, first NaN", withNaN)
	add("50000 int32", long)
	add("50000 int32, last differs", append(long[:49_999:49_999], 0))
	add("500 structs", points)
	add("map of 1000", byName)
	add("maps of long values", map[string][]float64{"a": ramp, "b": ramp[1:]}, map[string][]float64{"a": ramp[1:], "b": ramp})
	add("maps of long values exchanged", map[string][]float64{"a": ramp[1:], "b": ramp}, map[string][]float64{"a": ramp, "b": ramp[1:]})
	for _, n := range []int{64, 65, 4096, 4097, 20000} {
		add(fmt.Sprintf("string of %d", n), strings.Repeat("x", n))
		add(fmt.Sprintf("string of %d, last differs", n), strings.Repeat("x", n-1)+"y")
	}
	add("ab, c", "ab", "c")
	add("a, bc", "a", "bc")
	add("abc, empty", "abc", "")
	add("1, 2", 1, 2)
	add("2, 1", 2, 1)
	add("1, 2 in a list", []any{1, 2})
	add("1, nil", 1, nil)
	many := make([]any, 200)
	for i := range many {
		many[i] = i
	}
	add("ignored fields", goldenIgnores{Degree: 1, Log: func(string) {}, Inner: goldenInner{8, "lm"}, notes: "x"})
	add("200 arguments", many...)
	add("199 arguments", many[:199]...)
	return all
}

// The keys of testdata/keys.json must never change. Every cache in the world
// finds its values by them: with another key for the same arguments all of these
// are computed again, for weeks in some places, and the old files never go. A
// key that fails here is a bug in the change that made it fail, and -update will
// not hide it: it only adds keys. Rules that must change get a new keyDomain, and
// the consent of whoever answers to the users.
func TestKeyGolden(t *testing.T) {
	file := filepath.Join("testdata", "keys.json")
	want := map[string]string{}
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &want)
	}
	if err != nil && !*update {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, v := range goldenVectors() {
		if got[v.name] {
			t.Fatalf("two vectors are named %q", v.name)
		}
		got[v.name] = true
		key := mustKey(t, v.args...).String()
		old, known := want[v.name]
		switch {
		case !known && *update:
			want[v.name] = key
		case !known:
			t.Errorf("%s is new: run the test with -update", v.name)
		case old != key:
			t.Errorf("%s: key %q, and it was %q for ever", v.name, key, old)
		}
	}
	for name := range want {
		if !got[name] {
			t.Errorf("%s is in %s and no longer tested", name, file)
		}
	}
	if !*update {
		return
	}
	if text, err = json.MarshalIndent(want, "", " "); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// No two of the vectors are equal, so no two may share a key.
func TestKeyDistinct(t *testing.T) {
	seen := map[diskcache.Key]string{}
	for _, v := range goldenVectors() {
		key := mustKey(t, v.args...)
		if other, taken := seen[key]; taken {
			t.Errorf("%s and %s share the key %s", other, v.name, key)
		}
		seen[key] = v.name
	}
}
