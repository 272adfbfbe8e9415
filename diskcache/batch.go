package diskcache

import (
	"context"
	"iter"
	"runtime"
	"time"
)

// BatchOptions say how a batch is computed. The zero value is a good default.
type BatchOptions struct {
	// Workers is how many calls run at once. Default: runtime.GOMAXPROCS(0).
	Workers int

	// StopAtFirst ends the batch with the first argument that fails, and the context
	// of those that are being computed. By default the others go on.
	StopAtFirst bool

	// OnProgress, when not nil, hears how far the batch is: once it is known what is
	// stored, and whenever an argument is done. It is called by one goroutine at a
	// time, on that of the caller, so the batch waits for it.
	OnProgress func(Progress)

	// Outcomes asks for the Outcome of each argument, as WithOutcome does.
	Outcomes bool
}

// Progress is how far a batch is, in arguments.
type Progress struct {
	Total    int
	Found    int // stored before, in memory or on disk
	Computed int // by this batch; the same argument given twice counts twice
	Failed   int
	Elapsed  time.Duration // since the batch began
}

// Done is how many arguments have a result or an error.
func (p Progress) Done() int { return p.Found + p.Computed + p.Failed }

// Remaining estimates how long the rest takes: as long in proportion as what was
// computed so far. It is 0 while nothing was.
func (p Progress) Remaining() time.Duration {
	worked := p.Computed + p.Failed
	if worked == 0 {
		return 0
	}
	return time.Duration(float64(p.Elapsed) / float64(worked) * float64(p.Total-p.Done()))
}

// BatchResult is the outcome for one argument of a batch.
type BatchResult[A, T any] struct {
	Index int // of the argument
	Arg   A
	Value T
	Found bool  // it was stored before
	Err   error // the function's, or a *PanicError

	Outcome *Outcome // what happened and why; nil unless BatchOptions.Outcomes is set
}

// Batch returns the results for many arguments, in their order. What is stored is
// looked for first; the rest is computed by a bounded number of workers, each
// argument once, however often it is given.
//
// An argument that fails, by an error or a panic, leaves a zero value and takes no
// other one along: the error is a [*BatchError], which names them all. When ctx ends,
// no further argument is begun, the functions under way see it in their contexts
// and are waited for, and the error wraps that of ctx. What is done by then is
// stored, so the same batch computes only the rest next time.
func (f *Function[A, T]) Batch(ctx context.Context, args []A, o BatchOptions) ([]T, error) {
	values := make([]T, len(args))
	failed := &BatchError{Name: f.name, Total: len(args), Missing: len(args)}
	for r := range f.BatchResults(ctx, args, o) {
		values[r.Index] = r.Value
		failed.Missing--
		if r.Err != nil {
			failed.add(r.Index, argumentTexts(f.arguments(r.Arg)), r.Err)
		}
	}
	if failed.Missing > 0 && ctx != nil {
		failed.Cause = ctx.Err()
	}
	return values, failed.orNil()
}

// BatchResults is Batch with the results as they come: what is stored first, the
// rest in the order in which it is done. Each argument comes once, but for those
// that were not done when ctx ended or StopAtFirst applied. A loop that is left
// early ends the batch as the end of ctx does. While the loop's body runs, each
// worker goes on until it has a result to hand over.
func (f *Function[A, T]) BatchResults(ctx context.Context, args []A, o BatchOptions) iter.Seq[BatchResult[A, T]] {
	return func(yield func(BatchResult[A, T]) bool) {
		if ctx == nil {
			ctx = context.Background()
		}
		b := &batch[A, T]{f: f, args: args, options: o, yield: yield, began: time.Now()}
		b.ctx, b.cancel = context.WithCancel(wishOf(ctx).inside(ctx))
		b.progress.Total = len(args)
		if b.options.Workers <= 0 {
			b.options.Workers = runtime.GOMAXPROCS(0)
		}
		defer b.running.Wait() // after cancel, also when the loop's body panics
		defer b.cancel()
		b.run()
	}
}
