package npz_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/formats/npz"
)

// A golden is a file that Python wrote and what it must read as. They are made by
// testdata/python/make_npz_golden.py.
type golden struct {
	File    string
	Members []struct {
		Name  string
		DType string
		Shape []int
		Hex   string // elements in C order, little endian
	}
	Error string // or a part of the error
}

func (g golden) path() string { return filepath.Join("testdata", g.File) }

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

// readers read an array of a dtype, without its byte order, and return the
// elements as the manifest has them.
var readers = map[string]func(*testing.T, *npz.Reader, string) string{
	"b1": readAs[bool], "u1": readAs[uint8], "i2": readAs[int16], "i8": readAs[int64], "f4": readAs[float32], "f8": readAs[float64],
}

func readAs[T npy.Element](t *testing.T, r *npz.Reader, name string) string {
	var a npy.Array[T]
	if err := r.Read(name, &a); err != nil {
		t.Fatal(err)
	}
	if len(a.Shape) == 0 { // also as a bare number
		var one T
		if err := r.Read(name, &one); err != nil || one != a.Data[0] {
			t.Errorf("%q: %v, %v; want %v", name, one, err, a.Data[0])
		}
	}
	return hex.EncodeToString(littleEndian(reflect.ValueOf(a.COrder().Data)))
}

func TestGoldenReads(t *testing.T) {
	n := 0
	for _, g := range goldens(t) {
		if g.Error != "" {
			continue
		}
		n++
		t.Run(g.File, func(t *testing.T) {
			r, err := npz.Open(g.path())
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			var names []string
			for _, m := range g.Members {
				names = append(names, m.Name)
				h, err := r.Header(m.Name)
				if err != nil || h.DType != m.DType || !slices.Equal(h.Shape, m.Shape) {
					t.Errorf("header of %q: %+v, %v; want %+v", m.Name, h, err, m)
				}
				if got := readers[m.DType[1:]](t, r, m.Name); got != m.Hex {
					t.Errorf("%q: %s, want %s", m.Name, got, m.Hex)
				}
			}
			if got := r.Names(); !slices.Equal(got, names) {
				t.Errorf("names %q, want %q", got, names)
			}
		})
	}
	if n < 7 {
		t.Errorf("only %d files tried", n)
	}
}

func TestGoldenErrors(t *testing.T) {
	n := 0
	for _, g := range goldens(t) {
		if g.Error == "" {
			continue
		}
		n++
		_, err := npz.Load[map[string]npy.Array[float64]](g.path())
		if err == nil || !strings.Contains(err.Error(), g.Error) {
			t.Errorf("%s: %v, want %q", g.File, err, g.Error)
		}
		var bad *npz.FormatError
		var badArray *npy.FormatError
		if !errors.As(err, &bad) && !errors.As(err, &badArray) {
			t.Errorf("%s: %v, want a FormatError", g.File, err)
		}
		if unsupported := g.File == "bzip2.npz" || g.File == "lzma.npz" || g.File == "object.npz"; errors.Is(err, errors.ErrUnsupported) != unsupported {
			t.Errorf("%s: %v; is it unsupported? want %v", g.File, err, unsupported)
		}
	}
	if n < 7 {
		t.Errorf("only %d files tried", n)
	}
}
