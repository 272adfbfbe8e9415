package arrows_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/internal/arrows"
)

// fakeTable and lawful are a small module that keeps its table.
const fakeTable = `
layers: low < mid < top
guarded: unsafe
tests: example.org/testing

low: internal/bits
low/part: unsafe
mid: low
	example.org/disk       # a comment
top: mid low
internal/bits:
`

var lawful = []string{
	"low: m/internal/bits fmt",
	"low/part: unsafe",
	"mid: m/low example.org/disk/sub",
	"mid test: m/mid m/low/part example.org/testing/x unsafe",
	"top: m/mid m/low",
	"top test: m/internal/bits",
	"internal/bits: math",
}

func TestLawfulModule(t *testing.T) {
	if got := parse(t, fakeTable).Check(fake(lawful...)); len(got) != 0 {
		t.Errorf("got %q, want no problem", got)
	}
}

// TestCheckFinds breaks the lawful module in one way at a time.
func TestCheckFinds(t *testing.T) {
	for _, test := range []struct {
		name string
		add  string // a line more in the module
		drop string // the line of the module that begins so is left out
		old  string // this part of the table becomes new
		new  string
		want string // in the one problem that is reported
	}{
		{name: "import that is not allowed", add: "mid: m/low/part", want: "mid/f.go:7: mid imports low/part, which"},
		{name: "what would be allowed", add: "mid: m/low/part", want: "allowed: low example.org/disk"},
		{name: "nothing allowed", add: "internal/bits: m/low", want: "allowed: nothing"},
		{name: "another module", add: "top: example.org/disk", want: "top imports example.org/disk, which"},
		{name: "a module with a longer name", add: "mid: example.org/diskette", want: "mid imports example.org/diskette"},
		{name: "guarded package", add: "mid: unsafe", want: "mid imports unsafe, which"},
		{name: "test library in code", add: "mid: example.org/testing", want: "mid imports example.org/testing"},
		{name: "test reaches up", add: "low test: m/mid", want: "a test of low imports mid, which is above it"},
		{name: "test imports a stranger", add: "low test: example.org/other", want: "low imports example.org/other"},
		{name: "new package", add: "mid/new: fmt", want: `package mid/new has no line: add "mid/new:"`},
		{name: "new package without imports", add: "mid/new:", want: "package mid/new has no line"},
		{name: "package at the root", add: ".: fmt", want: "package . has no line"},
		{name: "line without a package", old: "top:", new: "gone:\ntop:", want: "arrows.txt:10: there is no package gone"},
		{name: "word without an import", drop: "top: ", add: "top: m/low", want: "top is allowed mid but does not import it"},
		{name: "word only a test needs", drop: "low/part: ", add: "low/part test: unsafe", want: "low/part is allowed unsafe but"},
		{name: "test word without an import", drop: "mid test: ", want: "tests is allowed example.org/testing but"},
		{name: "upward, though allowed", old: "low: ", new: "low: top ", drop: "low: ",
			add: "low: m/internal/bits m/top", want: "an arrow points upward: low -> top"},
		{name: "upward by way of internal", old: "internal/bits:", new: "internal/bits: mid", drop: "internal/bits: ",
			add: "internal/bits: m/mid", want: "an arrow points upward: low -> internal/bits -> mid"},
	} {
		t.Run(test.name, func(t *testing.T) {
			module := slices.DeleteFunc(slices.Clone(lawful), func(line string) bool {
				return test.drop != "" && strings.HasPrefix(line, test.drop)
			})
			if test.add != "" {
				module = append(module, test.add)
			}
			table := strings.Replace(fakeTable, test.old, test.new, 1)
			got := parse(t, table).Check(fake(module...))
			if len(got) == 0 || !strings.Contains(got[0], test.want) {
				t.Errorf("got %q, want a problem with %q first", got, test.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"low fmt":             "line 1: \"low fmt\" has no colon",
		"\n  low: fmt":        "line 2: continues a line",
		"low: a\nlow: b":      "line 2: low has a line already, line 1",
		"low: a\n\n  b a":     "line 3: low is allowed a twice",
		"layers: low < < top": "line 1: an empty layer",
	} {
		if _, err := arrows.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q): got error %v, want one with %q", text, err, want)
		}
	}
}

func parse(t *testing.T, text string) *arrows.Table {
	t.Helper()
	table, err := arrows.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// fake makes the graph of module m of lines "folder: imports" and
// "folder test: imports". The number of the line stands in for the file's.
func fake(lines ...string) arrows.Graph {
	g := arrows.Graph{Module: "m"}
	for i, line := range lines {
		who, imports, _ := strings.Cut(line, ":")
		folder, test := strings.CutSuffix(who, " test")
		g.Folders = append(g.Folders, folder)
		for path := range strings.FieldsSeq(imports) {
			g.Imports = append(g.Imports, arrows.Import{From: folder, Path: path, File: folder + "/f.go", Line: i, Test: test})
		}
	}
	slices.Sort(g.Folders)
	g.Folders = slices.Compact(g.Folders)
	return g
}
