package diskcache

import (
	"context"
	"errors"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
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

// lock waits until it holds the entry's lock or ctx ends. A lock that cannot be
// had at all (a read-only or vanished directory, a store without locks) is
// an error other than ctx's or ErrCircle; the caller goes on without it then.
func (c *cell) lock(ctx context.Context, base string, parent *call) (l *entryLock, waited bool, err error) {
	locker, ok := c.dir.store.(store.Locker)
	if !ok {
		return nil, false, errNoLocks
	}
	id := locker.LockID(base)
	waits := parent.waitsFor(locker, id)
	defer waits.end()
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
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, waited, ctx.Err()
		}
	}
}

// release gives the lock up.
func (l *entryLock) release() {
	if l == nil {
		return
	}
	l.note.stop()
	l.held.Unlock()
}
