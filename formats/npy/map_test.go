package npy_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

func saved(tb testing.TB, v any) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "a.npy")
	if err := npy.Save(path, v); err != nil {
		tb.Fatal(err)
	}
	return path
}

// sameMapped compares a mapping with what Load reads, and writes to all of it.
func sameMapped[T npy.Element](t *testing.T, path string) {
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := npy.Load[npy.Array[T]](path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := npy.Map[T](path)
	if err != nil {
		t.Fatal(err)
	}
	other, err := npy.Map[T](path)
	if err != nil {
		t.Fatal(err)
	}
	a := m.Array()
	if !slices.Equal(a.Shape, want.Shape) || a.Fortran != want.Fortran || a.Data == nil || !bytes.Equal(arrayElements(a), arrayElements(want)) {
		t.Errorf("%s: %v, want %v", path, a, want)
	}
	if cap(a.Data) != len(a.Data) {
		t.Errorf("%s: capacity %d for %d elements", path, cap(a.Data), len(a.Data))
	}
	clear(a.Data)
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
		t.Errorf("%s: writing to the array changed the file (%v)", path, err)
	}
	if !bytes.Equal(arrayElements(other.Array()), arrayElements(want)) {
		t.Errorf("%s: writing to the array changed another mapping", path)
	}
	for range 2 {
		if err := errors.Join(m.Close(), other.Close()); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if got := m.Array(); got.Data != nil || got.Shape != nil {
		t.Errorf("%s: after Close: %v", path, got)
	}
}

func TestMap(t *testing.T) {
	sameMapped[float64](t, saved(t, benchData(100_000)))
	sameMapped[volts](t, saved(t, []volts{1, 2}))
	sameMapped[int](t, saved(t, []int{1, -2, 3}))
	sameMapped[float64](t, saved(t, strange))
	n := 0
	for _, g := range goldens(t) {
		if g.Error != "" || g.DType[0] == '>' || strings.HasPrefix(g.File, "foreign") {
			continue
		}
		n++
		path := filepath.Join("testdata", g.File)
		switch g.DType[1:] {
		case "i1":
			sameMapped[int8](t, path)
		case "u2":
			sameMapped[uint16](t, path)
		case "i4":
			sameMapped[int32](t, path)
		case "u8":
			sameMapped[uint64](t, path)
		case "f4":
			sameMapped[float32](t, path)
		case "f8":
			sameMapped[float64](t, path)
		case "c8":
			sameMapped[complex64](t, path)
		case "c16":
			sameMapped[complex128](t, path)
		}
	}
	if n < 30 {
		t.Errorf("only %d files tried", n)
	}
}

// TestMapLarge maps an array that is larger than memory, and touches its ends.
func TestMapLarge(t *testing.T) {
	n := 8 << 20
	if strconv.IntSize == 64 && (runtime.GOOS == "linux" || runtime.GOOS == "darwin") {
		n <<= 10 // 64 GiB, of which the file system stores a few pages
	}
	start := encoded(t, npy.Array[float64]{Shape: []int{0}, Data: nil})
	short, long := "(0,), }", fmt.Sprintf("(%d,), }", n)
	text := strings.Replace(string(start), short+strings.Repeat(" ", len(long)-len(short)), long, 1)
	path := filepath.Join(t.TempDir(), "a.npy")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(len(text))+8*int64(n)); err != nil {
		t.Fatal(err)
	}
	m, err := npy.Map[float64](path)
	if err != nil {
		t.Fatal(err)
	}
	data := m.Array().Data
	if len(data) != n || data[n-1] != 0 {
		t.Errorf("%d elements, the last is %v", len(data), data[n-1])
	}
	data[0], data[n-1] = 1, 2
	if data[0] != 1 || data[n-1] != 2 {
		t.Errorf("%v, %v after writing to them", data[0], data[n-1])
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

func TestMapRefuses(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	check := func(path, text string, err error) {
		t.Helper()
		var mismatch *npy.MismatchError
		if !errors.As(err, &mismatch) || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v; want a MismatchError with the path and %q", path, err, text)
		}
	}
	doubles := saved(t, []float64{1, 2})
	_, err := npy.Map[int64](doubles)
	check(doubles, "cannot convert <f8 into <i8", err)
	_, err = npy.Map[complex128](doubles) // though it would be exact
	check(doubles, "use Load", err)
	big := filepath.Join("testdata", "f8_big_C.npy")
	_, err = npy.Map[float64](big)
	check(big, "order of bytes", err)

	text := "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}"
	odd := makeFile(1, text, make([]byte, 8))
	if (len(odd)-8)%4 == 0 { // 32-bit machines align float64 to 4
		odd = makeFile(1, text+" ", make([]byte, 8))
	}
	path := file("odd.npy", odd)
	_, err = npy.Map[float64](path)
	check(path, "no multiple of", err)

	var typeErr *npy.TypeError
	if _, err := npy.Map[bool](saved(t, []bool{true})); !errors.As(err, &typeErr) || typeErr.Part.String() != "bool" {
		t.Errorf("bools: %v, want a TypeError", err)
	}
	if _, err := npy.Map[float64](filepath.Join(dir, "none.npy")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := npy.Map[float64](dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a folder: %v", err)
	}
	whole := encoded(t, []float64{1, 2})
	for _, bad := range [][]byte{nil, whole[:5], whole[:100], whole[:128], whole[:143], append(whole[:144:144], 1)} {
		var format *npy.FormatError
		if _, err := npy.Map[float64](file("cut.npy", bad)); !errors.As(err, &format) {
			t.Errorf("%d bytes of %d: %v, want a FormatError", len(bad), len(whole), err)
		}
	}
}

// TestMapOutlivesReplacing replaces the file under a mapping, as Save does it.
func TestMapOutlivesReplacing(t *testing.T) {
	path := saved(t, []int64{1, 2, 3})
	m, err := npy.Map[int64](path)
	if err != nil {
		t.Fatal(err)
	}
	if err := npy.Save(path, []int64{9}); err != nil {
		t.Fatal(err)
	}
	if got := m.Array().Data; !slices.Equal(got, []int64{1, 2, 3}) {
		t.Errorf("%v", got)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

func TestMapOtherHost(t *testing.T) {
	big := filepath.Join("testdata", "i4_big_C.npy")
	npy.PretendOtherHost(t)
	if m, err := npy.Map[int32](big); err != nil || m.Close() != nil {
		t.Errorf("a file in this host's order: %v", err)
	}
	if _, err := npy.Map[int32](filepath.Join("testdata", "i4_little_C.npy")); err == nil {
		t.Error("a file in the other order: no error")
	}
}

func TestMapsWhatPythonWrote(t *testing.T) {
	py := pythontest.Find(t)
	path := filepath.Join(t.TempDir(), "a.npy")
	py.Run(t, `import numpy as np, sys; np.save(sys.argv[1], np.asfortranarray(np.arange(60000, dtype="<f4").reshape(300, 200)))`, path)
	m, err := npy.Map[float32](path)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	a := m.Array()
	if !a.Fortran || a.At(299, 199) != 59999 || a.At(1, 0) != 200 {
		t.Errorf("shape %v, Fortran %v, last %v", a.Shape, a.Fortran, a.At(299, 199))
	}
}

// BenchmarkMap opens 128 MB and looks at an element. Beside it stands, in one
// interpreter, np.load(path, mmap_mode="r")[5] in the bench module.
func BenchmarkMap(b *testing.B) {
	path := saved(b, make([]float64, benchElements))
	b.ReportAllocs()
	sum := 0.0
	for b.Loop() {
		m, err := npy.Map[float64](path)
		if err != nil {
			b.Fatal(err)
		}
		sum += m.Array().Data[5]
		if err := m.Close(); err != nil {
			b.Fatal(err)
		}
	}
	if sum != 0 {
		b.Errorf("sum %v", sum)
	}
}
