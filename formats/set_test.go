package formats_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/formats/npy"
)

type fit struct {
	Frequency, Amplitude float64
	Label                string
}

func TestSetChoosesByType(t *testing.T) {
	for _, c := range []struct {
		typ  reflect.Type
		want string // the formats, the preferred one first
	}{
		{reflect.TypeFor[[]float64](), "npy gob"},
		{reflect.TypeFor[[]bool](), "npy gob"},
		{reflect.TypeFor[[3][4]complex64](), "npy gob"},
		{reflect.TypeFor[[][]float32](), "npy gob"},
		{reflect.TypeFor[*mat.Dense](), "npy gob"},
		{reflect.TypeFor[*mat.SymDense](), "npy"}, // unexported fields and no marshaler
		{reflect.TypeFor[npy.Array[int16]](), "npy gob"},
		{reflect.TypeFor[float64](), "gob"},
		{reflect.TypeFor[string](), "gob"},
		{reflect.TypeFor[fit](), "gob"},
		{reflect.TypeFor[map[string][]float64](), "npz gob"},
		{reflect.TypeFor[map[string]float64](), "gob"},
	} {
		fs, err := formats.Set{}.For(c.typ)
		if err != nil {
			t.Errorf("%v: %v", c.typ, err)
			continue
		}
		var names []string
		for _, f := range fs {
			names = append(names, f.Name())
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%v goes to %q, want %q", c.typ, got, c.want)
		}
	}
}

// ByType has the formats that For can give, and none of those that must be named.
func TestSetByType(t *testing.T) {
	names := map[string]bool{}
	for _, f := range (formats.Set{}).ByType() {
		names[f.Name()] = true
	}
	if !names["npy"] || !names["npz"] || !names["gob"] || names["json"] || names["csv"] {
		t.Errorf("by type: %v", names)
	}
	for _, v := range []any{[]float64{}, map[string][]int{}, "text", 1} {
		found, err := (formats.Set{}).For(reflect.TypeOf(v))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if !names[f.Name()] {
				t.Errorf("%T goes into %s, which ByType has not", v, f.Name())
			}
		}
	}
}

func TestSetRefusesWithReasons(t *testing.T) {
	type result struct{ Done func() }
	for range 2 { // the second answer is a cached one
		_, err := formats.Set{}.For(reflect.TypeFor[result]())
		var refused *formats.TypeError
		if !errors.As(err, &refused) || len(refused.Reasons) != 3 || !strings.Contains(err.Error(), "Done") {
			t.Fatalf("got %v, want a TypeError with three reasons that names the field", err)
		}
	}
}

// The slice that For returns is the caller's.
func TestSetIsNotChangedThroughItsAnswers(t *testing.T) {
	typ := reflect.TypeFor[[]float64]()
	first, err := formats.Set{}.For(typ)
	if err != nil {
		t.Fatal(err)
	}
	first[0] = nil
	second, err := formats.Set{}.For(typ)
	if err != nil || second[0] == nil {
		t.Errorf("the set's own list was changed: %v, %v", second, err)
	}
}

func note(name string) formats.Format {
	return formats.Func(name, name,
		func(w io.Writer, v fit) error {
			_, err := fmt.Fprintf(w, "%g %g", v.Frequency, v.Amplitude)
			return err
		},
		func(r io.Reader) (v fit, err error) {
			_, err = fmt.Fscanf(r, "%g %g", &v.Frequency, &v.Amplitude)
			return v, err
		})
}

func TestWithComesFirst(t *testing.T) {
	plain := formats.Set{}
	set := plain.With(note("a")).With(note("b"), note("c"))
	fs, err := set.For(reflect.TypeFor[fit]())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range fs {
		names = append(names, f.Name())
	}
	if got, want := strings.Join(names, " "), "b c a gob"; got != want {
		t.Errorf("asked in the order %q, want %q", got, want)
	}
	if got := namesOf(plain.All()); slices.Contains(got, "a") {
		t.Errorf("With changed the set it was called on: it has %q", got)
	}
	if f, err := set.ByName("c"); err != nil || f.Ext() != "c" {
		t.Errorf("ByName: %v, %v", f, err)
	}
	if _, err := set.ByName("tiff"); err == nil || !strings.Contains(err.Error(), "b, c, a, npy, npz, gob") {
		t.Errorf("unknown name: %v, want one that lists the known", err)
	}
}

// Rows of different lengths are no array, so gob takes them.
func TestValueThatDoesNotFit(t *testing.T) {
	ragged := [][]float64{{1, 2}, {3}}
	fs, err := formats.Set{}.For(reflect.TypeOf(ragged))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := fs[0].Encode(&out, ragged); !errors.Is(err, formats.ErrValue) || out.Len() > 0 {
		t.Fatalf("npy: %v after %d bytes, want ErrValue and nothing written", err, out.Len())
	}
	if _, err := fs[1].Encode(&out, ragged); err != nil {
		t.Fatal(err)
	}
	var got [][]float64
	if err := fs[1].Decode(bytes.NewReader(out.Bytes()), &got); err != nil || !reflect.DeepEqual(got, ragged) {
		t.Errorf("gob: %v, %v", got, err)
	}
}

func TestInfo(t *testing.T) {
	fs, err := formats.Set{}.For(reflect.TypeFor[[][]float32]())
	if err != nil {
		t.Fatal(err)
	}
	info, err := fs[0].Encode(io.Discard, [][]float32{{1, 2, 3}, {4, 5, 6}})
	if want := (formats.Info{DType: "<f4", Shape: []int{2, 3}}); err != nil || !reflect.DeepEqual(info, want) {
		t.Errorf("got %v, %v, want %v", info, err, want)
	}
}

func TestFuncContainsPanics(t *testing.T) {
	f := formats.Func("bad", "bad",
		func(io.Writer, int) error { panic("no") },
		func(io.Reader) (int, error) { var s []int; return s[3], nil })
	if _, err := f.Encode(io.Discard, 1); err == nil || !strings.Contains(err.Error(), "no") {
		t.Errorf("Encode: %v", err)
	}
	if err := f.Decode(bytes.NewReader(nil), new(int)); err == nil || !strings.Contains(err.Error(), "out of range") {
		t.Errorf("Decode: %v", err)
	}
	if _, err := f.Encode(io.Discard, "text"); !errors.Is(err, formats.ErrValue) {
		t.Errorf("Encode of another type: %v", err)
	}
	if err := f.Decode(bytes.NewReader(nil), new(string)); err == nil {
		t.Error("Decode into another type: no error")
	}
	if err := f.Accepts(reflect.TypeFor[int64]()); err == nil {
		t.Error("accepts int64, though it is for int")
	}
}
