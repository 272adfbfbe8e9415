package gobs_test

import (
	"bytes"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats/gobs"
)

// difference returns where two values differ, or "". It is stricter than
// reflect.DeepEqual in that floats compare by their bits, and so NaN is equal to
// itself, and +0 is not to -0. Times compare as the package documentation says.
func difference(a, b reflect.Value, path string) string {
	if a.IsValid() != b.IsValid() {
		return fmt.Sprintf("%s: %v and %v", path, a, b)
	}
	if !a.IsValid() {
		return ""
	}
	if a.Type() != b.Type() {
		return fmt.Sprintf("%s: type %v and %v", path, a.Type(), b.Type())
	}
	if a.Type() == reflect.TypeFor[time.Time]() && a.CanInterface() {
		ta, tb := a.Interface().(time.Time), b.Interface().(time.Time)
		_, oa := ta.Zone()
		_, ob := tb.Zone()
		if !ta.Equal(tb) || oa != ob {
			return fmt.Sprintf("%s: %v and %v", path, ta, tb)
		}
		return ""
	}
	if len(path) > 200 {
		path = path[:100] + "..."
	}
	same := true
	switch a.Kind() {
	case reflect.Bool:
		same = a.Bool() == b.Bool()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		same = a.Int() == b.Int()
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		same = a.Uint() == b.Uint()
	case reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		same = bytes.Equal(memory(a), memory(b))
	case reflect.String:
		same = a.String() == b.String()
	case reflect.Interface, reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			same = a.IsNil() == b.IsNil()
			break
		}
		return difference(a.Elem(), b.Elem(), "*"+path)
	case reflect.Slice:
		if a.IsNil() != b.IsNil() {
			return fmt.Sprintf("%s: nil %v and %v", path, a.IsNil(), b.IsNil())
		}
		fallthrough
	case reflect.Array:
		if a.Len() != b.Len() {
			return fmt.Sprintf("%s: length %d and %d", path, a.Len(), b.Len())
		}
		for i := range a.Len() {
			if d := difference(a.Index(i), b.Index(i), path+"["+strconv.Itoa(i)+"]"); d != "" {
				return d
			}
		}
	case reflect.Map:
		if a.IsNil() != b.IsNil() || a.Len() != b.Len() {
			return fmt.Sprintf("%s: nil %v and %v, length %d and %d", path, a.IsNil(), b.IsNil(), a.Len(), b.Len())
		}
		return mapDifference(a, b, path)
	case reflect.Struct:
		for i := range a.NumField() {
			if d := difference(a.Field(i), b.Field(i), path+"."+a.Type().Field(i).Name); d != "" {
				return d
			}
		}
	default:
		same = false
	}
	if !same {
		return fmt.Sprintf("%s: %v and %v", path, a, b)
	}
	return ""
}

// mapDifference looks for a partner of each entry: look-ups find no NaN.
func mapDifference(a, b reflect.Value, path string) string {
	used := make(map[int]bool)
	keys := b.MapRange()
	var entries [][2]reflect.Value
	for keys.Next() {
		entries = append(entries, [2]reflect.Value{keys.Key(), keys.Value()})
	}
next:
	for it := a.MapRange(); it.Next(); {
		for i, e := range entries {
			if !used[i] && difference(it.Key(), e[0], "") == "" && difference(it.Value(), e[1], "") == "" {
				used[i] = true
				continue next
			}
		}
		return fmt.Sprintf("%s: no partner for %v: %v", path, it.Key(), it.Value())
	}
	return ""
}

// memory is the bytes of a value.
func memory(v reflect.Value) []byte {
	if !v.CanAddr() {
		settable := reflect.New(v.Type()).Elem()
		settable.Set(v)
		v = settable
	}
	words := v.Addr().UnsafePointer()
	switch v.Kind() {
	case reflect.Float32:
		return bits32(*(*float32)(words))
	case reflect.Complex64:
		c := *(*[2]float32)(words)
		return append(bits32(c[0]), bits32(c[1])...)
	case reflect.Float64:
		return bits64(*(*float64)(words))
	default:
		c := *(*[2]float64)(words)
		return append(bits64(c[0]), bits64(c[1])...)
	}
}

func bits32(f float32) []byte { return fmt.Appendf(nil, "%08x", math.Float32bits(f)) }
func bits64(f float64) []byte { return fmt.Appendf(nil, "%016x", math.Float64bits(f)) }

// encode writes v and fails the test if that does not work.
func encode(t testing.TB, v any) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := gobs.Encode(&buf, v); err != nil {
		t.Fatalf("Encode(%T): %v", v, err)
	}
	return buf.Bytes()
}

// decodeAs reads a file into a new value of type t.
func decodeAs(t reflect.Type, file []byte) (reflect.Value, error) {
	dst := reflect.New(t)
	err := gobs.Decode(bytes.NewReader(file), int64(len(file)), dst.Interface())
	return dst.Elem(), err
}

// roundTrip fails the test unless *ptr comes back equal. It takes a pointer so
// that a value of interface type keeps it.
func roundTrip(t testing.TB, ptr any) []byte {
	t.Helper()
	want := reflect.ValueOf(ptr).Elem()
	file := encode(t, ptr)
	got, err := decodeAs(want.Type(), file)
	if err != nil {
		t.Fatalf("Decode of %v: %v\n% x", want.Type(), err, file)
	}
	if d := difference(want, got, "value"); d != "" {
		t.Fatalf("%v came back different: %s\n% x", want.Type(), d, file)
	}
	return file
}
