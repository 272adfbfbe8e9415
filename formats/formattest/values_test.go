package formattest_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats/formattest"
)

type everything struct {
	N       int8
	F       []float32
	M       map[string]*int
	Inner   struct{ S string }
	Rows    [][]float64
	private int
}

// TestValuesHaveTheEdges looks for values that a careless generator forgets.
func TestValuesHaveTheEdges(t *testing.T) {
	edges := map[reflect.Type][]any{
		reflect.TypeFor[float64](): {0.0, math.Copysign(0, -1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64,
			math.Float64frombits(0x7ff0000000000001), math.Float64frombits(0xfff8000000000000)},
		reflect.TypeFor[[]float32](): {[]float32(nil), []float32{}, []float32{math.Float32frombits(0x7f800001)}},
		reflect.TypeFor[int8]():      {int8(math.MinInt8), int8(math.MaxInt8), int8(0)},
		reflect.TypeFor[uint64]():    {uint64(math.MaxUint64), uint64(1<<53 + 1)},
		reflect.TypeFor[string]():    {"", "\xff", "\x00", "NaN", "a\r\nb", `"`, "\ufeffa", "20240410_112233"},
		reflect.TypeFor[[][]int]():   {[][]int(nil), [][]int{nil}, [][]int{{}}},
		reflect.TypeFor[map[string]int](): {map[string]int(nil), map[string]int{}, map[string]int{"": 0},
			map[string]int{"a": 1}},
		reflect.TypeFor[*bool](): {(*bool)(nil), new(bool)},
		reflect.TypeFor[any]():   {nil, 1, "1"},
	}
	for typ, wanted := range edges {
		values := formattest.Values(typ, 1)
	next:
		for _, want := range wanted {
			for _, v := range values {
				if formattest.Diff(want, v) == nil {
					continue next
				}
			}
			t.Errorf("%v: %#v is not among %d values", typ, want, len(values))
		}
	}
}

// TestValuesAreRectangularToo, or no array format could store nested slices.
func TestValuesAreRectangularToo(t *testing.T) {
	rectangular, ragged := 0, 0
	for _, v := range formattest.Values(reflect.TypeFor[[][]float64](), 1) {
		rows := v.([][]float64)
		if len(rows) < 2 || len(rows[0]) < 2 {
			continue
		}
		same := true
		for _, row := range rows {
			same = same && len(row) == len(rows[0])
		}
		if same {
			rectangular++
		} else {
			ragged++
		}
	}
	if rectangular < 3 {
		t.Errorf("%d arrays of at least 2 by 2 among the values, %d with rows of several lengths", rectangular, ragged)
	}
}

func TestValuesDependOnTheSeedOnly(t *testing.T) {
	for _, typ := range []reflect.Type{
		reflect.TypeFor[everything](), reflect.TypeFor[[]time.Time](), reflect.TypeFor[map[float64][]complex64](), reflect.TypeFor[*ring](),
	} {
		a, b, c := formattest.Values(typ, 1), formattest.Values(typ, 1), formattest.Values(typ, 2)
		if err := formattest.Diff(a, b); err != nil {
			t.Errorf("%v, one seed: %v", typ, err)
		}
		if formattest.Diff(a, c) == nil {
			t.Errorf("%v, two seeds: the same values", typ)
		}
		if len(a) > 100 {
			t.Errorf("%v: %d values", typ, len(a))
		}
	}
}

// TestProblemsDependOnTheSeedOnly, so that a failure can be seen again.
func TestProblemsDependOnTheSeedOnly(t *testing.T) {
	careless := numbers(func(x float64) float64 { return math.Abs(x) })
	a := formattest.Check(careless, formattest.Options{Seed: 3, Damages: 500})
	b := formattest.Check(careless, formattest.Options{Seed: 3, Damages: 500})
	if len(a) == 0 || fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("first %v, then %v", a, b)
	}
}

// TestGenerateRule makes values inside others.
func TestGenerateRule(t *testing.T) {
	short := formattest.Generate(func(r *rand.Rand) string { return string(rune('a' + r.IntN(3))) })
	for _, v := range formattest.Values(reflect.TypeFor[[]string](), 1, short) {
		for _, s := range v.([]string) {
			if s != "" && s != "a" && s != "b" && s != "c" { // the zero value is always tried
				t.Fatalf("%q is not of the rule", s)
			}
		}
	}
}
