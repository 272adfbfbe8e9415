package metric

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// ParamList is a list of parameters that are declared, see [Params].
type ParamList[P any] []P

// Params lists the parameters for which there are metrics.
func Params[P any](list ...P) ParamList[P] { return list }

// Family is a metric with parameters: a [Metric] for each; [Collect1] makes one. Its methods may
// be called from any number of goroutines.
type Family[P comparable, T any] struct {
	p atomic.Pointer[family[P, T]] // hidden from the walk of package dataelab
}

type family[P comparable, T any] struct {
	m     *Manager
	base  string
	f     func(context.Context, P) (T, error)
	loose bool // a P may hold what cannot be compared
	mu    sync.RWMutex
	known map[P]*Metric[T] // guarded by mu
	keys  map[string]P     // guarded by mu; the parameters by the name of the metric
	order []P              // guarded by mu
}

// Collect1 makes f a metric for each of the parameters. A parameter is a number, a text or a bool,
// or a struct or array with several of them, whose fields tagged `cache:"-"` do not count.
// Parameters that are not listed are an error, unless Options.Dynamic is set. See [FileName] for
// the names.
func Collect1[P comparable, T any](m *Manager, base string, f func(context.Context, P) (T, error), lists ...ParamList[P]) *Family[P, T] {
	y := &family[P, T]{m: m, base: base, f: f, known: map[P]*Metric[T]{}, keys: map[string]P{}}
	y.loose = holdsInterface(reflect.TypeFor[P]())
	for _, p := range slices.Concat(lists...) {
		if err := y.compares(p); err != nil {
			m.fail(err)
			continue
		}
		y.declare(p)
	}
	h := &Family[P, T]{}
	h.p.Store(y)
	return h
}

// declare returns the metric for p, and makes it if there is none.
func (y *family[P, T]) declare(p P) *Metric[T] {
	y.mu.Lock()
	defer y.mu.Unlock()
	if h := y.find(p); h != nil {
		return h
	}
	c := newMetric(y.base, parameters(p), func(ctx context.Context) (T, error) { return y.f(ctx, p) })
	y.m.add(&c.item)
	h := handle(c)
	y.known[p] = h
	if c.fault != nil { // which each use returns
		return h
	}
	y.keys[c.name] = p
	y.order = append(y.order, p)
	return h
}

// compares says why p cannot be told from other parameters.
func (y *family[P, T]) compares(p P) error {
	if y.loose && !reflect.ValueOf(&p).Elem().Comparable() {
		return wrap("find", y.base, fmt.Errorf("parameters of type %T cannot be compared: use an array or a struct in place of a slice or map", p))
	}
	return nil
}

// holdsInterface reports whether values of a comparable type may hold some that are not.
func holdsInterface(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Interface:
		return true
	case reflect.Array:
		return holdsInterface(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if holdsInterface(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}

// find returns the metric for p, or for one that has the same key, as NaN has; nil for none.
func (y *family[P, T]) find(p P) *Metric[T] {
	if h := y.known[p]; h != nil || p == p { // not NaN
		return h
	}
	name, err := y.m.state().nameOf(y.base, parameters(p))
	if err != nil {
		return nil
	}
	q, named := y.keys[name]
	a, errA := diskcache.KeyOf(p)
	b, errB := diskcache.KeyOf(q)
	if !named || errA != nil || errB != nil || a != b {
		return nil
	}
	for k, h := range y.known { // a NaN is found in no other way
		if key, err := diskcache.KeyOf(k); err == nil && key == a {
			return h
		}
	}
	return nil
}

// At returns the metric for p. It is an error, which lists the declared parameters, where
// p was not declared.
func (h *Family[P, T]) At(p P) (*Metric[T], error) {
	y := h.p.Load()
	if err := y.compares(p); err != nil {
		return nil, err
	}
	y.mu.RLock()
	found := y.known[p]
	if found == nil && p != p { // NaN
		found = y.find(p)
	}
	y.mu.RUnlock()
	if found != nil {
		return found, nil
	}
	s := y.m.state()
	if !s.options.Dynamic {
		return nil, y.undeclared(p)
	}
	made := y.declare(p)
	return made, made.Err()
}

func (y *family[P, T]) undeclared(p P) error {
	if err := y.m.state().broken; err != nil {
		return err
	}
	y.mu.RLock()
	defer y.mu.RUnlock()
	texts := make([]string, len(y.order))
	for i, q := range y.order {
		texts[i] = fmt.Sprintf("%+v", q)
	}
	return wrap("find", y.base, fmt.Errorf("parameters %+v are %w (and Options.Dynamic is not set): declared are %s", p, ErrUnknown, listed(texts)))
}

// Params returns the declared parameters, in their order.
func (h *Family[P, T]) Params() []P {
	y := h.p.Load()
	y.mu.RLock()
	defer y.mu.RUnlock()
	return slices.Clone(y.order)
}

// Get is [Metric.Get] for p.
func (h *Family[P, T]) Get(ctx context.Context, p P) (T, error) {
	y := h.p.Load()
	var found *Metric[T]
	if !y.loose {
		y.mu.RLock()
		found = y.known[p]
		y.mu.RUnlock()
	}
	if found == nil {
		var err error
		if found, err = h.At(p); err != nil {
			var none T
			return none, err
		}
	}
	return found.Get(ctx)
}

// Compute is [Metric.Compute] for p.
func (h *Family[P, T]) Compute(ctx context.Context, p P) (T, error) {
	return at(h, p, func(one *Metric[T]) (T, error) { return one.Compute(ctx) })
}

// Load is [Metric.Load] for p.
func (h *Family[P, T]) Load(ctx context.Context, p P) (T, error) {
	return at(h, p, func(one *Metric[T]) (T, error) { return one.Load(ctx) })
}

// Refresh is [Metric.Refresh] for p.
func (h *Family[P, T]) Refresh(ctx context.Context, p P) (T, error) {
	return at(h, p, func(one *Metric[T]) (T, error) { return one.Refresh(ctx) })
}

// Save is [Metric.Save] for p.
func (h *Family[P, T]) Save(ctx context.Context, p P) error {
	_, err := at(h, p, func(one *Metric[T]) (struct{}, error) { return struct{}{}, one.Save(ctx) })
	return err
}

// Exists is [Metric.Exists] for p.
func (h *Family[P, T]) Exists(ctx context.Context, p P) (bool, error) {
	return at(h, p, func(one *Metric[T]) (bool, error) { return one.Exists(ctx) })
}

// Date is [Metric.Date] for p.
func (h *Family[P, T]) Date(ctx context.Context, p P) (time.Time, error) {
	return at(h, p, func(one *Metric[T]) (time.Time, error) { return one.Date(ctx) })
}

// Clear is [Metric.Clear] for p.
func (h *Family[P, T]) Clear(p P) error {
	_, err := at(h, p, func(one *Metric[T]) (struct{}, error) { return struct{}{}, one.Clear() })
	return err
}

// Delete is [Metric.Delete] for p.
func (h *Family[P, T]) Delete(p P) error {
	_, err := at(h, p, func(one *Metric[T]) (struct{}, error) { return struct{}{}, one.Delete() })
	return err
}

func at[P comparable, T, R any](h *Family[P, T], p P, do func(*Metric[T]) (R, error)) (R, error) {
	one, err := h.At(p)
	if err != nil {
		var none R
		return none, err
	}
	return do(one)
}

// MovesFrom returns, for [Manager.Rename], what becomes of the values that were stored under
// another base name with the declared parameters.
func (h *Family[P, T]) MovesFrom(base string) ([]Move, error) {
	y := h.p.Load()
	var moves []Move
	for _, p := range h.Params() {
		from, err := y.m.state().nameOf(base, parameters(p))
		if err != nil {
			return nil, wrap("name", base, err)
		}
		one, err := h.At(p)
		if err != nil {
			return nil, err
		}
		moves = append(moves, Move{From: from, To: one.Name()})
	}
	return moves, nil
}
