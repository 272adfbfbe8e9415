package npz_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/formats/npz"
)

// counting counts the bytes that are read.
type counting struct {
	io.ReaderAt
	n atomic.Int64
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	c.n.Add(int64(len(p)))
	return c.ReaderAt.ReadAt(p, off)
}

// TestLazy reads one array of many, and nothing of the others.
func TestLazy(t *testing.T) {
	arrays := map[string][]float64{"small": {1, 2, 3}}
	for i := range 20 {
		arrays[fmt.Sprint("big", i)] = make([]float64, 1<<15)
	}
	file := encoded(t, npz.Options{}, arrays)
	src := &counting{ReaderAt: bytes.NewReader(file)}
	r, err := npz.NewReader(src, int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var small []float64
	if err := r.Read("small", &small); err != nil || !slices.Equal(small, []float64{1, 2, 3}) {
		t.Errorf("%v, %v", small, err)
	}
	if h, err := r.Header("big7"); err != nil || h.Shape[0] != 1<<15 || h.DType != "<f8" {
		t.Errorf("%v, %v", h, err)
	}
	var s struct {
		Small []float64 `npz:"small"`
	}
	if err := npz.Decode(src, int64(len(file)), &s); err != nil || !slices.Equal(s.Small, small) {
		t.Errorf("%v, %v", s, err)
	}
	if got := src.n.Load(); got > 64<<10 {
		t.Errorf("%d bytes were read of %d", got, len(file))
	}
}

func TestReaderErrors(t *testing.T) {
	file := encoded(t, npz.Options{}, map[string]any{"a": []float64{1, 2}, "n": 1.5})
	r, err := npz.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var missing *npz.NoMemberError
	if err := r.Read("b", new([]float64)); !errors.As(err, &missing) || err.Error() != `npz: no member "b"; the file has a, n` {
		t.Errorf("no such member: %v", err)
	}
	if _, err := r.Header("b"); !errors.As(err, &missing) {
		t.Errorf("no such member: %v", err)
	}
	var mismatch *npz.MismatchError
	if err := r.Read("a", new(float64)); !errors.As(err, &mismatch) || !slices.Equal(mismatch.Shape, []int{2}) || !strings.Contains(err.Error(), `member "a"`) {
		t.Errorf("an array into a number: %v", err)
	}
	var badArray *npy.MismatchError
	if err := r.Read("n", new([]float64)); !errors.As(err, &badArray) || !strings.Contains(err.Error(), `member "n"`) {
		t.Errorf("a number into a slice: %v", err)
	}
	if err := r.Read("a", new([]int)); !errors.As(err, &badArray) {
		t.Errorf("floats into integers: %v", err)
	}
	var badType *npy.TypeError
	if err := r.Read("a", new(chan int)); !errors.As(err, &badType) {
		t.Errorf("into a channel: %v", err)
	}
	for _, dst := range []any{nil, []float64{}, (*[]float64)(nil)} {
		if err := r.Read("a", dst); err == nil || !strings.Contains(err.Error(), "non-nil pointer") {
			t.Errorf("Read into %T: %v", dst, err)
		}
		if err := decode(file, dst); err == nil || !strings.Contains(err.Error(), "non-nil pointer") {
			t.Errorf("Decode into %T: %v", dst, err)
		}
	}
	var notThese *npz.TypeError
	if err := decode(file, new(map[string]any)); !errors.As(err, &notThese) {
		t.Errorf("into a map of interfaces: %v", err)
	}
	var s struct {
		A []float64 `npz:"a"`
		B []float64
	}
	if err := decode(file, &s); !errors.As(err, &missing) || !strings.Contains(err.Error(), "field B") {
		t.Errorf("a field that is not in the file: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := npz.Open(filepath.Join(t.TempDir(), "none.npz")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := npz.Open(t.TempDir()); err == nil {
		t.Error("a folder was opened")
	}
}

// TestIOError tells a failing disk from a damaged file.
func TestIOError(t *testing.T) {
	file := encoded(t, npz.Options{}, map[string][]float64{"a": {1, 2}, "b": make([]float64, 1<<17), "c": make([]float64, 1<<17)})
	for good := 0; ; good++ {
		src := &broken{r: bytes.NewReader(file)}
		src.left.Store(int64(good))
		var got map[string][]float64
		err := npz.Decode(src, int64(len(file)), &got)
		if err == nil {
			if good < 10 || len(got) != 3 {
				t.Errorf("%d reads were enough for %d arrays", good, len(got))
			}
			return
		}
		var bad *npz.FormatError
		var badArray *npy.FormatError
		if !errors.Is(err, errDisk) || errors.As(err, &bad) || errors.As(err, &badArray) {
			t.Fatalf("after %d reads: %v, want the error of the disk alone", good, err)
		}
	}
}

var errDisk = errors.New("disk on fire")

// broken fails after some reads.
type broken struct {
	r    io.ReaderAt
	left atomic.Int64
}

func (b *broken) ReadAt(p []byte, off int64) (int, error) {
	if b.left.Add(-1) < 0 {
		return 0, errDisk
	}
	return b.r.ReadAt(p, off)
}

// bursting panics where arrays are read.
type bursting struct {
	io.ReaderAt
	armed atomic.Bool
}

func (b *bursting) ReadAt(p []byte, off int64) (int, error) {
	if b.armed.Load() && len(p) > 100_000 {
		panic("burst")
	}
	return b.ReaderAt.ReadAt(p, off)
}

func TestPanicComesThrough(t *testing.T) {
	file := encoded(t, npz.Options{}, map[string][]float64{"a": make([]float64, 1<<17), "b": make([]float64, 1<<17)})
	src := &bursting{ReaderAt: bytes.NewReader(file)}
	src.armed.Store(true)
	defer func() {
		if got := recover(); got != "burst" {
			t.Errorf("recovered %v", got)
		}
	}()
	t.Errorf("Decode returned %v", npz.Decode(src, int64(len(file)), new(map[string][]float64)))
}

// TestConcurrent shares one Reader among many.
func TestConcurrent(t *testing.T) {
	for _, o := range packings {
		arrays := make(map[string][]float64)
		for i := range 8 {
			arrays[fmt.Sprint(i)] = slices.Repeat([]float64{float64(i), math.Pi}, 1<<15)
		}
		path := filepath.Join(t.TempDir(), "a.npz")
		if err := o.Save(path, arrays); err != nil {
			t.Fatal(err)
		}
		r, err := npz.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				name := fmt.Sprint(i % 8)
				var got []float64
				if err := r.Read(name, &got); err != nil || !slices.Equal(got, arrays[name]) {
					t.Errorf("%s: %d elements, %v", name, len(got), err)
				}
				if whole, err := npz.Load[map[string][]float64](path); err != nil || !slices.Equal(whole[name], got) {
					t.Errorf("load: %v", err)
				}
			})
		}
		all.Wait()
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if err := r.Read("1", new([]float64)); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
}
