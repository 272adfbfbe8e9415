package formats_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/formats"
)

func TestFileRoundTrip(t *testing.T) {
	dir := t.TempDir()
	var set formats.Set
	array := filepath.Join(dir, "mean.npy")
	if err := set.WriteFile(array, []float64{1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	var mean []float64
	if err := set.ReadFile(array, &mean); err != nil || !reflect.DeepEqual(mean, []float64{1, 2, 3}) {
		t.Errorf("npy: %v, %v", mean, err)
	}
	other := filepath.Join(dir, "fit.gob")
	want := fit{Frequency: 13.4, Amplitude: 96, Label: "tip"}
	if err := set.WriteFile(other, want); err != nil {
		t.Fatal(err)
	}
	var got fit
	if err := set.ReadFile(other, &got); err != nil || got != want {
		t.Errorf("gob: %v, %v", got, err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 2 {
		t.Errorf("%d files, %v, want the two that were written", len(names), err)
	}
}

func TestFileErrors(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good.npy")
	var set formats.Set
	if err := set.WriteFile(good, []float64{1}); err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(dir, "cut.npy")
	content, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cut, content[:len(content)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	var v []float64
	for name, c := range map[string]struct {
		err  error
		want string // a part of the message
	}{
		"extension":   {set.WriteFile(filepath.Join(dir, "a.fits"), v), ".npy or .gob"},
		"nil":         {set.WriteFile(filepath.Join(dir, "a.npy"), nil), "nil has no type"},
		"function":    {set.WriteFile(filepath.Join(dir, "a.gob"), func() {}), "func()"},
		"no folder":   {set.WriteFile(filepath.Join(dir, "no", "a.npy"), []int{1}), "no such file"},
		"ragged":      {set.WriteFile(filepath.Join(dir, "a.npy"), [][]int{{1}, {}}), "differ in length"},
		"not pointer": {set.ReadFile(good, v), "non-nil pointer"},
		"cut short":   {set.ReadFile(cut, &v), "cut.npy"},
		"other type":  {set.ReadFile(good, new([]int)), "<f8"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", name, c.err, c.want)
		}
	}
	if err := set.ReadFile(filepath.Join(dir, "none.npy"), &v); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 2 {
		t.Errorf("%d files, %v: failed writes left some behind", len(names), err)
	}
}
