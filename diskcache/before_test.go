package diskcache_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dataelab/dataelab-go/diskcache"
)

// breakOff stores some values one after the other, and then leaves what a death in the
// middle of each save but the first leaves: the last record beside the first value.
func breakOff(t *testing.T, d disk, field string, values ...[]float64) {
	t.Helper()
	c, _ := bindField[[]float64](t, d.tmpdir, field)
	var first []byte
	for i, v := range values {
		if _, err := c.Refresh(t.Context(), gives(v)); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = d.read(d.value("npy"))
		}
		d.write(d.value("npy"), first)
		past := time.Now().Add(-time.Hour)
		if err := os.Chtimes(d.value("npy"), past, past); err != nil {
			t.Fatal(err)
		}
	}
}

// A save that was broken off leaves the value that was there before, also where it looks
// like the new one.
func TestSaveBrokenOff(t *testing.T) {
	large := make([]float64, 1<<18)
	for name, c := range map[string]struct {
		field  string
		values [][]float64
		runs   int
	}{
		"of another size":  {"", [][]float64{{1, 2}, {3}}, 0},
		"of the same size": {"", [][]float64{{1, 2}, {3, 4}}, 0},
		"three times":      {"", [][]float64{{1, 2}, {3}, {4}, {5, 6, 7}}, 0},
		"four times":       {"", [][]float64{{1, 2}, {3}, {4}, {5, 6, 7}, {8}}, 0},
		"of nil":           {"", [][]float64{nil, {3}}, 0},
		"by nil":           {"", [][]float64{{1, 2}, nil}, 0},
		"mapped":           {",mmap", [][]float64{{1, 2}, {3, 4}}, 0},
		"of a giant":       {",mmap", [][]float64{large, slices.Repeat([]float64{1}, len(large))}, 0},
		"of what expired":  {",ttl=1ns", [][]float64{{1, 2}, {3, 4}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDisk(t)
			breakOff(t, d, c.field, c.values...)
			f := &counted[[]float64]{value: []float64{9}}
			next, log := bindField[[]float64](t, d.tmpdir, c.field)
			want := c.values[0]
			if c.runs > 0 {
				want = f.value
			}
			got := mustExecute(t, next, f.compute)
			if !slices.Equal(got, want) || (got == nil) != (want == nil) || f.runs != c.runs {
				t.Errorf("got %.5v after %d computations, want %.5v after %d; %s", got, f.runs, want, c.runs, log.kinds())
			}
			if aside := d.setAside(); c.runs == 0 && len(aside) > 0 {
				t.Errorf("set aside: %v", aside)
			}
			if err := next.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// What is neither the new value nor the old one is damage still.
func TestDamageAfterARefresh(t *testing.T) {
	d := newDisk(t)
	breakOff(t, d, "", []float64{1, 2}, []float64{3, 4})
	flip(d, d.value("npy"), -1, 0)
	f := &counted[[]float64]{value: []float64{9}}
	c, _ := bindField[[]float64](t, d.tmpdir, "")
	if got := mustExecute(t, c, f.compute); !slices.Equal(got, f.value) || f.runs != 1 || len(d.setAside()) == 0 {
		t.Errorf("got %v after %d computations, set aside %v", got, f.runs, d.setAside())
	}
}

// An import that was broken off is completed by the next one, whichever of two entries
// is to stay.
func TestImportBrokenOff(t *testing.T) {
	for name, existing := range map[string]diskcache.Existing{"existing": diskcache.KeepExisting, "newer": diskcache.KeepNewer} {
		t.Run(name, func(t *testing.T) {
			src, dst := newDisk(t), newDisk(t)
			breakOff(t, dst, "", []float64{1, 2})
			old := dst.read(dst.value("npy"))
			breakOff(t, src, "", []float64{3, 4})
			replace := diskcache.CopyOptions{Existing: diskcache.KeepNewer}
			if report, err := diskcache.CopyEntries(t.Context(), placeOf(t, dst.options()), placeOf(t, src.options()), replace); err != nil || report.Copied != 1 {
				t.Fatalf("%+v, %v", report, err)
			}
			dst.write(dst.value("npy"), old)
			report, err := diskcache.CopyEntries(t.Context(), placeOf(t, dst.options()), placeOf(t, src.options()), diskcache.CopyOptions{Existing: existing})
			if err != nil || report.Copied != 1 {
				t.Errorf("%+v, %v", report, err)
			}
			c, _ := bindField[[]float64](t, dst.tmpdir, "")
			if got := mustExecute(t, c, nil); !slices.Equal(got, []float64{3, 4}) {
				t.Errorf("got %v", got)
			}
		})
	}
}

// The record stays small, however often an entry is refreshed.
func TestRecordsDoNotGrow(t *testing.T) {
	d := newDisk(t)
	c, _ := bindField[[]float64](t, d.tmpdir, "")
	size := 0
	for i := range 10 {
		if _, err := c.Refresh(t.Context(), gives([]float64{float64(i)})); err != nil {
			t.Fatal(err)
		}
		text := d.read(filepath.Join(d.tag, ".dataelab", "root.A.method.json"))
		if i == 5 {
			size = len(text)
		}
		if i > 5 && len(text) > size+20 || strings.Count(string(text), `"digest":`) > 4 {
			t.Fatalf("after %d refreshes:\n%s", i, text)
		}
	}
}

func gives(v []float64) func(context.Context) ([]float64, error) {
	return func(context.Context) ([]float64, error) { return v, nil }
}
