package mapcache

import "iter"

// All iterates over the entries as they were when the loop began, in no particular
// order. Others, and the loop itself, may change the cache meanwhile.
func (c *Cache[K, V]) All() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		v := c.lock().pin()
		c.mu.Unlock()
		defer v.unpin(&c.mu)
		v.each(yield)
	}
}

// Keys iterates over the keys, as All does.
func (c *Cache[K, V]) Keys() iter.Seq[K] {
	return func(yield func(K) bool) {
		c.All()(func(key K, _ V) bool { return yield(key) })
	}
}

// Values iterates over the values, as All does.
func (c *Cache[K, V]) Values() iter.Seq[V] {
	return func(yield func(V) bool) {
		c.All()(func(_ K, value V) bool { return yield(value) })
	}
}
