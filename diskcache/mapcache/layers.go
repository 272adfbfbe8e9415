package mapcache

import (
	"maps"
	"slices"
	"sync"
)

// layers is a map of which snapshots can be had at once, without a copy, while it is
// written on.
//
//  1. Layer 0 is a plain map. Without snapshots there is no other.
//  2. A snapshot pins the layers that there are. They do not change while it lasts.
//  3. A write into a pinned top puts a new layer on top, which holds changes only.
//     A look-up goes through the layers from the top.
//  4. When no snapshot pins the layer below the top any more, the top is drained into
//     it, some entries at a time. Writes go into the layer below meanwhile.
//  5. Layers between those that snapshots pin are merged, see merge: else loops that
//     overlap, so that there is always one, would pile up layers for ever.
//
// The owner's lock guards all of it, except what is pinned, which anybody may read.
type layers[K comparable, V any] struct {
	base map[K]V
	over []*layer[K, V] // layers 1 and up
	pins int            // how many snapshots have base as their top
	n    int            // number of entries, where over is not empty
}

// layer holds changes to the layers below.
type layer[K comparable, V any] struct {
	slots map[K]slot[V]
	gaps  bool // there may be slots that are gone
	pins  int  // how many snapshots have this one as their top, or merges need it
}

// slot is a change: an entry, or that there is none any more.
type slot[V any] struct {
	value V
	gone  bool
}

func newLayers[K comparable, V any](contents map[K]V) *layers[K, V] {
	return &layers[K, V]{base: contents}
}

func (l *layers[K, V]) len() int {
	if len(l.over) == 0 {
		return len(l.base)
	}
	return l.n
}

func (l *layers[K, V]) get(key K) (V, bool) {
	for _, layer := range slices.Backward(l.over) {
		if s, ok := layer.slots[key]; ok {
			return s.value, !s.gone
		}
	}
	v, ok := l.base[key]
	return v, ok
}

func (l *layers[K, V]) set(key K, value V) {
	if len(l.over) == 0 && l.pins == 0 {
		l.base[key] = value
		return
	}
	if n := len(l.over); n > 0 && !l.pinned(n) && !l.top().gaps && !l.draining() {
		l.setOver(l.top(), key, value)
		return
	}
	_, known := l.get(key)
	l.write(key, slot[V]{value: value})
	if !known {
		l.n++
	}
}

// setOver is set for what most writes meet during a save: a top without gaps. A key
// that is there already needs no look into the layers below, which is half of the time.
func (l *layers[K, V]) setOver(top *layer[K, V], key K, value V) {
	before := len(top.slots)
	top.slots[key] = slot[V]{value: value}
	if len(top.slots) == before {
		return
	}
	below := view[K, V]{base: l.base, over: l.over[:len(l.over)-1]}
	if !below.has(key) {
		l.n++
	}
}

// remove reports whether there was an entry.
func (l *layers[K, V]) remove(key K) bool {
	if _, ok := l.get(key); !ok {
		return false
	}
	if len(l.over) == 0 && l.pins == 0 {
		delete(l.base, key)
		return true
	}
	l.write(key, slot[V]{gone: true})
	l.n--
	return true
}

// write is rules 3 and 4.
func (l *layers[K, V]) write(key K, s slot[V]) {
	if l.pinned(len(l.over)) { // 3
		if len(l.over) == 0 {
			l.n = len(l.base)
		}
		l.over = append(l.over, &layer[K, V]{slots: map[K]slot[V]{}})
	}
	top := len(l.over)
	if l.draining() { // 4
		delete(l.over[top-1].slots, key)
		top--
	}
	l.put(top, key, s)
}

func (l *layers[K, V]) put(layer int, key K, s slot[V]) {
	switch {
	case layer > 0:
		l.over[layer-1].slots[key] = s
		l.over[layer-1].gaps = l.over[layer-1].gaps || s.gone
	case s.gone:
		delete(l.base, key)
	default:
		l.base[key] = s.value
	}
}

// pinned reports whether snapshots have a layer as their top.
func (l *layers[K, V]) pinned(layer int) bool {
	if layer == 0 {
		return l.pins > 0
	}
	return l.over[layer-1].pins > 0
}

// top returns the uppermost layer of changes.
func (l *layers[K, V]) top() *layer[K, V] { return l.over[len(l.over)-1] }

// draining reports whether the top may go into the layer below.
func (l *layers[K, V]) draining() bool {
	top := len(l.over)
	return top > 0 && !l.pinned(top) && !l.pinned(top-1)
}

// drainStep is how many entries are moved before others get the lock: some
// microseconds.
const drainStep = 128

// drain is rule 4. It ends when a new snapshot needs the layers as they are; the one
// who lets go of that snapshot goes on. While it lets others have the lock, these may
// drain the same layer, remove it, and put another one in its place.
// The caller has the lock.
func (l *layers[K, V]) drain(lock sync.Locker) {
	for l.draining() {
		top, moved := l.top(), 0
		for key, s := range top.slots {
			l.put(len(l.over)-1, key, s)
			delete(top.slots, key)
			if moved++; moved%drainStep != 0 {
				continue
			}
			lock.Unlock()
			lock.Lock()
			if !l.draining() || l.top() != top {
				break
			}
		}
		if l.draining() && l.top() == top && len(top.slots) == 0 {
			l.over = slices.Delete(l.over, len(l.over)-1, len(l.over))
		}
	}
}

// view is a snapshot: the contents at one instant.
type view[K comparable, V any] struct {
	of   *layers[K, V]
	base map[K]V
	over []*layer[K, V]
}

// pin takes a snapshot. It lasts until unpin.
func (l *layers[K, V]) pin() view[K, V] {
	if len(l.over) == 0 {
		l.pins++
	} else {
		l.top().pins++
	}
	return view[K, V]{l, l.base, slices.Clone(l.over)}
}

// unpin ends a snapshot, and merges and drains what it held up. lock is the owner's.
func (v view[K, V]) unpin(lock sync.Locker) {
	lock.Lock()
	defer lock.Unlock()
	v.release()
	v.of.merge(lock)
	v.of.drain(lock)
}

// release is unpin for who drains later.
func (v view[K, V]) release() {
	if len(v.over) == 0 {
		v.of.pins--
	} else {
		v.over[len(v.over)-1].pins--
	}
}

// each calls yield for all entries, until it returns false.
func (v view[K, V]) each(yield func(K, V) bool) {
	for key, value := range v.base {
		if !v.changed(0, key) && !yield(key, value) {
			return
		}
	}
	for i, layer := range v.over {
		for key, s := range layer.slots {
			if !s.gone && !v.changed(i+1, key) && !yield(key, s.value) {
				return
			}
		}
	}
}

// changed reports whether a layer above this one says something of a key.
func (v view[K, V]) changed(layer int, key K) bool {
	for _, above := range v.over[layer:] {
		if _, ok := above.slots[key]; ok {
			return true
		}
	}
	return false
}

// has reports whether there is an entry.
func (v view[K, V]) has(key K) bool {
	for _, layer := range slices.Backward(v.over) {
		if s, ok := layer.slots[key]; ok {
			return !s.gone
		}
	}
	_, ok := v.base[key]
	return ok
}

// copied returns all entries as a map of its own.
func (v view[K, V]) copied() map[K]V {
	if len(v.over) == 0 {
		return maps.Clone(v.base) // ten times as fast as a loop
	}
	return maps.Collect(v.each)
}
