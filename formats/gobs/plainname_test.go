package gobs_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats/gobs"
)

// TestPlain stores in interfaces what no test of this package registers.
func TestPlain(t *testing.T) {
	for name, v := range map[string]any{
		"json.Number":                json.Number("12345678901234567890"),
		"map[any]any":                map[any]any{"a": 1, 2: "b", true: nil, 1.5: map[any]any{}},
		"list of maps":               []map[string]any{{"a": 1.0}, nil, {}},
		"map of numbers":             map[string]float64{"gain": math.NaN(), "offset": math.Copysign(0, -1)},
		"map of maps of lists":       map[string]map[int][]float32{"a": {1: {2}, 3: nil, 4: {}}},
		"pointer to a map":           &map[string]float64{"a": 1},
		"nil map":                    map[string]uint8(nil),
		"nil list":                   []map[string]any(nil),
		"nil pointer":                (*map[string]uint16)(nil),
		"list of pointers":           []*float64{new(float64), nil},
		"array":                      [3]float64{1, 2, 3},
		"array of texts":             map[[2]string][2]bool{{"a", "b"}: {true, false}},
		"time.Duration":              time.Minute,
		"list of times":              []time.Time{time.Date(2024, 4, 10, 11, 22, 33, 44, time.FixedZone("", 7200)), {}},
		"key of a time.Duration":     map[time.Duration]json.Number{time.Second: "1"},
		"a list within many another": [][][][][]any{{{{{[][][]any{{{"x"}}}}}}}},
	} {
		t.Run(name, func(t *testing.T) {
			roundTrip(t, &v)
			roundTrip(t, &struct{ V []any }{[]any{v, map[string]any{"v": v}}})
		})
	}
}

// TestPlainNotRegistered: storing a type must not keep a program from registering it.
func TestPlainNotRegistered(t *testing.T) {
	var v any = map[string][]int16{"a": {1, 2}}
	file := encode(t, &v)
	gob.RegisterName("counts", map[string][]int16{})
	var back any
	if err := gobs.Decode(bytes.NewReader(file), int64(len(file)), &back); err != nil || !reflect.DeepEqual(back, v) {
		t.Errorf("read %v, %v", back, err)
	}
	roundTrip(t, &v)
}

// TestPlainInGob: a program that registers the types reads the file by encoding/gob.
func TestPlainInGob(t *testing.T) {
	var v any = map[string]map[uint32]float32{"a": {1: 2}}
	file := encode(t, &v)
	gob.Register(map[string]map[uint32]float32{})
	var back any
	if err := gob.NewDecoder(bytes.NewReader(file)).Decode(&back); err != nil || !reflect.DeepEqual(back, v) {
		t.Errorf("encoding/gob reads %v, %v", back, err)
	}
}

// TestPlainNames decodes values under names that no program writes.
func TestPlainNames(t *testing.T) {
	for _, name := range []string{
		"", "*", "[", "[]", "map[", "map[string", "map[string]", "map[]int", "[x]int", "[-1]int", "[1]", "[]int]", "]int", "int ", "map[string]int]",
		"map[[]int]int", "map[map[int]int]int", "[99999999999999999999]int", "[65536][65536][65536]int", "[9223372036854775807]struct {}", "[]gobs_test.pair",
		"func()", "chan int", "struct {}", "unsafe.Pointer", "Number", "json.Number", "time.Month", "interface {}",
		strings.Repeat("[]", 9) + "int", strings.Repeat("[]", 100_000) + "int", strings.Repeat("map[string]", 100_000) + "int",
	} {
		file := value(wireAny, wire{}.string(name).int(wireInt).message(wire{}.uint(0, 2)))
		got, err := decodeAs(reflect.TypeFor[any](), file)
		if err == nil && !got.IsZero() {
			t.Errorf("%.50q: read %v", name, got)
		}
	}
}
