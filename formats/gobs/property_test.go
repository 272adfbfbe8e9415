package gobs_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats/gobs"
	"pgregory.net/rapid"
)

// leaves are the types that random types are built from.
var leaves = []reflect.Type{
	reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[int64](), reflect.TypeFor[uint](),
	reflect.TypeFor[uint8](), reflect.TypeFor[uint32](), reflect.TypeFor[float32](), reflect.TypeFor[float64](),
	reflect.TypeFor[complex64](), reflect.TypeFor[complex128](), reflect.TypeFor[string](), reflect.TypeFor[[]byte](),
	reflect.TypeFor[myInt](), reflect.TypeFor[myBytes](), reflect.TypeFor[time.Time](), reflect.TypeFor[big.Int](), reflect.TypeFor[sealed](),
	reflect.TypeFor[any](), reflect.TypeFor[shape](), reflect.TypeFor[list](), reflect.TypeFor[web](), reflect.TypeFor[node](), reflect.TypeFor[struct{}](),
}

var keyTypes = []reflect.Type{
	reflect.TypeFor[int](), reflect.TypeFor[string](), reflect.TypeFor[float64](), reflect.TypeFor[float32](), reflect.TypeFor[bool](),
	reflect.TypeFor[pair](), reflect.TypeFor[[2]complex64](), reflect.TypeFor[any](), reflect.TypeFor[struct{}](),
}

// held are the types that random interfaces hold.
var held = []reflect.Type{
	reflect.TypeFor[int](), reflect.TypeFor[string](), reflect.TypeFor[float32](), reflect.TypeFor[[]byte](), reflect.TypeFor[[]any](),
	reflect.TypeFor[map[string]any](), reflect.TypeFor[inner](), reflect.TypeFor[*inner](), reflect.TypeFor[**pair](), reflect.TypeFor[time.Time](),
	reflect.TypeFor[*sealed](), reflect.TypeFor[list](), reflect.TypeFor[*node](), reflect.TypeFor[[2]int](), reflect.TypeFor[containers](),
}

var shapes = []reflect.Type{reflect.TypeFor[square](), reflect.TypeFor[*square](), reflect.TypeFor[*circle](), reflect.TypeFor[level]()}

func drawType(t *rapid.T, depth int) reflect.Type {
	kind := rapid.IntRange(0, 9).Draw(t, "kind")
	if depth == 0 || kind < 3 {
		return rapid.SampledFrom(leaves).Draw(t, "leaf")
	}
	switch kind {
	case 3, 4:
		return reflect.SliceOf(drawType(t, depth-1))
	case 5:
		return reflect.ArrayOf(rapid.IntRange(0, 3).Draw(t, "length"), drawType(t, depth-1))
	case 6:
		return reflect.MapOf(rapid.SampledFrom(keyTypes).Draw(t, "key"), drawType(t, depth-1))
	case 7:
		return reflect.PointerTo(drawType(t, depth-1))
	}
	fields := make([]reflect.StructField, rapid.IntRange(1, 4).Draw(t, "fields"))
	for i := range fields {
		fields[i] = reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: drawType(t, depth-1)}
	}
	return reflect.StructOf(fields)
}

var floats = []float64{0, minusZero, 1, -2.5, math.NaN(), oddNaN64, math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64}
var floats32 = []float32{0, minusZero32, 1, -2.5, float32(math.NaN()), oddNaN32, negNaN32, math.MaxFloat32, math.SmallestNonzeroFloat32}

// fill sets v, which is zero, to a random value; inKey leaves out what cannot be a key.
func fill(t *rapid.T, v reflect.Value, depth int, inKey bool) {
	if depth == 0 || rapid.IntRange(0, 4).Draw(t, "zero") == 0 {
		return
	}
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		*p = time.Unix(rapid.Int64Range(-1e10, 1e10).Draw(t, "seconds"), rapid.Int64Range(0, 1e9-1).Draw(t, "ns")).UTC()
		return
	case *big.Int:
		p.SetInt64(rapid.Int64().Draw(t, "big"))
		return
	case *sealed:
		p.secret = rapid.String().Draw(t, "secret")
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "int") >> (64 - v.Type().Bits()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		v.SetUint(rapid.Uint64().Draw(t, "uint") >> (64 - v.Type().Bits()))
	case reflect.Float32:
		*v.Addr().Interface().(*float32) = rapid.SampledFrom(floats32).Draw(t, "float32")
	case reflect.Float64:
		v.SetFloat(rapid.SampledFrom(floats).Draw(t, "float"))
	case reflect.Complex64:
		parts := v.Addr().Interface().(*complex64)
		*parts = complex(rapid.SampledFrom(floats32).Draw(t, "real"), rapid.SampledFrom(floats32).Draw(t, "imaginary"))
	case reflect.Complex128:
		v.SetComplex(complex(rapid.SampledFrom(floats).Draw(t, "real"), rapid.SampledFrom(floats).Draw(t, "imaginary")))
	case reflect.String:
		v.SetString(rapid.String().Draw(t, "string"))
	case reflect.Slice:
		n := rapid.IntRange(0, 3).Draw(t, "length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i), depth-1, inKey)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i), depth-1, inKey)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range rapid.IntRange(0, 3).Draw(t, "length") {
			key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(t, key, depth-1, true)
			fill(t, elem, depth-1, false)
			if !slices.ContainsFunc(v.MapKeys(), func(k reflect.Value) bool { return difference(k, key, "") == "" }) {
				v.SetMapIndex(key, elem) // two entries for NaN have no order
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), depth-1, inKey)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), depth-1, inKey)
		}
	case reflect.Interface:
		choice := held
		if v.NumMethod() > 0 {
			choice = shapes
		}
		if inKey {
			choice = []reflect.Type{reflect.TypeFor[int](), reflect.TypeFor[float64](), reflect.TypeFor[[2]int](), reflect.TypeFor[pair]()}
		}
		content := reflect.New(rapid.SampledFrom(choice).Draw(t, "held")).Elem()
		fill(t, content, depth-1, inKey)
		v.Set(content)
	default:
		t.Fatalf("no values of %v", v.Type())
	}
}

// drawValue returns a pointer to a random value of a random type.
func drawValue(t *rapid.T) reflect.Value {
	v := reflect.New(drawType(t, 4))
	fill(t, v.Elem(), 6, false)
	return v
}

func TestPropertyRoundTrip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		v := drawValue(rt)
		typ := v.Type().Elem()
		if err := gobs.Accepts(typ); err != nil {
			rt.Fatalf("Accepts(%v): %v", typ, err)
		}
		var buf bytes.Buffer
		if err := gobs.Encode(&buf, v.Interface()); err != nil {
			rt.Fatalf("Encode %v: %v", typ, err)
		}
		got, err := decodeAs(typ, buf.Bytes())
		if err != nil {
			rt.Fatalf("Decode %v: %v", typ, err)
		}
		if d := difference(v.Elem(), got, "value"); d != "" {
			rt.Fatalf("%v came back different: %s\n% x", typ, d, buf.Bytes())
		}
		var again bytes.Buffer
		if err := gobs.Encode(&again, got.Addr().Interface()); err != nil || !bytes.Equal(buf.Bytes(), again.Bytes()) {
			rt.Fatalf("%v: the file of what came back is another: %v\n% x\n% x", typ, err, buf.Bytes(), again.Bytes())
		}
	})
}

// TestPropertyPlainGob reads our files with encoding/gob and its files with ours.
func TestPropertyPlainGob(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		v := drawValue(rt)
		typ := v.Type().Elem()
		var buf bytes.Buffer
		if err := gobs.Encode(&buf, v.Interface()); err != nil {
			rt.Fatal(err)
		}
		plain := reflect.New(typ)
		if err := plainDecode(buf.Bytes(), plain.Interface()); err != nil {
			rt.Fatalf("encoding/gob, %v: %v", typ, err)
		}
		if d := looseDifference(v.Elem(), plain.Elem(), "value"); d != "" {
			rt.Fatalf("encoding/gob, %v: %s", typ, d)
		}

		file, err := plainEncode(v.Interface())
		if err != nil {
			return // plain gob refuses more values
		}
		want := reflect.New(typ)
		if plainDecode(file, want.Interface()) != nil {
			return // nor does it read all that it writes
		}
		got, err := decodeAs(typ, file)
		if err != nil {
			if errors.Is(err, gobs.ErrDamaged) {
				return // plain gob leaves out what lies behind a pointer to nil
			}
			rt.Fatalf("%v: %v", typ, err)
		}
		if d := difference(want.Elem(), got, "value"); d != "" {
			rt.Fatalf("%v: %s", typ, d)
		}
	})
}

// TestPropertyBroken changes some bytes of a file.
func TestPropertyBroken(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		v := drawValue(rt)
		file := encode(t, v.Interface())
		for range rapid.IntRange(1, 5).Draw(rt, "changes") {
			at := rapid.IntRange(0, len(file)-1).Draw(rt, "at")
			switch rapid.IntRange(0, 2).Draw(rt, "change") {
			case 0:
				file[at] = rapid.Byte().Draw(rt, "byte")
			case 1:
				file = append(file[:at:at], file[at+rapid.IntRange(0, len(file)-at).Draw(rt, "cut"):]...)
			default:
				file = append(file[:at:at], append(rapid.SliceOfN(rapid.Byte(), 1, 8).Draw(rt, "more"), file[at:]...)...)
			}
			if len(file) == 0 {
				return
			}
		}
		got, err := decodeAs(v.Type().Elem(), file)
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := gobs.Encode(&again, got.Addr().Interface()); err != nil && !errors.Is(err, gobs.ErrValue) {
			rt.Fatalf("what was read cannot be written: %v", err)
		}
	})
}
