package text_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/formats/text"
)

type (
	writeOnly struct{ A int }
	readOnly  struct{ A int }
	jsonOnly  struct{ A int }
	hidden    struct {
		A int
		b int
	}
	dashed struct {
		A int
		B int `json:"-"`
	}
	clash struct {
		A int `json:"B"`
		B int
	}
	embedClash struct {
		Base
		ID int `json:"id"`
	}
	deep struct {
		List []map[string]*hidden
	}
	unexportedPointer struct{ *inner }
	blank             struct {
		A int
		_ [4]byte
		_ nothing
	}
	omits struct {
		A []int          `json:"a,omitempty"`
		B map[string]int `json:",omitzero" yaml:"bee,flow"`
	}
)

func (writeOnly) MarshalText() ([]byte, error) { return nil, nil }
func (*readOnly) UnmarshalText([]byte) error   { return nil }
func (jsonOnly) MarshalJSON() ([]byte, error)  { return nil, nil }

var _ = hidden{b: 1}

// dashName has a field that is named "-" by the rules of encoding/json. It is made
// here because staticcheck takes the tag for a slip.
var dashName = reflect.StructOf([]reflect.StructField{{Name: "A", Type: reflect.TypeFor[int](), Tag: `json:"-,"`}})

func TestAccepts(t *testing.T) {
	for _, c := range []struct {
		typ   reflect.Type
		trees string // "" for accepted
		csv   string
	}{
		{reflect.TypeFor[int](), "", "a CSV file holds a slice of flat structs"},
		{nil, "value: nil has no type", "value: nil has no type"},
		{reflect.TypeFor[fmt.Stringer](), "Stringer: text does not say which Go type an interface with methods holds", "a CSV file holds"},
		{reflect.TypeFor[[]error](), "value[]: text does not say", "a CSV file holds"},
		{reflect.TypeFor[map[string]fmt.Stringer](), "value[]: text does not say", "a CSV file holds"},
		{reflect.TypeFor[knot](), "knot: text_test.knot points to itself", "a CSV file holds"},
		{reflect.TypeFor[struct{ K **knot }](), "value.K: text_test.knot points to itself", "a CSV file holds"},
		{reflect.TypeFor[func()](), "value: values of kind func", "a CSV file holds"},
		{reflect.TypeFor[chan int](), "value: values of kind chan", "a CSV file holds"},
		{reflect.TypeFor[uintptr](), "value: values of kind uintptr", "a CSV file holds"},
		{reflect.TypeFor[unsafe.Pointer](), "Pointer: values of kind unsafe.Pointer", "a CSV file holds"},
		{reflect.TypeFor[*mat.Dense](), "Dense: mat.Dense is an array: store it as npy", "a CSV file holds"},
		{reflect.TypeFor[[]struct{ M mat.Matrix }](), "value[].M: mat.Matrix is an array: store it as npy", "value[].M: mat.Matrix is an array"},
		{reflect.TypeFor[npy.Array[float64]](), "store it as npy", "a CSV file holds"},
		{reflect.TypeFor[[]npy.Float16](), "value[]: npy.Float16 is for arrays", "a CSV file holds"},
		{reflect.TypeFor[hidden](), "hidden.b: the unexported field b would be lost", "a CSV file holds"},
		{reflect.TypeFor[*deep](), "deep.List[][].b: the unexported field b", "a CSV file holds"},
		{reflect.TypeFor[[]hidden](), "value[].b", "value[].b: the unexported field"},
		{reflect.TypeFor[[]dashed](), "value[].B: its tag json:\"-\" leaves it out", "B: its tag json:\"-\""},
		{reflect.TypeFor[[]clash](), "value[].B: value[].A has the same name in the file, \"B\"", "has the same name"},
		{reflect.TypeFor[embedClash](), "embedClash.ID: embedClash.Base.ID has the same name", "a CSV file holds"},
		{reflect.TypeFor[unexportedPointer](), "unexportedPointer.inner: the unexported field inner", "a CSV file holds"},
		{reflect.TypeFor[map[float64]int](), "value[key]: keys of type float64 cannot be names", "a CSV file holds"},
		{reflect.TypeFor[map[time.Time]int](), "value[key]: keys of type time.Time", "a CSV file holds"},
		{reflect.TypeFor[map[[2]int]int](), "value[key]: keys of type [2]int", "a CSV file holds"},
		{reflect.TypeFor[map[*int]int](), "value[key]: keys of type *int", "a CSV file holds"},
		{reflect.TypeFor[writeOnly](), "has MarshalText and not UnmarshalText; declare both", "a CSV file holds"},
		{reflect.TypeFor[[]readOnly](), "has UnmarshalText and not MarshalText; declare both", "has UnmarshalText and not MarshalText"},
		{reflect.TypeFor[jsonOnly](), "has only one of MarshalJSON and UnmarshalJSON", "a CSV file holds"},
		{dashName, "", "a CSV file holds"},
		{reflect.TypeFor[[]blank](), "", ""},
		{reflect.TypeFor[omits](), "", "a CSV file holds"},
		{reflect.TypeFor[big.Int](), "", "a CSV file holds"},
		{reflect.TypeFor[[]window](), "", "value[]"},
		{reflect.TypeFor[[]stamped](), "", ""},
		{reflect.TypeFor[[]tree](), "", "value[].Children: []*text_test.tree does not fit a cell"},
		{reflect.TypeFor[[]nothing](), "", "value[]: text_test.nothing has no fields"},
		{reflect.TypeFor[[]color](), "", "value[]: text_test.color has no fields"},
		{reflect.TypeFor[[]time.Time](), "", "value[]: time.Time has no fields"},
		{reflect.TypeFor[[]struct{ C complex128 }](), "", "value[].C: complex128 does not fit a cell"},
		{reflect.TypeFor[[]struct{ B []byte }](), "", "value[].B: []uint8 does not fit a cell"},
		{reflect.TypeFor[[]struct{ P **int }](), "", "value[].P: **int does not fit a cell"},
		{reflect.TypeFor[[]struct{ P *[]int }](), "", "value[].P"},
		{reflect.TypeFor[[][]float64](), "", "for arrays use npy"},
		{reflect.TypeFor[[]*row](), "", "a CSV file holds a slice of flat structs"},
		{reflect.TypeFor[[3]row](), "", "a CSV file holds a slice of flat structs"},
		{reflect.TypeFor[map[int][]int](), "", "a CSV file holds"},
		{reflect.TypeFor[map[string][][]int](), "", "is no map of columns"},
		{reflect.TypeFor[map[string][]*string](), "", ""},
	} {
		for format, want := range map[string]string{"json": c.trees, "yaml": c.trees, "csv": c.csv} {
			err := codecs[format].Accepts(c.typ)
			if want == "" {
				if err != nil {
					t.Errorf("%s %v: %v", format, c.typ, err)
				}
				continue
			}
			var typ *text.TypeError
			if !errors.As(err, &typ) {
				t.Errorf("%s %v: %v is no TypeError", format, c.typ, err)
				continue
			}
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s %v: %v\nwant %q", format, c.typ, err, want)
			}
			if typ.Type != c.typ {
				t.Errorf("%s: the error is about %v, not %v", format, typ.Type, c.typ)
			}
			if c.typ == nil {
				continue
			}
			var file bytes.Buffer
			if err := codecs[format].Encode(&file, reflect.Zero(c.typ).Interface()); !errors.As(err, &typ) || file.Len() > 0 {
				t.Errorf("%s %v: Encode says %v, wrote %d bytes", format, c.typ, err, file.Len())
			}
			if _, err := decodeAs(codecs[format], c.typ, []byte("null")); !errors.As(err, &typ) {
				t.Errorf("%s %v: Decode says %v", format, c.typ, err)
			}
		}
	}
}

// TestNames: tags rename, by the format's own tag first, and their options change
// nothing.
func TestNames(t *testing.T) {
	for v, want := range map[any][2]string{
		ptr(omits{}):                       {"{\n  \"a\": null,\n  \"B\": null\n}\n", "a: null\nbee: null\n"},
		ptr(omits{A: []int{}}):             {"{\n  \"a\": [],\n  \"B\": null\n}\n", "a: []\nbee: null\n"},
		reflect.Zero(dashName).Interface(): {"{\n  \"-\": 0\n}\n", "\"-\": 0\n"},
		ptr(stamped{instant, .5}):          {"{\n  \"Time\": \"2024-04-10T11:22:33.123456789+02:00\",\n  \"Gain\": 0.5\n}\n", "Time: 2024-04-10T11:22:33.123456789+02:00\nGain: 0.5\n"},
	} {
		for i, format := range trees {
			if got := string(encode(t, codecs[format], v)); got != want[i] {
				t.Errorf("%s of %+v:\n%s\nwant\n%s", format, v, got, want[i])
			}
		}
	}
}

func ExampleJSON_Accepts() {
	type Fit struct {
		Params   []float64
		residual func(x float64) float64
	}
	type Report struct{ Fits []Fit }
	_ = Fit{residual: nil}
	fmt.Println(text.JSON{}.Accepts(reflect.TypeFor[Report]()))
	fmt.Println(text.JSON{}.Accepts(reflect.TypeFor[*mat.Dense]()))
	// Output:
	// json: type text_test.Report cannot be stored as text: Report.Fits[].residual: the unexported field residual would be lost; export it, or give text_test.Fit the methods MarshalText and UnmarshalText
	// json: type *mat.Dense cannot be stored as text: Dense: mat.Dense is an array: store it as npy, or turn it into [][]float64
}
