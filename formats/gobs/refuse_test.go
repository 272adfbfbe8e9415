package gobs_test

import (
	"bytes"
	"encoding"
	"encoding/gob"
	"errors"
	"math/big"
	"os"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/dataelab/dataelab-go/formats/gobs"
)

type (
	hidden   struct{ a int }
	withFunc struct {
		Good int
		Bad  func()
	}
	deepHidden struct {
		Inner []struct {
			M map[string]*hiddenCallback
		}
	}
	hiddenCallback struct {
		A  int
		cb func()
	}
	embedsHidden struct{ hidden }
	stamped      struct {
		time.Time
		N int
	}
	pointerStamped struct{ *time.Time }
	shadowed       struct {
		time.Time
		N int
	}
	writeOnly  struct{ A int }
	readOnly   struct{ A int }
	twoForms   struct{ A int }
	ownPointer *ownPointer
	ownArray   [2]*ownArray
	pairOfOwn  [2][1]**pairOfOwn
	onlyBlank  struct{ _ int }
	recursive  struct {
		Kids []recursive
		bad  bool
	}
)

// The fields that nothing can store.
var _ = []any{hidden{a: 1}, hiddenCallback{cb: nil}, embedsHidden{hidden: hidden{}}, recursive{bad: true}}

func (writeOnly) GobEncode() ([]byte, error)        { return nil, nil }
func (*readOnly) UnmarshalBinary([]byte) error      { return nil }
func (twoForms) GobEncode() ([]byte, error)         { return nil, nil }
func (*twoForms) UnmarshalBinary([]byte) error      { return nil }
func (shadowed) MarshalBinary() ([]byte, error)     { return nil, nil }
func (*shadowed) UnmarshalBinary(data []byte) error { return nil }

func TestAcceptsRefuses(t *testing.T) {
	for _, c := range []struct {
		typ          reflect.Type
		path, reason string
	}{
		{reflect.TypeFor[func()](), "the value", "functions cannot"},
		{reflect.TypeFor[myFunc](), "myFunc", "functions cannot"},
		{reflect.TypeFor[chan int](), "the value", "channels cannot"},
		{reflect.TypeFor[unsafe.Pointer](), "Pointer", "unsafe.Pointer"},
		{reflect.TypeFor[[]func()](), "[]", "functions cannot"},
		{reflect.TypeFor[map[string]chan int](), "[]", "channels cannot"},
		{reflect.TypeFor[*withFunc](), "withFunc.Bad", "functions cannot"},
		{reflect.TypeFor[[][3]withFunc](), "[][].Bad", "functions cannot"},
		{reflect.TypeFor[map[int][]*withFunc](), "[][].Bad", "functions cannot"},
		{reflect.TypeFor[struct{ A withFunc }](), "A.Bad", "functions cannot"},
		{reflect.TypeFor[hidden](), "hidden.a", "export it"},
		{reflect.TypeFor[deepHidden](), "deepHidden.Inner[].M[].cb", "export it"},
		{reflect.TypeFor[embedsHidden](), "embedsHidden.hidden", "export it"},
		{reflect.TypeFor[recursive](), "recursive.bad", "export it"},
		{reflect.TypeFor[onlyBlank](), "onlyBlank", "no exported fields"},
		{reflect.TypeFor[struct{ M sync.Mutex }](), "M._", ""},
		{reflect.TypeFor[*os.File](), "File.file", "export it"},
		{reflect.TypeFor[regexp.Regexp](), "Regexp.expr", "export it"},
		{reflect.TypeFor[stamped](), "stamped", "embedded field Time"},
		{reflect.TypeFor[[]stamped](), "[]", "give that field a name"},
		{reflect.TypeFor[pointerStamped](), "pointerStamped", "embedded field Time"},
		{reflect.TypeFor[shadowed](), "shadowed", "embedded field Time"},
		{reflect.TypeFor[writeOnly](), "writeOnly", "has GobEncode and not GobDecode"},
		{reflect.TypeFor[readOnly](), "readOnly", "has UnmarshalBinary and not MarshalBinary"},
		{reflect.TypeFor[twoForms](), "twoForms", "has GobEncode and not GobDecode"},
		{reflect.TypeFor[struct{ W []writeOnly }](), "W[]", "declare both or neither"},
		{reflect.TypeFor[ownPointer](), "ownPointer", "points to itself"},
		{reflect.TypeFor[struct{ P ownPointer }](), "P", "points to itself"},
		{reflect.TypeFor[ownArray](), "ownArray", "array of pointers to itself"},
		{reflect.TypeFor[pairOfOwn](), "pairOfOwn", "array of pointers to itself"},
		{reflect.TypeFor[map[*int]int](), "[key]", "pointer in a map's key"},
		{reflect.TypeFor[map[[2]struct{ P *int }]int](), "[key]", "pointer in a map's key"},
		{reflect.TypeFor[map[*time.Time]int](), "[key]", "pointer in a map's key"},
		{reflect.TypeFor[map[chan int]int](), "[key]", "channels cannot"},
		{reflect.TypeFor[struct{ I encoding.BinaryMarshaler }](), "I", "has the method MarshalBinary"},
		{reflect.TypeFor[[]gob.GobDecoder](), "[]", "has the method GobDecode"},
	} {
		err := gobs.Accepts(c.typ)
		var te *gobs.TypeError
		if !errors.As(err, &te) {
			t.Errorf("Accepts(%v) = %v, want a *TypeError", c.typ, err)
			continue
		}
		if te.Type != c.typ || c.path != "M._" && te.Path != c.path || !strings.Contains(te.Reason, c.reason) {
			t.Errorf("Accepts(%v):\n got %v at %q: %s\nwant %q: %s", c.typ, te.Type, te.Path, te.Reason, c.path, c.reason)
		}
		if again := gobs.Accepts(c.typ); again == nil || again.Error() != err.Error() {
			t.Errorf("Accepts(%v) said %q, then %v", c.typ, err, again)
		}
		var buf bytes.Buffer
		if err := gobs.Encode(&buf, reflect.New(c.typ).Interface()); !errors.As(err, &te) || errors.Is(err, gobs.ErrValue) {
			t.Errorf("Encode of a %v: %v, want the *TypeError", c.typ, err)
		}
		if err := gobs.Decode(&buf, 0, reflect.New(c.typ).Interface()); !errors.As(err, &te) {
			t.Errorf("Decode into a %v: %v, want the *TypeError", c.typ, err)
		}
	}
	var te *gobs.TypeError
	if err := gobs.Accepts(nil); !errors.As(err, &te) {
		t.Errorf("Accepts(nil) = %v", err)
	}
}

type (
	panics  struct{ how string }
	unequal struct{ N int }
	holder  struct {
		Items []struct{ V any }
		M     map[string]any
	}
)

func (p panics) GobEncode() ([]byte, error) {
	switch p.how {
	case "write":
		panic("no ink")
	case "error":
		return nil, errors.New("out of paper")
	}
	return []byte(p.how), nil
}
func (p *panics) GobDecode(b []byte) error {
	if string(b) == "read" {
		panic("cannot read")
	}
	p.how = string(b)
	return nil
}
func (unequal) MarshalBinary() ([]byte, error)    { return nil, nil }
func (u *unequal) UnmarshalBinary(b []byte) error { u.N++; return nil }

// trap cannot be read, and so must not be written.
type trap struct{}

func (trap) GobEncode() ([]byte, error) { return nil, nil }
func (*trap) GobDecode([]byte) error    { panic("snap") }

func TestEncodeRefuses(t *testing.T) {
	gob.Register(holder{})
	gob.Register(panics{})
	gob.Register([2]stubborn{})
	type unregistered struct{ A int }
	ring := &node{Name: "a"}
	ring.Next = &node{Name: "b", Next: ring}
	loop := list{nil}
	loop[0] = loop
	maze := table{}
	maze["x"] = table{"y": maze}
	far := reflect.ValueOf(pair{})
	for range 101 {
		to := reflect.New(far.Type())
		to.Elem().Set(far)
		far = to
	}
	anyLoop := []any{nil}
	anyLoop[0] = map[string]any{"self": anyLoop}

	for name, c := range map[string]struct {
		v    any
		path string
		says string
	}{
		"nil":               {nil, "", "nil without a type"},
		"ring":              {ring, "node.Next.Next: ", "contains itself"},
		"ring of slices":    {loop, "list[0]: ", "contains itself"},
		"ring of maps":      {maze, `table["x"]["y"]: `, "contains itself"},
		"ring of any":       {anyLoop, `[0]["self"]: `, "contains itself"},
		"deep":              {chain(20000), "node.Next.Next", "more than 10000"},
		"deep any":          {deepAny(20000), "[0][0][0]", "more than 10000"},
		"unregistered":      {&holder{Items: []struct{ V any }{{1}, {unregistered{}}}}, "holder.Items[1].V: ", "call gob.Register"},
		"in a map":          {holder{M: map[string]any{"k": []any{unregistered{}}}}, `holder.M["k"][0]: `, "call gob.Register"},
		"function":          {holder{M: map[string]any{"k": func() {}}}, `holder.M["k"]: `, "functions cannot be stored"},
		"hidden":            {[]any{hidden{}}, "[0]: ", "hidden.a"},
		"pointer key":       {map[any]int{new(int): 1}, "[key]: ", "comes back as another pointer"},
		"time key":          {map[time.Time]int{time.Now(): 1}, "[key]: ", "comes back unequal"},
		"own key":           {map[unequal]int{{3}: 1}, "[key]: ", "comes back unequal"},
		"panics writing":    {[]panics{{"a"}, {"write"}}, "[1]: ", "GobEncode of gobs_test.panics panics: no ink"},
		"fails writing":     {map[string]*panics{"x": {"error"}}, `["x"]: `, "out of paper"},
		"panics reading":    {struct{ P panics }{panics{"read"}}, "P: ", "cannot read what it wrote: GobDecode of gobs_test.panics panics"},
		"trap":              {[]any{trap{}}, "[0]: ", "GobDecode of gobs_test.trap panics: snap"},
		"nil that fails":    {[]any{(*stubborn)(nil)}, "[0]: ", "no zero, please"},
		"named pointer":     {[]any{myPair(&pair{})}, "[0]: ", "comes back as *gobs_test.pair"},
		"100 pointers":      {[]any{far.Interface()}, "[0]: ", "behind 101 pointers"},
		"array of own form": {[]any{[2]stubborn{{1}, {2}}}, "[0]: ", "put the array into a struct"},
	} {
		t.Run(name, func(t *testing.T) {
			var buf bytes.Buffer
			err := gobs.Encode(&buf, c.v)
			if buf.Len() > 0 {
				t.Errorf("wrote %d bytes", buf.Len())
			}
			if !errors.Is(err, gobs.ErrValue) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), c.path) {
				t.Errorf("got %v\nwant %q and %q", err, c.path, c.says)
			}
			if len(err.Error()) > 500 {
				t.Errorf("%d bytes of error", len(err.Error()))
			}
			var te *gobs.TypeError
			if want := name == "function" || name == "hidden"; errors.As(err, &te) != want {
				t.Errorf("a *TypeError within: %v, want %v: %v", !want, want, err)
			}
		})
	}
}

func chain(n int) *node {
	var head *node
	for range n {
		head = &node{Next: head}
	}
	return head
}

func deepAny(n int) any {
	var v any
	for range n {
		v = []any{v}
	}
	return v
}

// TestDeep stores what is just within the limit: as deep as Encode goes, Decode
// has to come back.
func TestDeep(t *testing.T) {
	roundTrip(t, ptr(chain(9_999)))
	roundTrip(t, ptr(deepAny(4_999)))
	if err := gobs.Encode(new(bytes.Buffer), chain(10_001)); !errors.Is(err, gobs.ErrValue) {
		t.Errorf("10,001 pointers: %v", err)
	}
	if err := gobs.Encode(new(bytes.Buffer), ptr(deepAny(5_000))); !errors.Is(err, gobs.ErrValue) {
		t.Errorf("10,001 slices, interfaces and pointers: %v", err)
	}
}

func TestDecodeInto(t *testing.T) {
	file := encode(t, 1)
	var nowhere *int
	for _, dst := range []any{nil, 1, nowhere, "x"} {
		if err := gobs.Decode(bytes.NewReader(file), int64(len(file)), dst); err == nil || !strings.Contains(err.Error(), "non-nil pointer") {
			t.Errorf("Decode into %T: %v", dst, err)
		}
	}
	used := map[string]int{"old": 1}
	file = encode(t, map[string]int{"new": 2})
	if err := gobs.Decode(bytes.NewReader(file), int64(len(file)), &used); err != nil || len(used) != 1 || used["new"] != 2 {
		t.Errorf("into a map in use: %v, %v", used, err)
	}
	if err := gobs.Decode(bytes.NewReader(file[:len(file)-1]), int64(len(file)-1), &used); err == nil || used["new"] != 2 {
		t.Errorf("after an error: %v, %v", used, err)
	}
}

// TestShared documents that two pointers to one value come back as two values.
func TestShared(t *testing.T) {
	one := big.NewInt(3)
	got, err := decodeAs(reflect.TypeFor[[]*big.Int](), encode(t, []*big.Int{one, one}))
	if err != nil {
		t.Fatal(err)
	}
	if p := got.Interface().([]*big.Int); p[0] == p[1] || p[0].Cmp(p[1]) != 0 {
		t.Errorf("got %p and %p, %v and %v", p[0], p[1], p[0], p[1])
	}
}
