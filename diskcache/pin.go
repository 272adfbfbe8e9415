package diskcache

import (
	"bytes"
	"context"

	"github.com/dataelab/dataelab-go/diskcache/store"
)

// Whether an entry is pinned stands in its record, as others who make room know no
// options of ours. An entry from before a cacher had the option is pinned when that
// cacher finds it on disk.

const pinField = "\n \"pin\": true,"

func recordPinned(record []byte) bool { return bytes.Contains(record, []byte(pinField)) }

// pin pins an entry that was found. locked is whether the caller holds its lock. Where
// that cannot be done, as in a read-only cache, the entry stays as it is.
func (c *cell) pin(ctx context.Context, key Key, locked bool) {
	base := c.base(key)
	if !locked {
		unlock, ok := c.dir.tryLock(base)
		if !ok {
			return
		}
		defer unlock()
	}
	ctx = context.WithoutCancel(ctx)
	s, err := c.dir.open(ctx)
	if err != nil {
		return
	}
	defer s.Close()
	c.saving.RLock()
	defer c.saving.RUnlock()
	if c.cleared {
		return
	}
	release := store.LockPublishing(s, false)
	defer release()
	text, err := readSmall(ctx, s, recordName(base), maxRecordSize)
	if err != nil || recordPinned(text) {
		return
	}
	if r, err := decodeRecord(text); err != nil || c.contradiction(key, r) != nil {
		return
	}
	pinned, err := withField(text, pinField)
	if err != nil {
		return
	}
	room := c.hold(base)
	defer room.end()
	if room.record(len(pinned)) == nil {
		_ = putSmall(ctx, s, recordName(base), pinned)
	}
}
