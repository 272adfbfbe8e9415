package dataelab_test

import (
	"testing"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

type benchLeaf struct {
	mean diskcache.DiskCacher[[]float64]
}

type benchRoot struct {
	raw    []float64
	leaves []*benchLeaf
}

// The walk's targets: a million objects in under a second, and 400 MB of numbers
// in under a millisecond.
func BenchmarkWalk(b *testing.B) {
	million := &benchRoot{leaves: make([]*benchLeaf, 1_000_000)}
	for i := range million.leaves {
		million.leaves[i] = &benchLeaf{}
	}
	b.Run("cachers of 1M objects", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n := 0
			for range dataelab.Cachers(million) {
				n++
			}
			if n != len(million.leaves) {
				b.Fatalf("found %d cachers, want %d", n, len(million.leaves))
			}
		}
	})
	b.Run("set tag on 1M objects", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := dataelab.SetTag(million, "20240410_112233"); err != nil {
				b.Fatal(err)
			}
		}
	})
	large := &benchRoot{raw: make([]float64, 50_000_000), leaves: []*benchLeaf{{}}}
	b.Run("set tag beside 400 MB", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := dataelab.SetTag(large, "20240410_112233"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
