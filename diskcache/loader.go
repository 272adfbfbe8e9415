package diskcache

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Loader keeps in memory what was read from files, for all computations that need it. It
// is no cache on disk, and needs no tag. The zero value is ready. It must not be copied
// after first use.
//
//	type Snapshot struct {
//		path   string
//		slopes diskcache.Loader[*mat.Dense]
//	}
//
//	func (s *Snapshot) Slopes(ctx context.Context) (*mat.Dense, error) {
//		return s.slopes.Load(ctx, func(ctx context.Context) (*mat.Dense, error) {
//			content, err := diskcache.ReadFile(ctx, s.path)
//			...
//		})
//	}
//
// A computation that calls Load has used the files that were read then, as they were then:
// to read them once by a sync.Once and to declare them with [UseFile] later would miss a
// change in between.
type Loader[T any] struct {
	mu      sync.Mutex
	loaded  *loaded[T] // guarded by mu
	reading *flight    // guarded by mu; nil where nobody does
}

// loaded is what a Loader has.
type loaded[T any] struct {
	value T
	uses  *useList
	dir   *tagDir // of the computation that read it: its settings are meant
	began time.Time
	good  uint64 // see pulse
}

// Load returns the value: that of memory as long as the files that it was read from have
// not changed, which is looked at again when something has changed in this program, after
// [Recheck], and every ten seconds; else that of read. Of concurrent calls one reads, with a
// context that knows of it, and the others wait, each until its own ctx ends. An error is
// not kept.
func (l *Loader[T]) Load(ctx context.Context, read func(context.Context) (T, error)) (T, error) {
	var none T
	if ctx == nil {
		ctx = context.Background()
	}
	for c := collectorOf(ctx); c != nil; c = c.parent {
		if c.owner == l {
			return none, &Error{Op: "load", Err: fmt.Errorf("%w, by way of a Loader that is part of what it reads", ErrCircle)}
		}
	}
	for {
		dir := dirOf(ctx)
		v, wait := l.begin(dir)
		switch {
		case v != nil:
			noteAll(ctx, v.uses)
			return v.value, nil
		case wait == nil:
			return l.renew(ctx, dir, read)
		}
		if err := l.wait(ctx, wait); err != nil {
			return none, &Error{Op: "load", Err: err}
		}
	}
}

// wait waits until another one has read.
func (l *Loader[T]) wait(ctx context.Context, f *flight) error {
	w := &wait{what: func() string { return fmt.Sprintf("the %T", l) }, flight: f, tells: warn}
	if k := callOf(ctx); k != nil {
		w.tells = k.cell.tell
	}
	defer w.begin().end()
	return w.forFlight(ctx)
}

// begin returns what is loaded, or a flight to wait for. With neither, the caller is to
// examine it, or to read, and to call end.
func (l *Loader[T]) begin(dir *tagDir) (v *loaded[T], wait *flight) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.reading != nil:
		return nil, l.reading
	case l.loaded != nil && l.loaded.good == goodNow() && (dir == nil || dir.settings == l.loaded.dir.settings):
		return l.loaded, nil
	}
	l.reading = &flight{done: make(chan struct{})}
	l.reading.leader.Store(thisComputer())
	return nil, nil
}

// end keeps a value, or nothing, and lets the others go on.
func (l *Loader[T]) end(keep *loaded[T]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.loaded = keep
	close(l.reading.done)
	l.reading = nil
}

// renew examines what is loaded, and reads where that is not good any more.
func (l *Loader[T]) renew(ctx context.Context, dir *tagDir, read func(context.Context) (T, error)) (T, error) {
	v := l.loaded // changed by nobody else before end
	keep := v
	switch {
	case dir == nil && v != nil:
		dir = v.dir
	case dir == nil:
		dir = nowhere()
	}
	defer func() { l.end(keep) }()
	if v != nil {
		epoch := goodNow()
		bad := v.examineFor(ctx, dir)
		switch {
		case bad.is() && ctx.Err() != nil: // which may be all that is wrong
			var none T
			return none, ctx.Err()
		case !bad.is():
			keep = &loaded[T]{v.value, v.uses, dir, v.began, epoch}
			recheckWithin(defaultRecheck)
			noteAll(ctx, v.uses)
			return v.value, nil
		}
	}
	keep = nil
	v = &loaded[T]{dir: dir, good: goodNow(), began: time.Now()}
	inner, c := collecting(ctx, nil)
	defer c.close()
	c.owner = l
	var err error
	v.value, err = read(inner)
	c.close()
	v.uses = c.collected()
	settleFiles(v.uses)
	noteAll(ctx, v.uses)
	if err == nil {
		keep = v
		recheckWithin(defaultRecheck)
	}
	return v.value, err
}

// examineFor examines what is loaded, for a computation in a directory.
func (v *loaded[T]) examineFor(ctx context.Context, dir *tagDir) stale {
	x := newExaminer(ctx, 0)
	x.homeless = dir == nowhere()
	defer x.end()
	return x.examine(dir, v.uses, v.began)
}

// dirOf is the directory of the computation that ctx belongs to, or nil.
func dirOf(ctx context.Context) *tagDir {
	if k := callOf(ctx); k != nil {
		return k.cell.dir
	}
	return nil
}

// nowhere is the directory of what has none: uses of a Loader name theirs.
var nowhere = sync.OnceValue(func() *tagDir {
	o, err := Options{}.withDefaults()
	if err != nil { // no temporary directory: nothing is looked for there
		o.Tmpdir = "."
	}
	return newTagDir(&o, "")
})
