package parquet

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// workers is how many columns are worked on at once.
func workers() int { return min(runtime.GOMAXPROCS(0), 16) }

// batches keeps the memory of batches for the next ones.
var batches = sync.Pool{New: func() any { return new(batch) }}

// parallel calls do with 0 to n-1, several at once, each worker with a batch of its
// own. It returns the error of the lowest index, and errors of panics: a panic
// in another goroutine would end the program.
func parallel(n int, do func(i int, b *batch) error) error {
	errs := make([]error, n)
	var next atomic.Int64
	work := func() {
		b := batches.Get().(*batch)
		defer batches.Put(b)
		for {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			errs[i] = contained(func() error { return do(i, b) })
			if errs[i] != nil {
				next.Store(int64(n)) // the others need not begin
			}
			b.reset()
		}
	}
	if w := min(workers(), n); w > 1 {
		var wait sync.WaitGroup
		for range w {
			wait.Go(work)
		}
		wait.Wait()
	} else {
		work()
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func contained(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // for columns that are mapped files
	defer contain(&err)
	return do()
}
