package marshalers_test

import (
	"encoding"
	"fmt"
	"math/big"
	"net/netip"
	"net/url"
	"reflect"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/internal/marshalers"
)

type plain struct{ A int }

// value and pointer declare the pair with either kind of receiver.
type value struct{ a int }

func (v value) MarshalBinary() ([]byte, error)     { return []byte{byte(v.a)}, nil }
func (v *value) UnmarshalBinary(data []byte) error { v.a = int(data[0]); return nil }

type pointer struct{ a int }

func (p *pointer) MarshalBinary() ([]byte, error)    { return []byte{byte(p.a)}, nil }
func (p *pointer) UnmarshalBinary(data []byte) error { p.a = int(data[0]); return nil }

type writeOnly struct{ A int }

func (writeOnly) MarshalBinary() ([]byte, error) { return nil, nil }

type readOnly struct{ A int }

func (*readOnly) UnmarshalBinary([]byte) error { return nil }

// wrongSignature has the name and not the method.
type wrongSignature struct{ A int }

func (wrongSignature) MarshalBinary() []byte { return nil }

// The embedding types: what they add to the embedded one decides.
type embedsAndMore struct {
	value
	N int
}
type embedsOnly struct{ value }
type embedsAndBlank struct {
	value
	_ struct{}
}
type embedsPointer struct{ *value }
type embedsInterface struct{ encoding.BinaryMarshaler }
type embedsTwice struct{ embedsOnly }
type embedsLossy struct{ embedsAndMore }
type unexportedEmbed struct {
	pointer
	N int
}

// overrides hides both promoted methods, overridesOne only one of them.
type overrides struct {
	value
	N int
}

func (o overrides) MarshalBinary() ([]byte, error)  { return []byte{byte(o.N)}, nil }
func (o *overrides) UnmarshalBinary(b []byte) error { o.N = int(b[0]); return nil }

type overridesOne struct {
	value
	N int
}

func (o overridesOne) MarshalBinary() ([]byte, error) { return []byte{byte(o.N)}, nil }

// ambiguous embeds the method twice at one depth, so Go promotes neither.
type ambiguous struct {
	value
	pointer
}

type generic[T any] struct {
	value
	N T
}

func (g generic[T]) MarshalBinary() ([]byte, error)  { return nil, nil }
func (g *generic[T]) UnmarshalBinary(b []byte) error { return nil }

type genericPromotes[T any] struct {
	value
	N T
}

type text string

func (t text) MarshalText() ([]byte, error)  { return []byte(t), nil }
func (t *text) UnmarshalText(b []byte) error { *t = text(b); return nil }

// The embedded fields that only their methods tell of.
var _ = []any{overrides{value: value{}}, overridesOne{value: value{}}, ambiguous{value: value{}, pointer: pointer{}}, generic[int]{value: value{}}}

func TestOf(t *testing.T) {
	const (
		missing  = marshalers.Missing
		own      = marshalers.Own
		promoted = marshalers.Promoted
	)
	for _, c := range []struct {
		typ  reflect.Type
		form marshalers.Form
		want marshalers.Methods
	}{
		{reflect.TypeFor[int](), marshalers.Binary, marshalers.Methods{}},
		{reflect.TypeFor[plain](), marshalers.Binary, marshalers.Methods{}},
		{reflect.TypeFor[value](), marshalers.Binary, marshalers.Methods{Marshal: own, Unmarshal: own}},
		{reflect.TypeFor[*value](), marshalers.Binary, marshalers.Methods{Marshal: own, Unmarshal: own}},
		{reflect.TypeFor[pointer](), marshalers.Binary, marshalers.Methods{Marshal: own, Unmarshal: own}},
		{reflect.TypeFor[value](), marshalers.Text, marshalers.Methods{}},
		{reflect.TypeFor[text](), marshalers.Text, marshalers.Methods{Marshal: own, Unmarshal: own}},
		{reflect.TypeFor[text](), marshalers.Gob, marshalers.Methods{}},
		{reflect.TypeFor[writeOnly](), marshalers.Binary, marshalers.Methods{Marshal: own, Unmarshal: missing}},
		{reflect.TypeFor[readOnly](), marshalers.Binary, marshalers.Methods{Marshal: missing, Unmarshal: own}},
		{reflect.TypeFor[wrongSignature](), marshalers.Binary, marshalers.Methods{}},
		{reflect.TypeFor[encoding.BinaryMarshaler](), marshalers.Binary, marshalers.Methods{}},

		{reflect.TypeFor[embedsAndMore](), marshalers.Binary, marshalers.Methods{Marshal: promoted, Unmarshal: promoted, Embedded: "value"}},
		{reflect.TypeFor[unexportedEmbed](), marshalers.Binary, marshalers.Methods{Marshal: promoted, Unmarshal: promoted, Embedded: "pointer"}},
		{reflect.TypeFor[embedsOnly](), marshalers.Binary, marshalers.Methods{Marshal: own, Unmarshal: own}},
		{reflect.TypeFor[embedsAndBlank](), marshalers.Binary, marshalers.Methods{Marshal: own, Unmarshal: own}},
		{reflect.TypeFor[embedsTwice](), marshalers.Binary, marshalers.Methods{Marshal: own, Unmarshal: own}},
		{reflect.TypeFor[embedsLossy](), marshalers.Binary, marshalers.Methods{Marshal: promoted, Unmarshal: promoted, Embedded: "embedsAndMore"}},
		{reflect.TypeFor[embedsPointer](), marshalers.Binary, marshalers.Methods{Marshal: promoted, Unmarshal: promoted, Embedded: "value"}},
		{reflect.TypeFor[embedsInterface](), marshalers.Binary, marshalers.Methods{Marshal: promoted, Unmarshal: missing, Embedded: "BinaryMarshaler"}},
		{reflect.TypeFor[overrides](), marshalers.Binary, marshalers.Methods{Marshal: own, Unmarshal: own}},
		{reflect.TypeFor[overridesOne](), marshalers.Binary, marshalers.Methods{Marshal: own, Unmarshal: promoted, Embedded: "value"}},
		{reflect.TypeFor[ambiguous](), marshalers.Binary, marshalers.Methods{}},
		{reflect.TypeFor[generic[int]](), marshalers.Binary, marshalers.Methods{Marshal: own, Unmarshal: own}},
		{reflect.TypeFor[genericPromotes[string]](), marshalers.Binary, marshalers.Methods{Marshal: promoted, Unmarshal: promoted, Embedded: "value"}},

		{reflect.TypeFor[time.Time](), marshalers.Gob, marshalers.Methods{Marshal: own, Unmarshal: own}},
		{reflect.TypeFor[time.Time](), marshalers.Text, marshalers.Methods{Marshal: own, Unmarshal: own}},
		{reflect.TypeFor[big.Int](), marshalers.Gob, marshalers.Methods{Marshal: own, Unmarshal: own}},
		{reflect.TypeFor[url.URL](), marshalers.Binary, marshalers.Methods{Marshal: own, Unmarshal: own}},
		{reflect.TypeFor[netip.Addr](), marshalers.Binary, marshalers.Methods{Marshal: own, Unmarshal: own}},
	} {
		got := marshalers.Of(c.typ, c.form)
		if got != c.want {
			t.Errorf("Of(%v, %s) = %+v, want %+v", c.typ, c.form.Marshal(), got, c.want)
		}
		if pair := c.want.Marshal == own && c.want.Unmarshal == own; got.Pair() != pair {
			t.Errorf("Of(%v, %s).Pair() = %v", c.typ, c.form.Marshal(), got.Pair())
		}
		if none := c.want == (marshalers.Methods{}); got.None() != none {
			t.Errorf("Of(%v, %s).None() = %v", c.typ, c.form.Marshal(), got.None())
		}
	}
}

// TestPromotedDropsFields shows the loss that Promoted warns of.
func TestPromotedDropsFields(t *testing.T) {
	data, err := embedsAndMore{value{7}, 42}.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var back embedsAndMore
	if err := back.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	if back.a != 7 || back.N != 0 {
		t.Errorf("got %+v: the promoted methods were expected to keep a and drop N", back)
	}
}

func ExampleOf() {
	type Sample struct {
		time.Time
		Gain float64
	}
	m := marshalers.Of(reflect.TypeFor[time.Time](), marshalers.Binary)
	fmt.Println("time.Time:", m.Pair())

	m = marshalers.Of(reflect.TypeFor[Sample](), marshalers.Binary)
	fmt.Println("Sample:", m.Pair(), "because of the embedded", m.Embedded)
	// Output:
	// time.Time: true
	// Sample: false because of the embedded Time
}
