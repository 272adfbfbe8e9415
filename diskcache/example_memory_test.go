package diskcache_test

import (
	"context"
	"fmt"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Frames of 8 MB each are kept in memory as long as there is room, and read from disk
// otherwise. Most programs give diskcache.DefaultMemory a limit instead of having one of
// their own.
func ExampleMemory() {
	dir, remove := tempDir()
	defer remove()
	memory := diskcache.NewMemory(50 << 20)
	cache := diskcache.Cache{Dir: dir, Memory: memory}
	load := diskcache.Wrap(&cache, "frame", func(_ context.Context, frame int) ([]float64, error) {
		return make([]float64, 1<<20), nil
	})

	for frame := range 20 {
		if _, err := load.Call(context.Background(), frame); err != nil {
			fmt.Println(err)
			return
		}
	}
	stats := memory.Stats()
	fmt.Println(stats.Values, "frames in memory,", stats.Dropped, "only on disk")
	fmt.Println("within the limit:", stats.Used <= stats.Limit)
	// Output:
	// 6 frames in memory, 14 only on disk
	// within the limit: true
}

// A limit can be set and changed while the program runs.
func ExampleMemory_SetLimit() {
	dir, remove := tempDir()
	defer remove()
	var memory diskcache.Memory // without a limit
	cache := diskcache.Cache{Dir: dir, Memory: &memory}
	load := diskcache.Wrap(&cache, "frame", func(_ context.Context, frame int) ([]float64, error) {
		return make([]float64, 1<<20), nil
	})
	for frame := range 4 {
		if _, err := load.Call(context.Background(), frame); err != nil {
			fmt.Println(err)
			return
		}
	}

	memory.SetLimit(1 << 30)
	fmt.Println(memory.Used()>>20, "MiB")
	memory.SetLimit(20 << 20)
	fmt.Println(memory.Used()>>20, "MiB")
	// Output:
	// 32 MiB
	// 16 MiB
}
