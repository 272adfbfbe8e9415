package metric

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/store"
)

var (
	// ErrNotStored is wrapped by the error of Load and Date for a metric that has no stored value.
	ErrNotStored = errors.New("nothing is stored")
	// ErrUnknown is wrapped by the error for a name, or for parameters, that were not declared.
	ErrUnknown = errors.New("not declared")
)

// Options say how a [Manager] keeps its metrics. The zero value is ready.
type Options struct {
	// Format names the format of the files, such as npy or json: npz unless it is set. A result
	// that the format refuses goes into the first of .npz, .npy, .json that takes it, or into the
	// file that it has without a manager, .gob for most. Files in these formats that are
	// there already are read.
	Format string

	// MaxAge is how long a stored value is valid, counted from when its computation ended.
	// With 0 it does not expire. Files of other programs do not expire.
	MaxAge time.Duration

	// Version is any text. A value that was stored under another version is computed again.
	Version string

	// Dynamic declares parameters that are asked for and were not declared. Without it
	// they are an error, which lists those that were.
	Dynamic bool

	// Name returns the name of a metric; [FileName] unless it is set. It must return the same
	// name each time. Two metrics with one name are an error. See [PlainName].
	Name func(base string, params ...any) (string, error)

	// DateFiles writes beside each value a file <name>_date that holds the local date of
	// the computation, as in 2026-11-30, where simple_metrics_manager looks for it.
	DateFiles bool

	// Messages, when not nil, gets a line of text for each computation, save and load. A
	// zerolog.Logger is such a writer, too. Lines are written one at a time.
	Messages io.Writer

	// Adjust, when not nil, changes the other options of a metric with this base name:
	// compression, mmap, copy, pin, former names and so on.
	Adjust func(base string, o *diskcache.FieldOptions)

	// Cache has the options of the engine for a manager with a directory of its own: limits,
	// memory, durability, sharing, events. Tmpdir and Prefix mean nothing. Under a tag
	// the options of the object tree hold, see dataelab.SetOptions.
	Cache diskcache.Options
}

// Manager keeps named metrics: in a directory of its own, see [New], or under the tag of the
// object tree that it is a field of. The zero value is ready for use as such a field. Until it has
// a tag, its metrics are only computed.
//
// All methods may be called from any number of goroutines. To set a tag and to collect
// metrics must not happen at the same time. A Manager must not be copied.
type Manager struct {
	anchor  diskcache.DiskCacher[struct{}] `cache:"metrics"` // never executed: it knows tag, path and options
	metrics map[string]diskcache.Cacher    `cache:"metric"`
	hidden  atomic.Pointer[state]          // from the walk of package dataelab
}

// state is what a manager knows.
type state struct {
	mu      sync.RWMutex
	dir     string           // full path; empty under a tag
	options Options          // guarded by mu until the first metric is collected
	broken  error            // of New: no metric can be collected
	byName  map[string]*item // guarded by mu; by folded name
	byBase  map[string]*item // guarded by mu; those without parameters
	order   []*item          // guarded by mu
	table   []*item          // guarded by mu; those of SetTable
	errs    []error          // guarded by mu
	scratch store.Store      // for what is computed and not saved; guarded by mu

	publishing sync.Mutex // held while what was computed is saved
	saying     sync.Mutex // held while a message is written
}

// New returns a manager that keeps its files in a directory, which is made when the
// first value is saved. What is wrong with it is the error of [Manager.Err] and of each call.
func New(dir string, o ...Options) *Manager {
	m := &Manager{}
	s := m.state()
	full, err := filepath.Abs(dir)
	switch {
	case dir == "":
		err = errors.New("the directory is empty: name one, or use the zero Manager in an object tree")
	case strings.HasPrefix(dir, "~"):
		err = fmt.Errorf("the directory %s: a shell would expand ~, Go does not", dir)
	case err == nil && filepath.Dir(full) == full:
		err = fmt.Errorf("the directory %s is the root of the file system: name one below it", dir)
	}
	s.dir = full
	s.broken = wrap("new", dir, err)
	for _, one := range o {
		if err := m.SetOptions(one); s.broken == nil {
			s.broken = err
		}
	}
	s.fail(s.broken)
	return m
}

// SetOptions sets the options, before the first metric is collected.
func (m *Manager) SetOptions(o Options) error {
	s := m.state()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case len(s.order) > 0:
		return wrap("set options", "", errors.New("metrics were collected already: set options before"))
	case o.MaxAge < 0:
		return wrap("set options", "", fmt.Errorf("MaxAge %v is negative", o.MaxAge))
	}
	s.options = o
	return nil
}

// Err returns what is wrong with how the manager was made and its metrics were collected:
// names taken or not valid, parameters without a name. The calls that are concerned return it, too.
func (m *Manager) Err() error {
	s := m.state()
	s.mu.RLock()
	defer s.mu.RUnlock()
	return errors.Join(s.errs...)
}

func (m *Manager) state() *state {
	if s := m.hidden.Load(); s != nil {
		return s
	}
	m.hidden.CompareAndSwap(nil, &state{byName: map[string]*item{}, byBase: map[string]*item{}})
	return m.hidden.Load()
}

// fail keeps an error, if it is one. The caller holds mu, unless it alone has the state.
func (s *state) fail(err error) {
	if err != nil {
		s.errs = append(s.errs, err)
	}
}

// fail keeps an error of how a metric was collected.
func (m *Manager) fail(err error) {
	s := m.state()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail(err)
}

// wrap says what failed.
func wrap(op, name string, err error) error {
	switch {
	case err == nil:
		return nil
	case name == "":
		return fmt.Errorf("metric: %s: %w", op, err)
	}
	return fmt.Errorf("metric: %s %s: %w", op, name, err)
}

// add takes an item into the manager, or keeps why it cannot.
func (m *Manager) add(it *item) {
	s := m.state()
	s.mu.Lock()
	defer s.mu.Unlock()
	m.addLocked(s, it)
}

func (m *Manager) addLocked(s *state, it *item) {
	it.m, it.s, it.name = m, s, it.base
	if name, err := s.nameOf(it.base, it.params); err != nil {
		it.fault = err
	} else {
		it.name = name
		it.fault = s.check(it)
	}
	if it.fault != nil {
		it.fault = wrap("collect", it.String(), it.fault)
		s.fail(it.fault)
		return
	}
	it.field, it.fault = s.fieldOptions(it)
	if it.fault != nil {
		it.fault = wrap("collect", it.String(), it.fault)
		s.fail(it.fault)
		return
	}
	s.byName[fold(it.name)] = it
	if it.params == nil {
		s.byBase[it.base] = it
	}
	s.order = append(s.order, it)
	if m.metrics == nil {
		m.metrics = map[string]diskcache.Cacher{}
	}
	m.metrics[it.name] = it.value
}

// check says why a metric cannot have its name.
func (s *state) check(it *item) error {
	if s.broken != nil {
		return s.broken
	}
	if err := diskcache.CheckName(it.name); err != nil {
		return err
	}
	other := s.byName[fold(it.name)]
	switch {
	case isDate(it.name):
		return fmt.Errorf("%w: %s is the name of the file with the date of another metric", diskcache.ErrName, it.name)
	case other == nil:
		return nil
	case other.name != it.name:
		return fmt.Errorf("%w: %s differs from it only in case, which some file systems ignore", diskcache.ErrNameTaken, other.name)
	}
	return fmt.Errorf("%w by %s, in this manager: collect a metric once and keep the handle, or choose another name", diskcache.ErrNameTaken, other)
}

// fieldOptions are those that the engine knows. A format that refuses the result is not named.
func (s *state) fieldOptions(it *item) (diskcache.FieldOptions, error) {
	o := diskcache.FieldOptions{Format: s.options.Format, TTL: s.options.MaxAge, Version: s.options.Version}
	if s.options.Adjust != nil {
		s.options.Adjust(it.base, &o)
	}
	if it.params != nil && (s.options.Name != nil || hashed.MatchString(it.name)) { // the name alone may not tell
		if key, err := diskcache.KeyOf(it.params...); err == nil {
			o.Version += " (parameters " + key.String() + ")"
		}
	}
	if o.Format == "" || o.Format == "npz" || o.Format == "npy" {
		it.format, o.Format = o.Format, ""
		return o, nil
	}
	f, err := s.options.Cache.Formats.ByName(o.Format)
	if err == nil && f.Accepts(it.value.ResultType()) != nil {
		o.Format = ""
	}
	return o, err
}

// nameOf returns the name of a metric.
func (s *state) nameOf(base string, params []any) (string, error) {
	if s.options.Name == nil {
		return FileName(base, params...)
	}
	return s.options.Name(base, params...)
}

// item returns a metric by its name.
func (m *Manager) item(op, name string) (*item, error) {
	s := m.state()
	s.mu.RLock()
	defer s.mu.RUnlock()
	it, named := s.byName[fold(name)], s.byBase[name]
	if it == nil || it.name != name {
		it = named
	}
	switch {
	case it != nil && named != nil && it != named:
		return nil, wrap(op, name, fmt.Errorf("it is the name of the file of %s, and the name of a metric in %s: use the handle", it, named.name))
	case it != nil:
		return it, nil
	}
	return nil, wrap(op, name, fmt.Errorf("%w: declared are %s", ErrUnknown, listed(s.names())))
}

// names returns the names of all metrics; the caller holds mu.
func (s *state) names() []string {
	names := make([]string, len(s.order))
	for i, it := range s.order {
		names[i] = it.name
	}
	return names
}

// listed shows names to people.
func listed(names []string) string {
	const most = 20
	switch n := len(names); {
	case n == 0:
		return "none"
	case n > most:
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", n-most)
	}
	return strings.Join(names, ", ")
}

// Names returns the names of all metrics, in the order in which they were declared.
func (m *Manager) Names() []string {
	s := m.state()
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.names()
}

// items returns all metrics.
func (m *Manager) items() []*item {
	s := m.state()
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.order)
}

// Place returns where the values lie, for what package diskcache does with a place: list,
// verify, export, invalidate. Without a tag there is none.
func (m *Manager) Place() (*diskcache.Place, error) {
	if err := m.bindAnchor(); err != nil {
		return nil, err
	}
	return m.anchor.Place()
}

// Get is [Metric.Get] of the metric with this name.
func (m *Manager) Get(ctx context.Context, name string) (any, error) {
	return byName(m, "get", name, func(it *item) (any, error) { return it.get(ctx) })
}

// Compute is [Metric.Compute] of the metric with this name.
func (m *Manager) Compute(ctx context.Context, name string) (any, error) {
	return byName(m, "compute", name, func(it *item) (any, error) { return it.compute(ctx) })
}

// Load is [Metric.Load] of the metric with this name.
func (m *Manager) Load(ctx context.Context, name string) (any, error) {
	return byName(m, "load", name, func(it *item) (any, error) { return it.load(ctx) })
}

// Refresh is [Metric.Refresh] of the metric with this name.
func (m *Manager) Refresh(ctx context.Context, name string) (any, error) {
	return byName(m, "refresh", name, func(it *item) (any, error) { return it.refresh(ctx) })
}

// Save is [Metric.Save] of the metric with this name.
func (m *Manager) Save(ctx context.Context, name string) error {
	_, err := byName(m, "save", name, func(it *item) (any, error) { return nil, it.save(ctx) })
	return err
}

// Exists is [Metric.Exists] of the metric with this name.
func (m *Manager) Exists(ctx context.Context, name string) (bool, error) {
	return byName(m, "look for", name, func(it *item) (bool, error) { return it.exists(ctx) })
}

// Date is [Metric.Date] of the metric with this name.
func (m *Manager) Date(ctx context.Context, name string) (time.Time, error) {
	return byName(m, "date", name, func(it *item) (time.Time, error) { return it.date(ctx) })
}

func byName[R any](m *Manager, op, name string, do func(*item) (R, error)) (R, error) {
	it, err := m.item(op, name)
	if err != nil {
		var none R
		return none, err
	}
	return do(it)
}

// Clear forgets what memory holds of metrics, of all unless some are named. Files stay. What was
// computed and not saved is gone. With the mmap option, values that callers hold end.
func (m *Manager) Clear(names ...string) error {
	return m.each("clear", names, (*item).clear)
}

// Delete forgets metrics in memory and on disk, all unless some are named. What was made of them
// stays valid.
func (m *Manager) Delete(names ...string) error {
	return m.each("delete", names, (*item).remove)
}

func (m *Manager) each(op string, names []string, do func(*item) error) error {
	var errs []error
	items := m.items()
	if len(names) > 0 {
		items = nil
	}
	for _, name := range names {
		it, err := m.item(op, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		items = append(items, it)
	}
	for _, it := range items {
		errs = append(errs, do(it))
	}
	return errors.Join(errs...)
}
