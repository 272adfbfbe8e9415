package npy_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
)

// The large benchmarks move 128 MB of float64, the size that np.load and
// np.save are compared with.
const benchElements = 16 << 20

func benchData(n int) []float64 {
	data := make([]float64, n)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range data {
		data[i] = rng.Float64()
	}
	return data
}

func BenchmarkSave(b *testing.B) {
	data := benchData(benchElements)
	path := filepath.Join(b.TempDir(), "a.npy")
	b.SetBytes(int64(len(data)) * 8)
	b.ReportAllocs()
	for b.Loop() {
		if err := npy.Save(path, data); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEncodeFile is Save without the flush to the disk, as np.save does it.
// The file is a new one each time: closing one that was cut to nothing and written
// again makes ext4 flush it after all.
func BenchmarkEncodeFile(b *testing.B) {
	data := benchData(benchElements)
	path := filepath.Join(b.TempDir(), "a.npy")
	b.SetBytes(int64(len(data)) * 8)
	b.ReportAllocs()
	for b.Loop() {
		f, err := os.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := npy.Encode(f, data); err != nil {
			b.Fatal(err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := os.Remove(path); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

func benchLoad[T any](b *testing.B, v any) {
	path := filepath.Join(b.TempDir(), "a.npy")
	if err := npy.Save(path, v); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	b.ReportAllocs()
	// Some rounds before the first that counts: a virtual machine's host provides
	// memory when it is first touched, at a tenth of the speed.
	for range 5 {
		if _, err := npy.Load[T](path); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if _, err := npy.Load[T](path); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	data := benchData(benchElements)
	b.Run("slice", func(b *testing.B) { benchLoad[[]float64](b, data) })
	b.Run("dense", func(b *testing.B) { benchLoad[*mat.Dense](b, mat.NewDense(4096, 4096, data)) })
	b.Run("array", func(b *testing.B) {
		benchLoad[npy.Array[float64]](b, npy.Array[float64]{Shape: []int{256, 256, 256}, Data: data})
	})
	b.Run("100 elements", func(b *testing.B) { benchLoad[[]float64](b, data[:100]) })
}

// BenchmarkDecode reads from memory: what Load costs besides the system calls.
func BenchmarkDecode(b *testing.B) {
	data := benchData(benchElements)
	square := [2]int{4096, 4096}
	decode := func(file []byte, dst func() any) func(*testing.B) {
		return func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			for b.Loop() {
				if err := npy.Decode(bytes.NewReader(file), int64(len(file)), dst()); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	fortran := encoded(b, npy.Array[float64]{Shape: square[:], Fortran: true, Data: data})
	toDense := func() any { return new(mat.Dense) }
	toSlice := func() any { return new([]float64) }

	b.Run("slice", decode(encoded(b, data), toSlice))
	b.Run("dense", decode(encoded(b, mat.NewDense(4096, 4096, data)), toDense))
	b.Run("dense from fortran order", decode(fortran, toDense))
	b.Run("dense from fortran order 3000x5000", decode(
		encoded(b, npy.Array[float64]{Shape: []int{3000, 5000}, Fortran: true, Data: data[:15_000_000]}), toDense))
	b.Run("rows from fortran order 256x256x256", decode(
		encoded(b, npy.Array[float64]{Shape: []int{256, 256, 256}, Fortran: true, Data: data}), func() any { return new([][][]float64) }))
	b.Run("rows from fortran order 3x2000x2000", decode(
		encoded(b, npy.Array[float64]{Shape: []int{3, 2000, 2000}, Fortran: true, Data: data[:12_000_000]}), func() any { return new([][][]float64) }))
	b.Run("rows from fortran order 2000x2000x3", decode(
		encoded(b, npy.Array[float64]{Shape: []int{2000, 2000, 3}, Fortran: true, Data: data[:12_000_000]}), func() any { return new([][][3]float64) }))
	b.Run("slice from big endian", decode(bytes.Replace(encoded(b, data), []byte("<f8"), []byte(">f8"), 1), toSlice))
	b.Run("slice from float32", decode(encoded(b, make([]float32, benchElements)), toSlice))
	b.Run("slice from int16", decode(encoded(b, make([]int16, benchElements)), toSlice))
	b.Run("bools", decode(encoded(b, make([]bool, 8*benchElements)), func() any { return new([]bool) }))
	b.Run("symmetric", decode(encoded(b, mat.NewSymDense(4096, data)), func() any { return new(mat.SymDense) }))
	b.Run("triangular", decode(encoded(b, mat.NewTriDense(4096, mat.Lower, data)), func() any { return new(mat.TriDense) }))
	b.Run("rows of 1000", decode(encoded(b, rowsOf(data[:1_000_000], 1000)), func() any { return new([][]float64) }))
	b.Run("rows of 3", decode(encoded(b, rowsOf(data[:3_000_000], 3)), func() any { return new([][]float64) }))
}

func BenchmarkEncode(b *testing.B) {
	data := benchData(benchElements)
	w := new(copier) // a real writer has to look at the bytes
	encode := func(v any) func(*testing.B) {
		return func(b *testing.B) {
			b.SetBytes(int64(len(encoded(b, v))))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := npy.Encode(w, v); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.Run("slice", encode(data))
	b.Run("rows of 1000", encode(rowsOf(data[:1_000_000], 1000)))
	b.Run("rows of 3", encode(rowsOf(data[:3_000_000], 3)))
	b.Run("view of a dense", encode(mat.NewDense(4096, 4096, data).Slice(0, 4096, 0, 1000)))
	b.Run("strided vector", encode(mat.NewDense(4096, 4096, data).ColView(1)))
	b.Run("symmetric", encode(mat.NewSymDense(4096, data)))
	b.Run("upper", encode(mat.NewTriDense(4096, mat.Upper, data)))
	b.Run("lower", encode(mat.NewTriDense(4096, mat.Lower, data)))
	b.Run("100 elements", encode(data[:100]))
}

func rowsOf(data []float64, n int) [][]float64 {
	rows := make([][]float64, 0, len(data)/n)
	for ; len(data) > 0; data = data[n:] {
		rows = append(rows, data[:n:n])
	}
	return rows
}

func encoded(tb testing.TB, v any) []byte {
	tb.Helper()
	var b bytes.Buffer
	if _, err := npy.Encode(&b, v); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// copier is a writer into a small cache-resident buffer.
type copier struct{ buf [64 << 10]byte }

var _ io.Writer = (*copier)(nil)

func (c *copier) Write(p []byte) (int, error) {
	for n := 0; n < len(p); {
		n += copy(c.buf[:], p[n:])
	}
	return len(p), nil
}
