package npz

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/dataelab/dataelab-go/internal/memfault"
)

// sideBySide calls do for 0 to n-1, on at most as many goroutines as there are
// processors, and begins nothing new after an error. It returns the error of the
// lowest number, whatever the order in time. A panic of do becomes one of the
// caller, after all goroutines have ended.
func sideBySide(n int, do func(int) error) error {
	var (
		next     atomic.Int64 // the number that nobody has taken yet
		stop     atomic.Bool
		panicked atomic.Pointer[any]
		errs     = make([]error, n)
		workers  sync.WaitGroup
	)
	for range min(n, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					panicked.CompareAndSwap(nil, &p)
					stop.Store(true)
				}
			}()
			for !stop.Load() {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if errs[i] = memfault.Try(func() error { return do(i) }); errs[i] != nil {
					stop.Store(true)
				}
			}
		})
	}
	workers.Wait()
	if p := panicked.Load(); p != nil {
		panic(*p)
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
