package diskcache_test

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dataelab/dataelab-go/diskcache"
)

// Keys are equal exactly where types and contents are.
func TestKeyProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typ := drawType(t, 3)
		a := drawValue(t, typ)
		var b reflect.Value
		switch rapid.IntRange(0, 3).Draw(t, "second") {
		case 0:
			b = rebuilt(a)
		case 1:
			b = drawValue(t, drawType(t, 3))
		default:
			b = drawValue(t, typ)
		}
		textA, textB := argumentInFull(a), argumentInFull(b)
		keyA, errA := diskcache.KeyOf(a.Interface())
		keyB, errB := diskcache.KeyOf(b.Interface())
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if (keyA == keyB) != (textA == textB) {
			t.Fatalf("keys %s and %s for\n%s\n%s", keyA, keyB, textA, textB)
		}
	})
}

var drawnKinds = []reflect.Type{
	reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[uint16](), reflect.TypeFor[uint64](),
	reflect.TypeFor[float32](), reflect.TypeFor[float64](), reflect.TypeFor[complex128](), reflect.TypeFor[string](),
	reflect.TypeFor[time.Duration](), reflect.TypeFor[any](),
}

func drawType(t *rapid.T, depth int) reflect.Type {
	kind := rapid.IntRange(0, 7).Draw(t, "kind")
	if depth == 0 || kind < 3 {
		return rapid.SampledFrom(drawnKinds).Draw(t, "type")
	}
	elem := drawType(t, depth-1)
	switch kind {
	case 3:
		return reflect.ArrayOf(rapid.IntRange(0, 3).Draw(t, "length"), elem)
	case 4:
		return reflect.PointerTo(elem)
	case 5:
		key := rapid.SampledFrom(drawnKinds[:9]).Draw(t, "key")
		return reflect.MapOf(key, elem)
	case 6:
		fields := []reflect.StructField{{Name: "A", Type: elem}}
		if rapid.Bool().Draw(t, "two fields") {
			fields = append(fields, reflect.StructField{Name: "B", Type: drawType(t, depth-1)})
		}
		return reflect.StructOf(fields)
	}
	return reflect.SliceOf(elem)
}

// drawValue draws from few values, so that equal ones are frequent.
func drawValue(t *rapid.T, typ reflect.Type) reflect.Value {
	v := reflect.New(typ).Elem()
	small := func() int { return rapid.IntRange(0, 2).Draw(t, "value") }
	float := func() float64 {
		return rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, math.NaN(), math.Inf(1)}).Draw(t, "float")
	}
	switch typ.Kind() {
	case reflect.Bool:
		v.SetBool(small() > 0)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(float())
	case reflect.Complex128:
		v.SetComplex(complex(float(), float()))
	case reflect.String:
		v.SetString(rapid.SampledFrom([]string{"", "a", "ab", "b", "\x00"}).Draw(t, "string"))
	case reflect.Interface:
		if small() > 0 {
			v.Set(drawValue(t, drawType(t, 1)))
		}
	case reflect.Array:
		for i := range v.Len() {
			v.Index(i).Set(drawValue(t, typ.Elem()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			v.Field(i).Set(drawValue(t, typ.Field(i).Type))
		}
	case reflect.Pointer:
		if small() > 0 {
			v.Set(reflect.New(typ.Elem()))
			v.Elem().Set(drawValue(t, typ.Elem()))
		}
	case reflect.Slice:
		if n := small(); rapid.Bool().Draw(t, "not nil") {
			v.Set(reflect.MakeSlice(typ, n, n+1))
			for i := range n {
				v.Index(i).Set(drawValue(t, typ.Elem()))
			}
		}
	case reflect.Map:
		if n := small(); rapid.Bool().Draw(t, "not nil") {
			v.Set(reflect.MakeMap(typ))
			for range n {
				v.SetMapIndex(drawValue(t, typ.Key()), drawValue(t, typ.Elem()))
			}
		}
	default:
		v.Set(reflect.ValueOf(small()).Convert(typ))
	}
	return v
}

// rebuilt returns a copy of v that shares no memory with it, and whose maps were
// filled in another order.
func rebuilt(v reflect.Value) reflect.Value {
	c := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return c
		}
		if v.Kind() == reflect.Interface {
			c.Set(rebuilt(v.Elem()))
			return c
		}
		c.Set(reflect.New(v.Type().Elem()))
		c.Elem().Set(rebuilt(v.Elem()))
	case reflect.Array:
		for i := range v.Len() {
			c.Index(i).Set(rebuilt(v.Index(i)))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			c.Field(i).Set(rebuilt(v.Field(i)))
		}
	case reflect.Slice:
		if !v.IsNil() {
			c.Set(reflect.MakeSlice(v.Type(), 0, 0))
			for i := range v.Len() {
				c.Set(reflect.Append(c, rebuilt(v.Index(i))))
			}
		}
	case reflect.Map:
		if !v.IsNil() {
			c.Set(reflect.MakeMap(v.Type()))
			var entries [][2]reflect.Value
			for iter := v.MapRange(); iter.Next(); {
				entries = append(entries, [2]reflect.Value{iter.Key(), iter.Value()})
			}
			for _, entry := range slices.Backward(entries) {
				c.SetMapIndex(rebuilt(entry[0]), rebuilt(entry[1]))
			}
		}
	default:
		c.Set(v)
	}
	return c
}

// argumentInFull is what a key stands for: type and content. An argument that is
// an interface is what it holds.
func argumentInFull(v reflect.Value) string {
	if v.Kind() != reflect.Interface {
		return v.Type().String() + contents(v)
	}
	return contents(v)
}

func contents(v reflect.Value) string {
	var parts []string
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return "(nil)"
		}
		return argumentInFull(v.Elem())
	case reflect.Pointer:
		if v.IsNil() {
			return "(nil)"
		}
		return "(&" + contents(v.Elem()) + ")"
	case reflect.Array, reflect.Slice:
		if v.Kind() == reflect.Slice && v.IsNil() {
			return "(nil)"
		}
		for i := range v.Len() {
			parts = append(parts, contents(v.Index(i)))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			parts = append(parts, contents(v.Field(i)))
		}
	case reflect.Map:
		if v.IsNil() {
			return "(nil)"
		}
		for iter := v.MapRange(); iter.Next(); {
			parts = append(parts, contents(iter.Key())+":"+contents(iter.Value()))
		}
		slices.Sort(parts)
	case reflect.Float32, reflect.Float64:
		return floatText(v.Float())
	case reflect.Complex128:
		return floatText(real(v.Complex())) + "+" + floatText(imag(v.Complex()))
	default:
		return fmt.Sprintf("%#v", v.Interface())
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func floatText(f float64) string {
	if f != f {
		return "NaN"
	}
	return fmt.Sprintf("%x", math.Float64bits(f))
}
