package text_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/dataelab/dataelab-go/formats/text"
)

// TestProperty fills types with generated values: each comes back equal or is
// refused as a value.
func TestProperty(t *testing.T) {
	for format, types := range map[string][]reflect.Type{"json": treeTypes, "yaml": treeTypes, "csv": tableTypes} {
		c := codecs[format]
		for _, typ := range types {
			t.Run(format+"/"+typ.String(), rapid.MakeCheck(func(t *rapid.T) {
				want := reflect.New(typ).Elem()
				fill(t, want, 3)
				if format == "csv" && want.IsNil() {
					return // the outermost nil is the caller's to remember
				}
				var file bytes.Buffer
				if err := c.Encode(&file, want.Interface()); errors.Is(err, text.ErrValue) {
					return
				} else if err != nil {
					t.Fatal(err)
				}
				if format == "json" && !json.Valid(file.Bytes()) {
					t.Fatalf("not valid JSON:\n%s", file.Bytes())
				}
				got, err := decodeAs(c, typ, file.Bytes())
				if err != nil {
					t.Fatalf("%v in\n%s", err, file.Bytes())
				}
				if d := difference(want, got, "value"); d != "" {
					t.Fatalf("%s in\n%s", d, file.Bytes())
				}
			}))
		}
	}
}

// fill sets v to a generated value, whose pointers and containers reach depth deep.
func fill(t *rapid.T, v reflect.Value, depth int) {
	switch v.Interface().(type) {
	case time.Time:
		sec := rapid.Int64Range(-62135596800, 253402300799-86400).Draw(t, "second")
		nsec := rapid.Int64Range(0, 999999999).Draw(t, "nanosecond")
		offset := 60 * rapid.IntRange(-14*60, 14*60).Draw(t, "offset")
		if when := time.Unix(sec, nsec).In(time.FixedZone("", offset)); when.Year() > 0 && when.Year() < 10000 {
			v.Set(reflect.ValueOf(when))
		}
		return
	case color:
		v.Set(reflect.ValueOf(color{rapid.Uint8().Draw(t, "r"), 0, rapid.Uint8().Draw(t, "b")}))
		return
	case window:
		v.Set(reflect.ValueOf(window{rapid.Int().Draw(t, "from"), rapid.Int().Draw(t, "to")}))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "int") >> (64 - v.Type().Bits()))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(rapid.Uint64().Draw(t, "uint") >> (64 - v.Type().Bits()))
	case reflect.Float64:
		v.SetFloat(math.Float64frombits(rapid.Uint64().Draw(t, "bits")))
	case reflect.Float32:
		v.SetFloat(float64(math.Float32frombits(rapid.Uint32().Draw(t, "bits"))))
	case reflect.Complex64, reflect.Complex128:
		v.SetComplex(complex(float64(rapid.Float32().Draw(t, "re")), float64(rapid.Float32().Draw(t, "im"))))
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.String(), rapid.SampledFrom(oddText), rapid.StringMatching(`[-+.0-9eE_a-z:# ]*`)).Draw(t, "string"))
	case reflect.Array:
		for i := range v.Len() {
			fill(t, v.Index(i), depth)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(t, v.Field(i), depth)
			}
		}
	}
	if depth == 0 {
		return
	}
	size := rapid.IntRange(-1, 4).Draw(t, "size") // -1 for nil
	switch v.Kind() {
	case reflect.Pointer:
		if size >= 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem(), depth-1)
		}
	case reflect.Slice:
		if size >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), size, size))
		}
		for i := range v.Len() {
			fill(t, v.Index(i), depth-1)
		}
	case reflect.Map:
		if size >= 0 {
			v.Set(reflect.MakeMap(v.Type()))
		}
		for range size {
			key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(t, key, 0)
			fill(t, elem, depth-1)
			v.SetMapIndex(key, elem)
		}
	}
}
