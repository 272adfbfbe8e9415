package difference_test

import (
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/internal/difference"
)

type sealed struct {
	N     int
	note  string
	list  []int
	at    time.Time
	apply func(float64) float64
}

type locked struct { // which others may be changing
	mu sync.Mutex
	n  int
}

type lockedEqual struct {
	mu sync.RWMutex
	n  int
}

func (l *lockedEqual) Equal(other *lockedEqual) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.n == other.n
}

type cached struct { // says itself what counts
	N   int
	sum *float64
}

func (c cached) Equal(other cached) bool { return true }

type cachedPointer struct{ sum float64 }

func (c *cachedPointer) Equal(other *cachedPointer) bool { return true }

type wrongEqual struct{ n int }

func (wrongEqual) Equal(any) bool { return true }

type labeled struct {
	mat.Dense
	label string
}

type holds struct {
	Inner cachedHidden
}
type cachedHidden struct{ n int }

func (holds) Equal(holds) bool { return true }

func TestStored(t *testing.T) {
	now := time.Now()
	big1 := mat.NewDense(3, 3, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9})
	view := big1.Slice(0, 2, 1, 3).(*mat.Dense)
	one := 1.0
	double := func(x float64) float64 { return 2 * x }
	used := &sealed{apply: double}
	quiet := math.Float64frombits(0x7ff8000000000007)
	for name, c := range map[string]struct {
		want, got any
		diff      string // "" for equal
	}{
		"monotonic clock":         {&sealed{at: now}, &sealed{at: now.Round(0)}, ""},
		"another time":            {&sealed{at: now}, &sealed{at: now.Add(1)}, ".*.at: want"},
		"zone":                    {now.UTC(), now.In(time.FixedZone("", 3600)), "want"},
		"private nil and empty":   {&sealed{list: []int{}}, &sealed{}, ""},
		"nil and empty":           {[]int{}, []int(nil), "want an empty slice, got nil"},
		"private text":            {&sealed{note: "a"}, &sealed{}, `.*.note: want "a", got ""`},
		"functions made anew":     {used, &sealed{apply: func(x float64) float64 { return x }}, ""},
		"function lost":           {used, &sealed{}, ".*.apply: want"},
		"cache":                   {cached{1, &one}, cached{1, nil}, ""},
		"cache, exported differs": {cached{1, &one}, cached{2, nil}, ".N: want 1, got 2"},
		"cache behind a pointer":  {[]*cachedPointer{{1}}, []*cachedPointer{{2}}, ""},
		"lock":                    {&locked{n: 1}, &locked{n: 2}, ""},
		"lock and Equal":          {&lockedEqual{n: 1}, &lockedEqual{n: 1}, ""},
		"lock, not Equal":         {&lockedEqual{n: 1}, &lockedEqual{n: 2}, ".*: its method Equal says that it differs"},
		"Equal of anything":       {wrongEqual{1}, wrongEqual{2}, ".n: want 1, got 2"},
		"Equal of what is around": {holds{cachedHidden{1}}, holds{cachedHidden{2}}, ""},
		"view of a matrix":        {view, mat.DenseCopyOf(view), ""},
		"another matrix":          {view, mat.NewDense(2, 2, []float64{2, 3, 5, 7}), ".*.mat.Data: want a slice of length 5, got a slice of length 4"},
		"matrix and label":        {&labeled{*view, "a"}, &labeled{*view, "b"}, `.*.label: want "a", got "b"`},
		"big.Int of zero":         {new(big.Int).Sub(big.NewInt(1), big.NewInt(1)), new(big.Int), ""},
		"big.Int":                 {big.NewInt(1), big.NewInt(2), ".*: want 1, got 2"},
		"big.Rat of zero":         {new(big.Rat), big.NewRat(0, 1), ""},
		"address":                 {netip.MustParseAddr("::1"), netip.MustParseAddr("::2"), ".addr.lo: want 1, got 2"},
		"NaN":                     {[]float64{quiet}, []float64{math.NaN()}, ""},
		"-0":                      {[]float64{0}, []float64{math.Copysign(0, -1)}, "[0]: want 0, got -0"},
		"map":                     {map[string][]byte{"a": {1}, "b": nil}, map[string][]byte{"a": {1}, "b": nil}, ""},
		"map, value":              {map[string][]byte{"a": {1}}, map[string][]byte{"a": {2}}, `["a"][0]: want 1, got 2`},
	} {
		err := difference.Stored(reflect.ValueOf(c.want), reflect.ValueOf(c.got), true)
		switch {
		case c.diff == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.diff != "" && (err == nil || !strings.HasPrefix(err.Error(), c.diff)):
			t.Errorf("%s: %v, want %s", name, err, c.diff)
		}
	}
	if difference.Stored(reflect.ValueOf(quiet), reflect.ValueOf(math.NaN()), false) == nil {
		t.Error("NaN with another payload is the same")
	}
}
