package mapcache

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/store"
)

// unused is what is stored and was not loaded.
type unused struct {
	files  []string        // that a save would replace
	digest string          // of the value, where its record tells
	event  diskcache.Event // why
}

// asideName is where a file of that name is set aside: among those of the engine,
// which removes the oldest when they are too many.
func asideName(file string) string {
	return path.Join(store.Private, "aside", time.Now().UTC().Format("20060102T150405-")+rand.Text()[:8]+"-"+file)
}

// setOldAside moves what was not loaded out of the way of a save, which has the file's
// lock: it may be somebody's only copy.
func (c *Cache[K, V]) setOldAside(ctx context.Context) error {
	c.mu.Lock()
	old := c.old
	c.mu.Unlock()
	if old == nil || old.event.Why == diskcache.NewerRelease { // that one the engine will not replace
		return nil
	}
	s, err := c.manager.begin(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	for _, name := range old.files {
		target := asideName(name)
		err := store.Move(ctx, s, name, target)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("what was stored before cannot be set aside: %w", err)
		}
		e := old.event
		e.Kind, e.Source = diskcache.SetAside, diskcache.NoSource
		e.Path = filepath.Join(filepath.Dir(e.Path), name)
		e.Reason += "; now it is " + target
		c.manager.tell(e)
	}
	c.setOld(nil)
	return nil
}

func (c *Cache[K, V]) setOld(u *unused) {
	c.mu.Lock()
	c.old = u
	c.mu.Unlock()
}

// begin opens the directory of the files.
func (m *Manager) begin(ctx context.Context) (store.Session, error) {
	m.mu.Lock()
	o, err := m.settle()
	m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	whole := o.Store
	if whole == nil {
		whole = store.Dir(o.Tmpdir, store.DirOptions{Shared: o.Shared, Durability: o.Durability})
	}
	return store.Begin(ctx, store.Sub(whole, o.Prefix+m.tag()), true)
}
