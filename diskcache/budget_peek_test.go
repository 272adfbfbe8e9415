package diskcache_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// interrupted is a store in which something happens once, after a value was read.
type interrupted struct {
	storage.Store
	once sync.Once
	then func()
}

func (s *interrupted) Open(ctx context.Context, name string) (storage.Object, error) {
	o, err := s.Store.Open(ctx, name)
	if err != nil || s.then == nil || strings.HasSuffix(name, ".json") {
		return o, err
	}
	return &interruptedObject{o, s}, nil
}

type interruptedObject struct {
	storage.Object
	store *interrupted
}

func (o *interruptedObject) Close() error {
	o.store.once.Do(o.store.then)
	return o.Object.Close()
}

// Peek has read the old value, a newer one was put in memory and left it again: the old
// one must not take its place.
func TestPeekOvertakenAndDropped(t *testing.T) {
	m := new(diskcache.Memory)
	s := &interrupted{Store: storage.Memory()}
	var c diskcache.DiskCacher[int]
	if err := c.SetOptions(diskcache.Options{Store: s, Memory: m}); err != nil {
		t.Fatal(err)
	}
	if err := c.SetTag(testTag, "a"); err != nil {
		t.Fatal(err)
	}
	next := steps()
	mustExecute(t, &c, next) // 1
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	s.then = func() {
		if _, err := c.Refresh(t.Context(), next); err != nil { // 2
			t.Error(err)
		}
		m.SetLimit(1)
		m.SetLimit(0)
	}
	if v, ok, err := c.Peek(t.Context()); v != 1 || !ok || err != nil {
		t.Fatal(v, ok, err)
	}
	for range 2 {
		if v := mustExecute(t, &c, next); v != 2 {
			t.Errorf("got %d after a refresh, want 2", v)
		}
	}
}
