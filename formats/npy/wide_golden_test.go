package npy_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats/npy"
)

// A wideGolden is a file that numpy wrote, of elements that are no plain numbers,
// and what they are, as text in C order (empty for rows of fields).
type wideGolden struct {
	File  string
	DType string
	Shape []int
	Text  []string
}

var wideFolder = filepath.Join("testdata", "wide")

func wideGoldens(tb testing.TB) []wideGolden {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(wideFolder, "manifest.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var manifest struct{ Files []wideGolden }
	if err := json.Unmarshal(text, &manifest); err != nil {
		tb.Fatal(err)
	}
	if len(manifest.Files) < 80 {
		tb.Fatalf("only %d files", len(manifest.Files))
	}
	return manifest.Files
}

func wideFile(tb testing.TB, name string) []byte {
	tb.Helper()
	file, err := os.ReadFile(filepath.Join(wideFolder, name))
	if err != nil {
		tb.Fatal(err)
	}
	return file
}

// readFlat reads a file of one element type, of no, one or two axes, in C order.
func readFlat[T any](t *testing.T, file []byte, axes int) []T {
	switch axes {
	case 0:
		return []T{decode[npy.Scalar[T]](t, file).Value}
	case 1:
		return decode[[]T](t, file)
	default:
		return slices.Concat(decode[[][]T](t, file)...)
	}
}

func TestWideGoldens(t *testing.T) {
	for _, g := range wideGoldens(t) {
		if g.DType == "" {
			continue
		}
		t.Run(g.File, func(t *testing.T) {
			file := wideFile(t, g.File)
			if h := header(t, file); h.DType != g.DType || !slices.Equal(h.Shape, g.Shape) {
				t.Errorf("header %+v, want %s and %v", h, g.DType, g.Shape)
			}
			var got []string
			switch g.DType[1] {
			case 'M':
				for _, x := range readFlat[time.Time](t, file, len(g.Shape)) {
					if x.IsZero() {
						got = append(got, "NaT")
						continue
					}
					if x.Location() != time.UTC {
						t.Errorf("%v is not in UTC", x)
					}
					got = append(got, x.Format("2006-01-02T15:04:05.000000000"))
				}
			case 'm':
				for _, x := range readFlat[time.Duration](t, file, len(g.Shape)) {
					got = append(got, strconv.FormatInt(int64(x), 10))
				}
			default:
				got = readFlat[string](t, file, len(g.Shape))
			}
			if !slices.Equal(got, g.Text) {
				t.Errorf("read\n%q, want\n%q", got, g.Text)
			}
		})
	}
}

// TestWideGoldensWritten writes what numpy wrote, and expects the same bytes.
func TestWideGoldensWritten(t *testing.T) {
	same := func(name string, v any) {
		t.Helper()
		if got, want := encoded(t, v), wideFile(t, name); !bytes.Equal(got, want) {
			t.Errorf("%s: wrote\n%q\nnumpy wrote\n%q", name, got, want)
		}
	}
	same("time_ns_little.npy", decode[[]time.Time](t, wideFile(t, "time_ns_big.npy")))
	same("time_limits.npy", decode[[3]time.Time](t, wideFile(t, "time_limits.npy")))
	same("length_ns_little.npy", decode[[]time.Duration](t, wideFile(t, "length_ns_big.npy")))
	same("length_2x3_F.npy", decode[npy.Array[time.Duration]](t, wideFile(t, "length_2x3_F.npy")))
	same("text_little.npy", decode[[]string](t, wideFile(t, "text_big.npy")))
	same("text_empty.npy", []string{"", ""})
	same("text_scalar.npy", npy.Scalar[string]{Value: "café"})
	same("text_2x3_C.npy", decode[[][]string](t, wideFile(t, "text_2x3_F.npy")))
	same("row_2x3_C.npy", decode[[][]point](t, wideFile(t, "row_2x3_F.npy")))
	same("row_nested.npy", decode[[]nested](t, wideFile(t, "row_nested.npy")))
	same("row_names.npy", decode[[]latinNames](t, wideFile(t, "row_names.npy")))
	same("row_utf8_names.npy", decode[[]otherNames](t, wideFile(t, "row_utf8_names.npy")))
	same("row_numbers.npy", decode[[]numbers](t, wideFile(t, "row_numbers.npy")))

	// Of the same texts, ours is as narrow as they allow.
	stars := decode[[]star](t, wideFile(t, "row_packed.npy"))
	stars[0].Name = "8 bytes!"
	if got := header(t, encoded(t, stars)).DType; got != header(t, wideFile(t, "row_packed.npy")).DType {
		t.Errorf("wrote %s", got)
	}
}

type (
	star struct {
		ID       int32         `npy:"id"`
		Name     string        `npy:"name"`
		Pos      [3]float64    `npy:"pos"`
		Seen     time.Time     `npy:"seen"`
		Exposure time.Duration `npy:"exposure"`
		Good     bool          `npy:"good"`
		Flux     npy.Float16   `npy:"flux"`
	}
	point struct {
		X   int16   `npy:"x"`
		Y   float64 `npy:"y"`
		Tag string  `npy:"tag"`
	}
	inner struct {
		A uint8     `npy:"a"`
		B [2]string `npy:"b"`
	}
	nested struct {
		N   int64    `npy:"n"`
		One inner    `npy:"one"`
		Two [2]inner `npy:"two"`
	}
	latinNames struct {
		T float32 `npy:"température"`
		N int64   `npy:"n"`
	}
	otherNames struct {
		T float32 `npy:"温度"`
		N int64   `npy:"n"`
	}
	numbers struct { // in memory as in the file
		X  float64  `npy:"x"`
		Y  float64  `npy:"y"`
		IJ [2]int32 `npy:"ij"`
	}
)

func theStars() []star {
	return []star{
		{7, "Vega", [3]float64{1.5, math.Copysign(0, -1), math.Inf(1)}, time.Date(2024, 4, 10, 11, 22, 33, 44, time.UTC), 1500, true, npy.NewFloat16(0.5)},
		{-1, "α Cen", [3]float64{0, 1, 2}, time.Time{}, -3, false, npy.NewFloat16(-2)},
	}
}

func TestRecordGoldens(t *testing.T) {
	for _, name := range []string{"row_packed.npy", "row_aligned.npy", "row_big.npy", "row_titled.npy"} {
		got := decode[[]star](t, wideFile(t, name))
		if !reflect.DeepEqual(got, theStars()) || !math.Signbit(got[0].Pos[1]) {
			t.Errorf("%s: %+v, want %+v", name, got, theStars())
		}
	}
	type wide struct {
		ID       int64
		Name     string
		Pos      [3]complex128
		SEEN     time.Time
		Exposure time.Duration
		Good     bool
		Flux     float64
	}
	file := wideFile(t, "row_other_widths.npy")
	got := decode[[]wide](t, file)
	if w := got[1]; w.ID != -1 || w.Name != "α Cen" || w.Pos != [3]complex128{0, 1, 2} || !w.SEEN.IsZero() || w.Exposure != -3 || w.Good || w.Flux != -2 {
		t.Errorf("other widths: %+v", got)
	}
	file = bytes.Replace(file, []byte("m8[ps]"), []byte("m8[fs]"), 1)
	if err := decodeError(file, &got); err == nil || !strings.Contains(err.Error(), "element (0,) field Exposure is 1500000 fs, which a time.Duration cannot hold") {
		t.Errorf("part of a nanosecond: %v", err)
	}

	for _, name := range []string{"row_2x3_C.npy", "row_2x3_F.npy"} {
		want := [2][3]point{{{0, 0, "00"}, {1, -0.5, "01"}, {2, -1, "02"}}, {{10, 1, "10"}, {11, 0.5, "11"}, {12, 0, "12"}}}
		if got := decode[[2][3]point](t, wideFile(t, name)); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	wantNested := nested{1, inner{2, [2]string{"x", "yyy"}}, [2]inner{{3, [2]string{"", "z"}}, {4, [2]string{"www", ""}}}}
	if got := decode[[1]nested](t, wideFile(t, "row_nested.npy")); got[0] != wantNested {
		t.Errorf("nested: %v", got)
	}
	if got := decode[[]latinNames](t, wideFile(t, "row_names.npy")); got[0] != (latinNames{1.5, 2}) {
		t.Errorf("Latin-1 names: %v", got)
	}
	if got := decode[[]otherNames](t, wideFile(t, "row_utf8_names.npy")); got[0] != (otherNames{1.5, 2}) {
		t.Errorf("UTF-8 names: %v", got)
	}
	if got := decode[[]numbers](t, wideFile(t, "row_numbers.npy")); got[1] != (numbers{5, 6, [2]int32{7, 8}}) {
		t.Errorf("numbers: %v", got)
	}
}
