//go:build unix

package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dataelab/dataelab-go/formats"
	"github.com/dataelab/dataelab-go/formats/npy"
	"github.com/dataelab/dataelab-go/formats/npz"
	"github.com/dataelab/dataelab-go/formats/parquet"
	"github.com/dataelab/dataelab-go/internal/testrun"
)

// TestStrangersInPlaceOfFiles reads and writes, by name, what is no regular file: a named
// pipe, from which nobody would read to the end, a device and a folder. Each is an error at once, and
// stays.
func TestStrangersInPlaceOfFiles(t *testing.T) {
	type row struct{ A int64 }
	drop := func(_ any, err error) error { return err }
	for name, do := range map[string]func(path string) error{
		"formats.ReadFile":  func(path string) error { return new(formats.Set).ReadFile(path, new([]float64)) },
		"formats.WriteFile": func(path string) error { return new(formats.Set).WriteFile(path, []float64{1}) },
		"npy.Open":          func(path string) error { return drop(npy.Open(path)) },
		"npy.Load":          func(path string) error { return drop(npy.Load[[]float64](path)) },
		"npy.Map":           func(path string) error { return drop(npy.Map[float64](path)) },
		"npy.Save":          func(path string) error { return npy.Save(path, []float64{1}) },
		"npz.Open":          func(path string) error { return drop(npz.Open(path)) },
		"parquet.Open":      func(path string) error { return drop(parquet.Open(path)) },
		"parquet.Load":      func(path string) error { return drop(parquet.Load[[]row](path)) },
		"parquet.Save":      func(path string) error { return parquet.Save(path, []row{{1}}) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			ext := ".npy"
			if strings.HasPrefix(name, "parquet") {
				ext = ".parquet"
			}
			pipe, folder, device := filepath.Join(dir, "pipe"+ext), filepath.Join(dir, "folder"+ext), filepath.Join(dir, "device"+ext)
			for _, err := range []error{syscall.Mkfifo(pipe, 0o600), os.Mkdir(folder, 0o700), os.Symlink(testrun.Device(t), device)} {
				if err != nil {
					t.Fatal(err)
				}
			}
			for path, kind := range map[string]string{pipe: "named pipe", folder: "folder", device: "device"} {
				if err := do(path); err == nil || !strings.Contains(err.Error(), path+": it is a "+kind) {
					t.Errorf("%v, want it to say that %s is a %s", err, path, kind)
				}
				if info, err := os.Stat(path); err != nil || info.Mode().IsRegular() {
					t.Errorf("%s was replaced: %v, %v", path, info, err)
				}
			}
		})
	}
}
