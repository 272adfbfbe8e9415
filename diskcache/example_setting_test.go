package diskcache_test

import (
	"context"
	"fmt"
	"log"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Configuration that many functions use, and that none has as an argument.
func ExampleSetting() {
	dir, remove := tempDir()
	defer remove()
	cache := diskcache.Cache{Dir: dir}

	var gain diskcache.Setting[float64]
	if err := cache.Declare("gain", &gain); err != nil {
		log.Fatal(err)
	}
	amplify := diskcache.Wrap(&cache, "amplify", func(ctx context.Context, signal float64) (float64, error) {
		return gain.Use(ctx) * signal, nil
	})

	var why diskcache.Outcome
	ctx := diskcache.WithOutcome(context.Background(), &why)
	for _, value := range []float64{0.5, 0.5, 0.25} {
		gain.Set(value)
		v, err := amplify.Call(ctx, 10)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%v (%v)\n", v, why.Source)
	}
	fmt.Println(why.Reason)
	// Output:
	// 5 (computed)
	// 5 (memory)
	// 2.5 (computed)
	// the setting gain, which it used, was 0.5 and is 0.25 now
}

// What a stored result used can be read from its entry.
func ExampleCache_Declare() {
	dir, remove := tempDir()
	defer remove()
	cache := diskcache.Cache{Dir: dir}

	var site diskcache.Setting[string]
	site.Set("Mt. Graham")
	if err := cache.Declare("site", &site); err != nil {
		log.Fatal(err)
	}
	altitude := diskcache.Wrap(&cache, "altitude", diskcache.NoArgument(func(ctx context.Context) (float64, error) {
		return map[string]float64{"Mt. Graham": 3221}[site.Use(ctx)], nil
	}))
	ctx := context.Background()
	if _, err := altitude.Call(ctx, diskcache.None{}); err != nil {
		log.Fatal(err)
	}
	place, err := cache.Place()
	if err != nil {
		log.Fatal(err)
	}
	for e, err := range place.Entries(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		for _, use := range e.Uses {
			fmt.Println(e.Name, "used the", use.Kind, use.Name, "=", use.Text)
		}
	}
	// Output:
	// altitude used the setting site = "Mt. Graham"
}
