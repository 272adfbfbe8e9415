package npy_test

import (
	"bytes"
	"errors"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// allHalves are all there are, in the order of their bits.
func allHalves() []npy.Float16 {
	list := make([]npy.Float16, 1<<16)
	for i := range list {
		list[i] = npy.Float16(i)
	}
	return list
}

func isNaN16(h npy.Float16) bool { return h&0x7fff > 0x7c00 }

// TestFloat16Values compares each half with the definition of the format.
func TestFloat16Values(t *testing.T) {
	for _, h := range allHalves() {
		exponent, low := int(h>>10&31), float64(h&1023)
		want := math.Ldexp(1024+low, exponent-25)
		switch exponent {
		case 0:
			want = math.Ldexp(low, -24)
		case 31:
			want = math.Inf(1)
		}
		if h&0x8000 != 0 {
			want = -want
		}
		back := npy.NewFloat16(h.Float64())
		if isNaN16(h) {
			if !math.IsNaN(h.Float64()) || h.Float32() == h.Float32() || back != h|0x200 || h.String() != "NaN" {
				t.Fatalf("%#04x is %v and comes back as %#04x; want a NaN that keeps its payload", uint16(h), h, uint16(back))
			}
			continue
		}
		if math.Float64bits(h.Float64()) != math.Float64bits(want) || float64(h.Float32()) != want || back != h {
			t.Fatalf("%#04x is %v and comes back as %#04x; want %v", uint16(h), h.Float64(), uint16(back), want)
		}
	}
	for h, want := range map[npy.Float16]string{0x3c00: "1", 0xc000: "-2", 0x2e66: "0.099975586", 0x7bff: "65504", 0x8000: "-0", 0x7c00: "+Inf", 0xfc00: "-Inf"} {
		if h.String() != want {
			t.Errorf("%#04x is shown as %s, want %s", uint16(h), h, want)
		}
	}
}

// TestFloat16Rounding looks at every two neighbors, and what lies around the middle
// between them.
func TestFloat16Rounding(t *testing.T) {
	for low := range npy.Float16(0x7c00) {
		high := low + 1
		top := high.Float64()
		if high == 0x7c00 {
			top = 65536 // where infinity stands, for rounding
		}
		middle := (low.Float64() + top) / 2
		even := low + low&1
		for _, test := range []struct {
			x    float64
			want npy.Float16
		}{
			{math.Nextafter(middle, 0), low}, {middle, even}, {math.Nextafter(middle, top), high},
			{math.Nextafter(low.Float64(), top), low}, {math.Nextafter(top, 0), high},
		} {
			if got, minus := npy.NewFloat16(test.x), npy.NewFloat16(-test.x); got != test.want || minus != test.want|0x8000 {
				t.Fatalf("%v is %#04x and %#04x, want %#04x", test.x, uint16(got), uint16(minus), uint16(test.want))
			}
		}
	}
	for _, x := range []float64{65520, 65536, 1e10, math.MaxFloat64, math.Inf(1)} {
		if npy.NewFloat16(x) != 0x7c00 || npy.NewFloat16(-x) != 0xfc00 {
			t.Errorf("%v is %v and %v, want infinities", x, npy.NewFloat16(x), npy.NewFloat16(-x))
		}
	}
	if npy.NewFloat16(math.SmallestNonzeroFloat64) != 0 {
		t.Error("the smallest float64 is not 0")
	}
}

func TestFloat16Files(t *testing.T) {
	halves := allHalves()
	file := encoded(t, halves)
	if h := header(t, file); h.DType != "<f2" {
		t.Errorf("dtype %s", h.DType)
	}
	if got := decode[[]npy.Float16](t, file); !slices.Equal(got, halves) {
		t.Error("halves come back other than they were")
	}
	if got := decode[[][2]npy.Float16](t, encoded(t, [][2]npy.Float16{{1, 2}, {3, 4}})); !reflect.DeepEqual(got, [][2]npy.Float16{{1, 2}, {3, 4}}) {
		t.Errorf("%v", got)
	}
	singles := decode[[]float32](t, file)
	doubles := decode[[]float64](t, file)
	small := decode[[]complex64](t, file)
	large := decode[[]complex128](t, file)
	for i, h := range halves {
		if math.Float32bits(singles[i]) != math.Float32bits(h.Float32()) {
			t.Fatalf("%#04x as float32: %x", i, math.Float32bits(singles[i]))
		}
		if isNaN16(h) {
			if doubles[i] == doubles[i] || real(small[i]) == real(small[i]) || real(large[i]) == real(large[i]) {
				t.Fatalf("%#04x: %v, %v, %v; want NaN", i, doubles[i], small[i], large[i])
			}
		} else if doubles[i] != h.Float64() || small[i] != complex(h.Float32(), 0) || large[i] != complex(h.Float64(), 0) {
			t.Fatalf("%#04x: %v, %v, %v; want %v", i, doubles[i], small[i], large[i], h)
		}
	}
	if m := decode[*mat.VecDense](t, encoded(t, []npy.Float16{0x3c00, 0xc000})); !mat.Equal(m, mat.NewVecDense(2, []float64{1, -2})) {
		t.Errorf("%v", m)
	}

	for _, test := range []struct{ from, dst any }{
		{[]npy.Float16{0x3c00}, new([]uint16)}, {[]npy.Float16{0x3c00}, new([]int64)}, {[]npy.Float16{}, new([]bool)},
		{[]float32{1}, new([]npy.Float16)}, {[]float64{1}, new([]npy.Float16)}, {[]complex64{1}, new([]npy.Float16)}, {[]bool{true}, new([]npy.Float16)},
	} {
		var bad *npy.MismatchError
		if err := decodeError(encoded(t, test.from), test.dst); !errors.As(err, &bad) {
			t.Errorf("%T into %T: %v, want a MismatchError", test.from, test.dst, err)
		}
	}
	path := saved(t, halves)
	m, err := npy.Map[npy.Float16](path)
	if err != nil || !slices.Equal(m.Array().Data, halves) || m.Close() != nil {
		t.Errorf("mapped: %v", err)
	}
	if _, err := npy.Map[uint16](path); err == nil {
		t.Error("halves mapped as uint16: no error")
	}
}

const checkHalves = `
import sys
import numpy as np
ours, theirs, wide, rounded = sys.argv[1:]
bits = np.arange(1 << 16, dtype="<u2")
a = np.load(ours)
assert a.dtype == "<f2" and (a.view("<u2") == bits).all()
np.save(theirs, bits.view("<f2").astype(">f2"))
singles = np.load(wide)
assert singles.dtype == "<f4" and (singles.view("<u4") == a.astype("<f4").view("<u4")).all()
x = np.random.default_rng(1).standard_normal(100000) * 10.0 ** np.arange(-10, 10).repeat(5000)
with np.errstate(over="ignore"):
    np.save(rounded, np.stack([x, x.astype("f2").astype("f8")]))
print("ok")
`

func TestPythonHalves(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	ours, theirs, wide, rounded := filepath.Join(dir, "o.npy"), filepath.Join(dir, "t.npy"), filepath.Join(dir, "w.npy"), filepath.Join(dir, "r.npy")
	halves := allHalves()
	if err := npy.Save(ours, halves); err != nil {
		t.Fatal(err)
	}
	if err := npy.Save(wide, decode[[]float32](t, encoded(t, halves))); err != nil {
		t.Fatal(err)
	}
	if got := py.Run(t, checkHalves, ours, theirs, wide, rounded); got != "ok" {
		t.Fatal(got)
	}
	if got, err := npy.Load[[]npy.Float16](theirs); err != nil || !slices.Equal(got, halves) {
		t.Errorf("big-endian halves of numpy: %v", err)
	}
	rows, err := npy.Load[[2][]float64](rounded)
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range rows[0] {
		if got := npy.NewFloat16(x).Float64(); got != rows[1][i] {
			t.Fatalf("%v rounds to %v, numpy says %v", x, got, rows[1][i])
		}
	}
}

func BenchmarkFloat16(b *testing.B) {
	file := encoded(b, make([]npy.Float16, 1<<20))
	b.Run("into float32", func(b *testing.B) {
		b.SetBytes(int64(len(file)))
		b.ReportAllocs()
		for b.Loop() {
			if err := npy.Decode(bytes.NewReader(file), int64(len(file)), new([]float32)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("from float64", func(b *testing.B) {
		x := 1.0
		for b.Loop() {
			if npy.NewFloat16(x) == 0 {
				b.Fatal(x)
			}
			x += 0.001
		}
	})
}
