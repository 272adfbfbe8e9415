package text

import (
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
)

// maxDepth is how many pointers, lists and maps may stand within one another. A
// value that contains itself ends there. Python's json reads about as many.
const maxDepth = 1000

// longestKey is what YAML readers look ahead to see that it is one.
const longestKey = 1000

// encode writes v in JSON or YAML. The whole file is made before any of it is
// written, as a value that does not fit may come last.
func encode(w io.Writer, v any, s syntax) error {
	p, err := planFor(reflect.TypeOf(v), s)
	if err != nil {
		return err
	}
	value := addressable(reflect.ValueOf(v))
	if p.pointsToAny() && !value.IsNil() {
		p, value = p.elem, value.Elem()
	}
	e := encoder{layout: layout{yaml: s == yamlSyntax, joined: true}}
	if err := e.encode(p, value); err != nil {
		return within(rootName(p.typ), err)
	}
	_, err = w.Write(append(e.buf, '\n'))
	return err
}

type encoder struct {
	layout
	nested int // of maxDepth
}

func (e *encoder) encode(p *plan, v reflect.Value) error {
	if e.nested++; e.nested > maxDepth {
		return fmt.Errorf("more than %d pointers, lists and maps within one another; does the value contain itself?", maxDepth)
	}
	defer func() { e.nested-- }()
	switch p.op {
	case opPointer:
		return e.pointer(p, v)
	case opSlice, opArray:
		return e.list(p, v)
	case opMap:
		return e.mapping(p, v)
	case opStruct:
		return e.structure(p, v)
	case opAny:
		return e.any(p, v)
	default:
		e.value()
		return e.single(p, v)
	}
}

// single appends a value that is no block.
func (e *encoder) single(p *plan, v reflect.Value) (err error) {
	switch p.op {
	case opFloat:
		e.buf = e.appendFloat(e.buf, v.Float(), p.bits)
	case opComplex:
		c := v.Complex()
		e.buf = e.appendFloat(append(e.buf, '['), real(c), p.bits)
		e.buf = e.appendFloat(append(e.buf, ", "...), imag(c), p.bits)
		e.buf = append(e.buf, ']')
	case opBytes:
		e.bytes(v)
	case opJSON:
		e.buf, err = e.appendOwn(e.buf, p, v)
	case opPointer: // among numbers
		if v.IsNil() {
			e.buf = append(e.buf, "null"...)
			return nil
		}
		return e.single(p.elem, v.Elem())
	case opString:
		s := v.String()
		if i := invalidAt(s); i >= 0 {
			return notUTF8(i)
		}
		e.buf = e.appendText(e.buf, s)
	case opBool, opInt, opUint:
		e.buf, err = p.appendScalar(e.buf, v)
	case opTime:
		if e.yaml && v.Interface().(interface{ Year() int }).Year() > 0 { // a timestamp; PyYAML has no year 0
			e.buf, err = p.appendScalar(e.buf, v)
			return err
		}
		fallthrough
	default:
		text, err := p.appendScalar(nil, v)
		if err != nil {
			return err
		}
		e.buf = e.appendText(e.buf, string(text))
	}
	return err
}

// appendFloat appends a number, or in place of one that JSON does not have a
// string. YAML has words for all.
func (e *encoder) appendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.Abs(f) <= math.MaxFloat64:
		return appendFloat(dst, f, bits)
	case !e.yaml:
		return append(appendFloat(append(dst, '"'), f, bits), '"')
	case f > 0:
		return append(dst, ".inf"...)
	case f < 0:
		return append(dst, "-.inf"...)
	}
	return append(dst, ".nan"...)
}

func (e *encoder) bytes(v reflect.Value) {
	if v.IsNil() {
		e.buf = append(e.buf, "null"...)
		return
	}
	if e.yaml {
		e.buf = append(e.buf, "!!binary "...)
	}
	e.buf = append(e.buf, '"')
	e.buf = base64.StdEncoding.AppendEncode(e.buf, v.Bytes())
	e.buf = append(e.buf, '"')
}

// pointer writes what it points to. Null stands for the outermost pointer only.
func (e *encoder) pointer(p *plan, v reflect.Value) error {
	if v.IsNil() {
		e.value()
		e.buf = append(e.buf, "null"...)
		return nil
	}
	start := len(e.buf)
	if err := e.encode(p.elem, v.Elem()); err != nil {
		return err
	}
	if wrote := e.buf[start:]; string(wrote) == "null" || string(wrote) == " null" {
		return errors.New("a pointer to nil would come back as a nil pointer")
	}
	return nil
}

func (e *encoder) list(p *plan, v reflect.Value) error {
	switch {
	case p.op == opSlice && v.IsNil():
		e.value()
		e.buf = append(e.buf, "null"...)
		return nil
	case v.Len() == 0:
		e.value()
		e.buf = append(e.buf, "[]"...)
		return nil
	}
	if p.op == opSlice {
		if floats, ok := v.Addr().Interface().(*[]float64); ok {
			return e.short(len(*floats), func(i int) error {
				e.buf = e.appendFloat(e.buf, (*floats)[i], 64)
				return nil
			})
		}
	}
	if p.elem.inline() {
		return e.short(v.Len(), func(i int) error {
			return e.step(i, e.single(p.elem, v.Index(i)))
		})
	}
	e.begin('[')
	for i := range v.Len() {
		e.element()
		if err := e.encode(p.elem, v.Index(i)); err != nil {
			return e.step(i, err)
		}
	}
	e.end(']')
	return nil
}

func (e *encoder) step(i int, err error) error {
	if err == nil {
		return nil
	}
	return within("["+strconv.Itoa(i)+"]", err)
}

func (e *encoder) structure(p *plan, v reflect.Value) error {
	if len(p.fields) == 0 {
		e.value()
		e.buf = append(e.buf, "{}"...)
		return nil
	}
	e.begin('{')
	for i := range p.fields {
		f := &p.fields[i]
		e.key(f.key)
		if err := e.encode(f.plan, f.of(v)); err != nil {
			return within(f.path, err)
		}
	}
	e.end('}')
	return nil
}

// name writes a key. YAML has keys that are numbers, JSON has strings only.
func (e *encoder) name(name string, o op) error {
	text := []byte(name)
	if !e.yaml || o == opString || o == opText {
		text = e.appendText(nil, name)
	}
	if e.yaml && len(text) > longestKey {
		return errors.New(longKey(text))
	}
	e.key(text)
	return nil
}

// mapping writes a map in the order of its keys: numbers by value, all others by
// their text.
func (e *encoder) mapping(p *plan, v reflect.Value) error {
	if v.IsNil() || v.Len() == 0 {
		e.value()
		e.buf = append(e.buf, map[bool]string{true: "null", false: "{}"}[v.IsNil()]...)
		return nil
	}
	entries, err := p.entries(v)
	if err != nil {
		return err
	}
	e.begin('{')
	for _, entry := range entries {
		err := e.name(entry.name, entry.op)
		if err == nil {
			err = e.encode(p.elem, addressable(entry.value))
		}
		if err != nil {
			return within("["+quoted(entry.name)+"]", err)
		}
	}
	e.end('}')
	return nil
}

func longKey(text []byte) string {
	return fmt.Sprintf("a key of %d bytes is too long for YAML; the limit is %d", len(text), longestKey)
}

type entry struct {
	name       string
	op         op // of the key
	key, value reflect.Value
}

// entries returns what a map holds, sorted, with keys that come back as they are.
func (p *plan) entries(v reflect.Value) ([]entry, error) {
	all := make([]entry, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		held, key, err := p.key.heldKey(it.Key())
		if err != nil {
			return nil, within("[key]", err)
		}
		text, err := held.appendScalar(nil, key)
		if err == nil && held.op == opText {
			back := reflect.New(held.typ).Elem()
			if err = held.parseScalar(string(text), back); err == nil && (!back.Comparable() || back.Interface() != key.Interface()) {
				err = fmt.Errorf("it is written as %s and comes back as a key that differs by ==", quoted(string(text)))
			}
		}
		if err != nil {
			return nil, within("[key]", err)
		}
		all = append(all, entry{string(text), held.op, key, it.Value()})
	}
	slices.SortFunc(all, func(a, b entry) int {
		switch p.key.op {
		case opInt:
			return cmp.Compare(a.key.Int(), b.key.Int())
		case opUint:
			return cmp.Compare(a.key.Uint(), b.key.Uint())
		}
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.op, b.op))
	})
	for i := 1; i < len(all); i++ {
		if all[i].name == all[i-1].name && all[i].op == all[i-1].op {
			return nil, fmt.Errorf("two keys are both written as %s", quoted(all[i].name))
		}
	}
	return all, nil
}
