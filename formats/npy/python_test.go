package npy_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// A written is a value, and what Python must find in its file.
type written struct {
	v       any
	DType   string
	Shape   []int
	Fortran bool
	Hex     string // elements in C order, little endian
	Path    string
}

func all() []written {
	var list []written
	add := func(dtype string, v any, fortran bool, elements []byte, shape ...int) {
		list = append(list, written{v: v, DType: dtype, Fortran: fortran, Hex: hex.EncodeToString(elements), Shape: append([]int{}, shape...)})
	}
	plain := func(dtype string, v any, shape ...int) {
		add(dtype, v, false, elements(reflect.ValueOf(v)), shape...)
	}

	plain("|b1", []bool{true, false, true}, 3)
	plain("|i1", []int8{math.MinInt8, -1, math.MaxInt8}, 3)
	plain("<i2", []int16{math.MinInt16, -1, math.MaxInt16}, 3)
	plain("<i4", []int32{math.MinInt32, -1, math.MaxInt32}, 3)
	plain("<i8", []int64{math.MinInt64, -1, math.MaxInt64}, 3)
	plain("|u1", []uint8{0, math.MaxUint8}, 2)
	plain("<u2", []uint16{1, math.MaxUint16}, 2)
	plain("<u4", []uint32{1, math.MaxUint32}, 2)
	plain("<u8", []uint64{1, math.MaxUint64}, 2)
	plain("<f2", []npy.Float16{0x3c00, 0x8001, 0x7c01, 0xffff}, 4)
	plain("<f4", []float32{1.5, float32(math.Inf(-1)), math.SmallestNonzeroFloat32}, 3)
	plain("<f8", strange, len(strange))
	plain("<c8", []complex64{complex(1, -2), complex(0, 3)}, 2)
	plain("<c16", []complex128{complex(1, math.Inf(1)), complex(math.NaN(), 3)}, 2)
	if math.MaxInt > math.MaxInt32 {
		plain("<i8", []int{-5, math.MaxInt}, 2)
		plain("<u8", []uint{5, math.MaxUint}, 2)
	}
	plain("<f8", slopes{1, 2}, 2)
	plain("<m8[ns]", []time.Duration{time.Second, -1, math.MaxInt64}, 3)
	plain("<f8", []float64(nil), 0)
	plain("<f8", [][]float64(nil), 0, 0)
	plain("<f8", [][]float64{{}, {}}, 2, 0)
	plain("<f8", [][]float64{{1, 2, 3}, {4, 5, 6}}, 2, 3)
	plain("<f4", [][3]float32{{1, 2, 3}, {4, 5, 6}}, 2, 3)
	plain("<i2", [2][]int16{{1, 2, 3}, {4, 5, 6}}, 2, 3)
	plain("<c8", [][][]complex64{{{1}, {2}}, {{3}, {4}}, {{5}, {6}}}, 3, 2, 1)
	plain("|b1", [2][2]bool{{true, false}, {false, true}}, 2, 2)
	plain("<u2", [][][][][]uint16{{{{{1, 2}}}}}, 1, 1, 1, 1, 2)
	plain("<f8", benchData(1<<17), 1<<17) // too long for one buffer

	data := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9}
	bytesOf := func(x ...float64) []byte { return elements(reflect.ValueOf(x)) }
	m := mat.NewDense(3, 3, data)
	add("<f8", m, false, bytesOf(data...), 3, 3)
	add("<f8", *m, false, bytesOf(data...), 3, 3)
	add("<f8", m.Slice(0, 2, 1, 3), false, bytesOf(2, 3, 5, 6), 2, 2)
	add("<f8", mat.NewVecDense(3, data[:3]), false, bytesOf(1, 2, 3), 3)
	add("<f8", m.ColView(1), false, bytesOf(2, 5, 8), 3)
	add("<c16", mat.NewCDense(1, 2, []complex128{1i, 2}), false, elements(reflect.ValueOf([]complex128{1i, 2})), 1, 2)
	add("<f8", mat.NewSymDense(3, data), false, bytesOf(1, 2, 3, 2, 5, 6, 3, 6, 9), 3, 3)
	add("<f8", mat.NewTriDense(3, mat.Upper, data), false, bytesOf(1, 2, 3, 0, 5, 6, 0, 0, 9), 3, 3)
	add("<f8", mat.NewTriDense(3, mat.Lower, data), true, bytesOf(1, 0, 0, 4, 5, 0, 7, 8, 9), 3, 3)
	add("<f8", &mat.Dense{}, false, nil, 0, 0)
	add("<f8", mat.SymDense{}, false, nil, 0, 0)
	add("<f8", &mat.VecDense{}, false, nil, 0)

	add("<f8", npy.Array[float64]{Shape: []int{}, Data: data[:1]}, false, bytesOf(1))
	add("<f8", npy.Array[float64]{Shape: []int{3, 1, 2}, Data: data[:6]}, false, bytesOf(data[:6]...), 3, 1, 2)
	add("<f8", &npy.Array[float64]{Shape: []int{2, 3}, Fortran: true, Data: data[:6]}, true, bytesOf(1, 3, 5, 2, 4, 6), 2, 3)
	add("|u1", npy.Array[uint8]{Shape: []int{2, 2, 2}, Fortran: true, Data: []uint8{0, 1, 2, 3, 4, 5, 6, 7}}, true, []byte{0, 4, 2, 6, 1, 5, 3, 7}, 2, 2, 2)
	add("<i4", npy.NewArray[int32](1<<28, 0), false, nil, 1<<28, 0)

	// Headers of every length, up to the 32 axes that numpy 1 has.
	for axes := 2; axes <= 32; axes++ {
		for _, last := range []int{1, 10, 100} {
			shape := make([]int, axes-1, axes)
			shape = append(shape, last)
			add("|u1", npy.NewArray[uint8](shape...), false, nil, shape...)
		}
	}
	add("|u1", npy.Array[uint8]{Shape: slices.Repeat([]int{1}, 32), Data: []uint8{7}}, false, []byte{7}, slices.Repeat([]int{1}, 32)...)
	return list
}

const checkAll = `
import io, json, sys
import numpy as np
with open(sys.argv[1]) as f:
    files = json.load(f)
for want in files:
    path = want["Path"]
    a = np.load(path)
    got = (a.dtype.str, list(a.shape), a.astype(a.dtype.newbyteorder("<")).tobytes("C").hex())
    assert got == (want["DType"], want["Shape"], want["Hex"]), (path, got, want)

    # The order, which numpy does not keep where both are the same.
    one_order = a.flags.c_contiguous and a.flags.f_contiguous
    assert one_order or a.flags.f_contiguous == want["Fortran"], (path, a.flags)

    with open(path, "rb") as f:
        version = np.lib.format.read_magic(f)
        assert version == (1, 0), (path, version)
        np.lib.format.read_array_header_1_0(f)
        assert f.tell() % 64 == 0, (path, f.tell())
        f.seek(0)
        data = f.read()
    if a.size > 0:
        mapped = np.load(path, mmap_mode="r")
        assert mapped.flags.aligned and mapped.tobytes() == a.tobytes(), path
    if not (one_order and want["Fortran"]):
        again = io.BytesIO()
        np.save(again, a)
        assert again.getvalue() == data, (path, again.getvalue()[:128], data[:128])
print(len(files), "files")
`

// TestPythonReadsAll writes every kind of value there is and has np.load open
// it, as Python opens any file: without allow_pickle.
func TestPythonReadsAll(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	list := all()
	for i := range list {
		w := &list[i]
		w.Path = filepath.Join(dir, fmt.Sprintf("%02d.npy", i))
		if err := npy.Save(w.Path, w.v); err != nil {
			t.Fatalf("%T: %v", w.v, err)
		}
	}
	text, err := json.Marshal(list)
	if err != nil {
		t.Fatal(err)
	}
	manifest := filepath.Join(dir, "manifest.json")
	if err := os.WriteFile(manifest, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, want := py.Run(t, checkAll, manifest), fmt.Sprint(len(list), " files"); got != want {
		t.Errorf("Python says %q, want %q", got, want)
	}
}

// TestReadsAll is the same without Python: the headers, and the files read back.
func TestReadsAll(t *testing.T) {
	for _, w := range all() {
		file := encoded(t, w.v)
		h := header(t, file)
		if h.DType != w.DType || h.Fortran != w.Fortran || !reflect.DeepEqual(h.Shape, w.Shape) || h.DataOffset%64 != 0 {
			t.Errorf("%T: header %+v, want %+v", w.v, h, w)
		}
		dst := reflect.New(reflect.TypeOf(w.v))
		if err := decodeError(file, dst.Interface()); err != nil {
			t.Errorf("%T: %v", w.v, err)
		}
	}
}
