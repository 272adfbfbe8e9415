package metric_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/analyzer/metric"
	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// pythonWrites saves values as the storages of simple_metrics_manager do, with dates beside.
const pythonWrites = `
import json, os, sys
import numpy as np

def npz(name, data):
    path = os.path.join(sys.argv[1], name)
    if isinstance(data, dict):
        np.savez(path, **data)
    elif isinstance(data, (list, tuple)):
        np.savez(path, *data)
    else:
        np.savez(path, data)

def npy(name, data):
    np.save(os.path.join(sys.argv[1], name + '.npy'), data)

def js(name, data):
    with open(os.path.join(sys.argv[1], name + '.json'), 'w') as f:
        json.dump(data, f)

for save, name, data in [
    (npz, 'array', np.arange(3.)), (npz, 'scalar', 3.5), (npz, 'text', 'abc'),
    (npz, 'list', [np.arange(float(i)) for i in range(12)]), (npz, 'dict', {'a': np.arange(2.), 'b': np.arange(3.)}),
    (npz, 'poly_1_2', np.float64(12)), (npy, 'npyarray', np.arange(3.)), (npy, 'npyscalar', 3.5), (js, 'jsonarray', [0., 1., 2.]), (js, 'jsonscalar', 3.5),
]:
    save(name, data)
    save(name + '_date', '2020-02-29')
npz('undated', 3.5)
`

func fails[T any](context.Context) (none T, err error) { return none, errors.New("computed") }

func reads[T any](t *testing.T, m *metric.Manager, name string, equal func(T) bool) {
	t.Helper()
	h := metric.Collect(m, name, fails[T])
	v, err := h.Get(t.Context())
	if err != nil || !equal(v) {
		t.Errorf("%s: %v, %v", name, v, err)
	}
	when, err := h.Date(t.Context())
	if want := time.Date(2020, 2, 29, 0, 0, 0, 0, time.Local); err != nil || !when.Equal(want) {
		t.Errorf("%s: date %v, %v", name, when, err)
	}
}

// TestFilesOfPython has rows A9, A17, A23, D6 to D13.
func TestFilesOfPython(t *testing.T) {
	py, dir := pythontest.Find(t), t.TempDir()
	py.Run(t, pythonWrites, dir)
	m := metric.New(dir)
	is := func(want ...float64) func([]float64) bool {
		return func(v []float64) bool { return slices.Equal(v, want) }
	}
	number := func(v float64) bool { return v == 3.5 }
	reads(t, m, "array", is(0, 1, 2))
	reads(t, m, "scalar", number)
	reads(t, m, "text", func(v string) bool { return v == "abc" })
	reads(t, m, "list", func(v [][]float64) bool { return len(v) == 12 && len(v[2]) == 2 && len(v[11]) == 11 })
	reads(t, m, "dict", func(v map[string][]float64) bool { return len(v) == 2 && len(v["b"]) == 3 })
	reads(t, m, "npyarray", is(0, 1, 2))
	reads(t, m, "npyscalar", number)
	reads(t, m, "jsonarray", is(0, 1, 2))
	reads(t, m, "jsonscalar", number)

	poly := metric.Collect1(m, "poly", func(context.Context, Pair) (float64, error) { return 0, errors.New("computed") }, metric.Params(Pair{1, 2}))
	wants(t, 12.0)(poly.Get(t.Context(), Pair{1, 2}))

	undated := metric.Collect(m, "undated", fails[float64])
	wants(t, 3.5)(undated.Get(t.Context()))
	info, err := os.Stat(filepath.Join(dir, "undated.npz"))
	ok(t, err)
	when, err := undated.Date(t.Context())
	wants(t, true)(when.Equal(info.ModTime()), err)
	for i, err := range m.All(t.Context()) {
		if err != nil || !i.Declared || !i.Stored {
			t.Errorf("%+v, %v", i, err)
		}
	}

	// renamed, they go with their dates
	next := metric.Collect1(m, "next", fails1, metric.Params(Pair{1, 2}))
	moves, err := next.MovesFrom("poly")
	ok(t, err)
	moved, err := m.Rename(t.Context(), moves...)
	wants(t, 1)(len(moved), err)
	wants(t, 12.0)(next.Get(t.Context(), Pair{1, 2}))
	_, err = os.Stat(filepath.Join(dir, "next_1_2_date.npz"))
	ok(t, err)

	// computed anew without date files, the date of before is gone
	computed, _ := counted(4.5)
	wants(t, 4.5)(metric.Collect(metric.New(dir), "scalar", computed).Refresh(t.Context()))
	if _, err := os.Stat(filepath.Join(dir, "scalar_date.npz")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the date of before is there: %v", err)
	}
}

func fails1(context.Context, Pair) (float64, error) { return 0, errors.New("computed") }

// TestFilesForPython has the files that we write, with dates, read as the original does.
func TestFilesForPython(t *testing.T) {
	py := pythontest.Find(t)
	for _, format := range []string{"npz", "npy", "json"} {
		dir := t.TempDir()
		m := metric.New(dir, metric.Options{Format: format, DateFiles: true})
		array, _ := counted([]float64{0, 1, 2})
		number, _ := counted(3.5)
		ragged, _ := counted([][]float64{{1}, {1, 2}})
		dated := metric.Collect(m, "array", array)
		metric.Collect(m, "scalar", number)
		if format == "npz" {
			metric.Collect(m, "list", ragged)
		}
		_, err := m.GetAll(t.Context(), metric.Run{Quiet: true, Workers: 1})
		ok(t, err)
		when, err := dated.Date(t.Context())
		ok(t, err)
		got := py.Run(t, `
import json, os, sys
import numpy as np
def load(name):
    path = os.path.join(sys.argv[1], name + '.' + sys.argv[2])
    if sys.argv[2] == 'json':
        return json.load(open(path))
    data = np.load(path)
    if sys.argv[2] == 'npy':
        return data.tolist()
    return data['arr_0'].tolist() if data.files == ['arr_0'] else [data[k].tolist() for k in data.files]
names = ['array', 'scalar'] + (['list'] if sys.argv[2] == 'npz' else [])
print([load(n) for n in names], *(load(n + '_date') for n in names))
`, dir, format)
		today := when.Local().Format(time.DateOnly)
		want := "[[0.0, 1.0, 2.0], 3.5] " + today + " " + today
		if format == "npz" {
			want = "[[0.0, 1.0, 2.0], 3.5, [[1.0], [1.0, 2.0]]] " + today + " " + today + " " + today
		}
		if got != want {
			t.Errorf("%s: python read %s, want %s", format, got, want)
		}
	}
}

// TestListsComeBack has rows D12 to D18.
func TestListsComeBack(t *testing.T) {
	dir := t.TempDir()
	comesBack(t, dir, "one", "npz", []npy.Array[float64]{{Shape: []int{2}, Data: []float64{1, 2}}})
	comesBack(t, dir, "empty", "npz", []npy.Array[float64]{})
	comesBack(t, dir, "rows", "npz", [][]float64{{1, 2}, {3}})
	comesBack(t, dir, "alone", "npz", [][]float64{{1, 2}})
	comesBack(t, dir, "dict", "npz", map[string][]float64{"arr_0": {1}})
	comesBack(t, dir, "others", "npz", map[string][]float64{"arr_0": {1}, "a/b": {2}, "file": {3}})
	comesBack(t, dir, "keys", "json", map[int]float64{1: 2})
	comesBack(t, dir, "named", "json", map[string]float64{"gain": 0.5})
	comesBack(t, dir, "zeros", "npz", make([]float64, 1000))
	info, err := os.Stat(filepath.Join(dir, "zeros.npz"))
	ok(t, err)
	if info.Size() > 500 {
		t.Errorf("%d bytes", info.Size())
	}
}

// comesBack stores a value compressed, and loads it in another manager.
func comesBack[T any](t *testing.T, dir, name, ext string, want T) {
	t.Helper()
	o := metric.Options{Adjust: func(base string, o *diskcache.FieldOptions) {
		if base == "zeros" {
			o.Compress = "deflate"
		}
	}}
	if _, err := metric.Collect(metric.New(dir, o), name, func(context.Context) (T, error) { return want, nil }).Get(t.Context()); err != nil {
		t.Error(err)
	}
	h := metric.Collect(metric.New(dir), name, fails[T])
	if got, err := h.Load(t.Context()); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %v, %v, want %v", name, got, err, want)
	}
	if _, err := os.Stat(filepath.Join(dir, name+"."+ext)); err != nil {
		t.Error(err)
	}
}
