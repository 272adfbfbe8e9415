package diskcache

import (
	"context"
	"runtime"
	"sync"
)

// background runs a bounded number of goroutines until it is closed.
type background struct {
	mu      sync.Mutex
	ctx     context.Context    // guarded by mu; of all that run
	cancel  context.CancelFunc // guarded by mu
	running int                // guarded by mu
	closed  bool               // guarded by mu
	all     sync.WaitGroup
}

// start reports whether there was room.
func (b *background) start(work func(context.Context)) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || b.running == runtime.GOMAXPROCS(0) {
		return false
	}
	if b.ctx == nil {
		b.ctx, b.cancel = context.WithCancel(context.Background())
	}
	ctx := b.ctx
	b.running++
	b.all.Go(func() {
		defer b.end()
		work(ctx)
	})
	return true
}

func (b *background) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.running--
}

func (b *background) close() {
	b.mu.Lock()
	b.closed = true
	if b.cancel != nil {
		b.cancel()
	}
	b.mu.Unlock()
	b.all.Wait()
}

// keySet is a set of keys for many goroutines.
type keySet struct {
	mu   sync.Mutex
	keys map[Key]bool // guarded by mu
}

// add reports whether the key is new.
func (s *keySet) add(key Key) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys[key] {
		return false
	}
	if s.keys == nil {
		s.keys = map[Key]bool{}
	}
	s.keys[key] = true
	return true
}

func (s *keySet) remove(key Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.keys, key)
}
