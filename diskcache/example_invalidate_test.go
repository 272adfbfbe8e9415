package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/dataelab/dataelab-go/diskcache"
)

// darkAndFlat stores a dark frame, and a flat field for each of two filters, which is made of it.
// It returns the methods' cachers, and a function that asks for a flat field.
func darkAndFlat(dir string) (dark, flat *diskcache.DiskCacher[[]float64], flatOf func(ctx context.Context, filter string)) {
	dark, flat = new(diskcache.DiskCacher[[]float64]), new(diskcache.DiskCacher[[]float64])
	err := errors.Join(
		dark.SetTmpdir(dir), dark.SetTag("20240410_112233", "root.Camera.dark"),
		flat.SetTmpdir(dir), flat.SetTag("20240410_112233", "root.Camera.flat"))
	if err != nil {
		log.Fatal(err)
	}
	flatOf = func(ctx context.Context, filter string) {
		_, err := flat.Execute(ctx, func(ctx context.Context) ([]float64, error) {
			fmt.Println("computing the flat field of", filter)
			return dark.Execute(ctx, func(context.Context) ([]float64, error) {
				fmt.Println("computing the dark frame")
				return []float64{1, 2}, nil
			})
		}, filter)
		if err != nil {
			log.Fatal(err)
		}
	}
	flatOf(context.Background(), "H")
	flatOf(context.Background(), "K")
	return dark, flat, flatOf
}

func ExampleInvalidateAll() {
	dir, remove := tempDir()
	defer remove()
	ctx := context.Background()
	dark, _, flatOf := darkAndFlat(dir)

	// The dark frame is wrong. What would go with it?
	dry := diskcache.Invalidation{Downstream: true, DryRun: true}
	report, err := diskcache.InvalidateAll(ctx, []diskcache.Cacher{dark}, dry)
	fmt.Println(len(report.Entries), "entries, of", report.Bytes, "bytes;", report.Last, "only if asked for themselves;", err)

	// Without Downstream, what was made of it is good again where it comes out the same.
	if _, err := diskcache.InvalidateAll(ctx, []diskcache.Cacher{dark}, diskcache.Invalidation{}); err != nil {
		log.Fatal(err)
	}
	flatOf(ctx, "H")
	flatOf(ctx, "K")
	// Output:
	// computing the flat field of H
	// computing the dark frame
	// computing the flat field of K
	// 3 entries, of 432 bytes; 2 only if asked for themselves; <nil>
	// computing the flat field of H
	// computing the dark frame
}

func ExamplePlace_Invalidate() {
	dir, remove := tempDir()
	defer remove()
	_, flat, _ := darkAndFlat(dir)
	place, err := flat.Place()
	if err != nil {
		log.Fatal(err)
	}

	// By what entries are: here by their arguments.
	report, err := place.Invalidate(context.Background(), diskcache.Invalidation{
		Methods: []string{"root.Camera.flat"},
		Filter:  func(e diskcache.EntryInfo) bool { return e.Arguments[0] == `"K"` },
	})
	for _, e := range report.Entries {
		fmt.Println(e.Name, e.Arguments)
	}
	fmt.Println(err)
	// Output:
	// computing the flat field of H
	// computing the dark frame
	// computing the flat field of K
	// root.Camera.flat ["K"]
	// <nil>
}

func ExampleDiskCacher_Invalidate() {
	dir, remove := tempDir()
	defer remove()
	ctx := context.Background()
	_, flat, flatOf := darkAndFlat(dir)

	report, err := flat.Invalidate(ctx, "K")
	fmt.Println(len(report.Entries), err)

	var o diskcache.Outcome
	flatOf(diskcache.WithOutcome(ctx, &o), "K")
	fmt.Println(o.Why)
	// Output:
	// computing the flat field of H
	// computing the dark frame
	// computing the flat field of K
	// 1 <nil>
	// computing the flat field of K
	// invalidated
}

func ExampleInvalidate() {
	dir, remove := tempDir()
	defer remove()
	ctx := context.Background()
	cache := diskcache.Cache{Dir: dir}
	square := diskcache.Wrap(&cache, "square", diskcache.Plain(func(x int) int { return x * x }))
	for x := range 3 {
		if _, err := square.Call(ctx, x); err != nil {
			log.Fatal(err)
		}
	}

	place, err := cache.Place()
	if err != nil {
		log.Fatal(err)
	}
	report, err := diskcache.Invalidate(ctx, diskcache.Invalidation{All: true, DryRun: true}, place)
	fmt.Println(len(report.Entries), "would go,", err)
	report, err = square.Invalidate(ctx, 2)
	fmt.Println(len(report.Entries), "gone,", err)
	report, err = cache.Invalidate(ctx, diskcache.Invalidation{})
	fmt.Println(len(report.Entries), "gone,", err)
	// Output:
	// 3 would go, <nil>
	// 1 gone, <nil>
	// 2 gone, <nil>
}
