package text_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/dataelab/dataelab-go/formats/text"
	"github.com/dataelab/dataelab-go/internal/exhaustive"
)

// memoryOf is how much memory f asks for, all in all.
func memoryOf(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// zooOf is what the tests of damage start from, by format.
func zooOf(format string) map[string]any {
	if format == "csv" {
		return tables
	}
	return zoo
}

// TestTruncated cuts files at every byte. JSON shows every cut but one within a
// number; YAML and CSV may end after any element, so there it is an error or a value.
func TestTruncated(t *testing.T) {
	for format, c := range codecs {
		for name, v := range zooOf(format) {
			file := encode(t, c, v)
			if len(file) > 3000 {
				continue
			}
			for n := range len(bytes.TrimRight(file, "\n")) {
				got, err := decodeAs(c, reflect.TypeOf(v), file[:n])
				whole := format == "json" && (file[0] == '{' || file[0] == '[' || file[0] == '"')
				if err == nil && whole {
					t.Errorf("%s cut to %d of %d bytes: %v", name, n, len(file), got)
				}
				checkError(t, err)
			}
		}
	}
}

// TestFlipped flips each bit. The digest of a file, which others check, would tell;
// here it is an error or a value that can be written.
func TestFlipped(t *testing.T) {
	for format, c := range codecs {
		for _, name := range slices.Sorted(maps.Keys(zooOf(format))) {
			v := zooOf(format)[name]
			file := encode(t, c, v)
			if len(file) > 600 {
				continue
			}
			for i := range file {
				for _, bit := range exhaustive.Bits(i) {
					file[i] ^= 1 << bit
					got, err := decodeAs(c, reflect.TypeOf(v), file)
					if checkError(t, err); err == nil {
						checkAgain(t, c, got)
					}
					file[i] ^= 1 << bit
				}
			}
		}
	}
}

// checkError: whatever is wrong with a file is a FormatError, and short.
func checkError(t *testing.T, err error) {
	t.Helper()
	var format *text.FormatError
	if err != nil && (!errors.As(err, &format) || errors.Is(err, text.ErrValue) || len(err.Error()) > 700) {
		t.Errorf("%d bytes of %T: %.700v", len(err.Error()), err, err)
	}
}

// checkAgain writes what was read and reads it again.
func checkAgain(t *testing.T, c codec, v reflect.Value) {
	t.Helper()
	var file bytes.Buffer
	err := c.Encode(&file, v.Interface())
	if errors.Is(err, text.ErrValue) {
		return // a key that is too long, an address in another form
	} else if err != nil {
		t.Fatal(err)
	}
	got, err := decodeAs(c, v.Type(), file.Bytes())
	if err != nil {
		t.Fatalf("%v in what was written:\n%q", err, file.Bytes())
	}
	if d := difference(v, got, "value"); d != "" {
		t.Fatalf("%s in\n%q", d, file.Bytes())
	}
}

// TestHostile: files made to take time, memory or stack.
func TestHostile(t *testing.T) {
	const n = 200_000
	laughs := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for i := range 20 {
		laughs += fmt.Sprintf("%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", 'b'+i, 'b'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i, 'a'+i)
	}
	type wide struct{ A, B, C, D, E, F, G, H *string }
	for name, c := range map[string]struct {
		format string
		dst    any
		file   string
		fails  bool
	}{
		"brackets":      {"json", new(forest), strings.Repeat("[", n), true},
		"braces":        {"json", new(forest), strings.Repeat(`{"a":`, n), true},
		"own brackets":  {"json", new(window), strings.Repeat("[", n), true},
		"zeros":         {"json", new(float64), "0." + strings.Repeat("0", n) + "1", false},
		"digits":        {"json", new([]float64), "[" + strings.Repeat("9", n) + "]", true},
		"digits of int": {"json", new(int), strings.Repeat("9", n), true},
		"big exponent":  {"json", new(float64), "1e" + strings.Repeat("9", n), true},
		"backslashes":   {"json", new(string), `"` + strings.Repeat(`\\`, n), true},
		"blanks":        {"json", new(int), strings.Repeat(" \n", n), true},
		"commas":        {"json", new([]int), "[" + strings.Repeat(",", n), true},
		"empty lists":   {"json", new([][]int), "[" + strings.Repeat("[],", n) + "[]]", false},
		"nulls":         {"json", new([]*everything), "[" + strings.Repeat("null,", n) + "null]", false},
		"empty maps":    {"json", new([]map[string]int), "[" + strings.Repeat("{},", n) + "{}]", false},
		"empty structs": {"json", new([]everything), "[" + strings.Repeat("{},", n) + "{}]", true},
		"long name":     {"json", new(Base), `{"` + strings.Repeat("a", n) + `": 1}`, true},
		"laughs":        {"yaml", new(map[string][]string), laughs, true},
		"self alias":    {"yaml", new(forest), "&a {a: *a}", true},
		"yaml brackets": {"yaml", new(forest), strings.Repeat("[", n), true},
		"yaml braces":   {"yaml", new(forest), strings.Repeat("{a: ", n), true},
		"yaml dashes":   {"yaml", new(forest), strings.Repeat("- ", n), true},
		"yaml keys":     {"yaml", new(forest), strings.Repeat("? ", n), true},
		"yaml nested":   {"yaml", new(forest), strings.Repeat("[", 9000) + strings.Repeat("]", 9000), true},
		"yaml list":     {"yaml", new([]int), "[" + strings.Repeat("1,", n) + "1]", false},
		"yaml comments": {"yaml", new([]int), strings.Repeat("# a\n", n/4) + "[1]", false},
		"yaml anchors":  {"yaml", new([]int), strings.Repeat("&a ", n/4), true},
		"yaml tags":     {"yaml", new([]int), strings.Repeat("%TAG !a! !b\n", n/20) + "--- 1", true},
		"yaml lines":    {"yaml", new([]int), "[" + strings.Repeat("\n", n) + "1]", false},
		"yaml keys 2":   {"yaml", new([]int), "[" + strings.Repeat("a,", n), true},
		"yaml quotes":   {"yaml", new(string), `"` + strings.Repeat("a ", n), true},
		"cells":         {"csv", new([]row), strings.Repeat(",", n), true},
		"columns":       {"csv", new(map[string][]string), manyColumns(n / 8), false},
		"quotes":        {"csv", new([]oneText), "S\n" + strings.Repeat(`"`, n+1), true},
		"empty lines":   {"csv", new([]oneText), "S\n" + strings.Repeat("\r\n", n), false},
		"empty rows":    {"csv", new([]wide), "A,B,C,D,E,F,G,H\n" + strings.Repeat(",,,,,,,\n", n/8), false},
		"short rows":    {"csv", new(map[string][]string), "S\n" + strings.Repeat("a\n", n), false},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			used := memoryOf(func() { err = codecs[c.format].Decode(strings.NewReader(c.file), int64(len(c.file)), c.dst) })
			if checkError(t, err); (err != nil) != c.fails {
				t.Errorf("error %v, want one: %v", err, c.fails)
			}
			if most := map[string]int{"json": 64, "csv": 128, "yaml": 400}[c.format]; used > uint64(most*len(c.file)+1<<20) {
				t.Errorf("took %d bytes for a file of %d", used, len(c.file))
			}
		})
	}
}

func manyColumns(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d,", i)
	}
	return b.String() + "x\n"
}
