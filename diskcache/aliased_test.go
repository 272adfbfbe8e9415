package diskcache_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/formats/npy"
)

// aliasedCase is a computation whose result shares memory with its argument, or not.
type aliasedCase interface {
	run(t *testing.T, how aliasedWay)
}

type aliasing[A, T any] struct {
	make    func() A // equal arguments in memory of their own
	f       func(A) T
	reuse   func(A) // what the caller does with the argument after the call
	private bool    // the result is the cache's alone, and stays in memory
}

// aliasedWay is how a result gets into the cache.
type aliasedWay struct {
	options diskcache.FuncOptions
	full    bool // nothing can be stored
	call    string
}

func (c aliasing[A, T]) run(t *testing.T, how aliasedWay) {
	ctx := context.Background()
	cache := &diskcache.Cache{Store: &lockedUp{Store: storage.Memory(), full: how.full}, OnEvent: func(diskcache.Event) {}}
	f := diskcache.Wrap(cache, "f", diskcache.Plain(c.f), how.options)
	arg := c.make()
	want := fmt.Sprint(shownAliased(c.f(c.make())))
	check := func(what string, v T) {
		t.Helper()
		if got := fmt.Sprint(shownAliased(v)); got != want {
			t.Errorf("%s is %s, want %s", what, got, want)
		}
	}
	switch how.call {
	case "refresh":
		v, err := f.Refresh(ctx, arg)
		if err != nil {
			t.Fatal(err)
		}
		check("the result", v)
	case "batch":
		values, err := f.Batch(ctx, []A{arg, c.make()}, diskcache.BatchOptions{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		check("the first result", values[0])
		c.reuse(arg)
		check("the result for an equal argument", values[1])
	default:
		check("the result", mustCall(t, f, arg))
	}
	c.reuse(arg)
	check("what the cache returns later", mustCall(t, f, c.make()))
	check("what the cache returns then", mustCall(t, f, c.make()))
	if s := f.Stats(); s.Computed != 1 {
		t.Errorf("it was computed %d times", s.Computed)
	} else if c.private && !how.options.NoMemory && !how.full && s.Loaded != 0 {
		t.Errorf("it was loaded %d times, and should have stayed in memory", s.Loaded)
	}
}

// shownAliased is what of a value can be printed: pointers as what they point to.
func shownAliased(v any) any {
	switch v := v.(type) {
	case *aliasedResult:
		return *v
	case *[]float64:
		return *v
	case mat.Matrix:
		return mat.Formatted(v)
	}
	return v
}

type aliasedResult struct {
	Name   string
	Frames []float64
}

type aliasedArgument struct {
	Inner *aliasedResult
	work  []float64 `cache:"-"`
}

func TestResultSharesMemoryWithArgument(t *testing.T) {
	frame := func() []float64 { return []float64{0, 0, 1, 2} }
	spoil := func(x []float64) {
		x = x[:cap(x)]
		for i := range x {
			x[i] = -7
		}
	}
	rows := func() [][]float64 { return [][]float64{frame(), frame()} }
	dense := func() *mat.Dense { return mat.NewDense(2, 2, frame()) }
	object := func() aliasedArgument {
		return aliasedArgument{&aliasedResult{"x", frame()}, make([]float64, 2)}
	}
	spoilObject := func(s aliasedArgument) { s.Inner.Name = "y"; spoil(s.Inner.Frames); spoil(s.work) }
	mapping := func() map[string][]float64 { return map[string][]float64{"a": frame()} }
	spoilMapping := func(m map[string][]float64) { spoil(m["a"]); m["b"] = nil }
	array := func() *npy.Array[float64] { return &npy.Array[float64]{Shape: []int{4}, Data: frame()} }
	cases := map[string]aliasedCase{
		"tail": aliasing[[]float64, []float64]{frame, func(x []float64) []float64 { return x[2:] }, spoil, false},
		"head": aliasing[[]float64, []float64]{frame, func(x []float64) []float64 { return x[:1] }, spoil, false},
		"all":  aliasing[[]float64, []float64]{frame, func(x []float64) []float64 { return x }, spoil, false},
		"beyond its length": aliasing[[]float64, []float64]{
			func() []float64 { return append(make([]float64, 0, 100), 1) },
			func(x []float64) []float64 { return append(x, 2)[1:] }, spoil, false},
		"bytes":            aliasing[[]byte, []byte]{func() []byte { return []byte("abc") }, func(x []byte) []byte { return x[1:] }, func(x []byte) { clear(x) }, false},
		"in a struct":      aliasing[[]float64, aliasedResult]{frame, func(x []float64) aliasedResult { return aliasedResult{"n", x} }, spoil, false},
		"of a struct":      aliasing[aliasedArgument, []float64]{object, func(s aliasedArgument) []float64 { return s.Inner.Frames }, spoilObject, false},
		"the struct":       aliasing[aliasedArgument, *aliasedResult]{object, func(s aliasedArgument) *aliasedResult { return s.Inner }, spoilObject, false},
		"a field":          aliasing[aliasedArgument, *[]float64]{object, func(s aliasedArgument) *[]float64 { return &s.Inner.Frames }, spoilObject, false},
		"a buffer":         aliasing[aliasedArgument, []float64]{object, func(s aliasedArgument) []float64 { s.work[0] = 3; return s.work }, spoilObject, false},
		"a row":            aliasing[[][]float64, []float64]{rows, func(x [][]float64) []float64 { return x[1] }, func(x [][]float64) { spoil(x[1]) }, false},
		"rows":             aliasing[[][]float64, [][]float64]{rows, func(x [][]float64) [][]float64 { return [][]float64{x[1]} }, func(x [][]float64) { spoil(x[1]) }, false},
		"an array's slice": aliasing[*[4]float64, []float64]{func() *[4]float64 { return (*[4]float64)(frame()) }, func(x *[4]float64) []float64 { return x[1:3] }, func(x *[4]float64) { spoil(x[:]) }, false},
		"a map":            aliasing[map[string][]float64, map[string][]float64]{mapping, func(m map[string][]float64) map[string][]float64 { return m }, spoilMapping, false},
		"of a map":         aliasing[map[string][]float64, []float64]{mapping, func(m map[string][]float64) []float64 { return m["a"] }, spoilMapping, false},
		"into a map":       aliasing[[]float64, map[string][]float64]{frame, func(x []float64) map[string][]float64 { return map[string][]float64{"a": x} }, spoil, false},
		"a flat map":       aliasing[map[string]int, map[string]int]{func() map[string]int { return map[string]int{"a": 1} }, func(m map[string]int) map[string]int { return m }, func(m map[string]int) { m["a"] = 2 }, false},
		"in an interface":  aliasing[[]any, []float64]{func() []any { return []any{frame()} }, func(x []any) []float64 { return x[0].([]float64) }, func(x []any) { spoil(x[0].([]float64)) }, false},
		"a view":           aliasing[*mat.Dense, *mat.Dense]{dense, func(m *mat.Dense) *mat.Dense { return m.Slice(0, 2, 1, 2).(*mat.Dense) }, func(m *mat.Dense) { spoil(m.RawMatrix().Data) }, false},
		"a matrix made of": aliasing[[]float64, *mat.Dense]{frame, func(x []float64) *mat.Dense { return mat.NewDense(2, 2, x) }, spoil, false},
		"a matrix's data":  aliasing[*mat.Dense, []float64]{dense, func(m *mat.Dense) []float64 { return m.RawRowView(1) }, func(m *mat.Dense) { spoil(m.RawMatrix().Data) }, false},
		"an npy.Array": aliasing[*npy.Array[float64], *npy.Array[float64]]{array, func(a *npy.Array[float64]) *npy.Array[float64] {
			return &npy.Array[float64]{Shape: []int{2}, Data: a.Data[:2]}
		}, func(a *npy.Array[float64]) { spoil(a.Data) }, false},

		"nothing shared":   aliasing[[]float64, []float64]{frame, func(x []float64) []float64 { return append([]float64(nil), x...) }, spoil, true},
		"a number":         aliasing[[]float64, float64]{frame, func(x []float64) float64 { return x[2] }, spoil, true},
		"the same text":    aliasing[[]string, []string]{func() []string { return []string{"a", "b"} }, func(x []string) []string { return []string{x[1]} }, func(x []string) { x[1] = "c" }, true},
		"the same zone":    aliasing[time.Time, []time.Time]{func() time.Time { return time.Date(2024, 4, 10, 0, 0, 0, 0, time.Local) }, func(x time.Time) []time.Time { return []time.Time{x.UTC()} }, func(time.Time) {}, true},
		"of no argument":   aliasing[int, []float64]{func() int { return 1 }, func(int) []float64 { return frame() }, func(int) {}, true},
		"a copied matrix":  aliasing[*mat.Dense, *mat.Dense]{dense, func(m *mat.Dense) *mat.Dense { return mat.DenseCopyOf(m) }, func(m *mat.Dense) { spoil(m.RawMatrix().Data) }, true},
		"a logger besides": aliasing[*fitParams, []float64]{func() *fitParams { return &fitParams{Log: func(any) {}} }, func(*fitParams) []float64 { return frame() }, func(*fitParams) {}, true},
	}
	for name, c := range cases {
		for way, how := range map[string]aliasedWay{
			"call": {}, "refresh": {call: "refresh"}, "batch": {call: "batch"}, "full disk": {full: true},
			"copy": {options: diskcache.FuncOptions{Copy: true}}, "nomemory": {options: diskcache.FuncOptions{NoMemory: true}},
		} {
			t.Run(name+"/"+way, func(t *testing.T) { c.run(t, how) })
		}
	}
}

// The method's form, with what it returns to goroutines that waited for it.
func TestWaitersShareNoMemoryWithArgument(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diskcache.DiskCacher[[]float64]
		if err := d.SetOptions(diskcache.Options{Store: storage.Memory()}); err != nil {
			t.Fatal(err)
		}
		if err := d.SetTag("20240410_112233", "root.T.trim"); err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		buf := []float64{0, 0, 1, 2}
		inside := make(chan struct{})
		var waiters sync.WaitGroup
		var got [3][]float64
		for i := range got {
			waiters.Go(func() {
				<-inside
				got[i], _ = d.Execute(ctx, func(context.Context) ([]float64, error) { return []float64{-1}, nil }, []float64{0, 0, 1, 2}, 2)
			})
		}
		_, err := d.Execute(ctx, func(context.Context) ([]float64, error) {
			close(inside)
			synctest.Wait() // until they wait
			return buf[2:], nil
		}, buf, 2)
		if err != nil {
			t.Fatal(err)
		}
		buf[2] = 8
		waiters.Wait()
		for i := range got {
			if fmt.Sprint(got[i]) != "[1 2]" {
				t.Errorf("waiter %d has %v", i, got[i])
			}
		}
	})
}

// What is too large to look into counts as shared, and arrays are not gone through.
func TestAliasedIsQuick(t *testing.T) {
	if !diskcache.IsAliased(make([][]float64, 3<<20), []any{make([]*int, 1)}) {
		t.Error("three million rows were looked at")
	}
	huge := make([]float64, 64<<20)
	if allocs := testing.AllocsPerRun(1, func() { diskcache.IsAliased(huge, []any{huge}) }); allocs > 10 {
		t.Errorf("%v allocations", allocs)
	}
}
