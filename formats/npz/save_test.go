package npz_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/formats/npz"
)

func TestSave(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.npz")
	for _, want := range [][]float64{{1, 2}, {3}} {
		if err := npz.Save(path, inner{want}); err != nil {
			t.Fatal(err)
		}
		if got, err := npz.Load[inner](path); err != nil || !slices.Equal(got.A, want) {
			t.Errorf("saved %v, loaded %v, %v", want, got, err)
		}
	}

	// What does not fit leaves the old file.
	if err := npz.Save(path, inner{}); !errors.Is(err, npz.ErrValue) || !strings.Contains(err.Error(), path) {
		t.Errorf("nil inside: %v, want ErrValue with the path", err)
	}
	var bad *npz.TypeError
	if err := npz.Save(path, "text"); !errors.As(err, &bad) || !strings.Contains(err.Error(), path) {
		t.Errorf("text: %v, want a TypeError with the path", err)
	}
	if got, err := npz.Load[inner](path); err != nil || !slices.Equal(got.A, []float64{3}) {
		t.Errorf("the old file is now %v, %v", got, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("in the folder: %v, %v", entries, err)
	}

	none := filepath.Join(dir, "none", "a.npz")
	if err := npz.Save(none, inner{A: []float64{}}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), none) {
		t.Errorf("in no folder: %v", err)
	}
	if _, err := npz.Load[inner](none); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), none) {
		t.Errorf("no file: %v", err)
	}
	if err := os.WriteFile(path, []byte("PK"), 0o600); err != nil {
		t.Fatal(err)
	}
	var damaged *npz.FormatError
	if _, err := npz.Load[inner](path); !errors.As(err, &damaged) || !strings.Contains(err.Error(), path) {
		t.Errorf("a damaged file: %v", err)
	}
}
