package npz_test

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"reflect"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npz"
)

type Telemetry struct {
	Slopes *mat.Dense
	Mean   []float64 `npz:"mean"`
	Rate   float64   // Hz
}

func ExampleSave() {
	dir, err := os.MkdirTemp("", "npz")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "telemetry.npz")

	// In Python: f = np.load("telemetry.npz"); f["Slopes"], f["mean"], f["Rate"]
	err = npz.Save(path, Telemetry{mat.NewDense(2, 2, []float64{1, 2, 3, 4}), []float64{2, 3}, 500})
	if err != nil {
		log.Fatal(err)
	}
	back, err := npz.Load[Telemetry](path)
	fmt.Println(back.Mean, back.Rate, back.Slopes.At(1, 0), err)
	// Output: [2 3] 500 3 <nil>
}

func ExampleLoad() {
	arrays, err := npz.Load[map[string][]float64](filepath.Join("testdata", "names.npz"))
	fmt.Println(len(arrays), arrays["a/b"], err)

	_, err = npz.Load[map[string][]float64](filepath.Join("testdata", "object.npz"))
	fmt.Println(filepath.ToSlash(err.Error()))
	// Output:
	// 5 [1.5] <nil>
	// npz: load testdata/object.npz: member "a": descr at byte 20: dtype "|O": object array: holds Python pickles, which are never executed
}

func ExampleOptions() {
	zeros := map[string][]float64{"zeros": make([]float64, 1000)}
	for _, level := range []int{0, 6} {
		var file bytes.Buffer
		if _, err := (npz.Options{Level: level}).Encode(&file, zeros); err != nil {
			log.Fatal(err)
		}
		fmt.Println("less than 1000 bytes:", file.Len() < 1000)
	}
	// Output:
	// less than 1000 bytes: false
	// less than 1000 bytes: true
}

func ExampleEncode() {
	var file bytes.Buffer
	members, err := npz.Encode(&file, map[string]any{"gain": 0.5, "modes": []int16{1, 2, 3}})
	for _, m := range members {
		fmt.Println(m.Name, m.Header.DType, m.Header.Shape)
	}
	fmt.Println(err)

	_, err = npz.Encode(&file, map[string][]float64{"slopes": nil})
	fmt.Println(errors.Is(err, npz.ErrValue), err)
	// Output:
	// gain <f8 []
	// modes <i2 [3]
	// <nil>
	// true npz: key "slopes": value does not fit a .npz file: nil []float64; a file cannot tell it from an empty one
}

func ExampleDecode() {
	var file bytes.Buffer
	if _, err := npz.Encode(&file, map[string][]float64{"mean": {1, 2}, "more": {3}}); err != nil {
		log.Fatal(err)
	}
	var part struct {
		Mean []float64 `npz:"mean"`
	}
	err := npz.Decode(bytes.NewReader(file.Bytes()), int64(file.Len()), &part)
	fmt.Println(part.Mean, err)

	var other struct{ Slopes []float64 }
	err = npz.Decode(bytes.NewReader(file.Bytes()), int64(file.Len()), &other)
	fmt.Println(err)
	// Output:
	// [1 2] <nil>
	// npz: field Slopes: no member "Slopes"; the file has mean, more
}

func ExampleReader() {
	r, err := npz.Open(filepath.Join("testdata", "savez.npz"))
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	fmt.Println(r.Names())

	h, err := r.Header("grid")
	fmt.Println(h.DType, h.Shape, err)

	var grid [][]int16
	err = r.Read("grid", &grid)
	fmt.Println(grid, err)
	// Output:
	// [x grid fortran flags gain count empty]
	// >i2 [2 3] <nil>
	// [[0 1 2] [3 4 5]] <nil>
}

func ExampleWriter() {
	var file bytes.Buffer
	w := npz.NewWriter(&file)
	for i := range 3 {
		frame := []float64{float64(i), float64(i * i)} // one at a time in memory
		if err := w.Write(fmt.Sprintf("frames/%d", i), frame); err != nil {
			log.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}
	r, err := npz.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Names())
	// Output: [frames/0 frames/1 frames/2]
}

func ExampleAccepts() {
	fmt.Println(npz.Accepts(reflect.TypeFor[Telemetry]()))
	fmt.Println(npz.Accepts(reflect.TypeFor[struct {
		Slopes []float64
		Notes  map[string]string
	}]()))
	fmt.Println(npz.Accepts(reflect.TypeFor[map[string]any]()))
	// Output:
	// <nil>
	// struct { Slopes []float64; Notes map[string]string } cannot go into a .npz file: field Notes: map[string]string cannot go into a .npy file: not a bool, integer, float or complex number, string, time or struct of such
	// map[string]interface {} cannot go into a .npz file: the file does not say what type was in each interface; it can be written, not read
}
