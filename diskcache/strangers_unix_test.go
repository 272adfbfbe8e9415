//go:build unix

package diskcache_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dataelab/dataelab-go/diskcache"
	"github.com/dataelab/dataelab-go/internal/testrun"
)

// TestPipesAsInputs names what is no regular file as an archive, or as an input, in a
// computation and outside: it is an error at once, that says what the file is.
func TestPipesAsInputs(t *testing.T) {
	dir := t.TempDir()
	pipe, folder, socket := filepath.Join(dir, "pipe"), filepath.Join(dir, "folder"), filepath.Join(dir, "socket")
	mustAll(t, syscall.Mkfifo(pipe, 0o600), os.Mkdir(folder, 0o700), syscall.Mknod(socket, syscall.S_IFSOCK|0o600, 0))
	device := testrun.Device(t)
	drop := func(_ any, err error) error { return err }
	for name, do := range map[string]func(ctx context.Context, path string) error{
		"OpenArchive": func(_ context.Context, path string) error { return drop(diskcache.OpenArchive(path)) },
		"ReadFile":    func(ctx context.Context, path string) error { return drop(diskcache.ReadFile(ctx, path)) },
		"OpenFile":    func(ctx context.Context, path string) error { return drop(diskcache.OpenFile(ctx, path)) },
		"UseFile":     func(ctx context.Context, path string) error { return diskcache.UseFile(ctx, path) },
		"UseNames":    func(ctx context.Context, path string) error { return diskcache.UseNames(ctx, path) },
		"DirFS": func(ctx context.Context, path string) error {
			return drop(fs.ReadFile(diskcache.DirFS(ctx, filepath.Dir(path)), filepath.Base(path)))
		},
	} {
		for path, kind := range map[string]string{pipe: "named pipe", socket: "socket", folder: "folder", device: "device"} {
			if path == folder && (name == "UseFile" || name == "UseNames" || name == "DirFS") {
				continue // which are for folders too
			}
			t.Run(name+" "+kind, func(t *testing.T) {
				check := func(where string, err error) {
					says := "it is a " + kind
					switch name {
					case "UseFile":
						says = "it is neither a file nor a directory"
					case "UseNames":
						says = path
					}
					if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
						t.Errorf("%s: %v, want %q", where, err, says)
					}
				}
				soon(t, func() { check("outside", do(context.Background(), path)) })
				c, _ := newCacher[int](t, t.TempDir())
				soon(t, func() {
					_, err := c.Execute(context.Background(), func(ctx context.Context) (int, error) { return 1, do(ctx, path) })
					check("in a computation", err)
				})
			})
		}
	}
}
