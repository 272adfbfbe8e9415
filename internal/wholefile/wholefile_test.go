package wholefile_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/internal/wholefile"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// check says that the folder of path holds a file with that text and no other.
func check(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s holds %q, %v; want %q", path, got, err, want)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("in the folder: %v, %v", entries, err)
	}
}

func TestWriteReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("x", 250)) // as long as names may be
	for _, want := range []string{"the first", "second"} {
		if err := wholefile.Write(path, text(want)); err != nil {
			t.Fatal(err)
		}
		check(t, path, want)
	}
}

func TestWriteFailsWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	if err := wholefile.Write(path, text("old")); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	err := wholefile.Write(path, func(w io.Writer) error { return errors.Join(text("half")(w), refused) })
	if !errors.Is(err, refused) {
		t.Errorf("error %v, want %v", err, refused)
	}
	check(t, path, "old")

	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic did not come through")
			}
		}()
		_ = wholefile.Write(path, func(w io.Writer) error { panic(text("half")(w)) })
	}()
	check(t, path, "old")

	if err := wholefile.Write(filepath.Join(filepath.Dir(path), "none", "a"), text("x")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in no folder: %v", err)
	}
}

// TestErrorsNameTheFile has errors of each step: they name the file that was asked for.
func TestErrorsNameTheFile(t *testing.T) {
	dir := t.TempDir()
	missing, folder := filepath.Join(dir, "none", "a"), filepath.Join(dir, "folder")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		missing: "create " + missing + ": there is no folder " + filepath.Dir(missing) + ": ",
		folder:  "create " + folder + ": it is a folder, and not a regular file",
	} {
		err := wholefile.Write(path, text("x"))
		if err == nil || !strings.HasPrefix(err.Error(), says) || strings.Contains(err.Error(), ".work-") {
			t.Errorf("%v, want %s", err, says)
		}
	}
	raced := filepath.Join(dir, "raced")
	err := wholefile.Write(raced, func(w io.Writer) error { return os.MkdirAll(filepath.Join(raced, "full"), 0o700) })
	if err == nil || !strings.Contains(err.Error(), raced+":") || strings.Contains(err.Error(), ".work-") {
		t.Errorf("where a folder appeared: %v", err)
	}
}
