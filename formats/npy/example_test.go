package npy_test

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
)

func ExampleSave() {
	dir, err := os.MkdirTemp("", "npy")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "slopes.npy")

	// In Python: np.load("slopes.npy")
	if err := npy.Save(path, [][]float64{{1, 2, 3}, {4, 5, 6}}); err != nil {
		log.Fatal(err)
	}
	m, err := npy.Load[*mat.Dense](path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(mat.Formatted(m))
	// Output:
	// ⎡1  2  3⎤
	// ⎣4  5  6⎦
}

func ExampleLoad() {
	_, err := npy.Load[[]float64](filepath.Join("testdata", "unsupported_object.npy"))
	fmt.Println(filepath.ToSlash(err.Error()))

	frames, err := npy.Load[npy.Array[float64]](filepath.Join("testdata", "shape_2x3x4_F.npy"))
	fmt.Println(frames.Shape, frames.Fortran, frames.At(1, 2, 3), err)
	// Output:
	// npy: load testdata/unsupported_object.npy: descr at byte 20: dtype "|O": object array: holds Python pickles, which are never executed
	// [2 3 4] true -34.650000000000006 <nil>
}

func ExampleEncode() {
	var file bytes.Buffer
	h, err := npy.Encode(&file, []int16{1, 2, 3})
	fmt.Println(h.DType, h.Shape, h.DataOffset, file.Len(), err)

	_, err = npy.Encode(&file, [][]int16{{1, 2}, {3}})
	fmt.Println(errors.Is(err, npy.ErrValue), err)
	// Output:
	// <i2 [3] 128 134 <nil>
	// true npy: value does not fit a .npy file: [][]int16: rows differ in length: row [1] has 1 elements, the first has 2
}

func ExampleDecode() {
	var file bytes.Buffer
	if _, err := npy.Encode(&file, []int16{-1, 2, 300}); err != nil {
		log.Fatal(err)
	}

	// Another dtype is fine where every value fits.
	var wide []float64
	err := npy.Decode(bytes.NewReader(file.Bytes()), int64(file.Len()), &wide)
	fmt.Println(wide, err)

	var narrow []int8
	err = npy.Decode(bytes.NewReader(file.Bytes()), int64(file.Len()), &narrow)
	fmt.Println(err)
	// Output:
	// [-1 2 300] <nil>
	// npy: an array of dtype <i2 and shape (3,) does not fit []int8: element (2,) is 300, which |i1 cannot hold
}

func ExampleReadHeader() {
	f, err := os.Open(filepath.Join("testdata", "c16_big_F.npy"))
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		log.Fatal(err)
	}
	h, err := npy.ReadHeader(f, info.Size())
	fmt.Println(h.DType, h.Shape, h.Fortran, h.DataOffset, err)
	// Output: >c16 [3 4] true 128 <nil>
}

func ExampleAccepts() {
	fmt.Println(npy.Accepts(reflect.TypeFor[[][3]float32]()))
	fmt.Println(npy.Accepts(reflect.TypeFor[[]struct{ Notes []string }]()))
	fmt.Println(npy.Accepts(reflect.TypeFor[float64]()))
	// Output:
	// <nil>
	// []struct { Notes []string } cannot go into a .npy file: its part []string: field Notes: a slice; all rows of a file are equally long, so only arrays such as [3]float64 fit in one
	// float64 cannot go into a .npy file: a single value, not an array; an npy.Scalar holds one
}

func ExampleNewArray() {
	cube := npy.NewArray[float32](2, 3, 4)
	cube.Set(1.5, 1, 0, 3)
	fmt.Println(cube.At(1, 0, 3), cube.NDim(), cube.Len())
	// Output: 1.5 3 24
}

func ExampleArray_COrder() {
	// As numpy and Fortran programs keep columns: element (row, column) at row + 2*column.
	a := npy.Array[int]{Shape: []int{2, 3}, Fortran: true, Data: []int{1, 4, 2, 5, 3, 6}}
	fmt.Println(a.At(0, 1), a.COrder().Data)
	// Output: 2 [1 2 3 4 5 6]
}

func ExampleReader_ReadRows() {
	r, err := npy.Open(filepath.Join("testdata", "shape_2x3x4_C.npy"))
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	var last npy.Array[float64]
	err = r.ReadRows(r.Rows()-1, 1, &last)
	fmt.Println(r.Header().Shape, last.Shape, last.At(0, 2, 3), err)
	// Output: [2 3 4] [1 3 4] -34.650000000000006 <nil>
}

func ExampleFill() {
	r, err := npy.Open(filepath.Join("testdata", "shape_3x4_C.npy"))
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	row := make([]float64, 4) // the same memory for each row
	for i := 1; i < r.Rows(); i++ {
		if err := npy.Fill(r, i, row); err != nil {
			log.Fatal(err)
		}
		fmt.Println(row[2:])
	}
	// Output:
	// [9.149999999999999 -10.649999999999999]
	// [15.149999999999999 -16.65]
}

func ExampleWriter() {
	dir, err := os.MkdirTemp("", "npy")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "frames.npy")

	w, err := npy.Create[uint16](path, 2, 3) // frames of 2×3, as many as will come
	if err != nil {
		log.Fatal(err)
	}
	for i := range uint16(4) {
		if err := w.Write([]uint16{i, i, i, i, i, 10 * i}); err != nil {
			log.Fatal(err)
		}
	}
	if err := w.Close(); err != nil { // before this, the file cannot be read
		log.Fatal(err)
	}
	frames, err := npy.Load[npy.Array[uint16]](path)
	fmt.Println(frames.Shape, frames.At(3, 1, 2), err)
	// Output: [4 2 3] 30 <nil>
}

func ExampleMap() {
	m, err := npy.Map[float64](filepath.Join("testdata", "shape_3x4_C.npy"))
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close() // nothing of the array may be used after this
	a := m.Array()
	a.Set(1000, 2, 0) // the file stays as it is
	fmt.Println(a.Shape, a.At(2, 0), a.At(2, 2))
	// Output: [3 4] 1000 15.149999999999999
}

func ExampleFloat16() {
	var file bytes.Buffer
	halves := []npy.Float16{npy.NewFloat16(0.1), npy.NewFloat16(-2), npy.NewFloat16(1e6)}
	h, err := npy.Encode(&file, halves)
	fmt.Println(h.DType, halves, err)

	var wide []float64 // exactly the same numbers
	err = npy.Decode(bytes.NewReader(file.Bytes()), int64(file.Len()), &wide)
	fmt.Println(wide, err)
	// Output:
	// <f2 [0.099975586 -2 +Inf] <nil>
	// [0.0999755859375 -2 +Inf] <nil>
}

func ExampleSave_structs() {
	dir, err := os.MkdirTemp("", "npy")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "stars.npy")

	type Star struct {
		Name string     `npy:"name"`
		Pos  [2]float64 `npy:"pos"`
		Seen time.Time  `npy:"seen"`
	}
	at := time.Date(2024, 4, 10, 11, 22, 33, 0, time.UTC)
	// In Python: stars = np.load("stars.npy"); stars["pos"][:, 0]
	if err := npy.Save(path, []Star{{"Vega", [2]float64{279.2, 38.8}, at}, {"α Cen", [2]float64{219.9, -60.8}, time.Time{}}}); err != nil {
		log.Fatal(err)
	}
	r, err := npy.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	var last []Star
	err = r.ReadRows(1, 1, &last)
	fmt.Println(r.Header().DType)
	fmt.Println(last[0].Name, last[0].Pos, last[0].Seen.IsZero(), err)
	// Output:
	// [('name', '<U5'), ('pos', '<f8', (2,)), ('seen', '<M8[ns]')]
	// α Cen [219.9 -60.8] true <nil>
}

func ExampleEncode_times() {
	var file bytes.Buffer
	at := time.Date(2024, 4, 10, 11, 22, 33, 0, time.UTC)
	h, err := npy.Encode(&file, []time.Time{at, {}}) // the zero time is NaT
	fmt.Println(h.DType, err)

	_, err = npy.Encode(&file, []time.Time{at, at.AddDate(300, 0, 0)})
	fmt.Println(err)
	// Output:
	// <M8[ns] <nil>
	// npy: value does not fit a .npy file: []time.Time: element (1,) is 2324-04-10T11:22:33Z, and nanoseconds in 64 bits reach from 1677-09-21 to 2262-04-11
}

func ExampleScalar() {
	var file bytes.Buffer
	h, err := npy.Encode(&file, npy.Scalar[string]{Value: "Vega"}) // np.array("Vega")
	fmt.Println(h.DType, h.Shape, err)

	var name npy.Scalar[string]
	err = npy.Decode(bytes.NewReader(file.Bytes()), int64(file.Len()), &name)
	fmt.Println(name.Value, err)
	// Output:
	// <U4 [] <nil>
	// Vega <nil>
}

func ExampleAcceptsNumbers() {
	fmt.Println(npy.Accepts(reflect.TypeFor[[]string]()))
	fmt.Println(npy.AcceptsNumbers(reflect.TypeFor[[]string]()))
	// Output:
	// <nil>
	// []string cannot go into a .npy file: its part string: not a bool, integer, float or complex number
}

func ExampleMapInto() {
	f, err := os.Open(filepath.Join("testdata", "shape_3x4_C.npy"))
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	var m *mat.Dense
	mapping, err := npy.MapInto(f, &m)
	if err != nil {
		log.Fatal(err)
	}
	defer mapping.Close() // nothing of m may be used after this
	fmt.Println(m.At(2, 2))
	// Output: 15.149999999999999
}

func ExampleMappable() {
	fmt.Println(npy.Mappable(reflect.TypeFor[*mat.Dense]()))
	fmt.Println(npy.Mappable(reflect.TypeFor[[]bool]()))
	// Output:
	// <nil>
	// []bool cannot go into a .npy file: its part bool: bools cannot be mapped, as each must be checked first; use Load
}
