package npy_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/formats/npy"
)

// names are the files in dir.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestSaveReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, strings.Repeat("x", 250)+".npy") // as long as names may be
	for _, want := range [][]float64{{1, 2}, {3}} {
		if err := npy.Save(path, want); err != nil {
			t.Fatal(err)
		}
		if got, err := npy.Load[[]float64](path); err != nil || !slices.Equal(got, want) {
			t.Errorf("saved %v, loaded %v, %v", want, got, err)
		}
	}
	if got := names(t, dir); len(got) != 1 {
		t.Errorf("files after two saves: %v", got)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o600 != 0o600 {
		t.Errorf("%v, mode %v", err, info.Mode())
	}
}

func TestSaveFailsWhole(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.npy")
	if err := npy.Save(path, []int8{1}); err != nil {
		t.Fatal(err)
	}
	var typeErr *npy.TypeError
	if err := npy.Save(path, "text"); !errors.As(err, &typeErr) || !strings.Contains(err.Error(), path) {
		t.Errorf("text: %v, want a TypeError with the path", err)
	}
	if err := npy.Save(path, [][]int8{{1}, nil}); !errors.Is(err, npy.ErrValue) || !strings.Contains(err.Error(), path) {
		t.Errorf("ragged: %v, want ErrValue with the path", err)
	}
	folder := filepath.Join(dir, "folder")
	if err := os.MkdirAll(filepath.Join(folder, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := npy.Save(folder, []int8{1}); err == nil || !strings.Contains(err.Error(), folder) {
		t.Errorf("in place of a folder: %v", err)
	}
	if err := npy.Save(filepath.Join(dir, "none", "a.npy"), []int8{1}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in no folder: %v", err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"a.npy", "folder"}) {
		t.Errorf("files left: %v", got)
	}
	if got, err := npy.Load[[]int8](path); err != nil || !slices.Equal(got, []int8{1}) {
		t.Errorf("the old file is now %v, %v", got, err)
	}
}

func TestLoadErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.npy")
	if _, err := npy.Load[[]int8](path); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
		t.Errorf("no file: %v", err)
	}
	if _, err := npy.Load[[]int8](dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a folder: %v", err)
	}
	if err := npy.Save(path, []float64{1}); err != nil {
		t.Fatal(err)
	}
	var bad *npy.MismatchError
	if got, err := npy.Load[[]int8](path); !errors.As(err, &bad) || got != nil || !strings.Contains(err.Error(), path) {
		t.Errorf("another dtype: %v, %v; want a MismatchError with the path", got, err)
	}
	var typeErr *npy.TypeError
	if _, err := npy.Load[any](path); !errors.As(err, &typeErr) {
		t.Errorf("Load[any]: %v, want a TypeError", err)
	}
	if err := os.Truncate(path, 130); err != nil {
		t.Fatal(err)
	}
	var format *npy.FormatError
	if got, err := npy.Load[*mat.VecDense](path); !errors.As(err, &format) || got != nil {
		t.Errorf("cut short: %v, %v; want a FormatError", got, err)
	}
}

// TestConcurrentUse has many goroutines share values, types seen for the first
// time, and one file, which is always whole.
func TestConcurrentUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.npy")
	type (
		first  []int16
		second [][2]int16
	)
	data := benchData(1 << 14)
	rows := rowsOf(data, 1<<7)
	if err := npy.Save(path, data); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				if err := npy.Save(path, data); err != nil {
					t.Error(err)
				}
				if got, err := npy.Load[[]float64](path); err != nil || !slices.Equal(got, data) {
					t.Errorf("%d elements, %v", len(got), err)
				}
				if got := decode[[][]float64](t, encoded(t, rows)); len(got) != len(rows) || !slices.Equal(got[5], rows[5]) {
					t.Errorf("%d rows", len(got))
				}
				if got := decode[first](t, encoded(t, first{1, 2})); !slices.Equal(got, first{1, 2}) {
					t.Errorf("%v", got)
				}
				if got := decode[second](t, encoded(t, second{{1, 2}})); !slices.Equal(got, second{{1, 2}}) {
					t.Errorf("%v", got)
				}
			}
		})
	}
	wg.Wait()
}
