package diskcache

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
)

// made is what the computation used, now that it is over.
func (k *call) made() *origin {
	k.collector.close()
	uses := k.collector.collected()
	settleFiles(uses)
	if k.cell.dir.disputes(uses) {
		k.epoch = 0 // who asks next may be of another tree
	}
	return &origin{cell: k.cell, uses: uses, when: k.end, computed: true, noted: k.flight.noted}
}

// isStillGood examines an entry in memory, once in each epoch: whether what it was made of
// is as it was, and whether another process or object has stored another value since. That
// one has removed it is no reason to compute.
func (c *cell) isStillGood(ctx context.Context, e *entry) bool {
	epoch := goodNow()
	if e.good.Load() == epoch {
		return true
	}
	if ctx == nil {
		ctx = context.Background()
	}
	if c.wasInvalidated(ctx, e) {
		return false
	}
	x := newExaminer(ctx, 0)
	defer x.end()
	if c.isOverwritten(x, e) {
		return false
	}
	if o := e.origin; o != nil && (x.replaced(o, c.base(e.key)) || x.examine(c.dir, o.uses, e.computationBegan()).is()) {
		return false
	}
	e.good.Store(epoch)
	recheckWithin(c.dir.opts.Recheck)
	return true
}

// holds reports whether what an error was made of is as it was. began is in Unix
// nanoseconds.
func (c *cell) holds(ctx context.Context, o *origin, began int64) bool {
	x := newExaminer(ctx, 0)
	defer x.end()
	return !x.examine(c.dir, o.uses, time.Unix(0, began)).is()
}

// replaced reports whether another value is stored than the one in memory.
func (x *examiner) replaced(o *origin, base string) bool {
	if o.id == "" {
		return false
	}
	s, err := x.open(o.cell.dir)
	if err != nil {
		return false
	}
	text, err := recordOf(x.ctx, s, base)
	if err == nil {
		r, err := decodeRecord(text)
		return err == nil && identity(r.Digest, r.Nil) != o.id && !o.cell.owner.others(r, o.cell.dir.path)
	}
	if o.file == "" || !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	info, err := s.Stat(x.ctx, o.file)
	if err != nil {
		return false
	}
	id, err := o.cell.dir.home().foreignIdentity(x.ctx, s, o.file, info.Version, o.id)
	return err == nil && id != o.id
}

// examineStored returns what a stored value was made of, and why that makes it stale.
func (c *cell) examineStored(ctx context.Context, s store.Store, text []byte, r *verdict, w *wish) (*origin, stale) {
	o := &origin{cell: c, id: identity(r.Digest, r.Nil), when: r.Computed}
	var err error
	if o.uses, err = usesOf(text, r, c.dir.path); err != nil {
		return o, stale{why: Damaged, reason: err.Error()}
	}
	return o, c.examineOrigin(ctx, s, o, r, w)
}

func (c *cell) examineOrigin(ctx context.Context, s store.Store, o *origin, r *verdict, w *wish) stale {
	if o.uses.none() {
		return stale{}
	}
	x := newExaminer(ctx, w.badSince)
	x.sessions[c.dir.home()] = unclosed{s}
	defer x.end()
	return x.examine(c.dir, o.uses, r.began())
}

// awaits returns what may turn out to make a stale value good, or nil.
func (c *cell) awaits(ctx context.Context, s store.Store, o *origin, bad stale) *awaited {
	if !c.field.Cutoff || bad.why != UpstreamChanged {
		return nil
	}
	x := newExaminer(ctx, 0)
	x.sessions[c.dir.home()] = unclosed{s}
	defer x.end()
	return x.awaits(c.dir, o.uses)
}

// unclosed is the session of another one, which goes on when the examiner is done.
type unclosed struct{ store.Store }

func (unclosed) Close() error { return nil }
