package dataelab_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
)

type record struct {
	Values [4]float64
	Name   string
	Next   *record
	Err    error
	Tags   map[string][]string
	Notify chan *leaf
	Done   func() *leaf
}

// payload holds much that leads to no cacher, and a little that does.
type payload struct {
	Leaf    leaf
	Numbers []float64
	Rows    [][]complex128
	Records []record
	ByName  map[string]*record
	ByPlace map[position]record
}

func newPayload(n int) *payload {
	p := &payload{Numbers: make([]float64, n), Rows: [][]complex128{make([]complex128, n/10)}, Records: make([]record, n/100)}
	p.ByName, p.ByPlace = map[string]*record{}, map[position]record{}
	for i := range n / 1000 {
		p.ByName[fmt.Sprint(i)] = &record{Err: errors.New("an error")}
		p.ByPlace[position{i, i}] = record{}
	}
	return p
}

func allocations(root any) float64 {
	return testing.AllocsPerRun(5, func() {
		n := 0
		for range dataelab.Cachers(root) {
			n++
		}
		if n != 1 {
			panic(fmt.Sprintf("found %d cachers, want 1", n))
		}
	})
}

// Ten million elements cost what ten do.
func TestRule5PayloadCostsNothing(t *testing.T) {
	small, large := allocations(newPayload(10)), allocations(newPayload(10_000_000))
	if small != large {
		t.Errorf("%v allocations for a small payload, %v for a large one", small, large)
	}
}

// A slice of interfaces has to be looked at, but what is in it costs nothing.
func TestRule5NumbersInInterfaces(t *testing.T) {
	table := func(n int) any {
		cells, byName := make([]any, n), map[string]any{}
		for i := range cells {
			cells[i] = []float64(nil)
			byName[fmt.Sprint(i)] = record{}
		}
		return &struct {
			A leaf
			B []any
			C map[position]any
		}{B: cells, C: map[position]any{{}: 1.5}}
	}
	small, large := allocations(table(10)), allocations(table(100_000))
	if large > small+8 {
		t.Errorf("%v allocations for 10 cells, %v for 100,000", small, large)
	}
}

// Names of a list's nodes grow longer than any file system allows; the walk must
// not first build all of them: they would be 25 GB here.
func TestLongList(t *testing.T) {
	for _, length := range []int{1_000, 100_000} {
		head := &node{}
		for range length {
			head = &node{A: head}
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := dataelab.SetTag(head, testTag)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, diskcache.ErrName) || !strings.Contains(err.Error(), "steps below root") || len(err.Error()) > 500 {
			t.Errorf("%d nodes: got %.500v, want an error that wraps ErrName, says how deep, and is short", length, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 10<<20 {
			t.Errorf("%d nodes: took %d MB", length, used>>20)
		}
		if _, err := head.M.FullPath(); !errors.Is(err, diskcache.ErrTagNotSet) {
			t.Errorf("%d nodes: the head has a tag after an error: %v", length, err)
		}
	}
}

// A long list is fine as long as no cacher is too deep in it.
func TestLongListWithoutCachers(t *testing.T) {
	type link struct {
		Next  *link
		Value any
	}
	head := &link{}
	last := head
	for range 100_000 {
		head = &link{Next: head}
	}
	root := &struct {
		Head *link
		Leaf leaf
	}{Head: head}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	expectNames(t, root, "root.Leaf.leaf.Mean")
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 500<<20 {
		t.Errorf("took %d MB", used>>20)
	}
	last.Value = &leaf{}
	if err := dataelab.SetTag(root, testTag); !errors.Is(err, diskcache.ErrName) {
		t.Errorf("with a cacher at the end: %v", err)
	}
}

// A chain of embedded structs adds nothing to the path, so it may be very long.
func TestLongEmbedding(t *testing.T) {
	head := &embedsItself{}
	for range 100_000 {
		head = &embedsItself{embedsItself: head}
	}
	if err := dataelab.SetTag(head, testTag); err == nil || !strings.Contains(err.Error(), "two methods") {
		t.Errorf("got %.500v, want that two methods have one name", err)
	}
}
