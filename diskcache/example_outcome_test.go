package diskcache_test

import (
	"context"
	"fmt"
	"log"

	"github.com/dataelab/dataelab-go/diskcache"
)

func ExampleWithOutcome() {
	dir, remove := tempDir()
	defer remove()
	cache := diskcache.Cache{Dir: dir}
	type window struct {
		Shape string
		Rows  int
	}
	taper := diskcache.Wrap(&cache, "taper", diskcache.Plain(func(w window) []float64 { return make([]float64, w.Rows) }))

	var o diskcache.Outcome
	ctx := diskcache.WithOutcome(context.Background(), &o)
	for _, w := range []window{{"hann", 3}, {"hann", 3}, {"hann", 4}} {
		if _, err := taper.Call(ctx, w); err != nil {
			log.Fatal(err)
		}
		fmt.Println(o.Source, "-", o.Why) // fmt.Println(o) prints all of it, with times
		if o.Nearest != nil {
			d := o.Nearest.Differences[0]
			fmt.Printf("%s is %s in the nearest entry, and %s here\n", d.Field, d.There, d.Here)
		}
	}
	// Output:
	// computed - not stored
	// memory - none
	// computed - other arguments
	// Rows is 3 in the nearest entry, and 4 here
}

// Outcomes and counts by reason, of a batch.
func ExampleBatchOptions_outcomes() {
	dir, remove := tempDir()
	defer remove()
	cache := diskcache.Cache{Dir: dir}
	square := diskcache.Wrap(&cache, "square", diskcache.Plain(func(x int) int { return x * x }))
	ctx := context.Background()
	if _, err := square.Call(ctx, 3); err != nil {
		log.Fatal(err)
	}
	for r := range square.BatchResults(ctx, []int{3, 4}, diskcache.BatchOptions{Workers: 1, Outcomes: true}) {
		fmt.Println(r.Arg, r.Value, r.Outcome.Source)
	}
	fmt.Println("computed:", square.Stats().Misses)
	// Output:
	// 3 9 memory
	// 4 16 computed
	// computed: 2 not stored
}

func ExampleTotal() {
	dir, remove := tempDir()
	defer remove()
	var mean, power diskcache.DiskCacher[float64]
	for name, c := range map[string]*diskcache.DiskCacher[float64]{"mean": &mean, "power": &power} {
		if err := c.SetTmpdir(dir); err != nil {
			log.Fatal(err)
		}
		if err := c.SetTag("LBTISX20240410_112233", name); err != nil {
			log.Fatal(err)
		}
		for segment := range 3 {
			_, err := c.Execute(context.Background(), func(context.Context) (float64, error) { return float64(segment), nil }, segment)
			if err != nil {
				log.Fatal(err)
			}
		}
	}
	total := diskcache.Total(&mean, &power)
	fmt.Println(total.Computed, "computed:", total.Misses)
	// Output: 6 computed: 6 not stored
}

func ExampleCache_Stats() {
	dir, remove := tempDir()
	defer remove()
	cache := diskcache.Cache{Dir: dir}
	square := diskcache.Wrap(&cache, "square", diskcache.Plain(func(x int) int { return x * x }))
	if _, err := square.Refresh(context.Background(), 3); err != nil {
		log.Fatal(err)
	}
	s := cache.Stats()
	fmt.Println(s.Misses[diskcache.Refreshed], "of", s.Computed, "computed for a Refresh")
	// Output: 1 of 1 computed for a Refresh
}
