package diskcache_test

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
)

// lab is an analysis of a few methods, each of which returns a number, and counts how
// often it is computed. Numbers in files are its raw data.
type lab struct {
	t       testing.TB
	dir     string // of the cache
	raw     string // of the files
	methods map[string]*labMethod

	mu       sync.Mutex
	computed []string // guarded by mu
}

type labMethod struct {
	cacher  diskcache.DiskCacher[int]
	compute func(context.Context, *lab) (int, error)
}

type labComputes = map[string]func(context.Context, *lab) (int, error)

// newLab is a lab as a new process finds it.
func newLab(t testing.TB, c labComputes) *lab { return newLabIn(t, t.TempDir(), t.TempDir(), c) }

func newLabIn(t testing.TB, dir, raw string, c labComputes) *lab {
	t.Helper()
	l := &lab{t: t, dir: dir, raw: raw, methods: map[string]*labMethod{}}
	for name, compute := range c {
		l.methods[name] = &labMethod{compute: compute}
	}
	l.bind(nil)
	return l
}

// again is the same analysis in a new process.
func (l *lab) again() *lab {
	l.t.Helper()
	next := &lab{t: l.t, dir: l.dir, raw: l.raw, methods: map[string]*labMethod{}}
	for name, m := range l.methods {
		next.methods[name] = &labMethod{compute: m.compute}
	}
	next.bind(nil)
	return next
}

// copied is the same analysis with a copy of its directory, of which this process knows
// nothing: as in a new process.
func (l *lab) copied() *lab {
	computes := labComputes{}
	for name, m := range l.methods {
		computes[name] = m.compute
	}
	return newLabIn(l.t, l.copyDir(), l.raw, computes)
}

func (l *lab) copyDir() string {
	l.t.Helper()
	dir := l.t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(l.dir)); err != nil {
		l.t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "cachenight"), 0o700); err != nil {
		l.t.Fatal(err)
	}
	return dir
}

// fastIn keeps results in a directory, without what is for a power cut only.
func fastIn(dir string) diskcache.Option {
	return func(o *diskcache.Options) error {
		o.Durability = storage.Fast
		return diskcache.WithTmpdir(dir)(o)
	}
}

// bind sets the tag, with options of the struct tags by method.
func (l *lab) bind(fields map[string]*diskcache.FieldOptions) {
	l.t.Helper()
	var cachers []diskcache.Cacher
	var bindings []diskcache.Binding
	for _, name := range slices.Sorted(maps.Keys(l.methods)) {
		m := l.methods[name]
		cachers = append(cachers, &m.cacher)
		bindings = append(bindings, diskcache.Binding{Cacher: &m.cacher, Name: name, Field: fields[name]})
	}
	err := diskcache.UpdateAll(cachers, fastIn(l.dir))
	if err == nil {
		err = diskcache.BindAll("night", bindings, diskcache.Observer{})
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

// get asks a method for its number.
func (l *lab) get(ctx context.Context, name string, args ...any) (int, error) {
	m := l.methods[name]
	return m.cacher.Execute(ctx, func(ctx context.Context) (int, error) {
		l.mu.Lock()
		l.computed = append(l.computed, name)
		l.mu.Unlock()
		return m.compute(ctx, l)
	}, args...)
}

// want asks a method, and compares its number, and what was computed, in that order.
func (l *lab) want(name string, number int, computed ...string) {
	l.t.Helper()
	l.mu.Lock()
	l.computed = nil
	l.mu.Unlock()
	got, err := l.get(context.Background(), name)
	if err != nil || got != number || !slices.Equal(l.computed, computed) {
		l.t.Fatalf("%s is %d, error %v, after computing %v; want %d after %v", name, got, err, l.computed, number, computed)
	}
}

// refresh computes a method anew.
func (l *lab) refresh(name string) {
	l.t.Helper()
	m := l.methods[name]
	if _, err := m.cacher.Refresh(context.Background(), func(ctx context.Context) (int, error) { return m.compute(ctx, l) }); err != nil {
		l.t.Fatal(err)
	}
}

// put writes a number into a file of raw data.
func (l *lab) put(file string, number int) {
	l.t.Helper()
	if err := os.WriteFile(l.path(file), []byte(strconv.Itoa(number)), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) path(file string) string { return filepath.Join(l.raw, file) }

// read is a compute that returns the number in a file.
func read(file string) func(context.Context, *lab) (int, error) {
	return func(ctx context.Context, l *lab) (int, error) {
		content, err := diskcache.ReadFile(ctx, l.path(file))
		if errors.Is(err, fs.ErrNotExist) {
			return -1, nil // as where a calibration is optional
		}
		if err != nil {
			return 0, err
		}
		return strconv.Atoi(string(content))
	}
}

// sum is a compute that adds up what other methods return.
func sum(names ...string) func(context.Context, *lab) (int, error) { return scaled(1, names...) }

// varying is a compute that returns a number that no file tells of.
func varying(n *atomic.Int64) func(context.Context, *lab) (int, error) {
	return func(context.Context, *lab) (int, error) { return int(n.Load()), nil }
}

// scaled is sum divided by a number, which loses something.
func scaled(by int, names ...string) func(context.Context, *lab) (int, error) {
	return func(ctx context.Context, l *lab) (int, error) {
		total := 0
		for _, name := range names {
			v, err := l.get(ctx, name)
			if err != nil {
				return 0, err
			}
			total += v
		}
		return total / by, nil
	}
}

// why asks again in a new process, and returns the reason for which a method is computed.
func (l *lab) why(name string) (diskcache.Reason, string) {
	l.t.Helper()
	var o diskcache.Outcome
	if _, err := l.get(diskcache.WithOutcome(context.Background(), &o), name); err != nil {
		l.t.Fatal(err)
	}
	return o.Why, o.Reason
}

// entry returns what is stored of a method.
func (l *lab) entry(name string) diskcache.EntryInfo {
	l.t.Helper()
	for e, err := range l.place().Entries(context.Background()) {
		if err != nil {
			l.t.Fatal(err)
		}
		if e.Name == name {
			return e
		}
	}
	l.t.Fatalf("nothing is stored of %s", name)
	return diskcache.EntryInfo{}
}

func (l *lab) place() *diskcache.Place {
	l.t.Helper()
	p, err := diskcache.PlaceOf(diskcache.Options{Tmpdir: l.dir}, "night")
	if err != nil {
		l.t.Fatal(err)
	}
	return p
}

// files of an entry.
func (l *lab) value(name string) string { return filepath.Join(l.dir, "cachenight", name+".gob") }

// block keeps a method from being stored: a folder is in the way of its record, and cannot be
// set aside.
func (l *lab) block(name string) {
	l.t.Helper()
	record := l.record(name)
	aside := filepath.Join(filepath.Dir(record), "aside")
	if err := errors.Join(os.MkdirAll(record, 0o700), os.WriteFile(aside, nil, 0o600)); err != nil {
		l.t.Fatal(err)
	}
}

func (l *lab) record(name string) string {
	return filepath.Join(l.dir, "cachenight", ".dataelab", name+".json")
}

func (l *lab) remove(paths ...string) {
	l.t.Helper()
	for _, path := range paths {
		if err := os.Remove(path); err != nil {
			l.t.Fatal(err)
		}
	}
}

func uses(e diskcache.EntryInfo) string {
	var texts []string
	for _, u := range e.Uses {
		text := u.Kind.String() + " " + u.Name + filepath.Base(u.Path)
		if u.Kind == diskcache.UsedEntry {
			text = u.Kind.String() + " " + u.Name
		}
		if u.Inherited {
			text += " inherited"
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}

// newMethod is a method of the tag night with these options.
func newMethod(t *testing.T, o diskcache.Options, name string) *diskcache.DiskCacher[int] {
	t.Helper()
	c := new(diskcache.DiskCacher[int])
	if err := errors.Join(c.SetOptions(o), c.SetTag("night", name)); err != nil {
		t.Fatal(err)
	}
	return c
}

// returns is a compute that returns a number.
func returns(n int) func(context.Context) (int, error) {
	return func(context.Context) (int, error) { return n, nil }
}
