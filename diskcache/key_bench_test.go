package diskcache_test

import (
	"math"
	"strconv"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
)

// BenchmarkKey: an array should be hashed about as fast as memory is read, and a
// scalar in the time of a few function calls and without an allocation.
func BenchmarkKey(b *testing.B) {
	array := make([]float64, 32<<20)
	for i := range array {
		array[i] = float64(i)
	}
	withNaN := append([]float64(nil), array[:4<<20]...)
	for i := 0; i < len(withNaN); i += 1000 {
		withNaN[i] = math.NaN()
	}
	rows := make([][]float64, 4096)
	for i := range rows {
		rows[i] = array[i*1024 : (i+1)*1024]
	}
	structs := make([]goldenPoint, 1<<20)
	mapping := map[string]float64{}
	for i := range 1000 {
		mapping[strconv.Itoa(i)] = float64(i)
	}
	for _, c := range []struct {
		name  string
		arg   any
		bytes int
	}{
		{"256 MB of float64", array, 256 << 20},
		{"32 MB of float64, each 1000th NaN", withNaN, 32 << 20},
		{"32 MB in rows", rows, 32 << 20},
		{"16 MB of structs", structs, 16 << 20},
		{"map of 1000", mapping, 0},
		{"struct", goldenPoint{1, 2}, 0},
		{"int", 512, 0},
		{"short string", "median", 0},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(c.bytes))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := diskcache.KeyOf(c.arg); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
