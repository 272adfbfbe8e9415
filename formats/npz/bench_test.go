package npz_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/dataelab/dataelab-go/formats/npz"
)

// benchArrays are ten arrays of 8 MB.
func benchArrays() map[string][]float64 {
	arrays := make(map[string][]float64)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 10 {
		a := make([]float64, 1<<20)
		for k := range a {
			a[k] = rng.Float64()
		}
		arrays[fmt.Sprint("a", i)] = a
	}
	return arrays
}

const benchBytes = 10 * 8 << 20

// BenchmarkEncodeFile is Save without the flush to the disk, as np.savez does it.
// The file is a new one each time, as in the benchmark of package npy.
func BenchmarkEncodeFile(b *testing.B) {
	arrays := benchArrays()
	path := filepath.Join(b.TempDir(), "a.npz")
	for _, level := range []int{0, 1, 6} {
		b.Run(fmt.Sprint("level ", level), func(b *testing.B) {
			b.SetBytes(benchBytes)
			b.ReportAllocs()
			for b.Loop() {
				f, err := os.Create(path)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := (npz.Options{Level: level}).Encode(f, arrays); err != nil {
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
		})
	}
}

func benchFile(b *testing.B, o npz.Options, v any) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "a.npz")
	if err := o.Save(path, v); err != nil {
		b.Fatal(err)
	}
	return path
}

func BenchmarkLoad(b *testing.B) {
	arrays := benchArrays()
	for _, level := range []int{0, 6} {
		b.Run(fmt.Sprint("level ", level), func(b *testing.B) {
			path := benchFile(b, npz.Options{Level: level}, arrays)
			b.SetBytes(benchBytes)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := npz.Load[map[string][]float64](path); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("100 elements", func(b *testing.B) {
		path := benchFile(b, npz.Options{}, map[string][]float64{"a": make([]float64, 50), "b": make([]float64, 50)})
		b.ReportAllocs()
		for b.Loop() {
			if _, err := npz.Load[map[string][]float64](path); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkReadOne opens a file of ten arrays and reads one of them.
func BenchmarkReadOne(b *testing.B) {
	path := benchFile(b, npz.Options{}, benchArrays())
	b.SetBytes(benchBytes / 10)
	b.ReportAllocs()
	for b.Loop() {
		r, err := npz.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		var a []float64
		if err := r.Read("a5", &a); err != nil {
			b.Fatal(err)
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
