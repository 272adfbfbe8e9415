package diskcache_test

import (
	"fmt"
	"math/big"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/diskcache"
)

type sizedNode struct {
	Name string
	Next *sizedNode
}

type sizedRow struct {
	Name    string
	Values  []float64
	Comment any
}

// chain is a list of n nodes, with its end at its beginning if it is a ring.
func chain(n int, ring bool) *sizedNode {
	last := &sizedNode{Name: "0123456789"}
	first := last
	for range n - 1 {
		first = &sizedNode{"0123456789", first}
	}
	if ring {
		last.Next = first
	}
	return first
}

func TestSizeOf(t *testing.T) {
	shared := make([]float64, 1000)
	list := make([]any, 1)
	list[0] = list // holds itself
	for name, c := range map[string]struct {
		value any // a pointer
		want  int64
	}{
		"number":              {new(int64), 8},
		"array":               {new([100]float32), 400},
		"numbers":             {new(make([]float64, 1000)), 24 + 8000},
		"capacity":            {new(make([]float64, 10, 1000)), 24 + 8000},
		"nil slice":           {new([]float64), 24},
		"string":              {new("0123456789"), 16 + 10},
		"matrix":              {new(mat.NewDense(10, 100, nil)), 8 + int64(reflect.TypeFor[mat.Dense]().Size()) + 8000},
		"rows":                {new([][]float64{make([]float64, 10), make([]float64, 20)}), 24 + 2*24 + 240},
		"many rows":           {new(rowsOf(10_000, 100)), 24 + 10_000*(24+800)},
		"rows of rows":        {new([][][]float64{rowsOf(100, 10), rowsOf(100, 10)}), 24 + 2*24 + 2*100*(24+80)},
		"one row many times":  {new([][]float64{shared, shared, shared}), 24 + 3*24 + 8000},
		"pointers to one":     {new([]*[]float64{&shared, &shared}), 24 + 2*8 + 24 + 8000},
		"nil pointer":         {new(*int), 8},
		"interface":           {new(any(shared)), 16 + 24 + 8000},
		"nil interface":       {new(any), 16},
		"pointer in one":      {new(any(new(int64))), 16 + 8 + 8},
		"structs":             {new(make([]sizedRow, 10)), 24 + 10*int64(reflect.TypeFor[sizedRow]().Size())},
		"list":                {new(chain(100, false)), 8 + 100*(24+10)},
		"ring":                {new(chain(100, true)), 8 + 100*(24+10)},
		"a slice in itself":   {&list, 24 + 16 + 24},
		"function":            {new(func() {}), 8},
		"channel":             {new(make(chan int, 10)), 8},
		"time":                {new(time.Now().UTC()), 24},
		"map of arrays":       {new(map[string][]float64{"a": shared, "b": make([]float64, 500)}), 8 + 12_000 + 2 + 48 + 2*41*3/2},
		"empty map":           {new(map[int]int{}), 8 + 48},
		"array of strings":    {new([3]string{"a", "bc", ""}), 48 + 3},
		"struct in interface": {new(any(sizedRow{Name: "abc"})), 16 + int64(reflect.TypeFor[sizedRow]().Size()) + 3},
	} {
		if got := diskcache.SizeOf(c.value); got != c.want {
			t.Errorf("%s: %d bytes, want %d", name, got, c.want)
		}
	}
}

func rowsOf(n, length int) [][]float64 {
	rows := make([][]float64, n)
	for i := range rows {
		rows[i] = make([]float64, length)
	}
	return rows
}

// The estimate is near to what the garbage collector sees, also where it is made from a
// sample.
func TestSizeOfIsNear(t *testing.T) {
	for name, build := range map[string]func() any{
		"texts of many lengths": func() any {
			texts := make([]string, 50_000)
			for i := range texts {
				texts[i] = strings.Repeat("x", 8*(i%50)+8)
			}
			return &texts
		},
		"table": func() any {
			table := make([]sizedRow, 20_000)
			for i := range table {
				table[i] = sizedRow{Name: fmt.Sprint("row number ", i), Values: make([]float64, 16), Comment: int64(i)}
			}
			return &table
		},
		"map of numbers": func() any {
			m := map[int64]float64{}
			for i := range int64(100_000) {
				m[i] = 1
			}
			return &m
		},
		"map of texts": func() any {
			m := map[string]string{}
			for i := range 30_000 {
				m[fmt.Sprint("the key ", i)] = strings.Repeat("x", 32)
			}
			return &m
		},
		"pointers": func() any {
			numbers := make([]*big.Int, 50_000)
			for i := range numbers {
				numbers[i] = new(big.Int).Lsh(big.NewInt(int64(i)+1), 256)
			}
			return &numbers
		},
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		v := build()
		runtime.GC()
		runtime.ReadMemStats(&after)
		really, got := float64(after.HeapAlloc-before.HeapAlloc), float64(diskcache.SizeOf(v))
		if got < 0.6*really || got > 1.6*really {
			t.Errorf("%s: estimated %.0f bytes, and it has %.0f", name, got, really)
		}
		if shared := float64(diskcache.SizeOfShared(v)); shared < 0.5*really || shared > 2*really {
			t.Errorf("%s: estimated %.0f bytes without looking into maps, and it has %.0f", name, shared, really)
		}
	}
}

// Values of any size are measured soon, and no structure is too deep.
func TestSizeOfEnds(t *testing.T) {
	tree := map[string]any{}
	for at, i := tree, 0; i < 200_000; i++ {
		next := map[string]any{}
		at["next"], at["other"] = next, []any{1, "two"}
		at = next
	}
	deep := any(nil)
	for range 200_000 {
		deep = []any{deep, deep, deep}
	}
	for name, v := range map[string]any{"list": new(chain(3_000_000, false)), "maps": &tree, "interfaces": &deep} {
		if got := diskcache.SizeOf(v); got < 10_000 {
			t.Errorf("%s: %d bytes", name, got)
		}
	}
}

// A value that others use already is not looked at where Go would end the program.
func TestSizeOfSharedReadsNoMap(t *testing.T) {
	var counts struct{ ByName map[string][]int }
	counts.ByName = map[string][]int{"a": {1}}
	before := diskcache.SizeOfShared(&counts)
	counts.ByName["a"] = make([]int, 1000)
	if got := diskcache.SizeOfShared(&counts); got != before {
		t.Errorf("%d bytes and %d after an element has grown: it was read", before, got)
	}
}

func BenchmarkSizeOf(b *testing.B) {
	table := make([]sizedRow, 1_000_000)
	for i := range table {
		table[i] = sizedRow{Name: "a name", Values: make([]float64, 4)}
	}
	for name, v := range map[string]any{
		"10 million numbers": new(make([]float64, 10_000_000)),
		"1 million structs":  &table,
		"100,000 rows":       new(rowsOf(100_000, 4)),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				diskcache.SizeOf(v)
			}
		})
	}
}
