package diskcache

import (
	"errors"
	"fmt"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
)

// ErrLimit is wrapped by the error of a save for which a limit leaves no room.
var ErrLimit = errors.New("the limit of the cache leaves no room")

// Limits bound what a cache keeps in a directory. The zero value bounds nothing.
//
// Room is made before a value is written: entries are removed until it fits. The
// entry that is written is never removed for itself, nor are entries that are pinned, being
// computed, or being read.
type Limits struct {
	// Bytes is the most that values, records, files being written, files set aside and
	// the cache's own account may take together, each file rounded up to whole blocks of
	// 4 KiB. It is not exceeded at any time, by however many processes. Files of other
	// programs do not count. The account takes 120 KiB, and about 200 bytes for each entry;
	// under a limit of less than 256 KiB (384 KiB beside TagLimits) it does not count. A value for which there is no
	// room is returned and not stored, and an event says so (SaveFailed).
	Bytes int64

	// Entries is the most entries there may be.
	Entries int64

	// Age is how long an entry stays that nobody uses. Each save looks at some entries;
	// PruneAll looks at all.
	Age time.Duration

	// FreeSpace is what has to stay free on the disk, in bytes. As others may fill it,
	// this is looked at when something is saved, and no promise.
	FreeSpace int64

	// Order says which entries go first when room is needed. Files set aside go
	// before all entries, and expired entries before others.
	Order Order
}

// Order is the order in which entries are removed.
type Order uint8

// The orders.
const (
	// LeastRecent removes what has been unused for longest. A use is told from an
	// earlier one when at least a minute is between them.
	LeastRecent Order = iota

	// CheapestFirst removes, of the half that has been unused for longest, what took
	// the least time to compute for each byte.
	CheapestFirst
)

func (l *Limits) none() bool { return *l == Limits{Order: l.Order} }

func (l *Limits) check() error {
	switch {
	case l.Bytes < 0 || l.Entries < 0 || l.Age < 0 || l.FreeSpace < 0:
		return fmt.Errorf("limits %+v: none can be negative; 0 is no limit", *l)
	case l.Order > CheapestFirst:
		return fmt.Errorf("order %d is neither LeastRecent nor CheapestFirst", l.Order)
	}
	return nil
}

// accountBytes is the least limit that the account counts towards; it takes about half of
// that. A user who sets less means the values, and nothing could be stored otherwise.
const accountBytes = 256 << 10

// countAccounts returns whether the cache's own files count in the directory of all
// tags, where the files of tags with limits of their own count too, and in the directory of a tag.
func (o *Options) countAccounts() (all, tag bool) {
	least := int64(accountBytes)
	if !o.TagLimits.none() {
		least += accountBytes / 2
	}
	return o.Limits.Bytes == 0 || o.Limits.Bytes >= least, o.TagLimits.Bytes == 0 || o.TagLimits.Bytes >= accountBytes
}

// checkLimits finds limits that the store cannot keep.
func (o *Options) checkLimits() error {
	if err := errors.Join(o.Limits.check(), o.TagLimits.check()); err != nil {
		return err
	}
	if o.Limits.none() && o.TagLimits.none() {
		return nil
	}
	local := localOf(o)
	if local == nil {
		return fmt.Errorf("limits need local files, and Options.Store is a %T: leave Limits and TagLimits out, and let that store keep its own", o.Store)
	}
	if o.Limits.FreeSpace > 0 || o.TagLimits.FreeSpace > 0 {
		if _, err := local.FreeSpace(); errors.Is(err, errors.ErrUnsupported) {
			return fmt.Errorf("Limits.FreeSpace cannot be kept: %w", err)
		}
	}
	return nil
}

// localOf returns the local files in which all tags lie, or nil.
func localOf(o *Options) store.Local {
	whole := o.Store
	if whole == nil {
		whole = store.Dir(o.Tmpdir, store.DirOptions{Shared: o.Shared, Durability: o.Durability})
	}
	local, _ := whole.(store.Local)
	return local
}
