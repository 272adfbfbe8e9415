package npy_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
)

func reader(tb testing.TB, file []byte) *npy.Reader {
	tb.Helper()
	r, err := npy.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// sameRows compares every range of rows, read on its own, with the whole array.
func sameRows[T npy.Element](tb testing.TB, file []byte) {
	tb.Helper()
	r := reader(tb, file)
	whole := decode[npy.Array[T]](tb, file)
	row := 1
	for _, n := range whole.Shape[1:] {
		row *= n
	}
	if r.Rows() != whole.Shape[0] || !reflect.DeepEqual(r.Header(), header(tb, file)) {
		tb.Fatalf("%d rows, header %+v", r.Rows(), r.Header())
	}
	steps := max(1, r.Rows()/7)
	for first := 0; first <= r.Rows(); first += steps {
		for n := 0; first+n <= r.Rows(); n += steps {
			want := elements(reflect.ValueOf(whole.Data[first*row : (first+n)*row]))
			var a npy.Array[T]
			if err := r.ReadRows(first, n, &a); err != nil {
				tb.Fatal(err)
			}
			if !slices.Equal(a.Shape, append([]int{n}, whole.Shape[1:]...)) || !bytes.Equal(elements(reflect.ValueOf(a.Data)), want) {
				tb.Fatalf("rows [%d:%d] of %v: shape %v, %v", first, first+n, whole.Shape, a.Shape, a.Data)
			}
			dst := make([]T, n*row)
			if err := npy.Fill(r, first, dst); err != nil {
				tb.Fatal(err)
			}
			if !bytes.Equal(elements(reflect.ValueOf(dst)), want) {
				tb.Fatalf("Fill from %d of %v: %v", first, whole.Shape, dst)
			}
		}
	}
}

func TestRows(t *testing.T) {
	sameRows[float64](t, encoded(t, benchData(1000)))
	sameRows[float64](t, encoded(t, rowsOf(benchData(30_000), 100)))
	sameRows[complex64](t, encoded(t, npy.NewArray[complex64](5, 3, 2)))
	sameRows[bool](t, encoded(t, []bool{true, false, true, true}))
	sameRows[float64](t, encoded(t, []int16{1, -2, 3}))
	sameRows[int16](t, encoded(t, npy.NewArray[int16](4, 0)))
	sameRows[int16](t, encoded(t, npy.NewArray[int16](0, 4)))
	// Axes without elements that cannot be counted together.
	sameRows[uint8](t, makeFile(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 2000000000, 2000000000, 2000000000)}", nil))
	// Fortran order, where both orders are the same.
	sameRows[float64](t, encoded(t, npy.Array[float64]{Shape: []int{5, 1}, Fortran: true, Data: benchData(5)}))
	for _, g := range goldens(t) {
		if g.Error != "" || g.Fortran || len(g.Shape) == 0 {
			continue
		}
		if g.DType[1:] == "f8" {
			sameRows[float64](t, g.read(t))
		}
		if g.DType[1:] == "i2" {
			sameRows[int16](t, g.read(t))
			sameRows[complex128](t, g.read(t))
		}
	}
}

func TestRowsIntoOtherTypes(t *testing.T) {
	r := reader(t, encoded(t, [][]float32{{1, 2}, {3, 4}, {5, 6}}))
	var rows [][]float64
	var pairs [][2]float32
	var two [2][2]float32
	var m *mat.Dense
	for _, dst := range []any{&rows, &pairs, &two, &m} {
		if err := r.ReadRows(1, 2, dst); err != nil {
			t.Fatalf("%T: %v", dst, err)
		}
	}
	if !reflect.DeepEqual(rows, [][]float64{{3, 4}, {5, 6}}) || !reflect.DeepEqual(pairs, [][2]float32{{3, 4}, {5, 6}}) ||
		two != [2][2]float32{{3, 4}, {5, 6}} || !mat.Equal(m, mat.NewDense(2, 2, []float64{3, 4, 5, 6})) {
		t.Errorf("%v, %v, %v, %v", rows, pairs, two, m)
	}
}

// TestRowsReadNoMore counts the bytes that are asked for.
func TestRowsReadNoMore(t *testing.T) {
	file := encoded(t, rowsOf(benchData(100_000), 100))
	src := &counting{r: bytes.NewReader(file)}
	r, err := npy.NewReader(src, int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if src.n > 4096 {
		t.Errorf("the header took %d bytes", src.n)
	}
	src.n = 0
	var rows [][]float64
	if err := r.ReadRows(500, 3, &rows); err != nil || src.n != 3*800 {
		t.Errorf("three rows of 800 bytes: read %d, %v", src.n, err)
	}
	dst := make([]float64, 200)
	if n := testing.AllocsPerRun(20, func() { err = npy.Fill(r, 900, dst) }); n > 8 || err != nil {
		t.Errorf("Fill: %v allocations, %v", n, err)
	}
}

type counting struct {
	r *bytes.Reader
	n int
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.r.ReadAt(p, off)
	c.n += n
	return n, err
}

func TestRowsErrors(t *testing.T) {
	r := reader(t, encoded(t, [][]int16{{1, 2}, {3, 4}, {5, 600}}))
	var rows [][]int16
	for _, bad := range [][2]int{{-1, 1}, {0, -1}, {0, 4}, {3, 1}, {4, 0}, {1 << 30, 1 << 30}} {
		if err := r.ReadRows(bad[0], bad[1], &rows); err == nil || !strings.Contains(err.Error(), "the array has 3 rows") {
			t.Errorf("rows %v: %v", bad, err)
		}
	}
	if err := npy.Fill(r, 2, make([]int16, 4)); err == nil || !strings.Contains(err.Error(), "rows [2:4]: the array has 3 rows") {
		t.Errorf("Fill beyond the end: %v", err)
	}
	if err := npy.Fill(r, 0, make([]int16, 3)); !errors.Is(err, npy.ErrValue) || !strings.Contains(err.Error(), "rows of shape (2,)") {
		t.Errorf("Fill of one row and a half: %v", err)
	}
	var mismatch *npy.MismatchError
	if err := npy.Fill(r, 1, make([]int8, 4)); !errors.As(err, &mismatch) || !strings.Contains(err.Error(), "element (2, 1) is 600,") {
		t.Errorf("a number that does not fit: %v; want its index in the file", err)
	}
	if err := npy.Fill(r, 0, make([]bool, 2)); !errors.As(err, &mismatch) {
		t.Errorf("bools from numbers: %v", err)
	}
	if err := r.ReadRows(0, 1, &[]int16{}); !errors.As(err, &mismatch) {
		t.Errorf("too few axes: %v", err)
	}
	var typeErr *npy.TypeError
	if err := r.ReadRows(0, 1, new(string)); !errors.As(err, &typeErr) {
		t.Errorf("into a string: %v", err)
	}
	if err := r.ReadRows(0, 1, rows); err == nil || !strings.Contains(err.Error(), "non-nil pointer") {
		t.Errorf("into no pointer: %v", err)
	}

	scalar := reader(t, encoded(t, npy.NewArray[int16]()))
	if err := scalar.ReadRows(0, 0, new(npy.Array[int16])); !errors.As(err, &mismatch) || scalar.Rows() != 0 {
		t.Errorf("no axes: %v, %d rows", err, scalar.Rows())
	}
	if err := npy.Fill(scalar, 0, make([]int16, 1)); err == nil {
		t.Error("Fill from no axes: no error")
	}

	columns := reader(t, encoded(t, npy.Array[int16]{Shape: []int{3, 2}, Fortran: true, Data: []int16{1, 3, 5, 2, 4, 6}}))
	if err := columns.ReadRows(0, 2, &rows); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Fortran order: %v", err)
	}
	if err := columns.ReadRows(0, 3, &rows); err != nil || !reflect.DeepEqual(rows, [][]int16{{1, 2}, {3, 4}, {5, 6}}) {
		t.Errorf("all of Fortran order: %v, %v", rows, err)
	}
	flat := make([]int16, 6)
	if err := npy.Fill(columns, 0, flat); err != nil || !slices.Equal(flat, []int16{1, 2, 3, 4, 5, 6}) {
		t.Errorf("Fill from all of Fortran order: %v, %v", flat, err)
	}

	file := encoded(t, []bool{true, false, true, true})
	file[128+2] = 7
	var format *npy.FormatError
	if err := npy.Fill(reader(t, file), 1, make([]bool, 3)); !errors.As(err, &format) || format.Offset != 130 || !strings.Contains(err.Error(), "element (2,)") {
		t.Errorf("a bool of 7: %v", err)
	}
}

func TestReaderOfBadFiles(t *testing.T) {
	file := encoded(t, benchData(10))
	for n := range len(file) {
		if _, err := npy.NewReader(bytes.NewReader(file[:n]), int64(n)); err == nil {
			t.Fatalf("the first %d bytes are accepted", n)
		}
		// The size promises more than there is.
		r, err := npy.NewReader(bytes.NewReader(file[:n]), int64(len(file)))
		if err == nil {
			err = npy.Fill(r, 0, make([]float64, 10))
		}
		var bad *npy.FormatError
		if !errors.As(err, &bad) || !errors.Is(err, io.ErrUnexpectedEOF) || bad.Offset != int64(n) {
			t.Fatalf("cut at %d: %v", n, err)
		}
	}
	if _, err := npy.NewReader(bytes.NewReader(file), -1); err == nil {
		t.Error("negative size: no error")
	}
}

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	if _, err := npy.Open(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	var bad *npy.FormatError
	if _, err := npy.Open(path); !errors.As(err, &bad) || !strings.Contains(err.Error(), path) {
		t.Errorf("text: %v", err)
	}
	data := benchData(10_000)
	if err := npy.Save(path, rowsOf(data, 10)); err != nil {
		t.Fatal(err)
	}
	r, err := npy.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			row := make([]float64, 10)
			for i := g; i < 1000; i += 8 {
				if err := npy.Fill(r, i, row); err != nil || !slices.Equal(row, data[10*i:10*i+10]) {
					t.Errorf("row %d: %v, %v", i, row, err)
				}
			}
		})
	}
	wg.Wait()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := r.ReadRows(0, 1, new([][]float64)); !errors.Is(err, fs.ErrClosed) || !strings.Contains(err.Error(), path) {
		t.Errorf("after Close: %v", err)
	}
	if err := reader(t, encoded(t, data)).Close(); err != nil {
		t.Errorf("Close of no file: %v", err)
	}
}

// FuzzRows reads rows of any file. They are the rows of the whole, or an error.
func FuzzRows(f *testing.F) {
	for _, g := range goldens(f) {
		f.Add(g.read(f), 1, 2)
	}
	f.Fuzz(func(t *testing.T, file []byte, first, n int) {
		r, err := npy.NewReader(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		var part, whole npy.Array[complex128]
		if r.ReadRows(first, n, &part) != nil || decodeError(file, &whole) != nil {
			return
		}
		row := len(part.Data) / max(n, 1)
		if !slices.Equal(part.Shape[1:], whole.Shape[1:]) || part.Shape[0] != n ||
			!bytes.Equal(elements(reflect.ValueOf(part.Data)), elements(reflect.ValueOf(whole.Data[first*row:(first+n)*row]))) {
			t.Errorf("rows [%d:%d] of %v: %v", first, first+n, whole, part)
		}
	})
}
