package gobs_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden keeps the format: files of earlier releases stay readable, and the
// same values give the same bytes.
func TestGolden(t *testing.T) {
	for file, name := range map[string]string{
		"float.gob":      "-0",
		"strings.gob":    "slice of slices",
		"map.gob":        "map of slices",
		"containers.gob": "containers",
		"pointers.gob":   "pointers",
		"dynamic.gob":    "any slice",
		"scalars.gob":    "scalars",
		"tree.gob":       "tree",
		"time.gob":       "time",
	} {
		path := filepath.Join("testdata", "golden", file)
		want := reflect.ValueOf(zoo[name]).Elem()
		written := encode(t, zoo[name])
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, written, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		golden, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(golden, written) {
			t.Errorf("%s: written differently now:\n% x\n% x", file, golden, written)
		}
		got, err := decodeAs(want.Type(), golden)
		if err != nil {
			t.Errorf("%s: %v", file, err)
		} else if d := difference(want, got, "value"); d != "" {
			t.Errorf("%s: %s", file, d)
		}
	}
}
