package conformance_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/formats/formattest"
	"github.com/dataelab/dataelab-go/formats/npy"
	_ "github.com/dataelab/dataelab-go/formats/parquet" // more formats
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// A conformer is what the suite must know about a format.
type conformer struct {
	formattest.Options
	loses []loss
}

// A loss is what a format, as its documentation says, does not keep.
type loss struct {
	rule  formattest.Rule
	words string // for docs/formats.md
}

// conforming has a line for each format.
var conforming = map[string]conformer{
	"npy": {formattest.Options{Damages: 60_000}, []loss{zones}},
	"npz": {formattest.Options{Damages: 40_000, Exact: true, // a CRC-32 for each array
		WritesMore: true}, []loss{zones}}, // map[string]any, which a file does not say how to read
	"gob":  {formattest.Options{Damages: 60_000}, nil},
	"json": {formattest.Options{Damages: 5_000, Lenient: true}, []loss{payloads}},
	"yaml": {formattest.Options{Damages: 5_000, Lenient: true}, []loss{payloads}},
	"csv":  {formattest.Options{Damages: 5_000, Lenient: true}, []loss{payloads}},

	"parquet": {formattest.Options{Damages: 5_000}, []loss{zones}},
	"feather": {formattest.Options{Damages: 5_000}, []loss{zones}},

	// Lenient, as without its last frame, which readers skip, a file is as good.
	"npy.zst": {formattest.Options{Damages: 10_000, Lenient: true}, []loss{zones}},
	"npz.zst": {formattest.Options{Damages: 10_000, Lenient: true, Exact: true, WritesMore: true}, []loss{zones}},
	"gob.zst": {formattest.Options{Damages: 10_000, Lenient: true}, nil},
}

var payloads = loss{formattest.AnyNaN(), "NaN comes back as NaN, without the bits of its payload"}

var zones = loss{
	formattest.Compare(func(want, got time.Time) error {
		if !want.Equal(got) {
			return fmt.Errorf("want the instant %v, got %v", want, got)
		}
		return nil
	}),
	"a time keeps its instant, not its zone: it comes back in UTC",
}

// TestConformance runs the suite over every format there is.
func TestConformance(t *testing.T) {
	all := formats.Set{}.All()
	var wrapped []formats.Format
	for _, f := range all {
		if _, ok := conforming[f.Name()+".zst"]; ok { // those that read anywhere, from front to back, and all at once
			wrapped = append(wrapped, formats.Zstd(f))
		}
	}
	all = append(all, wrapped[:exhaustive.N(1, len(wrapped))]...)
	for k, f := range all {
		t.Run(f.Name(), func(t *testing.T) {
			known, ok := conforming[f.Name()]
			if !ok {
				t.Fatalf("format %s has no line in the table conforming: add one, empty if it is strict about its files", f.Name())
			}
			options := known.Options
			options.Damages = exhaustive.N(options.Damages/60, options.Damages)
			options.Timeout = time.Hour // a machine may be slow
			for i, typ := range goTypes() {
				if (i+k)%exhaustive.N(7, 1) == 0 { // else each format has others
					options.Types = append(options.Types, typ)
				}
			}
			options.Rules = append(options.Rules, zooRules()...)
			for _, l := range known.loses {
				options.Rules = append(options.Rules, l.rule)
			}
			formattest.Run(t, f, options)
		})
	}
}

// The types of the zoo, besides those of the suite itself.
type (
	counts  []int32
	online  bool
	celsius float64
	station struct {
		Name     string
		Position [3]float64
		Opened   time.Time
		Closed   *time.Time
		Readings []celsius
		Sensors  map[string]sensor
		Parent   *station
	}
	sensor struct {
		Serial uint32
		Gain   complex64
		Online online
	}
	embedding struct {
		sensor2
		Note string
	}
	sensor2 struct{ Serial uint32 }
	Base    struct{ Offset float32 }
	derived struct {
		Base
		Scale float32
	}
	observation struct { // a row of a table
		Time   time.Time
		Target string
		Flux   float64
		Sky    *float32
		Frames uint16
		Good   bool
		Took   time.Duration
	}
	columns struct {
		Flux, Error []float64
		Frame       npy.Array[float32]
		Cov         *mat.Dense
		Exposure    float64
	}
	matrices map[string]*mat.Dense
	text     string
)

// goTypes are the types of a laboratory that the suite does not know by itself.
func goTypes() []reflect.Type {
	return []reflect.Type{
		reflect.TypeFor[counts](), reflect.TypeFor[online](), reflect.TypeFor[[]online](), reflect.TypeFor[celsius](), reflect.TypeFor[[]celsius](),
		reflect.TypeFor[[][][][]int8](), reflect.TypeFor[[3][]float32](), reflect.TypeFor[[2][2][2]complex128](), reflect.TypeFor[[][2][]uint64](),
		reflect.TypeFor[npy.Float16](), reflect.TypeFor[[]npy.Float16](), reflect.TypeFor[[][]npy.Float16](),
		reflect.TypeFor[npy.Array[float64]](), reflect.TypeFor[npy.Array[uint8]](), reflect.TypeFor[npy.Array[bool]](),
		reflect.TypeFor[npy.Array[complex64]](), reflect.TypeFor[*npy.Array[int32]](), reflect.TypeFor[npy.Array[npy.Float16]](),
		reflect.TypeFor[mat.Dense](), reflect.TypeFor[*mat.Dense](), reflect.TypeFor[*mat.CDense](), reflect.TypeFor[*mat.VecDense](),
		reflect.TypeFor[*mat.SymDense](), reflect.TypeFor[*mat.TriDense](), reflect.TypeFor[mat.Matrix](),
		reflect.TypeFor[station](), reflect.TypeFor[embedding](), reflect.TypeFor[derived](), reflect.TypeFor[[]derived](),
		reflect.TypeFor[observation](), reflect.TypeFor[[]observation](), reflect.TypeFor[[]*observation](),
		reflect.TypeFor[columns](), reflect.TypeFor[*columns](), reflect.TypeFor[matrices](), reflect.TypeFor[map[string]npy.Array[int16]](),
		reflect.TypeFor[map[text]counts](), reflect.TypeFor[map[time.Duration]text](), reflect.TypeFor[map[[2]int8][]string](),
		reflect.TypeFor[netip.Addr](), reflect.TypeFor[map[netip.Addr]int](), reflect.TypeFor[[]*time.Time](),
	}
}

// typeRules make and compare what has invariants.
func typeRules() []formattest.Rule {
	return slices.Concat(
		arrayRules[float64](), arrayRules[float32](), arrayRules[uint8](), arrayRules[bool](), arrayRules[complex64](),
		arrayRules[int32](), arrayRules[int16](), arrayRules[npy.Float16](),
		matrixRules(),
		[]formattest.Rule{
			formattest.Generate(func(r *rand.Rand) netip.Addr {
				all := []string{"127.0.0.1", "::1", "fe80::1%eth0", "10.0.0.255"}
				return netip.MustParseAddr(all[r.IntN(len(all))])
			}),
			formattest.Compare(func(want, got netip.Addr) error {
				if want != got {
					return fmt.Errorf("want %v, got %v", want, got)
				}
				return nil
			}),
		})
}

// anyFrom returns one of the values that the suite makes.
func anyFrom[T any](r *rand.Rand) T {
	values := formattest.Values(reflect.TypeFor[T](), r.Uint64N(16))
	v, _ := values[r.IntN(len(values))].(T)
	return v
}

// arrayRules make arrays whose data has the length that the shape says.
func arrayRules[T npy.Element]() []formattest.Rule {
	values := formattest.Values(reflect.TypeFor[T](), 0)
	return []formattest.Rule{
		formattest.Generate(func(r *rand.Rand) npy.Array[T] {
			shapes := [][]int{{}, {0}, {1}, {5}, {2, 3}, {3, 0}, {2, 1, 3}, {1, 2, 1, 2}}
			a := npy.NewArray[T](shapes[r.IntN(len(shapes))]...)
			a.Fortran = len(a.Shape) > 1 && r.IntN(2) == 0
			for i := range a.Data {
				a.Data[i], _ = values[r.IntN(len(values))].(T)
			}
			return a
		}),
	}
}

func matrixRules() []formattest.Rule {
	floats := formattest.Values(reflect.TypeFor[float64](), 0)
	numbers := func(r *rand.Rand, n int) []float64 {
		data := make([]float64, n)
		for i := range data {
			data[i], _ = floats[r.IntN(len(floats))].(float64)
		}
		return data
	}
	return []formattest.Rule{
		formattest.Generate(func(r *rand.Rand) mat.Dense {
			rows, cols := 1+r.IntN(4), 1+r.IntN(4)
			return *mat.NewDense(rows, cols, numbers(r, rows*cols))
		}),
		formattest.Generate(func(r *rand.Rand) mat.CDense {
			data := make([]complex128, 6)
			for i := range data {
				data[i] = anyFrom[complex128](r)
			}
			return *mat.NewCDense(2, 3, data)
		}),
		formattest.Generate(func(r *rand.Rand) mat.VecDense {
			n := 1 + r.IntN(6)
			return *mat.NewVecDense(n, numbers(r, n))
		}),
		formattest.Generate(func(r *rand.Rand) mat.SymDense { return *mat.NewSymDense(3, numbers(r, 9)) }),
		formattest.Compare(func(want, got mat.SymDense) error { return sameMatrix(&want, &got) }),
		formattest.Generate(func(r *rand.Rand) mat.TriDense {
			return *mat.NewTriDense(3, mat.TriKind(r.IntN(2) == 0), numbers(r, 9))
		}),
		formattest.Compare(func(want, got mat.TriDense) error {
			if want.IsEmpty() || got.IsEmpty() { // which are neither upper nor lower
				return sameMatrix(&want, &got)
			}
			_, kind := want.Triangle()
			if _, other := got.Triangle(); other != kind {
				return errors.New("upper and lower are mixed up")
			}
			return sameMatrix(&want, &got)
		}),
	}
}

// sameMatrix compares elements, as half of the memory of a symmetric or triangular
// matrix has no meaning.
func sameMatrix(want, got mat.Matrix) error {
	rows, cols := want.Dims()
	if r, c := got.Dims(); r != rows || c != cols {
		return fmt.Errorf("want %d×%d, got %d×%d", rows, cols, r, c)
	}
	for i := range rows {
		for j := range cols {
			if err := formattest.Diff(want.At(i, j), got.At(i, j)); err != nil {
				return fmt.Errorf("element %d, %d: %w", i, j, err)
			}
		}
	}
	return nil
}
