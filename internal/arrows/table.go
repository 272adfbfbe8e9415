package arrows

import (
	"fmt"
	"slices"
	"strings"
)

// Table is what arrows.txt says.
type Table struct {
	layers  [][]string          // lowest first; each a list of top-level folders
	guarded []string            // packages of the standard library that need a grant
	tests   []string            // what every _test.go file may import besides
	grants  map[string][]string // folder -> what it may import
	lines   map[string]int      // folder -> where its line begins
}

// Parse reads a table. A line is "name: words"; an indented line
// continues the one above; "#" begins a comment. The names layers, guarded and
// tests are directives, any other is a package's folder.
func Parse(text string) (*Table, error) {
	t := &Table{grants: map[string][]string{}, lines: map[string]int{}}
	name, number := "", 0
	for line := range strings.Lines(text) {
		number++
		line, _, _ = strings.Cut(strings.TrimRight(line, "\r\n"), "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		words := line
		if line[0] != ' ' && line[0] != '\t' {
			var found bool
			name, words, found = strings.Cut(line, ":")
			if !found {
				return nil, fmt.Errorf("line %d: %q has no colon after the package's folder", number, line)
			}
			if first, twice := t.lines[name]; twice {
				return nil, fmt.Errorf("line %d: %s has a line already, line %d", number, name, first)
			}
			t.lines[name] = number
		} else if name == "" {
			return nil, fmt.Errorf("line %d: continues a line, but there is none above", number)
		}
		if err := t.add(name, words); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	return t, nil
}

// add takes one line's words.
func (t *Table) add(name, words string) error {
	switch name {
	case "layers":
		for step := range strings.SplitSeq(words, "<") {
			folders := strings.Fields(step)
			if len(folders) == 0 {
				return fmt.Errorf("an empty layer; write layers: low < middle < high")
			}
			t.layers = append(t.layers, folders)
		}
	case "guarded":
		t.guarded = append(t.guarded, strings.Fields(words)...)
	case "tests":
		t.tests = append(t.tests, strings.Fields(words)...)
	default:
		for grant := range strings.FieldsSeq(words) {
			if slices.Contains(t.grants[name], grant) {
				return fmt.Errorf("%s is allowed %s twice", name, grant)
			}
			t.grants[name] = append(t.grants[name], grant)
		}
	}
	return nil
}

// layer is the height of a folder's layer, or -1 for a folder outside the
// layers, such as one below internal.
func (t *Table) layer(folder string) int {
	top, _, _ := strings.Cut(folder, "/")
	return slices.IndexFunc(t.layers, func(folders []string) bool { return slices.Contains(folders, top) })
}

// covering returns the grant that covers an import: a folder of this module
// exactly, any other path with all below it.
func covering(grants []string, imported string, inside bool) (string, bool) {
	for _, grant := range grants {
		if imported == grant || !inside && strings.HasPrefix(imported, grant+"/") {
			return grant, true
		}
	}
	return "", false
}
