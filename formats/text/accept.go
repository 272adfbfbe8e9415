package text

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/dataelab/dataelab-go/internal/marshalers"
)

// A builder makes the plans of a type and of all types within. work holds those
// that are made or being made, so that a recursive type finds itself.
type builder struct {
	syntax syntax
	work   map[reflect.Type]*plan
}

// A refusal says why a type cannot be stored, and which part of it.
type refusal struct{ path, reason string }

func (b *builder) plan(t reflect.Type, path string) (*plan, *refusal) {
	if p, ok := b.work[t]; ok {
		return p, nil
	}
	p := &plan{typ: t, syntax: b.syntax}
	b.work[t] = p
	if reason := arrayHint(t); reason != "" {
		return nil, &refusal{path, reason}
	}
	switch t {
	case timeType:
		p.op = opTime
		return p, nil
	case durationType:
		p.op = opDuration
		return p, nil
	}
	own, r := b.own(p, path)
	if r != nil || own {
		return p, r
	}
	if basic, bits := basicOp(t); basic != opNone {
		p.op, p.bits = basic, bits
		return p, nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		p.op = opPointer
		if p.elem, r = b.plan(t.Elem(), path); r == nil && p.onlyPointers() {
			r = &refusal{path, fmt.Sprintf("%v points to itself and holds no data", t)}
		}
	case reflect.Array:
		p.op = opArray
		p.elem, r = b.plan(t.Elem(), path+"[]")
	case reflect.Slice:
		p.op = opSlice
		p.elem, r = b.plan(t.Elem(), path+"[]")
		if r == nil && t.Elem().Kind() == reflect.Uint8 && p.elem.op == opUint {
			p.op = opBytes
		}
	case reflect.Map:
		r = b.mapType(p, path)
	case reflect.Struct:
		r = b.structType(p, path)
	case reflect.Interface:
		p.op = opAny
		if t.NumMethod() > 0 {
			r = &refusal{path, fmt.Sprintf("text does not say which Go type an interface with methods holds; use a concrete type in place of %v", t)}
		}
	default:
		r = &refusal{path, fmt.Sprintf("values of kind %v cannot be stored; leave it out of the result", t.Kind())}
	}
	return p, r
}

// basicOp is the op of a kind that holds no other type, and the bits of a number.
func basicOp(t reflect.Type) (o op, bits int) {
	switch t.Kind() {
	case reflect.Bool:
		return opBool, 0
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return opInt, t.Bits()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return opUint, t.Bits()
	case reflect.Float32, reflect.Float64:
		return opFloat, t.Bits()
	case reflect.Complex64, reflect.Complex128:
		return opComplex, t.Bits() / 2
	case reflect.String:
		return opString, 0
	}
	return opNone, 0
}

// onlyPointers reports whether a pointer type leads back to itself.
func (p *plan) onlyPointers() bool {
	seen := make(map[*plan]bool)
	for ; p != nil && p.op == opPointer; p = p.elem {
		if seen[p] {
			return true
		}
		seen[p] = true
	}
	return false
}

// arrayHint is the advice for types that are arrays, which look like structs or
// numbers from outside.
func arrayHint(t reflect.Type) string {
	switch pkg := t.PkgPath(); {
	case pkg == "gonum.org/v1/gonum/mat":
		return fmt.Sprintf("%v is an array: store it as npy, or turn it into [][]float64", t)
	case strings.HasSuffix(pkg, "dataelab-go/formats/npy"):
		return fmt.Sprintf("%v is for arrays: store it as npy, or turn it into numbers of Go", t)
	}
	return ""
}

// own decides whether the type writes and reads itself. Methods that an embedded
// field may have lent to the type are left alone: they know nothing of the other
// fields, and walking through all of them loses nothing.
func (b *builder) own(p *plan, path string) (own bool, r *refusal) {
	if k := p.typ.Kind(); k == reflect.Pointer || k == reflect.Interface {
		return false, nil
	}
	text := marshalers.Of(p.typ, marshalers.Text)
	asText := text.Pair()
	marshal, unmarshal := declaresJSON(p.typ)
	asJSON := marshal && unmarshal && b.syntax != csvSyntax
	switch {
	case asJSON && (b.syntax == jsonSyntax || !asText):
		p.op = opJSON
	case asText:
		p.op = opText
	case text.Marshal == marshalers.Own || text.Unmarshal == marshalers.Own:
		have, miss := marshalers.Text.Marshal(), marshalers.Text.Unmarshal()
		if text.Marshal != marshalers.Own {
			have, miss = miss, have
		}
		return false, &refusal{path, fmt.Sprintf("%v has %s and not %s; declare both or neither", p.typ, have, miss)}
	case marshal != unmarshal:
		return false, &refusal{path, fmt.Sprintf("%v has only one of MarshalJSON and UnmarshalJSON; declare both or neither", p.typ)}
	default:
		return false, nil
	}
	return true, nil
}

// mapType takes keys that are one word of text and compare as that word does.
func (b *builder) mapType(p *plan, path string) (r *refusal) {
	p.op = opMap
	if p.key, r = b.plan(p.typ.Key(), path+"[key]"); r != nil {
		return r
	}
	switch p.key.op {
	case opString, opInt, opUint, opBool, opText, opAny:
	default:
		return &refusal{path + "[key]", fmt.Sprintf("keys of type %v cannot be names in a file; use strings, integers or a type with MarshalText", p.typ.Key())}
	}
	p.elem, r = b.plan(p.typ.Elem(), path+"[]")
	return r
}
