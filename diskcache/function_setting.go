package diskcache

import (
	"fmt"
	"strings"

	"github.com/dataelab/dataelab-go/internal/filename"
)

// Declare gives a setting a name, by which the results of this cache's functions tell that
// they used it:
//
//	var cache diskcache.Cache
//	var gain diskcache.Setting[float64]
//	err := cache.Declare("gain", &gain)
//
// The name belongs to one setting, in all programs that share the cache's directory, and to no
// function. Declare it before the functions are called: what used it before is computed
// again. It touches no disk. A setting can be declared here and be part of a tree of objects
// as well.
func (c *Cache) Declare(name string, s AnySetting) error {
	if err := c.declare(name, s); err != nil {
		return &Error{Op: "declare", Name: name, Err: err}
	}
	moveEpoch()
	return nil
}

func (c *Cache) declare(name string, s AnySetting) error {
	if err := checkSetting(name, s); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if function, taken := c.functions[filename.Fold(name)]; taken {
		return fmt.Errorf("%w in this cache by the function %s: choose another one", ErrNameTaken, function.called())
	}
	settings := c.ownSettings()
	if old, named := settings.nameOf(s.part()); named && old != name {
		return fmt.Errorf("the setting has a name in this cache already, %s", old)
	}
	if other, taken := settings.likeNamed(name); taken && other != name {
		return fmt.Errorf("%w in this cache by the setting %s, which differs only in case: choose another one", ErrNameTaken, other)
	}
	if err := settings.add(name, s); err != nil {
		return err
	}
	s.part().home.Store(&settingHome{name: name, in: settings})
	declared.joinCache(c)
	return nil
}

// ownSettings returns the settings declared so far. The caller holds the lock.
func (c *Cache) ownSettings() *declarations {
	if c.settings == nil {
		c.settings = newDeclarations(c)
	}
	return c.settings
}

// settingNamed returns a declared setting, or nil.
func (c *Cache) settingNamed(name string) *setting {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.settings.named(name)
}

// likeNamed returns the name that is name but for its case. There need not be declarations.
func (d *declarations) likeNamed(name string) (other string, ok bool) {
	if d == nil {
		return "", false
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	for other := range d.byName {
		if strings.EqualFold(other, name) {
			return other, true
		}
	}
	return "", false
}
