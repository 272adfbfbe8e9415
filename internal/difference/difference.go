package difference

import (
	"math"
	"reflect"
	"slices"
	"strconv"
)

// A Comparer returns how values of a type are compared, wherever they stand, or nil
// for part by part.
type Comparer func(reflect.Type) func(want, got reflect.Value) error

// Between returns nil when two values are equal, and otherwise an error that says
// where they differ. Functions and channels are equal only when both are nil or both
// the same. A nil Comparer has no rules.
func Between(want, got reflect.Value, c Comparer) error {
	d := differ{comparer: c}
	return d.whole(want, got)
}

type differ struct {
	comparer Comparer
	stored   bool // by the rules of Stored
	anyNaN   bool
	private  bool // within an unexported field, by the rules of Stored
	locked   map[reflect.Type]bool
	depth    int
	seen     map[[2]uintptr]bool // pairs of pointers on the way here, once it is deep
}

// deep is a depth at which a value may well contain itself.
const deep = 100

func (d *differ) whole(want, got reflect.Value) error {
	// A copy that has an address shows the bits of its numbers.
	if f := d.diff(addressable(want), addressable(got)); f != nil {
		return f
	}
	return nil
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

// diff says where a and b differ. The methods named after a kind do it for that kind.
func (d *differ) diff(a, b reflect.Value) *fault {
	if !a.IsValid() && !b.IsValid() {
		return nil
	}
	if a.IsValid() != b.IsValid() {
		return d.differs(a, b)
	}
	if a.Type() != b.Type() {
		return &fault{text: "want type " + a.Type().String() + ", got " + b.Type().String(), private: d.private}
	}
	if d.comparer != nil && a.CanInterface() && b.CanInterface() {
		if compare := d.comparer(a.Type()); compare != nil {
			if err := compare(a, b); err != nil {
				return &fault{cause: err, private: d.private}
			}
			return nil
		}
	}
	if d.depth++; d.depth > deep && d.again(a, b) {
		d.depth--
		return nil
	}
	defer func() { d.depth-- }()
	switch a.Kind() {
	case reflect.Slice:
		return d.slice(a, b)
	case reflect.Map:
		return d.mapping(a, b)
	case reflect.Array:
		return d.elements(a, b)
	case reflect.Struct:
		return d.structure(a, b)
	case reflect.Pointer, reflect.Interface:
		return d.target(a, b)
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		if !d.sameAddress(a, b) {
			return d.differs(a, b)
		}
	default:
		if !d.sameLeaf(a, b) {
			return d.differs(a, b)
		}
	}
	return nil
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

func (d *differ) slice(a, b reflect.Value) *fault {
	if a.IsNil() != b.IsNil() && !d.private || a.Len() != b.Len() {
		return d.differs(a, b)
	}
	if a.CanInterface() && b.CanInterface() && sameBulk(a.Interface(), b.Interface()) {
		return nil
	}
	return d.elements(a, b)
}

// sameBulk reports whether two slices of the commonest elements are the same.
func sameBulk(a, b any) bool {
	switch a := a.(type) {
	case []float64:
		return slices.EqualFunc(a, b.([]float64), func(x, y float64) bool { return math.Float64bits(x) == math.Float64bits(y) })
	case []byte:
		return slices.Equal(a, b.([]byte))
	case []int:
		return slices.Equal(a, b.([]int))
	case []string:
		return slices.Equal(a, b.([]string))
	}
	return false
}

func (d *differ) elements(a, b reflect.Value) *fault {
	for i := range a.Len() {
		if f := d.diff(a.Index(i), b.Index(i)); f != nil {
			return f.within("[" + strconv.Itoa(i) + "]")
		}
	}
	return nil
}

func (d *differ) structure(a, b reflect.Value) *fault {
	if !d.stored {
		for i := range a.NumField() {
			if f := d.diff(a.Field(i), b.Field(i)); f != nil {
				return f.within("." + a.Type().Field(i).Name)
			}
		}
		return nil
	}
	return d.storedStruct(a, b)
}

// target follows a pointer or an interface.
func (d *differ) target(a, b reflect.Value) *fault {
	if a.IsNil() != b.IsNil() {
		return d.differs(a, b)
	}
	if a.IsNil() || a.Kind() == reflect.Pointer && a.Pointer() == b.Pointer() {
		return nil
	}
	f := d.diff(addressable(a.Elem()), addressable(b.Elem()))
	if f != nil && a.Kind() == reflect.Pointer {
		return f.within(".*")
	}
	return f
}

func (d *differ) mapping(a, b reflect.Value) *fault {
	if a.IsNil() != b.IsNil() && !d.private || a.Len() != b.Len() {
		return d.differs(a, b)
	}
	kind := a.Type().Key().Kind()
	if kind != reflect.String && kind != reflect.Bool && (kind < reflect.Int || kind > reflect.Uintptr) {
		return d.partners(a, b)
	}
	for entries := a.MapRange(); entries.Next(); {
		value := b.MapIndex(entries.Key())
		if !value.IsValid() {
			return (&fault{text: "the entry is missing", private: d.private}).within("[" + Text(entries.Key()) + "]")
		}
		if f := d.diff(addressable(entries.Value()), addressable(value)); f != nil {
			return f.within("[" + Text(entries.Key()) + "]")
		}
	}
	return nil
}

// partners looks for a partner of each entry of a map, since a look-up finds no NaN
// and takes 0 for -0.
func (d *differ) partners(a, b reflect.Value) *fault {
	var keys, values []reflect.Value
	for entries := b.MapRange(); entries.Next(); {
		keys, values = append(keys, addressable(entries.Key())), append(values, addressable(entries.Value()))
	}
	for entries := a.MapRange(); entries.Next(); {
		key, value := addressable(entries.Key()), addressable(entries.Value())
		found := -1
		reason := &fault{text: "the entry is missing", private: d.private}
		for i := range keys {
			if d.diff(key, keys[i]) != nil {
				continue
			}
			if reason = d.diff(value, values[i]); reason == nil {
				found = i
				break
			}
		}
		if found < 0 {
			return reason.within("[" + Text(key) + "]")
		}
		keys, values = slices.Delete(keys, found, found+1), slices.Delete(values, found, found+1)
	}
	return nil
}

// sameAddress compares what has an address and nothing else to be seen.
func (d *differ) sameAddress(a, b reflect.Value) bool {
	if d.private { // what is made anew with each value
		return a.IsZero() == b.IsZero()
	}
	return a.Pointer() == b.Pointer() && (a.Kind() != reflect.Func || a.IsNil())
}

// sameLeaf compares what has no parts.
func (d *differ) sameLeaf(a, b reflect.Value) bool {
	switch a.Kind() {
	case reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return Bits(a) == Bits(b) || d.anyNaN && sameNumber(a, b)
	default:
		return a.Equal(b)
	}
}

// sameNumber takes all NaN for one, and 0 and -0 for two.
func sameNumber(a, b reflect.Value) bool {
	part := func(x, y float64) bool { return x != x && y != y || math.Float64bits(x) == math.Float64bits(y) }
	if a.CanFloat() {
		return part(a.Float(), b.Float())
	}
	x, y := a.Complex(), b.Complex()
	return part(real(x), real(y)) && part(imag(x), imag(y))
}

// Bits returns what a float or complex number is in memory. Reflection turns a float32 into a
// float64, and a signaling NaN into another one; so a pointer is used if there is one.
func Bits(v reflect.Value) [2]uint64 {
	if v.CanAddr() {
		switch p := v.Addr().UnsafePointer(); v.Kind() {
		case reflect.Float32:
			return [2]uint64{uint64(math.Float32bits(*(*float32)(p)))}
		case reflect.Complex64:
			parts := (*[2]float32)(p)
			return [2]uint64{uint64(math.Float32bits(parts[0])), uint64(math.Float32bits(parts[1]))}
		default:
		}
	}
	if v.CanComplex() {
		return [2]uint64{math.Float64bits(real(v.Complex())), math.Float64bits(imag(v.Complex()))}
	}
	return [2]uint64{math.Float64bits(v.Float())}
}
