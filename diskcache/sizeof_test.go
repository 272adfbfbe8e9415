package diskcache_test

import (
	"fmt"
	"math/big"
	"reflect"
	"runtime"
	"strings"
	"sync"
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

type sizedHeaded struct {
	Header *[]float64
	N      int
}

type sizedDeep []sizedDeep

// sizedInward has an encoder, so that what is behind its fields is its own business.
type sizedInward struct {
	rows [][]float64
	data []float64
}

func (*sizedInward) MarshalBinary() ([]byte, error) { return nil, nil }

type sizedParent struct {
	Children []*sizedChild
	Data     []float64
}

type sizedChild struct{ Parent *sizedParent }

// familyOf has n children that know their parent, and 1,000 numbers.
func familyOf(n int) *sizedParent {
	p := &sizedParent{make([]*sizedChild, n), make([]float64, 1000)}
	for i := range p.Children {
		p.Children[i] = &sizedChild{p}
	}
	return p
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
	headed := make([]*sizedHeaded, 10_000)
	for i := range headed {
		headed[i] = &sizedHeaded{&shared, i}
	}
	list := make([]any, 1)
	list[0] = list // holds itself
	for name, c := range map[string]struct {
		value any // a pointer
		want  int64
		part  bool // there is more that it does not look into
	}{
		"number":             {new(int64), 8, false},
		"array":              {new([100]float32), 400, false},
		"numbers":            {new(make([]float64, 1000)), 24 + 8000, false},
		"capacity":           {new(make([]float64, 10, 1000)), 24 + 8000, false},
		"nil slice":          {new([]float64), 24, false},
		"string":             {new("0123456789"), 16 + 10, false},
		"matrix":             {new(mat.NewDense(10, 100, nil)), 8 + int64(reflect.TypeFor[mat.Dense]().Size()) + 8000, false},
		"rows":               {new([][]float64{make([]float64, 10), make([]float64, 20)}), 24 + 2*24 + 240, false},
		"many rows":          {new(rowsOf(10_000, 100)), 24 + 10_000*(24+800), false},
		"rows of rows":       {new([][][]float64{rowsOf(100, 10), rowsOf(100, 10)}), 24 + 2*24 + 2*100*(24+80), false},
		"one row many times": {new([][]float64{shared, shared, shared}), 24 + 3*24 + 8000, false},
		"pointers to one":    {new([]*[]float64{&shared, &shared}), 24 + 2*8 + 24 + 8000, false},
		"nil pointer":        {new(*int), 8, false},
		"interface":          {new(any(shared)), 16, true},
		"nil interface":      {new(any), 16, true},
		"structs":            {new(make([]sizedRow, 10)), 24 + 10*int64(reflect.TypeFor[sizedRow]().Size()), true},
		"list":               {new(chain(100, false)), 8 + 100*(24+10), false},
		"ring":               {new(chain(100, true)), 8 + 100*(24+10), false},
		"a slice in itself":  {&list, 24 + 16, true},
		"function":           {new(func() {}), 8, true},
		"channel":            {new(make(chan int, 10)), 8, true},
		"lock": {&struct {
			L sync.Locker
			D []float64
		}{nil, shared}, 40, true},
		"mutex": {&struct {
			mu *sync.RWMutex
			d  []float64
		}{nil, shared}, 32, true},
		"behind a method":  {&sizedInward{rows: rowsOf(10, 10), data: shared}, 48 + 10*24 + 8000, true},
		"unexported":       {&struct{ rows [][]float64 }{rowsOf(10, 10)}, 24 + 10*24, true},
		"parent":           {familyOf(10_000), 48 + 8000 + 10_000*16, false},
		"parent of a copy": {new(*familyOf(10_000)), 48 + 48 + 8000 + 10_000*16, false},
		"shared header":    {&headed, 24 + 10_000*(8+16) + 24 + 8000, false},
		"time":             {new(time.Now().UTC()), 24, false},
		"map of arrays":    {new(map[string][]float64{"a": shared, "b": make([]float64, 500)}), 8 + 48 + 2*41*3/2 + 2*32, true},
		"empty map":        {new(map[int]int{}), 8 + 48, false},
		"array of strings": {new([3]string{"a", "bc", ""}), 48 + 3, false},
	} {
		if got, all := diskcache.SizeOf(c.value); got != c.want || all == c.part {
			t.Errorf("%s: %d bytes (all: %v), want %d", name, got, all, c.want)
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
		really, got := float64(after.HeapAlloc-before.HeapAlloc), float64(sized(v))
		if got < 0.6*really || got > 1.6*really {
			t.Errorf("%s: estimated %.0f bytes, and it has %.0f", name, got, really)
		}
	}
}

func sized(v any) int64 {
	bytes, _ := diskcache.SizeOf(v)
	return bytes
}

// Values of any size are measured soon, and no structure is too deep.
func TestSizeOfEnds(t *testing.T) {
	deep := sizedDeep{}
	for range 200_000 {
		deep = sizedDeep{deep, deep, deep}
	}
	for name, v := range map[string]any{"list": new(chain(3_000_000, false)), "slices": &deep} {
		if got := sized(v); got < 10_000 {
			t.Errorf("%s: %d bytes", name, got)
		}
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
