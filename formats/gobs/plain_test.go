package gobs_test

import (
	"bytes"
	"encoding"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/dataelab/dataelab-go/formats/gobs"
)

// TestPlainGobReadsOurs decodes our files with encoding/gob alone. What gob
// cannot tell apart may come out as the other, the rest has to be equal.
func TestPlainGobReadsOurs(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(zoo)) {
		t.Run(name, func(t *testing.T) {
			if name == "nil stubborn" {
				return // its type cannot read what stands in for nil
			}
			want := reflect.ValueOf(zoo[name]).Elem()
			dec := gob.NewDecoder(bytes.NewReader(encode(t, zoo[name])))
			got := reflect.New(want.Type())
			if err := dec.Decode(got.Interface()); err != nil {
				t.Fatalf("%v", err)
			}
			if d := looseDifference(want, got.Elem(), "value"); d != "" {
				t.Errorf("%v", d)
			}
			if err := dec.DecodeValue(reflect.Value{}); err != io.EOF {
				t.Errorf("behind the value: %v, want EOF", err)
			}
		})
	}
}

// noValue are values for which plain gob writes a type and then no value.
var noValue = map[string]bool{"nil top pointer": true, "nil second pointer": true, "typed nil behind": true}

// TestOursReadsPlainGob decodes files of encoding/gob, and compares with what
// encoding/gob makes of them.
func TestOursReadsPlainGob(t *testing.T) {
	read := 0
	for _, name := range slices.Sorted(maps.Keys(zoo)) {
		t.Run(name, func(t *testing.T) {
			typ := reflect.TypeOf(zoo[name]).Elem()
			file, err := plainEncode(zoo[name])
			if err != nil {
				return // even plain gob refuses it
			}
			want := reflect.New(typ)
			if err := plainDecode(file, want.Interface()); err != nil {
				return // nor can plain gob read what it wrote
			}
			if noValue[name] {
				if _, err := decodeAs(typ, file); !errors.Is(err, gobs.ErrDamaged) {
					t.Errorf("a file without a value: %v", err)
				}
				return
			}
			got, err := decodeAs(typ, file)
			if err != nil {
				t.Fatalf("%v\n%x", err, file)
			}
			if d := difference(want.Elem(), got, "value"); d != "" {
				t.Errorf("%s\n%x", d, file)
			}
			read++
		})
	}
	if read < len(zoo)/2 {
		t.Errorf("only %d of %d values were compared", read, len(zoo))
	}
}

// plainDecode contains the panics of encoding/gob.
func plainDecode(file []byte, dst any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return gob.NewDecoder(bytes.NewReader(file)).Decode(dst)
}

func plainEncode(v any) (file []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("panic")
		}
	}()
	var buf bytes.Buffer
	err = gob.NewEncoder(&buf).Encode(v)
	return buf.Bytes(), err
}

// looseDifference is like difference but takes nil for empty or for a pointer to
// zero, one NaN for another, and any number of pointers within an interface.
func looseDifference(a, b reflect.Value, path string) string {
	if zeroish(a) && zeroish(b) {
		return ""
	}
	pointing := func(v reflect.Value) bool { return v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer }
	if !pointing(a) && !pointing(b) && (!a.IsValid() || !b.IsValid() || a.Type() != b.Type()) {
		return path + ": type"
	}
	switch a.Kind() {
	case reflect.Float32, reflect.Float64:
		if a.Float() != a.Float() && b.Float() != b.Float() {
			return ""
		}
	case reflect.Complex64, reflect.Complex128:
		re := looseDifference(reflect.ValueOf(real(a.Complex())), reflect.ValueOf(real(b.Complex())), path)
		return re + looseDifference(reflect.ValueOf(imag(a.Complex())), reflect.ValueOf(imag(b.Complex())), path)
	case reflect.Interface, reflect.Pointer:
		for pointing(a) {
			a = a.Elem()
		}
		for pointing(b) {
			b = b.Elem()
		}
		return looseDifference(a, b, path)
	case reflect.Slice, reflect.Array:
		if a.Len() != b.Len() {
			return path + ": length"
		}
		for i := range a.Len() {
			if d := looseDifference(a.Index(i), b.Index(i), path+"[]"); d != "" {
				return d
			}
		}
		return ""
	case reflect.Map:
		if a.Len() != b.Len() {
			return path + ": length"
		}
		for it := a.MapRange(); it.Next(); {
			found := false
			for other := b.MapRange(); other.Next() && !found; {
				found = looseDifference(it.Key(), other.Key(), "") == "" && looseDifference(it.Value(), other.Value(), "") == ""
			}
			if !found {
				return path + ": no partner for " + it.Key().String()
			}
		}
		return ""
	case reflect.Struct:
		if reflect.PointerTo(a.Type()).Implements(reflect.TypeFor[encoding.BinaryUnmarshaler]()) {
			break
		}
		for i := range a.NumField() {
			if d := looseDifference(a.Field(i), b.Field(i), path+"."+a.Type().Field(i).Name); d != "" {
				return d
			}
		}
		return ""
	}
	return difference(a, b, path)
}

// zeroish reports whether v is zero as far as plain gob can tell.
func zeroish(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Interface, reflect.Pointer:
		return v.IsNil() || zeroish(v.Elem())
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	case reflect.Array:
		for i := range v.Len() {
			if !zeroish(v.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		for i := range v.NumField() {
			if !zeroish(v.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Float64, reflect.Float32:
		return math.Float64bits(v.Float()) == 0
	}
	return v.IsZero()
}

// TestPlainGobLoses keeps the reasons for this package: what comes back from
// encoding/gob itself.
func TestPlainGobLoses(t *testing.T) {
	type box struct {
		Slice []int
		P     *int
		F     float64
	}
	in := box{Slice: []int{}, P: new(int), F: minusZero}
	file, err := plainEncode(in)
	if err != nil {
		t.Fatal(err)
	}
	var out box
	if err := gob.NewDecoder(bytes.NewReader(file)).Decode(&out); err != nil {
		t.Fatal(err)
	}
	if out.Slice != nil || out.P != nil || math.Signbit(out.F) {
		t.Errorf("plain gob keeps %+v now", out)
	}
	roundTrip(t, &in)

	if _, err := plainEncode([]*int{nil}); err == nil {
		t.Error("plain gob writes nil elements now")
	}

	// A map of maps of itself is written so that nobody can read it.
	file, err = plainEncode(ring{"a": {1: nil}})
	if err != nil {
		t.Fatal(err)
	}
	if err := plainDecode(file, new(ring)); err == nil {
		t.Error("plain gob reads maps in a ring now")
	}

	// A renamed field stays zero without an error.
	type before struct{ Gain, Bias float64 }
	type after struct{ Gain, Offset float64 }
	file, err = plainEncode(before{1, 2})
	if err != nil {
		t.Fatal(err)
	}
	var renamed after
	if err := gob.NewDecoder(bytes.NewReader(file)).Decode(&renamed); err != nil || renamed != (after{Gain: 1}) {
		t.Errorf("plain gob reads %+v, %v now", renamed, err)
	}
	if _, err := decodeAs(reflect.TypeFor[after](), file); !errors.Is(err, gobs.ErrOtherType) {
		t.Errorf("a renamed field: %v", err)
	}
}
