package formattest_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats/formattest"
)

type ring struct {
	N    int
	Next *ring
}

type sealed struct{ f32 []float32 }

func TestDiff(t *testing.T) {
	minusZero := math.Copysign(0, -1)
	signaling := math.Float32frombits(0x7f800001)
	quiet := math.Float32frombits(0x7fc00001)
	utc := time.Date(2024, 4, 10, 11, 22, 33, 0, time.UTC)
	here := time.Now()
	circle, other, longer := &ring{N: 1}, &ring{N: 1}, &ring{N: 1, Next: &ring{N: 2}}
	circle.Next, other.Next, longer.Next.Next = circle, other, longer
	channel := make(chan int)
	for _, test := range []struct {
		want, got any
		diff      string // "" for equal
	}{
		{nil, nil, ""},
		{nil, 1, "want nothing, got 1"},
		{1, int64(1), "want type int, got int64"},
		{0.0, minusZero, "want 0, got -0"},
		{math.NaN(), math.NaN(), ""},
		{math.NaN(), -math.NaN(), "want NaN (bits 7ff8000000000001 0000000000000000), got NaN (bits fff8000000000001 0000000000000000)"},
		{signaling, quiet, "want NaN (bits 7f800001), got NaN (bits 7fc00001)"},
		{[]float32{1, signaling}, []float32{1, signaling}, ""},
		{sealed{[]float32{signaling}}, sealed{[]float32{quiet}}, ".f32[0]: want NaN (bits 7f800001), got NaN (bits 7fc00001)"},
		{complex(0, minusZero), complex(0, 0), "want (0-0i), got (0+0i)"},
		{complex(0, signaling), complex(0, quiet), "want (0+NaNi) (bits 00000000 7f800001), got (0+NaNi) (bits 00000000 7fc00001)"},
		{[]int(nil), []int{}, "want nil, got an empty slice"},
		{[]int{}, []int(nil), "want an empty slice, got nil"},
		{[]int{1, 2}, []int{1}, "want a slice of length 2, got a slice of length 1"},
		{[][]int{{1}, nil}, [][]int{{1}, {}}, "[1]: want nil, got an empty slice"},
		{[2]string{"a", "b"}, [2]string{"a", "c"}, `[1]: want "b", got "c"`},
		{map[string]int{"a": 1}, map[string]int{"a": 2}, `["a"]: want 1, got 2`},
		{map[string]int{"a": 1}, map[string]int{"b": 1}, `["a"]: the entry is missing`},
		{map[string]int(nil), map[string]int{}, "want nil, got an empty map"},
		{map[float64]int{math.NaN(): 1, math.NaN(): 2}, map[float64]int{math.NaN(): 2, math.NaN(): 1}, ""},
		{map[float64]int{0: 1}, map[float64]int{minusZero: 1}, "[0]: the entry is missing"},
		{new(int), new(int), ""},
		{(*int)(nil), new(int), "want nil, got a *int that is not nil"},
		{&Star{"Vega", 3}, &Star{"Vega", 4}, ".*.Magnitude: want 3, got 4"},
		{[]any{1, nil}, []any{1, "x"}, "[1]: want nil, got a interface {} that is not nil"},
		{[]any{1}, []any{1.0}, "[0]: want type int, got float64"},
		{utc, utc.In(time.FixedZone("same", 0)), ""},
		{here, here.Round(0), ""},
		{utc, utc.In(time.FixedZone("", 3600)), "want 2024-04-10T11:22:33Z, got 2024-04-10T12:22:33+01:00"},
		{[]time.Time{utc}, []time.Time{utc.Add(1)}, "[0]: want 2024-04-10T11:22:33Z, got 2024-04-10T11:22:33.000000001Z"},
		{circle, other, ""},
		{circle, longer, ".*.Next.*.N: want 1, got 2"},
		{channel, channel, ""},
		{channel, make(chan int), "want " + fmt.Sprint(channel)},
		{func() {}, func() {}, "want 0x"},
		{(func())(nil), (func())(nil), ""},
	} {
		err := formattest.Diff(test.want, test.got)
		said := ""
		if err != nil {
			said = err.Error()
		}
		if test.diff == "" && said != "" || test.diff != said && (len(said) < len(test.diff) || said[:len(test.diff)] != test.diff) {
			t.Errorf("Diff(%#v, %#v) says %q, want %q", test.want, test.got, said, test.diff)
		}
	}
}

// TestRulesApplyInside compares by a rule where the type stands within another.
func TestRulesApplyInside(t *testing.T) {
	lenient := formattest.Compare(func(want, got float64) error {
		if math.Abs(want-got) > 0.1 {
			return fmt.Errorf("%g is far from %g", got, want)
		}
		return nil
	})
	want := map[string][]float64{"a": {1, 2}}
	if err := formattest.Diff(want, map[string][]float64{"a": {1.01, 1.99}}, lenient); err != nil {
		t.Error(err)
	}
	err := formattest.Diff(want, map[string][]float64{"a": {1, 3}}, lenient)
	if err == nil || err.Error() != `["a"][1]: 3 is far from 2` {
		t.Errorf("got %v", err)
	}
}

func TestAnyNaN(t *testing.T) {
	type degrees float32
	quiet, other := degrees(math.Float32frombits(0x7fc00000)), degrees(math.Float32frombits(0xffc00001))
	if formattest.Diff(quiet, other) == nil {
		t.Error("without the rule the bits count")
	}
	if err := formattest.Diff([]degrees{quiet}, []degrees{other}, formattest.AnyNaN()); err != nil {
		t.Error(err)
	}
	nan := math.NaN()
	if err := formattest.Diff(complex(nan, 1), complex(-nan, 1), formattest.AnyNaN()); err != nil {
		t.Error(err)
	}
	for _, pair := range [][2]float64{{nan, 1}, {0, math.Copysign(0, -1)}, {1, 2}} {
		if formattest.Diff(pair[0], pair[1], formattest.AnyNaN()) == nil {
			t.Errorf("%v and %v are taken for equal", pair[0], pair[1])
		}
	}
}
