//go:build linux || darwin

package diskcache_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// cutMapped returns a mapped giant of which the file was cut short.
func cutMapped(t *testing.T, d disk) ([]float64, *diskcache.DiskCacher[[]float64]) {
	t.Helper()
	first, _ := bindField[[]float64](t, d.tmpdir, "")
	mustExecute(t, first, gives(giantOf(1)))
	c, _ := bindField[[]float64](t, d.tmpdir, ",mmap")
	v := mustExecute(t, c, nil)
	diskcache.WaitVerified(c)
	if err := os.Truncate(d.value("npy"), 4096); err != nil {
		t.Fatal(err)
	}
	return v, c
}

// What reads a mapped value as a whole survives that its file was cut short.
func TestMappedFileCutShort(t *testing.T) {
	d := newDisk(t)
	v, c := cutMapped(t, d)
	defer c.Close()
	wantFault := func(what string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), "mapped file that was cut short") {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := diskcache.KeyOf("a", v)
	wantFault("KeyOf", err)
	user, _ := newCacherNamed[float64](t, d.tmpdir, "root.A.user")
	_, err = user.Execute(t.Context(), func(context.Context) (float64, error) { return 1, nil }, v)
	wantFault("as an argument", err)
	if text := diskcache.ArgumentTexts([]any{v[len(v)-10:]})[0]; !strings.Contains(text, "cut short") {
		t.Errorf("shown as %s", text)
	}

	saves(t, d, "slice", v)
	saves(t, d, "npz", map[string][]float64{"a": v, "b": v})
	saves(t, d, "gob", struct {
		Name string
		V    [][]float64
	}{"x", [][]float64{v, v[1:]}})

	diskcache.Recheck() // or after ten seconds
	if got := mustExecute(t, c, gives(giantOf(2))); got[len(got)-1] != 2 {
		t.Errorf("got %v", got[len(got)-1])
	}
}

// saves lets a method return what cannot be read as a whole: it is returned, and is not on disk.
func saves[T any](t *testing.T, d disk, name string, v T) {
	t.Helper()
	c, log := newCacherNamed[T](t, d.tmpdir, "root.A."+name)
	if _, err := c.Execute(t.Context(), func(context.Context) (T, error) { return v, nil }); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	if _, failed := log.find(diskcache.SaveFailed); !failed {
		t.Errorf("%s: %s, want a save that failed", name, log.kinds())
	}
}

// The program lives on when Python saves over a mapped file in place, and the next call
// after a recheck has Python's value.
func TestPythonSavesOverAMappedFile(t *testing.T) {
	py := pythontest.Find(t)
	for name, save := range map[string]string{
		"shorter":         `np.save(path, np.zeros(10))`,
		"of equal length": `np.save(path, np.zeros(1 << 18))`,
		"removed first":   `os.remove(path); np.save(path, np.zeros(10))`,
	} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			first, _ := bindField[[]float64](t, d.tmpdir, "")
			mustExecute(t, first, gives(giantOf(1)))
			c, log := bindField[[]float64](t, d.tmpdir, ",mmap")
			v := mustExecute(t, c, nil)
			d.remove(d.record())
			py.Run(t, "import numpy as np, os, sys; path = sys.argv[1]; "+save, d.value("npy"))
			_, err := diskcache.KeyOf(v)
			if removed := name == "removed first"; removed && (err != nil || v[len(v)-1] != 1) {
				t.Errorf("the mapping of a file that was removed: %v", err)
			}
			diskcache.Recheck()
			got := mustExecute(t, c, gives(nil))
			if len(got) == 0 || slices.ContainsFunc(got, func(x float64) bool { return x != 0 }) {
				t.Errorf("got %.5v of %d; %s", got, len(got), log.kinds())
			}
			if err := errors.Join(c.Close(), first.Close()); err != nil {
				t.Error(err)
			}
		})
	}
}
