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
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/internal/filename"
)

// NoCacheVariable is the environment variable that switches all caches off: with any
// text but 0 and false, calls only compute. Nothing is looked for or stored. It is read
// when a tag is set, and, for functions, by the first call. Maps of package mapcache are
// not affected, and what was stored before can still be listed and removed.
const NoCacheVariable = "DATAELAB_NO_CACHE"

// Cache keeps the results of functions, see [Wrap]. The zero value is ready. Its
// fields, and the environment variable DATAELAB_NO_CACHE, are read when the first
// of its functions is first called: until then they may be set, by a flag of
// the program, say. It must not be copied.
type Cache struct {
	// Dir is the directory of the files, made when the first result is stored. Programs
	// may share it: a function is the same in two of them if its package is. Where functions
	// of two packages have one name, each computes in place of the other. A link is followed.
	//
	// Default: a directory named after the program's main package in dataelab in
	// os.UserCacheDir, or in os.TempDir for a user who has none. The name of a package in a
	// module like analysis, whose path has no dot in its first element, is not unique: there
	// it has a number that tells where the source lies. For a program
	// without such a name, which go run made of single files, it is named after the
	// file and the working directory. Where it cannot be used, as the user may not write there,
	// the functions are called, their results stay in memory, and the log says once why they
	// are not stored.
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
		return fmt.Errorf("%w in this cache by %s, a %T: wrap a function once and keep what Wrap returns; "+
			"for a method of several objects use a DiskCacher field, or give each object's function its own name",
			ErrNameTaken, other.called(), other)
	}
	if other, taken := c.former[folded]; taken {
		return formerError(name, other, "is the name of", "another function")
	}
	if other, taken := c.settings.likeNamed(name); taken {
		return fmt.Errorf("%w in this cache by the setting %s: choose another one", ErrNameTaken, other)
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
	if c.Off || isSwitchedOff() {
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

func isSwitchedOff() bool {
	value := os.Getenv(NoCacheVariable)
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
	dir, check := c.Dir, checkTmpdir
	if dir == "" {
		dir, check = filepath.Join(defaultBase(), defaultName()), fullTmpdir // where it cannot be used, saves tell
	}
	dir, err := check(dir)
	if err != nil {
		return "", fmt.Errorf("the cache's directory: %w", err)
	}
	if target, err := filepath.EvalSymlinks(dir); err == nil {
		return target, nil
	}
	return dir, nil
}

// defaultBase holds the caches of a user's programs. Users without a directory of their own do
// not meet in one.
func defaultBase() string {
	if base, err := os.UserCacheDir(); err == nil && filepath.IsAbs(base) {
		return filepath.Join(base, "dataelab")
	}
	if uid := os.Geteuid(); uid >= 0 {
		return filepath.Join(os.TempDir(), "dataelab-"+strconv.Itoa(uid))
	}
	return filepath.Join(os.TempDir(), "dataelab")
}

// defaultName is the name of this program's caches.
func defaultName() string {
	mainPackage := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		mainPackage = info.Path
	}
	workDir, _ := os.Getwd() // where it fails, the file's name has to do
	name := programName(mainPackage, os.Args[0], workDir)
	source := programNow().sourceOf("main")
	if source == "" || strings.HasPrefix(name, filesProgram) {
		return name
	}
	key, _ := KeyOf(source)
	if CheckName(name+"-"+key.String()[:8]) != nil {
		return filesProgram + key.String()
	}
	return name + "-" + key.String()[:8]
}

// filesProgram begins the name of a program without one.
const filesProgram = "program-"

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
	return filesProgram + key.String()
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
