package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	namedTest    = regexp.MustCompile("`(Test[A-Za-z0-9_]+)`")
	declaredTest = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9_]+)\(t \*testing\.T\)`)
)

// TestNamedTestsExist looks for every test that from-perscache.md names.
func TestNamedTestsExist(t *testing.T) {
	declared := map[string]bool{}
	for _, folder := range []string{"../diskcache", "../dataelab", "../formats"} {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, found := range declaredTest.FindAllStringSubmatch(string(text), -1) {
				declared[found[1]] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	named := namedTest.FindAllStringSubmatch(read(t, "from-perscache.md"), -1)
	if len(named) == 0 {
		t.Fatal("from-perscache.md names no test")
	}
	for _, found := range named {
		if !declared[found[1]] {
			t.Errorf("from-perscache.md names %s, which does not exist", found[1])
		}
	}
}
