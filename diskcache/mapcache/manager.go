package mapcache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"sync"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/formats"
)

// Prefix stands before a manager's name in the name of its directory.
const Prefix = "maps-"

// DefaultName is the name of a manager that has none.
const DefaultName = "general"

// Manager holds caches by name, in one directory. The zero value is ready. Its fields
// are read when the first cache is registered; until then they may be set. It must
// not be copied.
type Manager struct {
	// Name tells managers of one Dir apart. Default: "general".
	Name string

	// Dir is the directory in which that of the manager, maps-<Name>, is made when
	// first something is saved. Default: the directory that a diskcache.Cache has
	// by default, named after the program in the user's cache directory.
	Dir string

	// Store, when not nil, keeps the files in place of a directory: Dir, Shared and
	// Durability mean nothing then.
	Store store.Store

	// Shared lets other users in, see diskcache.Options.Shared.
	Shared bool

	// Durability says what is good after a power cut, see diskcache.Options.Durability.
	Durability store.Durability

	// Formats is where formats are looked for, see diskcache.Options.Formats.
	Formats formats.Set

	// OnEvent hears of files that were looked for (LookedUp, with Why one is not used),
	// loaded, saved, merged or set aside, of calls that wait for long (Waiting), and of what failed without a
	// method to return the error: Failed for a load or build, SaveFailed for a save. It is called on the goroutine that did it, from many at once, and must
	// not use the cache that it hears of. When nil, failures, waits, files set aside, merges with what
	// other processes saved, and stored contents that are not used are logged with log/slog.
	OnEvent func(diskcache.Event)

	mu         sync.Mutex
	options    *diskcache.Options         // guarded by mu; nil until the first cache
	caches     map[string]dictionary      // guarded by mu; by folded name
	dependents map[string]map[string]bool // guarded by mu; folded names, by that of what they depend on
	closed     bool                       // guarded by mu
}

// Register makes a cache of that name. It reads nothing: the contents are loaded when
// they are first used. A name that is taken is an error that wraps ErrRegistered;
// names that differ only in case are the same. A type that the format cannot store
// without loss is an error.
func Register[K comparable, V any](m *Manager, name string, options Options[K, V]) (*Cache[K, V], error) {
	c, err := newCache(m, name, options)
	if err == nil {
		err = m.add(c, options.Dependents)
	}
	if err != nil {
		return nil, &Error{Op: "register", Name: name, Err: err}
	}
	if options.Contents != nil {
		c.setUnsaved(nil)
	}
	return c, nil
}

// Retrieve returns the cache of that name, and whether there is one. If it has other
// types the error is a *TypeError.
func Retrieve[K comparable, V any](m *Manager, name string) (c *Cache[K, V], ok bool, err error) {
	if m == nil {
		return nil, false, &Error{Op: "retrieve", Name: name, Err: errNilManager}
	}
	m.mu.Lock()
	found := m.caches[fold(name)]
	m.mu.Unlock()
	if found == nil {
		return nil, false, nil
	}
	c, ok = found.(*Cache[K, V])
	if !ok {
		return nil, false, &TypeError{Name: found.Name(), Have: reflect.TypeOf(found).Elem(), Want: reflect.TypeFor[Cache[K, V]]()}
	}
	return c, true, nil
}

// RetrieveOrRegister returns the cache of that name, and makes it where there is none. Of
// the options of one that is there, those that are not zero must be as they were registered, or the
// error wraps ErrRegistered: a hook that is never called would be noticed late. Functions are the same where
// they stand in the same place in the source. Contents are for a cache that is made, and Dependents
// are added.
func RetrieveOrRegister[K comparable, V any](m *Manager, name string, options Options[K, V]) (*Cache[K, V], error) {
	for {
		c, ok, err := Retrieve[K, V](m, name)
		if ok {
			err = c.joined(options)
		}
		if err != nil {
			return nil, err
		}
		if ok {
			return c, nil
		}
		c, err = Register(m, name, options)
		if !errors.Is(err, ErrRegistered) { // else another goroutine was first
			return c, err
		}
	}
}

// Caches returns all caches: by name, but those that depend on others after these.
func (m *Manager) Caches() []Dictionary {
	var all []Dictionary
	for _, d := range m.all() {
		all = append(all, d)
	}
	return all
}

// Lookup returns the cache of that name, whatever its types.
func (m *Manager) Lookup(name string) (c Dictionary, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, ok := m.caches[fold(name)]
	return d, ok
}

// SaveAll saves each cache that has changed.
func (m *Manager) SaveAll(ctx context.Context) error { return m.each(ctx, dictionary.saveOwn) }

// LoadAll loads each cache whose contents are not there yet, or builds it.
func (m *Manager) LoadAll(ctx context.Context) error { return m.each(ctx, dictionary.Load) }

// ReloadAll loads or builds each cache anew.
func (m *Manager) ReloadAll(ctx context.Context) error { return m.each(ctx, dictionary.reload) }

// RebuildAll builds each cache anew, those that depend on others after these.
func (m *Manager) RebuildAll(ctx context.Context) error { return m.rebuild(ctx, m.all()) }

// DeleteAllSaved deletes what was saved of each cache, and leaves what is in memory.
func (m *Manager) DeleteAllSaved(ctx context.Context) error {
	return m.each(ctx, dictionary.deleteSaved)
}

// Deregister saves caches for the last time, and takes them out of the manager: their
// names are free then. To whom they are dependents stays noted. One that cannot be
// saved stays in. A name that is not there is no error.
func (m *Manager) Deregister(ctx context.Context, names ...string) error {
	var failed []error
	for _, name := range names {
		m.mu.Lock()
		c := m.caches[fold(name)]
		m.mu.Unlock()
		if c == nil {
			continue
		}
		if err := c.close(ctx); err != nil {
			failed = append(failed, err)
			continue
		}
		m.mu.Lock()
		if m.caches[fold(name)] == c {
			delete(m.caches, fold(name))
		}
		m.mu.Unlock()
	}
	return errors.Join(failed...)
}

// DeregisterAll is Deregister for all caches. The manager can be used on.
func (m *Manager) DeregisterAll(ctx context.Context) error {
	var names []string
	for _, c := range m.all() {
		names = append(names, c.Name())
	}
	return m.Deregister(ctx, names...)
}

// Close saves each cache that has changed, and ends all saving by rules. The caches
// can be used on; what changes is then saved by their Save only. Where Close fails to
// save, it may be called again.
func (m *Manager) Close(ctx context.Context) error {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	return m.each(ctx, dictionary.close)
}

// Directory returns the full path of the directory of the files, which need not exist
// yet. With a Store it is the folder in it.
func (m *Manager) Directory() (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, err := m.settle()
	if err != nil {
		return "", err
	}
	if o.Store != nil {
		return o.Prefix + m.tag(), nil
	}
	return filepath.Join(o.Tmpdir, o.Prefix+m.tag()), nil
}

func (m *Manager) tag() string {
	if m.Name == "" {
		return DefaultName
	}
	return m.Name
}

// settle reads the fields, once; the caller holds mu.
func (m *Manager) settle() (*diskcache.Options, error) {
	if m.options != nil {
		return m.options, nil
	}
	if err := diskcache.CheckTag(m.tag()); err != nil {
		return nil, fmt.Errorf("the manager's name: %w", err)
	}
	o := diskcache.Options{Tmpdir: m.Dir, Prefix: Prefix, Shared: m.Shared, Durability: m.Durability, Store: m.Store, Formats: m.Formats}
	if o.Store == nil {
		place := diskcache.Cache{Dir: m.Dir} // knows the default, and what is wrong with a directory
		dir, err := place.Directory()
		if err != nil {
			return nil, err
		}
		o.Tmpdir = dir
	}
	m.options = &o
	return m.options, nil
}

// add takes a name for a cache.
func (m *Manager) add(c dictionary, dependents []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return fmt.Errorf("the manager is %w", ErrClosed)
	}
	if other := m.caches[fold(c.Name())]; other != nil {
		return fmt.Errorf("%w by the cache %q", ErrRegistered, other.Name())
	}
	if m.caches == nil {
		m.caches = map[string]dictionary{}
	}
	m.caches[fold(c.Name())] = c
	m.depend(c.Name(), dependents)
	return nil
}

// all returns the caches by name, but those that depend on others after these.
func (m *Manager) all() []dictionary {
	m.mu.Lock()
	defer m.mu.Unlock()
	var all []dictionary
	for _, name := range m.order(slices.Sorted(maps.Keys(m.caches))...) {
		if c := m.caches[name]; c != nil {
			all = append(all, c)
		}
	}
	return all
}

// each does something to all caches. An error of one keeps no other from it.
func (m *Manager) each(ctx context.Context, do func(dictionary, context.Context) error) error {
	var failed []error
	for _, c := range m.all() {
		failed = append(failed, do(c, ctx))
	}
	return errors.Join(failed...)
}

// tell hands an event to whoever listens.
func (m *Manager) tell(e diskcache.Event) {
	if m.OnEvent != nil {
		m.OnEvent(e)
		return
	}
	log := func(level slog.Level, message string) {
		slog.LogAttrs(context.Background(), level, "mapcache: "+message,
			slog.String("name", e.Name), slog.String("path", e.Path), slog.String("reason", e.Reason), slog.Any("error", e.Err))
	}
	switch e.Kind {
	case diskcache.SaveFailed, diskcache.Failed, diskcache.SetAside, diskcache.FoundDamaged, diskcache.Conflict, diskcache.Waiting:
		log(slog.LevelWarn, e.Kind.String())
	case diskcache.Merged:
		log(slog.LevelInfo, e.Kind.String())
	case diskcache.LookedUp:
		switch {
		case slices.Contains(unusable, e.Why):
			log(slog.LevelWarn, "what is stored cannot be used")
		case slices.Contains(outdated, e.Why):
			log(slog.LevelInfo, "what is stored is not used")
		}
	}
}
