package text_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden keeps the formats: files of earlier releases stay readable, and the
// same values give the same bytes.
func TestGolden(t *testing.T) {
	for file, v := range map[string]any{
		"full.json": full(), "full.yaml": full(), "zero.json": everything{}, "zero.yaml": everything{}, "lists.json": zoo["struct list list"], "lists.yaml": zoo["struct list list"],
		"long.json": ramp(60), "long.yaml": map[string][][]float64{"rows": {ramp(30), ramp(3), {}, nil}}, "rows.csv": tables["rows"], "optional.csv": tables["optional"], "columns.csv": tables["columns"],
	} {
		path := filepath.Join("testdata", file)
		c := codecs[filepath.Ext(file)[1:]]
		written := encode(t, c, v)
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
			t.Errorf("%s: written differently now:\n%s", file, written)
		}
		want := reflect.ValueOf(v)
		got, err := decodeAs(c, want.Type(), golden)
		if err != nil {
			t.Errorf("%s: %v", file, err)
		} else if d := difference(want, got, "value"); d != "" {
			t.Errorf("%s: %s", file, d)
		}
	}
}

func ramp(n int) []float64 {
	a := make([]float64, n)
	for i := range a {
		a[i] = float64(i) * 1.125
	}
	return a
}
