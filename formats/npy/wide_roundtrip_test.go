package npy_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// everything is a struct of all that a field can be.
type everything struct {
	Bool    bool
	I8      int8
	I16     int16
	I32     int32
	I64     int64
	Int     int
	U8      uint8
	U16     uint16
	U32     uint32
	U64     uint64
	Uint    uint
	F16     npy.Float16
	F32     float32
	F64     float64
	C64     complex64
	C128    complex128
	Volts   volts
	Text    string
	Volume  volume
	At      time.Time
	For     time.Duration
	Bools   [3]bool
	Floats  [2][2]float32
	Bytes   [5]uint8
	Texts   [2]string
	Times   [2]time.Time
	Lengths [2]time.Duration
	In      inner
	Ins     [2]inner
	None    [0]float64
	Last    bool
}

// fillWide is fill for all that Accepts takes, with values that Encode takes.
func fillWide(t *rapid.T, v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		if rapid.IntRange(0, 4).Draw(t, "zero") > 0 {
			nanos := rapid.Int64Min(math.MinInt64+1).Draw(t, "nanos")
			v.Set(reflect.ValueOf(time.Unix(0, nanos).UTC()))
		}
	case v.Kind() == reflect.String:
		v.SetString(strings.TrimRight(rapid.StringN(0, 8, -1).Draw(t, "text"), "\x00"))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fillWide(t, v.Field(i))
		}
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Array:
		for i := range v.Len() {
			fillWide(t, v.Index(i))
		}
	default:
		fill(t, v)
	}
}

func wideProperty[T any](t *testing.T) {
	t.Run(reflect.TypeFor[T]().String(), func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			var v T
			shape := drawShape(8).Draw(t, "shape")
			var build func(reflect.Value, int)
			build = func(v reflect.Value, k int) {
				switch v.Kind() {
				case reflect.Slice:
					v.Set(reflect.MakeSlice(v.Type(), shape[k], shape[k]))
				case reflect.Array:
				default:
					fillWide(t, v)
					return
				}
				for i := range v.Len() {
					build(v.Index(i), k+1)
				}
			}
			build(reflect.ValueOf(&v).Elem(), 0)
			back := sameFile(t, v)
			// NaNs differ from themselves; sameFile compared their bits.
			if got, want := fmt.Sprintf("%#v", back), fmt.Sprintf("%#v", v); got != want {
				t.Fatalf("%s came back as %s", want, got)
			}
			if got, want := lengths(reflect.ValueOf(back)), lengths(reflect.ValueOf(v)); got != want {
				t.Fatalf("lengths %s came back as %s", want, got)
			}
		})
	})
}

func TestWideRoundTrip(t *testing.T) {
	wideProperty[[]string](t)
	wideProperty[[]volume](t)
	wideProperty[[][]string](t)
	wideProperty[[][2]string](t)
	wideProperty[[2][]string](t)
	wideProperty[[3]string](t)
	wideProperty[[][0]string](t)
	wideProperty[[]time.Time](t)
	wideProperty[[][]time.Time](t)
	wideProperty[[][]time.Duration](t)
	wideProperty[[]everything](t)
	wideProperty[[][]star](t)
	wideProperty[[2]nested](t)
	wideProperty[[][]numbers](t)
	wideProperty[[][2]struct{ X, Y int32 }](t)
	wideProperty[npy.Scalar[string]](t)
	wideProperty[npy.Scalar[time.Time]](t)
	wideProperty[npy.Scalar[complex64]](t)
	wideProperty[npy.Scalar[everything]](t)
}

// TestManyRows takes more than a block, of rows with and without gaps in memory.
func TestManyRows(t *testing.T) {
	stars := make([]star, 20_000)
	flat := make([]numbers, 300_000) // more than memory that is worth special care
	for i := range stars {
		stars[i] = star{ID: int32(i), Name: fmt.Sprint("é", i), Pos: [3]float64{float64(i)}, Seen: time.Unix(int64(i), 5).UTC(), Exposure: -1, Good: i%3 == 0, Flux: npy.Float16(i)}
	}
	for i := range flat {
		flat[i] = numbers{float64(i), -float64(i), [2]int32{int32(i), 1}}
	}
	if got := decode[[]star](t, encoded(t, stars)); !reflect.DeepEqual(got, stars) {
		t.Error("rows came back otherwise")
	}
	if got := decode[[]numbers](t, encoded(t, flat)); !reflect.DeepEqual(got, flat) {
		t.Error("rows of numbers came back otherwise")
	}
	if got := decode[[100][200]star](t, encoded(t, [100][200]star(make([][200]star, 100)))); got != [100][200]star{} {
		t.Error("zero rows came back otherwise")
	}
}

// TestPythonReadsWide writes values that numpy reads, checks, and writes again: to the
// same bytes.
func TestPythonReadsWide(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	at := time.Date(2024, 4, 10, 11, 22, 33, 44, time.UTC)
	all := everything{
		Bool: true, I8: -8, I16: -16, I32: -32, I64: -64, Int: -1, U8: 8, U16: 16, U32: 32, U64: 64, Uint: 1,
		F16: npy.NewFloat16(1.5), F32: 2.5, F64: 3.5, C64: 1 + 2i, C128: 3 - 4i, Volts: 5, Text: "α", Volume: "abc", At: at, For: time.Second,
		Bools: [3]bool{true, false, true}, Floats: [2][2]float32{{1, 2}, {3, 4}}, Bytes: [5]uint8{1, 2, 3, 4, 5}, Texts: [2]string{"x", "yy"},
		Times: [2]time.Time{at}, Lengths: [2]time.Duration{1, -1}, In: inner{1, [2]string{"a", "b"}}, Ins: [2]inner{{2, [2]string{"c", "d"}}}, Last: true,
	}
	values := map[string]any{
		"texts": []string{"", "a", "Ω→\U0001f52d"}, "grid": [][]string{{"a", "b"}, {"c", "ddd"}}, "none": []string{}, "word": npy.Scalar[string]{Value: "word"},
		"times": []time.Time{at, {}, at.Add(-1)}, "when": npy.Scalar[time.Time]{Value: at}, "spans": [][]time.Duration{{1}, {-time.Hour}},
		"fortran": npy.Array[time.Duration]{Shape: []int{2, 2}, Fortran: true, Data: []time.Duration{1, 2, 3, 4}},
		"stars":   theStars(), "one": npy.Scalar[star]{Value: theStars()[0]}, "all": []everything{all, {}},
		"nested": [][]nested{{{N: 1}}, {{N: 2}}}, "latin": []latinNames{{1, 2}}, "letters": []otherNames{{1, 2}}, "flat": []numbers{{1, 2, [2]int32{3, 4}}},
	}
	for name, v := range values {
		if err := npy.Save(filepath.Join(dir, name+".npy"), v); err != nil {
			t.Fatal(err)
		}
	}
	names, err := json.Marshal(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := py.Run(t, `
import io, json, pathlib, sys, warnings
import numpy as np
warnings.simplefilter("ignore")  # format version 3
folder = pathlib.Path(json.loads(sys.argv[1]))
f = {p.stem: np.load(p) for p in folder.iterdir()}
for p in folder.iterdir():
    again = io.BytesIO()
    np.save(again, f[p.stem])
    assert again.getvalue() == p.read_bytes(), (p.stem, again.getvalue(), p.read_bytes())
assert f["texts"].tolist() == ["", "a", "Ω→🔭"] and f["texts"].dtype == "<U3"
assert f["grid"].tolist() == [["a", "b"], ["c", "ddd"]] and f["none"].shape == (0,) and f["none"].dtype == "<U1"
assert f["word"] == "word" and f["word"].shape == ()
at = np.datetime64("2024-04-10T11:22:33.000000044")
assert f["times"][0] == at and np.isnat(f["times"][1]) and at - f["times"][2] == np.timedelta64(1, "ns")
assert f["when"] == at and f["spans"].tolist() == [[1], [-3600 * 10**9]] and f["spans"].dtype == "<m8[ns]"
assert f["fortran"].astype("i8").tolist() == [[1, 3], [2, 4]]
s = f["stars"]
assert s["name"].tolist() == ["Vega", "α Cen"] and s["pos"].shape == (2, 3) and s["seen"][0] == at and np.isnat(s["seen"][1])
assert s["exposure"].astype("i8").tolist() == [1500, -3] and s["good"].tolist() == [True, False] and s["flux"].tolist() == [0.5, -2]
assert f["one"] == s[0] and f["one"].shape == ()
x = f["all"][0]
plain = [x[n].item() for n in x.dtype.names[:19]]
assert plain == [True, -8, -16, -32, -64, -1, 8, 16, 32, 64, 1, 1.5, 2.5, 3.5, 1+2j, 3-4j, 5, "α", "abc"], plain
assert x["At"] == at and x["For"] == np.timedelta64(1, "s") and x["Bools"].tolist() == [True, False, True]
assert x["Floats"].tolist() == [[1, 2], [3, 4]] and x["Bytes"].tolist() == [1, 2, 3, 4, 5] and x["Texts"].tolist() == ["x", "yy"]
assert x["Times"][0] == at and np.isnat(x["Times"][1]) and x["In"]["b"].tolist() == ["a", "b"] and x["Ins"]["b"].tolist() == [["c", "d"], ["", ""]]
assert x["Last"] and f["all"].dtype["None"].shape == (0,)
assert f["nested"]["n"].tolist() == [[1], [2]]
assert f["latin"].dtype.names == ("température", "n") and f["letters"].dtype.names == ("温度", "n")
print(len(f), "files")
`, string(names))
	if want := fmt.Sprint(len(values), " files"); out != want {
		t.Errorf("Python says %q, want %q", out, want)
	}
	file, err := os.ReadFile(filepath.Join(dir, "letters.npy"))
	if err != nil || !bytes.HasPrefix(file, []byte("\x93NUMPY\x03\x00")) {
		t.Errorf("names in other letters: %q (%v)", file, err)
	}
}
