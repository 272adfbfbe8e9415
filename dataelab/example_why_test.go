package dataelab_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/rs/zerolog"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

// Why is this slow today? Ask the call.
func Example_why() {
	dir, remove := temporary()
	defer remove()
	a := newAnalyzer()
	if err := dataelab.SetTmpdir(a, dir); err != nil {
		log.Fatal(err)
	}
	if err := dataelab.SetTag(a, "LBTISX20240410_112233"); err != nil {
		log.Fatal(err)
	}
	var o diskcache.Outcome
	ctx := diskcache.WithOutcome(context.Background(), &o)
	for _, channel := range []int{0, 1} {
		if _, err := a.Slopes.RMS(ctx, channel); err != nil {
			log.Fatal(err)
		}
		fmt.Println(o.Source, "-", o.Why) // fmt.Println(o) prints all of it, with times
	}
	d := o.Nearest.Differences[0]
	fmt.Printf("argument %d: %s there, %s here\n", d.Argument, d.There, d.Here)
	// Output:
	// computed - not stored
	// computed - other arguments
	// argument 1: 0 there, 1 here
}

func ExampleStats() {
	dir, remove := temporary()
	defer remove()
	a := newAnalyzer()
	if err := dataelab.SetTmpdir(a, dir); err != nil {
		log.Fatal(err)
	}
	if err := dataelab.SetTag(a, "LBTISX20240410_112233"); err != nil {
		log.Fatal(err)
	}
	if _, err := a.Slopes.Mean(context.Background()); err != nil {
		log.Fatal(err)
	}
	stats, err := dataelab.Stats(a) // fmt.Print(stats) prints a table
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range stats.Cachers {
		fmt.Println(c.Computed, "computed by", c.Name)
	}
	fmt.Println("in total:", stats.Total.Misses)
	// Output:
	// computing the mean
	// 1 computed by root.Slopes.Slopes.mean
	// 0 computed by root.Slopes.Slopes.rms_of_channel
	// in total: 1 not stored
}

// Functions have no SetTag that would connect them to the log.
func ExampleLogEvents() {
	dir, remove := temporary()
	defer remove()
	logger := zerolog.New(os.Stdout).Level(zerolog.WarnLevel)
	cache := diskcache.Cache{Dir: dir, OnEvent: dataelab.LogEvents(logger)}
	square := diskcache.Wrap(&cache, "square", diskcache.Plain(func(x int) int { return x * x }))
	v, err := square.Call(context.Background(), 3) // would be logged on level info
	fmt.Println(v, err)
	// Output: 9 <nil>
}
