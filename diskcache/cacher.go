package diskcache

import (
	"context"
	"reflect"
	"sync/atomic"
)

// DiskCacher is the cache of one method that returns a T. The zero value is
// ready: until it has a tag, its calls only compute. It must not be copied after
// first use (go vet reports that); a struct that holds one is passed by pointer.
//
// Execute, Refresh and Peek may be called from any number of goroutines, and
// while the tag is set or the cache is cleared.
type DiskCacher[T any] struct {
	// hot is the value without arguments, where one load answers a call. It
	// belongs to the core's cell: both change together, under the core's lock. And it is
	// in that cell's table, or about to be taken away: see heat and cool.
	hot atomic.Pointer[kept[T]]
	core
}

// Execute returns the value of the method for args: from memory, else from disk,
// else from compute, whose result it stores.
//
// Pass in args everything that affects the result and is not implied by the tag:
// args become part of the key by type and content (see KeyOf). [Execute1] and its
// like write the arguments once, for the key and for the computation. compute runs on this goroutine, with a context that knows of this call, so that a
// method that reaches itself again gets an error; pass that context on.
//
// Of concurrent calls with one key, in this and in other processes, one computes
// and the others wait for it, each until its own ctx ends. An error of compute, in an
// [*Error] that names method and tag and unwraps to it, goes to all that waited in this
// process and is not stored. If the one that computes panics or its context ends, another
// one of them computes. After five seconds a Waiting event says, once, what they wait for,
// since when, and which process and goroutine compute it; so does the error of a ctx that
// ends meanwhile.
//
// That a result cannot be stored is not an error of Execute: it is returned,
// and Options.OnEvent or the log hears of the failure.
//
// The value is shared with the cache and its other callers: do not change it,
// or set the copy option. The arguments stay the caller's own: they may be changed after
// the call, also where the value is part of one.
func (c *DiskCacher[T]) Execute(ctx context.Context, compute func(context.Context) (T, error), args ...any) (T, error) {
	if k := c.hot.Load(); k != nil && len(args) == 0 && pulse.Load()+pulseEpoch == k.good.Load() {
		k.touch()
		return k.value, nil
	}
	return c.execute(ctx, compute, args)
}

// execute is Execute where one load does not answer.
func (c *DiskCacher[T]) execute(ctx context.Context, compute func(context.Context) (T, error), args []any) (T, error) {
	d := demandOf(ctx)
	if d == nil {
		if k := c.hot.Load(); k != nil && len(args) == 0 && k.good.Load() == goodNow() {
			k.touch()
			if noteOrigin(ctx, k.key, k.origin).unchanged() {
				var none T
				return none, ErrUnchanged
			}
			return k.value, nil
		}
		return c.run(ctx, compute, args, wish{})
	}
	return c.run(ctx, compute, args, wish{demand: *d})
}

// Refresh computes the value, whatever is stored, and stores it in the place of
// what was. It shares no computation that began before it was called.
func (c *DiskCacher[T]) Refresh(ctx context.Context, compute func(context.Context) (T, error), args ...any) (T, error) {
	w := wishOf(ctx)
	w.refresh = true
	return c.run(ctx, compute, args, w)
}

// Peek returns the value if memory or disk has it. It never computes, and waits
// for nobody. Without a tag there is nothing to find.
//
// In a computation a value that Peek returns is used, as one of Execute is. That Peek finds
// nothing is not noted: what was made without a value stays good when there is one.
func (c *DiskCacher[T]) Peek(ctx context.Context, args ...any) (v T, ok bool, err error) {
	if ctx == nil {
		ctx = context.Background()
	}
	cell, w := c.cell.Load(), wishOf(ctx)
	w.outcome.begin()
	if err := ctx.Err(); err != nil {
		w.outcome.failed(err)
		return v, false, err
	}
	if cell == nil || cell.off || w.bypass {
		w.outcome.missed("", NoReason, c.whyUncached(), nil)
		w.outcome.notFound()
		return v, false, nil
	}
	e, err := cell.peek(ctx, args, w)
	if e == nil || err != nil {
		return v, false, err
	}
	v, err = take[T](e)
	return v, err == nil, err
}

// ResultType returns the reflect.Type of T.
func (c *DiskCacher[T]) ResultType() reflect.Type { return reflect.TypeFor[T]() }

func (c *DiskCacher[T]) run(ctx context.Context, compute func(context.Context) (T, error), args []any, w wish) (T, error) {
	cell := c.cell.Load()
	w.outcome.begin()
	if cell == nil || cell.off || w.bypass {
		v, err := compute(w.inside(ctx))
		w.outcome.uncached(c.whyUncached(), err)
		return v, err
	}
	e, call, err := cell.begin(ctx, args, w)
	if err != nil {
		w.outcome.failed(err)
		var none T
		return none, err
	}
	if e != nil {
		c.heat(cell, e)
		w.outcome.found(cell, e)
		return c.hand(ctx, e)
	}
	defer call.finish()
	v, err := compute(call.ctx)
	if call.endsUnchanged() {
		if e := call.takeStored(ctx); e != nil {
			c.heat(cell, e)
			w.outcome.found(cell, e)
			return c.hand(ctx, e)
		}
		v, err = compute(call.ctx)
	}
	if err != nil {
		err = call.fail(err)
		noteOrigin(ctx, call.key, call.origin)
		return v, err
	}
	k := newKept[T]()
	k.value = v
	if e := call.commit(v, &k.entry); e != nil {
		c.heat(cell, e)
	}
	if noteOrigin(ctx, call.key, call.origin).unchanged() {
		var none T
		return none, ErrUnchanged
	}
	return v, nil
}

// hand returns the value of an entry that was found, which is a use of the computation that
// ctx belongs to.
func (c *DiskCacher[T]) hand(ctx context.Context, e *entry) (T, error) {
	if noteOrigin(ctx, e.key, e.origin).unchanged() {
		var none T
		return none, ErrUnchanged
	}
	return take[T](e)
}

// heat lets the next calls without arguments be answered by one load, unless a
// hit has to look at a clock, make a copy, or be told of.
func (c *DiskCacher[T]) heat(from *cell, e *entry) {
	k, ok := e.held.(*kept[T])
	if !ok || e.key != (Key{}) || e.expires != 0 || from.observer.TraceHits || from.valid != nil {
		return
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	// Else the tag was changed meanwhile, or a Refresh overtook this call; whoever
	// put another entry in memory heats that one afterwards.
	if c.cell.Load() != from || from.memory.get(e.key) != e {
		return
	}
	c.hot.Store(k)
	if from.memory.get(e.key) != e { // it left in between, and cool came too early
		c.cool(e)
	}
}

// cool is heat undone, for an entry that has left memory.
func (c *DiskCacher[T]) cool(e *entry) {
	if k, ok := e.held.(*kept[T]); ok {
		c.hot.CompareAndSwap(k, nil)
	}
}

// newEntry returns an entry that holds a zero T.
func (c *DiskCacher[T]) newEntry() *entry { return &newKept[T]().entry }

// take returns the value of an entry, a copy where the entry is private.
func take[T any](e *entry) (T, error) {
	if e.format == nil {
		return e.held.(*kept[T]).value, nil
	}
	v := new(T)
	err := contained(func() error { return e.format.Decode(newSource(e.private), v) })
	return *v, err
}

// change is how everything but hot is set.
func (c *DiskCacher[T]) change(set func(*core)) {
	c.lock.Lock()
	defer c.lock.Unlock()
	set(&c.core)
	c.hot.Store(nil)
}

func (c *DiskCacher[T]) state() *core { return &c.core }

// SetTag starts caching under a tag. name is the stem of the entry's file names,
// as in root.slopes.Slopes.mean; it is dataelab.SetTag that makes such names for
// a tree of objects, and usually calls this. Memory forgets; files stay.
func (c *DiskCacher[T]) SetTag(tag, name string) error {
	return BindAll(tag, []Binding{{Cacher: c, Name: name, owner: ownerOfCaller()}}, Observer{})
}

// SetPrefix changes what stands before the tag in the name of its directory.
func (c *DiskCacher[T]) SetPrefix(prefix string) error {
	return UpdateAll([]Cacher{c}, WithPrefix(prefix))
}

// SetTmpdir changes the directory that holds the tags' directories.
func (c *DiskCacher[T]) SetTmpdir(dir string) error {
	err := UpdateAll([]Cacher{c}, WithTmpdir(dir))
	if err == nil {
		tellRelative(dir, c.opts.Load().OnEvent)
	}
	return err
}

// SetOptions changes all options at once.
func (c *DiskCacher[T]) SetOptions(o Options) error {
	err := UpdateAll([]Cacher{c}, WithOptions(o))
	if err == nil {
		tellRelative(o.Tmpdir, o.OnEvent)
	}
	return err
}

// SetValid sets a hook that is asked whenever a stored value is found, in memory or on
// disk; where it returns false the value is computed. With nil all are good again. The
// hook stays when the tag changes. It runs on the goroutines of the callers, while
// others wait for the same value, so it should be quick, and must not call the method or
// another one that needs it.
func (c *DiskCacher[T]) SetValid(hook func(Stored) bool) {
	c.change(func(core *core) {
		core.valid.Store(nil)
		if hook != nil {
			core.valid.Store(&hook)
		}
		if cell := core.cell.Load(); cell != nil {
			next := cell.successor()
			next.counters.Store(cell.count()) // it is the same tag
			next.valid = hook
			core.install(next)
		}
	})
}

// ClearCache forgets every value of this cacher under its tag, for all argument
// lists, in memory and on disk. A computation under way in this process is not
// stored; one in another process is. Without a tag it does nothing.
func (c *DiskCacher[T]) ClearCache() error { return ClearAll([]Cacher{c}) }

// Close forgets the values in memory and ends the mappings of the mmap option:
// what this cacher returned under that option must not be touched any more.
// Files and tag stay, and the next call loads anew. See CloseAll.
func (c *DiskCacher[T]) Close() error { return CloseAll([]Cacher{c}) }
