package text_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/dataelab/dataelab-go/formats/text"
)

// TestAny: an interface comes back with what it held, or the value is refused.
func TestAny(t *testing.T) {
	const ok = ""
	for name, c := range map[string]struct {
		v          any
		json, yaml string // of the error
	}{
		"nil":                {nil, ok, ok},
		"bool":               {[]any{true, false}, ok, ok},
		"numbers":            {[]any{1.5, 2.0, 1e300, math.Copysign(0, -1), 0.0, 1e16}, ok, ok},
		"texts":              {[]any{"", "true", "null", "1", "1.5", "2024-04-10", ".nan", "~", "no", "a: b", "\u2028", "0x1f"}, ok, ok},
		"empty":              {[]any{[]any{}, map[string]any{}}, ok, ok},
		"nested":             {map[string]any{"a": map[string]any{"": []any{nil, map[string]any{"b": nil}}}}, ok, ok},
		"float that is not":  {[]any{math.NaN()}, "for which JSON has no number", ok},
		"infinite float":     {[]any{math.Inf(-1), math.Inf(1)}, "for which JSON has no number", ok},
		"int":                {[]any{1, math.MinInt}, "[0]: the interface holds a int", ok},
		"int64":              {[]any{int64(1)}, "a int64", "a int64"},
		"json.Number":        {json.Number("1"), "a json.Number", "a json.Number"},
		"nil list":           {[]any{[]any(nil)}, "a nil []interface {}", "a nil []interface {}"},
		"nil map":            {map[string]any{"a": map[string]any(nil)}, "a nil map", "a nil map"},
		"typed list":         {[]any{[]float64{1}}, "a []float64", "a []float64"},
		"pointer":            {[]any{new(float64)}, "a *float64", "a *float64"},
		"time":               {[]any{time.Time{}}, "a time.Time", "a time.Time"},
		"any keys":           {map[any]any{1: "a", "1": "b", true: "c", "true": "d", 1.5: []any{1}, 2: map[any]any{3: nil}}, "a map[interface {}]interface {}", ok},
		"any keys, strings":  {map[any]any{"a": 1.0}, "a map[interface {}]interface {}", "no other keys than strings"},
		"any keys, infinite": {map[any]any{math.Inf(1): 1}, "a map[interface {}]interface {}", "cannot be a name"},
		"any keys, arrays":   {map[any]any{[1]int{}: 1}, "a map[interface {}]interface {}", "a [1]int"},
		"bad text":           {[]any{"\xff"}, "not UTF-8", "not UTF-8"},
	} {
		for _, format := range trees {
			want := map[string]string{"json": c.json, "yaml": c.yaml}[format]
			for place, v := range map[string]any{"pointer": &c.v, "field": struct{ V any }{c.v}, "map": map[int]any{1: c.v}} {
				var file bytes.Buffer
				err := codecs[format].Encode(&file, v)
				if want != "" {
					if !errors.Is(err, text.ErrValue) || !strings.Contains(err.Error(), want) || file.Len() > 0 {
						t.Errorf("%s of %s in a %s: %v, want %q", format, name, place, err, want)
					}
					continue
				}
				if err != nil {
					t.Errorf("%s of %s in a %s: %v", format, name, place, err)
					continue
				}
				typ := reflect.TypeOf(v)
				if place == "pointer" {
					typ = typ.Elem() // an any, as a cache decodes it
					v = c.v
				}
				back, err := decodeAs(codecs[format], typ, file.Bytes())
				if err != nil {
					t.Errorf("%s of %s in a %s: %v\n%s", format, name, place, err, &file)
					continue
				}
				if got := back.Interface(); !reflect.DeepEqual(got, v) && !strings.Contains(file.String(), ".nan") {
					t.Errorf("%s of %s in a %s: got %#v, want %#v\n%s", format, name, place, got, v, &file)
				}
			}
		}
	}
}

// TestAnyKeys: a map whose own keys are interfaces takes in JSON those that are strings.
func TestAnyKeys(t *testing.T) {
	for _, format := range trees {
		v := map[any]any{"a": 1.0, "1": []any{}}
		back, err := decodeAs(codecs[format], reflect.TypeOf(v), encode(t, codecs[format], v))
		if err != nil || !reflect.DeepEqual(back.Interface(), v) {
			t.Errorf("%s: got %v, %v", format, back, err)
		}
	}
	if err := (text.JSON{}).Encode(new(bytes.Buffer), map[any]any{1.5: 1.0}); !errors.Is(err, text.ErrValue) {
		t.Errorf("a number as a key in JSON: %v", err)
	}
}

// TestAnyForeign reads the files of others as their own packages read them.
func TestAnyForeign(t *testing.T) {
	for name, c := range map[string]struct {
		file      string
		unmarshal func([]byte, any) error
	}{
		"json": {`{"a": [1, 2.5, -0, 1E5, "x", null, true, {}], "b": {"c": 12345678901234567890}}`, json.Unmarshal},
		"yaml": {"a: [1, 2.5, -1, 1.0e+5, x, ~, true, {}, .inf, '1', 12345678901234567890]\nb:\n  c: {1: 2, x: y}\n  d: {x: True}\n", yaml.Unmarshal},
	} {
		var want any
		if err := c.unmarshal([]byte(c.file), &want); err != nil {
			t.Fatal(err)
		}
		if name == "yaml" { // which has a uint64 there
			want.(map[string]any)["a"].([]any)[10] = 12345678901234567890.0
		}
		got, err := decodeAs(codecs[name], reflect.TypeFor[any](), []byte(c.file))
		if err != nil || !reflect.DeepEqual(got.Interface(), want) {
			t.Errorf("%s: got %#v, %v\nwant %#v", name, got, err, want)
		}
	}
	for file, want := range map[string]string{
		`{"a": 1, "a": 2}`: "second time", `[1e999]`: "out of the range", `[1, 2`: "ends", `{"a": [1, {"b": tru}]}`: "line 1",
	} {
		if _, err := decodeAs(codecs["json"], reflect.TypeFor[any](), []byte(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", file, err, want)
		}
	}
	for file, want := range map[string]string{"1: a\n1: b\n": "second time", "a: !!binary aGk=\n": "for an interface", "a: &b [*b]\n": "alias", "{? [a] : 1}": "key"} {
		if _, err := decodeAs(codecs["yaml"], reflect.TypeFor[any](), []byte(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", file, err, want)
		}
	}
}
