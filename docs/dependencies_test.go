package docs_test

import (
	"regexp"
	"strings"
	"testing"
)

var (
	required = regexp.MustCompile(`(?m)^\s*(?:require )?([^\s/]+\.[^\s]+) (v\S+)( // indirect)?$`)
	listed   = regexp.MustCompile("(?m)^\\| `([^`\\s]+) (v[^`]+)`")
)

// TestDependenciesAreExplained compares the tables of dependencies.md with go.mod
// and tools/go.mod: each direct dependency has a row, each row the pinned version.
func TestDependenciesAreExplained(t *testing.T) {
	page := read(t, "dependencies.md")
	explained := map[string]string{}
	for _, row := range listed.FindAllStringSubmatch(page, -1) {
		explained[row[1]] = row[2]
	}
	pinned := map[string]string{}
	for _, file := range []string{"../go.mod", "../tools/go.mod"} {
		for _, line := range required.FindAllStringSubmatch(read(t, file), -1) {
			if _, taken := pinned[line[1]]; !taken { // tools may pin other versions of the same
				pinned[line[1]] = line[2]
			}
			if indirect := line[3] != ""; !indirect && explained[line[1]] == "" {
				t.Errorf("%s requires %s %s, which dependencies.md does not explain", file, line[1], line[2])
			}
		}
	}
	if len(pinned) == 0 {
		t.Fatal("read no requirement")
	}
	for module, version := range explained {
		if pinned[module] != version {
			t.Errorf("dependencies.md has %s %s, go.mod %q", module, version, pinned[module])
		}
	}
	for tool := range toolsOf(read(t, "../tools/go.mod")) {
		if explained[tool] == "" {
			t.Errorf("tools/go.mod has the tool of %s, which dependencies.md does not explain", tool)
		}
	}
}

// toolsOf returns the modules of the tools of a go.mod file.
func toolsOf(gomod string) map[string]bool {
	modules := map[string]bool{}
	_, block, _ := strings.Cut(gomod, "\ntool (\n")
	block, _, _ = strings.Cut(block, "\n)")
	for line := range strings.Lines(block) {
		module, _, _ := strings.Cut(strings.TrimSpace(line), "/cmd/")
		modules[module] = true
	}
	return modules
}
