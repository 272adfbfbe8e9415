package diskcache_test

import (
	"context"
	"fmt"
	"math/big"
	"net/netip"
	"net/url"
	"reflect"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/diskcache"
	storage "github.com/dataelab/dataelab-go/diskcache/store"
	"github.com/dataelab/dataelab-go/formats/npy"
)

// columns is what parquet.Columns is, whose package would change which formats other tests have.
type columns map[string]any

// bothWays is a value as a result and as an argument.
type bothWays interface{ run(t *testing.T) }

type both[T any] struct {
	value T
	same  []T // other values that are the same argument
	other []T // values that are not
	only  string
}

func (b both[T]) run(t *testing.T) {
	cache := &diskcache.Cache{Store: storage.Memory()}
	var failed error
	cache.OnEvent = func(e diskcache.Event) {
		if e.Kind == diskcache.SaveFailed {
			failed = e.Err
		}
	}
	returns := diskcache.Wrap(cache, "returns", func(context.Context, int) (T, error) { return b.value, nil })
	_, err := returns.Call(context.Background(), 1)
	if stored := err == nil && failed == nil; stored != (b.only != "argument") {
		t.Errorf("as a result: %v, %v", err, failed)
	}
	takes := diskcache.Wrap(cache, "takes", func(context.Context, T) (int, error) { return 1, nil })
	if _, err := takes.Call(context.Background(), b.value); err != nil {
		t.Fatalf("as an argument: %v", err)
	}
	for i, v := range b.same {
		if mustKey(t, v) != mustKey(t, b.value) {
			t.Errorf("another value %d has another key", i)
		}
	}
	for i, v := range b.other {
		if mustKey(t, v) == mustKey(t, b.value) {
			t.Errorf("another value %d has the same key", i)
		}
	}
}

type bothRow struct {
	Name string
	At   time.Time
	Gain *float64
	Raw  []byte
}

type bothArrays struct {
	Mean []float64
	Cov  *mat.SymDense
	Cube npy.Array[float32]
}

type bothHidden struct{ n int }

func (h bothHidden) MarshalBinary() ([]byte, error) { return fmt.Append(nil, h.n), nil }
func (h *bothHidden) UnmarshalBinary(text []byte) error {
	_, err := fmt.Sscan(string(text), &h.n)
	return err
}

type bothBlank struct {
	_ [0]func()
	A int
	_ int
}

func mustURL(text string) *url.URL {
	u, err := url.Parse(text)
	if err != nil {
		panic(err)
	}
	return u
}

// What is accepted as a result is accepted as an argument.
func TestResultsAreArguments(t *testing.T) {
	six := []float64{1, 2, 3, 4, 5, 6}
	large := mat.NewDense(3, 3, []float64{1, 2, 9, 2, 3, 9, 9, 9, 9})
	loose := mat.NewSymDense(3, []float64{1, 2, 7, 2, 3, 7, 7, 7, 7}).SliceSym(0, 2).(*mat.SymDense)
	for name, c := range map[string]bothWays{
		"float64":       both[float64]{value: 1, other: []float64{2}},
		"string":        both[string]{value: "a"},
		"Duration":      both[time.Duration]{value: 1},
		"Time":          both[time.Time]{value: time.Unix(1, 0).UTC(), other: []time.Time{{}}},
		"Float16":       both[[]npy.Float16]{value: []npy.Float16{npy.NewFloat16(1)}, other: [][]npy.Float16{{npy.NewFloat16(2)}}},
		"big.Int":       both[big.Int]{value: *big.NewInt(7), other: []big.Int{*big.NewInt(8)}},
		"*big.Rat":      both[*big.Rat]{value: big.NewRat(1, 3), same: []*big.Rat{big.NewRat(2, 6)}},
		"netip.Addr":    both[netip.Addr]{value: netip.MustParseAddr("10.0.0.1"), other: []netip.Addr{{}}},
		"netip.Prefix":  both[[]netip.Prefix]{value: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
		"URL":           both[url.URL]{value: *mustURL("https://a/b"), other: []url.URL{*mustURL("https://me@a/b")}},
		"*URL":          both[*url.URL]{value: mustURL("https://a/b"), same: []*url.URL{mustURL("https://a/b")}, other: []*url.URL{nil, mustURL("https://a/c")}},
		"nil *URL":      both[*url.URL]{value: nil},
		"in a struct":   both[struct{ To *url.URL }]{value: struct{ To *url.URL }{mustURL("https://a/b")}},
		"hidden":        both[bothHidden]{value: bothHidden{1}, other: []bothHidden{{2}}},
		"nil hidden":    both[*bothHidden]{value: nil, other: []*bothHidden{{}}},
		"list of those": both[[]*bothHidden]{value: []*bothHidden{nil, {1}}, other: [][]*bothHidden{{{1}, nil}}},
		"map of those":  both[map[string]*bothHidden]{value: map[string]*bothHidden{"a": {1}, "b": nil}},
		"blank fields":  both[bothBlank]{value: bothBlank{A: 1}, other: []bothBlank{{A: 2}}},
		"array":         both[npy.Array[float64]]{value: npy.Array[float64]{Shape: []int{2, 3}, Data: six}, other: []npy.Array[float64]{{Shape: []int{3, 2}, Data: six}}},
		"*array":        both[*npy.Array[uint8]]{value: &npy.Array[uint8]{Shape: []int{1}, Data: []uint8{1}}, other: []*npy.Array[uint8]{nil}},
		"lists":         both[[][]complex128]{value: [][]complex128{{1i}}},
		"arrays":        both[bothArrays]{value: bothArrays{six, mat.NewSymDense(1, nil), npy.Array[float32]{Shape: []int{1}, Data: []float32{1}}}},
		"named arrays":  both[map[string]*mat.Dense]{value: map[string]*mat.Dense{"a": mat.NewDense(2, 3, six)}},
		"rows":          both[map[string]bothRow]{value: map[string]bothRow{"r": {"a", time.Unix(1, 0).UTC(), &six[0], []byte("x")}}, other: []map[string]bothRow{{"r": {"a", time.Unix(1, 0).UTC(), nil, []byte("x")}}}},
		"columns":       both[columns]{value: columns{"a": []int64{1}, "b": []string{"x"}}, other: []columns{{"a": []int64{2}, "b": []string{"x"}}}},

		"Dense":         both[*mat.Dense]{value: mat.NewDense(2, 2, []float64{1, 2, 2, 3}), same: []*mat.Dense{large.Slice(0, 2, 0, 2).(*mat.Dense)}, other: []*mat.Dense{{}, mat.NewDense(1, 4, []float64{1, 2, 2, 3})}},
		"VecDense":      both[*mat.VecDense]{value: mat.NewVecDense(2, []float64{2, 3}), same: []*mat.VecDense{large.ColView(1).(*mat.VecDense).SliceVec(0, 2).(*mat.VecDense)}, other: []*mat.VecDense{{}}},
		"SymDense":      both[*mat.SymDense]{value: mat.NewSymDense(2, []float64{1, 2, -1, 3}), same: []*mat.SymDense{loose}, other: []*mat.SymDense{{}, mat.NewSymDense(2, []float64{1, 4, 2, 3})}},
		"TriDense":      both[*mat.TriDense]{value: mat.NewTriDense(2, mat.Upper, []float64{1, 2, 8, 3}), same: []*mat.TriDense{mat.NewTriDense(2, mat.Upper, []float64{1, 2, 0, 3})}, other: []*mat.TriDense{mat.NewTriDense(2, mat.Lower, []float64{1, 2, 8, 3}), {}}},
		"CDense":        both[mat.CDense]{value: *mat.NewCDense(2, 1, []complex128{1, 2i}), other: []mat.CDense{{}, *mat.NewCDense(1, 2, []complex128{1, 2i})}},
		"DiagDense":     both[*mat.DiagDense]{only: "argument", value: mat.NewDiagDense(2, []float64{1, 3}), same: []*mat.DiagDense{mat.NewSymDense(2, []float64{1, 2, 2, 3}).DiagView().(*mat.DiagDense)}, other: []*mat.DiagDense{{}}},
		"long diagonal": both[*mat.DiagDense]{only: "argument", value: mat.NewDiagDense(1_000_000, nil)},
		"BandDense":     both[*mat.BandDense]{only: "argument", value: mat.NewBandDense(3, 3, 1, 0, six), same: []*mat.BandDense{mat.NewBandDense(3, 3, 1, 0, []float64{-7, 2, 3, 4, 5, 6})}, other: []*mat.BandDense{mat.NewBandDense(3, 3, 0, 1, six)}},
		"SymBandDense":  both[*mat.SymBandDense]{only: "argument", value: mat.NewSymBandDense(3, 1, six)},
		"TriBandDense":  both[*mat.TriBandDense]{only: "argument", value: mat.NewTriBandDense(3, 1, mat.Lower, six), other: []*mat.TriBandDense{mat.NewTriBandDense(3, 1, mat.Upper, six)}},
		"Tridiag":       both[*mat.Tridiag]{only: "argument", value: mat.NewTridiag(3, six[:2], six[:3], six[:2])},
		"Matrix":        both[mat.Matrix]{only: "argument", value: mat.NewDense(2, 3, six).T(), other: []mat.Matrix{mat.NewDense(2, 3, six), mat.NewDense(3, 2, six).T(), nil}},
		"CMatrix":       both[mat.CMatrix]{only: "argument", value: mat.NewCDense(1, 1, []complex128{1i}).H(), other: []mat.CMatrix{mat.NewCDense(1, 1, []complex128{1i}).T()}},
	} {
		t.Run(name, c.run)
	}
}

// A matrix that was put together by hand, and that gonum itself cannot read.
func TestKeyOfMatrixPutTogetherByHand(t *testing.T) {
	m := mat.NewSymDense(2, []float64{1, 2, 2, 3})
	raw := m.RawSymmetric()
	raw.Data = raw.Data[:1]
	m.SetRawSymmetric(raw)
	if _, err := diskcache.KeyOf(m); err == nil {
		t.Errorf("%v of a matrix with too few elements has a key", reflect.TypeOf(m))
	}
}
