package diskcache_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// storeNamed stores the value of a method of that name.
func storeNamed[T any](tb testing.TB, tmpdir, method string, value T, args ...any) {
	tb.Helper()
	c, _ := newCacherNamed[T](tb, tmpdir, "root.A."+method)
	mustExecute(tb, c, (&counted[T]{value: value}).compute, args...)
}

// numpy opens what we store, with np.load(path) and nothing else.
func TestNumpyOpensValues(t *testing.T) {
	py := pythontest.Find(t)
	d := newDisk(t)
	storeNamed(t, d.tmpdir, "floats", []float64{1, 2.5, -3})
	storeNamed(t, d.tmpdir, "rows", [][]int32{{1, 2, 3}, {4, 5, 6}})
	storeNamed(t, d.tmpdir, "bools", []bool{true, false})
	storeNamed(t, d.tmpdir, "complex", []complex64{1 + 2i})
	storeNamed(t, d.tmpdir, "matrix", mat.NewDense(2, 2, []float64{1, 2, 3, 4}))
	storeNamed(t, d.tmpdir, "symmetric", mat.NewSymDense(2, []float64{1, 2, 2, 4}))
	storeNamed(t, d.tmpdir, "empty", []uint8(nil))
	storeNamed(t, d.tmpdir, "none", (*mat.Dense)(nil))
	storeNamed(t, d.tmpdir, "segment", []float32{7}, 512, "hann")
	out := py.Run(t, `
import glob, json, numpy as np, os, sys
print(json.dumps({os.path.basename(p): [str(a.dtype), list(a.shape), str(a.tolist())]
    for p in glob.glob(sys.argv[1] + "/*.npy") for a in [np.load(p)]}))`, d.tag)
	var got map[string][]any
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err, out)
	}
	shape := func(lengths ...any) []any { return append([]any{}, lengths...) }
	want := map[string][]any{
		"root.A.floats.npy":    {"float64", shape(3.0), "[1.0, 2.5, -3.0]"},
		"root.A.rows.npy":      {"int32", shape(2.0, 3.0), "[[1, 2, 3], [4, 5, 6]]"},
		"root.A.bools.npy":     {"bool", shape(2.0), "[True, False]"},
		"root.A.complex.npy":   {"complex64", shape(1.0), "[(1+2j)]"},
		"root.A.matrix.npy":    {"float64", shape(2.0, 2.0), "[[1.0, 2.0], [3.0, 4.0]]"},
		"root.A.symmetric.npy": {"float64", shape(2.0, 2.0), "[[1.0, 2.0], [2.0, 4.0]]"},
		"root.A.empty.npy":     {"uint8", shape(0.0), "[]"},
		"root.A.none.npy":      {"float64", shape(0.0, 0.0), "[]"},
		"root.A.segment-" + mustKey(t, 512, "hann").String() + ".npy": {"float32", shape(1.0), "[7.0]"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("numpy reads\n%v, want\n%v", got, want)
	}
}

// A Python program finds in the record what it needs to make sense of a file.
func TestPythonReadsRecord(t *testing.T) {
	py := pythontest.Find(t)
	d := newDisk(t)
	storeNamed(t, d.tmpdir, "power", [][]float64{{1, 2, 3}}, 512, "hä\x00\xff\u2028")
	out := py.Run(t, `
import datetime, glob, json, numpy as np, os, sys
[path] = glob.glob(sys.argv[1] + "/.dataelab/*.json")
r = json.load(open(path, encoding="utf-8"))
file = os.path.join(sys.argv[1], r["file"])
a = np.load(file)
assert a.dtype == np.dtype(r["dtype"]) and list(a.shape) == r["shape"], r
assert os.path.getsize(file) == r["bytes"], r
assert r["file"] == r["name"] + "-" + r["key"] + "." + r["format"], r
age = datetime.datetime.now(datetime.timezone.utc) - datetime.datetime.fromisoformat(r["computed"][:19] + "+00:00")
assert abs(age.total_seconds()) < 600, r
assert r["compute_seconds"] >= 0 and r["process"] > 0 and r["host"] and r["code"]["program"], r
print(r["layout"], r["tag"], r["name"], r["go_type"], r["arguments"])`, d.tag)
	if want := "1 " + testTag + ` root.A.power [][]float64 ['512', '"hä\\x00\\xff\\u2028"']`; out != want {
		t.Errorf("python read\n%s, want\n%s", out, want)
	}
}

// An array that Python wrote over ours contradicts our record, whether its size
// is the same or not, and one that has no record is taken.
func TestPythonWritesOverValue(t *testing.T) {
	py := pythontest.Find(t)
	for name, array := range map[string]string{
		"same size":  "[1, 2, 4]",
		"other size": "np.arange(100)",
		"pickle":     "[{}]",
	} {
		t.Run(name, func(t *testing.T) {
			s := store(t, "npy", []float64{1, 2, 3})
			py.Run(t, `import numpy as np, sys; np.save(sys.argv[1], np.array(`+array+`, dtype=object if "{" in sys.argv[2] else float))`, s.file(), array)
			s.recovers(npyFile, npyFile, recordFile)
		})
	}
	d := newDisk(t)
	if err := os.MkdirAll(d.tag, 0o700); err != nil {
		t.Fatal(err)
	}
	py.Run(t, `import numpy as np, sys; np.save(sys.argv[1], np.asfortranarray(np.array([[1, 2, 3], [4, 5, 6]], dtype=">f4")))`, d.value("npy"))
	c, log := newCacher[*mat.Dense](t, d.tmpdir)
	f := &counted[*mat.Dense]{}
	got := mustExecute(t, c, f.compute)
	if want := mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6}); f.runs != 0 || !mat.Equal(got, want) {
		t.Errorf("got %v after %d computations, want numpy's array", got, f.runs)
	}
	if e, _ := log.find(diskcache.Loaded); !strings.Contains(e.Reason, "another program") || filepath.Base(e.Path) != npyFile {
		t.Errorf("event %+v", e)
	}
}
