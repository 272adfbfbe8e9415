package diskcache

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dataelab/dataelab-go/formats"
)

// cell is what a cacher is while it has one tag: where its entries lie, how they
// are stored, what memory holds of them and which are being computed. A new tag,
// prefix or directory, and ClearCache, give the cacher a new cell; computations
// that are under way end in the old one.
type cell struct {
	dir       *tagDir
	tag, stem string
	former    []string // stems from before a method was renamed, see aka.go
	owner     *owner
	*resultOf
	field    *FieldOptions
	observer *Observer
	cacher   Cacher            // whose cell it is or was
	mappings *mappings         // of the cacher
	valid    func(Stored) bool // whether a stored value is still good; nil for always
	off      bool              // calls only compute, see NoCacheVariable

	memory   table
	enlisted atomic.Bool              // its home knows it
	counters atomic.Pointer[counters] // nil until something was counted; see count

	mu      sync.Mutex
	flights map[Key]*flight // guarded by mu

	// saving is held for reading while an entry is published, and for writing
	// while the cell is cleared, after which it publishes no more.
	saving  sync.RWMutex
	cleared bool // guarded by saving
}

// successor returns an empty cell for the same place.
func (c *cell) successor() *cell {
	return &cell{
		dir: c.dir, tag: c.tag, stem: c.stem, former: c.former, owner: c.owner, resultOf: c.resultOf, field: c.field,
		observer: c.observer, cacher: c.cacher, mappings: c.mappings, valid: c.valid, off: c.off,
	}
}

// resultOf is what storing needs to know of a result type.
type resultOf struct {
	typ      reflect.Type
	typeName string
	formats  []formats.Format // the preferred one first
	set      formats.Set      // of files from before, when others were preferred
}

func newResultOf(t reflect.Type, set formats.Set, field *FieldOptions) (*resultOf, error) {
	r := &resultOf{typ: t, typeName: typeName(t), set: set}
	var err error
	if field.Format != "" {
		r.formats, err = set.Named(field.Format, t)
	} else {
		r.formats, err = set.For(t)
	}
	if err != nil {
		return nil, err
	}
	for _, f := range r.formats {
		if err := checkName("extension of format "+f.Name(), f.Ext(), maxExt); err != nil {
			return nil, err
		}
	}
	if t.Kind() == reflect.Interface && t.NumMethod() > 0 && r.formats[0].Name() == "gob" {
		return nil, fmt.Errorf("the result type %v is an interface with methods, so what a file holds could not be known: use the concrete type", t)
	}
	if field.Compress != "" {
		if err := r.compress(field.Compress); err != nil {
			return nil, err
		}
	}
	if field.Mmap {
		if err := r.checkMappable(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// exts are the extensions of all of the set: what could lie under a name.
func (r *resultOf) exts() []string {
	var exts []string
	for _, f := range r.set.All() {
		exts = append(exts, f.Ext(), formats.Zstd(f).Ext())
	}
	return exts
}

// compress puts the compressed formats before the plain ones, whose files may be
// there from before.
func (r *resultOf) compress(method string) error {
	plain := r.formats
	r.formats = nil
	for i, f := range plain {
		c, err := formats.Compressed(f, method)
		switch {
		case err == nil:
			r.formats = append(r.formats, c)
		case i == 0:
			return err
		default: // a method that only the preferred format knows
			r.formats = append(r.formats, formats.Zstd(f))
		}
	}
	for _, f := range plain {
		if !slices.ContainsFunc(r.formats, func(c formats.Format) bool { return c.Name() == f.Name() }) {
			r.formats = append(r.formats, f)
		}
	}
	return nil
}

// toEncode returns what a format is to encode. Of an interface that is a pointer to it
// where the format takes that, as else the format would see only what it holds.
func (r *resultOf) toEncode(f formats.Format, value any) any {
	if r.typ.Kind() != reflect.Interface || f.Accepts(reflect.PointerTo(r.typ)) != nil {
		return value
	}
	p := reflect.New(r.typ)
	if value != nil {
		p.Elem().Set(reflect.ValueOf(value))
	}
	return p.Interface()
}

// formatNamed returns the format of a file that is there, whatever would be
// chosen for it now.
func (r *resultOf) formatNamed(name string) (formats.Format, bool) {
	for _, f := range r.formats {
		if f.Name() == name {
			return f, true
		}
	}
	f, err := r.set.ByName(name)
	return f, err == nil && f.Accepts(r.typ) == nil
}

// typeName is the type as records tell it, with full package paths.
func typeName(t reflect.Type) string {
	switch {
	case t.Name() != "" && t.PkgPath() != "":
		return t.PkgPath() + "." + stableName(t)
	case t.Name() != "":
		return t.Name()
	}
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + typeName(t.Elem())
	case reflect.Slice:
		return "[]" + typeName(t.Elem())
	case reflect.Array:
		return fmt.Sprintf("[%d]%s", t.Len(), typeName(t.Elem()))
	case reflect.Map:
		return "map[" + typeName(t.Key()) + "]" + typeName(t.Elem())
	}
	return t.String()
}

// base is the name of an entry's files without extension.
func (c *cell) base(key Key) string { return baseOf(c.stem, key.String()) }

// valuePath is where the value lies, or would lie in the preferred format.
func (c *cell) valuePath(key Key) string {
	return c.dir.pathOf(c.base(key) + "." + c.formats[0].Ext())
}

// count returns the cell's counters. Most of a million cachers never count
// anything, so they are made on demand.
func (c *cell) count() *counters {
	if n := c.counters.Load(); n != nil {
		return n
	}
	c.counters.CompareAndSwap(nil, new(counters))
	return c.counters.Load()
}

// tell counts an event and hands it to whoever listens.
func (c *cell) tell(e Event) {
	c.count().add(&e)
	if e.Kind != Evicted { // which may be of another cacher
		e.Tag, e.Name = c.tag, c.stem
	}
	if c.dir.opts.OnEvent != nil {
		c.dir.opts.OnEvent(e)
	}
	switch {
	case c.observer.Tell != nil:
		c.observer.Tell(e)
	case c.dir.opts.OnEvent == nil:
		warn(e)
	}
}

// expiry is when a value computed at t stops being good, in Unix nanoseconds.
func (c *cell) expiry(t time.Time) int64 {
	if c.field.TTL == 0 {
		return 0
	}
	end := t.Add(c.field.TTL)
	if end.Year() > 2200 { // UnixNano ends in 2262
		return math.MaxInt64
	}
	return end.UnixNano()
}

// expiresAt is what the record says of that; nil for never.
func (c *cell) expiresAt(t time.Time) *time.Time {
	if c.field.TTL == 0 {
		return nil
	}
	end := t.Add(c.field.TTL).UTC()
	return &end
}
