package npy_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/cblas128"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/dataelab/dataelab-go/formats/npy"
)

type (
	slopes []float64
	volts  float32
)

// fill sets all elements of v, slices and arrays of any depth, to drawn bits:
// every pattern there is, strange numbers among them.
func fill(t *rapid.T, v reflect.Value) {
	bits := rapid.OneOf(rapid.Uint64(), rapid.Map(rapid.SampledFrom(strange), math.Float64bits))
	var walk func(reflect.Value)
	walk = func(v reflect.Value) {
		x := func() uint64 { return bits.Draw(t, "bits") }
		switch v.Kind() {
		case reflect.Slice, reflect.Array:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Bool:
			v.SetBool(x()&1 == 1)
		case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
			n := int64(x()) >> (64 - v.Type().Bits())
			if n == math.MinInt64 && v.Type() == reflect.TypeFor[time.Duration]() {
				n++ // the shortest duration is NaT to numpy, and refused
			}
			v.SetInt(n)
		case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
			v.SetUint(x() >> (64 - v.Type().Bits()))
		default:
			// Through bytes: a conversion of a float32 would quiet its NaN.
			var b []byte
			for len(b) < int(v.Type().Size()) {
				b = binary.LittleEndian.AppendUint64(b, x())
			}
			p := reflect.New(kinds[v.Kind()])
			if err := binary.Read(bytes.NewReader(b), binary.LittleEndian, p.Interface()); err != nil {
				t.Fatal(err)
			}
			v.Set(p.Elem().Convert(v.Type()))
		}
	}
	walk(v)
}

var kinds = map[reflect.Kind]reflect.Type{
	reflect.Float32: reflect.TypeFor[float32](), reflect.Float64: reflect.TypeFor[float64](),
	reflect.Complex64: reflect.TypeFor[complex64](), reflect.Complex128: reflect.TypeFor[complex128](),
}

func drawShape(axes int) *rapid.Generator[[]int] {
	return rapid.SliceOfN(rapid.IntRange(0, 4), axes, axes)
}

// drawNest draws a value of type T of random shape: slices within slices and arrays.
func drawNest[T any](t *rapid.T) T {
	var v T
	shape := drawShape(8).Draw(t, "shape")
	var build func(reflect.Value, int)
	build = func(v reflect.Value, k int) {
		switch v.Kind() {
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), shape[k], shape[k]))
		case reflect.Array:
		default:
			return
		}
		for i := range v.Len() {
			build(v.Index(i), k+1)
		}
	}
	build(reflect.ValueOf(&v).Elem(), 0)
	fill(t, reflect.ValueOf(&v).Elem())
	return v
}

// sameFile encodes v, decodes it, and encodes that: the same bytes must come out.
func sameFile[T any](t *rapid.T, v T) T {
	var first, second bytes.Buffer
	if _, err := npy.Encode(&first, v); err != nil {
		t.Fatal(err)
	}
	var back T
	if err := npy.Decode(bytes.NewReader(first.Bytes()), int64(first.Len()), &back); err != nil {
		t.Fatal(err)
	}
	if _, err := npy.Encode(&second, back); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Fatalf("wrote\n%q\nand again\n%q", first.Bytes(), second.Bytes())
	}
	return back
}

func nestProperty[T any](t *testing.T) {
	t.Run(reflect.TypeFor[T]().String(), func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			v := drawNest[T](t)
			back := sameFile(t, v)
			if !bytes.Equal(elements(reflect.ValueOf(back)), elements(reflect.ValueOf(v))) {
				t.Fatalf("%v came back as %v", v, back)
			}
			// Lengths too, and nothing nil: DeepEqual, with the elements left out.
			if got, want := lengths(reflect.ValueOf(back)), lengths(reflect.ValueOf(v)); got != want {
				t.Fatalf("lengths %s came back as %s", want, got)
			}
		})
	})
}

// lengths shows the structure of slices and arrays, and checks the capacity.
func lengths(v reflect.Value) string {
	if v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		return ""
	}
	if v.Kind() == reflect.Slice && (v.IsNil() || v.Cap() != v.Len()) {
		return fmt.Sprintf("slice of length %d, capacity %d, nil %v", v.Len(), v.Cap(), v.IsNil())
	}
	s := fmt.Sprint(v.Len(), "(")
	for i := range v.Len() {
		s += lengths(v.Index(i))
	}
	return s + ")"
}

func TestNestRoundTrip(t *testing.T) {
	nestProperty[[]bool](t)
	nestProperty[[]int](t)
	nestProperty[[]int8](t)
	nestProperty[[]int16](t)
	nestProperty[[]int32](t)
	nestProperty[[]int64](t)
	nestProperty[[]uint](t)
	nestProperty[[]uint8](t)
	nestProperty[[]uint16](t)
	nestProperty[[]npy.Float16](t)
	nestProperty[[]uint32](t)
	nestProperty[[]uint64](t)
	nestProperty[[]float32](t)
	nestProperty[[]float64](t)
	nestProperty[[]complex64](t)
	nestProperty[[]complex128](t)
	nestProperty[slopes](t)
	nestProperty[[]volts](t)
	nestProperty[[]time.Duration](t)
	nestProperty[[4]float64](t)
	nestProperty[[0]float64](t)
	nestProperty[[2][3][2]bool](t)
	nestProperty[[][]float64](t)
	nestProperty[[]slopes](t)
	nestProperty[[][]bool](t)
	nestProperty[[][][]complex64](t)
	nestProperty[[][][][]uint16](t)
	nestProperty[[][3]float32](t)
	nestProperty[[][0]float32](t)
	nestProperty[[2][]int16](t)
	nestProperty[[0][]int16](t)
	nestProperty[[][2][]int32](t)
	nestProperty[[2][][3][][2]int8](t)
	nestProperty[[][][0][]int8](t)
}

func arrayProperty[T npy.Element](t *testing.T) {
	t.Run(reflect.TypeFor[T]().String(), func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			shape := drawShape(rapid.IntRange(0, 5).Draw(t, "axes")).Draw(t, "shape")
			a := npy.NewArray[T](shape...)
			a.Fortran = rapid.Bool().Draw(t, "fortran")
			fill(t, reflect.ValueOf(a.Data))

			back := sameFile(t, a)
			if !slices.Equal(back.Shape, a.Shape) || back.Fortran != a.Fortran || back.Shape == nil || back.Data == nil ||
				!bytes.Equal(elements(reflect.ValueOf(back.Data)), elements(reflect.ValueOf(a.Data))) {
				t.Fatalf("%v came back as %v", a, back)
			}
			behind := sameFile(t, &a)
			if !bytes.Equal(arrayElements(*behind), arrayElements(a)) {
				t.Fatalf("%v came back as %v", a, behind)
			}
			if c := back.COrder(); c.Fortran || !bytes.Equal(elements(reflect.ValueOf(c.Data)), arrayElements(a)) {
				t.Fatalf("COrder of %v is %v", a, c)
			}
		})
	})
}

func TestArrayRoundTrip(t *testing.T) {
	arrayProperty[bool](t)
	arrayProperty[int](t)
	arrayProperty[int8](t)
	arrayProperty[int16](t)
	arrayProperty[int32](t)
	arrayProperty[int64](t)
	arrayProperty[uint](t)
	arrayProperty[uint8](t)
	arrayProperty[uint16](t)
	arrayProperty[npy.Float16](t)
	arrayProperty[uint32](t)
	arrayProperty[uint64](t)
	arrayProperty[float32](t)
	arrayProperty[float64](t)
	arrayProperty[complex64](t)
	arrayProperty[complex128](t)
	arrayProperty[time.Duration](t)
	arrayProperty[volts](t)
}

// drawRaw draws rows, columns, a stride that is often larger, and the data.
func drawRaw[T float64 | complex128](t *rapid.T, least int) (rows, cols, stride int, data []T) {
	size := rapid.IntRange(least, 9)
	rows, cols = size.Draw(t, "rows"), size.Draw(t, "cols")
	stride = cols + rapid.IntRange(0, 3).Draw(t, "gap")
	data = make([]T, (rows-1)*stride+cols)
	fill(t, reflect.ValueOf(data))
	return rows, cols, stride, data
}

// sameAt compares bit by bit, which mat.Equal does not.
func sameAt(t *rapid.T, want, got mat.Matrix) {
	wr, wc := want.Dims()
	gr, gc := got.Dims()
	if wr != gr || wc != gc {
		t.Fatalf("%dx%d came back as %dx%d", wr, wc, gr, gc)
	}
	for i := range wr {
		for j := range wc {
			if math.Float64bits(want.At(i, j)) != math.Float64bits(got.At(i, j)) {
				t.Fatalf("(%d, %d): %v came back as %v", i, j, want.At(i, j), got.At(i, j))
			}
		}
	}
}

func TestDenseRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, cols, stride, data := drawRaw[float64](t, 1)
		var m mat.Dense
		m.SetRawMatrix(blas64.General{Rows: rows, Cols: cols, Stride: stride, Data: data})
		sameAt(t, &m, sameFile(t, &m))
		back := sameFile(t, m)
		sameAt(t, &m, &back)
	})
}

func TestCDenseRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, cols, stride, data := drawRaw[complex128](t, 1)
		var m mat.CDense
		m.SetRawCMatrix(cblas128.General{Rows: rows, Cols: cols, Stride: stride, Data: data})
		back := sameFile(t, &m)
		for i := range rows {
			for j := range cols {
				a, b := m.At(i, j), back.At(i, j)
				if math.Float64bits(real(a)) != math.Float64bits(real(b)) || math.Float64bits(imag(a)) != math.Float64bits(imag(b)) {
					t.Fatalf("(%d, %d): %v came back as %v", i, j, a, b)
				}
			}
		}
	})
}

func TestVecDenseRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, _, _, data := drawRaw[float64](t, 1)
		inc := 1 + (len(data)-1)/max(n-1, 1)
		if (n-1)*inc >= len(data) {
			inc = 1
		}
		var x mat.VecDense
		x.SetRawVector(blas64.Vector{N: n, Inc: inc, Data: data})
		back := sameFile(t, x)
		sameAt(t, &x, &back)
	})
}

func TestSymDenseRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, _, _, _ := drawRaw[float64](t, 1)
		stride := n + rapid.IntRange(0, 2).Draw(t, "gap")
		data := make([]float64, n*stride)
		fill(t, reflect.ValueOf(data))
		var m mat.SymDense
		m.SetRawSymmetric(blas64.Symmetric{Uplo: blas.Upper, N: n, Stride: stride, Data: data})
		sameAt(t, &m, sameFile(t, &m))
	})
}

func TestTriDenseRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, _, _, _ := drawRaw[float64](t, 1)
		stride := n + rapid.IntRange(0, 2).Draw(t, "gap")
		data := make([]float64, n*stride)
		switch rapid.IntRange(0, 2).Draw(t, "content") {
		case 0:
			fill(t, reflect.ValueOf(data))
		case 1: // a diagonal matrix
			for i := range n {
				data[i*stride+i] = 1
			}
		case 2: // a single number, or NaN, somewhere
			data[rapid.IntRange(0, len(data)-1).Draw(t, "where")] = rapid.SampledFrom(strange).Draw(t, "what")
		}
		var m mat.TriDense
		m.SetRawTriangular(blas64.Triangular{
			Uplo: rapid.SampledFrom([]blas.Uplo{blas.Upper, blas.Lower}).Draw(t, "uplo"),
			Diag: blas.NonUnit, N: n, Stride: stride, Data: data,
		})
		back := sameFile(t, &m)
		sameAt(t, &m, back)
		_, want := m.Triangle()
		if _, got := back.Triangle(); got != want {
			t.Fatalf("upper %v came back as upper %v", want, got)
		}
	})
}

func TestEmptyGonum(t *testing.T) {
	for _, v := range []any{mat.Dense{}, &mat.Dense{}, mat.VecDense{}, &mat.VecDense{}, mat.CDense{}, &mat.CDense{},
		mat.SymDense{}, &mat.SymDense{}, mat.TriDense{}, &mat.TriDense{}} {
		dst := reflect.New(reflect.TypeOf(v))
		if err := decodeError(encoded(t, v), dst.Interface()); err != nil {
			t.Errorf("%T: %v", v, err)
		} else if !reflect.DeepEqual(dst.Elem().Interface(), v) {
			t.Errorf("empty %T came back as %v", v, dst.Elem())
		}
	}
}

// TestLarge takes the paths that small arrays do not: several buffers, memory
// that is not zeroed, bands of square matrices.
func TestLarge(t *testing.T) {
	data := benchData(1 << 20) // 8 MB
	square := mat.NewDense(1024, 1024, data)

	if got := decode[[]float64](t, encoded(t, data)); !slices.Equal(got, data) {
		t.Error("slice")
	}
	rows := rowsOf(data, 128)
	if got := decode[[][]float64](t, encoded(t, rows)); !reflect.DeepEqual(got, rows) {
		t.Error("short rows")
	}
	rows = rowsOf(data, 1<<15)
	if got := decode[[][]float64](t, encoded(t, rows)); !reflect.DeepEqual(got, rows) {
		t.Error("long rows")
	}
	view := square.Slice(1, 1000, 3, 900)
	if got := decode[*mat.Dense](t, encoded(t, view)); !mat.Equal(got, view) {
		t.Error("view of a Dense")
	}
	x := square.ColView(5)
	if got := decode[*mat.VecDense](t, encoded(t, x)); !mat.Equal(got, x) {
		t.Error("column")
	}
	sym := mat.NewSymDense(1024, data)
	if got := decode[*mat.SymDense](t, encoded(t, sym)); !mat.Equal(got, sym) {
		t.Error("SymDense")
	}
	for _, kind := range []mat.TriKind{mat.Upper, mat.Lower} {
		tri := mat.NewTriDense(1024, kind, data)
		got := decode[*mat.TriDense](t, encoded(t, tri))
		if _, k := got.Triangle(); k != kind || !mat.Equal(got, tri) {
			t.Errorf("TriDense, upper %v", kind)
		}
	}
	for _, shape := range [][]int{{1024, 1024}, {2, 1 << 19}, {1 << 19, 2}, {3, 101, 7, 99}, {64, 1, 1024, 16}} {
		n := 1
		for _, d := range shape {
			n *= d
		}
		a := npy.Array[float64]{Shape: shape, Fortran: true, Data: data[:n]}
		file := encoded(t, a)
		typ := reflect.TypeFor[float64]()
		for range shape {
			typ = reflect.SliceOf(typ)
		}
		dst := reflect.New(typ)
		if err := decodeError(file, dst.Interface()); err != nil {
			t.Errorf("%v: %v", shape, err)
		} else if !bytes.Equal(elements(dst.Elem()), arrayElements(a)) {
			t.Errorf("%v: other elements from Fortran order", shape)
		}
	}
	small := make([]uint8, 1<<20)
	for i := range small {
		small[i] = uint8(i % 251)
	}
	wide := decode[[]uint32](t, encoded(t, small))
	for i, x := range wide {
		if x != uint32(small[i]) {
			t.Fatalf("element %d is %d after conversion, want %d", i, x, small[i])
		}
	}
	if len(wide) != len(small) {
		t.Errorf("%d elements after conversion, want %d", len(wide), len(small))
	}
}
