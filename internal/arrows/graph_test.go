package arrows_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/internal/arrows"
)

func TestLoad(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":               "// a comment\nmodule m\n\ngo 1.26\n",
		"a/a.go":               "package a\n\nimport \"fmt\"\n",
		"a/a_windows.go":       "package a\n\nimport (\n\t\"os\"\n\tx \"m/b\"\n)\n",
		"a/a_test.go":          "package a_test\n\nimport _ \"m/a\"\n",
		"b/b.go":               "package b\n",
		"b/testdata/no.go":     "package no\n\nimport \"no\"\n",
		"b/_old/no.go":         "package no\n\nimport \"no\"\n",
		"b/.hidden.go":         "package no\n\nimport \"no\"\n",
		"tools/go.mod":         "module other\n",
		"tools/sub/no.go":      "package no\n\nimport \"no\"\n",
		"docs/no-go-here.text": "import \"no\"\n",
	} {
		name = filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := arrows.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	want := arrows.Graph{
		Module:  "m",
		Folders: []string{"a", "b"},
		Imports: []arrows.Import{
			{From: "a", Path: "fmt", File: "a/a.go", Line: 3},
			{From: "a", Path: "m/a", File: "a/a_test.go", Line: 3, Test: true},
			{From: "a", Path: "os", File: "a/a_windows.go", Line: 4},
			{From: "a", Path: "m/b", File: "a/a_windows.go", Line: 5},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestLoadRefuses(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	refused := func(want string) {
		t.Helper()
		if _, err := arrows.Load(root); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
	refused("go.mod")
	write("go.mod", "go 1.26\n")
	refused("no module line")
	write("go.mod", "module m\n")
	write("broken.go", "package broken; import fmt")
	refused("broken.go:1:")
}
