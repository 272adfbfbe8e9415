package text_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/dataelab/dataelab-go/formats/text"
)

// verbatim keeps the JSON that it reads itself from.
type verbatim struct{ is string }

func (v verbatim) MarshalJSON() ([]byte, error)     { return []byte(v.is), nil }
func (v *verbatim) UnmarshalJSON(text []byte) error { v.is = string(text); return nil }

// dropsJSON and dropsText forget a field; so does dropsKey, in the key of a map.
type dropsJSON struct{ A, B int }

func (d dropsJSON) MarshalJSON() ([]byte, error)     { return json.Marshal(d.A) }
func (d *dropsJSON) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &d.A) }

type dropsText struct {
	A int
	b float64
}

func (d dropsText) MarshalText() ([]byte, error) { return fmt.Append(nil, d.A), nil }
func (d *dropsText) UnmarshalText(text []byte) error {
	_, err := fmt.Sscan(string(text), &d.A)
	return err
}

// remembers keeps what it can work out again, and says so.
type remembers struct {
	n    int
	text string
}

func (r *remembers) MarshalText() ([]byte, error) { return fmt.Append(nil, r.n), nil }
func (r *remembers) UnmarshalText(text []byte) error {
	_, err := fmt.Sscan(string(text), &r.n)
	return err
}
func (r *remembers) Equal(other *remembers) bool { return r.n == other.n }
func (r *remembers) String() string              { r.text = fmt.Sprint(r.n); return r.text }
func warm(n int) *remembers                      { r := &remembers{n: n}; _ = r.String(); return r }

// inYAML writes itself in YAML only, which is not asked for: its fields are stored.
type inYAML struct{ A, B int }

func (v inYAML) MarshalYAML() (any, error)         { return v.A, nil }
func (v *inYAML) UnmarshalYAML(n *yaml.Node) error { return n.Decode(&v.A) }

// pointerKey reads a key that is another one.
type pointerKey struct{ P *int }

func (pointerKey) MarshalText() ([]byte, error)  { return []byte("key"), nil }
func (k *pointerKey) UnmarshalText([]byte) error { k.P = new(int); return nil }

type embeds struct {
	json.RawMessage
	N int
}

// TestOwn: a value that writes itself comes back equal, or is refused.
func TestOwn(t *testing.T) {
	const none = "" // refused in no format
	for name, c := range map[string]struct {
		v       any
		refused string // by which formats
	}{
		"number beyond float64":  {json.RawMessage("1e400"), "yaml"},
		"number as it stands":    {json.RawMessage("1E5"), "yaml"},
		"long number":            {json.RawMessage("123456789012345678901234567890.10"), none},
		"narrow":                 {json.RawMessage(`{"a":1,"b":[1,2]}`), "yaml"},
		"wide":                   {json.RawMessage(`{"a": 1, "b": [1, 2]}`), none},
		"several lines":          {json.RawMessage("{\n\t\"a\" : [ ]\n}"), "yaml"},
		"escapes":                {json.RawMessage(`"\u003c\/é\u00e9"`), "yaml"},
		"blanks around":          {json.RawMessage(` 1 `), "json yaml"},
		"null":                   {json.RawMessage(`null`), none},
		"null, wide":             {[]json.RawMessage{json.RawMessage(`[null]`), json.RawMessage(`true`)}, none},
		"nil":                    {struct{ Raw json.RawMessage }{}, "json yaml"},
		"empty":                  {json.RawMessage{}, "json yaml"},
		"of a user":              {[]verbatim{{"1E5"}, {`{"a":"<"}`}}, "yaml"},
		"of a user, tidy":        {map[string]verbatim{"a": {`{"a": "<"}`}, "b": {"-0.5"}}, none},
		"embedded":               {embeds{json.RawMessage(`[1,2]`), 1}, "yaml"},
		"json.Number":            {map[string]json.Number{"a": "1E5", "b": "1e400", "c": "", "d": "12345678901234567890", "e": "-0"}, none},
		"json.Number as key":     {map[json.Number]json.Number{"1E5": "1", "0.10": "2"}, none},
		"field forgotten":        {dropsJSON{1, 2}, "json yaml"},
		"field not used":         {dropsJSON{1, 0}, none},
		"private forgotten":      {[]dropsText{{1, 2}}, "json yaml csv"},
		"private not used":       {[]dropsText{{1, 0}}, none},
		"cell forgotten":         {[]struct{ D dropsText }{{dropsText{1, 0}}, {dropsText{1, 2}}}, "json yaml csv"},
		"key forgotten":          {map[dropsText]int{{1, 2}: 1}, "json yaml"},
		"key behind a pointer":   {map[pointerKey]int{{new(int)}: 1}, "json yaml"},
		"worked out again":       {[]*remembers{warm(5), {n: 6}}, none},
		"in YAML only":           {inYAML{1, 2}, none},
		"big numbers":            {[]any{new(big.Int).Sub(big.NewInt(1), big.NewInt(1)), big.NewRat(1, 3)}[0].(*big.Int), none},
		"big.Rat":                {[]*big.Rat{big.NewRat(1, 3), new(big.Rat)}, none},
		"big.Float, exact":       {new(big.Float).SetPrec(64).SetInt64(3), none},
		"big.Float, digits gone": {new(big.Float).SetPrec(200).Quo(big.NewFloat(1), big.NewFloat(3)), "json yaml"},
		"address":                {map[netip.Addr]netip.Prefix{netip.MustParseAddr("fe80::1%eth0"): netip.MustParsePrefix("10.0.0.0/8")}, none},
		"regexp":                 {regexp.MustCompile(`^a(b+)c$`), none},
		"NaN in a text":          {[]sayNaN{sayNaN(math.NaN())}, none},
	} {
		for _, format := range trees {
			var file bytes.Buffer
			err := codecs[format].Encode(&file, c.v)
			if strings.Contains(c.refused, format) {
				if !errors.Is(err, text.ErrValue) || file.Len() > 0 {
					t.Errorf("%s %s: %v\n%s", format, name, err, &file)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s %s: %v", format, name, err)
				continue
			}
			back, err := decodeAs(codecs[format], reflect.TypeOf(c.v), file.Bytes())
			if err != nil {
				t.Errorf("%s %s: %v\n%s", format, name, err, &file)
				continue
			}
			want, got := fmt.Sprintf("%+v", c.v), fmt.Sprintf("%+v", back)
			if !reflect.DeepEqual(back.Interface(), c.v) && want != got {
				t.Errorf("%s %s: got %s, want %s\n%s", format, name, got, want, &file)
			}
		}
		if strings.Contains(c.refused, "csv") && text.CSV.Accepts(text.CSV{}, reflect.TypeOf(c.v)) == nil {
			if err := (text.CSV{}).Encode(new(bytes.Buffer), c.v); !errors.Is(err, text.ErrValue) {
				t.Errorf("csv %s: %v", name, err)
			}
		}
	}
}

type sayNaN float64

func (n sayNaN) MarshalText() ([]byte, error) { return fmt.Append(nil, float64(n)), nil }
func (n *sayNaN) UnmarshalText(text []byte) error {
	_, err := fmt.Sscan(string(text), (*float64)(n))
	return err
}

// TestOwnSays names the part that would be lost.
func TestOwnSays(t *testing.T) {
	err := text.JSON{}.Encode(new(bytes.Buffer), map[string]dropsJSON{"a": {1, 2}})
	if want := `["a"]: text_test.dropsJSON writes "1" and does not read the same value from it: .B: want 2, got 0`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestOwnForeign: a type reads the JSON of a file as it stands there.
func TestOwnForeign(t *testing.T) {
	file := "{\"U\" : {\t\"x\":[ 1E5,\n2 ]} ,\"N\": 1}"
	got, err := decodeAs(codecs["json"], reflect.TypeFor[struct {
		U json.RawMessage
		N int
	}](), []byte(file))
	if err != nil || string(got.Field(0).Bytes()) != "{\t\"x\":[ 1E5,\n2 ]}" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := decodeAs(codecs["json"], reflect.TypeFor[[]json.RawMessage](), []byte(`[{"a": [1, }]`)); err == nil || !strings.Contains(err.Error(), "line 1, column 12") {
		t.Errorf("a fault within: %v", err)
	}
}
