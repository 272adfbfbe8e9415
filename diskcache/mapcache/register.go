package mapcache

import (
	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/formats"
)

// newCache makes a cache for a manager, which does not have it yet.
func newCache[K comparable, V any](m *Manager, name string, o Options[K, V]) (*Cache[K, V], error) {
	if m == nil {
		return nil, errNilManager
	}
	o, err := o.check()
	if err != nil {
		return nil, err
	}
	if err := checkNames(append([]string{name}, o.Dependents...)); err != nil {
		return nil, err
	}
	c := &Cache[K, V]{name: name, manager: m, opts: o, turn: newTurn()}
	if !o.InMemory {
		if err := c.openFile(); err != nil {
			return nil, err
		}
	}
	rules := o.Rules
	if c.file == nil && o.Hooks.Save == nil {
		rules = nil
	}
	c.changes = newPending(rules)
	c.auto = newAutosave()
	if o.Contents != nil {
		c.install(owned(o.Contents), nil)
		c.alone = true
		c.opts.Contents = nil // which they would keep in memory
	}
	return c, nil
}

// openFile gives the contents their place in the engine.
func (c *Cache[K, V]) openFile() error {
	c.manager.mu.Lock()
	options, err := c.manager.settle()
	c.manager.mu.Unlock()
	if err != nil {
		return err
	}
	own := *options
	if c.opts.Format == formatCSV {
		rows, err := newRows(&c.opts)
		if err != nil {
			return err
		}
		own.Formats = own.Formats.WithNamed(formats.Func(formatCSV, formatCSV, rows.encode, rows.decode))
	}
	file := new(diskcache.DiskCacher[map[K]V])
	if err := file.SetOptions(own); err != nil {
		return inOurWords(err)
	}
	err = diskcache.BindAll(c.manager.tag(), []diskcache.Binding{{
		Cacher: file,
		Name:   c.name,
		Field:  &diskcache.FieldOptions{Format: c.opts.Format, Compress: c.opts.Compress, Version: c.opts.Version, NoCheck: c.opts.NoCheck, KeepStored: true},
	}}, diskcache.Observer{Tell: c.heard})
	if err != nil {
		return inOurWords(err)
	}
	c.file = file
	return nil
}
