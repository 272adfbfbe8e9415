package diskcache_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

var errOdd = errors.New("odd")

// upTo returns 0 … n-1.
func upTo(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

func squares(t *testing.T, dir string, calls *atomic.Int64) *diskcache.Function[int, int] {
	t.Helper()
	return diskcache.Wrap(&diskcache.Cache{Dir: dir}, "square", diskcache.Plain(func(n int) int { calls.Add(1); return n * n }))
}

func TestBatchComputesWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	var calls atomic.Int64
	mustCall(t, squares(t, dir, &calls), 3)
	args := slices.Concat(upTo(10), upTo(10)) // each twice
	for run, want := range []int64{10, 10} {
		var last diskcache.Progress
		tells := 0
		got, err := squares(t, dir, &calls).Batch(context.Background(), args, diskcache.BatchOptions{
			OnProgress: func(p diskcache.Progress) { last = p; tells++ },
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got {
			if v != args[i]*args[i] {
				t.Errorf("run %d: %d squared is %d", run, args[i], v)
			}
		}
		if calls.Load() != want {
			t.Errorf("run %d: %d calls, want %d", run, calls.Load(), want)
		}
		found := []int{2, 20}[run]
		if last.Total != 20 || last.Found != found || last.Computed != 20-found || last.Done() != 20 || tells != 1+last.Computed {
			t.Errorf("run %d: told %d times, at last %+v", run, tells, last)
		}
	}
}

func TestBatchOfNothing(t *testing.T) {
	var calls atomic.Int64
	got, err := squares(t, t.TempDir(), &calls).Batch(context.Background(), nil, diskcache.BatchOptions{})
	if len(got) > 0 || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// What is stored comes first, then each result as soon as it is there.
func TestBatchResultsAsTheyCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir()}, "sleep", diskcache.Plain(func(d time.Duration) time.Duration { time.Sleep(d); return d }))
		mustCall(t, f, 5*time.Second)
		args := []time.Duration{3 * time.Second, 1 * time.Second, 5 * time.Second, 2 * time.Second}
		var order []int
		for r := range f.BatchResults(context.Background(), args, diskcache.BatchOptions{Workers: 3}) {
			if r.Err != nil || r.Value != args[r.Index] || r.Arg != args[r.Index] || r.Found != (r.Index == 2) {
				t.Errorf("%+v", r)
			}
			order = append(order, r.Index)
		}
		if want := []int{2, 1, 3, 0}; !slices.Equal(order, want) {
			t.Errorf("order %v, want %v", order, want)
		}
	})
}

func TestBatchWorkersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, most atomic.Int64
		f := diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir()}, "f", diskcache.Plain(func(int) int {
			most.Store(max(most.Load(), running.Add(1)))
			time.Sleep(time.Second)
			running.Add(-1)
			return 0
		}))
		for _, workers := range []int{1, 4, 0} {
			most.Store(0)
			if _, err := f.Batch(diskcache.WithBypass(context.Background()), upTo(10), diskcache.BatchOptions{Workers: workers}); err != nil {
				t.Error(err)
			}
			want := int64(workers)
			if workers == 0 {
				want = min(10, int64(runtime.GOMAXPROCS(0)))
			}
			if most.Load() != want {
				t.Errorf("%d workers ran at once, want %d", most.Load(), want)
			}
		}
	})
}

// failing returns n, fails for odd ones, and panics or exits for two of them.
func failing(n int) (int, error) {
	switch {
	case n == 4:
		panic(fmt.Errorf("cannot do %d: %w", n, os.ErrInvalid))
	case n == 6:
		runtime.Goexit()
	case n%2 == 1:
		return 0, fmt.Errorf("%d is %w", n, errOdd)
	}
	return n, nil
}

func TestBatchFailuresTakeNobodyAlong(t *testing.T) {
	f := diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir()}, "f", diskcache.NoContext(failing))
	got, err := f.Batch(context.Background(), upTo(20), diskcache.BatchOptions{Workers: 2})
	var batch *diskcache.BatchError
	if !errors.As(err, &batch) {
		t.Fatalf("got %v", err)
	}
	for i, v := range got {
		if want := map[bool]int{true: i}[i%2 == 0 && i != 4 && i != 6]; v != want {
			t.Errorf("%d: got %d, want %d", i, v, want)
		}
	}
	var failed []int
	for _, e := range batch.Failed {
		failed = append(failed, e.Index)
	}
	if want := []int{1, 3, 4, 5, 6, 7, 9, 11, 13, 15, 17, 19}; !slices.Equal(failed, want) {
		t.Errorf("failed %v, want %v", failed, want)
	}
	var panicked *diskcache.PanicError
	if !errors.As(err, &panicked) || !strings.Contains(string(panicked.Stack), "failing") {
		t.Errorf("the panic and its place are lost: %v", panicked)
	}
	for _, kind := range []error{errOdd, os.ErrInvalid} {
		if !errors.Is(err, kind) {
			t.Errorf("%v is lost", kind)
		}
	}
	for _, says := range []string{"batch of 20 calls of f: 12 failed\n", "argument 1, 1: 1 is odd\n", "Goexit", "and 7 more"} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("does not say %q:\n%v", says, err)
		}
	}
	if batch.Missing != 0 || batch.Cause != nil {
		t.Errorf("missing %d, cause %v", batch.Missing, batch.Cause)
	}
}

// More functions that do not come back than there are workers.
func TestBatchSurvivesGoexit(t *testing.T) {
	f := diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir()}, "f", diskcache.Plain(func(n int) int {
		if n < 5 {
			runtime.Goexit()
		}
		return n
	}))
	got, err := f.Batch(context.Background(), upTo(8), diskcache.BatchOptions{Workers: 2})
	var batch *diskcache.BatchError
	if !errors.As(err, &batch) || len(batch.Failed) != 5 || !slices.Equal(got, []int{0, 0, 0, 0, 0, 5, 6, 7}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestBatchStopAtFirst(t *testing.T) {
	var calls atomic.Int64
	f := diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir()}, "f", diskcache.NoContext(func(n int) (int, error) {
		calls.Add(1)
		return n, errOdd
	}))
	_, err := f.Batch(context.Background(), upTo(1000), diskcache.BatchOptions{Workers: 2, StopAtFirst: true})
	var batch *diskcache.BatchError
	if !errors.As(err, &batch) || !errors.Is(err, errOdd) || batch.Cause != nil {
		t.Fatalf("%v", err)
	}
	if n := calls.Load(); n > 10 || batch.Missing < 990 || len(batch.Failed)+batch.Missing != 1000 {
		t.Errorf("%d calls, %d failed, %d missing", n, len(batch.Failed), batch.Missing)
	}
}

// When the context ends, what is done is kept, and the next batch computes the
// rest only.
func TestBatchResumesAfterCancel(t *testing.T) {
	dir := t.TempDir()
	var calls atomic.Int64
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	wrap := func(stopAfter int64) *diskcache.Function[int, int] {
		return diskcache.Wrap(&diskcache.Cache{Dir: dir}, "f", func(ctx context.Context, n int) (int, error) {
			if calls.Add(1) == stopAfter {
				cancel()
			}
			return n, ctx.Err()
		})
	}
	got, err := wrap(10).Batch(ctx, upTo(100), diskcache.BatchOptions{Workers: 2})
	var batch *diskcache.BatchError
	if !errors.As(err, &batch) || !errors.Is(err, context.Canceled) || len(batch.Failed) > 0 {
		t.Fatalf("%v", err)
	}
	done := 100 - batch.Missing
	if done < 8 || done > 11 || !strings.Contains(err.Error(), fmt.Sprintf("%d not computed (context canceled)", batch.Missing)) {
		t.Errorf("%d done: %v", done, err)
	}
	nonzero := 0
	for _, v := range got {
		if v != 0 {
			nonzero++
		}
	}
	if nonzero < done-1 || nonzero > done { // 0 is a result, too
		t.Errorf("%d results for %d that are done", nonzero, done)
	}
	calls.Store(0)
	got, err = wrap(-1).Batch(context.Background(), upTo(100), diskcache.BatchOptions{})
	if err != nil || !slices.Equal(got, upTo(100)) || calls.Load() != int64(batch.Missing) {
		t.Errorf("%d calls for %d missing: %v", calls.Load(), batch.Missing, err)
	}
}

func TestBatchLeftEarly(t *testing.T) {
	var running, calls atomic.Int64
	f := diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir()}, "f", diskcache.Plain(func(n int) int {
		calls.Add(1)
		running.Add(1)
		defer running.Add(-1)
		runtime.Gosched()
		return n
	}))
	for range f.BatchResults(context.Background(), upTo(1000), diskcache.BatchOptions{Workers: 4}) {
		break
	}
	if n := running.Load(); n != 0 || calls.Load() > 20 {
		t.Errorf("%d still run, %d were called", n, calls.Load())
	}
	func() {
		defer func() {
			if r := recover(); r != "stop" {
				t.Errorf("recovered %v", r)
			}
		}()
		for range f.BatchResults(context.Background(), upTo(1000), diskcache.BatchOptions{Workers: 4}) {
			panic("stop")
		}
	}()
	if n := running.Load(); n != 0 {
		t.Errorf("%d still run after a panic of the loop", n)
	}
}

func TestBatchOfUnhashable(t *testing.T) {
	f := diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir()}, "f", diskcache.Plain(func(any) int { return 1 }))
	got, err := f.Batch(context.Background(), []any{1, func() {}, "x", func() {}}, diskcache.BatchOptions{})
	var batch *diskcache.BatchError
	if !errors.As(err, &batch) || len(batch.Failed) != 2 || !errors.Is(err, diskcache.ErrArgument) || !slices.Equal(got, []int{1, 0, 1, 0}) {
		t.Errorf("%v, %v", got, err)
	}
}

// Equal arguments get results of their own where the copy option promises that.
func TestBatchCopies(t *testing.T) {
	f := diskcache.Wrap(&diskcache.Cache{Dir: t.TempDir()}, "f", diskcache.Plain(func(int) []float64 { return []float64{1} }), diskcache.FuncOptions{Copy: true})
	got, err := f.Batch(context.Background(), []int{1, 1, 1}, diskcache.BatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got[0][0], got[1][0] = 2, 3
	if want := [][]float64{{2}, {3}, {1}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestProgressRemaining(t *testing.T) {
	p := diskcache.Progress{Total: 100, Found: 50, Computed: 9, Failed: 1, Elapsed: 20 * time.Second}
	if p.Done() != 60 || p.Remaining() != 80*time.Second {
		t.Errorf("done %d, remaining %v", p.Done(), p.Remaining())
	}
	if r := (diskcache.Progress{Total: 5, Found: 1, Elapsed: time.Second}).Remaining(); r != 0 {
		t.Errorf("remaining %v while nothing was computed", r)
	}
}

// Batch look-ups of a thousand stored values.
func BenchmarkBatchFound(b *testing.B) {
	dir := b.TempDir()
	wrap := func() *diskcache.Function[int, int] {
		return diskcache.Wrap(&diskcache.Cache{Dir: dir}, "f", diskcache.Plain(func(n int) int { return n }))
	}
	args := upTo(1000)
	for name, fresh := range map[string]bool{"on disk": true, "in memory": false} {
		b.Run(name, func(b *testing.B) {
			f := wrap()
			if _, err := f.Batch(context.Background(), args, diskcache.BatchOptions{}); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if fresh {
					f = wrap()
				}
				if _, err := f.Batch(context.Background(), args, diskcache.BatchOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
