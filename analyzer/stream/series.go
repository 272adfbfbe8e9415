package stream

import (
	"hash/maphash"
	"maps"
	"math/bits"
	"slices"
	"time"
)

// A Series is the part of a [Stream] that has the same labels. Sending to it is faster than
// sending to the Stream, which looks the labels up each time. Its methods may be called
// by any number of goroutines.
type Series struct {
	stream *Stream
	labels Labels
	row    *row // guarded by stream.mu
}

// With returns the series that has the labels, besides those of the stream.
func (s *Stream) With(labels Labels) *Series {
	return &Series{stream: s, labels: maps.Clone(labels)}
}

// Send adds a value, now.
func (s *Series) Send(value float64) error { return s.stream.sendOne(value, s.labels, s) }

// SendAll adds values, now. It is faster than Send for each.
func (s *Series) SendAll(values []float64) error { return s.stream.sendAll(values, s.labels, s) }

// SendAt adds a value of a time.
func (s *Series) SendAt(t time.Time, value float64) error {
	return s.stream.sendAt(t, value, s.labels, s)
}

// A row is what a stream knows of one series.
type row struct {
	labels Labels // those of the stream, too
	pairs  []pair // the same
	key    Key
	next   *row  // of the same hash
	cell   *cell // the one that was used last
	open   int   // how many cells it has
	gone   bool  // it is no longer in the table
}

// A table finds the row of labels.
type table struct {
	seed     maphash.Seed
	defaults Labels
	base     uint64 // the hash of defaults
	rows     map[uint64]*row
	count    int
	most     int
}

func newTable(defaults Labels, most int) *table {
	t := &table{seed: maphash.MakeSeed(), defaults: maps.Clone(defaults), rows: map[uint64]*row{}, most: most}
	for name, value := range t.defaults {
		t.base += t.hashOf(pair{name, value})
	}
	return t
}

// A pair is one label.
type pair struct{ name, value string }

// hash returns the hash of the labels that a value has which comes with pairs: those of the stream, too. It does
// not depend on their order.
func (t *table) hash(pairs []pair) uint64 {
	sum := t.base
	for _, p := range pairs {
		sum += t.hashOf(p)
		if len(t.defaults) > 0 {
			if own, ok := t.defaults[p.name]; ok {
				sum -= t.hashOf(pair{p.name, own})
			}
		}
	}
	return sum
}

func (t *table) hashOf(p pair) uint64 {
	high, low := bits.Mul64(maphash.String(t.seed, p.name)^0x9e3779b97f4a7c15, maphash.String(t.seed, p.value)|1)
	return high ^ low
}

// find returns the row of labels, and makes it if there is room for another. Otherwise it returns
// the row of the overflow.
func (t *table) find(l Labels) (r *row, overflow bool) {
	var few [8]pair
	pairs := few[:0]
	for name, value := range l {
		pairs = append(pairs, pair{name, value})
	}
	if r := t.known(pairs); r != nil {
		return r, false
	}
	if t.count < t.most {
		return t.add(l, pairs), false
	}
	if r := t.known(overflowing); r != nil {
		return r, true
	}
	return t.add(Labels{"overflow": "true"}, overflowing), true // one more than the limit
}

var overflowing = []pair{{"overflow", "true"}}

// known returns the row of values that come with pairs, or nil.
func (t *table) known(pairs []pair) *row {
	for r := t.rows[t.hash(pairs)]; r != nil; r = r.next {
		if t.same(r, pairs) {
			return r
		}
	}
	return nil
}

// add makes a row.
func (t *table) add(l Labels, pairs []pair) *row {
	h := t.hash(pairs)
	labels := t.defaults.over(l)
	r := &row{labels: labels, key: labels.Key(), next: t.rows[h]}
	for name, value := range labels {
		r.pairs = append(r.pairs, pair{name, value})
	}
	t.rows[h] = r
	t.count++
	return r
}

// same reports whether r is the row of values that come with pairs.
func (t *table) same(r *row, pairs []pair) bool {
	n := len(pairs)
	for _, p := range pairs {
		if !r.has(p) {
			return false
		}
	}
	for name, value := range t.defaults {
		if !slices.ContainsFunc(pairs, func(p pair) bool { return p.name == name }) {
			n++
			if !r.has(pair{name, value}) {
				return false
			}
		}
	}
	return n == len(r.labels)
}

// has reports whether the row has a label. Few are found faster in a list than in a map.
func (r *row) has(p pair) bool {
	if len(r.pairs) > 8 {
		value, ok := r.labels[p.name]
		return ok && value == p.value
	}
	for i := range r.pairs {
		if q := &r.pairs[i]; q.name == p.name {
			return q.value == p.value
		}
	}
	return false
}

// prune drops rows that no pane needs, where there are many.
func (t *table) prune() {
	if t.count < t.most/2 {
		return
	}
	for h, first := range t.rows {
		var kept *row
		for r := first; r != nil; {
			next := r.next
			if r.open == 0 {
				r.gone = true
				t.count--
			} else {
				r.next, kept = kept, r
			}
			r = next
		}
		if kept == nil {
			delete(t.rows, h)
		} else {
			t.rows[h] = kept
		}
	}
}
