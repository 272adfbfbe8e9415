package diskcache

import (
	"context"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
)

// What those do about invalidation who examine whether a value is good:
//
//  1. Of an entry that is gone it is asked whether it was invalidated after the value was
//     begun. The marks are read after the entry was missed, as they are written before it
//     goes.
//  2. A value in memory is asked the same of itself, once in each epoch: another process may
//     have invalidated it.

// useSince is use, with rule 1, and with what is known of limits that removed it. began is when the computation began whose use it is.
func (x *examiner) useSince(dir *tagDir, u *use, began time.Time) (bad stale, gone bool) {
	bad, gone = x.use(dir, u)
	if bad.is() || !gone {
		return bad, gone
	}
	if dir = dir.of(u); dir == nil {
		return bad, gone
	}
	s, err := x.open(dir)
	if err != nil {
		return bad, gone
	}
	if why, marked := dir.marked(x.ctx, s, u.Entry, baseOf(u.Entry, u.Key), nil, began); marked {
		return upstreamStale("%s, which it used, is gone: %s", x.name(dir, u), why), gone
	}
	return x.evictedOther(dir, s, u, began), gone
}

// marksInEpoch are marks as they were read at some time by clock.
type marksInEpoch struct {
	*marks
	at int64
}

// marksOfEpoch returns the marks of the directory, as they were in this epoch.
func (d *tagDir) marksOfEpoch(ctx context.Context) *marks {
	h := d.home()
	if known := h.inEpoch.Load(); known != nil && known.at >= lastMoved.Load() {
		return known.marks
	}
	next := &marksInEpoch{at: clock.Load()}
	next.marks = d.marksNow(ctx)
	if ctx.Err() == nil { // else it may be why they could not be read
		h.inEpoch.Store(next)
	}
	return next.marks
}

// wasInvalidated is rule 2. A value that was computed here has what its call noted; of one that
// was read only the time is known. Files of other programs stay when they are invalidated.
func (c *cell) wasInvalidated(ctx context.Context, e *entry) bool {
	m := c.dir.marksOfEpoch(ctx)
	if m == nil || m.unreadable != nil {
		return false
	}
	o := e.origin
	if o == nil {
		return false
	}
	if o.file != "" {
		return c.wasTakenBack(ctx, e.key, o.file, m)
	}
	if o.computed {
		return c.newlyMarked(e.key, o.noted, m, filesOf(o.uses), "")
	}
	for _, stem := range c.stems() {
		if _, marked := m.since(stem, baseOf(stem, e.key.String()), filesOf(o.uses), e.computationBegan()); marked {
			return true
		}
	}
	return false
}

// wasTakenBack reports whether what was read as a file of another program was invalidated and is
// gone. Without locks, a value of ours that is taken back as soon as it is published looks like
// one for a moment.
func (c *cell) wasTakenBack(ctx context.Context, key Key, file string, m *marks) bool {
	base := c.base(key)
	if _, marked := m.since(c.stem, base, nil, time.Time{}); !marked {
		return false
	}
	s, err := c.dir.open(ctx)
	if err != nil {
		return false
	}
	defer s.Close()
	return absent(ctx, s, []string{file, recordName(base)})
}

// takingBack is how long a value of ours may look like a file of another program.
const takingBack = time.Minute

// isTakenBack reports whether a value without a record can be one of ours that was
// invalidated while it was published, and is about to go: where there are no locks, its
// record may have been removed just before it came.
func (c *cell) isTakenBack(ctx context.Context, s store.Store, key Key, value store.Info) bool {
	if _, locks := s.(store.Publishing); locks {
		return false
	}
	reason, marked := c.dir.home().readMarks(ctx, s).since(c.stem, c.base(key), nil, time.Now().Add(-takingBack))
	return marked && reason != "" && time.Since(value.Modified) < takingBack
}
