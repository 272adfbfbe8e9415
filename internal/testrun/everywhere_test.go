//go:build unix

package testrun_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEverywhere: all tests that make files or start processes do so by this package, and
// how much they try is for package exhaustive to say.
func TestEverywhere(t *testing.T) {
	const top = "../.."
	makesFiles, runs := map[string]bool{}, map[string]bool{}
	err := filepath.WalkDir(top, func(path string, e fs.DirEntry, err error) error {
		name := e.Name()
		switch {
		case err != nil:
			return err
		case e.IsDir() && path != top && (strings.HasPrefix(name, ".") || name == "testdata" || name == "bench" || name == "testrun"):
			return fs.SkipDir
		case e.IsDir() || !strings.HasSuffix(name, "_test.go"):
			return nil
		}
		content, err := os.ReadFile(path)
		text, dir := string(content), filepath.Dir(path)
		makesFiles[dir] = makesFiles[dir] || strings.Contains(text, ".TempDir(")
		runs[dir] = runs[dir] || strings.Contains(text, "testrun.New(m)")
		for bad, better := range map[string]string{"exec.Command(": "testrun.Command", "exec.CommandContext(": "testrun.Command", "testing.Short()": "package exhaustive"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s has %s: use %s", path, bad, better)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, makes := range makesFiles {
		if makes && !runs[dir] {
			t.Errorf("the tests in %s make files: let their TestMain run them by testrun.New", dir)
		}
	}
}
