package diskcache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/internal/procname"
)

// The pauses between two tries for a lock that another process holds: short at
// first, as most computations are, and never so long that the death of the
// holder goes unnoticed.
const (
	lockPauseFirst = time.Millisecond
	lockPauseMost  = 50 * time.Millisecond
)

// errNoLocks says that a store has no locks.
var errNoLocks = errors.New("the store has no locks")

// entryLock keeps other processes, and other object trees of this one, from
// computing the same entry at the same time. It only saves work: without it the
// outcome is the same. It is lost when its holder dies.
type entryLock struct {
	held store.Lock
	note waitNote
}

// besideSuffix names the lock of those who compute beside an ancestor, which holds the
// entry's own. No entry's name holds two dots.
const besideSuffix = "..beside"

// takeLock is lock for a call that leads. Where an ancestor of this process holds the
// lock, which may wait for this process to end, it takes another one, so that of several
// such processes one computes. Where an ancestor holds that, too, each would start the
// next one without end.
func (k *call) takeLock(ctx context.Context) (l *entryLock, waited bool, err error) {
	base := k.cell.base(k.key)
	defer k.flight.behind.Store(nil)
	l, waited, err = k.cell.lock(ctx, base, k)
	if errors.Is(err, errAncestor) {
		l, _, err = k.cell.lock(ctx, base+besideSuffix, k)
	}
	if errors.Is(err, errAncestor) {
		err = fmt.Errorf("%w: the computation of %s starts processes that compute the same", ErrCircle, k.describe())
	}
	return l, waited, err
}

// lock waits until it holds the entry's lock or ctx ends. A lock that cannot be
// had at all (a read-only or vanished directory, a store without locks) is
// an error other than ctx's, ErrCircle or errAncestor; the caller goes on without it then.
// For a call that leads, which may be nil, it says after a while what it waits for.
func (c *cell) lock(ctx context.Context, base string, leads *call) (l *entryLock, waited bool, err error) {
	locker, ok := c.dir.store.(store.Locker)
	if !ok {
		return nil, false, errNoLocks
	}
	id := locker.LockID(base)
	var parent *call
	if leads != nil {
		parent = leads.parent
	}
	waits := parent.waitsFor(locker, id)
	defer waits.end()
	var w *wait
	defer func() {
		if w != nil {
			w.end()
		}
	}()
	var next time.Time // when to look who holds the lock
	for pause := lockPauseFirst; ; pause = min(2*pause, lockPauseMost) {
		held, err := locker.TryLock(base)
		if err != nil {
			return nil, waited, err
		}
		if held != nil {
			return &entryLock{held: held, note: waitNote{lock: held, id: id}}, waited, nil
		}
		waited = true
		if err := waits.check(); err != nil {
			return nil, waited, err
		}
		if w == nil && leads != nil {
			w = leads.waitFor(leads.flight)
			w.locker, w.lock = locker, id
			w.begin()
		}
		if now := time.Now(); w != nil && !now.Before(next) {
			next = now.Add(waitNotice)
			if err := w.lockHeld(); err != nil {
				return nil, waited, err
			}
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			if w != nil {
				return nil, waited, w.gaveUp(ctx)
			}
			return nil, waited, ctx.Err()
		}
	}
}

// lockHeld is called now and then while another one holds the lock.
func (w *wait) lockHeld() error {
	w.flight.behind.Store(w)
	if err := w.check(); err != nil {
		return err
	}
	if time.Since(w.began) < waitNotice {
		return nil
	}
	if by := w.computer(); by != nil && procname.IsOfAncestor(by.process) {
		w.tell("; as this process was started from that one, which may wait for it, it computes the same by itself")
		return errAncestor
	}
	w.tell("")
	return nil
}

// release gives the lock up.
func (l *entryLock) release() {
	if l == nil {
		return
	}
	l.note.stop()
	l.held.Unlock()
}
