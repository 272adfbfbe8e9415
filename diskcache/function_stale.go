package diskcache

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
)

// callStale answers from what is stored, also if that has expired, not too long
// ago; then a goroutine computes the next one. ok is whether it did.
func (f *Function[A, T]) callStale(ctx context.Context, a A) (v T, ok bool, err error) {
	cell, w := f.cacher.cell.Load(), wishOf(ctx)
	if cell == nil || w.bypass {
		return v, false, nil
	}
	w.stale = f.lifetime.stale
	if ctx == nil {
		ctx = context.Background()
	}
	e, err := cell.peek(ctx, f.arguments(a), w)
	if e == nil || err != nil {
		return v, false, err
	}
	if e.expired() {
		f.renew(cell, e.key, a)
	}
	v, err = take[T](e)
	return v, err == nil, err
}

// renew computes an expired result in the background, unless that is under way
// already.
func (f *Function[A, T]) renew(cell *cell, key Key, a A) {
	if !f.renewals.add(key) {
		return
	}
	started := f.cache.background.start(func(ctx context.Context) {
		defer f.renewals.remove(key)
		defer func() {
			if r := recover(); r != nil { // it would end the program, and nobody called it
				cell.tell(Event{Kind: Failed, Path: cell.valuePath(key), Err: panicked(r), Reason: "computed in the background"})
			}
		}()
		args := f.arguments(a)
		// What it returns is stored, and told as an event.
		_, _ = f.cacher.run(ctx, func(ctx context.Context) (T, error) {
			v, err := f.compute(ctx, a, false)
			if now, keyErr := KeyOf(args...); err == nil && (keyErr != nil || now != key) {
				err = errChanged
			}
			return v, err
		}, args, wish{})
	})
	if !started {
		f.renewals.remove(key)
	}
}

// errChanged keeps a result from being stored under the key of another argument.
var errChanged = errors.New("the argument was changed while its result was computed in the background: pass a copy")

// keySet is a set of keys for many goroutines.
type keySet struct {
	mu   sync.Mutex
	keys map[Key]bool // guarded by mu
}

// add reports whether the key is new.
func (s *keySet) add(key Key) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys[key] {
		return false
	}
	if s.keys == nil {
		s.keys = map[Key]bool{}
	}
	s.keys[key] = true
	return true
}

func (s *keySet) remove(key Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.keys, key)
}

// background runs a bounded number of goroutines until it is closed.
type background struct {
	mu      sync.Mutex
	ctx     context.Context    // guarded by mu; of all that run
	cancel  context.CancelFunc // guarded by mu
	running int                // guarded by mu
	closed  bool               // guarded by mu
	all     sync.WaitGroup
}

// start reports whether there was room.
func (b *background) start(work func(context.Context)) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || b.running == runtime.GOMAXPROCS(0) {
		return false
	}
	if b.ctx == nil {
		b.ctx, b.cancel = context.WithCancel(context.Background())
	}
	ctx := b.ctx
	b.running++
	b.all.Go(func() {
		defer b.end()
		work(ctx)
	})
	return true
}

func (b *background) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running--
}

func (b *background) close() {
	b.mu.Lock()
	b.closed = true
	if b.cancel != nil {
		b.cancel()
	}
	b.mu.Unlock()
	b.all.Wait()
}

// PanicError is a panic of a function that ran on a goroutine of this package,
// where nobody else could have recovered it.
type PanicError struct {
	Value any    // of the panic
	Stack []byte // of the goroutine
}

func panicked(value any) *PanicError { return &PanicError{Value: value, Stack: debug.Stack()} }

func (e *PanicError) Error() string { return fmt.Sprintf("the function panicked: %v", e.Value) }

// Unwrap returns the value of the panic if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
