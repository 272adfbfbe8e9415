package npy_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
)

// A golden is a file that numpy wrote and what it must read as. They are made by
// testdata/python/make_npy_golden.py.
type golden struct {
	File    string
	DType   string
	Fortran bool
	Shape   []int
	Version [2]byte
	Hex     string // elements in C order, little endian
	Error   string // or a part of the error
}

func goldens(tb testing.TB) []golden {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "manifest.json"))
	if err != nil {
		tb.Fatal(err)
	}
	var manifest struct{ Files []golden }
	if err := json.Unmarshal(text, &manifest); err != nil {
		tb.Fatal(err)
	}
	return manifest.Files
}

func (g golden) read(tb testing.TB) []byte {
	tb.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", g.File))
	if err != nil {
		tb.Fatal(err)
	}
	return file
}

// readers checks a golden against everything that can hold it, by its dtype
// without byte order.
var readers = map[string]func(*testing.T, golden, []byte){
	"b1": readAs[bool], "i1": readAs[int8], "i2": readAs[int16], "i4": readAs[int32], "i8": readAs[int64],
	"u1": readAs[uint8], "u2": readAs[uint16], "u4": readAs[uint32], "u8": readAs[uint64],
	"f2": readAs[npy.Float16], "f4": readAs[float32], "f8": readAs[float64], "c8": readAs[complex64], "c16": readAs[complex128],
}

func readAs[T npy.Element](t *testing.T, g golden, file []byte) {
	want := unhex(t, g.Hex)

	a := decode[npy.Array[T]](t, file)
	if !slices.Equal(a.Shape, g.Shape) || a.Fortran != g.Fortran || a.Data == nil || a.Shape == nil {
		t.Errorf("Array: shape %v, Fortran %v; want %v, %v", a.Shape, a.Fortran, g.Shape, g.Fortran)
	}
	if got := arrayElements(a); !bytes.Equal(got, want) {
		t.Errorf("Array: elements %x, want %x", got, want)
	}
	if got := elements(reflect.ValueOf(a.COrder().Data)); !bytes.Equal(got, want) {
		t.Errorf("COrder: elements %x, want %x", got, want)
	}
	if len(g.Shape) == 0 {
		return
	}

	// Slices of slices, and arrays of arrays, of as many axes.
	slice, array := reflect.TypeFor[T](), reflect.TypeFor[T]()
	for k := range g.Shape {
		slice, array = reflect.SliceOf(slice), reflect.ArrayOf(g.Shape[len(g.Shape)-1-k], array)
	}
	for _, typ := range []reflect.Type{slice, array} {
		dst := reflect.New(typ)
		if err := decodeError(file, dst.Interface()); err != nil {
			t.Errorf("%v: %v", typ, err)
		} else if got := elements(dst.Elem()); !bytes.Equal(got, want) {
			t.Errorf("%v: elements %x, want %x", typ, got, want)
		}
	}
}

func TestGoldenReads(t *testing.T) {
	for _, g := range goldens(t) {
		if g.Error != "" {
			continue
		}
		t.Run(g.File, func(t *testing.T) {
			file := g.read(t)
			h := header(t, file)
			// numpy keeps "=f8" as it was; here the header says what it means.
			if h.DType != g.DType || h.Fortran != g.Fortran || !slices.Equal(h.Shape, g.Shape) || h.Version != g.Version {
				t.Errorf("header %+v, want %+v", h, g)
			}
			if want := int64(len(file) - len(g.Hex)/2); h.DataOffset != want {
				t.Errorf("DataOffset %d, want %d", h.DataOffset, want)
			}
			readers[g.DType[1:]](t, g, file)
		})
	}
}

func TestGoldenDense(t *testing.T) {
	for _, g := range goldens(t) {
		if g.Error != "" || len(g.Shape) != 2 || g.Shape[0] == 0 || g.Shape[1] == 0 {
			continue
		}
		file := g.read(t)
		switch g.DType[1:] {
		case "f8":
			m := decode[*mat.Dense](t, file)
			if got := elements(reflect.ValueOf(m.RawMatrix().Data)); !bytes.Equal(got, unhex(t, g.Hex)) {
				t.Errorf("%s: elements %x, want %s", g.File, got, g.Hex)
			}
		case "c16":
			m := decode[mat.CDense](t, file)
			if got := elements(reflect.ValueOf(m.RawCMatrix().Data)); !bytes.Equal(got, unhex(t, g.Hex)) {
				t.Errorf("%s: elements %x, want %s", g.File, got, g.Hex)
			}
		}
	}
}

// TestGoldenWrites writes what numpy wrote, and expects the same bytes.
func TestGoldenWrites(t *testing.T) {
	same := func(t *testing.T, g golden, v any) {
		if got, want := encoded(t, v), g.read(t); !bytes.Equal(got, want) {
			t.Errorf("%s: wrote\n%q\nnumpy wrote\n%q", g.File, got, want)
		}
	}
	n := 0
	for _, g := range goldens(t) {
		if g.Error != "" || g.DType[0] == '>' || g.Version[0] != 1 || strings.HasPrefix(g.File, "foreign") {
			continue
		}
		n++
		file := g.read(t)
		switch g.DType[1:] {
		case "b1":
			same(t, g, decode[npy.Array[bool]](t, file))
		case "i1":
			same(t, g, decode[npy.Array[int8]](t, file))
		case "i2":
			same(t, g, decode[npy.Array[int16]](t, file))
		case "i4":
			same(t, g, decode[npy.Array[int32]](t, file))
		case "i8":
			same(t, g, decode[npy.Array[int64]](t, file))
		case "u1":
			same(t, g, decode[npy.Array[uint8]](t, file))
		case "u2":
			same(t, g, decode[npy.Array[uint16]](t, file))
		case "u4":
			same(t, g, decode[npy.Array[uint32]](t, file))
		case "u8":
			same(t, g, decode[npy.Array[uint64]](t, file))
		case "f2":
			same(t, g, decode[npy.Array[npy.Float16]](t, file))
		case "f4":
			same(t, g, decode[npy.Array[float32]](t, file))
		case "f8":
			same(t, g, decode[npy.Array[float64]](t, file))
			if len(g.Shape) == 2 && !g.Fortran && g.Shape[0] > 0 {
				same(t, g, decode[[][]float64](t, file))
			}
		case "c8":
			same(t, g, decode[npy.Array[complex64]](t, file))
		case "c16":
			same(t, g, decode[npy.Array[complex128]](t, file))
		default:
			t.Errorf("%s: dtype %s is not tried", g.File, g.DType)
		}
	}
	if n < 30 {
		t.Errorf("only %d files tried", n)
	}
}

func TestGoldenUnsupported(t *testing.T) {
	n := 0
	for _, g := range goldens(t) {
		if g.Error == "" {
			continue
		}
		n++
		file := g.read(t)
		_, headerErr := npy.ReadHeader(bytes.NewReader(file), int64(len(file)))
		for _, err := range []error{headerErr, decodeError(file, new([]float64)), decodeError(file, new(npy.Array[int8]))} {
			var bad *npy.FormatError
			if !errors.As(err, &bad) || !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), g.Error) {
				t.Errorf("%s: error %v; want a FormatError with %q that is ErrUnsupported", g.File, err, g.Error)
			} else if bad.Field != "descr" || !bytes.HasSuffix(file[:bad.Offset], []byte("'descr': ")) {
				t.Errorf("%s: error at %s, byte %d; want the value of descr", g.File, bad.Field, bad.Offset)
			}
		}
	}
	if n < 7 {
		t.Errorf("only %d files tried", n)
	}
}
