package arrows_test

import (
	"os"
	"testing"

	"github.com/dataelab/dataelab-go/internal/arrows"
)

// TestImportsFollowArrows is the check of this module's own code.
func TestImportsFollowArrows(t *testing.T) {
	text, err := os.ReadFile("arrows.txt")
	if err != nil {
		t.Fatal(err)
	}
	table, err := arrows.Parse(string(text))
	if err != nil {
		t.Fatalf("arrows.txt: %v", err)
	}
	graph, err := arrows.Load("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(graph.Imports) == 0 {
		t.Fatal("no imports were read; is ../.. the module's root?")
	}
	for _, problem := range table.Check(graph) {
		t.Error(problem)
	}
}
