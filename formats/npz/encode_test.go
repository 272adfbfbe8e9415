package npz_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/formats/npz"
)

var packings = []npz.Options{{}, {Level: 1}, {Level: 6}, {Level: 9}}

// tester is a *testing.T, or rapid's.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

func encoded(tb tester, o npz.Options, v any) []byte {
	tb.Helper()
	var file bytes.Buffer
	if _, err := o.Encode(&file, v); err != nil {
		tb.Fatalf("%T: %v", v, err)
	}
	return file.Bytes()
}

func decode(file []byte, dst any) error {
	return npz.Decode(bytes.NewReader(file), int64(len(file)), dst)
}

// aResult has strange numbers, and an array long enough to be summed while it is written.
func aResult() result {
	long := make([]float64, 1<<16)
	for i := range long {
		long[i] = math.Sqrt(float64(i))
	}
	return result{
		Mean:   long,
		Slopes: mat.NewDense(2, 3, []float64{1, math.Inf(1), math.Copysign(0, -1), 4, 5, 6}),
		Frames: npy.Array[int16]{Shape: []int{2, 1, 2}, Fortran: true, Data: []int16{1, -2, 3, -4}},
		Pair:   [2]float64{1, 2}, Rows: [][]complex64{{1i}, {2}},
		Gain: math.Float64frombits(0x7FF0000000000001), Offset: volts(math.Float32frombits(0x7F800001)),
		Count: -7, Closed: true, Loop: 5e9,
	}
}

// TestFileIsAZip has archive/zip, which checks sums and descriptors, read what we wrote.
func TestFileIsAZip(t *testing.T) {
	for _, o := range packings {
		file := encoded(t, o, aResult())
		z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range z.File {
			names = append(names, f.Name)
			at, err := f.DataOffset()
			if err != nil {
				t.Fatal(err)
			}
			if stored := o.Level == 0; stored && at%64 != 0 || stored != (f.Method == zip.Store) {
				t.Errorf("level %d: %s at byte %d, method %d", o.Level, f.Name, at, f.Method)
			}
			if want := "1980-01-01 00:00:00"; f.Modified.Format("2006-01-02 15:04:05") != want {
				t.Errorf("%s is of %v", f.Name, f.Modified)
			}
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(r)
			if err != nil {
				t.Fatalf("level %d: %s: %v", o.Level, f.Name, err)
			}
			if _, err := npy.ReadHeader(bytes.NewReader(content), int64(len(content))); err != nil {
				t.Errorf("%s: %v", f.Name, err)
			}
		}
		want := []string{"Closed.npy", "Count.npy", "Frames.npy", "Gain.npy", "Loop.npy", "Offset.npy", "Pair.npy", "Slopes.npy", "deep/rows.npy", "mean.npy"}
		if !slices.Equal(names, want) {
			t.Errorf("members %q, want %q", names, want)
		}
	}
}

// TestAlignment tries names of every length around a multiple of 64.
func TestAlignment(t *testing.T) {
	arrays := make(map[string][]int8)
	for n := range 200 {
		arrays[strings.Repeat("n", n)] = make([]int8, n%7)
	}
	file := encoded(t, npz.Options{}, arrays)
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if at, err := f.DataOffset(); err != nil || at%64 != 0 {
			t.Errorf("%s: at byte %d, %v", f.Name, at, err)
		}
	}
	if len(z.File) != 200 {
		t.Errorf("%d members", len(z.File))
	}
}

func TestSameValueSameBytes(t *testing.T) {
	arrays := make(map[string][]float64)
	for i := range 50 {
		arrays[fmt.Sprint(i)] = []float64{float64(i)}
	}
	for _, o := range packings {
		first := encoded(t, o, arrays)
		for range 5 {
			if !bytes.Equal(encoded(t, o, arrays), first) {
				t.Fatalf("level %d: another file", o.Level)
			}
		}
	}
}

func TestMembers(t *testing.T) {
	members, err := npz.Encode(io.Discard, map[string]any{"b": []int16{1, 2}, "a": 1.5, "c": mat.NewVecDense(3, nil)})
	var got []string
	for _, m := range members {
		got = append(got, fmt.Sprint(m.Name, m.Header.DType, m.Header.Shape))
	}
	if want := []string{"a<f8[]", "b<i2[2]", "c<f8[3]"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}

// TestErrValue refuses values, and writes nothing then.
func TestErrValue(t *testing.T) {
	for _, test := range []struct {
		v    any
		text string
	}{
		{map[string][]float64{"a": {1}, "b": nil}, `key "b": value does not fit a .npz file: nil []float64`},
		{map[string]*mat.Dense{"a": nil}, "nil *mat.Dense"},
		{map[string][][]float64{"a": {{1}, {2, 3}}}, "rows differ"},
		{map[string]npy.Array[int8]{"a": {}}, "Data has 0"},
		{map[string]any{"a": nil}, "nil"},
		{map[string]any{"a": make(chan int)}, "not a bool"},
		{map[string]any{"a": map[string][]float64{}}, "not a bool"},
		{map[string][]int8{"a.npy": {}}, "removes .npy"},
		{map[string][]int8{`a\b`: {}}, "Windows"},
		{map[string][]int8{"a\x00b": {}}, "NUL"},
		{map[string][]int8{"\xff": {}}, "UTF-8"},
		{map[string][]int8{strings.Repeat("x", 1<<16-4): {}}, "at most 65531"},
		{(*result)(nil), "nil *npz_test.result"},
		{result{Slopes: &mat.Dense{}}, "field Frames: value does not fit"},
		{inner{}, "field A: value does not fit a .npz file: nil []float64"},
	} {
		var file bytes.Buffer
		_, err := npz.Encode(&file, test.v)
		if !errors.Is(err, npz.ErrValue) || !strings.Contains(err.Error(), test.text) || !strings.HasPrefix(err.Error(), "npz: ") {
			t.Errorf("%T: %v; want ErrValue with %q", test.v, err, test.text)
		}
		if file.Len() > 0 {
			t.Errorf("%T: %d bytes were written", test.v, file.Len())
		}
	}

	var bad *npz.TypeError
	if _, err := npz.Encode(io.Discard, []float64{1}); !errors.As(err, &bad) {
		t.Errorf("a slice: %v, want a TypeError", err)
	}
	if _, err := npz.Encode(io.Discard, nil); !errors.As(err, &bad) {
		t.Errorf("nil: %v, want a TypeError", err)
	}
	for _, level := range []int{-1, 10} {
		o := npz.Options{Level: level}
		if _, err := o.Encode(io.Discard, inner{A: []float64{}}); err == nil || !strings.Contains(err.Error(), "compression level") {
			t.Errorf("level %d: %v", level, err)
		}
		if _, err := o.NewWriter(io.Discard); err == nil || !strings.Contains(err.Error(), "compression level") {
			t.Errorf("level %d: %v", level, err)
		}
	}
}

// failing writes n bytes and then no more.
type failing struct{ n int }

var errFull = errors.New("disk full")

func (f *failing) Write(p []byte) (int, error) {
	n := min(f.n, len(p))
	f.n -= n
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

func TestWriteFails(t *testing.T) {
	v := map[string][]float64{"a": {1, 2}, "b": make([]float64, 1<<16)}
	for _, o := range packings {
		size := len(encoded(t, o, v))
		for n := 0; n < size; n += max(1, size/50) {
			_, err := o.Encode(&failing{n}, v)
			if !errors.Is(err, errFull) || errors.Is(err, npz.ErrValue) {
				t.Fatalf("level %d, room for %d bytes: %v", o.Level, n, err)
			}
		}
	}
}

func TestWriter(t *testing.T) {
	for _, o := range packings {
		var file bytes.Buffer
		w, err := o.NewWriter(&file)
		if err != nil {
			t.Fatal(err)
		}
		check := func(err, want error) {
			t.Helper()
			if !errors.Is(err, want) {
				t.Errorf("level %d: %v, want %v", o.Level, err, want)
			}
		}
		check(w.Write("z", []float64{1, 2}), nil)
		check(w.Write("a", []int8{3}), nil)
		check(w.Write("a", []int8{4}), npz.ErrValue) // taken
		check(w.Write("n", []int8(nil)), npz.ErrValue)
		check(w.Write("a.npy", []int8{4}), npz.ErrValue)
		var bad *npy.TypeError
		if err := w.Write("s", []any{"text"}); !errors.As(err, &bad) {
			t.Errorf("interfaces: %v, want a TypeError", err)
		}
		if err := w.Write("nil", nil); !errors.As(err, &bad) {
			t.Errorf("nil: %v, want a TypeError", err)
		}
		check(w.Write("gain", 0.5), nil)
		check(w.Close(), nil)
		if w.Write("late", []int8{4}) == nil || w.Close() == nil {
			t.Error("a closed Writer works on")
		}

		r, err := npz.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := r.Names(), []string{"z", "a", "gain"}; !slices.Equal(got, want) {
			t.Errorf("names %q, want %q", got, want)
		}
		var a []int8
		var gain float64
		check(r.Read("a", &a), nil)
		check(r.Read("gain", &gain), nil)
		if !slices.Equal(a, []int8{3}) || gain != 0.5 {
			t.Errorf("a %v, gain %v", a, gain)
		}
	}
}

func TestWriterIsBrokenByItsWriter(t *testing.T) {
	w := npz.NewWriter(&failing{100})
	big := make([]float64, 1<<16)
	for _, name := range []string{"a", "b"} {
		if err := w.Write(name, big); !errors.Is(err, errFull) {
			t.Errorf("write %s: %v", name, err)
		}
	}
	if err := w.Close(); !errors.Is(err, errFull) {
		t.Errorf("close: %v", err)
	}
}
