package diskcache

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
)

// setting is what others see of a Setting. It neither holds the value nor leads to the
// object whose field the Setting is, so that the object can be collected.
type setting struct {
	mark atomic.Pointer[settingMark] // of the present value; changes with it
	opts atomic.Pointer[Options]     // where it belongs, as with cachers; nil for the defaults
	home atomic.Pointer[settingHome] // nil before it has a name
}

// settingHome is where a setting was given its name last.
type settingHome struct {
	name string
	in   *declarations
	path string // of the directory; empty for a Cache, which knows it
	tag  string
}

// directory is where computations of others find the setting.
func (h *settingHome) directory() (string, error) {
	if h.in.cache != nil {
		return h.in.cache.Directory()
	}
	return h.path, nil
}

// declarations are the settings of one tree of objects, under the names that one SetTag
// gave them, or those of a Cache. Computations of that tree are judged by them, also where
// another tree has settings of the same names in the same directory. One setting can be in
// several trees.
type declarations struct {
	cache *Cache // nil for a tree

	mu     sync.RWMutex        // those of a Cache grow
	byName map[string]*setting // guarded by mu
	names  map[*setting]string // guarded by mu
}

func newDeclarations(cache *Cache) *declarations {
	return &declarations{cache: cache, byName: map[string]*setting{}, names: map[*setting]string{}}
}

// named returns the setting of a name, or nil. There need not be declarations.
func (d *declarations) named(name string) *setting {
	if d == nil {
		return nil
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.byName[name]
}

// nameOf returns the name that a setting has here.
func (d *declarations) nameOf(s *setting) (name string, ok bool) {
	if d == nil {
		return "", false
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	name, ok = d.names[s]
	return name, ok
}

// add gives a setting a name.
func (d *declarations) add(name string, s AnySetting) error {
	if err := checkSetting(name, s); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch other, taken := d.byName[name]; {
	case taken && other != s.part():
		return fmt.Errorf("%w: two settings are called %s", ErrNameTaken, name)
	case !taken:
		d.byName[name] = s.part()
		d.names[s.part()] = name
	}
	return nil
}

func checkSetting(name string, s AnySetting) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if v := reflect.ValueOf(s); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return errors.New("the setting is nil: pass the address of a Setting")
	}
	if refusal := keyFormOf(s.ValueType()).refusal; refusal != nil {
		return fmt.Errorf("a setting of type %v, of which no two values can be compared: %w", s.ValueType(), refusal.asError())
	}
	return nil
}

// usedIn is the use by the computation that ctx belongs to, as seen from a directory; nil is for
// none.
func (s *setting) usedIn(ctx context.Context, mark *settingMark, seen *home) use {
	k := callOf(ctx)
	if k == nil {
		return s.use(nowhere(), mark)
	}
	u := s.use(k.cell.dir, mark)
	return u.seenFrom(k.cell.dir.home(), seen)
}

// unnamedSetting is what records call a setting without a name. No setting has such a
// name and no digest, so what used it is good at no time.
const unnamedSetting = "unnamed setting"

// use is what a record says of a setting that a computation whose entry lies in d used. Where
// the name would lead to another setting, or to none, there is no digest.
func (s *setting) use(d *tagDir, mark *settingMark) use {
	if name, ok := d.settings.nameOf(s); ok {
		return use{Setting: name, Text: mark.text, Digest: mark.digest}
	}
	u := use{Setting: unnamedSetting, Text: mark.text}
	home := s.home.Load()
	if home == nil {
		return u
	}
	directory, err := home.directory()
	if err != nil {
		return u
	}
	u.Setting = home.name
	if directory != d.path {
		u.In = directory
	}
	if d.settingNamed(u.Setting, u.In) == s {
		u.Digest = mark.digest
	}
	return u
}
