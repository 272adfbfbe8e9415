//go:build unix

package dataelab_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dataelab/dataelab-go/dataelab"
	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/testrun"
)

// TestArchiveThatIsNoFile exports to, and imports from, what is no regular file, and a folder
// that is not there. The error is there at once, names the path and says what is wrong.
func TestArchiveThatIsNoFile(t *testing.T) {
	root := &struct{ mean diskcache.DiskCacher[float64] }{}
	treeOf(t, t.TempDir(), root)
	_, err := root.mean.Execute(t.Context(), func(context.Context) (float64, error) { return 1, nil })
	mustDo(t, err)
	dir := t.TempDir()
	pipe, folder, dangling, missing := filepath.Join(dir, "pipe"), filepath.Join(dir, "folder"), filepath.Join(dir, "dangling"), filepath.Join(dir, "none", "a.zip")
	for _, err := range []error{syscall.Mkfifo(pipe, 0o600), os.Mkdir(folder, 0o700), os.Symlink("nowhere", dangling)} {
		mustDo(t, err)
	}
	for path, says := range map[string][2]string{ // of Export and of Import
		pipe:              {"it is a named pipe", "it is a named pipe"},
		folder:            {"it is a folder", "it is a folder"},
		testrun.Device(t): {"it is a device", "it is a device"},
		missing:           {"there is no folder " + filepath.Dir(missing), "no such file"},
		dangling:          {"", "no such file"}, // a link is replaced, once the import has failed
	} {
		_, err := dataelab.Import(t.Context(), root, path, diskcache.CopyOptions{})
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), says[1]) {
			t.Errorf("import from %s: %v, want %q", path, err, says[1])
		}
		_, err = dataelab.Export(t.Context(), root, path, diskcache.CopyOptions{})
		switch {
		case says[0] == "":
			mustDo(t, err)
		case err == nil, !strings.Contains(err.Error(), path), !strings.Contains(err.Error(), says[0]), strings.Contains(err.Error(), ".work-"):
			t.Errorf("export to %s: %v, want %q", path, err, says[0])
		}
	}
	_, err = dataelab.Import(t.Context(), root, dangling, diskcache.CopyOptions{})
	mustDo(t, err)
}
