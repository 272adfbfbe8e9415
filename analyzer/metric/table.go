package metric

import (
	"context"
	"errors"
	"maps"
	"slices"
)

// Func is a function of a [Table]. Of makes one.
type Func struct {
	collect func(base string) *item
}

// Of makes a function part of a [Table].
func Of[T any](f func(context.Context) (T, error)) Func {
	return Func{func(base string) *item { return &newMetric(base, nil, f).item }}
}

// Table has functions by the names of their metrics.
type Table map[string]Func

// SetTable collects the functions of a table in place of those of the table before. It is set
// after the manager was made, so the functions may use the manager.
func (m *Manager) SetTable(t Table) error {
	s := m.state()
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, it := range s.table {
		errs = append(errs, it.clear())
		delete(s.byName, fold(it.name))
		delete(s.byBase, it.base)
		delete(m.metrics, it.name)
		s.order = slices.DeleteFunc(s.order, func(other *item) bool { return other == it })
	}
	s.table = nil
	for _, base := range slices.Sorted(maps.Keys(t)) {
		if t[base].collect == nil {
			errs = append(errs, wrap("set table", base, errors.New("its function is nil: make it by metric.Of")))
			continue
		}
		it := t[base].collect(base)
		m.addLocked(s, it)
		if it.fault != nil {
			errs = append(errs, it.fault)
			continue
		}
		s.table = append(s.table, it)
	}
	return errors.Join(errs...)
}
