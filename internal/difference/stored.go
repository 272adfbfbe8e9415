package difference

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"time"
)

// Stored returns nil when a value came back from its file equal, and otherwise an
// error that says where it differs. With anyNaN all NaN are one, as formats of text
// have one word for them. It is Between with these rules:
//
//  1. A time.Time is the same when instant and offset from UTC are: no file has the
//     monotonic clock. A big.Int and a big.Rat are the same when Cmp says so.
//  2. In unexported fields nil and empty are the same, as are two functions, channels
//     or types of package sync that are there: nobody outside of the type can tell.
//  3. A type whose unexported fields differ is asked: by its method Equal, if it has
//     one for its own type, or, if it is a matrix with Dims and At, by its elements. So a
//     type may keep what it can work out again, and a view of a matrix is the matrix.
//
// Exported fields are compared in any case. Equal may be a method of the user.
func Stored(want, got reflect.Value, anyNaN bool) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("comparing panics: %v", r)
		}
	}()
	d := differ{stored: true, anyNaN: anyNaN, comparer: storedComparer}
	return d.whole(want, got)
}

// storedComparers have the types of the standard library that hold one value in several
// ways.
var storedComparers = map[reflect.Type]func(want, got reflect.Value) error{
	reflect.TypeFor[time.Time](): func(want, got reflect.Value) error {
		return Times(want.Interface().(time.Time), got.Interface().(time.Time))
	},
	reflect.TypeFor[big.Int](): func(want, got reflect.Value) error {
		return sameBig(want.Addr().Interface().(*big.Int), got.Addr().Interface().(*big.Int))
	},
	reflect.TypeFor[big.Rat](): func(want, got reflect.Value) error {
		return sameBig(want.Addr().Interface().(*big.Rat), got.Addr().Interface().(*big.Rat))
	},
}

func storedComparer(t reflect.Type) func(want, got reflect.Value) error { return storedComparers[t] }

func sameBig[T interface {
	Cmp(T) int
	fmt.Stringer
}](want, got T) error {
	if want.Cmp(got) != 0 {
		return fmt.Errorf("want %v, got %v", want, got)
	}
	return nil
}

// Times compares instant and offset from UTC.
func Times(want, got time.Time) error {
	_, offset := want.Zone()
	_, other := got.Zone()
	if !want.Equal(got) || offset != other {
		return fmt.Errorf("want %s, got %s", want.Format(time.RFC3339Nano), got.Format(time.RFC3339Nano))
	}
	return nil
}

func (d *differ) storedStruct(a, b reflect.Value) *fault {
	t := a.Type()
	if d.private && t.PkgPath() == "sync" {
		return nil
	}
	var hidden *fault
	for i := range t.NumField() {
		field := t.Field(i)
		was := d.private
		d.private = was || !field.IsExported()
		f := d.diff(exposed(a.Field(i)), exposed(b.Field(i)))
		d.private = was
		switch {
		case f == nil:
		case !f.private:
			return f.within("." + field.Name)
		case hidden == nil:
			hidden = f.within("." + field.Name)
		}
	}
	if hidden != nil && vouched(a, b) {
		return nil
	}
	return hidden
}

// exposed returns a field as if it were exported.
func exposed(v reflect.Value) reflect.Value {
	if v.CanInterface() || !v.CanAddr() {
		return v
	}
	return reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem()
}

// vouched asks a type whether two values of it are equal (rule 3).
func vouched(a, b reflect.Value) bool {
	if !a.CanAddr() || !b.CanAddr() || !a.CanInterface() || !b.CanInterface() {
		return false
	}
	if equal := a.Addr().MethodByName("Equal"); equal.IsValid() {
		t := equal.Type()
		if t.NumIn() == 1 && t.NumOut() == 1 && t.Out(0).Kind() == reflect.Bool {
			switch t.In(0) {
			case a.Type():
				return equal.Call([]reflect.Value{b})[0].Bool()
			case a.Addr().Type():
				return equal.Call([]reflect.Value{b.Addr()})[0].Bool()
			}
		}
	}
	x, isMatrix := a.Addr().Interface().(matrix)
	if !isMatrix {
		return false
	}
	for i := range a.NumField() {
		if f := a.Type().Field(i); f.Anonymous && reflect.PointerTo(f.Type).Implements(matrixType) {
			return false // the methods of an embedded matrix know nothing of the other fields
		}
	}
	return sameElements(x, b.Addr().Interface().(matrix))
}

// matrix has the methods of gonum's.
type matrix interface {
	Dims() (r, c int)
	At(i, j int) float64
}

var matrixType = reflect.TypeFor[matrix]()

func sameElements(a, b matrix) bool {
	rows, columns := a.Dims()
	if r, c := b.Dims(); r != rows || c != columns {
		return false
	}
	for i := range rows {
		for j := range columns {
			if math.Float64bits(a.At(i, j)) != math.Float64bits(b.At(i, j)) {
				return false
			}
		}
	}
	return true
}
