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
	loaded  *loaded[T]    // guarded by mu
	reading chan struct{} // guarded by mu; nil where nobody does
}

// loaded is what a Loader has.
type loaded[T any] struct {
	value T
	uses  *useList
	dir   *tagDir // of the computation that read it: its settings are meant
	began time.Time
	good  uint64 // guarded by the Loader's mu; see pulse
}

// Load returns the value: that of memory as long as the files that it was read from have
// not changed, which is looked at again when [Recheck] or its interval asks for it; else
// that of read. Of concurrent calls one reads, with a context that knows of it, and the
// others wait, each until its own ctx ends. An error is not kept.
func (l *Loader[T]) Load(ctx context.Context, read func(context.Context) (T, error)) (T, error) {
	var none T
	if ctx == nil {
		ctx = context.Background()
	}
	for c := collectorOf(ctx); c != nil; c = c.parent {
		if c.owner == l {
			return none, &Error{Op: "load", Err: fmt.Errorf("%w: the Loader is part of what it reads", ErrCircle)}
		}
	}
	for {
		v, wait := l.begin(ctx)
		switch {
		case v != nil:
			noteAll(ctx, v.uses)
			return v.value, nil
		case wait == nil:
			return l.read(ctx, read)
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return none, ctx.Err()
		}
	}
}

// begin returns what is loaded, or a channel to wait for. With neither, the caller is to
// read.
func (l *Loader[T]) begin(ctx context.Context) (v *loaded[T], wait chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reading != nil {
		return nil, l.reading
	}
	if v := l.loaded; v != nil {
		epoch, dir := goodNow(), dirOf(ctx, v.dir)
		if v.good == epoch && v.dir.settings == dir.settings {
			return v, nil
		}
		x := newExaminer(ctx, 0)
		defer x.end()
		if !x.examine(dir, v.uses, v.began).is() {
			v.dir, v.good = dir, epoch
			recheckWithin(defaultRecheck)
			return v, nil
		}
	}
	l.loaded, l.reading = nil, make(chan struct{})
	return nil, nil
}

func (l *Loader[T]) read(ctx context.Context, read func(context.Context) (T, error)) (T, error) {
	var keep *loaded[T]
	v := &loaded[T]{dir: dirOf(ctx, nowhere()), good: goodNow(), began: time.Now()}
	inner, c := collecting(ctx, nil)
	c.owner = l
	defer func() {
		c.close()
		l.mu.Lock()
		defer l.mu.Unlock()
		l.loaded = keep
		close(l.reading)
		l.reading = nil
	}()
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

// dirOf is the directory of the computation that ctx belongs to, or none.
func dirOf(ctx context.Context, none *tagDir) *tagDir {
	if k := callOf(ctx); k != nil {
		return k.cell.dir
	}
	return none
}

// nowhere is the directory of what has none: uses of a Loader name theirs.
var nowhere = sync.OnceValue(func() *tagDir {
	o, err := Options{}.withDefaults()
	if err != nil { // no temporary directory: nothing is looked for there
		o.Tmpdir = "."
	}
	return newTagDir(&o, "")
})
