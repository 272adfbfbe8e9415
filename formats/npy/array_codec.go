package npy

import (
	"fmt"
	"reflect"
)

// arrayCodec is the codec of Array[T].
type arrayCodec struct {
	elem  reflect.Type
	dtype dtype
}

// The fields of Array, in its order.
const (
	arrayShape = iota
	arrayFortran
	arrayData
)

func newArrayCodec(t reflect.Type) arrayCodec {
	elem := t.Field(arrayData).Type.Elem()
	d, _ := dtypeOf(elem) // Element admits no other kinds
	return arrayCodec{elem, d}
}

func (c arrayCodec) body(v reflect.Value) (body, error) {
	shape := v.Field(arrayShape).Interface().([]int)
	data := v.Field(arrayData)
	if err := checkShape(shape, data.Len()); err != nil {
		return body{}, fmt.Errorf("%w: %v: %w", ErrValue, v.Type(), err)
	}
	b := body{
		elem:    c.dtype.descr(),
		fortran: v.Field(arrayFortran).Bool(),
		shape:   shape,
		whole:   bytesAt(data.UnsafePointer(), data.Len()*c.dtype.size()),
	}
	if c.dtype == m8 {
		return b, b.refuseNaT(v.Type())
	}
	return b, nil
}

func (c arrayCodec) load(v reflect.Value, f *file) error {
	if err := f.checkDType(c.dtype); err != nil {
		return err
	}
	data := allocate(c.elem, f.count)
	if err := f.readAsStored(bytesAt(data, f.count*c.dtype.size()), c.dtype); err != nil {
		return err
	}
	v.Field(arrayShape).Set(reflect.ValueOf(f.Shape))
	v.Field(arrayFortran).SetBool(f.Fortran)
	setSliceAt(v.Field(arrayData).Addr().UnsafePointer(), data, f.count)
	return nil
}
