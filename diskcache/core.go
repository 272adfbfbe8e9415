package diskcache

import (
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
)

// Cacher is a DiskCacher of any result type.
type Cacher interface {
	SetTag(tag, name string) error
	SetPrefix(prefix string) error
	SetTmpdir(dir string) error
	SetOptions(o Options) error
	ClearCache() error
	FullPath() (string, error)
	Path(args ...any) (string, error)
	Place() (*Place, error)
	Stats() Stats
	Close() error
	ResultType() reflect.Type

	newEntry() *entry
	cool(e *entry)
	change(set func(*core))
	state() *core
}

// core is the part of a DiskCacher that does not depend on the result type.
type core struct {
	cell     atomic.Pointer[cell]              // nil without a tag
	opts     atomic.Pointer[Options]           // complete and checked; nil for the defaults
	lock     sync.Mutex                        // held while cell and hot change together
	mappings mappings                          // of all cells
	past     []*cell                           // guarded by lock; former cells that were computing
	valid    atomic.Pointer[func(Stored) bool] // of SetValid; nil for none
	off      bool                              // the cache of a function is off, and stays so
}

// whyUncached says why a call only computes.
func (c *core) whyUncached() string {
	cell := c.cell.Load()
	switch {
	case c.off || cell != nil && cell.off:
		return "the cache is off"
	case cell == nil:
		return "no tag is set"
	}
	return "that was asked for (WithBypass)"
}

// install puts the next cell in place; the caller holds the lock. A former cell in
// which computations are under way is kept until they end, as ClearCache means
// them too.
func (c *core) install(next *cell) {
	c.past = slices.DeleteFunc(c.past, func(old *cell) bool { return !old.busy() })
	if old := c.cell.Load(); old != nil {
		if old.busy() {
			c.past = append(c.past, old)
		}
		defer old.close()
	}
	c.cell.Store(next)
}

// validHook returns what SetValid set.
func (c *core) validHook() func(Stored) bool {
	if hook := c.valid.Load(); hook != nil {
		return *hook
	}
	return nil
}

// cells returns the present cell and the former ones of the same place.
func (c *core) cells() []*cell {
	c.lock.Lock()
	defer c.lock.Unlock()
	now := c.cell.Load()
	if now == nil {
		return nil
	}
	same := []*cell{now}
	for _, old := range c.past {
		if old.dir.id() == now.dir.id() && old.stem == now.stem {
			same = append(same, old)
		}
	}
	return same
}

// configuring lets one BindAll or UpdateAll run at a time: each works from what it
// finds, and would undo the other.
var configuring sync.Mutex

// FullPath returns the path of the value's file without its extension, and
// without the key that calls with arguments add.
func (c *core) FullPath() (string, error) {
	cell := c.cell.Load()
	if cell == nil {
		return "", ErrTagNotSet
	}
	return filepath.Join(cell.dir.path, cell.stem), nil
}

// Path returns the full path of the file that holds the value for args, or would hold
// it, with its extension. It touches no disk. See FullPath for what all files of the
// cacher begin with.
func (c *core) Path(args ...any) (string, error) {
	cell := c.cell.Load()
	switch {
	case cell == nil && c.off:
		return "", ErrOff
	case cell == nil:
		return "", ErrTagNotSet
	}
	key, err := KeyOf(args...)
	if err != nil {
		return "", cell.wrap("path", err)
	}
	return cell.valuePath(key), nil
}

// Stats returns what was counted since the tag was set.
func (c *core) Stats() Stats {
	cell := c.cell.Load()
	if cell == nil {
		return Stats{}
	}
	return cell.count().snapshot()
}

// Binding joins a cacher to the name it gets.
type Binding struct {
	Cacher Cacher
	Name   string        // stem of the file names
	Former []string      // stems that the files may have from before, see FieldOptions.Aka
	Field  *FieldOptions // from the struct tag; nil for none

	// Type is the struct type that declares the cacher's field, nil for none. What is stored of
	// another type, or another program's type of that name, is not this cacher's.
	Type reflect.Type

	owner *owner // where there is no type
}

// Observer hears of events beside Options.OnEvent; dataelab logs with it.
type Observer struct {
	Tell func(Event) // nil for nobody

	// TraceHits makes hits in memory events too, which slows them down.
	TraceHits bool
}

// BindAll gives many cachers their tag, and the settings beside them their names: all of
// them, or, on error, none.
func BindAll(tag string, bindings []Binding, observer Observer, settings ...Declaration) error {
	if err := CheckTag(tag); err != nil {
		return &Error{Op: "set tag", Err: err}
	}
	return bindAll(tag, bindings, observer, settings)
}

// BindUntagged is BindAll for cachers that belong to no tag: their entries lie in the directory
// Options.Prefix in Options.Tmpdir, as those of a [Cache] lie in its directory.
func BindUntagged(bindings []Binding, observer Observer, settings ...Declaration) error {
	return bindAll("", bindings, observer, settings)
}

func bindAll(tag string, bindings []Binding, observer Observer, settings []Declaration) error {
	configuring.Lock()
	defer configuring.Unlock()
	if err := checkFormer(bindings); err != nil {
		return err
	}
	b := binder{off: isSwitchedOff(), tag: tag, observer: observer, dirs: map[*Options]*tagDir{}, results: map[resultKey]*resultOf{}}
	if err := b.checkSettings(settings); err != nil {
		return err
	}
	cells := make([]*cell, len(bindings))
	for i, binding := range bindings {
		cell, err := b.bind(binding)
		if err != nil {
			return &Error{Op: "set tag", Name: binding.Name, Err: err}
		}
		cells[i] = cell
	}
	if err := b.declare(settings); err != nil {
		return &Error{Op: "set tag", Err: err}
	}
	var next *cell
	install := func(c *core) { c.install(next) } // one closure for a million cachers
	for i, binding := range bindings {
		next = cells[i]
		binding.Cacher.change(install)
		next.dir.home().join(next, binding.Cacher.state())
	}
	forgetFindings()
	return nil
}

// binder works out once what many cachers share.
type binder struct {
	tag      string
	observer Observer
	dirs     map[*Options]*tagDir
	results  map[resultKey]*resultOf
	defaults *Options
	settings *declarations // nil for none
	owners   map[reflect.Type]*owner
	off      bool // all but what is kept for its own sake only computes
}

// resultKey is all that decides how results are stored.
type resultKey struct {
	opts             *Options
	typ              reflect.Type
	format, compress string
	mmap             bool
}

func newResultKey(opts *Options, typ reflect.Type, field *FieldOptions) resultKey {
	return resultKey{opts, typ, field.Format, field.Compress, field.Mmap}
}

func (b *binder) bind(binding Binding) (*cell, error) {
	if err := CheckName(binding.Name); err != nil {
		return nil, err
	}
	dir, err := b.dir(binding.Cacher.state().opts.Load())
	if err != nil {
		return nil, err
	}
	field := binding.Field
	if field == nil {
		field = &FieldOptions{}
	}
	key := newResultKey(dir.opts, binding.Cacher.ResultType(), field)
	result, ok := b.results[key]
	if !ok {
		if result, err = newResultOf(key.typ, dir.opts.Formats, field); err != nil {
			return nil, err
		}
		b.results[key] = result
	}
	return &cell{
		dir: dir, tag: b.tag, stem: binding.Name, former: binding.Former, owner: b.owner(&binding), resultOf: result, field: field,
		observer: &b.observer, cacher: binding.Cacher, mappings: &binding.Cacher.state().mappings,
		valid: binding.Cacher.state().validHook(), off: b.off && !field.KeepStored,
	}, nil
}

// owner returns whose the values of a cacher are.
func (b *binder) owner(binding *Binding) *owner {
	if binding.Type == nil {
		return binding.owner
	}
	o, known := b.owners[binding.Type]
	if !known {
		if b.owners == nil {
			b.owners = map[reflect.Type]*owner{}
		}
		o = ownerOfType(binding.Type)
		b.owners[binding.Type] = o
	}
	return o
}

// dir returns the tag's directory under opts, nil for the defaults.
func (b *binder) dir(opts *Options) (*tagDir, error) {
	opts, err := b.options(opts)
	if err != nil {
		return nil, err
	}
	if dir := b.dirs[opts]; dir != nil {
		return dir, nil
	}
	if err := checkNewDirectory(opts.Prefix, b.tag); err != nil {
		return nil, err
	}
	dir := newTagDir(opts, b.tag)
	dir.settings = b.settings
	b.dirs[opts] = dir
	return dir, nil
}

func (b *binder) options(opts *Options) (*Options, error) {
	if opts != nil {
		return opts, nil
	}
	if b.defaults == nil {
		defaults, err := Options{}.withDefaults()
		if err != nil {
			return nil, err
		}
		b.defaults = &defaults
	}
	return b.defaults, nil
}

// Option changes one of the options of many cachers, see UpdateAll.
type Option func(*Options) error

// applied returns old, or the defaults, with the option changed. The directory of
// the defaults is looked at only where it is not replaced.
func (option Option) applied(old *Options) (o Options, err error) {
	if old != nil {
		o = *old
		return o, option(&o)
	}
	o.Prefix, o.Memory, o.Recheck = DefaultPrefix, DefaultMemory, defaultRecheck
	if err := option(&o); err != nil {
		return o, err
	}
	if o.Tmpdir == "" {
		return o.withDefaults()
	}
	return o, o.Memory.check()
}

// WithOptions replaces all options.
func WithOptions(o Options) Option {
	return func(old *Options) (err error) {
		*old, err = o.withDefaults()
		return err
	}
}

// WithPrefix changes what stands before the tag in the name of its directory.
func WithPrefix(prefix string) Option {
	return func(o *Options) error {
		o.Prefix = prefix
		return checkNew("prefix", prefix, maxDirectory)
	}
}

// WithTmpdir changes the directory that holds the tags' directories.
func WithTmpdir(dir string) Option {
	return func(o *Options) (err error) {
		if o.Store != nil {
			return errors.New("a temporary directory means nothing beside Options.Store: set one of the two")
		}
		o.Tmpdir, err = checkTmpdir(dir)
		return err
	}
}

// UpdateAll changes the options of many cachers, and of the settings beside them: of all,
// or, on error, of none. A cacher that has a tag keeps it, forgets what is in memory, and
// goes on in the new place.
func UpdateAll(cachers []Cacher, option Option, settings ...AnySetting) error {
	configuring.Lock()
	defer configuring.Unlock()
	if len(cachers)+len(settings) == 0 { // a mistake is one all the same
		if err := option(&Options{}); err != nil {
			return &Error{Op: "set options", Err: err}
		}
	}
	u := updater{option: option, options: map[*Options]*Options{}, dirs: map[resultDir]*tagDir{}}
	next := make([]*Options, len(cachers))
	cells := make([]*cell, len(cachers))
	for i, c := range cachers {
		var err error
		if next[i], err = u.updated(c.state().opts.Load()); err != nil {
			return &Error{Op: "set options", Err: err}
		}
		if cells[i], err = c.state().cell.Load().moved(next[i], u.dirs); err != nil {
			return &Error{Op: "set options", Err: err}
		}
	}
	if err := u.moveSettings(settings); err != nil {
		return &Error{Op: "set options", Err: err}
	}
	for i, c := range cachers {
		c.change(func(core *core) {
			core.opts.Store(next[i])
			core.install(cells[i])
		})
		if cell := cells[i]; cell != nil {
			cell.dir.home().join(cell, c.state())
		}
	}
	forgetFindings()
	return nil
}

// updater works out once what many cachers share.
type updater struct {
	option  Option
	options map[*Options]*Options // the new ones by the old
	dirs    map[resultDir]*tagDir
}

// updated returns what becomes of options, nil for the defaults.
func (u *updater) updated(old *Options) (*Options, error) {
	if known := u.options[old]; known != nil {
		return known, nil
	}
	o, err := u.option.applied(old)
	if err != nil {
		return nil, err
	}
	u.options[old] = &o
	return &o, nil
}

type resultDir struct {
	opts     *Options
	tag      string
	settings *declarations
}

// movedDir returns the directory that takes the place of a tag's under other options.
func movedDir(key resultDir, dirs map[resultDir]*tagDir) (*tagDir, error) {
	if dir := dirs[key]; dir != nil {
		return dir, nil
	}
	if err := checkNewDirectory(key.opts.Prefix, key.tag); err != nil {
		return nil, err
	}
	dir := newTagDir(key.opts, key.tag)
	dir.settings = key.settings
	dirs[key] = dir
	return dir, nil
}

// moved returns the cell that takes c's place under other options.
func (c *cell) moved(o *Options, dirs map[resultDir]*tagDir) (*cell, error) {
	if c == nil {
		return nil, nil
	}
	dir, err := movedDir(resultDir{o, c.tag, c.dir.settings}, dirs)
	if err != nil {
		return nil, err
	}
	result, err := newResultOf(c.typ, o.Formats, c.field)
	if err != nil {
		return nil, err
	}
	next := c.successor()
	next.dir, next.resultOf = dir, result
	return next, nil
}
