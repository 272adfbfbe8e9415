package arrows

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// tableFile is where the table of this module stands, for the reader of a failure.
const tableFile = "internal/arrows/arrows.txt"

// Check returns what is wrong, one sentence each, sorted. The rules:
//
//  1. Every package has a line in the table, every line a package.
//  2. A package imports what its line allows, and nothing else.
//  3. Every grant of a line is used.
//  4. No package reaches a higher layer, not even by way of a package outside
//     the layers; a line that would allow it is no excuse.
//  5. A test may import of this module what is not above it, and of other modules
//     what its package or the line "tests" allows.
//  6. Packages of the standard library are free, except the guarded ones.
func (t *Table) Check(g Graph) []string {
	c := checker{Table: t, Graph: g, used: map[[2]string]bool{}, refused: map[[2]string]bool{}}
	c.listed()
	for _, imp := range g.Imports {
		c.imported(imp)
	}
	c.unused()
	c.upward()
	slices.Sort(c.problems)
	return slices.Compact(c.problems)
}

type checker struct {
	*Table
	Graph
	used     map[[2]string]bool // folder and grant that an import needed
	refused  map[[2]string]bool // folder and target that were reported
	problems []string
}

func (c *checker) report(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

// listed is rule 1.
func (c *checker) listed() {
	for _, folder := range c.Folders {
		if _, ok := c.lines[folder]; !ok {
			c.report("package %s has no line: add %q to %s, in the section of its layer, with what it may import",
				folder, folder+":", tableFile)
		}
	}
	for folder, line := range c.lines {
		if !directive(folder) && !slices.Contains(c.Folders, folder) {
			c.report("%s:%d: there is no package %s: remove the line", tableFile, line, folder)
		}
	}
}

func directive(name string) bool { return name == "layers" || name == "guarded" || name == "tests" }

// imported is rules 2, 5 and 6 for one import line.
func (c *checker) imported(imp Import) {
	target, inside := c.inside(imp.Path)
	switch {
	case !inside && standard(imp.Path) && !slices.Contains(c.guarded, imp.Path):
		return
	case inside && target == imp.From: // an external test and its package
		return
	case inside && imp.Test:
		if low, high := c.layer(imp.From), c.layer(target); low >= 0 && high > low {
			c.report("%s:%d: a test of %s imports %s, which is above it: put the test there", imp.File, imp.Line, imp.From, target)
		}
		return
	}
	own, ok := covering(c.grants[imp.From], target, inside)
	if ok && !imp.Test {
		c.used[[2]string{imp.From, own}] = true
	}
	if !ok && imp.Test {
		var grant string
		if grant, ok = covering(c.tests, target, inside); ok {
			c.used[[2]string{"tests", grant}] = true
		}
	}
	if ok || imp.Test && standard(imp.Path) {
		return
	}
	if c.refused[[2]string{imp.From, target}] {
		return // said once for all files of the package
	}
	c.refused[[2]string{imp.From, target}] = true
	c.report("%s:%d: %s imports %s, which %s does not allow; allowed: %s",
		imp.File, imp.Line, imp.From, target, tableFile, cmp.Or(strings.Join(c.grants[imp.From], " "), "nothing"))
}

// unused is rule 3. What only the tests of a package import belongs on the line
// "tests", so it does not count as a use of the package's own grant.
func (c *checker) unused() {
	all := maps.Clone(c.grants)
	all["tests"] = c.tests
	for folder, grants := range all {
		for _, grant := range grants {
			if !c.used[[2]string{folder, grant}] && (folder == "tests" || slices.Contains(c.Folders, folder)) {
				c.report("%s:%d: %s is allowed %s but does not import it: remove the word",
					tableFile, c.lines[folder], folder, grant)
			}
		}
	}
}

// upward is rule 4.
func (c *checker) upward() {
	direct := map[string][]string{}
	for _, imp := range c.Imports {
		if target, inside := c.inside(imp.Path); inside && !imp.Test {
			direct[imp.From] = append(direct[imp.From], target)
		}
	}
	for _, from := range c.Folders {
		height := c.layer(from)
		if height < 0 {
			continue
		}
		for _, route := range routes(direct, from) {
			if target := route[len(route)-1]; c.layer(target) > height {
				c.report("an arrow points upward: %s", strings.Join(route, " -> "))
			}
		}
	}
}

// routes returns the shortest way from a package to each that it reaches.
func routes(direct map[string][]string, from string) [][]string {
	seen := map[string]bool{from: true}
	all := [][]string{{from}}
	for i := 0; i < len(all); i++ {
		for _, next := range direct[all[i][len(all[i])-1]] {
			if !seen[next] {
				seen[next] = true
				all = append(all, append(slices.Clone(all[i]), next))
			}
		}
	}
	return all
}

// inside returns the folder of a package of this module, or the path as it is.
func (c *checker) inside(path string) (folder string, ok bool) {
	if path == c.Module {
		return ".", true
	}
	if below, ok := strings.CutPrefix(path, c.Module+"/"); ok {
		return below, true
	}
	return path, false
}

// standard tells a package of the standard library as the go command does: its
// first element has no dot.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}
