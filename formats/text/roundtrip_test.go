package text_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"
)

// TestRoundTrip writes and reads back the zoo, and writes it again.
func TestRoundTrip(t *testing.T) {
	for _, format := range trees {
		c := codecs[format]
		for _, name := range slices.Sorted(maps.Keys(zoo)) {
			t.Run(format+"/"+name, func(t *testing.T) {
				want := reflect.ValueOf(zoo[name])
				if err := c.Accepts(want.Type()); err != nil {
					t.Fatal(err)
				}
				file := encode(t, c, zoo[name])
				if format == "json" && !json.Valid(file) {
					t.Errorf("not valid JSON:\n%s", file)
				}
				got, err := decodeAs(c, want.Type(), file)
				if err != nil {
					t.Fatalf("%v in\n%s", err, file)
				}
				if d := difference(want, got, "value"); d != "" {
					t.Errorf("%s in\n%s", d, file)
				}
				if again := encode(t, c, got.Interface()); !bytes.Equal(file, again) {
					t.Errorf("written again differently:\n%s\n%s", file, again)
				}
			})
		}
	}
}
