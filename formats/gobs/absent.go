package gobs

import (
	"math"
	"reflect"
)

// absent reports whether a field is left out of the stream, as gob does with
// what is zero, and passes its slot. It differs from gob in that a negative zero
// and a pointer to zero are written: readers of gob understand both.
func (e *encoder) absent(p *plan, v reflect.Value) bool {
	switch p.op {
	case opBool:
		return !v.Bool()
	case opInt:
		return v.Int() == 0
	case opUint:
		return v.Uint() == 0
	case opFloat:
		return math.Float64bits(v.Float()) == 0
	case opComplex:
		c := v.Complex()
		return math.Float64bits(real(c)) == 0 && math.Float64bits(imag(c)) == 0
	case opString:
		return v.Len() == 0
	case opBytes, opSlice:
		if v.Len() > 0 {
			return false
		}
		e.emptySlice(v)
		return true
	case opMap, opInterface:
		return v.IsNil()
	case opPointer:
		return e.absentPointer(p, v)
	case opMarshaler:
		return isZero(v)
	}
	return false // arrays and structs are always there
}

func (e *encoder) absentPointer(p *plan, v reflect.Value) bool {
	for q := p; q.op == opPointer; q = q.elem {
		if v.IsNil() {
			switch {
			case q != p:
				e.notes.write(noteNil, uint64(q.levels()))
			case p.elem.op == opPointer:
				e.notes.pass()
			}
			return true
		}
		v = v.Elem()
	}
	return false
}

// standIn writes what takes the place of a value that is not there: in this
// stream each element has to have one. The decoder steps over it.
func (e *encoder) standIn(p *plan) {
	switch p.op {
	case opComplex:
		e.b = append(e.b, 0, 0)
	case opArray:
		e.b = appendUint(e.b, uint64(p.typ.Len()))
		for range p.typ.Len() {
			e.standIn(p.elem.base())
		}
	case opMarshaler:
		data, _ := p.zeroForm()
		e.b = append(appendUint(e.b, uint64(len(data))), data...)
	default:
		e.b = append(e.b, 0)
	}
}

// zeroForm is how the zero value of the type stores itself, if it can and can
// read it. Only readers other than this package ever look at a stand-in.
func (p *plan) zeroForm() ([]byte, error) {
	data, err := p.marshal(reflect.New(p.typ).Elem())
	if err == nil {
		err = p.unmarshal(reflect.New(p.typ).Elem(), data[:len(data):len(data)])
	}
	if err != nil {
		return nil, err
	}
	return data, nil
}
