package diskcache

import (
	"context"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
)

// made is what the computation used, now that it is over.
func (k *call) made() *origin {
	k.collector.close()
	uses, partial := k.collector.collected()
	settleFiles(uses)
	return &origin{cell: k.cell, uses: uses, partial: partial}
}

// isStillGood examines an entry in memory, once in each epoch.
func (c *cell) isStillGood(ctx context.Context, e *entry) bool {
	epoch := goodNow()
	if e.good.Load() == epoch {
		return true
	}
	if !c.holds(ctx, e.origin, e.began) {
		return false
	}
	e.good.Store(epoch)
	recheckWithin(c.dir.opts.Recheck)
	return true
}

// holds reports whether what a value or an error was made of is as it was. began is in
// Unix nanoseconds.
func (c *cell) holds(ctx context.Context, o *origin, began int64) bool {
	if o == nil || len(o.uses) == 0 {
		return true
	}
	if ctx == nil {
		ctx = context.Background()
	}
	x := newExaminer(ctx, 0)
	defer x.end()
	return !x.examine(c.dir, o.uses, o.partial, time.Unix(0, began)).is()
}

// examineStored returns what a stored value was made of, and why that makes it stale.
func (c *cell) examineStored(ctx context.Context, s store.Store, text []byte, r *verdict, w *wish) (*origin, stale) {
	o := &origin{cell: c, id: identity(r.Digest, r.Nil)}
	var err error
	if o.uses, o.partial, err = usesOf(text, r); err != nil {
		return o, stale{Damaged, err.Error()}
	}
	return o, c.examineOrigin(ctx, s, o, r, w)
}

func (c *cell) examineOrigin(ctx context.Context, s store.Store, o *origin, r *verdict, w *wish) stale {
	if len(o.uses) == 0 {
		return stale{}
	}
	x := newExaminer(ctx, w.badSince)
	x.sessions[c.dir.home()] = unclosed{s}
	defer x.end()
	return x.examine(c.dir, o.uses, o.partial, r.began())
}

// unclosed is the session of another one, which goes on when the examiner is done.
type unclosed struct{ store.Store }

func (unclosed) Close() error { return nil }
