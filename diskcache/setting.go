package diskcache

import (
	"context"
	"reflect"
	"sync"
	"sync/atomic"
)

// Setting is a declared value: configuration that computations use and that is neither
// an argument nor decided by the tag. It stands beside the caches of the methods:
//
//	type Modes struct {
//		gain  diskcache.Setting[float64] // root.modes.Modes.gain
//		power diskcache.DiskCacher[*mat.Dense]
//	}
//
//	func (m *Modes) computePower(ctx context.Context) (*mat.Dense, error) {
//		gain := m.gain.Use(ctx)
//		...
//	}
//
// What was computed is good while the settings are what they were that it used, itself or
// in cached calls inside. Set to another value, and the next call computes anew, in this
// process or in another one. A method has one file for each argument list, whatever its
// settings are: what is wanted for several values in turn is better an argument.
//
// The zero value is ready and holds the zero T. It gets a name from dataelab.SetTag, or
// from [Cache.Declare] for use in functions. By that name and the value's digest the record of
// a stored value tells of it; the value itself is shown there, shortened, for people, but for
// fields tagged `cache:"-"`, which do not count. A setting without a name works, but no later
// look at a stored value could tell which one it was: what used it is computed again.
//
// Values are compared as arguments are, by type and content, see [KeyOf]. A type of which no
// two values can be compared, such as a function, is an error of SetTag. Where only the value
// cannot, such as a function in an interface, what used it is computed again.
//
// A value that holds pointers, slices or maps is not copied. Set a changed copy: a change
// in place counts from the next Set or Use on, and until then calls return what is stored.
//
// All methods may be called from any number of goroutines. A Setting must not be copied
// after first use (go vet reports that).
type Setting[T any] struct {
	state atomic.Pointer[settingState[T]] // nil for a zero T that nobody asked for
}

// AnySetting is a Setting of any type.
type AnySetting interface {
	// Text shows the value to people, shortened.
	Text() string
	// ValueType returns the type of the value.
	ValueType() reflect.Type

	part() *setting
}

// settingState is what a Setting is once it was used.
type settingState[T any] struct {
	now     atomic.Pointer[settingValue[T]]
	setting *setting
	lock    sync.Mutex // held while now and the setting's mark change together
	mutable bool       // what T holds can be changed in place
}

// settingValue is one value and what marks it, so that a use takes both at once.
type settingValue[T any] struct {
	value T
	mark  *settingMark
}

// settingMark tells values apart.
type settingMark struct {
	digest string // empty where the value has none
	text   string // for people
}

// Set changes the value, before or after SetTag. A call that begins after Set returns gets
// nothing that was computed with another value. Where the value is equal to the present
// one, all stays good.
func (s *Setting[T]) Set(v T) { s.ready().set(v) }

// Use returns the value, and records that the computation used it to which ctx belongs: the
// context that Execute gave to compute, or one made from it. Outside of computations it
// only returns the value.
func (s *Setting[T]) Use(ctx context.Context) T {
	c := collectorOf(ctx)
	if c == nil {
		state := s.state.Load()
		if state == nil {
			var zero T
			return zero
		}
		return state.now.Load().value
	}
	state := s.ready()
	now := state.now.Load()
	if state.mutable {
		now = state.reread()
	}
	c.add(state.setting.usedIn(ctx, now.mark, c.home))
	return now.value
}

// Text shows the value to people, shortened.
func (s *Setting[T]) Text() string { return s.part().mark.Load().text }

// ValueType returns the reflect.Type of T.
func (s *Setting[T]) ValueType() reflect.Type { return reflect.TypeFor[T]() }

func (s *Setting[T]) part() *setting { return s.ready().setting }

// ready returns the state, made at the first use.
func (s *Setting[T]) ready() *settingState[T] {
	if state := s.state.Load(); state != nil {
		return state
	}
	var zero T
	state := &settingState[T]{setting: new(setting), mutable: isMutable(reflect.TypeFor[T]())}
	state.put(&settingValue[T]{zero, markOf(zero)})
	s.state.CompareAndSwap(nil, state)
	return s.state.Load()
}

func (s *settingState[T]) set(v T) {
	next := &settingValue[T]{v, markOf(v)}
	s.lock.Lock()
	old := s.now.Load()
	s.put(next)
	s.lock.Unlock()
	if !next.mark.equals(old.mark) {
		moveEpoch()
	}
}

// reread returns the present value with a mark that fits it, also where the value was
// changed in place.
func (s *settingState[T]) reread() *settingValue[T] {
	for {
		now := s.now.Load()
		mark := markOf(now.value)
		if mark.digest == now.mark.digest {
			return now
		}
		next := &settingValue[T]{now.value, mark}
		s.lock.Lock()
		current := s.now.Load() == now // else it was set meanwhile
		if current {
			s.put(next)
		}
		s.lock.Unlock()
		if current {
			moveEpoch()
			return next
		}
	}
}

// put makes v the present value. The caller holds the lock.
func (s *settingState[T]) put(v *settingValue[T]) {
	s.now.Store(v)
	s.setting.mark.Store(v.mark)
}

func markOf(v any) *settingMark {
	m := &settingMark{text: argumentTexts([]any{v})[0]}
	if key, err := KeyOf(v); err == nil {
		m.digest = key.String()
	}
	return m
}

// equals reports whether two values are the same, as far as they can be compared.
func (m *settingMark) equals(other *settingMark) bool {
	return m.digest != "" && m.digest == other.digest
}

// isMutable reports whether what a T holds can be changed other than by Set.
func isMutable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface, reflect.UnsafePointer:
		return true
	case reflect.Array:
		return isMutable(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if isMutable(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}
