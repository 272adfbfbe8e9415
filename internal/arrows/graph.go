package arrows

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Graph is who imports whom in one module.
type Graph struct {
	Module  string // the path on the first line of go.mod
	Imports []Import
	Folders []string // every folder with Go files, sorted
}

// Import is one import line.
type Import struct {
	From string // folder of the importing package; "." is the module's root
	Path string // the path between the quotes
	File string // where the line stands, slash-separated below the module's root
	Line int
	Test bool // the file is a _test.go file
}

// Load reads the imports of all packages of the module whose go.mod is in root.
func Load(root string) (Graph, error) {
	module, err := modulePath(filepath.Join(root, "go.mod"))
	if err != nil {
		return Graph{}, err
	}
	g := Graph{Module: module}
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != root && skipped(name) {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" || hidden(d.Name()) {
			return nil
		}
		return g.addFile(root, name)
	})
	if err != nil {
		return Graph{}, fmt.Errorf("read the imports of %s: %w", module, err)
	}
	slices.Sort(g.Folders)
	g.Folders = slices.Compact(g.Folders)
	return g, nil
}

func (g *Graph) addFile(root, name string) error {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, nil, parser.ImportsOnly)
	if err != nil {
		return err
	}
	below, err := filepath.Rel(root, name)
	if err != nil {
		return err
	}
	below = filepath.ToSlash(below)
	folder := path.Dir(below)
	g.Folders = append(g.Folders, folder)
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("%s: import %s: %w", below, spec.Path.Value, err)
		}
		g.Imports = append(g.Imports, Import{
			From: folder,
			Path: imported,
			File: below,
			Line: files.Position(spec.Pos()).Line,
			Test: strings.HasSuffix(below, "_test.go"),
		})
	}
	return nil
}

// skipped tells folders whose Go files are no part of the module.
func skipped(dir string) bool {
	base := filepath.Base(dir)
	if hidden(base) || base == "testdata" || base == "vendor" {
		return true
	}
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

func hidden(base string) bool {
	return strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")
}

func modulePath(gomod string) (string, error) {
	data, err := os.ReadFile(gomod)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(data)) {
		if fields := strings.Fields(line); len(fields) >= 2 && fields[0] == "module" {
			return fields[1], nil
		}
	}
	return "", fmt.Errorf("%s has no module line", gomod)
}
