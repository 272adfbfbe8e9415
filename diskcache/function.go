package diskcache

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"sync"
	"sync/atomic"
)

// None is the argument of a function that has none, see [NoArgument].
type None = struct{}

// Function is a function whose results are kept in a [Cache]; [Wrap] makes one.
// All its methods may be called from any number of goroutines. It must not be
// copied.
type Function[A, T any] struct {
	original func(context.Context, A) (T, error)
	cache    *Cache
	name     string
	options  FuncOptions
	owner    *owner
	fault    error // of how it was wrapped

	bound    atomic.Bool
	mu       sync.Mutex // held while it is bound, which sets the next three
	lifetime lifetime
	cacher   DiskCacher[T]       // without a place where the cache is off
	failures DiskCacher[failure] // without a place unless errors are stored

	renewals keySet // under way
}

// Wrap returns f with its results kept in cache. name is the name of its files,
// as in fit-<key of the argument>.npy, and belongs to one function of the cache. The
// argument becomes part of the key by type and content, see [KeyOf]; several go into
// a struct, where those that do not decide the result are tagged `cache:"-"`. A
// function of another form is adapted by [Plain], [NoContext], [NoError] or
// [NoArgument].
//
// The options, laid over each other and over the defaults of the cache, are those of
// this function.
//
// Wrapping runs nothing and touches no disk, so a Function can be a package
// variable. What is wrong with it (a name taken, a result type that no format
// holds, an argument type that cannot be hashed) is the error of each call, and of
// [Function.Check] before the first one. A name that is taken or not valid is logged at
// once, by log/slog: a function is wrapped once, and methods of several objects are
// cached by [DiskCacher] fields.
func Wrap[A, T any](cache *Cache, name string, f func(context.Context, A) (T, error), options ...FuncOptions) *Function[A, T] {
	w := &Function[A, T]{original: f, cache: cache, name: name}
	for _, o := range options {
		w.options = w.options.over(o)
	}
	switch {
	case cache == nil:
		w.fault = errors.New("the cache is nil: pass the address of a Cache")
	case f == nil:
		w.fault = errors.New("the function is nil")
	default:
		w.owner = ownerOfFunction(f)
		w.fault = cache.register(name, w)
	}
	if w.fault != nil {
		slog.Warn("dataelab: each call of this function will fail", "error", &Error{Op: "wrap", Name: name, Err: w.fault})
	}
	return w
}

// Call returns the result for a: from memory, else from disk, else from the
// function, whose result it stores. It does all that [DiskCacher.Execute] does:
// concurrent calls with one argument, in this and in other processes, share a
// computation; the context given to the function knows of this call; errors
// are not stored, unless FuncOptions.Errors asks for it.
func (f *Function[A, T]) Call(ctx context.Context, a A) (T, error) {
	if err := f.bindFor(ctx); err != nil {
		var none T
		return none, err
	}
	if f.lifetime.stale > 0 {
		if v, ok, err := f.callStale(ctx, a); ok || err != nil {
			return v, err
		}
	}
	if f.hasNone() {
		return f.cacher.Execute(ctx, func(ctx context.Context) (T, error) { return f.compute(ctx, a, false) })
	}
	return f.cacher.Execute(ctx, func(ctx context.Context) (T, error) { return f.compute(ctx, a, false) }, a)
}

// Refresh computes the result for a, whatever is stored, and stores it in its
// place. What the function gets from other cached calls is taken from their
// caches; [WithRefresh] computes that anew, too.
func (f *Function[A, T]) Refresh(ctx context.Context, a A) (T, error) {
	if err := f.bindFor(ctx); err != nil {
		var none T
		return none, err
	}
	return f.cacher.Refresh(ctx, func(ctx context.Context) (T, error) { return f.compute(ctx, a, true) }, f.arguments(a)...)
}

// Peek returns the result for a if memory or disk has it. It never computes, and
// waits for nobody. See [DiskCacher.Peek] for what it is in a computation.
func (f *Function[A, T]) Peek(ctx context.Context, a A) (v T, ok bool, err error) {
	if err := f.bindFor(ctx); err != nil {
		return v, false, err
	}
	return f.cacher.Peek(ctx, f.arguments(a)...)
}

// Original calls the function itself: nothing is looked for, nothing stored.
func (f *Function[A, T]) Original(ctx context.Context, a A) (T, error) { return f.original(ctx, a) }

// Clear forgets the result for a, in memory and on disk. A computation of it that
// is under way in this process is not stored, and a call that begins later waits for it to
// end and computes anew.
func (f *Function[A, T]) Clear(a A) error {
	if err := f.bind(); err != nil {
		return err
	}
	key, err := KeyOf(f.arguments(a)...)
	if err != nil {
		return &Error{Op: "clear", Name: f.name, Err: err}
	}
	err = errors.Join(f.cacher.clearKey(key), f.failures.clearKey(key))
	if cell := f.cacher.cell.Load(); cell != nil && err == nil {
		cell.tell(Event{Kind: Cleared, Path: cell.valuePath(key), Reason: "by Clear"})
	}
	return err
}

// ClearAll forgets the results for all arguments, in memory and on disk.
func (f *Function[A, T]) ClearAll() error {
	if err := f.bind(); err != nil {
		return err
	}
	return ClearAll(f.cachers())
}

// Stats returns what was counted since the first call.
func (f *Function[A, T]) Stats() Stats { return f.cacher.Stats() }

// Path returns where the result for a lies, or would lie: the full path of its
// file. Where the function's cache is off there is none: [ErrOff].
func (f *Function[A, T]) Path(a A) (string, error) {
	if err := f.bind(); err != nil {
		return "", err
	}
	path, err := f.cacher.Path(f.arguments(a)...)
	if errors.Is(err, ErrOff) {
		err = &Error{Op: "path", Name: f.name, Err: err}
	}
	return path, err
}

// Check returns what each call would return as an error because of how the
// function was wrapped or its cache set up. It calls nothing and stores nothing. The
// fields of the cache are read now at the latest.
func (f *Function[A, T]) Check() error { return f.bind() }

func (f *Function[A, T]) hasNone() bool {
	var a A
	_, none := any(a).(None)
	return none
}

// arguments returns the list that becomes the key.
func (f *Function[A, T]) arguments(a A) []any {
	if f.hasNone() {
		return nil
	}
	return []any{a}
}

func (f *Function[A, T]) cachers() []Cacher { return []Cacher{&f.cacher, &f.failures} }

// bindFor is bind for a call.
func (f *Function[A, T]) bindFor(ctx context.Context) error {
	if f.bound.Load() {
		return nil
	}
	err := f.bind()
	if err != nil {
		o := wishOf(ctx).outcome
		o.begin()
		o.failed(err)
	}
	return err
}

// bind does at the first use what Wrap left: it reads options and environment,
// and finds the place of the files. What fails is tried again by the next call.
func (f *Function[A, T]) bind() error {
	if f.bound.Load() {
		return nil
	}
	if err := f.bindOnce(); err != nil {
		return &Error{Op: "wrap", Name: f.name, Err: err}
	}
	if f.cacher.cell.Load() != nil && f.cache.Store == nil { // it is on; no lock is held, as others may hear
		tellRelative(f.cache.Dir, f.cache.OnEvent)
	}
	return nil
}

func (f *Function[A, T]) bindOnce() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.bound.Load() {
		return nil
	}
	err := f.bindLocked()
	f.bound.Store(err == nil)
	return err
}

func (f *Function[A, T]) bindLocked() error {
	if f.fault != nil {
		return f.fault
	}
	off, err := f.cache.settle()
	f.cacher.off = off
	if off || err != nil {
		return err
	}
	options := f.cache.defaults().over(f.options)
	if err := options.check(); err != nil {
		return err
	}
	if !f.hasNone() {
		if refusal := keyFormOf(reflect.TypeFor[A]()).refusal; refusal != nil {
			return refusal.asError()
		}
	}
	if err := f.cache.claim(f.name, options.Aka); err != nil {
		return err
	}
	results := Binding{Cacher: &f.cacher, Name: f.name, Former: options.Aka, Field: options.fieldOptions(), owner: f.owner}
	if err := f.cache.bind(results, options.Valid, options.Store); err != nil {
		return err
	}
	f.lifetime = lifetime{stale: options.Stale, errors: options.Errors, kinds: options.ErrorKinds}
	if options.Errors == 0 {
		return nil
	}
	failures := Binding{Cacher: &f.failures, Name: f.name + failureSuffix, Field: &FieldOptions{Format: "json", TTL: options.Errors, Version: options.Version}, owner: f.owner}
	for _, old := range options.Aka {
		failures.Former = append(failures.Former, old+failureSuffix)
	}
	return f.cache.bind(failures, nil, options.Store)
}
