package diskcache

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"sync/atomic"

	"github.com/dataelab/dataelab-go/diskcache/store"
)

// A value that was computed in place of a stored one, and could not be saved, leaves the
// stored one behind. That must not come back when memory has dropped the new one: who
// asked for a Refresh would see an older value than before. So the stored one is removed,
// as the save would have done. Where that cannot be, or it is a file of another program,
// this process remembers not to take it.

// stored tells one stored value from any other that is or was there.
type stored struct {
	dir     dirID
	file    string
	ages    ages   // as its record has them, or
	version string // of a file of another program
}

// superseded has what this process does not take any more.
var superseded struct {
	any    atomic.Bool
	values sync.Map // of stored
}

// supersede is called when what was computed could not be saved.
func (k *call) supersede() {
	switch k.why {
	case Refreshed, TooOld, Invalid, Expired:
	default:
		return // nothing was there, or it is never taken again, or is as good
	}
	if k.cell.field.KeepStored || k.invalidated {
		return
	}
	ctx := context.Background()
	s, err := k.cell.dir.open(ctx)
	if err != nil {
		return
	}
	defer s.Close()
	removed := []string{k.cell.base(k.key)}
	func() {
		defer store.LockPublishing(s, true)()
		k.supersedeIn(ctx, s, k.cell)
		for _, stem := range k.cell.former {
			former := k.cell.named(stem)
			k.supersedeIn(ctx, s, former)
			removed = append(removed, former.base(k.key))
		}
	}()
	k.cell.dir.recountAll(removed, nil)
}

// supersedeIn removes what is stored under one name: the value first, as without its
// record it would be a file of another program. Where there was no lock, somebody may
// have saved a newer one.
func (k *call) supersedeIn(ctx context.Context, s store.Store, c *cell) {
	base := c.base(k.key)
	values := c.replaced(ctx, s, base, "") // all that a save would have replaced
	text, err := recordOf(ctx, s, base)
	if errors.Is(err, fs.ErrNotExist) {
		for _, name := range values {
			if info, err := s.Stat(ctx, name); err == nil {
				disown(stored{dir: c.dir.id(), file: name, version: info.Version})
			}
		}
		return
	}
	if err != nil {
		return
	}
	r, err := decodeRecord(text)
	if err != nil || k.lock == nil && r.Computed.After(k.start) {
		return
	}
	if err = s.Delete(ctx, values...); err == nil {
		err = s.Delete(ctx, recordName(base))
	}
	if err == nil {
		return
	}
	for _, name := range values {
		disown(stored{dir: c.dir.id(), file: name, ages: r.ages()})
	}
}

func disown(v stored) {
	superseded.values.Store(v, nil)
	superseded.any.Store(true)
}

// lookStored is lookAll without what was superseded.
func (c *cell) lookStored(ctx context.Context, key Key, w *wish) look {
	found := c.lookAll(ctx, key, w)
	if found.entry == nil || !superseded.any.Load() {
		return found
	}
	v := stored{dir: c.dir.id(), file: found.file, ages: found.entry.ages}
	if found.foreign {
		s, err := c.dir.open(ctx)
		if err != nil {
			return found
		}
		defer s.Close()
		if info, err := s.Stat(ctx, found.file); err == nil {
			v.version = info.Version
		}
	}
	if _, old := superseded.values.Load(v); old {
		return missing(Refreshed, "a newer value was computed, and could neither be stored nor the stored one be removed")
	}
	return found
}
