package text

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// An interface without methods may hold what the text alone gives back: what
// json.Unmarshal and yaml.Unmarshal put there. A number of JSON is a float64. One of
// YAML is a float64 if it has a point or an exponent, and else an int.

var (
	listOfAny  = reflect.TypeFor[[]any]()
	mapOfAny   = reflect.TypeFor[map[string]any]()
	mapAnyKeys = reflect.TypeFor[map[any]any]()
)

// held returns the plan of what an interface holds, or why the text would give back
// something else.
func (p *plan) held(v reflect.Value) (*plan, error) {
	switch t := v.Type(); {
	case (t == listOfAny || t == mapOfAny || t == mapAnyKeys && p.syntax == yamlSyntax) && v.IsNil():
		return nil, fmt.Errorf("the interface holds a nil %v, which would come back as a nil interface; leave the interface nil, or make it empty", t)
	case t == mapAnyKeys && p.syntax == yamlSyntax:
		for it := v.MapRange(); it.Next(); {
			if it.Key().Elem().Kind() != reflect.String {
				return planFor(t, p.syntax)
			}
		}
		return nil, fmt.Errorf("the interface holds a %v with no other keys than strings, which would come back as a %v; use that", t, mapOfAny)
	case t == reflect.TypeFor[float64]() && p.syntax == jsonSyntax && !(math.Abs(v.Float()) <= math.MaxFloat64):
		return nil, fmt.Errorf("the interface holds %v, for which JSON has no number; use a float64 in place of the interface", v)
	case t == reflect.TypeFor[bool](), t == reflect.TypeFor[string](), t == reflect.TypeFor[float64](), t == listOfAny, t == mapOfAny,
		t == reflect.TypeFor[int]() && p.syntax == yamlSyntax:
		return planFor(t, p.syntax)
	default:
		return nil, fmt.Errorf("the interface holds a %v, which would come back as another type; use a concrete type in place of the interface", t)
	}
}

// any writes what an interface holds.
func (e *encoder) any(p *plan, v reflect.Value) error {
	if v.IsNil() {
		e.value()
		e.buf = append(e.buf, "null"...)
		return nil
	}
	held, err := p.held(v.Elem())
	if err != nil {
		return err
	}
	return e.encode(held, addressable(v.Elem()))
}

// pointsToAny reports whether a whole value is a pointer to an interface, which is
// written as the interface: null then says that the interface is nil.
func (p *plan) pointsToAny() bool { return p.op == opPointer && p.elem.op == opAny }

// heldKey returns the plan of a key that an interface holds, and that key.
func (p *plan) heldKey(v reflect.Value) (*plan, reflect.Value, error) {
	if p.op != opAny {
		return p, v, nil
	}
	if v.IsNil() {
		return nil, v, errors.New("nil is no name in a file")
	}
	held, err := p.held(v.Elem())
	switch {
	case err != nil:
		return nil, v, err
	case held.op == opString:
	case p.syntax == jsonSyntax || held.op == opFloat && !(math.Abs(v.Elem().Float()) <= math.MaxFloat64) || !held.op.scalar():
		return nil, v, fmt.Errorf("the key is a %v, which cannot be a name in the file and come back; use a string", v.Elem().Type())
	}
	return held, v.Elem(), nil
}

// any returns the value that begins with t, for an interface to hold.
func (d *decoder) any(t token) (any, error) {
	switch t.kind {
	case nullToken:
		return nil, nil
	case boolToken, numberToken, stringToken:
		return d.anyScalar(t)
	case listStart:
		list := []any{}
		_, err := d.elements(t, func(_ int, t token) error {
			v, err := d.any(t)
			list = append(list, v)
			return err
		})
		return list, err
	case mapStart:
		return d.anyMap(t)
	}
	return nil, d.unexpected(t, "a value for an interface")
}

func (d *decoder) anyScalar(t token) (any, error) {
	switch {
	case t.kind == boolToken:
		return strings.EqualFold(t.text, "true"), nil
	case t.kind == stringToken:
		return strings.Clone(t.text), nil // it is part of the whole file
	}
	text := t.text
	if d.yaml {
		text = yamlNumber(text)
		if n, err := strconv.Atoi(text); err == nil {
			return n, nil
		}
	}
	f, err := parseFloat(text, 64)
	if errors.Is(err, strconv.ErrRange) {
		return nil, d.fail(t, fmt.Errorf("%s is out of the range of float64", quoted(text)))
	} else if err != nil {
		return nil, d.unexpected(t, "a number")
	}
	return f, nil
}

// anyMap returns a map[string]any, or, for a key that is no string, a map[any]any.
func (d *decoder) anyMap(start token) (any, error) {
	byName, byKey := map[string]any{}, map[any]any{}
	err := d.keys(start, func(t token) error {
		key, err := d.anyKey(t)
		if err != nil {
			return err
		}
		within := func(err error) error { return inside("["+quoted(t.text)+"]", err) }
		name, isString := key.(string)
		_, twice := byName[name]
		if _, other := byKey[key]; isString && twice || other {
			return within(d.fail(t, errors.New("this key stands here for the second time")))
		}
		next, err := d.next()
		if err != nil {
			return within(err)
		}
		v, err := d.any(next)
		if err != nil {
			return within(err)
		}
		if isString {
			byName[name] = v
		} else {
			byKey[key] = v
		}
		return nil
	})
	if err != nil || len(byKey) == 0 {
		return byName, err
	}
	for name, v := range byName {
		byKey[name] = v
	}
	return byKey, nil
}

// anyKey returns a key for an interface to hold. In JSON all keys are strings.
func (d *decoder) anyKey(t token) (any, error) {
	if d.yaml {
		t.kind = t.keyKind
	}
	return d.anyScalar(t)
}
