package store_test

import (
	"path/filepath"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/diskcache/store/storetest"
)

func TestDir(t *testing.T) {
	for name, o := range map[string]store.DirOptions{
		"durable": {},
		"fast":    {Durability: store.Fast},
		"shared":  {Shared: true, Durability: store.Fast},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func() store.Store { return store.Dir(filepath.Join(t.TempDir(), "made", "by it"), o) })
		})
	}
}

func TestSubOfDir(t *testing.T) {
	storetest.Run(t, func() store.Store {
		return store.Sub(store.Dir(t.TempDir(), store.DirOptions{Durability: store.Fast}), "folder")
	})
}

func TestMemory(t *testing.T) { storetest.Run(t, store.Memory) }

func TestSubOfMemory(t *testing.T) {
	storetest.Run(t, func() store.Store { return store.Sub(store.Memory(), "folder") })
}

// plain has the five methods and nothing else.
type plain struct{ store.Store }

func TestPlainStore(t *testing.T) {
	storetest.Run(t, func() store.Store {
		return plain{store.Dir(t.TempDir(), store.DirOptions{Durability: store.Fast})}
	})
}
