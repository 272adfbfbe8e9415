package diskcache_test

import (
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/formats/npy"
)

// isMapped reports whether a look-up showed the file.
func isMapped(log *eventLog) bool {
	log.mu.Lock()
	defer log.mu.Unlock()
	return slices.ContainsFunc(log.events, func(e diskcache.Event) bool {
		return e.Kind == diskcache.LookedUp && strings.Contains(e.Reason, "mapped")
	})
}

func valueFile(dir string) string { return filepath.Join(dir, "cache"+testTag, "root.A.method.npy") }

// The second instance maps. What its caller writes stays its own: the file and
// other instances keep the value.
func TestMmapOption(t *testing.T) {
	dir := t.TempDir()
	f := &counted[[]float64]{value: []float64{1, 2, 3}}
	first, _ := bindField[[]float64](t, dir, ",mmap")
	mustExecute(t, first, f.compute)
	if got := mustExecute(t, first, f.compute); !reflect.DeepEqual(got, f.value) || &got[0] == &f.value[0] {
		t.Errorf("the second call got %v, want the file's array in place of the computed one", got)
	}

	second, log := bindField[[]float64](t, dir, ",mmap")
	got := mustExecute(t, second, f.compute)
	if !reflect.DeepEqual(got, f.value) || f.runs != 1 || !isMapped(log) {
		t.Errorf("%v after %d computations, mapped: %v", got, f.runs, isMapped(log))
	}
	got[0] = 99
	third, _ := bindField[[]float64](t, dir, "")
	if got := mustExecute(t, third, f.compute); got[0] != 1 || f.runs != 1 {
		t.Errorf("the file has %v, though only a mapping was written to", got)
	}

	for _, c := range []*diskcache.DiskCacher[[]float64]{first, second} {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if got := mustExecute(t, c, f.compute); !reflect.DeepEqual(got, f.value) || f.runs != 1 {
			t.Errorf("after Close: %v, %d computations", got, f.runs)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Types that can be mapped, each through its own struct.
func TestMmapTypes(t *testing.T) {
	checkMapped(t, npy.Array[float32]{Shape: []int{2, 2}, Data: []float32{1, 2, 3, 4}})
	checkMapped(t, mat.NewDense(2, 2, []float64{1, 2, 3, 4}))
	checkMapped(t, mat.NewVecDense(2, []float64{1, 2}))
	checkMapped(t, []complex128{1i, 2})
	checkMapped(t, []uint8{1, 2})
}

func checkMapped[T any](t *testing.T, value T) {
	t.Helper()
	dir := t.TempDir()
	f := &counted[T]{value: value}
	for range 2 {
		c, log := bindField[T](t, dir, ",mmap")
		if got := mustExecute(t, c, f.compute); !reflect.DeepEqual(got, value) {
			t.Errorf("%T: got %v", value, got)
		}
		if _, loaded := log.find(diskcache.Loaded); loaded && !isMapped(log) {
			t.Errorf("%T: loaded without being mapped", value)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if f.runs != 1 {
		t.Errorf("%T: computed %d times", value, f.runs)
	}
}

// nil and empty stay what they are.
func TestMmapOfNothing(t *testing.T) {
	for _, value := range [][]float64{nil, {}} {
		dir := t.TempDir()
		f := &counted[[]float64]{value: value}
		for range 2 {
			c, _ := bindField[[]float64](t, dir, ",mmap")
			if got := mustExecute(t, c, f.compute); len(got) > 0 || (got == nil) != (value == nil) {
				t.Errorf("%#v came back as %#v", value, got)
			}
		}
		if f.runs != 1 {
			t.Errorf("%#v: computed %d times", value, f.runs)
		}
	}
}

// A file of another program whose bytes lie in another order is read.
func TestMmapOfAForeignFile(t *testing.T) {
	dir := t.TempDir()
	path := valueFile(dir)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	text := "{'descr': '>f8', 'fortran_order': False, 'shape': (1,), }"
	text += strings.Repeat(" ", 128-10-len(text)-1) + "\n"
	file := append([]byte("\x93NUMPY\x01\x00"), byte(len(text)), 0)
	file = binary.BigEndian.AppendUint64(append(file, text...), math.Float64bits(2.5))
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	f := &counted[[]float64]{}
	c, log := bindField[[]float64](t, dir, ",mmap")
	if got := mustExecute(t, c, f.compute); len(got) != 1 || got[0] != 2.5 || f.runs != 0 || isMapped(log) {
		t.Errorf("got %v after %d computations, mapped: %v", got, f.runs, isMapped(log))
	}
}

// A file that was cut short is noticed before it is mapped.
func TestMmapOfADamagedFile(t *testing.T) {
	dir := t.TempDir()
	f := &counted[[]float64]{value: make([]float64, 10_000)}
	c, _ := bindField[[]float64](t, dir, "")
	mustExecute(t, c, f.compute)
	if err := os.Truncate(valueFile(dir), 5000); err != nil {
		t.Fatal(err)
	}
	c, log := bindField[[]float64](t, dir, ",mmap")
	got := mustExecute(t, c, f.compute)
	if _, aside := log.find(diskcache.SetAside); len(got) != 10_000 || f.runs != 2 || !aside {
		t.Errorf("%d elements after %d computations, set aside: %v", len(got), f.runs, aside)
	}
}

// A new value, a cleared cache and a new tag leave slices in callers' hands alone.
func TestMappingsOutliveTheirEntries(t *testing.T) {
	dir := t.TempDir()
	f := &counted[[]float64]{value: []float64{1, 2, 3}}
	c, _ := bindField[[]float64](t, dir, "")
	mustExecute(t, c, f.compute)
	c, _ = bindField[[]float64](t, dir, ",mmap")
	got := mustExecute(t, c, f.compute)
	f.value = []float64{7, 8, 9}
	if _, err := c.Refresh(t.Context(), f.compute); err != nil {
		t.Fatal(err)
	}
	if err := c.ClearCache(); err != nil {
		t.Fatal(err)
	}
	if err := c.SetTag("LBTISX20240411_000000", "root.A.method"); err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	if !reflect.DeepEqual(got, []float64{1, 2, 3}) {
		t.Errorf("the caller's array became %v", got)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// Memory holds the mapping instead of the computed array, which can be collected.
func TestMmapLetsTheComputedArrayGo(t *testing.T) {
	dir := t.TempDir()
	c, _ := bindField[[]float64](t, dir, ",mmap")
	const bytes = 64 << 20
	gone := make(chan bool)
	func() {
		f := &counted[[]float64]{value: make([]float64, bytes/8)}
		runtime.AddCleanup(&f.value[0], func(done chan bool) { close(done) }, gone)
		mustExecute(t, c, f.compute)
	}()
	for tries, held := 0, true; held; tries++ {
		runtime.GC()
		select {
		case <-gone:
			held = false
		default:
			if runtime.Gosched(); tries == 10_000 {
				t.Fatal("the computed array is still held")
			}
		}
	}
	if got, ok, err := c.Peek(t.Context()); len(got) != bytes/8 || !ok || err != nil {
		t.Errorf("%d elements, %v, %v", len(got), ok, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// BenchmarkMapped opens one gibibyte in a new instance.
func BenchmarkMapped(b *testing.B) {
	dir := b.TempDir()
	f := &counted[[]float64]{value: make([]float64, 1<<27)}
	c, _ := bindField[[]float64](b, dir, ",mmap")
	mustExecute(b, c, f.compute)
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
		mustExecute(b, c, f.compute)
	}
	if f.runs != 1 {
		b.Fatal("computed again")
	}
}
