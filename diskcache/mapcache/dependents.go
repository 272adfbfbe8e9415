package mapcache

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/filename"
)

// Scope says how far an operation reaches, and whether Save is forced.
type Scope uint8

const (
	// Along includes dependents. It is the default.
	Along Scope = iota
	// Alone is the cache itself only.
	Alone
	// Forced has Save store also what has not changed since it was stored: where a value was
	// changed in place, or a Save hook is to run. It can be given beside Along or Alone. Where another
	// process has saved the file since, its value takes the place of one that was changed in place
	// only: Set it.
	Forced
)

// dictionary is a Cache of any types, to the manager.
type dictionary interface {
	Dictionary
	saveOwn(ctx context.Context) error
	saveForced(ctx context.Context) error
	reload(ctx context.Context) error
	build(ctx context.Context) error
	invalidate(ctx context.Context) error
	deleteSaved(ctx context.Context) error
	close(ctx context.Context) error
}

// apply does something to a cache and, unless scope says otherwise, its dependents.
// An error of one keeps no other from it.
func (m *Manager) apply(ctx context.Context, c dictionary, scope []Scope, do func(dictionary, context.Context) error) error {
	var failed []error
	for _, d := range m.reach(c, scope) {
		failed = append(failed, do(d, ctx))
	}
	return errors.Join(failed...)
}

// rebuild builds caches, of which each comes after those that it depends on. What depends on
// one that fails would be built from contents that are out of date: it is left alone.
func (m *Manager) rebuild(ctx context.Context, caches []dictionary) error {
	var failed []error
	behind := map[string]string{} // folded names, and the failure that they are behind
	for _, d := range caches {
		if first, ok := behind[fold(d.Name())]; ok {
			failed = append(failed, &Error{Op: "rebuild", Name: d.Name(), Err: fmt.Errorf("%w, as it depends on %s, which failed: it stays what it was", ErrNotBuilt, first)})
			continue
		}
		err := d.build(ctx)
		if err == nil {
			continue
		}
		failed = append(failed, err)
		if m == nil {
			continue
		}
		m.mu.Lock()
		for _, name := range m.order(fold(d.Name())) {
			behind[name] = d.Name()
		}
		m.mu.Unlock()
	}
	return errors.Join(failed...)
}

// reach returns a cache and its dependents in the order that the package describes.
func (m *Manager) reach(c dictionary, scope []Scope) []dictionary {
	if m == nil || slices.Contains(scope, Alone) {
		return []dictionary{c}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	start := fold(c.Name())
	found := []dictionary{c} // also when it is registered no more
	for _, name := range m.order(start) {
		if d := m.caches[name]; d != nil && name != start {
			found = append(found, d)
		}
	}
	return found
}

// order returns names so that each comes before those that depend on it, as far as
// there is no circle: a walk into the depth, backward. The caller holds mu.
func (m *Manager) order(starts ...string) []string {
	var backward []string
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		for _, next := range slices.Backward(slices.Sorted(maps.Keys(m.dependents[name]))) {
			visit(next)
		}
		backward = append(backward, name)
	}
	for _, name := range slices.Backward(starts) {
		visit(name)
	}
	slices.Reverse(backward)
	return backward
}

// addDependents notes that caches depend on the one of that name.
func (m *Manager) addDependents(name string, dependents []string) error {
	err := checkNames(dependents)
	if m == nil {
		err = errZero
	}
	if err != nil {
		return &Error{Op: "add dependents to", Name: name, Err: err}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.depend(name, dependents)
	return nil
}

// checkNames finds names that no cache can have.
func checkNames(names []string) error {
	for _, name := range names {
		if err := diskcache.CheckName(name); err != nil {
			return err
		}
	}
	return nil
}

// depend is addDependents with checked names; the caller holds mu.
func (m *Manager) depend(name string, dependents []string) {
	if len(dependents) == 0 {
		return
	}
	if m.dependents == nil {
		m.dependents = map[string]map[string]bool{}
	}
	of := m.dependents[fold(name)]
	if of == nil {
		of = map[string]bool{}
		m.dependents[fold(name)] = of
	}
	for _, d := range dependents {
		of[fold(d)] = true
	}
}

// fold makes one name of those that some file systems take for one.
func fold(name string) string { return filename.Fold(name) }

// Dictionary is a Cache of any types: what can be done without knowing these.
type Dictionary interface {
	Name() string
	Len() int
	Err() error
	AddDependents(names ...string) error
	Dependents() []string
	Load(ctx context.Context) error
	Save(ctx context.Context, scope ...Scope) error
	Reload(ctx context.Context, scope ...Scope) error
	Rebuild(ctx context.Context, scope ...Scope) error
	Invalidate(ctx context.Context, scope ...Scope) error
	DeleteSaved(ctx context.Context, scope ...Scope) error
}

// AddDependents names more caches that are made from this one, see the package.
func (c *Cache[K, V]) AddDependents(names ...string) error {
	return c.manager.addDependents(c.name, names)
}

// Dependents returns the names of all caches that depend on this one, also by way of
// others, in the order in which operations reach them.
func (c *Cache[K, V]) Dependents() []string {
	var names []string
	for _, d := range c.manager.reach(c, nil)[1:] {
		names = append(names, d.Name())
	}
	return names
}
