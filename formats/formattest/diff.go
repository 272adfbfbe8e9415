package formattest

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
)

// Diff returns nil when two values are equal, and otherwise an error that says
// where they differ. Numbers are compared by their bits, NaN and -0 too; nil and
// empty differ; pointers are followed; the order of a map does not count.
// Functions and channels are equal only when both are nil or both the same.
func Diff(want, got any, rs ...Rule) error {
	return diffValues(reflect.ValueOf(want), reflect.ValueOf(got), slices.Concat(rs, builtinRules))
}

// diffValues is Diff for values whose static type matters, such as an interface's.
func diffValues(want, got reflect.Value, rs rules) error {
	d := differ{rules: rs}
	// A copy that has an address shows the bits of its numbers.
	return d.diff(addressable(want), addressable(got), "")
}

// diffWhole is diffValues but lets a nil that is the whole value come back empty.
func diffWhole(want, got reflect.Value, rs rules) error {
	switch want.Kind() {
	case reflect.Slice, reflect.Map:
		if want.IsNil() && got.Type() == want.Type() && got.Len() == 0 {
			return nil
		}
	case reflect.Pointer:
		if want.IsNil() && got.Type() == want.Type() && !got.IsNil() {
			return nil // what an empty one looks like is the type's own matter
		}
	default:
	}
	return diffValues(want, got, rs)
}

func addressable(v reflect.Value) reflect.Value {
	if !v.IsValid() || v.CanAddr() {
		return v
	}
	if !v.CanInterface() { // from an unexported field; it cannot be copied
		return v
	}
	p := reflect.New(v.Type()).Elem()
	p.Set(v)
	return p
}

type differ struct {
	rules rules
	depth int
	seen  map[[2]uintptr]bool // pairs of pointers on the way here, once it is deep
}

// deep is a depth at which a value may well contain itself.
const deep = 100

func (d *differ) diff(a, b reflect.Value, path string) error {
	if a.IsValid() != b.IsValid() {
		return differs(path, a, b)
	}
	if !a.IsValid() {
		return nil
	}
	if a.Type() != b.Type() {
		return fmt.Errorf("%swant type %v, got %v", at(path), a.Type(), b.Type())
	}
	if compare := d.rules.comparer(a.Type()); compare != nil && a.CanInterface() && b.CanInterface() {
		if err := compare(a, b); err != nil {
			return fmt.Errorf("%s%w", at(path), err)
		}
		return nil
	}
	if d.depth++; d.depth > deep && d.again(a, b) {
		d.depth--
		return nil
	}
	defer func() { d.depth-- }()
	switch a.Kind() {
	case reflect.Slice, reflect.Map:
		if a.IsNil() != b.IsNil() || a.Len() != b.Len() {
			return differs(path, a, b)
		}
		if a.Kind() == reflect.Map {
			return d.diffMap(a, b, path)
		}
		return d.diffElements(a, b, path)
	case reflect.Array:
		return d.diffElements(a, b, path)
	case reflect.Struct:
		for i := range a.NumField() {
			if err := d.diff(a.Field(i), b.Field(i), path+"."+a.Type().Field(i).Name); err != nil {
				return err
			}
		}
		return nil
	case reflect.Pointer, reflect.Interface:
		return d.diffTarget(a, b, path)
	default:
		if !sameLeaf(a, b) {
			return differs(path, a, b)
		}
		return nil
	}
}

// diffTarget follows a pointer or an interface.
func (d *differ) diffTarget(a, b reflect.Value, path string) error {
	if a.IsNil() != b.IsNil() {
		return differs(path, a, b)
	}
	if a.IsNil() {
		return nil
	}
	if a.Kind() == reflect.Pointer {
		path += ".*"
	}
	return d.diff(addressable(a.Elem()), addressable(b.Elem()), path)
}

// again tells a pair that is being compared already.
func (d *differ) again(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice:
	default:
		return false
	}
	pair := [2]uintptr{a.Pointer(), b.Pointer()}
	if d.seen == nil {
		d.seen = map[[2]uintptr]bool{}
	}
	old := d.seen[pair]
	d.seen[pair] = true
	return old
}

func (d *differ) diffElements(a, b reflect.Value, path string) error {
	for i := range a.Len() {
		if err := d.diff(a.Index(i), b.Index(i), path+"["+strconv.Itoa(i)+"]"); err != nil {
			return err
		}
	}
	return nil
}

// diffMap looks for a partner of each entry, since a look-up finds no NaN and
// takes 0 for -0.
func (d *differ) diffMap(a, b reflect.Value, path string) error {
	var keys, values []reflect.Value
	for entries := b.MapRange(); entries.Next(); {
		keys, values = append(keys, addressable(entries.Key())), append(values, addressable(entries.Value()))
	}
	for entries := a.MapRange(); entries.Next(); {
		key, value := addressable(entries.Key()), addressable(entries.Value())
		inside := path + "[" + text(key) + "]"
		found, reason := -1, error(nil)
		for i := range keys {
			if d.diff(key, keys[i], "") != nil {
				continue
			}
			if reason = d.diff(value, values[i], inside); reason == nil {
				found = i
				break
			}
		}
		if found < 0 && reason != nil {
			return reason
		}
		if found < 0 {
			return fmt.Errorf("%sthe entry is missing", at(inside))
		}
		keys, values = slices.Delete(keys, found, found+1), slices.Delete(values, found, found+1)
	}
	return nil
}

// sameLeaf compares what has no parts.
func sameLeaf(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return bytes.Equal(bits(a), bits(b))
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return a.Pointer() == b.Pointer() && (a.Kind() != reflect.Func || a.IsNil())
	default:
		return a.Equal(b)
	}
}

// bits returns what a number is in memory. Reflection turns a float32 into a
// float64, and a signaling NaN into another one; so a pointer is used if there is one.
func bits(v reflect.Value) []byte {
	var f [2]float64
	if v.CanAddr() {
		switch p := v.Addr().UnsafePointer(); v.Kind() {
		case reflect.Float32:
			return hex32(*(*float32)(p))
		case reflect.Complex64:
			return hex32((*[2]float32)(p)[:]...)
		default:
		}
	}
	if v.CanComplex() {
		f = [2]float64{real(v.Complex()), imag(v.Complex())}
	} else {
		f[0] = v.Float()
	}
	return fmt.Appendf(nil, "%016x %016x", math.Float64bits(f[0]), math.Float64bits(f[1]))
}

func hex32(fs ...float32) (out []byte) {
	for _, f := range fs {
		out = fmt.Appendf(out, "%08x ", math.Float32bits(f))
	}
	return out
}

// at ends a path for a sentence to follow.
func at(path string) string {
	const most = 200
	if path == "" {
		return ""
	}
	if len(path) > most {
		path = path[:most] + "..."
	}
	return path + ": "
}

func differs(path string, want, got reflect.Value) error {
	w, g := text(want), text(got)
	if w == g {
		w, g = w+bitsText(want), g+bitsText(got)
	}
	return errors.New(at(path) + "want " + w + ", got " + g)
}

func bitsText(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return " (bits " + string(bytes.TrimSpace(bits(v))) + ")"
	default:
		return ""
	}
}

// text shows a value in a word.
func text(v reflect.Value) string {
	const most = 60
	switch {
	case !v.IsValid():
		return "nothing"
	case v.Kind() == reflect.String:
		s := v.String()
		if len(s) > most {
			return fmt.Sprintf("%q... (%d bytes)", s[:most], len(s))
		}
		return strconv.Quote(s)
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Map:
		if v.IsNil() {
			return "nil"
		}
		if v.Len() == 0 {
			return "an empty " + v.Kind().String()
		}
		return fmt.Sprintf("a %v of length %d", v.Kind(), v.Len())
	case v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface:
		if v.IsNil() {
			return "nil"
		}
		return "a " + v.Type().String() + " that is not nil"
	case v.CanFloat() && v.Float() == 0 && math.Signbit(v.Float()):
		return "-0"
	case v.Kind() == reflect.Struct || v.Kind() == reflect.Array:
		return "a " + v.Type().String()
	default:
		return fmt.Sprint(v)
	}
}
