package diskcache

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
)

// programSource says which program this is: the import path of its main package, and where
// the source of its module lies. That is known from the names of source files, as soon as code
// of the module is among the callers.
//
// With -trimpath, and where no code of the module is, the directory of the executable takes
// the place of the source. An executable that go run or go test made lies anywhere: there it
// is the working directory.
type programSource struct {
	path   string            // import path of the main package, or of the package that is tested
	module string            // path of the main module; empty where there is none
	root   string            // directory of that module's source
	deps   map[string]string // modules whose paths are not unique, and the directories that replace them
}

// knownProgram is nil until the source was found.
var knownProgram atomic.Pointer[programSource]

// builtProgram is what the executable tells. The go command gives no module and no path to
// what it was to run by the names of files.
var builtProgram = sync.OnceValue(func() *programSource {
	p := &programSource{deps: map[string]string{}}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return p
	}
	p.module = info.Main.Path
	if p.path = strings.TrimSuffix(info.Path, ".test"); p.path == filesOnly {
		p.path = ""
	}
	for _, dep := range info.Deps {
		if isUniquePath(dep.Path) {
			continue
		}
		p.deps[dep.Path] = ""
		if dep.Replace != nil && dep.Replace.Version == "" { // a directory
			p.deps[dep.Path] = dep.Replace.Path
		}
	}
	return p
})

// filesOnly is the path of a main package that was given by the names of files.
const filesOnly = "command-line-arguments"

// programNow returns what is known of this program.
func programNow() *programSource {
	if p := knownProgram.Load(); p != nil {
		return p
	}
	p := *builtProgram()
	if p.path != "" && isUniquePath(p.module) && len(p.deps) == 0 { // where the source lies does not matter
		knownProgram.Store(&p)
		return &p
	}
	for frame := range frames() {
		if p.findRoot(packageOf(frame.Function), frame.File) {
			knownProgram.CompareAndSwap(nil, &p)
			return knownProgram.Load()
		}
	}
	p.root = standIn()
	if p.path == "" {
		p.path = "main"
	}
	return &p
}

// findRoot sets the root, if the file is of the module.
func (p *programSource) findRoot(pkg, file string) bool {
	if !filepath.IsAbs(file) {
		return false
	}
	dir := filepath.Dir(file)
	if p.path == "" {
		if pkg != "main" {
			return false
		}
		p.path, p.root = "main", dir
		if module, root := moduleAbove(dir); module != "" {
			p.module, p.root = module, root
			p.path = module + filepath.ToSlash(strings.TrimSuffix(dir[len(root):], string(filepath.Separator)))
		}
		return true
	}
	if pkg == "main" {
		pkg = p.path
	}
	below, ok := strings.CutPrefix(pkg, p.module)
	if !ok || p.module == "" || below != "" && below[0] != '/' && below != "_test" {
		return false
	}
	for _, below := range []string{below, strings.TrimSuffix(below, "_test")} {
		if root, ok := strings.CutSuffix(dir, filepath.FromSlash(below)); ok {
			p.root = root
			return true
		}
	}
	return false
}

// moduleAbove finds the module in which a directory is.
func moduleAbove(dir string) (module, root string) {
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if fields := strings.Fields(line); len(fields) >= 2 && fields[0] == "module" {
				return strings.Trim(fields[1], "\"`"), dir
			}
		}
		return "", ""
	}
	return "", ""
}

// standIn returns a directory that takes the place of the source's.
func standIn() string {
	if file, err := os.Executable(); err == nil && !strings.Contains(file, "go-build") {
		if target, err := filepath.EvalSymlinks(file); err == nil {
			file = target
		}
		return filepath.Dir(file)
	}
	dir, _ := os.Getwd() // where it fails, names have to do
	return dir
}

// importPath is the path of a package as other programs know it.
func (p *programSource) importPath(pkg string) string {
	if pkg == "main" {
		return p.path
	}
	return pkg
}

// sourceOf returns where the source of a package lies, if its path is not unique.
func (p *programSource) sourceOf(pkg string) string {
	pkg = p.importPath(pkg)
	switch {
	case isUniquePath(pkg):
		return ""
	case p.module == "" || isInModule(pkg, p.module):
		return p.root
	}
	for module, dir := range p.deps {
		if !isInModule(pkg, module) {
			continue
		}
		switch {
		case dir == "":
			return p.root
		case filepath.IsAbs(dir):
			return filepath.Clean(dir)
		}
		return filepath.Join(p.root, dir)
	}
	return "" // the standard library
}

func isInModule(pkg, module string) bool {
	return pkg == module || strings.HasPrefix(pkg, module+"/") || pkg == module+"_test"
}

// isUniquePath reports whether a path belongs to one module in the world, as those do that
// begin with the name of a host.
func isUniquePath(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(first, ".")
}
