package npy

import (
	"fmt"
	"reflect"
	"strings"
	"sync"

	"gonum.org/v1/gonum/mat"
)

// A codec knows how values of one Go type lie in memory. It never sees the
// bytes of a file: Encode and Decode turn those into elements of this machine.
type codec interface {
	// body tells where the elements of v lie, an addressable value. Its errors wrap ErrValue.
	body(v reflect.Value) (body, error)

	// load makes v, which can be set, the array of f.
	load(v reflect.Value, f *file) error
}

// A body is the elements of a value, in the order in which they are written.
type body struct {
	elem    descr
	fortran bool
	shape   []int

	// Either all bytes lie together, or pieces hands them out one run after the
	// other; a run is not touched any more when yield has returned. Numbers are in this
	// machine's byte order, all else as it is written.
	whole  []byte
	pieces func(yield func([]byte) error) error
}

// refuseNaT checks durations before they are written.
func (b *body) refuseNaT(t reflect.Type) error {
	seen := 0
	check := func(run []byte) error {
		if bad := indexNaT(run); bad >= 0 {
			return fmt.Errorf("%w: %v: element %s %s", ErrValue, t, indexText(b.shape, seen+bad, b.fortran), nanosOfNaT)
		}
		seen += len(run) / m8.size()
		return nil
	}
	if b.pieces != nil {
		return b.pieces(check)
	}
	return check(b.whole)
}

// Accepts returns nil when values of type t go into .npy files, and otherwise a
// [*TypeError] that names the part of t that does not, and why.
func Accepts(t reflect.Type) error {
	_, err := codecFor(t)
	return err
}

// AcceptsNumbers is the part of [Accepts] that is numbers: it returns nil for arrays
// of bools, numbers and durations, which are what they are in a .npy file better than
// in any other, and an error for texts, times and structs, which lose something (a
// time its zone) or have other good files.
func AcceptsNumbers(t reflect.Type) error {
	c, err := codecFor(t)
	if err != nil {
		return err
	}
	if n, ok := c.(*nest); ok && n.wide != nil {
		return &TypeError{t, n.elem, "not a bool, integer, float or complex number"}
	}
	if isScalar(t) {
		return &TypeError{t, t, "a single value, not an array of numbers"}
	}
	return nil
}

// codecs holds the codec or *TypeError of every type that was asked for.
var codecs sync.Map

func codecFor(t reflect.Type) (codec, error) {
	found, ok := codecs.Load(t)
	if !ok {
		if c, err := newCodec(t); err != nil {
			found, _ = codecs.LoadOrStore(t, err)
		} else {
			found, _ = codecs.LoadOrStore(t, c)
		}
	}
	if err, ok := found.(*TypeError); ok {
		return nil, err
	}
	return found.(codec), nil
}

func newCodec(t reflect.Type) (codec, *TypeError) {
	if t == nil {
		return nil, &TypeError{nil, nil, "a nil interface has no type"}
	}
	if c := structCodec(t); c != nil {
		return c, nil
	}
	if isScalar(t) {
		return newScalarCodec(t)
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		return newNest(t)
	case reflect.Pointer:
		if c := structCodec(t.Elem()); c != nil {
			return pointer{c}, nil
		}
		return nil, &TypeError{t, t, "a pointer; only gonum matrices and npy.Array may be behind one"}
	case reflect.Interface:
		return nil, &TypeError{t, t, "an interface; the file does not say what was in it"}
	case reflect.Struct:
		return nil, &TypeError{t, t, "a struct; only mat.Dense, VecDense, CDense, SymDense, TriDense and npy.Array are arrays, and slices of structs"}
	}
	if _, ok := dtypeOf(t); ok || t.Kind() == reflect.String {
		return nil, &TypeError{t, t, "a single value, not an array; an npy.Scalar holds one"}
	}
	return nil, &TypeError{t, t, notAnElement}
}

var arrayType = reflect.TypeFor[Array[float64]]()

// structCodec returns nil when t is none of the structs known here.
func structCodec(t reflect.Type) codec {
	switch t {
	case reflect.TypeFor[mat.Dense]():
		return dense{}
	case reflect.TypeFor[mat.VecDense]():
		return vector{}
	case reflect.TypeFor[mat.CDense]():
		return complexDense{}
	case reflect.TypeFor[mat.SymDense]():
		return symmetric{}
	case reflect.TypeFor[mat.TriDense]():
		return triangular{}
	}
	// Every Array[T] is a type of its own; only its package and name tell.
	if t.PkgPath() == arrayType.PkgPath() && strings.HasPrefix(t.Name(), "Array[") {
		return newArrayCodec(t)
	}
	return nil
}

// pointer is the codec of a pointer to what its codec knows.
type pointer struct{ codec }

func (c pointer) body(v reflect.Value) (body, error) {
	if v.IsNil() {
		return body{}, fmt.Errorf("%w: nil %v", ErrValue, v.Type())
	}
	return c.codec.body(v.Elem())
}

func (c pointer) load(v reflect.Value, f *file) error {
	p := reflect.New(v.Type().Elem())
	if err := c.codec.load(p.Elem(), f); err != nil {
		return err
	}
	v.Set(p)
	return nil
}
