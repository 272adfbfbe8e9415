package npz_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// littleEndian returns the bytes of a slice of fixed-size elements, or of one.
func littleEndian(v reflect.Value) []byte {
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, v.Interface()); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// seen is what Python must find under a name.
type seen struct {
	DType string
	Shape []int
	Hex   string
}

const checkAll = `
import json, sys
import numpy as np
with open(sys.argv[1]) as f:
    files = json.load(f)
for path, want in files.items():
    with np.load(path, allow_pickle=False) as f:
        assert sorted(f.files) == sorted(want), (path, f.files)
        for name, w in want.items():
            a = f[name]
            got = (a.dtype.str, list(a.shape), a.tobytes("C").hex())
            assert got == (w["DType"], w["Shape"], w["Hex"]), (path, name, got, w)
    import zipfile
    with zipfile.ZipFile(path) as z:
        assert z.testzip() is None, path
print(len(files), "files")
`

// TestPythonReads has np.load open what we write, stored and deflated.
func TestPythonReads(t *testing.T) {
	py := pythontest.Find(t)
	dir := t.TempDir()
	see := func(dtype string, v any, shape ...int) seen {
		return seen{dtype, append([]int{}, shape...), hex.EncodeToString(littleEndian(reflect.ValueOf(v)))}
	}
	r := aResult()
	fromStruct := map[string]seen{
		"mean": see("<f8", r.Mean, len(r.Mean)), "Slopes": see("<f8", r.Slopes.RawMatrix().Data, 2, 3),
		"Frames": see("<i2", r.Frames.COrder().Data, 2, 1, 2),
		"Pair":   see("<f8", r.Pair, 2), "deep/rows": see("<c8", []complex64{1i, 2}, 2, 1),
		"Gain": see("<f8", r.Gain), "Offset": see("<f4", math.Float32bits(float32(r.Offset))), "Closed": see("|b1", true),
		"Count": see(intDType(), int64(r.Count)), "Loop": see("<m8[ns]", r.Loop),
	}
	names := map[string][]float64{"": {1}, "a/b": {2}, "温度": {3}, "with blank": {4}, "../up": {5}, "é": {math.NaN()}, "x.npz": {}}
	fromMap := make(map[string]seen)
	for name, a := range names {
		fromMap[name] = see("<f8", a, len(a))
	}

	files := make(map[string]map[string]seen)
	for i, o := range packings {
		save := func(name string, v any, want map[string]seen) {
			path := filepath.Join(dir, fmt.Sprint(i, name, ".npz"))
			if err := o.Save(path, v); err != nil {
				t.Fatal(err)
			}
			files[path] = want
		}
		save("struct", r, fromStruct)
		save("map", names, fromMap)
		save("empty", map[string]*mat.Dense{}, map[string]seen{})
		save("mixed", map[string]any{"n": 1.5, "a": npy.NewArray[int32](2, 0)}, map[string]seen{
			"n": see("<f8", 1.5), "a": see("<i4", []int32{}, 2, 0),
		})
	}
	text, err := json.Marshal(files)
	if err != nil {
		t.Fatal(err)
	}
	manifest := filepath.Join(dir, "manifest.json")
	if err := os.WriteFile(manifest, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, want := py.Run(t, checkAll, manifest), fmt.Sprint(len(files), " files"); got != want {
		t.Errorf("Python says %q, want %q", got, want)
	}
}

func intDType() string { return fmt.Sprint("<i", reflect.TypeFor[int]().Size()) }
