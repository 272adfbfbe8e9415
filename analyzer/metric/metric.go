package metric

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Metric is a named result of type T; [Collect] makes one, and [Family.At]. Its methods may
// be called from any number of goroutines.
type Metric[T any] struct {
	p atomic.Pointer[metricOf[T]] // hidden from the walk of package dataelab, which finds the manager
}

// item is a metric of any type.
type item struct {
	m      *Manager
	s      *state
	name   string // of its files
	base   string
	params []any
	fault  error // of how it was collected
	field  diskcache.FieldOptions
	format string // npz, npy, or empty for npz

	value   diskcache.Cacher
	scratch diskcache.Cacher             // for what is computed and not saved
	dated   diskcache.DiskCacher[string] // the file with the date

	bound   atomic.Pointer[diskcache.Place] // of the value, once the options are set
	beside  atomic.Pointer[diskcache.Place] // the same for scratch and dated
	unsaved atomic.Bool                     // scratch has a value
	fresh   atomic.Bool                     // a value was computed: its date is to be written
	when    atomic.Int64                    // a value was computed here last, in Unix nanoseconds

	unsavable atomic.Pointer[error] // why a value was not saved

	get, compute, load, refresh func(context.Context) (any, error)
	take                        func(ctx context.Context, refresh bool) (v any, computed bool, err error)
	adopt                       func(ctx context.Context, stem string) error
}

// String returns the metric as it was collected, as in poly_Y(1, 2).
func (it *item) String() string {
	if it.params == nil {
		return it.base
	}
	texts := make([]string, len(it.params))
	for i, p := range it.params {
		texts[i] = fmt.Sprintf("%#v", p)
	}
	return it.base + "(" + strings.Join(texts, ", ") + ")"
}

// metricOf is a metric with its type.
type metricOf[T any] struct {
	item
	f       func(context.Context) (T, error)
	run     func(context.Context) (T, error) // f, and what is to be done after it
	cacher  diskcache.DiskCacher[T]
	pending diskcache.DiskCacher[T]
}

// Collect makes f a metric of a manager. Its files are named name, see [FileName]. If the name or f
// is not valid, each call and [Manager.Err] return the error.
//
// f gets a context: cached calls that are made with it, other metrics among them, are noted
// as what the value was made of.
func Collect[T any](m *Manager, name string, f func(context.Context) (T, error)) *Metric[T] {
	c := newMetric(name, nil, f)
	m.add(&c.item)
	return handle(c)
}

func handle[T any](c *metricOf[T]) *Metric[T] {
	h := &Metric[T]{}
	h.p.Store(c)
	return h
}

func newMetric[T any](base string, params []any, f func(context.Context) (T, error)) *metricOf[T] {
	c := &metricOf[T]{f: f}
	c.base, c.params = base, params
	c.value, c.scratch = &c.cacher, &c.pending
	c.run = func(ctx context.Context) (T, error) {
		v, err := c.call(ctx)
		if err == nil {
			c.fresh.Store(true)
			c.when.Store(time.Now().UnixNano())
		}
		return v, err
	}
	c.get = func(ctx context.Context) (any, error) { return c.getT(ctx) }
	c.compute = func(ctx context.Context) (any, error) { return c.computeT(ctx) }
	c.load = func(ctx context.Context) (any, error) { return c.loadT(ctx) }
	c.refresh = func(ctx context.Context) (any, error) { return c.refreshT(ctx) }
	c.take = func(ctx context.Context, refresh bool) (any, bool, error) {
		if err := c.ready(); err != nil {
			return nil, false, err
		}
		return c.watched(ctx, refresh)
	}
	c.adopt = c.adoptFrom
	return c
}

// call calls the function, and says so.
func (c *metricOf[T]) call(ctx context.Context) (T, error) {
	c.say("Compute %s", c)
	begun := time.Now()
	v, err := c.f(ctx)
	if err != nil {
		c.say("Failed %s: %v", c, err)
		return v, err
	}
	c.say("Completed %s in %s", c, elapsed(time.Since(begun)))
	return v, nil
}

// Name returns the name of the metric's files, without an extension.
func (h *Metric[T]) Name() string { return h.p.Load().name }

// Err returns what is wrong with how the metric was collected.
func (h *Metric[T]) Err() error { return h.p.Load().fault }

// Path returns the full path of the file that holds the value, or would hold it.
func (h *Metric[T]) Path() (string, error) {
	c := h.p.Load()
	if err := c.ready(); err != nil {
		return "", err
	}
	return c.cacher.Path()
}

// Get returns the value: from memory, else from disk, else from the function, whose result it
// stores. It does all that [diskcache.DiskCacher.Execute] does. The value is shared with other
// callers: do not change it.
func (h *Metric[T]) Get(ctx context.Context) (T, error) { return h.p.Load().getT(ctx) }

func (c *metricOf[T]) getT(ctx context.Context) (T, error) {
	if p, err := c.cacher.Place(); err != nil || !same(c.bound.Load(), p) || c.unsaved.Load() || c.s.options.Messages != nil {
		return c.getSlowly(ctx)
	}
	v, err := c.cacher.Execute(ctx, c.run)
	if c.fresh.Load() {
		c.saved()
	}
	return v, err
}

func (c *metricOf[T]) getSlowly(ctx context.Context) (T, error) {
	if err := c.ready(); err != nil {
		var none T
		return none, err
	}
	if c.s.options.Messages != nil {
		v, _, err := c.watched(ctx, false)
		return v, err
	}
	c.publish(ctx)
	v, err := c.cacher.Execute(ctx, c.run)
	c.saved()
	return v, err
}

// watched gets or refreshes the value, and reports whether this call computed it. It asks for no
// Outcome: that would list the directory at each computation.
func (c *metricOf[T]) watched(ctx context.Context, refresh bool) (v T, computed bool, err error) {
	run := func(ctx context.Context) (T, error) {
		v, err := c.run(ctx)
		if _, untagged := c.cacher.Place(); err == nil && untagged == nil {
			c.say("Save %s", c)
		}
		computed = err == nil
		return v, err
	}
	if refresh {
		v, err = c.cacher.Refresh(ctx, run)
	} else {
		c.publish(ctx)
		v, err = c.cacher.Execute(ctx, run)
	}
	c.saved()
	return v, computed, err
}

// hear handles an event of the value's cacher.
func (it *item) hear(e diskcache.Event) {
	switch e.Kind {
	case diskcache.Loaded:
		if it.s.options.Messages != nil {
			when, _ := it.date(context.Background()) // zero where it is not known
			it.say("Load %s pulled on %s", it, when.Format("2006-01-02 15:04:05 -0700"))
		}
	case diskcache.SaveFailed:
		it.say("Failed to save %s: %v", it, e.Err)
		it.unsavable.Store(&e.Err)
	}
}

// Refresh computes the value, whatever is stored, and stores it in the place of what was. What
// was made of the old value is stale then, unless the new one is the same.
func (h *Metric[T]) Refresh(ctx context.Context) (T, error) { return h.p.Load().refreshT(ctx) }

func (c *metricOf[T]) refreshT(ctx context.Context) (T, error) {
	if err := c.ready(); err != nil {
		var none T
		return none, err
	}
	c.drop()
	if c.s.options.Messages != nil {
		v, _, err := c.watched(ctx, true)
		return v, err
	}
	v, err := c.cacher.Refresh(ctx, c.run)
	c.saved()
	return v, err
}

// Compute returns the value of the function, and stores nothing on disk. Memory keeps it:
// further calls of Compute return it, and Save and Get store it instead of computing. What
// is stored is not looked at.
func (h *Metric[T]) Compute(ctx context.Context) (T, error) { return h.p.Load().computeT(ctx) }

func (c *metricOf[T]) computeT(ctx context.Context) (v T, err error) {
	if err := c.readyBeside(); err != nil {
		return v, err
	}
	v, err = c.pending.Execute(ctx, c.call)
	if _, untagged := c.pending.Place(); err == nil && untagged == nil {
		c.unsaved.Store(true)
	}
	return v, err
}

// Save stores the value, unless it is stored. It computes it where memory does not have it.
func (h *Metric[T]) Save(ctx context.Context) error { return h.p.Load().save(ctx) }

func (it *item) save(ctx context.Context) error {
	if err := it.ready(); err != nil {
		return err
	}
	if _, err := it.value.Place(); err != nil {
		return wrap("save", it.String(), err)
	}
	_, computed, err := it.take(ctx, false)
	if err != nil {
		return err
	}
	stored, err := it.exists(ctx)
	if !stored && err == nil && !computed { // memory has it, and somebody removed the file
		if _, _, err = it.take(ctx, true); err == nil {
			stored, err = it.exists(ctx)
		}
	}
	if stored || err != nil {
		return err
	}
	err = errors.New("the value was computed, and is not stored")
	if why := it.unsavable.Load(); why != nil {
		err = *why
	}
	return wrap("save", it.String(), err)
}

// Load returns the value from memory or disk. Where neither has it the error wraps [ErrNotStored].
func (h *Metric[T]) Load(ctx context.Context) (T, error) { return h.p.Load().loadT(ctx) }

func (c *metricOf[T]) loadT(ctx context.Context) (v T, err error) {
	if err := c.ready(); err != nil {
		return v, err
	}
	v, found, err := c.cacher.Peek(ctx)
	switch {
	case err != nil:
		return v, wrap("load", c.String(), err)
	case !found:
		return v, wrap("load", c.String(), fmt.Errorf("%w that is valid", ErrNotStored))
	}
	return v, nil
}

// Exists reports whether a valid value is on disk. A value that is in memory only does not
// count. The value is not read.
func (h *Metric[T]) Exists(ctx context.Context) (bool, error) { return h.p.Load().exists(ctx) }

func (it *item) exists(ctx context.Context) (bool, error) {
	e, place, err := it.entry(ctx)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, diskcache.ErrTagNotSet):
		return false, nil
	case err != nil:
		return false, wrap("look for", it.String(), err)
	}
	return it.reason(ctx, place, e) == diskcache.NoReason, nil
}

// reason says why the next call would not take what is stored.
func (it *item) reason(ctx context.Context, place *diskcache.Place, e diskcache.EntryInfo) diskcache.Reason {
	why, _ := place.Validity(ctx, e)
	if age := it.field.TTL; why == diskcache.NoReason && age > 0 && !e.Computed.IsZero() && time.Since(e.Computed) > age {
		return diskcache.Expired
	}
	return why
}

// entry returns what is known of the stored value.
func (it *item) entry(ctx context.Context) (diskcache.EntryInfo, *diskcache.Place, error) {
	if err := it.ready(); err != nil {
		return diskcache.EntryInfo{}, nil, err
	}
	place, err := it.value.Place()
	if err != nil {
		return diskcache.EntryInfo{}, nil, err
	}
	e, err := place.Entry(ctx, it.stem(), "")
	return e, place, err
}

// Clear forgets what memory holds of the metric. Files stay.
func (h *Metric[T]) Clear() error { return h.p.Load().clear() }

func (it *item) clear() error {
	if it.fault != nil {
		return it.fault
	}
	it.drop()
	return wrap("clear", it.String(), it.value.Close())
}

// Delete forgets the value, in memory and on disk. What was made of it stays valid.
func (h *Metric[T]) Delete() error { return h.p.Load().remove() }

func (it *item) remove() error {
	if err := it.readyBeside(); err != nil {
		return err
	}
	it.drop()
	return wrap("delete", it.String(), errors.Join(it.value.ClearCache(), it.dated.ClearCache()))
}

// drop forgets what was computed and not saved.
func (it *item) drop() {
	if it.unsaved.Swap(false) {
		_ = it.scratch.ClearCache() // it is in memory
	}
}

// publish stores what was computed and not saved, with the record of its computation. Where
// that fails it is computed again.
func (it *item) publish(ctx context.Context) {
	if !it.unsaved.Load() {
		return
	}
	it.s.publishing.Lock()
	defer it.s.publishing.Unlock()
	from, err := it.scratch.Place()
	to, untagged := it.value.Place()
	if err != nil || untagged != nil || !it.unsaved.Load() {
		return
	}
	stem := it.stem()
	o := diskcache.CopyOptions{}
	if valid, err := it.exists(ctx); err == nil && !valid {
		o.Existing = diskcache.ReplaceExisting
	}
	o.Filter = func(e diskcache.EntryInfo) bool { return e.Name == stem && e.Key == "" }
	it.say("Save %s", it)
	if _, err := diskcache.CopyEntries(context.WithoutCancel(ctx), to, from, o); err != nil {
		it.say("Failed to save %s: %v", it, err)
	}
	it.drop()
	it.fresh.Store(true)
}

func (it *item) say(format string, args ...any) {
	if w := it.s.options.Messages; w != nil {
		it.s.saying.Lock()
		defer it.s.saying.Unlock()
		_, _ = fmt.Fprintf(w, format+"\n", args...) // a message that cannot be written is lost
	}
}

func same(a, b *diskcache.Place) bool { return a != nil && *a == *b }
