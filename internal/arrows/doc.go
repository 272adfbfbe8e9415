// Package arrows fails the build when one package imports another that it
// should not: the architecture as a test.
//
// The arrows are written down in arrows.txt. [Parse] reads that file, [Load]
// reads the imports of every Go file of a module, and [Table.Check] tells
// where the two differ, in either direction: an import that no line allows, and
// a line that no import needs.
//
//	table, err := arrows.Parse(text)
//	graph, err := arrows.Load("../..")
//	for _, problem := range table.Check(graph) {
//		t.Error(problem)
//	}
//
// Files are read whatever their build tags, so an import that only the Windows
// build has is seen on Linux. Nested modules, testdata and folders whose
// names begin with a dot or an underscore are left out, as the go command does.
package arrows
