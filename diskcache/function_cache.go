package diskcache

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/internal/filename"
)

// NoCacheVariable is the environment variable that switches the caches of all
// functions off: any text but 0 and false does.
const NoCacheVariable = "DATAELAB_NO_CACHE"

// Cache keeps the results of functions, see [Wrap]. The zero value is ready. Its
// fields, and the environment variable DATAELAB_NO_CACHE, are read when the first
// of its functions is first called: until then they may be set, by a flag of
// the program, say. It must not be copied.
type Cache struct {
	// Dir is the directory of the files, made when the first result is stored. Give
	// it to one program: a function of the same name, argument and result type in
	// another one is taken for the same function. A link is followed.
	//
	// Default: a directory named after the program's main package in dataelab in
	// os.UserCacheDir, or in os.TempDir for a user who has none. For a program
	// without such a name, which go run made of single files, it is named after the
	// file and the working directory.
	Dir string

	// Store, when not nil, keeps the files in place of a directory: Shared and
	// Durability mean nothing then, and Dir names a folder in it, without slashes.
	Store store.Store

	// Off makes every call compute. Nothing is looked for, stored or checked.
	Off bool

	// Format, Compress and TTL are the defaults of its functions, see FuncOptions.
	Format   string
	Compress string
	TTL      time.Duration

	// Shared lets other users in, see Options.Shared.
	Shared bool

	// Durability says what is good after a power cut, see Options.Durability.
	Durability store.Durability

	// Formats is where formats are looked for, see Options.Formats.
	Formats formats.Set

	// Memory limits what results take in memory, see Options.Memory.
	Memory *Memory
	// Limits bound what the results take together.
	Limits Limits

	// Recheck is after how long a result in memory is examined again, see Options.Recheck.
	Recheck time.Duration

	// OnEvent hears of what happens, see Options.OnEvent.
	OnEvent func(Event)

	mu        sync.Mutex
	functions map[string]wrapped       // guarded by mu; by name, folded
	former    map[string]string        // guarded by mu; which function had a name, folded, before
	settings  *declarations            // guarded by mu; see ownSettings
	settled   bool                     // guarded by mu
	off       bool                     // guarded by mu
	binder    *binder                  // guarded by mu; nil until settled, and where the cache is off
	stores    map[store.Store]*Options // guarded by mu; of functions with stores of their own

	background background
}

// wrapped is a Function of any type.
type wrapped interface {
	bind() error
	cachers() []Cacher
	Stats() Stats
	called() string
}

func (f *Function[A, T]) called() string { return f.name }

// register takes a name for a function. Where letters differ only in case their
// files would be one on some file systems.
func (c *Cache) register(name string, f wrapped) error {
	if err := CheckName(name); err != nil {
		return err
	}
	if strings.HasSuffix(name, failureSuffix) {
		return nameError("name", name, "ends in "+failureSuffix+", as the files of stored errors do")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	folded := filename.Fold(name)
	if other, taken := c.functions[folded]; taken {
		return fmt.Errorf("%w: the name is taken in this cache by %s, a %T: wrap a function once, and keep what Wrap returns, or choose another name",
			ErrName, other.called(), other)
	}
	if other, taken := c.former[folded]; taken {
		return formerError(name, other, "is the name of", "another function")
	}
	if other, taken := c.settings.likeNamed(name); taken {
		return fmt.Errorf("%w: it is that of the setting %s: choose another one", ErrName, other)
	}
	if c.functions == nil {
		c.functions = map[string]wrapped{}
	}
	c.functions[folded] = f
	return nil
}

// settle reads fields and environment, once.
func (c *Cache) settle() (off bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.settled {
		return c.off, nil
	}
	if c.Off || switchedOff(os.Getenv(NoCacheVariable)) {
		c.settled, c.off = true, true
		return true, nil
	}
	options, err := c.options()
	if err != nil {
		return false, err
	}
	options.Memory, options.TagLimits, options.Recheck = cmp.Or(c.Memory, DefaultMemory), c.Limits, cmp.Or(c.Recheck, defaultRecheck)
	if err := cmp.Or(options.Memory.check(), options.checkLimits()); err != nil {
		return false, err
	}
	c.binder = &binder{
		defaults: options,
		dirs:     map[*Options]*tagDir{},
		results:  map[resultKey]*resultOf{},
		settings: c.ownSettings(),
	}
	c.settled = true
	return false, nil
}

// options are what the engine calls options. Its tag is empty: prefix and tag together
// name the directory.
func (c *Cache) options() (*Options, error) {
	o := &Options{Shared: c.Shared, Durability: c.Durability, Store: c.Store, Formats: c.Formats, OnEvent: c.OnEvent}
	if c.Store == nil {
		dir, err := c.directory()
		o.Tmpdir, o.Prefix = filepath.Dir(dir), filepath.Base(dir)
		return o, err
	}
	if o.Prefix = c.Dir; c.Dir == "" {
		o.Prefix = defaultName()
	}
	if err := checkNew("cache's folder in its store", o.Prefix, maxDirectory); err != nil {
		return nil, err
	}
	return o, checkStore(c.Store)
}

// inStore returns the options of the functions that have a store of their own.
func (c *Cache) inStore(own store.Store) (*Options, error) {
	if err := checkStore(own); err != nil {
		return nil, err
	}
	if o := c.stores[own]; o != nil {
		return o, nil
	}
	o := *c.binder.defaults
	o.Store, o.TagLimits = own, Limits{}
	if c.stores == nil {
		c.stores = map[store.Store]*Options{}
	}
	c.stores[own] = &o
	return &o, nil
}

func switchedOff(value string) bool {
	return value != "" && value != "0" && !strings.EqualFold(value, "false")
}

// defaults are the options of functions that do not say otherwise.
func (c *Cache) defaults() FuncOptions {
	return FuncOptions{Format: c.Format, Compress: c.Compress, TTL: c.TTL}
}

// bind gives a cacher its place in the settled cache, or in a store of its own.
func (c *Cache) bind(binding Binding, valid func(Stored) bool, own store.Store) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if own != nil {
		o, err := c.inStore(own)
		if err != nil {
			return err
		}
		binding.Cacher.change(func(core *core) { core.opts.Store(o) })
	}
	cell, err := c.binder.bind(binding)
	if err != nil {
		return err
	}
	cell.valid = valid
	binding.Cacher.change(func(core *core) { core.install(cell) })
	cell.dir.home().join(cell, binding.Cacher.state())
	return nil
}

// Directory returns the full path of the directory of the files, which need not
// exist yet. With a Store it is what the store calls itself, and the folder in it.
func (c *Cache) Directory() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.binder != nil {
		return newTagDir(c.binder.defaults, "").path, nil
	}
	options, err := c.options()
	if err != nil {
		return "", err
	}
	return newTagDir(options, "").path, nil
}

func (c *Cache) directory() (string, error) {
	dir := c.Dir
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			base = os.TempDir()
		}
		dir = filepath.Join(base, "dataelab", defaultName())
	}
	dir, err := checkTmpdir(dir)
	if err != nil {
		return "", fmt.Errorf("the cache's directory: %w", err)
	}
	if target, err := filepath.EvalSymlinks(dir); err == nil {
		return target, nil
	}
	return dir, nil
}

// defaultName is the name of this program's caches.
func defaultName() string {
	mainPackage := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		mainPackage = info.Path
	}
	workDir, _ := os.Getwd() // where it fails, the file's name has to do
	return programName(mainPackage, os.Args[0], workDir)
}

// programName is what tells the caches of programs apart that name no directory.
// mainPackage is empty, or no package, for a program made of single files.
func programName(mainPackage, executable, workDir string) string {
	if mainPackage != "command-line-arguments" {
		name := strings.NewReplacer("/", ".", `\`, ".").Replace(mainPackage)
		if CheckName(name) == nil {
			return name
		}
	}
	key, _ := KeyOf(strings.TrimSuffix(filepath.Base(executable), ".exe"), workDir) // texts have keys
	return "program-" + key.String()
}

// Clear forgets the results of all functions wrapped so far, in memory and on
// disk. Other files of the directory stay.
func (c *Cache) Clear() error {
	cachers, err := c.cachers()
	return errors.Join(err, ClearAll(cachers))
}

// Close waits for what functions compute in the background (FuncOptions.Stale),
// after ending its context, forgets the results in memory, and ends the mappings
// of FuncOptions.Mmap, whose results must not be touched any more. Files stay, and
// the functions may be called on; nothing is computed in the background then. A
// cache without these two options needs no Close.
func (c *Cache) Close() error {
	c.background.close()
	cachers, _ := c.cachers() // what is wrong with a function was told by its calls
	return CloseAll(cachers)
}

// cachers returns those of all functions that can be called, and what is wrong
// with the others.
func (c *Cache) cachers() (all []Cacher, err error) {
	c.mu.Lock()
	functions := slices.Collect(maps.Values(c.functions))
	c.mu.Unlock()
	for _, f := range functions {
		if fault := f.bind(); fault != nil {
			err = errors.Join(err, fault)
			continue
		}
		all = append(all, f.cachers()...)
	}
	return all, err
}
