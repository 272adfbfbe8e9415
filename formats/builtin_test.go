package formats_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

type measured struct {
	Slopes *mat.Dense
	Mean   []float64 `npz:"mean"`
	Gain   float64
}

// TestBuiltinOrder says which files the types of each kind get, the preferred
// one first.
func TestBuiltinOrder(t *testing.T) {
	for _, test := range []struct {
		v    any
		want []string
	}{
		{[]float64{}, []string{"npy", "gob"}},
		{mat.Dense{}, []string{"npy"}},
		{map[string][]float64{}, []string{"npz", "gob"}},
		{struct{ A, B []int16 }{}, []string{"npz", "gob"}},
		{struct {
			A []float64
			N int
		}{}, []string{"npz", "gob"}},
		{struct{ N, M int }{}, []string{"gob"}},
		{map[string]float64{}, []string{"gob"}},
		{struct {
			A    []float64
			Note string
		}{}, []string{"gob"}},
		{map[int][]float64{}, []string{"gob"}},
		{1.5, []string{"gob"}},
		{[]string{}, []string{"gob", "npy"}}, // what numpy keeps less well is still read where it lies
		{[]time.Time{}, []string{"gob", "npy"}},
		{[]time.Duration{}, []string{"npy", "gob"}},
	} {
		served, err := formats.Set{}.For(reflect.TypeOf(test.v))
		var names []string
		for _, f := range served {
			names = append(names, f.Name())
		}
		// gob takes gonum's matrices in their own encoding, which is not ours to test.
		if err != nil || len(names) == 0 || !slices.Equal(names[:min(len(names), len(test.want))], test.want) {
			t.Errorf("%T: %q, %v; want %q", test.v, names, err, test.want)
		}
	}
}

// TestNpzFile writes a struct of arrays, which numpy opens.
func TestNpzFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npz")
	want := measured{mat.NewDense(2, 2, []float64{1, 2, 3, 4}), []float64{0.5, 1.5}, 0.25}
	if err := (formats.Set{}).WriteFile(path, want); err != nil {
		t.Fatal(err)
	}
	var got measured
	if err := (formats.Set{}).ReadFile(path, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	const check = `
import sys, numpy as np
with np.load(sys.argv[1]) as f:
    print(f["Slopes"].tolist(), f["mean"].tolist(), float(f["Gain"]))`
	if got, want := pythontest.Find(t).Run(t, check, path), "[[1.0, 2.0], [3.0, 4.0]] [0.5, 1.5] 0.25"; got != want {
		t.Errorf("Python says %q, want %q", got, want)
	}
}

// TestNpzRefusesANil leaves a nil inside, which no .npz file can keep, to gob.
func TestNpzRefusesANil(t *testing.T) {
	dir := t.TempDir()
	value := map[string][]float64{"a": {1}, "none": nil}
	err := formats.Set{}.WriteFile(filepath.Join(dir, "a.npz"), value)
	if !errors.Is(err, formats.ErrValue) {
		t.Errorf("npz: %v, want ErrValue", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "a.npz")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is there: %v", err)
	}
	path := filepath.Join(dir, "a.gob")
	if err := (formats.Set{}).WriteFile(path, value); err != nil {
		t.Fatal(err)
	}
	var got map[string][]float64
	if err := (formats.Set{}).ReadFile(path, &got); err != nil || !reflect.DeepEqual(got, value) {
		t.Errorf("gob: %v, %v; want %v", got, err, value)
	}
}
