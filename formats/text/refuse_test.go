package text_test

import (
	"bytes"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/formats/text"
)

type (
	ring      struct{ Next *ring }
	selfSlice []selfSlice
	selfMap   map[string]selfMap
	twin      struct{ A, B *twin }

	// These have methods that cannot be trusted.
	panics   struct{ A int }
	fails    struct{ A int }
	forgets  struct{ A int }
	notUTF8  struct{ A int }
	notJSON  struct{ A int }
	jsonNull struct{ A int }
	looseKey struct{ A, B int }
	sliceKey struct{ V any }
	nested   struct{ A int }
)

func (panics) MarshalText() ([]byte, error)      { panic("boom") }
func (*panics) UnmarshalText([]byte) error       { panic("boom") }
func (fails) MarshalText() ([]byte, error)       { return nil, errSad }
func (*fails) UnmarshalText([]byte) error        { return errSad }
func (f forgets) MarshalText() ([]byte, error)   { return []byte{byte('0' + f.A)}, nil }
func (*forgets) UnmarshalText([]byte) error      { return nil }
func (notUTF8) MarshalText() ([]byte, error)     { return []byte{0xff}, nil }
func (*notUTF8) UnmarshalText([]byte) error      { return nil }
func (notJSON) MarshalJSON() ([]byte, error)     { return []byte(`{"a":1} x`), nil }
func (*notJSON) UnmarshalJSON([]byte) error      { return nil }
func (jsonNull) MarshalJSON() ([]byte, error)    { return []byte("null"), nil }
func (*jsonNull) UnmarshalJSON([]byte) error     { return nil }
func (k looseKey) MarshalText() ([]byte, error)  { return []byte{byte('0' + k.A)}, nil }
func (k *looseKey) UnmarshalText(b []byte) error { k.A = int(b[0] - '0'); return nil }

func (k sliceKey) MarshalText() ([]byte, error) { return []byte("key"), nil }
func (k *sliceKey) UnmarshalText([]byte) error  { k.V = []int{1}; return nil }
func (nested) MarshalJSON() ([]byte, error) {
	return []byte(strings.Repeat("[", 999) + strings.Repeat("]", 999)), nil
}
func (*nested) UnmarshalJSON([]byte) error { return nil }

var errSad = errors.New("sad")

// TestRefusedValues: the type is accepted, the value is not, and nothing is written.
func TestRefusedValues(t *testing.T) {
	loop := &ring{}
	loop.Next = loop
	slice := selfSlice{nil}
	slice[0] = slice
	m := selfMap{}
	m["m"] = m
	twins := &twin{}
	twins.A, twins.B = &twin{}, twins
	long := map[string]int{strings.Repeat("k", 2000): 1}
	mean := time.Date(1900, 1, 1, 0, 0, 0, 0, time.FixedZone("LMT", 561))
	type wrap struct{ F []*fails }
	for name, c := range map[string]struct {
		v       any
		formats string
		says    string
	}{
		"string":           {[]string{"ok", "a\xffb"}, "json yaml", "value[1]: the string is not UTF-8 at byte 1; use []byte"},
		"key":              {map[string]int{"\xff": 1}, "json yaml", "value[key]: the string is not UTF-8 at byte 0"},
		"ring":             {loop, "json yaml", "does the value contain itself?"},
		"slice":            {slice, "json yaml", "does the value contain itself?"},
		"map":              {m, "json yaml", "does the value contain itself?"},
		"twins":            {twins, "json yaml", "does the value contain itself?"},
		"chain":            {chainOf(501), "json yaml", "more than 1000 pointers"},
		"pointer to nil":   {ptr[*int](nil), "json yaml", "value: a pointer to nil would come back as a nil pointer"},
		"pointer to slice": {[]struct{ P *[]int }{{ptr([]int(nil))}}, "json yaml", "value[0].P: a pointer to nil"},
		"pointer to map":   {ptr(map[string]int(nil)), "json yaml", "a pointer to nil"},
		"pointer to bytes": {ptr([]byte(nil)), "json yaml", "a pointer to nil"},
		"nil in numbers":   {[]**int{ptr[*int](nil)}, "json yaml", "value[0]: a pointer to nil"},
		"json null":        {&jsonNull{}, "json yaml", "jsonNull: a pointer to nil"},
		"long key":         {long, "yaml", "a key of 2002 bytes is too long for YAML"},
		"zone":             {[]time.Time{{}, mean}, "json yaml", "value[1]: its zone is 561 seconds from UTC"},
		"year":             {time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "json yaml", "Time: "},
		"panics":           {[]panics{{}}, "json yaml", "value[0]: a method of text_test.panics panics: boom"},
		"fails":            {wrap{[]*fails{nil, {}}}, "json yaml", "wrap.F[1]: sad"},
		"forgets":          {forgets{1}, "json yaml", "does not read the same value from it"},
		"not UTF-8":        {notUTF8{}, "json yaml", "is not UTF-8"},
		"not JSON":         {notJSON{}, "json yaml", "which is no JSON"},
		"four-byte IP":     {net.IP{1, 2, 3, 4}, "json yaml", "does not read the same value"},
		"empty IP":         {net.IP{}, "json yaml", "does not read the same value"},
		"loose key":        {map[looseKey]int{{1, 2}: 1}, "json yaml", "does not read the same value from it: .B: want 2, got 0"},
		"slice key":        {map[sliceKey]int{{1}: 1}, "json yaml", "does not read the same value from it: .V: want type int, got []int"},
		"own depth":        {[]nested{{}}, "json yaml", "more than 1000 lists and maps"},
		"nil column":       {map[string][]int{"a": nil}, "csv", `value["a"]: a nil column would come back as an empty one`},
		"ragged":           {map[string][]int{"a": {1}, "b": {}}, "csv", `value["b"]: the column has 0 cells where "a" has 1`},
		"lonely nil":       {[]oneWord{{ptr("a")}, {}}, "csv", "value[1].S: nil in a table of one column of text"},
		"zero byte":        {[]oneText{{"a\x00"}}, "csv", "value[0].S: the string has a zero byte at 1"},
		"cell":             {[]oneText{{"\xff"}}, "csv", "value[0].S: the string is not UTF-8 at byte 0"},
		"cell time":        {[]struct{ T *time.Time }{{&mean}}, "csv", "value[0].T: its zone is 561 seconds"},
		"cell forgets":     {map[string][]forgets{"f": {{}, {1}}}, "csv", `value["f"][1]: text_test.forgets writes "1"`},
		"column name":      {map[string][]int{"\xff": {1}}, "csv", "not UTF-8"},
	} {
		for format := range strings.FieldsSeq(c.formats) {
			var file bytes.Buffer
			err := codecs[format].Encode(&file, c.v)
			if !errors.Is(err, text.ErrValue) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s %s: got %v\nwant %q", format, name, err, c.says)
			}
			if file.Len() > 0 {
				t.Errorf("%s %s: %d bytes written", format, name, file.Len())
			}
			if err != nil && len(err.Error()) > 600 {
				t.Errorf("%s %s: %d bytes of error", format, name, len(err.Error()))
			}
		}
	}
	if err := (text.JSON{}).Encode(&bytes.Buffer{}, []fails{{}}); !errors.Is(err, errSad) {
		t.Errorf("%v does not wrap the error of the method", err)
	}
}
