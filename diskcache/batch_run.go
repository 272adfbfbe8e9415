package diskcache

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// batch is one run of a batch. look and compute are called on the goroutines of
// workers, all else on that of the caller.
type batch[A, T any] struct {
	f        *Function[A, T]
	args     []A
	options  BatchOptions
	yield    func(BatchResult[A, T]) bool
	ctx      context.Context
	cancel   context.CancelFunc
	began    time.Time
	progress Progress
	left     bool // the caller wants no more
	running  sync.WaitGroup
}

// outcome is what became of a task, the indexes of equal arguments.
type outcome[T any] struct {
	task  []int
	value T
	found bool
	err   error
	told  *Outcome // nil where nobody wants it
}

// run is the batch:
//
//  1. Equal arguments are put together, as one task.
//  2. Each task is looked for. What is found is handed over.
//  3. The others are computed. What comes is handed over.
func (b *batch[A, T]) run() {
	var missing [][]int
	b.each(b.tasks(), b.look, func(o outcome[T]) { // 1, 2
		if o.found {
			b.hand(o)
		} else {
			missing = append(missing, o.task)
		}
	})
	b.tell()
	b.each(missing, b.compute, func(o outcome[T]) { // 3
		b.hand(o)
		if o.err != nil && b.options.StopAtFirst {
			b.cancel()
		}
	})
}

// tasks is step 1. An argument without a key is a task of its own; its call tells
// why.
func (b *batch[A, T]) tasks() [][]int {
	var tasks [][]int
	byKey := make(map[Key]int, len(b.args))
	for i, a := range b.args {
		key, err := KeyOf(b.f.arguments(a)...)
		n, known := byKey[key]
		switch {
		case err == nil && known:
			tasks[n] = append(tasks[n], i)
			continue
		case err == nil:
			byKey[key] = len(tasks)
		}
		tasks = append(tasks, []int{i})
	}
	return tasks
}

// each has workers do the work for all tasks, until the context ends, and hands
// over what they did.
func (b *batch[A, T]) each(tasks [][]int, work func(task []int) outcome[T], handle func(outcome[T])) {
	var (
		next    atomic.Int64
		workers sync.WaitGroup
		results = make(chan outcome[T])
		quit    = make(chan struct{}) // nobody takes results any more
	)
	defer close(quit)
	var worker func()
	worker = func() {
		for b.ctx.Err() == nil {
			i := int(next.Add(1)) - 1
			if i >= len(tasks) {
				return
			}
			o := outcome[T]{task: tasks[i], err: errGoexit}
			func() {
				back := false
				defer func() {
					if !back { // this goroutine ends behind our back: another one goes on
						workers.Go(worker)
					}
					select {
					case results <- o:
					case <-quit:
					}
				}()
				o = work(tasks[i])
				back = true
			}()
		}
	}
	for range min(b.options.Workers, len(tasks)) {
		workers.Go(worker)
	}
	b.running.Go(func() {
		workers.Wait()
		close(results)
	})
	for o := range results {
		handle(o)
	}
}

// errGoexit is the outcome of a function that did not come back.
var errGoexit = errors.New("the function ended its goroutine (runtime.Goexit, or Fatal of a test)")

// look is step 2. What goes wrong here goes wrong again in step 3, and is told there.
func (b *batch[A, T]) look(task []int) (o outcome[T]) {
	o.task = task
	v, ok, err := b.f.Peek(b.telling(&o), b.args[task[0]])
	o.value, o.found = v, ok && err == nil
	return o
}

// telling returns the context for a call whose Outcome belongs to o.
func (b *batch[A, T]) telling(o *outcome[T]) context.Context {
	if !b.options.Outcomes {
		return b.ctx
	}
	o.told = new(Outcome)
	return WithOutcome(b.ctx, o.told)
}

// compute is step 3.
func (b *batch[A, T]) compute(task []int) (o outcome[T]) {
	o.task = task
	defer func() {
		if r := recover(); r != nil {
			o.err = panicked(r)
			o.told.failed(o.err)
		}
	}()
	o.value, o.err = b.f.Call(b.telling(&o), b.args[task[0]])
	return o
}

// hand gives an outcome to the caller, once for each argument of the task. Those
// that the end of the context broke off are not done.
func (b *batch[A, T]) hand(o outcome[T]) {
	canceled := errors.Is(o.err, context.Canceled) || errors.Is(o.err, context.DeadlineExceeded)
	if canceled && b.ctx.Err() != nil {
		return
	}
	for n, i := range o.task {
		r := BatchResult[A, T]{Index: i, Arg: b.args[i], Value: o.value, Found: o.found, Err: o.err, Outcome: o.told}
		if n > 0 {
			r.Value = b.again(r, o.task[0])
		}
		switch {
		case o.err != nil:
			b.progress.Failed++
		case o.found:
			b.progress.Found++
		default:
			b.progress.Computed++
		}
		if !o.found {
			b.tell()
		}
		if !b.left && !b.yield(r) {
			b.left = true
			b.cancel()
		}
	}
}

// again returns the value for an argument that was given before: one of its own,
// where the copy option promises that, or where the value is part of that argument.
func (b *batch[A, T]) again(r BatchResult[A, T], first int) T {
	cell := b.f.cacher.cell.Load()
	if cell == nil || r.Err != nil || !cell.field.Copy && !isAliased(r.Value, b.f.arguments(b.args[first])) {
		return r.Value
	}
	if own, ok, err := b.f.Peek(context.WithoutCancel(b.ctx), r.Arg); ok && err == nil {
		return own
	}
	return r.Value
}

func (b *batch[A, T]) tell() {
	if b.options.OnProgress != nil && !b.left {
		b.progress.Elapsed = time.Since(b.began)
		b.options.OnProgress(b.progress)
	}
}
