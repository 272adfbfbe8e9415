package dataelab_test

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// Recording and what it holds are in testdata/layout.py too: the same classes,
// attributes, methods and values.
type (
	Recording struct {
		wavefront *Wavefront
		modes     map[string]*Modes
		segments  []*Modes
	}
	Wavefront struct {
		Instrument
		slopes diskcache.DiskCacher[[][]float32]
		flux   diskcache.DiskCacher[[]uint16]
		mask   diskcache.DiskCacher[[][]bool]
	}
	Instrument struct {
		gains diskcache.DiskCacher[[]float64]
	}
	Modes struct {
		n            int
		coefficients diskcache.DiskCacher[[]complex128]
		covariance   diskcache.DiskCacher[*mat.Dense]
	}
)

func newRecording() *Recording {
	return &Recording{
		wavefront: &Wavefront{},
		modes:     map[string]*Modes{"zernike": {n: 3}, "kl 2": {n: 2}},
		segments:  []*Modes{{n: 1}, {n: 4}},
	}
}

// takeAll calls every method, and returns how many computed.
func (r *Recording) takeAll(t *testing.T) (computed int) {
	t.Helper()
	w := r.wavefront
	computed += takes(t, &w.gains, []float64{0.5, math.Copysign(0, -1), numpyNaN, math.Inf(1)})
	computed += takes(t, &w.slopes, [][]float32{{0, 0.25, 0.5}, {0.75, 1, 1.25}})
	computed += takes(t, &w.flux, []uint16{0, 1, 65535})
	computed += takes(t, &w.mask, [][]bool{{true, false}, {false, true}})
	for _, m := range append(r.segments, r.modes["zernike"], r.modes["kl 2"]) {
		coefficients := make([]complex128, m.n)
		covariance := mat.NewDense(m.n, m.n, nil)
		for i := range m.n {
			coefficients[i] = complex(float64(i), float64(2*i))
			covariance.Set(i, i, float64(m.n))
		}
		computed += takes(t, &m.coefficients, coefficients)
		computed += takes(t, &m.covariance, covariance)
	}
	return computed
}

// numpyNaN has other bits than math.NaN.
var numpyNaN = math.Float64frombits(0x7ff8000000000000)

// methods of the tree, each with one value.
const methodsOfRecording = 12

func takes[T any](t *testing.T, c *diskcache.DiskCacher[T], want T) (computed int) {
	t.Helper()
	got, err := c.Execute(context.Background(), func(context.Context) (T, error) {
		computed++
		return want, nil
	})
	if err != nil || !sameBits(reflect.ValueOf(got), reflect.ValueOf(want)) {
		t.Errorf("%s: got %v, %v, want %v", pathOf(t, c), got, err, want)
	}
	return computed
}

// sameBits is reflect.DeepEqual for slices of floats that may be NaN or -0.
func sameBits(a, b reflect.Value) bool {
	x, ok := a.Interface().([]float64)
	if !ok {
		return reflect.DeepEqual(a.Interface(), b.Interface())
	}
	y := b.Interface().([]float64)
	same := len(x) == len(y)
	for i := 0; same && i < len(x); i++ {
		same = math.Float64bits(x[i]) == math.Float64bits(y[i])
	}
	return same
}

// layout runs testdata/layout.py on the tag's directory below tmpdir.
func layout(t *testing.T, command, tmpdir string, args ...string) string {
	t.Helper()
	py := pythontest.Find(t)
	script, err := os.ReadFile(filepath.Join("testdata", "layout.py"))
	mustDo(t, err)
	return py.Run(t, string(script), append([]string{command, filepath.Join(tmpdir, "cache"+testTag)}, args...)...)
}

func TestGoTakesWhatPythonStored(t *testing.T) {
	dir := t.TempDir()
	layout(t, "write", dir)
	r := newRecording()
	mustDo(t, dataelab.SetTmpdir(r, dir))
	mustDo(t, dataelab.SetTag(r, testTag))
	if n := r.takeAll(t); n != 0 {
		t.Errorf("%d methods were computed, though their files were there", n)
	}
	n := 0
	for name, c := range dataelab.Cachers(r) {
		if n++; c.Stats().Loaded != 1 {
			t.Errorf("%s: %+v, want one load", name, c.Stats())
		}
	}
	if n != methodsOfRecording {
		t.Errorf("%d methods, want %d", n, methodsOfRecording)
	}
	if found := files(t, dir); len(found) != methodsOfRecording {
		t.Errorf("files %v: want those that Python wrote, and no others", found)
	}
}

func TestPythonFindsWhatGoStored(t *testing.T) {
	dir := t.TempDir()
	for range 2 { // what Go wrote, Go and Python take
		r := newRecording()
		mustDo(t, dataelab.SetTmpdir(r, dir))
		mustDo(t, dataelab.SetTag(r, testTag))
		r.takeAll(t)
		if out := layout(t, "read", dir); out != "12 arrays" {
			t.Errorf("python printed %q", out)
		}
	}
}

// A pickle where a value should be is not executed, but set aside and reported.
func TestPicklesAreNotExecuted(t *testing.T) {
	dir := t.TempDir()
	marker := filepath.Join(t.TempDir(), "exploded")
	layout(t, "bomb", dir, marker)
	var aside []string
	r := newRecording()
	mustDo(t, dataelab.SetOptions(r, diskcache.Options{Tmpdir: dir, OnEvent: func(e diskcache.Event) {
		if e.Kind == diskcache.SetAside {
			aside = append(aside, filepath.Base(e.Path)+": "+e.Reason)
		}
		if e.Err != nil {
			t.Errorf("%s: %v", e.Kind, e.Err)
		}
	}}))
	mustDo(t, dataelab.SetTag(r, testTag))
	read := logTo(t, zerolog.WarnLevel)
	if n := r.takeAll(t); n != methodsOfRecording {
		t.Errorf("%d methods were computed, want all: no file held a value", n)
	}
	for i, want := range []string{"Wavefront.flux.npy", "Wavefront.mask.npy"} {
		if len(aside) != 2 || !strings.HasPrefix(aside[i], "root.wavefront."+want+": ") {
			t.Fatalf("set aside %q, want %s with a reason", aside, want)
		}
	}
	if lines := read(); len(lines) != 2 || lines[0].Message != "set aside" || !strings.Contains(aside[0], lines[0].Reason) {
		t.Errorf("the log has %+v, want both files", lines)
	}
	if out := layout(t, "read", dir); out != "12 arrays" {
		t.Errorf("python printed %q", out)
	}
	if _, err := os.Stat(marker); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a pickle was executed: %v", err)
	}
	// The evidence is kept, and was dangerous.
	kept, err := filepath.Glob(filepath.Join(dir, "cache"+testTag, ".dataelab", "aside", "*.npy"))
	mustDo(t, err)
	if len(kept) != 2 {
		t.Fatalf("kept %v, want both files", kept)
	}
	script, err := os.ReadFile(filepath.Join("testdata", "layout.py"))
	mustDo(t, err)
	for _, file := range kept {
		pythontest.Find(t).Run(t, string(script), "explode", file)
		if err := os.Remove(marker); err != nil {
			t.Errorf("%s is harmless, so this test shows nothing: %v", file, err)
		}
	}
}
