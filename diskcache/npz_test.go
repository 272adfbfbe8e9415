package diskcache_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/dataelab/dataelab-go/internal/pythontest"
)

func load[T any](tb testing.TB, dir string, value T, computed *int) (T, string) {
	tb.Helper()
	c, _ := newCacher[T](tb, dir)
	got, err := c.Execute(tb.Context(), func(context.Context) (T, error) {
		*computed++
		return value, nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	path, err := c.FullPath()
	if err != nil {
		tb.Fatal(err)
	}
	return got, path
}

// TestNpz stores a map of arrays, small and large ones (which are decoded from the
// file, side by side), where np.load opens it.
func TestNpz(t *testing.T) {
	for _, n := range []int{3, 1 << 18} {
		arrays := map[string][]float64{"x": make([]float64, n), "y": make([]float64, n), "none": {}}
		for i := range n {
			arrays["x"][i], arrays["y"][i] = float64(i), 0.5
		}
		dir, computed := t.TempDir(), 0
		for range 2 {
			if got, _ := load(t, dir, arrays, &computed); !reflect.DeepEqual(got, arrays) {
				t.Errorf("%d elements: another value", n)
			}
		}
		if computed != 1 {
			t.Errorf("computed %d times", computed)
		}

		_, path := load(t, dir, arrays, &computed)
		record := struct {
			Format, DType string
			Shape         []int
		}{}
		text, err := os.ReadFile(filepath.Join(filepath.Dir(path), ".dataelab", filepath.Base(path)+".json"))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &record); err != nil || record.Format != "npz" || record.DType != "" || len(record.Shape) > 0 {
			t.Errorf("record %+v, %v", record, err)
		}
		const check = `
import sys, numpy as np
with np.load(sys.argv[1]) as f:
    print(sorted(f.files), f["x"].sum() + f["y"].sum(), f["none"].shape)`
		want := fmt.Sprintf("['none', 'x', 'y'] %.1f (0,)", float64(n)*float64(n-1)/2+float64(n)/2)
		if got := pythontest.Find(t).Run(t, check, path+".npz"); got != want {
			t.Errorf("Python says %q, want %q", got, want)
		}
	}
}

// TestNpzNils keeps what an archive of arrays cannot say.
func TestNpzNils(t *testing.T) {
	for _, value := range []map[string][]float64{nil, {}, {"a": nil}, {"a": {}}} {
		dir, computed := t.TempDir(), 0
		for range 2 {
			if got, _ := load(t, dir, value, &computed); !reflect.DeepEqual(got, value) {
				t.Errorf("%#v came back as %#v", value, got)
			}
		}
		if computed != 1 {
			t.Errorf("%#v was computed %d times", value, computed)
		}
	}
	type pair struct{ A, B []int16 }
	for _, value := range []*pair{nil, {A: []int16{1}}, {A: []int16{1}, B: []int16{}}} {
		dir, computed := t.TempDir(), 0
		for range 2 {
			if got, _ := load(t, dir, value, &computed); !reflect.DeepEqual(got, value) {
				t.Errorf("%+v came back as %+v", value, got)
			}
		}
		if computed != 1 {
			t.Errorf("%+v was computed %d times", value, computed)
		}
	}
}
