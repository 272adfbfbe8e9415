package metric

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/diskcache/store"
)

// How metrics get their place:
//
//  1. A manager with a directory binds its anchor to that, and each metric when it is
//     first used.
//  2. Under a tag package dataelab finds the anchor and the metrics in the manager's map, and
//     binds them all. A metric whose place is not the one that this file gave it is bound again
//     when it is next used: with the options and the formats that metrics have.
const (
	anchorMethod = ".metrics" // as the fields of Manager say
	metricMethod = ".metric."
)

var errRead = errors.New("options were read")

// ready gives the metric its place, unless it has it.
func (it *item) ready() error {
	if it.fault != nil {
		return it.fault
	}
	if p, err := it.value.Place(); err == nil && same(it.bound.Load(), p) {
		return nil
	}
	return wrap("find the place of", it.String(), it.m.bind(it))
}

// readyBeside is ready for what is not the value.
func (it *item) readyBeside() error {
	if err := it.ready(); err != nil {
		return err
	}
	now := it.bound.Load()
	if before := it.beside.Load(); now == nil || before == now {
		return nil
	}
	return wrap("find the place of", it.String(), it.m.bindBeside(it, now))
}

// bindAnchor is rule 1 for the anchor.
func (m *Manager) bindAnchor() error {
	s := m.state()
	s.mu.Lock()
	defer s.mu.Unlock()
	return m.bindAnchorLocked(s)
}

func (m *Manager) bindAnchorLocked(s *state) error {
	if s.broken != nil || s.dir == "" {
		return s.broken
	}
	if p, err := m.anchor.Place(); err == nil && p.Tag() == "" && p.String() == s.dir {
		return nil
	}
	return s.place(&m.anchor, "metrics", nil, "", nil, diskcache.Observer{})
}

// place binds a cacher in the manager's own directory.
func (s *state) place(c diskcache.Cacher, stem string, field *diskcache.FieldOptions, format string, keep store.Store, observer diskcache.Observer) error {
	o := s.options.Cache
	o.Formats = formatsFor(o.Formats, format)
	o.Tmpdir, o.Prefix = filepath.Dir(s.dir), filepath.Base(s.dir)
	if keep != nil {
		o.Store, o.Tmpdir = keep, ""
	}
	if err := c.SetOptions(o); err != nil {
		return err
	}
	return diskcache.BindUntagged([]diskcache.Binding{binding(c, stem, field)}, observer)
}

func binding(c diskcache.Cacher, stem string, field *diskcache.FieldOptions) diskcache.Binding {
	b := diskcache.Binding{Cacher: c, Name: stem, Field: field, Type: reflect.TypeFor[Manager]()}
	if field == nil {
		return b
	}
	cut := strings.LastIndexByte(stem, '.') + 1
	for _, old := range field.Aka {
		b.Former = append(b.Former, stem[:cut]+old)
	}
	return b
}

// options returns those of the anchor.
func (m *Manager) options() (o diskcache.Options, err error) {
	err = diskcache.UpdateAll([]diskcache.Cacher{&m.anchor}, func(now *diskcache.Options) error {
		o = *now
		return errRead
	})
	if errors.Is(err, errRead) {
		err = nil
	}
	return o, err
}

// bind gives the value its place.
func (m *Manager) bind(it *item) error {
	s := it.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := m.bindAnchorLocked(s); err != nil {
		return err
	}
	anchor, err := m.anchor.Place()
	if err != nil { // without a tag it is only computed
		return nil
	}
	if s.dir != "" {
		if err := s.place(it.value, it.name, &it.field, it.format, nil, diskcache.Observer{Tell: it.hear}); err != nil {
			return err
		}
	} else if err := m.bindUnder(it.value, anchor, it.stem(), &it.field, it.format, nil, it.observer()); err != nil {
		return err
	}
	now, err := it.value.Place()
	if err == nil {
		it.bound.Store(now)
	}
	return err
}

// bindUnder is rule 2.
func (m *Manager) bindUnder(c diskcache.Cacher, anchor *diskcache.Place, stem string, field *diskcache.FieldOptions, format string, keep store.Store, observer diskcache.Observer) error {
	o, err := m.options()
	if err != nil {
		return err
	}
	o.Formats = formatsFor(o.Formats, format)
	if keep != nil {
		o.Store, o.Tmpdir = keep, ""
	}
	if err := c.SetOptions(o); err != nil {
		return err
	}
	return diskcache.BindAll(anchor.Tag(), []diskcache.Binding{binding(c, stem, field)}, observer)
}

// observer returns an observer that passes events to the log of package dataelab and to the metric.
func (it *item) observer() diskcache.Observer {
	o := dataelab.Observer()
	log := o.Tell
	o.Tell = func(e diskcache.Event) {
		log(e)
		it.hear(e)
	}
	return o
}

// prefix returns what the names of files have before those of metrics.
func (m *Manager) prefix() string {
	full, err := m.anchor.FullPath()
	if err != nil || m.state().dir != "" {
		return ""
	}
	return strings.TrimSuffix(filepath.Base(full), anchorMethod) + metricMethod
}

// stemOf returns the name of the files of a metric: under a tag as the walk of package dataelab makes it.
func (m *Manager) stemOf(name string) string {
	if m.state().dir != "" {
		return name
	}
	return m.prefix() + escape(name)
}

// stem returns the name of the metric's files, with the path of the manager.
func (it *item) stem() string { return it.m.stemOf(it.name) }

// bindBeside gives scratch and date their places.
func (m *Manager) bindBeside(it *item, now *diskcache.Place) error {
	s := it.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if it.beside.Load() == now {
		return nil
	}
	if s.scratch == nil {
		s.scratch = store.Memory()
	}
	dated := it.datedField()
	bare := it.field
	bare.Aka, bare.Mmap = nil, false
	var err error
	if s.dir != "" {
		err = errors.Join(s.place(it.scratch, it.name, &bare, it.format, s.scratch, diskcache.Observer{}),
			s.place(&it.dated, it.name+dateSuffix, &dated, it.format, nil, diskcache.Observer{}))
	} else {
		err = errors.Join(m.bindUnder(it.scratch, now, it.stem(), &bare, it.format, s.scratch, diskcache.Observer{}),
			m.bindUnder(&it.dated, now, it.stem()+dateSuffix, &dated, it.format, nil, dataelab.Observer()))
	}
	if err == nil {
		it.unsaved.Store(false)
		it.beside.Store(now)
	}
	return err
}
