package mapcache

import (
	"slices"
	"sync"
)

// merge is rule 5. It replaces two layers that no snapshot has as its top by a new one.
// Snapshots with tops above these keep the old ones. The caller has the lock, which others
// get meanwhile: the two are pinned, so that nobody else merges them, or drains into
// them what is above.
func (l *layers[K, V]) merge(lock sync.Locker) {
	for {
		i := l.mergeable()
		if i < 0 {
			return
		}
		lower, upper := l.over[i], l.over[i+1]
		lower.pins++
		upper.pins++
		below := view[K, V]{base: l.base, over: slices.Clone(l.over[:i])}
		lock.Unlock()
		merged := mergedLayer(below, lower, upper)
		lock.Lock()
		i = slices.Index(l.over, lower) // others may have merged layers below
		l.over = slices.Replace(l.over, i, i+2, merged)
	}
}

// mergeable returns the place of a layer to be merged with the one above it, or -1. The
// top is left alone: it is drained, or written into. A layer that is more than twice as
// large as the one above waits until that has grown, so that there are never more layers
// than the logarithm of what changed, for each snapshot, and an entry is copied no more
// often than that.
func (l *layers[K, V]) mergeable() int {
	for i := range len(l.over) - 2 {
		lower, upper := l.over[i], l.over[i+1]
		if lower.pins == 0 && upper.pins == 0 && len(lower.slots) <= 2*len(upper.slots) {
			return i
		}
	}
	return -1
}

// mergedLayer makes one layer of two. What is gone is left out where there is nothing
// below from which it could be gone.
func mergedLayer[K comparable, V any](below view[K, V], lower, upper *layer[K, V]) *layer[K, V] {
	merged := &layer[K, V]{slots: make(map[K]slot[V], max(len(lower.slots), len(upper.slots)))}
	for _, from := range []*layer[K, V]{lower, upper} {
		for key, s := range from.slots {
			switch {
			case !s.gone:
				merged.slots[key] = s
			case below.has(key):
				merged.slots[key], merged.gaps = s, true
			default:
				delete(merged.slots, key)
			}
		}
	}
	return merged
}
