//go:build unix

package regular_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dataelab/dataelab-go/internal/regular"
	"github.com/dataelab/dataelab-go/internal/testrun"
)

// strangers makes what is no regular file, by the word that errors have for it.
func strangers(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, err := range []error{
		syscall.Mkfifo(in("pipe"), 0o600),
		syscall.Mknod(in("socket"), syscall.S_IFSOCK|0o600, 0),
		os.Mkdir(in("folder"), 0o700),
		os.Symlink("pipe", in("link")),
	} {
		if err != nil {
			t.Skipf("cannot be made here: %v", err)
		}
	}
	return map[string]string{in("pipe"): "named pipe", in("socket"): "socket", in("folder"): "folder", in("link"): "named pipe", testrun.Device(t): "device", "/dev/null": "device"}
}

func TestStrangersAreRefused(t *testing.T) {
	for path, kind := range strangers(t) {
		for name, do := range map[string]func(string) error{
			"Open":        func(path string) error { _, _, err := regular.Open(path); return err },
			"ReadFile":    func(path string) error { _, err := regular.ReadFile(path); return err },
			"Replaceable": regular.Replaceable,
		} {
			err := do(path)
			var of *fs.PathError
			if !errors.Is(err, regular.ErrNot) || !errors.As(err, &of) || of.Path != path || !strings.Contains(err.Error(), "it is a "+kind+",") {
				t.Errorf("%s of %s: %v, want it to say that it is a %s", name, path, err, kind)
			}
		}
		if kind != "folder" {
			if _, err := regular.ReadDir(path); err == nil {
				t.Errorf("ReadDir of %s has no error", path)
			}
		}
	}
}

func TestRegularFiles(t *testing.T) {
	dir := t.TempDir()
	path, link, dangling := filepath.Join(dir, "b"), filepath.Join(dir, "a"), filepath.Join(dir, "c")
	for _, err := range []error{os.WriteFile(path, []byte("text"), 0o600), os.Symlink("b", link), os.Symlink("none", dangling)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{path, link} {
		f, info, err := regular.Open(path)
		if err != nil || info.Size() != 4 {
			t.Fatalf("%s: %v, %v", path, info, err)
		}
		text, err := io.ReadAll(f)
		if string(text) != "text" || err != nil || f.Close() != nil {
			t.Errorf("%s: read %q, %v", path, text, err)
		}
		if text, err := regular.ReadFile(path); string(text) != "text" || err != nil {
			t.Errorf("%s: read %q, %v", path, text, err)
		}
		if err := regular.Replaceable(path); err != nil {
			t.Error(err)
		}
	}
	for _, path := range []string{dangling, filepath.Join(dir, "none")} {
		if _, _, err := regular.Open(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", path, err)
		}
		if err := regular.Replaceable(path); err != nil {
			t.Error(err)
		}
	}
	names, err := regular.ReadDir(dir)
	if err != nil || len(names) != 3 || names[0].Name() != "a" || names[2].Name() != "c" {
		t.Errorf("%v, %v", names, err)
	}
}
