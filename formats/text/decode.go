package text

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// decode reads a file in JSON or YAML.
func decode(r io.Reader, size int64, dst any, s syntax) error {
	v, err := target(dst)
	if err != nil {
		return err
	}
	p, err := planFor(v.Type(), s)
	if err != nil {
		return err
	}
	src, err := readAll(r, size)
	if err != nil {
		return inside(rootName(p.typ), err)
	}
	d := decoder{yaml: s == yamlSyntax}
	if d.scanner = (&jsonScanner{src: src}); d.yaml {
		if d.scanner, err = scanYAML(src); err != nil {
			return inside(rootName(p.typ), err)
		}
	}
	fresh := reflect.New(p.typ).Elem()
	into, at := p, fresh
	if p.pointsToAny() {
		fresh.Set(reflect.New(p.elem.typ))
		into, at = p.elem, fresh.Elem()
	}
	if err := d.decode(into, at); err != nil {
		return inside(rootName(p.typ), err)
	}
	if _, err := d.next(); err != nil { // the end of the file
		return inside(rootName(p.typ), err)
	}
	v.Set(fresh)
	return nil
}

type decoder struct {
	scanner
	yaml bool
}

func (d *decoder) fail(t token, err error) error {
	line, column := d.where(t.at)
	return &FormatError{Line: line, Column: column, Err: err}
}

func (d *decoder) unexpected(t token, want string) error {
	what := t.kind.String()
	if t.kind == numberToken || t.kind == stringToken || t.kind == boolToken {
		what = quoted(t.text)
		if t.kind == stringToken && !t.plain {
			what = "the string " + what
		}
	}
	return d.fail(t, fmt.Errorf("%s where %s should stand", what, want))
}

func (d *decoder) decode(p *plan, v reflect.Value) error {
	t, err := d.next()
	if err != nil {
		return err
	}
	return d.from(t, p, v)
}

// from reads the value that begins with t into v, which is settable and zero.
func (d *decoder) from(t token, p *plan, v reflect.Value) error {
	switch p.op {
	case opPointer:
		if t.kind == nullToken {
			return nil
		}
		inner := reflect.New(p.elem.typ)
		if err := d.from(t, p.elem, inner.Elem()); err != nil {
			return err
		}
		v.Set(inner)
		return nil
	case opSlice:
		return d.slice(t, p, v)
	case opArray:
		return d.array(t, p, v)
	case opMap:
		return d.mapping(t, p, v)
	case opStruct:
		return d.structure(t, p, v)
	case opAny:
		held, err := d.any(t)
		if err == nil && held != nil {
			v.Set(reflect.ValueOf(held))
		}
		return err
	case opComplex:
		return d.complex(t, p, v)
	case opBytes:
		return d.bytes(t, v)
	case opJSON:
		data, err := d.own(t)
		if _, known := err.(*FormatError); known {
			return err
		}
		if err == nil {
			err = p.unmarshal(v, data)
		}
		if err != nil {
			return d.fail(t, err)
		}
		return nil
	default:
		return d.scalar(t, p, v)
	}
}

// own returns the JSON of the value that begins with t, for a type to read itself from.
func (d *decoder) own(t token) ([]byte, error) {
	if s, ok := d.scanner.(*jsonScanner); ok {
		raw, err := s.rest(t)
		return []byte(raw), err
	}
	var l layout
	return l.flow(nil, d.scanner, t)
}

func (d *decoder) scalar(t token, p *plan, v reflect.Value) error {
	text := t.text
	switch p.op {
	case opBool:
		if t.kind != boolToken {
			return d.unexpected(t, "true or false")
		}
		text = strings.ToLower(text) // YAML has True and TRUE
	case opInt, opUint, opFloat:
		word := t.kind == stringToken && !d.yaml && p.op == opFloat && (text == nanWord || text == infWord || text == negInfWord)
		if t.kind != numberToken && !word {
			return d.unexpected(t, "a number")
		}
		if d.yaml {
			text = yamlNumber(text)
		}
	default: // what looks like a number or a bool in YAML, such as a tag of a dataset, may be meant as text
		if t.kind != stringToken && (!t.plain || t.kind == nullToken) {
			return d.unexpected(t, "a string")
		}
	}
	if err := p.parseScalar(text, v); err != nil {
		return d.fail(t, err)
	}
	return nil
}

func (d *decoder) complex(t token, p *plan, v reflect.Value) error {
	var parts [2]float64
	part := &plan{typ: reflect.TypeFor[float64](), op: opFloat, bits: p.bits}
	if t.kind != listStart {
		return d.unexpected(t, "a complex number [re, im]")
	}
	for i := range parts {
		t, err := d.next()
		if err != nil {
			return err
		}
		if err := d.scalar(t, part, reflect.ValueOf(&parts[i]).Elem()); err != nil {
			return err
		}
	}
	t, err := d.next()
	if err == nil && t.kind != listEnd {
		err = d.unexpected(t, "the end of a complex number")
	}
	v.SetComplex(complex(parts[0], parts[1]))
	return err
}

func (d *decoder) bytes(t token, v reflect.Value) error {
	switch t.kind {
	case nullToken:
		return nil
	case stringToken, binaryToken:
	default:
		return d.unexpected(t, "bytes in base64")
	}
	data, err := base64.StdEncoding.Strict().DecodeString(strings.Join(strings.Fields(t.text), ""))
	if err != nil {
		return d.fail(t, fmt.Errorf("bytes that are not base64: %w", err))
	}
	v.SetBytes(data)
	return nil
}

// elements calls each for the elements of a list, up to its end.
func (d *decoder) elements(start token, each func(i int, t token) error) (n int, err error) {
	if start.kind != listStart {
		return 0, d.unexpected(start, "a list")
	}
	for ; ; n++ {
		t, err := d.next()
		if err == nil && t.kind == listEnd {
			return n, nil
		}
		if err == nil {
			err = each(n, t)
		}
		if err != nil {
			return n, inside("["+strconv.Itoa(n)+"]", err)
		}
	}
}

func (d *decoder) slice(t token, p *plan, v reflect.Value) error {
	if t.kind == nullToken {
		return nil
	}
	if floats, ok := v.Addr().Interface().(*[]float64); ok {
		return d.floats(t, p.elem, floats)
	}
	v.Set(reflect.MakeSlice(p.typ, 0, 0))
	_, err := d.elements(t, func(i int, t token) error {
		v.Grow(1)
		v.SetLen(i + 1)
		return d.from(t, p.elem, v.Index(i))
	})
	return err
}

// floats is slice for the type that has the most elements.
func (d *decoder) floats(t token, elem *plan, dst *[]float64) error {
	all := []float64{}
	_, err := d.elements(t, func(i int, t token) error {
		all = append(all, 0)
		if t.kind == numberToken && !d.yaml {
			if f, err := parseFloat(t.text, 64); err == nil {
				all[i] = f
				return nil
			}
		}
		return d.scalar(t, elem, reflect.ValueOf(&all[i]).Elem())
	})
	*dst = all
	return err
}

func (d *decoder) array(t token, p *plan, v reflect.Value) error {
	n, err := d.elements(t, func(i int, t token) error {
		if i >= v.Len() {
			return d.fail(t, fmt.Errorf("an element too many; %v has %d", p.typ, v.Len()))
		}
		return d.from(t, p.elem, v.Index(i))
	})
	if err == nil && n < v.Len() {
		err = d.fail(t, fmt.Errorf("a list of %d where %v has %d elements", n, p.typ, v.Len()))
	}
	return err
}

// keys calls each for the keys of a map, up to its end. It reads the value.
func (d *decoder) keys(start token, each func(key token) error) error {
	if start.kind != mapStart {
		return d.unexpected(start, "a map")
	}
	for {
		t, err := d.next()
		if err != nil || t.kind == mapEnd {
			return err
		}
		if err := each(t); err != nil {
			return err
		}
	}
}

func (d *decoder) mapping(t token, p *plan, v reflect.Value) error {
	if t.kind == nullToken {
		return nil
	}
	v.Set(reflect.MakeMap(p.typ))
	return d.keys(t, func(t token) error {
		within := func(err error) error { return inside("["+quoted(t.text)+"]", err) }
		key := reflect.New(p.key.typ).Elem()
		if p.key.op == opAny {
			held, err := d.anyKey(t)
			if err != nil {
				return within(err)
			}
			key.Set(reflect.ValueOf(held))
		} else if err := p.parseKey(t.text, key); err != nil {
			return within(d.fail(t, err))
		}
		if v.MapIndex(key).IsValid() {
			return within(d.fail(t, errors.New("this key stands here for the second time")))
		}
		elem := reflect.New(p.elem.typ).Elem()
		if err := d.decode(p.elem, elem); err != nil {
			return within(err)
		}
		v.SetMapIndex(key, elem)
		return nil
	})
}

// parseKey reads a key, which has one spelling only: +1 and 01 are no numbers.
func (p *plan) parseKey(s string, v reflect.Value) error {
	if err := p.key.parseScalar(s, v); err != nil {
		return err
	}
	if !v.Comparable() {
		return fmt.Errorf("a key of %v that cannot be compared, as it holds a slice or map", p.key.typ)
	}
	if p.key.op == opInt || p.key.op == opUint {
		if want, _ := p.key.appendScalar(nil, v); string(want) != s {
			return fmt.Errorf("%s should be written as %q", quoted(s), want)
		}
	}
	return nil
}

func (d *decoder) structure(t token, p *plan, v reflect.Value) error {
	seen := make([]bool, len(p.fields))
	left := len(p.fields)
	err := d.keys(t, func(t token) error {
		i, known := p.byName[t.text]
		if !known {
			return d.fail(t, fmt.Errorf("%v has no field named %s", p.typ, quoted(t.text)))
		}
		f := &p.fields[i]
		if seen[i] {
			return inside(f.path, d.fail(t, fmt.Errorf("%s stands here for the second time", quoted(t.text))))
		}
		seen[i] = true
		left--
		if err := d.decode(f.plan, f.of(v)); err != nil {
			return inside(f.path, err)
		}
		return nil
	})
	for i := range seen {
		if err == nil && left > 0 && !seen[i] {
			return inside(p.fields[i].path, d.fail(t, fmt.Errorf("%s is missing", quoted(p.fields[i].name))))
		}
	}
	return err
}
