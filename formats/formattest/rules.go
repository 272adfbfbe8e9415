package formattest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"time"

	"github.com/dataelab/dataelab-go/internal/difference"
)

// A Rule is how values of one type are made or compared, wherever they stand
// in a value. Of several for one type the first counts.
type Rule struct {
	typ      reflect.Type
	kinds    []reflect.Kind // where typ is nil
	generate func(*rand.Rand) reflect.Value
	compare  func(want, got reflect.Value) error
}

// Generate makes values of type T with f. A type with unexported fields needs it,
// as reflection can make only its zero; so does one whose fields must fit together.
// Each value must be new, and must depend on r alone.
func Generate[T any](f func(r *rand.Rand) T) Rule {
	return Rule{
		typ:      reflect.TypeFor[T](),
		generate: func(r *rand.Rand) reflect.Value { return boxed(f(r)) },
	}
}

// Compare takes values of type T for equal when f returns nil.
func Compare[T any](f func(want, got T) error) Rule {
	return Rule{
		typ: reflect.TypeFor[T](),
		compare: func(want, got reflect.Value) error {
			return f(unboxed[T](want), unboxed[T](got))
		},
	}
}

// AnyNaN takes all NaN for one, in floats and complex numbers of any type. It is
// for formats of text, which have one word for them.
func AnyNaN() Rule {
	part := func(want, got float64) bool {
		return want != want && got != got || math.Float64bits(want) == math.Float64bits(got) // -0 is not 0
	}
	return Rule{
		kinds: []reflect.Kind{reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128},
		compare: func(want, got reflect.Value) error {
			var same bool
			if want.CanFloat() {
				same = part(want.Float(), got.Float())
			} else {
				w, g := want.Complex(), got.Complex()
				same = part(real(w), real(g)) && part(imag(w), imag(g))
			}
			if !same {
				return fmt.Errorf("want %v, got %v", want, got)
			}
			return nil
		},
	}
}

// boxed is reflect.ValueOf, but keeps T where T is an interface.
func boxed[T any](v T) reflect.Value { return reflect.ValueOf(&v).Elem() }

func unboxed[T any](v reflect.Value) T {
	t, _ := v.Interface().(T) // a nil interface is the zero T
	return t
}

type rules []Rule

// builtinRules hold unless the user has others.
var builtinRules = rules{Compare(difference.Times), Generate(anyTime)}

func (rs rules) generator(t reflect.Type) func(*rand.Rand) reflect.Value {
	for _, r := range rs {
		if r.typ == t && r.generate != nil {
			return r.generate
		}
	}
	return nil
}

func (rs rules) comparer(t reflect.Type) func(want, got reflect.Value) error {
	for _, r := range rs {
		if r.compare != nil && (r.typ == t || slices.Contains(r.kinds, t.Kind())) {
			return r.compare
		}
	}
	return nil
}

// anyTime returns times of the years 1 to 9999, with and without a zone.
func anyTime(r *rand.Rand) time.Time {
	fixed := [...]time.Time{
		{},
		time.Unix(0, 0).UTC(),
		time.Date(2024, 4, 10, 11, 22, 33, 444_555_666, time.UTC),
		time.Date(1969, 12, 31, 23, 59, 59, 999_999_999, time.UTC), // one before the epoch
		time.Date(2262, 4, 12, 0, 0, 0, 0, time.UTC),               // more nanoseconds than an int64 has
		time.Date(1600, 2, 29, 0, 0, 0, 1, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		time.Date(2024, 3, 31, 2, 30, 0, 0, time.FixedZone("", -12*3600-30*60)),
	}
	if i := r.IntN(2 * len(fixed)); i < len(fixed) {
		return fixed[i]
	}
	t := time.Unix(r.Int64N(4_000_000_000)-1_000_000_000, r.Int64N(1_000_000_000)).UTC()
	if r.IntN(2) == 0 {
		return t
	}
	return t.In(time.FixedZone("", (r.IntN(2*56)-56)*15*60))
}
