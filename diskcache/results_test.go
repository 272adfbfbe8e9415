package diskcache_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/formats"
)

// comesBack checks that a value is the same from the computation, from memory
// and from disk, with the copy option and without.
func comesBack[T any](t *testing.T, ext string, value T) {
	t.Helper()
	for _, structTag := range []string{"", ",copy"} {
		name := fmt.Sprintf("%T%s %.60v", value, structTag, value)
		d := newDisk(t)
		f := &counted[T]{value: value}
		for _, from := range []string{"computation", "disk"} {
			c, log := bindField[T](t, d.tmpdir, structTag)
			for range 2 {
				if got := mustExecute(t, c, f.compute); !reflect.DeepEqual(got, value) {
					t.Errorf("%s, from %s: got %#v, want %#v", name, from, got, value)
				}
			}
			got, ok, err := c.Peek(t.Context())
			if !ok || err != nil || !reflect.DeepEqual(got, value) {
				t.Errorf("%s, Peek after %s: %#v, %v, %v", name, from, got, ok, err)
			}
			if e, bad := log.find(diskcache.SaveFailed); bad {
				t.Errorf("%s: %v", name, e.Err)
			}
		}
		if f.runs != 1 {
			t.Errorf("%s: computed %d times, want once", name, f.runs)
		}
		if !d.exists(d.value(ext)) {
			t.Errorf("%s: stored as %q, want .%s", name, d.list(), ext)
		}
		d.checkConsistent()
	}
}

type (
	resultPlain struct {
		Name  string
		Rows  [][]float64
		Extra map[string]*resultPlain
	}
	resultNames []string
	resultGrid  [][]float32
)

// Nil, empty and zero are three results, and each of them is a result.
func TestNilEmptyAndZero(t *testing.T) {
	comesBack(t, "npy", []float64(nil))
	comesBack(t, "npy", []float64{})
	comesBack(t, "npy", []float64{0})
	comesBack(t, "npy", resultGrid(nil))
	comesBack(t, "npy", resultGrid{})
	comesBack(t, "npy", resultGrid{{}, {}})
	comesBack(t, "npy", [0]int{})
	comesBack(t, "npy", (*mat.Dense)(nil))
	comesBack(t, "npy", &mat.Dense{})
	comesBack(t, "npy", (*mat.VecDense)(nil))
	comesBack(t, "npy", (*mat.SymDense)(nil))
	comesBack(t, "npy", mat.NewDense(1, 1, nil))
	comesBack(t, "gob", resultNames(nil))
	comesBack(t, "gob", resultNames{})
	comesBack(t, "gob", resultNames{""})
	comesBack(t, "gob", map[string]int(nil))
	comesBack(t, "gob", map[string]int{})
	comesBack(t, "gob", map[string]int{"": 0})
	comesBack(t, "gob", (*resultPlain)(nil))
	comesBack(t, "gob", &resultPlain{})
	comesBack(t, "gob", resultPlain{Rows: [][]float64{nil, {}}, Extra: map[string]*resultPlain{"nil": nil, "zero": {}}})
	comesBack(t, "gob", (*int)(nil))
	comesBack(t, "gob", pointer(0))
	comesBack(t, "gob", (*big.Int)(nil))
	comesBack(t, "gob", big.NewInt(0))
	comesBack(t, "gob", (*time.Time)(nil))
	comesBack(t, "gob", struct{}{})
	comesBack(t, "gob", "")
	comesBack(t, "gob", 0)
	comesBack(t, "gob", false)
}

func TestResults(t *testing.T) {
	comesBack(t, "npy", []float64{1, math.Copysign(0, -1), math.Inf(1), math.SmallestNonzeroFloat64})
	comesBack(t, "npy", [][]int16{{1, 2}, {3, 4}})
	comesBack(t, "npy", []complex64{1i})
	comesBack(t, "npy", mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6}))
	comesBack(t, "gob", [][]float64{{1, 2}, {3}}) // ragged: no array holds it
	comesBack(t, "gob", [][]float64{{1, 2}, nil})
	comesBack(t, "gob", resultPlain{Name: "x", Rows: [][]float64{{1}, {2, 3}}})
	comesBack(t, "gob", map[string]string{"a": "b"})
	comesBack(t, "gob", 2.5)
	comesBack(t, "gob", "text")
	comesBack(t, "gob", time.Date(2024, 4, 10, 11, 22, 33, 0, time.UTC))
}

// A NaN is not equal to itself, so it is compared by its bits.
func TestNaNResult(t *testing.T) {
	dir := t.TempDir()
	want := []float64{math.NaN(), math.Float64frombits(0x7FF8DEADBEEF0001)}
	for range 2 {
		c, _ := newCacher[[]float64](t, dir)
		got := mustExecute(t, c, (&counted[[]float64]{value: want}).compute)
		for i := range want {
			if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
				t.Errorf("element %d: %x, want %x", i, math.Float64bits(got[i]), math.Float64bits(want[i]))
			}
		}
	}
}

// changes executes with one result type after another on one entry.
func changes[T any](t *testing.T, d disk, value T, reason, file string) {
	t.Helper()
	c, log := newCacher[T](t, d.tmpdir)
	if got := mustExecute(t, c, (&counted[T]{value: value}).compute); !reflect.DeepEqual(got, value) {
		t.Errorf("%T: got %v, want %v", value, got, value)
	}
	e, _ := log.find(diskcache.Computed)
	if e.Reason != reason {
		t.Errorf("%T: computed for %q, want %q", value, e.Reason, reason)
	}
	if s := c.Stats(); s.SetAside+s.SaveFailed != 0 {
		t.Errorf("%T: %+v: a changed type is no damage", value, s)
	}
	if got := d.list(); !slices.Equal(got, []string{recordFile, file}) {
		t.Errorf("%T: files %q, want the record and %s", value, got, file)
	}
	d.checkConsistent()
}

// When a method's result type changes, what is stored is stale, and its visible
// file goes.
func TestResultTypeChanges(t *testing.T) {
	d := newDisk(t)
	changes(t, d, []float64{1, 2}, "nothing is stored", npyFile)
	changes(t, d, []float64{1, 2}, "", npyFile)
	changes(t, d, goldenPoint{1, 2}, "the result type changed from []float64 to github.com/dataelab/dataelab-go/diskcache_test.goldenPoint", gobFile)
	changes(t, d, goldenTwin{1, 2}, "the result type changed from github.com/dataelab/dataelab-go/diskcache_test.goldenPoint to github.com/dataelab/dataelab-go/diskcache_test.goldenTwin", gobFile)
	changes(t, d, []int32{1, 2}, "the result type changed from github.com/dataelab/dataelab-go/diskcache_test.goldenTwin to []int32", npyFile)
	changes(t, d, []float64{1, 2}, "the result type changed from []int32 to []float64", npyFile)
	changes(t, d, [][]float64{{1}, {2, 3}}, "the result type changed from []float64 to [][]float64", gobFile)
	changes(t, d, [][]float64{{1}, {2, 3}}, "", gobFile)
	c, _ := newCacher[[][]float64](t, d.tmpdir)
	if _, err := c.Refresh(t.Context(), (&counted[[][]float64]{value: [][]float64{{1, 2}}}).compute); err != nil {
		t.Fatal(err)
	}
	changes(t, d, [][]float64{{1, 2}}, "", npyFile)
}

// A type that no format stores is refused when the tag is set, and changes nothing.
func TestUnstorableResult(t *testing.T) {
	type holder struct {
		Name string
		Draw func()
	}
	var c diskcache.DiskCacher[holder]
	err := c.SetTag(testTag, "root.A.method")
	var e *diskcache.Error
	var why *formats.TypeError
	if !errors.As(err, &e) || !errors.As(err, &why) || !strings.Contains(err.Error(), "Draw") {
		t.Errorf("%v, want a TypeError that names the field", err)
	}
	if _, err := c.FullPath(); !errors.Is(err, diskcache.ErrTagNotSet) {
		t.Errorf("FullPath: %v", err)
	}
	var open diskcache.DiskCacher[fmt.Stringer]
	if err := open.SetTag(testTag, "root.A.method"); err == nil || !strings.Contains(err.Error(), "is an interface with methods, so what a file holds could not be known: use the concrete type") {
		t.Errorf("an interface: %v", err)
	}
}

// A format of the user's own is chosen before ours, and its failures are ours to
// survive.
func TestOwnFormat(t *testing.T) {
	mode := ""
	text := formats.Func("note", "txt", func(w io.Writer, p goldenPoint) error {
		if mode == "panics" {
			panic("while writing")
		}
		_, err := fmt.Fprintf(w, "%v %v\n", p.X, p.Y)
		return err
	}, func(r io.Reader) (p goldenPoint, err error) {
		if mode == "panics" {
			panic("while reading")
		}
		_, err = fmt.Fscan(r, &p.X, &p.Y)
		return p, err
	})
	d := newDisk(t)
	bind := func() (*diskcache.DiskCacher[goldenPoint], *eventLog) {
		c, log := newCacher[goldenPoint](t, d.tmpdir)
		if err := c.SetOptions(diskcache.Options{Tmpdir: d.tmpdir, OnEvent: log.add, Formats: formats.Set{}.With(text)}); err != nil {
			t.Fatal(err)
		}
		return c, log
	}
	f := &counted[goldenPoint]{value: goldenPoint{1, 2.5}}
	for range 2 {
		c, _ := bind()
		if got := mustExecute(t, c, f.compute); got != f.value {
			t.Errorf("got %v", got)
		}
	}
	if got := string(d.read(d.value("txt"))); got != "1 2.5\n" || f.runs != 1 {
		t.Errorf("file %q after %d computations", got, f.runs)
	}
	d.remove(d.record())
	d.write(d.value("txt"), []byte("7 8"))
	c, _ := bind()
	if got := mustExecute(t, c, f.compute); got != (goldenPoint{7, 8}) {
		t.Errorf("a file that a person wrote: got %v", got)
	}

	mode = "panics"
	c, log := bind()
	if got := mustExecute(t, c, f.compute); got != f.value {
		t.Errorf("with a format that panics: got %v", got)
	}
	aside, _ := log.find(diskcache.SetAside)
	failed, _ := log.find(diskcache.SaveFailed)
	if !strings.Contains(aside.Reason, "while reading") || failed.Err == nil || !strings.Contains(failed.Err.Error(), "while writing") {
		t.Errorf("set aside for %q, saving failed with %v", aside.Reason, failed.Err)
	}

	// Without the format the entry cannot be read, which is no damage.
	mode = ""
	c, _ = bind()
	mustExecute(t, c, f.compute)
	runs := f.runs
	plain, log := newCacher[goldenPoint](t, d.tmpdir)
	mustExecute(t, plain, f.compute)
	if e, _ := log.find(diskcache.Computed); f.runs != runs+1 || !strings.Contains(e.Reason, "stored as note, which does not serve") {
		t.Errorf("without the format: %d computations, reason %q", f.runs-runs, e.Reason)
	}
}

// A format whose encoder fails half way leaves no half value.
func TestEncoderFails(t *testing.T) {
	broken := errors.New("out of ink")
	failing := formats.Func("note", "txt", func(w io.Writer, _ goldenPoint) error {
		_, err := io.Copy(w, bytes.NewReader(make([]byte, 3<<20)))
		return errors.Join(err, broken)
	}, func(io.Reader) (goldenPoint, error) { return goldenPoint{}, broken })
	d := newDisk(t)
	c, log := newCacher[goldenPoint](t, d.tmpdir)
	if err := c.SetOptions(diskcache.Options{Tmpdir: d.tmpdir, OnEvent: log.add, Formats: formats.Set{}.With(failing)}); err != nil {
		t.Fatal(err)
	}
	f := &counted[goldenPoint]{value: goldenPoint{1, 2}}
	for range 2 {
		if got := mustExecute(t, c, f.compute); got != f.value {
			t.Errorf("got %v", got)
		}
	}
	if e, _ := log.find(diskcache.SaveFailed); f.runs != 1 || !errors.Is(e.Err, broken) || c.Stats().SaveFailed != 1 {
		t.Errorf("computed %d times; event %+v", f.runs, e)
	}
	if left := d.list(); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// What compute returns together with an error is the caller's, and not stored.
func TestValueWithError(t *testing.T) {
	d := newDisk(t)
	c, _ := newCacher[[]int](t, d.tmpdir)
	broken := errors.New("half of it")
	v, err := c.Execute(t.Context(), func(context.Context) ([]int, error) { return []int{1}, broken })
	if !slices.Equal(v, []int{1}) || !errors.Is(err, broken) {
		t.Errorf("got %v, %v", v, err)
	}
	if _, err := os.Stat(filepath.Join(d.tag, npyFile)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("stored: %v", err)
	}
}
