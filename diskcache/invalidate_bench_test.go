package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// BenchmarkInvalidate is for each entry of a tag with 10,000.
func BenchmarkInvalidate(b *testing.B) {
	const n = 10_000
	for name, o := range map[string]diskcache.Invalidation{
		"dry run of all":        {All: true, Downstream: true, DryRun: true},
		"dry run of one method": {Methods: []string{"root.A.m7"}, DryRun: true},
		"all":                   {All: true, Downstream: true},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			options := diskcache.Options{Store: storage.Dir(b.TempDir(), storage.DirOptions{Durability: storage.Fast})}
			fillFor := func() {
				for m := range 100 {
					var c diskcache.DiskCacher[int]
					if err := errors.Join(c.SetOptions(options), c.SetTag(testTag, fmt.Sprintf("root.A.m%d", m))); err != nil {
						b.Fatal(err)
					}
					for i := range n / 100 {
						mustExecute(b, &c, func(context.Context) (int, error) { return i, nil }, i)
					}
				}
			}
			fillFor()
			for b.Loop() {
				report, err := placeOf(b, options).Invalidate(b.Context(), o)
				if err != nil || len(report.Entries) == 0 {
					b.Fatal(report, err)
				}
				if !o.DryRun {
					b.StopTimer()
					fillFor()
					b.StartTimer()
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/entry")
		})
	}
}

// BenchmarkMarked computes and stores a small value, beside marks as there may be at most.
func BenchmarkMarked(b *testing.B) {
	for _, marks := range []int{0, 1, 999} {
		b.Run(fmt.Sprint(marks, " marks"), func(b *testing.B) {
			b.ReportAllocs()
			options := diskcache.Options{Store: storage.Dir(b.TempDir(), storage.DirOptions{Durability: storage.Fast})}
			var c diskcache.DiskCacher[int]
			if err := errors.Join(c.SetOptions(options), c.SetTag(testTag, "root.A.method")); err != nil {
				b.Fatal(err)
			}
			mustExecute(b, &c, func(context.Context) (int, error) { return 1, nil })
			o := diskcache.Invalidation{}
			for i := range marks {
				o.Methods = append(o.Methods, fmt.Sprintf("root.B.m%d", i))
			}
			if marks > 0 {
				if _, err := placeOf(b, options).Invalidate(b.Context(), o); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				if _, err := c.Refresh(b.Context(), func(context.Context) (int, error) { return 1, nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
