package diskcache

import (
	"context"
	"errors"
)

// callStale answers from what is stored, also if that has expired, not too long
// ago; then a goroutine computes the next one. ok is whether it did.
func (f *Function[A, T]) callStale(ctx context.Context, a A) (v T, ok bool, err error) {
	cell, w := f.cacher.cell.Load(), wishOf(ctx)
	if cell == nil || w.bypass {
		return v, false, nil
	}
	w.outcome.begin()
	w.stale = f.lifetime.stale
	if ctx == nil {
		ctx = context.Background()
	}
	e, err := cell.peek(ctx, f.arguments(a), w)
	if e == nil || err != nil {
		return v, false, err
	}
	if e.expired() {
		w.outcome.stale()
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
				cell.tell(Event{Kind: Failed, Path: cell.valuePath(key), Err: panicked(r), Why: Expired, Reason: "computed in the background"})
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
