package metric

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"

	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/formats/npz"
)

// The files of metrics are those of simple_metrics_manager, which has one format for all that it
// keeps: an array or a number alone is in a .npz file the member arr_0, and the arrays of a list are
// arr_0, arr_1 and so on. In a .npy file a number alone is an array without axes.

// formatsFor returns the formats of metrics: the one that is asked for comes first, and the
// others serve what it refuses, and files that are there.
func formatsFor(set formats.Set, name string) formats.Set {
	inner := set
	json, _ := inner.ByName("json") // it is built in
	zip, array := npzFormat{}, npyFormat{}
	if name == "npy" {
		return set.With(array, zip, json)
	}
	return set.With(zip, array, json)
}

// npzFormat keeps single arrays, lists of arrays, and what package npz takes.
type npzFormat struct{ options npz.Options }

func (npzFormat) Name() string { return "npz" }
func (npzFormat) Ext() string  { return "npz" }

// Compressions has what np.savez_compressed does.
func (npzFormat) Compressions() []string { return []string{"deflate"} }
func (npzFormat) WithCompression(string) formats.Format {
	return npzFormat{npz.Options{Level: 6}}
}

func (npzFormat) Accepts(t reflect.Type) error {
	err := npz.Accepts(t)
	if err == nil || isMember(t) || isList(t) {
		return nil
	}
	return err
}

func isMember(t reflect.Type) bool { return scalarOf(t) != nil || npy.Accepts(t) == nil }
func isList(t reflect.Type) bool   { return t.Kind() == reflect.Slice && isMember(t.Elem()) }

func memberName(i int) string { return fmt.Sprintf("arr_%d", i) }

func (f npzFormat) Encode(w io.Writer, v any) (formats.Info, error) {
	t := reflect.TypeOf(v)
	var err error
	switch {
	case npz.Accepts(t) == nil:
		_, err = f.options.Encode(w, v)
	case isMember(t):
		if err = f.write(w, v); errors.Is(err, npz.ErrValue) && isList(t) { // rows of unequal length
			err = f.writeList(w, reflect.ValueOf(v))
		}
	default:
		err = f.writeList(w, reflect.ValueOf(v))
	}
	return formats.Info{}, valueError(err)
}

func (f npzFormat) write(w io.Writer, arrays ...any) error {
	var file bytes.Buffer // nothing is written where an array is refused
	z, err := f.options.NewWriter(&file)
	if err != nil {
		return err
	}
	for i, a := range arrays {
		if err := z.Write(memberName(i), a); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	_, err = file.WriteTo(w)
	return err
}

func (f npzFormat) writeList(w io.Writer, list reflect.Value) error {
	arrays := make([]any, list.Len())
	for i := range arrays {
		arrays[i] = list.Index(i).Interface()
	}
	return f.write(w, arrays...)
}

func (npzFormat) Decode(src formats.Source, dst any) error {
	t := reflect.TypeOf(dst).Elem()
	if npz.Accepts(t) == nil {
		return npz.Decode(src, src.Size(), dst)
	}
	r, err := npz.NewReader(src, src.Size())
	if err != nil {
		return err
	}
	n := len(r.Names())
	if isMember(t) && n == 1 {
		return r.Read(memberName(0), dst)
	}
	if !isList(t) {
		return fmt.Errorf("the file has %d arrays, not the one of a %v", n, t)
	}
	list := reflect.MakeSlice(t, n, n)
	for i := range n {
		if err := r.Read(memberName(i), list.Index(i).Addr().Interface()); err != nil {
			return err
		}
	}
	reflect.ValueOf(dst).Elem().Set(list)
	return nil
}

// npyFormat keeps what package npy takes, and single numbers.
type npyFormat struct{}

func (npyFormat) Name() string { return "npy" }
func (npyFormat) Ext() string  { return "npy" }

func (npyFormat) Accepts(t reflect.Type) error {
	if scalarOf(t) != nil {
		return nil
	}
	return npy.AcceptsNumbers(t)
}

func (npyFormat) Encode(w io.Writer, v any) (formats.Info, error) {
	if s := scalarOf(reflect.TypeOf(v)); s != nil {
		v = s.array(reflect.ValueOf(v))
	}
	h, err := npy.Encode(w, v)
	return formats.Info{DType: h.DType, Shape: h.Shape}, valueError(err)
}

func (npyFormat) Decode(src formats.Source, dst any) error {
	if s := scalarOf(reflect.TypeOf(dst).Elem()); s != nil {
		return s.read(src, reflect.ValueOf(dst).Elem())
	}
	return npy.Decode(src, src.Size(), dst)
}

// valueError lets errors.Is find formats.ErrValue.
func valueError(err error) error {
	if errors.Is(err, npz.ErrValue) || errors.Is(err, npy.ErrValue) {
		return fmt.Errorf("%w: %w", formats.ErrValue, err)
	}
	return err
}

// scalar keeps a single number or text as an array without axes.
type scalar interface {
	array(v reflect.Value) any
	read(src formats.Source, v reflect.Value) error
}

// scalarOf returns nil where t is no single number, text or time.
func scalarOf(t reflect.Type) scalar {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return wide[time.Time]{}
	case t == reflect.TypeFor[time.Duration]():
		return number[time.Duration]{}
	case t.Kind() == reflect.String:
		return wide[string]{}
	}
	return numbers[t.Kind()]
}

var numbers = map[reflect.Kind]scalar{
	reflect.Bool: number[bool]{},
	reflect.Int:  number[int]{}, reflect.Int8: number[int8]{}, reflect.Int16: number[int16]{},
	reflect.Int32: number[int32]{}, reflect.Int64: number[int64]{},
	reflect.Uint: number[uint]{}, reflect.Uint8: number[uint8]{}, reflect.Uint16: number[uint16]{},
	reflect.Uint32: number[uint32]{}, reflect.Uint64: number[uint64]{},
	reflect.Float32: number[float32]{}, reflect.Float64: number[float64]{},
	reflect.Complex64: number[complex64]{}, reflect.Complex128: number[complex128]{},
}

type number[T npy.Element] struct{}

func (number[T]) array(v reflect.Value) any {
	return npy.Array[T]{Shape: []int{}, Data: []T{v.Convert(reflect.TypeFor[T]()).Interface().(T)}}
}

func (number[T]) read(src formats.Source, v reflect.Value) error {
	var a npy.Array[T]
	if err := npy.Decode(src, src.Size(), &a); err != nil {
		return err
	}
	if len(a.Shape) > 0 {
		return fmt.Errorf("the file has an array of shape %v, not a single %v", a.Shape, v.Type())
	}
	v.Set(reflect.ValueOf(a.Data[0]).Convert(v.Type()))
	return nil
}

type wide[T string | time.Time] struct{}

func (wide[T]) array(v reflect.Value) any {
	return npy.Scalar[T]{Value: v.Convert(reflect.TypeFor[T]()).Interface().(T)}
}

func (wide[T]) read(src formats.Source, v reflect.Value) error {
	var a npy.Scalar[T]
	if err := npy.Decode(src, src.Size(), &a); err != nil {
		return err
	}
	v.Set(reflect.ValueOf(a.Value).Convert(v.Type()))
	return nil
}
