package gobs_test

import (
	"bytes"
	"encoding/gob"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/formats/gobs"
)

type (
	result struct {
		Gain  float64
		Modes []mode
		Any   any
	}
	mode struct {
		N    int8
		Amps []float64
		Ref  *int
	}
)

// The same result, as later versions of a program have it.
type (
	renamedField struct {
		Gain float64
		Mode []mode
		Any  any
	}
	addedField struct {
		Gain  float64
		Modes []mode
		Any   any
		Extra bool
	}
	removedField struct {
		Gain  float64
		Modes []mode
	}
	widerInt struct {
		Gain  float64
		Modes []struct {
			N    int16
			Amps []float64
			Ref  *int
		}
		Any any
	}
	narrowFloat struct {
		Gain  float32
		Modes []mode
		Any   any
	}
	addedPointer struct {
		Gain  *float64
		Modes []mode
		Any   any
	}
	sliceToArray struct {
		Gain  float64
		Modes [1]mode
		Any   any
	}
	anyToShape struct {
		Gain  float64
		Modes []mode
		Any   int
	}
	moved struct { // the same fields, elsewhere and under other type names
		Any   any
		Modes []movedMode
		Gain  float64
	}
	movedMode struct {
		Ref  *int
		Amps []float64
		N    int8
	}
)

func TestChangedType(t *testing.T) {
	in := result{1.5, []mode{{N: 1, Amps: []float64{}}, {Ref: new(int)}, {Amps: []float64{2}}}, []any{}}
	file := encode(t, in)
	for _, c := range []struct {
		typ  reflect.Type
		says string
	}{
		{reflect.TypeFor[renamedField](), `the file has a field "Modes", which gobs_test.renamedField has not`},
		{reflect.TypeFor[addedField](), "gobs_test.addedField has a field Extra, which the file has not"},
		{reflect.TypeFor[removedField](), `a field "Any"`},
		{reflect.TypeFor[widerInt](), `the file has "N int8" where the type has "N int16"`},
		{reflect.TypeFor[narrowFloat](), `the file has "Gain float64" where the type has "Gain float32"`},
		{reflect.TypeFor[addedPointer](), `the file has "Gain float64" where the type has "Gain *float64"`},
		{reflect.TypeFor[sliceToArray](), "sliceToArray.Modes"},
		{reflect.TypeFor[anyToShape](), "anyToShape.Any"},
		{reflect.TypeFor[[]result](), "a struct where the type has []gobs_test.result"},
		{reflect.TypeFor[int](), "a struct where the type has int"},
	} {
		_, err := decodeAs(c.typ, file)
		if !errors.Is(err, gobs.ErrOtherType) || errors.Is(err, gobs.ErrDamaged) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v:\n got %v\nwant %q", c.typ, err, c.says)
		}
	}

	got, err := decodeAs(reflect.TypeFor[moved](), file)
	if err != nil {
		t.Fatal(err)
	}
	want := moved{in.Any, []movedMode{{N: 1, Amps: []float64{}}, {Ref: new(int)}, {Amps: []float64{2}}}, 1.5}
	if d := difference(reflect.ValueOf(want), got, "value"); d != "" {
		t.Errorf("fields in another order: %s", d)
	}
}

type (
	versionOne struct{ A, B int32 }
	versionTwo struct{ A, B int64 }
)

// TestChangedWithin changes a type that an interface holds: here the name in the
// file is changed to that of the newer type.
func TestChangedWithin(t *testing.T) {
	gob.RegisterName("version 1", versionOne{})
	gob.RegisterName("version 2", versionTwo{})
	file := encode(t, []any{versionOne{1, 2}})
	if _, err := decodeAs(reflect.TypeFor[[]any](), file); err != nil {
		t.Fatal(err)
	}
	newer := bytes.ReplaceAll(file, []byte("version 1"), []byte("version 2"))
	_, err := decodeAs(reflect.TypeFor[[]any](), newer)
	want := `[0] at byte`
	if !errors.Is(err, gobs.ErrOtherType) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `"A int32" where the type has "A int64"`) {
		t.Errorf("got %v", err)
	}
}

// TestOneLevel reads a value into a pointer and back: pointers around the whole
// value do not count.
func TestOneLevel(t *testing.T) {
	for _, c := range []struct{ in, want any }{
		{pair{1, 2}, &pair{1, 2}},
		{&pair{1, 2}, pair{1, 2}},
		{&pair{1, 2}, ptr(&pair{1, 2})},
		{(*pair)(nil), ptr((*pair)(nil))},
		{ptr((*pair)(nil)), (*pair)(nil)},
	} {
		got, err := decodeAs(reflect.TypeOf(c.want), encode(t, c.in))
		if err != nil {
			t.Fatalf("%T into %T: %v", c.in, c.want, err)
		}
		if d := difference(reflect.ValueOf(c.want), got, "value"); d != "" {
			t.Errorf("%T into %T: %s", c.in, c.want, d)
		}
	}
	for _, c := range []struct{ in, dst any }{{(*pair)(nil), pair{}}, {(**pair)(nil), new(pair)}} {
		if _, err := decodeAs(reflect.TypeOf(c.dst), encode(t, c.in)); !errors.Is(err, gobs.ErrOtherType) {
			t.Errorf("nil %T into %T: %v", c.in, c.dst, err)
		}
	}
}
