package diskcache_test

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// slopes is an analyzer as users write it.
type slopes struct {
	mean diskcache.DiskCacher[[]float64]
}

func (s *slopes) compute(context.Context) ([]float64, error) { return make([]float64, 100), nil }

func (s *slopes) bind(b *testing.B, dir string) {
	b.Helper()
	if err := s.mean.SetTmpdir(dir); err != nil {
		b.Fatal(err)
	}
	if err := s.mean.SetTag(testTag, "root.Slopes.mean"); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkMemoryHit: the target is three times the bare load, and no
// allocation. A variable that Go has to box into args costs its own allocation.
func BenchmarkMemoryHit(b *testing.B) {
	ctx := context.Background()
	s := &slopes{}
	s.bind(b, b.TempDir())
	mustExecute(b, &s.mean, s.compute)
	mustExecute(b, &s.mean, s.compute, 512)
	b.Run("bare atomic load", func(b *testing.B) {
		var p atomic.Pointer[[]float64]
		p.Store(new([]float64))
		b.ReportAllocs()
		for b.Loop() {
			_ = *p.Load()
		}
	})
	b.Run("method value", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = s.mean.Execute(ctx, s.compute)
		}
	})
	b.Run("closure", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = s.mean.Execute(ctx, func(ctx context.Context) ([]float64, error) { return s.compute(ctx) })
		}
	})
	b.Run("constant argument", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = s.mean.Execute(ctx, s.compute, 512)
		}
	})
	b.Run("variable argument", func(b *testing.B) {
		segment := len(b.Name()) + 1000
		mustExecute(b, &s.mean, s.compute, segment)
		b.ReportAllocs()
		for b.Loop() {
			_, _ = s.mean.Execute(ctx, s.compute, segment)
		}
	})
}

// BenchmarkDiskHit: the target for a small array in a new instance is four times
// what the system needs for two files.
func BenchmarkDiskHit(b *testing.B) {
	dir := b.TempDir()
	s := &slopes{}
	s.bind(b, dir)
	mustExecute(b, &s.mean, s.compute)
	b.Run("bare two files", func(b *testing.B) {
		buf := make([]byte, 4096)
		b.ReportAllocs()
		for b.Loop() {
			for _, name := range []string{"root.Slopes.mean.npy", ".dataelab/root.Slopes.mean.json"} {
				f, err := os.Open(filepath.Join(dir, "cache"+testTag, name))
				if err != nil {
					b.Fatal(err)
				}
				if _, err := f.Read(buf); err != nil {
					b.Fatal(err)
				}
				if err := f.Close(); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("small array", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s := &slopes{}
			s.bind(b, dir)
			mustExecute(b, &s.mean, s.compute)
		}
	})
}

func BenchmarkMiss(b *testing.B) {
	s := &slopes{}
	s.bind(b, b.TempDir())
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		mustExecute(b, &s.mean, s.compute, n)
	}
}

// BenchmarkMissFast is BenchmarkMiss without what a power cut makes necessary.
func BenchmarkMissFast(b *testing.B) {
	s := &slopes{}
	if err := s.mean.SetOptions(diskcache.Options{Tmpdir: b.TempDir(), Durability: storage.Fast}); err != nil {
		b.Fatal(err)
	}
	if err := s.mean.SetTag(testTag, "root.Slopes.mean"); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		mustExecute(b, &s.mean, s.compute, n)
	}
}

// BenchmarkLarge saves and loads 128 MB with everything the cache does: digest,
// record, flush to the disk.
func BenchmarkLarge(b *testing.B) {
	value := make([]float64, 16<<20)
	for i := range value {
		value[i] = float64(i)
	}
	dir := b.TempDir()
	compute := func(context.Context) ([]float64, error) { return value, nil }
	s := &slopes{}
	s.bind(b, dir)
	b.Run("save", func(b *testing.B) {
		b.SetBytes(int64(8 * len(value)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.mean.Refresh(context.Background(), compute); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("load", func(b *testing.B) {
		b.SetBytes(int64(8 * len(value)))
		b.ReportAllocs()
		for b.Loop() {
			s := &slopes{}
			s.bind(b, dir)
			mustExecute(b, &s.mean, compute)
		}
	})
}
