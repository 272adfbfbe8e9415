package dataelab_test

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/internal/pythontest"
)

// Night and what it holds are in testdata/arte.py too, cached by the package arte: the same
// classes, attributes, methods and values.
type (
	Night struct {
		Telescope
		camera *Camera
		_dark  *Dark
		focus  diskcache.DiskCacher[[]float32]
	}
	Telescope struct {
		pointing diskcache.DiskCacher[*mat.Dense]
		focus    diskcache.DiskCacher[[]float32] // Night has another one
	}
	Camera struct {
		frames diskcache.DiskCacher[npy.Array[uint16]]
		mean   diskcache.DiskCacher[float64] `cache:"mean_flux"`
	}
	Dark struct {
		level diskcache.DiskCacher[[]int64]
	}
)

// arteFiles are what arte leaves of Night; the last one is a pickle.
var arteFiles = []string{
	"root.Night.focus.npy", "root.Telescope.pointing.npy", "root._dark.Dark.level.npy",
	"root.camera.Camera.frames.npy", "root.camera.Camera.mean_flux.npy",
}

func newNight(t *testing.T, dir string) *Night {
	t.Helper()
	n := &Night{camera: &Camera{}, _dark: &Dark{}}
	mustDo(t, dataelab.SetTmpdir(n, dir))
	mustDo(t, dataelab.SetTag(n, testTag))
	return n
}

// callArrays calls the methods that return arrays, and returns how many computed.
func (n *Night) callArrays(t *testing.T) (computed int) {
	t.Helper()
	frames := npy.NewArray[uint16](2, 3, 4)
	for i := range frames.Data {
		frames.Data[i] = uint16(i)
	}
	computed += takes(t, &n.camera.frames, frames)
	computed += takes(t, &n._dark.level, []int64{-1, 0, 1 << 40})
	computed += takes(t, &n.pointing, mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, math.Inf(1)}))
	return computed + takes(t, &n.focus, []float32{0.25, float32(math.Copysign(0, -1))})
}

func callArte(t *testing.T, dir string) (computed string) {
	t.Helper()
	script, err := os.ReadFile(filepath.Join("testdata", "arte.py"))
	mustDo(t, err)
	return pythontest.Find(t).Run(t, string(script), "call", dir, testTag)
}

// TestArteFilesAreTaken reads what arte keeps. Arrays are values. What is none, arte pickles,
// under the name of an array: that is computed, kept beside it, and arte's file stays.
func TestArteFilesAreTaken(t *testing.T) {
	dir := t.TempDir()
	if got := callArte(t, dir); got != "focus frames level mean_flux pointing" {
		t.Fatalf("arte computed %q", got)
	}
	tagged := filepath.Join(dir, "cache"+testTag)
	if found := files(t, tagged); !slices.Equal(found, arteFiles) {
		t.Fatalf("arte left %q", found)
	}
	pickled, err := os.ReadFile(filepath.Join(tagged, arteFiles[4]))
	mustDo(t, err)
	for i := range 2 {
		n := newNight(t, dir)
		if computed := n.callArrays(t); computed != 0 {
			t.Errorf("%d arrays were computed, though arte had kept them", computed)
		}
		if computed := takes(t, &n.camera.mean, 11.5); computed != 1-i {
			t.Errorf("instance %d computed the mean %d times", i, computed)
		}
	}
	if now, err := os.ReadFile(filepath.Join(tagged, arteFiles[4])); err != nil || !bytes.Equal(now, pickled) {
		t.Errorf("arte's pickle is %q now, %v", now, err)
	}
	if got := callArte(t, dir); got != "" {
		t.Errorf("arte computed %q again", got)
	}
}

// TestArteTakesOurs lets arte call the methods that were computed here: it computes only what
// is no array.
func TestArteTakesOurs(t *testing.T) {
	dir := t.TempDir()
	n := newNight(t, dir)
	if computed := n.callArrays(t); computed != 4 {
		t.Fatalf("%d arrays were computed", computed)
	}
	takes(t, &n.camera.mean, 11.5)
	if got := callArte(t, dir); got != "mean_flux" {
		t.Errorf("arte computed %q", got)
	}
	if computed := newNight(t, dir).callArrays(t); computed != 0 {
		t.Errorf("after arte's calls %d arrays were computed", computed)
	}
}

// TestArteFileServesCallsWithoutArguments has a method with arguments, which arte ignores: it
// keeps the result of the first call and returns it for all others. Here each argument has a
// result of its own, and arte's file is that of the call without any.
func TestArteFileServesCallsWithoutArguments(t *testing.T) {
	dir := t.TempDir()
	callArte(t, dir)
	n := newNight(t, dir)
	for _, args := range [][]any{nil, {1}, {2}} {
		computed := false
		got, err := n.focus.Execute(context.Background(), func(context.Context) ([]float32, error) {
			computed = true
			return []float32{float32(len(args))}, nil
		}, args...)
		mustDo(t, err)
		if computed == (args == nil) || len(got) == 2 == computed {
			t.Errorf("with arguments %v: computed %t, got %v", args, computed, got)
		}
	}
	focus := slices.DeleteFunc(files(t, filepath.Join(dir, "cache"+testTag)), func(name string) bool {
		return !strings.HasPrefix(name, "root.Night.focus")
	})
	if len(focus) != 3 {
		t.Errorf("files %q, want three results", focus)
	}
}
