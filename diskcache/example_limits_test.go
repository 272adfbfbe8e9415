package diskcache_test

import (
	"context"
	"fmt"
	"log"

	"github.com/dataelab/dataelab-go/diskcache"
)

func ExampleLimits() {
	dir, remove := tempDir()
	defer remove()
	var spectrum diskcache.DiskCacher[[]float64]
	err := spectrum.SetOptions(diskcache.Options{
		Tmpdir:    dir,
		TagLimits: diskcache.Limits{Entries: 2},
		OnEvent: func(e diskcache.Event) {
			if e.Kind == diskcache.Evicted {
				fmt.Println("removed an entry of", e.Name)
			}
		},
	})
	if err == nil {
		err = spectrum.SetTag("LBTISX20240410_112233", "root.Slopes.spectrum")
	}
	if err != nil {
		log.Fatal(err)
	}
	for segment := range 3 {
		_, err := spectrum.Execute(context.Background(), func(context.Context) ([]float64, error) {
			return make([]float64, 100), nil
		}, segment)
		if err != nil {
			log.Fatal(err)
		}
	}
	// Output: removed an entry of root.Slopes.spectrum
}

func ExamplePruneAll() {
	dir, remove := tempDir()
	defer remove()
	var mean diskcache.DiskCacher[float64]
	compute := func(context.Context) (float64, error) { return 1.5, nil }
	store := func(o diskcache.Options) {
		o.Tmpdir = dir
		err := mean.SetOptions(o)
		if err == nil {
			err = mean.SetTag("LBTISX20240410_112233", "root.Slopes.mean")
		}
		if err == nil {
			_, err = mean.Execute(context.Background(), compute)
		}
		if err != nil {
			log.Fatal(err)
		}
	}
	store(diskcache.Options{})                                 // some time ago
	store(diskcache.Options{Limits: diskcache.Limits{Age: 1}}) // a nanosecond, for the example
	report, err := diskcache.PruneAll(context.Background(), []diskcache.Cacher{&mean}, diskcache.PruneOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(report.Removed), "removed:", report.Removed[0].Name)
	// Output: 1 removed: root.Slopes.mean
}
