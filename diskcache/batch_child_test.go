package diskcache_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

const batchLength = 60

// runBatch is the child process of TestBatchCtrlC: a program as users write it,
// whose function does not look at its context.
func runBatch(dir string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	cache := diskcache.Cache{Dir: dir}
	slow := diskcache.Wrap(&cache, "slow", diskcache.Plain(func(n int) int {
		time.Sleep(20 * time.Millisecond)
		fmt.Println("computed")
		return n
	}))
	var last diskcache.Progress
	_, err := slow.Batch(ctx, upTo(batchLength), diskcache.BatchOptions{Workers: 2, OnProgress: func(p diskcache.Progress) { last = p }})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Printf("found %d, computed %d of %d\n", last.Found, last.Computed, last.Total)
	return 0
}
