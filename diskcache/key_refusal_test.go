package diskcache_test

import (
	"bytes"
	"context"
	"errors"
	"math/big"
	"net/url"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

type (
	refusedFunc struct {
		Name string
		Grid struct{ Window func(int) float64 }
	}
	refusedHidden   struct{ A, b int }
	refusedDeep     struct{ Grids []map[string]*refusedHidden }
	refusedPromoted struct { // MarshalBinary is that of time.Time, and would lose gain
		time.Time
		gain float64
	}
	refusedBase struct{ A int }
	refusedBlur struct { // an unexported embedded struct hides what it has
		refusedBase
		B int
	}
	refusedFailing   struct{ a int }
	refusedPanicking struct{ a int }
	refusedReader    struct{ a int } // can only be read back, which is no help
	refusedHolder    struct{ When []any }
	endlessList      struct{ Next *endlessList }
	endlessSlice     []endlessSlice
	endlessMap       map[string]endlessMap
)

// refusedInVain writes itself, and the field that is not to count with it.
type refusedInVain struct {
	Window func(int) float64
	Log    func() `cache:"-"`
}

func (refusedInVain) MarshalText() ([]byte, error) { return []byte("hann"), nil }

var errFailing = errors.New("no disk in the drive")

func (refusedFailing) MarshalBinary() ([]byte, error)    { return nil, errFailing }
func (*refusedPanicking) MarshalText() ([]byte, error)   { panic("no paper in the printer") }
func (*refusedReader) UnmarshalBinary(data []byte) error { return nil }

// refusedNot has a nil pointer, with which no method may be called.
type refusedNot struct{ Amount *big.Int }

func TestKeyRefused(t *testing.T) {
	list := &endlessList{}
	list.Next = list
	slice := endlessSlice{nil}
	slice[0] = slice
	inAny := []any{nil}
	inAny[0] = inAny
	chain := endlessMap{}
	chain["a"] = chain

	for _, c := range []struct {
		arg  any
		want string
	}{
		{func(int) {}, "the value is a func(int), whose content cannot be hashed: pass what decides it instead, such as a name or a number"},
		{make(chan int), "the value is a chan int, whose content cannot be hashed: pass what decides it instead, such as a name or a number"},
		{(func())(nil), "the value is a func(), whose content cannot be hashed: pass what decides it instead, such as a name or a number"},
		{unsafe.Pointer(list), "the value is a unsafe.Pointer, whose content cannot be hashed: pass what decides it instead, such as a name or a number"},
		{[]func(){}, "value[] is a func(), whose content cannot be hashed: pass what decides it instead, such as a name or a number"},
		{map[string]chan int{}, "value[] is a chan int, whose content cannot be hashed: pass what decides it instead, such as a name or a number"},
		{map[refusedHidden]int{}, "value[key].b is an unexported field of diskcache_test.refusedHidden: export it, or give diskcache_test.refusedHidden a MarshalBinary of its own"},
		{refusedFunc{}, "value.Grid.Window is a func(int) float64, whose content cannot be hashed: pass what decides it instead, such as a name or a number"},
		{&refusedFunc{}, "value.Grid.Window is a func(int) float64, whose content cannot be hashed: pass what decides it instead, such as a name or a number"},
		{refusedDeep{}, "value.Grids[][].b is an unexported field of diskcache_test.refusedHidden: export it, or give diskcache_test.refusedHidden a MarshalBinary of its own"},
		{[]any{1, []any{nil, refusedHidden{}}}, "value[1][1].b is an unexported field of diskcache_test.refusedHidden: export it, or give diskcache_test.refusedHidden a MarshalBinary of its own"},
		{map[any]int{refusedHidden{}: 1}, "value[key].b is an unexported field of diskcache_test.refusedHidden: export it, or give diskcache_test.refusedHidden a MarshalBinary of its own"},
		{map[int]any{7: func() {}}, "value[] is a func(), whose content cannot be hashed: pass what decides it instead, such as a name or a number"},
		{refusedPromoted{}, "value.gain is an unexported field of diskcache_test.refusedPromoted: export it, or give diskcache_test.refusedPromoted a MarshalBinary of its own"},
		{refusedBlur{}, "value.refusedBase is an unexported field of diskcache_test.refusedBlur: export it, or give diskcache_test.refusedBlur a MarshalBinary of its own"},
		{refusedReader{}, "value.a is an unexported field of diskcache_test.refusedReader: export it, or give diskcache_test.refusedReader a MarshalBinary of its own"},
		{refusedFailing{}, "the value has a MarshalBinary that failed: no disk in the drive"},
		{&refusedPanicking{}, "the value has a MarshalText that panicked: no paper in the printer"},
		{refusedHolder{[]any{0, map[string]any{"a": &refusedFailing{}}}}, "value.When[1][] has a MarshalBinary that failed: no disk in the drive"},
		{list, "value.Next.Next.Next.Next.Next.Next.Next.Next.Next.Next.Next.Next… is nested more than 500 deep: is it cyclic?"},
		{slice, "value[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]… is nested more than 500 deep: is it cyclic?"},
		{inAny, "value[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]… is nested more than 500 deep: is it cyclic?"},
		{chain, "value[][][][][][][][][][][][][][][][][][][][][][][][][][][][][][]… is nested more than 500 deep: is it cyclic?"},
		{&url.Userinfo{}, "value.username is an unexported field of url.Userinfo: export it, or give url.Userinfo a MarshalBinary of its own"},
		{struct{ To *url.Userinfo }{}, "value.To.username is an unexported field of url.Userinfo: export it, or give url.Userinfo a MarshalBinary of its own"},
		{refusedInVain{}, "value.Log is tagged cache:\"-\", but diskcache_test.refusedInVain has other fields that are unexported or cannot be hashed, so it counts by what its own marshaler writes: export them, or take the tag away"},
	} {
		for range 2 { // the second time from the cache of types
			key, err := diskcache.KeyOf("first", c.arg)
			want := "argument 2: cannot be part of a cache key: " + c.want
			if err == nil || err.Error() != want {
				t.Errorf("%T: error\n%v, want\n%s", c.arg, err, want)
			}
			if !errors.Is(err, diskcache.ErrArgument) || key != (diskcache.Key{}) {
				t.Errorf("%T: key %q and an error that is ErrArgument: %v", c.arg, key, errors.Is(err, diskcache.ErrArgument))
			}
		}
	}
	// Which field is the first unexported one is the business of these packages.
	for _, arg := range []any{&sync.Mutex{}, reflect.ValueOf(1), os.Stdout, &bytes.Buffer{}, &mat.Cholesky{}} {
		if _, err := diskcache.KeyOf(arg); !errors.Is(err, diskcache.ErrArgument) || !strings.Contains(err.Error(), " is an unexported field of ") {
			t.Errorf("%T: %v", arg, err)
		}
	}
	if _, err := diskcache.KeyOf(&refusedFailing{}); !errors.Is(err, errFailing) {
		t.Errorf("%v does not wrap the marshaler's own error", err)
	}
	if _, err := diskcache.KeyOf(refusedNot{}); err != nil {
		t.Errorf("a nil pointer to a type with a marshaler: %v", err)
	}
}

// A context as an argument is a mistake that many make once.
func TestKeyOfContext(t *testing.T) {
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	valued := context.WithValue(t.Context(), errFailing, 1)
	for _, arg := range []any{context.Background(), canceled, t.Context(), &valued, refusedHolder{[]any{valued}}} {
		_, err := diskcache.KeyOf(arg)
		if err == nil || !strings.HasSuffix(err.Error(), "belongs to a context, which decides when a computation ends and not what it returns: pass it as the first parameter only") {
			t.Errorf("%T: %v", arg, err)
		}
	}
}

// What a call says of an argument names everything that helps to find it.
func TestRefusedArgumentOfCall(t *testing.T) {
	c, _ := newCacher[int](t, t.TempDir())
	_, err := c.Execute(t.Context(), (&counted[int]{}).compute, 3, refusedFunc{})
	const want = "diskcache: execute root.A.method of tag " + testTag + ": argument 2: cannot be part of a cache key: " +
		"value.Grid.Window is a func(int) float64, whose content cannot be hashed: pass what decides it instead, such as a name or a number"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v, want\n%s", err, want)
	}
}

// Long lists are not cyclic, up to a depth that the stack bears with ease.
func TestKeyNesting(t *testing.T) {
	nested := func(n int) *endlessList {
		var list *endlessList
		for range n {
			list = &endlessList{list}
		}
		return list
	}
	seen := map[diskcache.Key]bool{}
	for n := range 250 {
		seen[mustKey(t, nested(n))] = true
	}
	if len(seen) != 250 {
		t.Errorf("%d keys for 250 lists", len(seen))
	}
	if _, err := diskcache.KeyOf(nested(1_000_000)); err == nil || !strings.Contains(err.Error(), "cyclic") {
		t.Errorf("a list of a million: %v", err)
	}
}

// A few objects that are shared all along make more paths than anybody can wait
// for; much honest data does not.
func TestKeyOfShared(t *testing.T) {
	type node struct{ Left, Right *node }
	var tree *node
	var list []any
	mapping := map[string]any{}
	for range 60 {
		tree = &node{tree, tree}
		list = []any{list, list}
		mapping = map[string]any{"a": mapping, "b": mapping}
	}
	deep := []any{tree, list, mapping}
	for _, arg := range deep[:exhaustive.N(1, len(deep))] {
		_, err := diskcache.KeyOf(arg)
		if err == nil || !strings.HasSuffix(err.Error(), "… leads on over more than 10000000 paths: what is shared counts on each of them") {
			t.Errorf("%T: %v", arg, err)
		}
	}
	one := &goldenPoint{1, 2}
	wide := make([][]any, 10_000)
	for i := range wide {
		wide[i] = []any{one, one, []*goldenPoint{one, one}, map[string]any{"a": one}}
	}
	mustKey(t, wide)
}

// The memory that a key takes has nothing to do with the size of the argument.
func TestKeyMemory(t *testing.T) {
	big := make([]float64, 1<<20)
	big[17] = 1 / big[16] * big[16] // NaN
	for _, arg := range []any{big, [][]float64{big}, make([][4]complex64, 1<<18), string(make([]byte, 1<<20))} {
		n := testing.AllocsPerRun(5, func() { mustKey(t, arg) })
		if n > 20 {
			t.Errorf("%T: %v allocations", arg, n)
		}
	}
}
