package npz_test

import (
	"bytes"
	"math"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/formats/npz"
)

func drawFloats(t *rapid.T, label string, n int) []float64 {
	bits := rapid.SliceOfN(rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1 << 63, 0x7FF0000000000001, math.MaxUint64})), n, n)
	list := make([]float64, n)
	for i, b := range bits.Draw(t, label) {
		list[i] = math.Float64frombits(b)
	}
	return list
}

func sameBits(a, b []float64) bool {
	return slices.EqualFunc(a, b, func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
}

func drawOptions(t *rapid.T) npz.Options { return rapid.SampledFrom(packings).Draw(t, "options") }

func TestMapRoundTrip(t *testing.T) {
	names := rapid.OneOf(rapid.StringMatching(`[a-zA-Z0-9_/. ]{0,8}`), rapid.StringOfN(rapid.Rune(), 0, 5, -1))
	rapid.Check(t, func(t *rapid.T) {
		want := make(map[string][]float64)
		for name, n := range rapid.MapOfN(names, rapid.IntRange(0, 9), 0, 6).Draw(t, "lengths") {
			if _, err := npz.Encode(new(bytes.Buffer), map[string][]float64{name: {}}); err != nil {
				continue // a name that is refused; TestErrValue has them
			}
			want[name] = drawFloats(t, "elements", n)
		}
		file := encoded(t, drawOptions(t), want)
		var got map[string][]float64
		if err := decode(file, &got); err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) || got == nil {
			t.Fatalf("%d arrays, want %d", len(got), len(want))
		}
		for name, a := range want {
			if b, ok := got[name]; !ok || b == nil || !sameBits(a, b) {
				t.Errorf("%q: %v, want %v", name, b, a)
			}
		}
	})
}

func TestStructRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "rows")
		want := result{
			Mean:   drawFloats(t, "mean", rapid.IntRange(0, 100).Draw(t, "length")),
			Slopes: mat.NewDense(n, 2, drawFloats(t, "slopes", 2*n)),
			Frames: npy.Array[int16]{Shape: []int{n, 1}, Fortran: n%2 == 0, Data: rapid.SliceOfN(rapid.Int16(), n, n).Draw(t, "frames")},
			Pair:   [2]float64(drawFloats(t, "pair", 2)),
			Rows:   [][]complex64{{complex(rapid.Float32().Draw(t, "re"), 1)}},
			Gain:   drawFloats(t, "gain", 1)[0],
			Offset: volts(math.Float32frombits(rapid.Uint32().Draw(t, "offset"))),
			Count:  rapid.Int().Draw(t, "count"), Closed: rapid.Bool().Draw(t, "closed"),
			Loop: time.Duration(rapid.Int64Min(math.MinInt64+1).Draw(t, "loop")),
		}
		o := drawOptions(t)
		file := encoded(t, o, &want)
		var got *result
		if err := decode(file, &got); err != nil {
			t.Fatal(err)
		}
		// The same bytes again: equal to the last bit of every NaN.
		if again := encoded(t, o, *got); !bytes.Equal(again, file) {
			t.Fatalf("%+v came back as %+v", want, *got)
		}
		if !sameBits(got.Mean, want.Mean) || got.Count != want.Count || got.Closed != want.Closed || got.Loop != want.Loop ||
			!sameBits([]float64{got.Gain}, []float64{want.Gain}) || math.Float32bits(float32(got.Offset)) != math.Float32bits(float32(want.Offset)) ||
			!reflect.DeepEqual(got.Frames, want.Frames) || !sameBits(got.Slopes.RawMatrix().Data, want.Slopes.RawMatrix().Data) {
			t.Fatalf("%+v came back as %+v", want, *got)
		}
	})
}

// TestManyArrays has more arrays than the directory of a plain zip archive counts.
func TestManyArrays(t *testing.T) {
	want := make(map[string][]int8)
	for i := range 1<<16 + 10 { // more than zip counts in 16 bits
		want[strconv.Itoa(i)] = []int8{int8(i)}
	}
	var got map[string][]int8
	if err := decode(encoded(t, npz.Options{}, want), &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%d arrays of %d, %v", len(got), len(want), err)
	}
}

func TestEmptyMaps(t *testing.T) {
	for _, v := range []map[key][]bool{nil, {}} {
		got := map[key][]bool{"old": nil}
		if err := decode(encoded(t, npz.Options{}, v), &got); err != nil || got == nil || len(got) > 0 {
			t.Errorf("%v came back as %v, %v", v, got, err)
		}
	}
}

// TestOtherTypes reads arrays into types that hold their numbers exactly.
func TestOtherTypes(t *testing.T) {
	file := encoded(t, npz.Options{}, map[string]any{"a": []int16{1, 2}, "n": int8(3), "more": []bool{true}})
	var got struct {
		A mat.VecDense `npz:"a"`
		N float64      `npz:"n"`
	}
	if err := decode(file, &got); err != nil || got.N != 3 || got.A.AtVec(1) != 2 {
		t.Errorf("%v, %v", got, err)
	}
}
